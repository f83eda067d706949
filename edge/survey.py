"""What a technician asks to see: which sensors are within reach, and what one of them says before it is linked.

Nothing of it is kept, here or in the hub. One survey and one trial run at a time; a new request replaces the one under
way. A trial ends by its time, by a request of 0 seconds, and at once when the hub gives the same sensor to this edge: the
sensor that is linked goes first. What a meter kept in its memory is shown and never taken from it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol

from msgspec.structs import replace

from devices.backoff import Backoff
from devices.clock import SECOND, Clock
from devices.drivers.base import Driver
from devices.errors import ConfigError, VeilleuseError
from devices.measurement import Cause, Link, Measurement, SensorStatus
from devices.quality import NO_DOUBT, Quality
from devices.transports.base import (
    Chunk,
    DeviceNotFoundError,
    LinkLostError,
    LinkNeeds,
    Place,
    SerialPlace,
    Transport,
    TransportError,
)
from devices.wire.messages import (
    Candidate,
    Observation,
    Report,
    SurveyReport,
    SurveyRequest,
    TrialReport,
    TrialRequest,
    observation,
)
from edge.confidence import Unlock, no_secrets
from edge.config import SensorConfig
from edge.protocols import open_driver
from edge.sensor import ArrivalClock, place
from edge.timekeeping import Timekeeper

_log = logging.getLogger(__name__)

LONGEST_SURVEY = 120.0
"Seconds; whoever looks longer asks again. Listening costs the radio time that linked sensors need."

LONGEST_TRIAL = 300.0
"Seconds; a sensor that is tried out is heard by nobody else meanwhile."

EVERY = 1.0
"Seconds between two reports of a survey, and between two of a trial at most."

PACE = 0.25
"Seconds between two reports of a trial at least: four a second is what an eye follows."

MAX_CANDIDATES = 60
"Of one report, strongest first; a corridor full of telephones must not make a message that is refused for its size."

MAX_TEXT = 64
"Characters of a name; Bluetooth allows 248."

MAX_SERVICES = 16

MAX_VALUES = 32
"Metrics of one trial's report; the richest driver has some ten."

SURVEY, TRIAL = "survey", "trial"
"Kinds of what is under way."

TRIED = "trial"
"Identifier of the sensor on trial in its own readings."


class Ears(Protocol):
    """Hears which sensors are within reach."""

    def listen(self) -> AbstractAsyncContextManager[Callable[[], Iterable[Candidate]]]:
        """Return a context in which the radio listens, and which gives what was heard so far.

        Entering raises `TransportError` when nothing can be heard.
        """
        ...

    async def ports(self) -> list[Candidate]:
        """Return the plugged serial ports."""
        ...


class Opener(Protocol):
    """Opens links; `edge.radio.LinkOpener`."""

    def open(self, place: Place, needs: LinkNeeds, clock: Clock) -> AbstractAsyncContextManager[Transport]:
        """Return a context that is an open link."""
        ...


class Owners(Protocol):
    """Knows which sensors run; `edge.roster.Roster`."""

    def owner(self, address: str, link: str) -> str:
        """Return the running sensor at an address or port, empty when there is none."""
        ...

    def check_port(self, link: str) -> None:
        """Refuse a port that the hub may not name, with a `ConfigError`."""
        ...


@dataclass(slots=True)
class Means:
    """What surveys and trials work with."""

    edge: str
    clock: Clock
    timekeeper: Timekeeper
    ears: Ears
    links: Opener
    owners: Owners
    send: Callable[[Report], None]
    unlock: Unlock = no_secrets


@dataclass(slots=True)
class _Trial:
    """What is known of the sensor on trial."""

    request: TrialRequest
    link: Link = Link.CONNECTING
    cause: Cause = Cause.NONE
    flags: Quality = NO_DOUBT
    detail: str = ""
    values: dict[str, Observation] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def say(self, link: Link, cause: Cause = Cause.NONE, detail: str = "") -> None:
        """Note what is true of the link now."""
        self.link, self.cause, self.detail = link, cause, detail[:200]
        self.changed.set()


class Surveyor:
    """Surveys and trials of one edge. Runs on the event loop; `ask` never raises."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._tasks: dict[str, set[asyncio.Task[None]]] = {SURVEY: set(), TRIAL: set()}
        "Of each kind the one under way, and those that were replaced and still let go of their link."
        self._place: Place | None = None
        self._closed = False

    def ask(self, request: SurveyRequest | TrialRequest) -> None:
        """Take a request; it replaces the one of its kind that is under way. Of an edge that stops nobody waits for an answer."""
        if self._closed:
            return
        if isinstance(request, SurveyRequest):
            self._replace(SURVEY, self._listen(request))
        else:
            self._replace(TRIAL, self._try(request))

    async def yield_to(self, config: SensorConfig) -> None:
        """End a trial of the sensor that is about to be run, and let go of its link."""
        if self._place == place(config) and (ending := self._call_off(TRIAL)):
            await asyncio.wait(ending)

    async def close(self) -> None:
        """End all, and take nothing more: the hub is still heard for a while."""
        self._closed = True
        if ending := (*self._call_off(SURVEY), *self._call_off(TRIAL)):
            await asyncio.wait(ending)

    def _call_off(self, kind: str) -> tuple[asyncio.Task[None], ...]:
        """Call off all of a kind; return those that have not ended yet."""
        ending = tuple(self._tasks[kind])
        for task in ending:
            # Not twice: the second time would be in the middle of letting go.
            if not task.cancelling():
                task.cancel()
        return ending

    def _replace(self, kind: str, work: Coroutine[object, object, None]) -> None:
        before = self._call_off(kind)

        async def run() -> None:
            if before:
                await asyncio.wait(before)
            await work

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks[kind].discard(task)
            # A task that is replaced before its first step would leave its work unawaited.
            work.close()
            if not task.cancelled() and (error := task.exception()) is not None:
                _log.error("%s ended by an error", task.get_name(), exc_info=error)

        task = asyncio.create_task(run(), name=f"{self._means.edge}/{kind}")
        self._tasks[kind].add(task)
        task.add_done_callback(ended)

    def _now(self) -> int:
        return self._means.timekeeper.now(self._means.clock.monotonic())

    # Survey

    async def _listen(self, request: SurveyRequest) -> None:
        means = self._means
        report = SurveyReport(means.edge, request.survey, 0, running=True)
        end = means.clock.monotonic() + round(min(max(request.seconds, 0.0), LONGEST_SURVEY) * SECOND)
        heard: Callable[[], Iterable[Candidate]] = list
        try:
            async with AsyncExitStack() as stack:
                try:
                    heard = await stack.enter_async_context(means.ears.listen())
                except VeilleuseError as error:
                    # Plugged sensors can be found without a radio.
                    _log.info("%s: the radio hears nothing: %s", means.edge, error)
                    report = replace(report, cause=cause_of(error))
                while (left := end - means.clock.monotonic()) > 0:
                    report = self._survey_report(report, [*heard(), *await means.ears.ports()])
                    means.send(report)
                    await asyncio.sleep(min(EVERY, left / SECOND))
                report = self._survey_report(report, [*heard(), *await means.ears.ports()])
        finally:
            means.send(replace(report, time=self._now(), running=False))

    def _survey_report(self, report: SurveyReport, heard: Iterable[Candidate]) -> SurveyReport:
        found = sorted(
            heard, key=lambda each: (each.rssi is None, -(each.rssi or 0), each.address, each.link)
        )
        return replace(
            report, time=self._now(), candidates=tuple(self._bounded(each) for each in found[:MAX_CANDIDATES])
        )

    def _bounded(self, each: Candidate) -> Candidate:
        return replace(
            each,
            name=each.name[:MAX_TEXT],
            services=each.services[:MAX_SERVICES],
            problem=each.problem[:200],
            sensor=self._means.owners.owner(each.address, each.link),
        )

    # Trial

    async def _try(self, request: TrialRequest) -> None:
        trial = _Trial(request)
        seconds = min(request.seconds, LONGEST_TRIAL)
        reporter: asyncio.Task[None] | None = None
        try:
            if seconds <= 0:
                trial.say(Link.DOWN)
                return
            candidate = self._candidate(request)
            where = place(candidate)
            owner = self._means.owners.owner(request.address, request.link)
            if owner:
                trial.say(Link.DOWN, Cause.BUSY, f"this edge runs it as sensor {owner!r}")
                return
            self._place = where
            reporter = asyncio.create_task(self._tell(trial), name=f"{self._means.edge}/trial report")
            async with asyncio.timeout(seconds):
                await self._keep_trying(trial, candidate, where)
        except TimeoutError:
            pass
        except ConfigError as error:
            trial.say(Link.DOWN, Cause.FAULT, str(error))
        finally:
            self._place = None
            if reporter is not None:
                reporter.cancel()
                await asyncio.gather(reporter, return_exceptions=True)
            self._means.send(self._trial_report(trial, running=False))

    def _candidate(self, request: TrialRequest) -> SensorConfig:
        """Return the candidate as if it were configured.

        Raises:
            ConfigError: the request names no protocol and place that fit.
        """
        if bool(request.address) == bool(request.link):
            raise ConfigError("a trial needs exactly one of address and link")
        if request.link:
            self._means.owners.check_port(request.link)
        address = request.address.upper()
        key, pin = self._means.unlock(address or request.link, request.secrets)
        return SensorConfig(TRIED, request.protocol, request.link or None, address or None, pin=pin, key=key)

    async def _keep_trying(self, trial: _Trial, candidate: SensorConfig, where: Place) -> None:
        """Open the candidate again and again, until cancelled."""
        backoff = Backoff(0.5, 5.0)
        while True:
            try:
                await self._hear(trial, candidate, where)
            except VeilleuseError as error:
                if isinstance(error, ConfigError):
                    raise
                trial.say(Link.DOWN, cause_of(error, serial=isinstance(where, SerialPlace)), str(error))
            await asyncio.sleep(backoff.next())

    async def _hear(self, trial: _Trial, candidate: SensorConfig, where: Place) -> None:
        address, key = candidate.address or "", candidate.key or ""
        driver = open_driver(candidate.protocol, TRIED, key=key, address=address)
        clock = ArrivalClock(self._means.clock)
        async with self._means.links.open(where, driver.needs, clock) as transport:
            for write in driver.start(self._now()):
                await transport.write(write)
            parts = {
                asyncio.create_task(self._read(trial, driver, transport)),
                asyncio.create_task(self._poll(driver, transport)),
            }
            try:
                done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for part in parts:
                    part.cancel()
                await asyncio.gather(*parts, return_exceptions=True)
            for part in done:
                part.result()

    async def _read(self, trial: _Trial, driver: Driver, transport: Transport) -> None:
        async for chunk in transport.chunks():
            self._take(trial, driver, chunk)

    async def _poll(self, driver: Driver, transport: Transport) -> None:
        while True:
            await asyncio.sleep(1.0)
            for write in driver.poll(self._now()):
                await transport.write(write)

    def _take(self, trial: _Trial, driver: Driver, chunk: Chunk) -> None:
        said_down = False
        for reading in driver.receive(chunk.source, chunk.data, self._means.timekeeper.place(chunk.arrival)):
            if isinstance(reading, Measurement):
                known = trial.values.get(reading.metric)
                if (known is None or known.time <= reading.time) and (
                    known or len(trial.values) < MAX_VALUES
                ):
                    trial.values[reading.metric] = observation(reading)
            elif isinstance(reading, SensorStatus):
                trial.flags = reading.flags
                down = reading.link is Link.DOWN
                trial.say(Link.DOWN if down else Link.UP, reading.cause, reading.detail)
                said_down = down
                continue
            trial.say(Link.UP)
            said_down = False
        if trial.link is not Link.UP and driver.rejected and not said_down:
            trial.say(Link.SILENT, Cause.FAULT, driver.last_error)

    async def _tell(self, trial: _Trial) -> None:
        """Report as things change, and once a second."""
        while True:
            trial.changed.clear()
            self._means.send(self._trial_report(trial, running=True))
            await asyncio.sleep(PACE)
            try:
                async with asyncio.timeout(EVERY - PACE):
                    await trial.changed.wait()
            except TimeoutError:
                continue

    def _trial_report(self, trial: _Trial, *, running: bool) -> TrialReport:
        return TrialReport(
            self._means.edge,
            trial.request.trial,
            self._now(),
            running,
            trial.link,
            tuple(trial.values.values()),
            int(trial.flags),
            trial.cause,
            trial.detail,
        )


def cause_of(error: VeilleuseError, *, serial: bool = False) -> Cause:
    """Return why a link cannot be had."""
    if serial and isinstance(error, DeviceNotFoundError):
        return Cause.NOT_PLUGGED
    if serial and isinstance(error, LinkLostError):
        return Cause.UNPLUGGED
    return error.cause if isinstance(error, TransportError) else Cause.FAULT
