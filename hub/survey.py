"""A technician looks through an edge: which sensors are within reach, and what one of them says.

The hub forwards the request and passes the edge's reports to the page that asked, and to nobody else. Nothing is stored.
An inquiry ends when the edge says so, when its time is over, or when its page goes; the edge is told then.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from msgspec.structs import replace

from devices.clock import SECOND, Clock
from devices.errors import VeilleuseError
from devices.wire.messages import Finding, SurveyReport, SurveyRequest, TrialRequest

MAX_INQUIRIES = 32
"Open at once: every technician of a region has a few; one who is hostile does not fill the memory."

PER_ACCOUNT = 6

GRACE = 10 * SECOND
"How long an inquiry outlives its time, so that the edge's last report still finds it."

UNWATCHED = 15 * SECOND
"An inquiry whose page does not come to look is ended."


class InquiryError(VeilleuseError):
    """An inquiry cannot be made."""

    def __init__(self, code: str, text: str) -> None:
        """Take a stable code and a sentence."""
        super().__init__(text)
        self.code = code


class Sender(Protocol):
    """Who carries messages to edges; `hub.ingest.link.EdgeLink`."""

    def send(self, edge: str, kind: str, message: object) -> None:
        """Seal and publish a message."""
        ...


@dataclass(slots=True)
class Inquiry:
    """One survey or trial that somebody looks at."""

    id: str
    edge: str
    author: str
    request: SurveyRequest | TrialRequest
    until: int
    "Hub time at which it is over."
    looked_at: int
    "Hub time at which a page last looked."
    watched: int = 0
    "Pages that look at it now."
    over: bool = False
    replaced: bool = False
    "Somebody else asked the same edge: an edge works for one at a time."
    newest: Finding | None = None
    "Each report says all that is known, so only the newest counts."
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def survey(self) -> bool:
        """Whether it is a survey."""
        return isinstance(self.request, SurveyRequest)


class Inquiries:
    """The inquiries of a home. Everything but `from_room` is called on the event loop."""

    def __init__(self, sender: Sender, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock
        self._open: dict[str, Inquiry] = {}
        self._issued = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.dropped = 0
        "Reports that nobody asked for, or that were another edge's."

    def start(self) -> None:
        """Take reports from now on; call it on the event loop."""
        self._loop = asyncio.get_running_loop()

    def survey(self, edge: str, author: str, seconds: float) -> Inquiry:
        """Let an edge listen.

        Raises:
            InquiryError: `too_many_inquiries`.
        """
        number = self._begin(author)
        # An edge has one survey: whoever looked before sees that theirs has ended.
        self._end_others(edge, survey=True)
        return self._made(edge, author, number, SurveyRequest(self._next(), number, seconds), seconds)

    def trial(self, edge: str, author: str, trial: TrialRequest) -> Inquiry:
        """Let an edge open a candidate; the trial's time and identity are made here, whatever they are.

        Raises:
            InquiryError: `too_many_inquiries`.
        """
        number = self._begin(author)
        self._end_others(edge, survey=False)
        request = replace(trial, issued=self._next(), trial=number)
        return self._made(edge, author, number, request, trial.seconds)

    def find(self, key: str, author: str) -> Inquiry | None:
        """Return an open inquiry of this account; another's does not exist for it."""
        self._tidy()
        found = self._open.get(key)
        return found if found is not None and found.author == author else None

    def end(self, inquiry: Inquiry) -> None:
        """End an inquiry, and tell its edge if it still works for it."""
        if self._open.pop(inquiry.id, None) is None:
            return
        if inquiry.over or self._clock.utc() >= inquiry.until:
            return
        inquiry.over = True
        inquiry.changed.set()
        request = inquiry.request
        if isinstance(request, SurveyRequest):
            stop: SurveyRequest | TrialRequest = SurveyRequest(self._next(), request.survey, 0.0)
        else:
            stop = replace(request, issued=self._next(), seconds=0.0, secrets="")
        self._sender.send(inquiry.edge, "command", stop)

    @contextlib.contextmanager
    def looking(self, inquiry: Inquiry) -> Iterator[None]:
        """Count a page that looks, for as long as the context lasts."""
        inquiry.watched += 1
        try:
            yield
        finally:
            inquiry.watched -= 1
            inquiry.looked_at = self._clock.utc()

    def from_room(self, edge: str, report: Finding) -> None:
        """Take a verified report; any thread may call it. Must not block."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._take, edge, report)

    def tick(self) -> None:
        """End what nobody looks at, or what is over."""
        self._tidy()

    def _take(self, edge: str, report: Finding) -> None:
        found = self._open.get(report.survey if isinstance(report, SurveyReport) else report.trial)
        if found is None or found.edge != edge or found.survey != isinstance(report, SurveyReport):
            self.dropped += 1
            return
        if not found.over:
            found.newest, found.over = report, not report.running
            found.changed.set()

    def _begin(self, author: str) -> str:
        self._tidy()
        own = sum(each.author == author for each in self._open.values())
        if len(self._open) >= MAX_INQUIRIES or own >= PER_ACCOUNT:
            raise InquiryError("too_many_inquiries", "too many searches at once: end one first")
        return secrets.token_urlsafe(12)

    def _made(
        self, edge: str, author: str, number: str, request: SurveyRequest | TrialRequest, seconds: float
    ) -> Inquiry:
        now = self._clock.utc()
        made = Inquiry(number, edge, author, request, now + round(seconds * SECOND), now)
        self._open[number] = made
        self._sender.send(edge, "command", request)
        return made

    def _next(self) -> int:
        # Two within one microsecond, or a clock that was put back: an edge takes only what is newer.
        self._issued = max(self._issued + 1, self._clock.utc())
        return self._issued

    def _end_others(self, edge: str, *, survey: bool) -> None:
        for each in [each for each in self._open.values() if each.edge == edge and each.survey is survey]:
            del self._open[each.id]
            each.over = each.replaced = True
            each.changed.set()

    def _tidy(self) -> None:
        now = self._clock.utc()
        for each in list(self._open.values()):
            if now > each.until + GRACE or (not each.watched and now > each.looked_at + UNWATCHED):
                self.end(each)
