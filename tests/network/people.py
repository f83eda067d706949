"""What people do on the pages of a call, and what can be seen of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.integration.home import PASSWORD
from tests.network.house import ORIGIN

Line = tuple[int, str]
"A connection of a page, and what comes over it: `audio 0`, `video 3`."


@dataclass(frozen=True, slots=True)
class Flow:
    """What a page receives over the connections it has."""

    peers: int
    connected: int
    sound: int
    "Packets."
    pictures: int
    "Decoded frames."
    width: int
    sent: int
    ways: frozenset[tuple[str, str]]
    "Kinds of candidates, its own and the other's, of each connection."
    muted: frozenset[str]
    "Kinds of its own tracks that are off, on the newest connection."
    each: dict[int, tuple[int, int]]
    "Packets of sound and decoded frames by connection."
    streams: dict[Line, int]
    "Packets of sound or decoded frames by line."


def flow(page: Page) -> Flow:
    found: list[dict[str, Any]] = page.evaluate("window.flow()")
    newest = found[-1:]
    return Flow(
        len(found),
        sum(one["state"] == "connected" for one in found),
        sum(one["sound"] for one in found),
        sum(one["pictures"] for one in found),
        max((one["width"] for one in found), default=0),
        sum(one["sent"] for one in found),
        frozenset((one["local"], one["remote"]) for one in found if one["state"] == "connected"),
        frozenset(kind for one in newest for kind, on in one["senders"] if not on),
        {one["id"]: (one["sound"], one["pictures"]) for one in found},
        {(one["id"], line): count for one in found for line, count in one["streams"].items()},
    )


def within(page: Page, what: str, check: Callable[[], Any], seconds: float) -> Any:
    """Return the first true answer, while the page goes on; else fail with what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(
                f"not within {seconds} s: {what}; the page says: {page.evaluate('document.body.innerText')[:600]}"
            )
        page.wait_for_timeout(40)


def sign_in(page: Page, username: str, origin: str = ORIGIN) -> None:
    page.goto(origin)
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")


def call(page: Page, resident: str = "r1") -> None:
    """Open the resident and ring in the room."""
    page.locator(f"[data-resident={resident}]").first.click(timeout=20_000)
    page.get_by_role("button", name="Ouvrir la visio", exact=True).click(timeout=20_000)


def accept(screen: Page) -> None:
    screen.locator("#accept").click(timeout=15_000)


def talking(page: Page, seconds: float = 15.0) -> Flow:
    """Wait until sound and picture flow."""
    before = flow(page)

    def both() -> Flow | None:
        now = flow(page)
        more = now.sound > before.sound + 5 and now.pictures > before.pictures + 2
        return now if now.connected and more else None

    return within(page, "sound and picture flow", both, seconds)


@dataclass(frozen=True, slots=True)
class Back:
    """Seconds after which sound and picture were there again, and after which the first of each was seen."""

    sound: float
    picture: float
    first_sound: float
    first_picture: float

    @property
    def sound_first(self) -> bool:
        """Whether the first sound came before the first picture, or with it."""
        return self.first_sound <= self.first_picture + TOGETHER

    def __str__(self) -> str:
        return (
            f"sound {self.sound:.1f} s, picture {self.picture:.1f} s "
            f"(first {self.first_sound:.2f} s and {self.first_picture:.2f} s)"
        )


TOGETHER = 0.5
"Seconds within which two things came together: a busy machine looks at a page some times a second."


def back(page: Page, seconds: float, before: Flow | None = None) -> Back:
    """Wait until sound and picture flow again over any connection; the time counts from now.

    Args:
        page: who listens.
        seconds: to wait at most.
        before: what had come when the fault ended, as of now by default.
    """
    began = time.monotonic()
    start = (before or flow(page)).each
    times: dict[str, float] = {}

    def both() -> bool:
        now = time.monotonic() - began
        for peer, counts in flow(page).each.items():
            for kind, enough, count, old in zip(
                ("sound", "picture"), (5, 2), counts, start.get(peer, (0, 0)), strict=True
            ):
                if count > old:
                    times.setdefault(f"first {kind}", now)
                if count - old >= enough:
                    times.setdefault(kind, now)
        return len(times) == 4

    within(page, "sound and picture are back", both, seconds)
    return Back(times["sound"], times["picture"], times["first sound"], times["first picture"])


def receives(page: Page, pictures: int, sounds: int, seconds: float = 90.0) -> None:
    """Wait until so many pictures and sounds have come from now on; how fast, nobody asks."""
    before = flow(page)

    def enough() -> bool:
        came = [line for line, count in flow(page).streams.items() if count > before.streams.get(line, 0)]
        kinds = [kind.split()[0] for _, kind in came]
        return kinds.count("video") >= pictures and kinds.count("audio") >= sounds

    within(page, f"{pictures} pictures and {sounds} sounds come", enough, seconds)


def second(page: Page, role: str) -> int:
    """Return how much has come of a second device of the room, `hand` or `stethoscope`; 0 while it is not open."""
    found: int = page.evaluate(SECOND, role)
    return found


SECOND = """async (role) => {
  const { call } = window.find("vv-call") ?? window.find("vv-nurse-call");
  const track = call.extras.active.includes(role) ? call.second.get(role)?.getTracks()[0] : undefined;
  if (track === undefined) return 0;
  const reports = [...(await call.peer.peer.getStats(track)).values()].filter(({ type }) => type === "inbound-rtp");
  return reports.reduce((sum, { kind, packetsReceived, framesDecoded }) => sum + (kind === "audio" ? packetsReceived : framesDecoded), 0);
}"""


def hang_up(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Raccrocher")).first.click(timeout=5_000)
