"""Picture, sound and cost of a call, beside a plain call between two pages of the same Chromium in the same run.

The room is `tests.benchmarks.call_agent`: the edge's own media in a process of its own, generated camera and microphone, over
127.0.0.1. The browser is Debian's Chromium with a fake camera. Everything shares one machine, so the browser's own work is in
every latency. `python -m tests.benchmarks.call_media --minutes 60` watches the memory of a long call; `make bench` takes 3 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import Browser, BrowserContext, Page

from tests.benchmarks.chromium import chromium
from tests.benchmarks.figures import Figure, median, percentile, show, spread
from tests.edge.video.rooms import RATE, decibels, echo, sixteen, speech
from tests.edge.video.test_echo import cleaned

ROUNDS = 5
WINDOW = 6.0
"Seconds over which the processor's time is read."
ROOMS = ((0.06, 0.0), (0.18, 0.0), (0.06, 50e-6), (0.06, 300e-6))
"Delay in seconds and drift of the clocks."
STEADY = 0.05
"Share by which a long call may grow after its first minute."
FLAGS = ["--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection"]


class Agent:
    """The room's media in a process of its own."""

    def __init__(self, settings: dict[str, object]) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.call_agent", json.dumps(settings)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        self.watched = psutil.Process(self._process.pid)

    def processor(self) -> float:
        """Return seconds of processor so far."""
        times = self.watched.cpu_times()
        return float(times.user + times.system)

    def share(self, seconds: float = WINDOW) -> float:
        """Return percent of a core over a while."""
        began, before = time.monotonic(), self.processor()
        time.sleep(seconds)
        return 100 * (self.processor() - before) / (time.monotonic() - began)

    def late(self) -> list[float]:
        """Return by how many seconds each beep was heard late since the last question."""
        heard: dict[str, list[float]] = httpx.get(f"{self.url}/heard", trust_env=False, timeout=60).json()
        return heard["late"]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)


@contextmanager
def agent(**settings: object) -> Iterator[Agent]:
    """Run a room."""
    running = Agent(settings)
    try:
        yield running
    finally:
        running.close()


def called(browser: Browser, room: Agent, query: str = "") -> tuple[Page, float]:
    """Open a viewer and call; return it and the seconds to its first picture."""
    page = opened(browser.new_context(permissions=["camera", "microphone"]), room, query)
    return page, page.evaluate("call()") / 1000


def opened(context: BrowserContext, room: Agent, query: str) -> Page:
    """Open a page that has its camera and voice."""
    page = context.new_page()
    page.goto(f"{room.url}/?{query}")
    page.evaluate("ready()")
    return page


def plain_call(browser: Browser, room: Agent) -> float:
    """Return the seconds to the first picture of a call between two pages, by nothing but Chromium."""
    context = browser.new_context(permissions=["camera", "microphone"])
    other, page = opened(context, room, "camera=1"), opened(context, room, "camera=1")
    other.evaluate("await_plain()")
    page.bring_to_front()
    seconds = page.evaluate("call_plain()") / 1000
    context.close()
    return float(seconds)


def setting_up(browser: Browser) -> list[Figure]:
    """Time to the first picture, room and plain call by turns."""
    ours, plain = [], []
    with agent(size=(640, 480), fps=15) as room:
        for _ in range(ROUNDS + 1):
            page, seconds = called(browser, room, "camera=1")
            ours.append(seconds)
            page.context.close()
            plain.append(plain_call(browser, room))
    # The first one loads what the others find loaded.
    ours, plain = ours[1:], plain[1:]
    ratio = median(ours) / median(plain)
    return [
        Figure("connection to first picture, room", median(ours), "s", note=spread(ours), rounds=ours),
        Figure(
            "connection to first picture, plain Chromium",
            median(plain),
            "s",
            note=f"{spread(plain)}; two pages, their signals by a channel of the browser",
            rounds=plain,
        ),
        Figure("room beside plain Chromium", ratio, "x", aim="under 1.5", met=ratio < 1.5),
    ]


def seeing(browser: Browser) -> list[Figure]:
    """Glass to glass."""
    middles, ends = [], []
    with agent(size=(640, 480), fps=30) as room:
        page, _ = called(browser, room)
        page.evaluate("latency(30)")
        for _ in range(ROUNDS):
            found: list[float] = page.evaluate("latency(90)")
            middles.append(median(found))
            ends.append(percentile(found, 0.95))
        page.context.close()
    return [
        Figure(
            "glass to glass, 640x480 at 30/s, p50",
            median(middles),
            "ms",
            aim="under 100",
            met=median(middles) < 100,
            note=f"{spread(middles)}; by the bars in the picture",
            rounds=middles,
        ),
        Figure("glass to glass, 640x480 at 30/s, p95", median(ends), "ms", note=spread(ends), rounds=ends),
    ]


