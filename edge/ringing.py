"""Lets the room ring when nobody else can: the shell around `edge.alarms`. Used on the event loop alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from devices.clock import SECOND
from devices.limits import Limit, Priority
from devices.wire.messages import Lane, Verdict
from edge.alarms.hearing import Hearing, Line
from edge.alarms.room import Alarm, RoomAlarms
from edge.recorder import Recorder
from edge.supervisor import Attempt
from edge.uplink import Parts, Uplink

_log = logging.getLogger(__name__)

LOOK = 0.5
"Seconds between two looks at the way to the hub."


@dataclass(frozen=True, slots=True)
class ShownAlarm:
    """An alarm as the room's screen shows it: no name, only what the room itself measured."""

    key: str
    kind: str
    "Metric, or kind of the event."
    priority: Priority
    value: float | None
    "The worst since it began; `None` for an event."
    side: str
    since: float
    "Seconds since it began."
    ringing: bool
    seen: bool
    over: bool
    "The condition ended and nobody has seen it."


class Ringing:
    """Asks every half second whether the room must ring, and keeps what it came to."""

    def __init__(self, parts: Parts, alarms: RoomAlarms, recorder: Recorder, uplink: Uplink) -> None:
        self._parts = parts
        self._alarms = alarms
        self._recorder = recorder
        self._uplink = uplink
        self._hearing = Hearing()
        self._listeners: list[Callable[[], None]] = []
        self._unseen: set[str] = set()
        self.screens: Callable[[], int] = lambda: 0
        "How many of the room's screens are open, visible and can be heard."

    @property
    def away(self) -> bool:
        """Whether the hub does not answer."""
        return self._hearing.away

    @property
    def loudest(self) -> Priority | None:
        """The highest priority that rings here now; `alarms` has those that ring first, the worst of them first."""
        return next((alarm.priority for alarm in self._alarms.alarms() if alarm.ringing), None)

    def set_limits(self, limits: Iterable[Limit]) -> None:
        """Judge by these limits from now on."""
        self._recorder.tell(self._alarms.set_limits(limits, self._present()))

    def restore(self, limits: Iterable[Limit], body: bytes | None) -> None:
        """Take up where the disk says that the last process stood."""
        told = self._alarms.set_limits(limits, self._present())
        try:
            if body is not None:
                self._alarms.restore(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # Whoever is in danger crosses the limit again with the next value.
            self._parts.counters.add("alarms_unreadable")
            _log.error("where the room's alarms stood cannot be read: %s", error)
        self._recorder.tell(told)

    def view(self) -> tuple[ShownAlarm, ...]:
        """Return what the room's screen shows: what rings or rang, and is not in the hub's hands."""
        now = self._present()
        return tuple(_shown(alarm, now) for alarm in self._alarms.alarms() if alarm.verdict.rang)

    def seen(self, key: str) -> None:
        """Somebody in the room says that an alarm was seen by a caregiver."""
        self._recorder.tell(self._alarms.acknowledge(key, self._present()))
        self._tell()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after changes of `view`; the result ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def look(self) -> None:
        """Decide what rings now."""
        now = self._parts.clock.monotonic()
        self._hearing.look(self._line(), now)
        before = [(alarm.key, alarm.ringing) for alarm in self._alarms.alarms()]
        self._recorder.tell(self._alarms.look(now, away=self.away, had=self._hearing.had))
        after = [(alarm.key, alarm.ringing) for alarm in self._alarms.alarms()]
        self._count({key for key, ringing in after if ringing})
        if after != before:
            self._tell()

    async def run(self, attempt: Attempt) -> None:
        """Look, for ever."""
        while True:
            self.look()
            attempt.works()
            await asyncio.sleep(LOOK)

    def _count(self, ringing: set[str]) -> None:
        """Say to the technician that an alarm rang in an empty cupboard: once for each occurrence."""
        if self.screens():
            return
        unheard = ringing - self._unseen
        if unheard:
            self._parts.counters.add("local_alarm_without_screen", len(unheard))
            _log.error("%d alarms ring and no screen of this room shows them", len(unheard))
        self._unseen = ringing

    def _line(self) -> Line:
        lanes = [self._uplink.window(lane) for lane in Lane]
        outstanding = sum(lane.outstanding for lane in lanes)
        return Line(
            self._uplink.connected,
            sum(lane.numbered for lane in lanes),
            sum(lane.acknowledged for lane in lanes),
            self._parts.spool.pending + self._recorder.held - outstanding,
        )

    def _present(self) -> int:
        return self._parts.timekeeper.place(self._parts.clock.monotonic())

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def _shown(alarm: Alarm, now: int) -> ShownAlarm:
    verdict: Verdict = alarm.verdict
    return ShownAlarm(
        alarm.key,
        verdict.metric,
        alarm.priority,
        None if verdict.event else verdict.worst,
        verdict.side,
        max(0, now - verdict.onset) / SECOND,
        alarm.ringing,
        verdict.acknowledged is not None,
        verdict.cleared is not None,
    )