def hearing(browser: Browser) -> list[Figure]:
    """How late the physician's voice is played in the room, without loss and with it."""
    figures = []
    for loss in (0.0, 0.03):
        with agent(size=(320, 240), fps=15, loss=loss) as room:
            page, _ = called(browser, room, "beeps=1")
            time.sleep(3)
            room.late()
            rounds = []
            for _ in range(ROUNDS):
                time.sleep(5)
                if late := room.late():
                    rounds.append(1000 * median(late))
            page.context.close()
        if not rounds:
            raise RuntimeError("no beep was heard in the room")
        aimed = loss > 0
        figures.append(
            Figure(
                f"speech, physician to loudspeaker, {100 * loss:.0f} % lost",
                median(rounds),
                "ms",
                aim="under 150" if aimed else "",
                met=median(rounds) < 150 if aimed else None,
                note=f"{spread(rounds)}; beeps at whole seconds, without the sound card",
                rounds=rounds,
            )
        )
    return figures


def echoing() -> list[Figure]:
    """Echo return loss in rooms made of arithmetic, the canceller itself is real."""
    figures = []
    for delay, drift in ROOMS:
        losses = []
        for seed in range(ROUNDS):
            played = speech(20, 10 + seed)
            heard = echo(played, 20 + seed, delay=delay, drift=drift)
            out = asyncio.run(cleaned(played, heard))
            late = slice(12 * RATE, 19 * RATE)
            losses.append(decibels(sixteen(heard)[late]) - decibels(out[late]))
        figures.append(
            Figure(
                f"echo return loss, {1000 * delay:.0f} ms, clocks {1e6 * drift:.0f} ppm apart",
                median(losses),
                "dB",
                aim="at least 35",
                met=median(losses) >= 35,
                note=spread(losses),
                rounds=losses,
            )
        )
    return figures


def costing(browser: Browser) -> list[Figure]:
    """The processor of the room's process, for those who watch and listen."""
    figures = []
    for codec, (viewers, aim) in itertools.product(("vp8", "h264"), ((1, 10.0), (4, 13.0))):
        with agent(size=(640, 480), fps=15, codec=codec) as room:
            pages = [called(browser, room)[0] for _ in range(viewers)]
            time.sleep(3)
            shares = [room.share() for _ in range(ROUNDS)]
            for page in pages:
                page.context.close()
        figures.append(
            Figure(
                f"edge's processor, {viewers} viewer{'s' if viewers > 1 else ''}, {codec}",
                median(shares),
                "% of a core",
                aim=f"at most {aim:.0f}" if codec == "vp8" else "",
                met=median(shares) <= aim if codec == "vp8" else None,
                note=f"{spread(shares)}; 640x480 at 15/s, drawn picture and sound included",
                rounds=shares,
            )
        )
    return figures


def lasting(browser: Browser, minutes: float) -> Figure:
    """Memory of a long call, both ways, against its first minute."""
    with agent(size=(640, 480), fps=15) as room:
        page, _ = called(browser, room, "camera=1&beeps=1")
        samples: list[float] = []
        for _ in range(round(minutes * 60)):
            time.sleep(1)
            samples.append(room.watched.memory_info().rss / 1e6)
        page.context.close()
    first, last = statistics.median(samples[30:60]), statistics.median(samples[-30:])
    growth = last / first - 1
    return Figure(
        f"memory after {minutes:g} minutes of call",
        100 * growth,
        "% more than in its first minute",
        aim="within 5",
        met=growth <= STEADY,
        note=f"{first:.1f} to {last:.1f} MB, peak {max(samples):.1f}",
        rounds=samples[:: max(1, len(samples) // 60)],
    )


def run(minutes: float = 3.0, only: Sequence[str] = ()) -> list[Figure]:
    """Measure."""
    figures: list[Figure] = []
    with chromium(FLAGS) as browser:
        parts = {
            "first": lambda: setting_up(browser),
            "see": lambda: seeing(browser),
            "hear": lambda: hearing(browser),
            "echo": echoing_aside,
            "cost": lambda: costing(browser),
            "last": lambda: [lasting(browser, minutes)],
        }
        for name, part in parts.items():
            if not only or name in only:
                measured = part()
                show(f"call_media {name}", measured)
                figures += measured
    return figures


def echoing_aside() -> list[Figure]:
    """`echoing` in a thread of its own: Playwright keeps an event loop in this one."""
    figures: list[Figure] = []
    thread = threading.Thread(target=lambda: figures.extend(echoing()))
    thread.start()
    thread.join()
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("part", nargs="*", help="first, see, hear, echo, cost, last")
    arguments = parser.parse_args()
    found = run(arguments.minutes, arguments.part)
    if arguments.out is not None:
        arguments.out.write_text(json.dumps([asdict(each) for each in found], indent=1))
