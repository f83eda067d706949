"""Verdicts on this room's readings, and which of them ring here. Pure.

Rules:
- Every reading is judged, whether the hub is there or not: the hub compares both judgements afterwards.
- What is judged: values of now (within `FRESH`; what is older is history on the hub as well), by `devices.occurrences`.
- Calls, falls, pauses of the heart and of the breath are alarms too, by the sensor's own identity of them.
- An alarm rings here while the hub is away, and goes on ringing after its return until the hub has had its verdict for the
  limit's delay and `HANDOVER`: the hub judges anew what it hears, so the room is quiet only once the hub must have rung.
  A hub that answers rings at the nurse's; the room stays quiet, so that nobody is woken who cannot help.
- "Seen" in the room silences one occurrence, for good, and nothing else.
- A condition that ended rings no more; unseen, it stays on the screen until it was seen or the hub has it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from devices.clock import SECOND
from devices.limits import Limit, Priority
from devices.measurement import Event, EventKind, Measurement, Reading
from devices.occurrences import Occurrence, Watch, WatchState
from devices.quality import Quality
from devices.wire.messages import Verdict
from edge.alarms.placing import place_verdict
from edge.timekeeping import is_unplaced

FRESH = 30 * SECOND
"As `hub.alerting.engine.Settings.fresh`."

SPOT = 600 * SECOND
"As `hub.alerting.engine.Settings.spot`: a record that a meter kept."

HANDOVER = 5 * SECOND
"Beside a limit's delay; the hub commits within a tenth of a second."

WRITTEN = 2 * SECOND
"A verdict is on disk and numbered by then; a card's worst commit is a second or two."

MAX_ALARMS = 50
"At once; a room has some. The bound is against a sensor that calls for ever."

REMEMBERED = 64
"Events remembered against being told twice."

RINGING_EVENTS = frozenset({EventKind.NURSE_CALL, EventKind.FALL, EventKind.PAUSE, EventKind.APNOEA})
"Those of high priority on the hub: somebody waits, or harm is immediate."


class KeptAlarm(msgspec.Struct, frozen=True):
    """An alarm as it lies on disk."""

    verdict: Verdict
    priority: Priority
    delay: float
    ringing: bool


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where everything stands, as it lies on disk."""

    boot: str = ""
    "Of the machine, when times are monotonic; empty when they are UTC."
    watches: dict[str, WatchState] = {}
    alarms: tuple[KeptAlarm, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(slots=True)
class Alarm:
    """One alarm of this room."""

    verdict: Verdict
    priority: Priority
    delay: float = 0.0
    ringing: bool = False
    met: int | None = None
    "Monotonic time at which it was first looked at."
    handed: int | None = None
    "Monotonic time since which the hub has it."

    @property
    def key(self) -> str:
        """Names the occurrence."""
        return _key(self.verdict)

    @property
    def present(self) -> bool:
        """Whether it asks for somebody: the condition is there, or somebody waits, and nobody said that it was seen."""
        return self.verdict.acknowledged is None and self.verdict.cleared is None


class RoomAlarms:
    """Judges and rings."""

    def __init__(self, boot: str = "") -> None:
        """Begin with nothing known.

        Args:
            boot: identity of the machine's boot, for times that are not UTC yet.
        """
        self._boot = boot
        self._watches: dict[str, Watch] = {}
        self._metrics: dict[str, list[Watch]] = {}
        self._alarms: dict[str, Alarm] = {}
        self._events: deque[str] = deque(maxlen=REMEMBERED)
        self.dropped = 0
        "Alarms beyond `MAX_ALARMS`."
        self.changed = False
        "Something changed since `kept` was last asked for."

    # ---- what comes in ----

    def set_limits(self, limits: Iterable[Limit], time: int) -> list[Verdict]:
        """Replace the limits in force; return what changed by it."""
        wanted = {limit.id: limit for limit in limits}
        told = []
        for name in list(self._watches):
            if name not in wanted:
                told += self._watches.pop(name).withdraw(time)
        for name, limit in wanted.items():
            watch = self._watches.get(name)
            if watch is None:
                self._watches[name] = Watch(limit)
            else:
                told += watch.replace_limit(limit, time)
        self._metrics = {}
        for watch in self._watches.values():
            self._metrics.setdefault(watch.limit.metric, []).append(watch)
        return self._noted(told)

    def take(self, reading: Reading, present: int) -> list[Verdict]:
        """Judge a reading as it was kept, at its own time; `present` is that clock now."""
        match reading:
            # The hub's look-back cannot place a time that nobody checked; who spot-checks stands beside the resident.
            case Measurement() if reading.flags & Quality.DEVICE_TIME:
                return []
            case Measurement() if reading.metric in self._metrics:
                oldest = SPOT if reading.stored else FRESH
                return self._measured(reading) if -FRESH <= present - reading.time <= oldest else []
            case Event() if reading.kind in RINGING_EVENTS:
                return self._happened(reading)
            case _:
                return []

    def place(self, shift: int) -> None:
        """Move what is in monotonic time to UTC: the time became known."""
        for watch in self._watches.values():
            if watch.state.last is not None and is_unplaced(watch.state.last):
                watch.state = watch.state.moved(shift)
                self.changed = True
        for alarm in list(self._alarms.values()):
            if is_unplaced(alarm.verdict.onset):
                del self._alarms[alarm.key]
                alarm.verdict = place_verdict(alarm.verdict, shift)
                self._alarms[alarm.key] = alarm
                self.changed = True

    def look(self, now: int, *, away: bool, had: int | None) -> list[Verdict]:
        """Decide what rings; return the verdicts that changed.

        Args:
            now: monotonic time.
            away: the hub does not answer.
            had: the hub has everything that was on disk at this time (`Hearing.had`).
        """
        told = []
        for alarm in list(self._alarms.values()):
            taken_up = _taken_up(alarm, now, away=away, had=had)
            if taken_up and (alarm.verdict.event or not alarm.present):
                del self._alarms[alarm.key]
                self.changed = True
                continue
            rings = alarm.present and (away or (alarm.ringing and not taken_up))
            if rings != alarm.ringing:
                alarm.ringing = rings
                self.changed = True
            if rings and not alarm.verdict.rang:
                alarm.verdict = msgspec.structs.replace(alarm.verdict, rang=True)
                told.append(alarm.verdict)
        return told

    def acknowledge(self, key: str, time: int) -> list[Verdict]:
        """Take that somebody in the room saw an alarm; an unknown one, or one that was seen, changes nothing."""
        alarm = self._alarms.get(key)
        if alarm is None or alarm.verdict.acknowledged is not None:
            return []
        alarm.verdict = msgspec.structs.replace(alarm.verdict, acknowledged=time)
        alarm.ringing = False
        self.changed = True
        if alarm.verdict.cleared is not None:
            del self._alarms[key]
        return [alarm.verdict]

    # ---- what goes out ----

    def alarms(self) -> list[Alarm]:
        """Return the alarms, those that ring first, then the worst, then the oldest."""
        return sorted(
            self._alarms.values(),
            key=lambda alarm: (not alarm.ringing, _ORDER[alarm.priority], alarm.verdict.onset),
        )

    def kept(self) -> bytes:
        """Return where everything stands, to be put on disk with the batch that brought it there."""
        self.changed = False
        watches = {name: watch.state for name, watch in self._watches.items() if watch.state != WatchState()}
        times = [state.last for state in watches.values() if state.last is not None]
        times += [alarm.verdict.onset for alarm in self._alarms.values()]
        boot = self._boot if any(is_unplaced(time) for time in times) else ""
        alarms = tuple(
            KeptAlarm(alarm.verdict, alarm.priority, alarm.delay, alarm.ringing)
            for alarm in self._alarms.values()
        )
        return _encode(Kept(boot, watches, alarms, tuple(self._events)))

    def restore(self, body: bytes) -> None:
        """Take up what was kept, after `set_limits`; monotonic times of another boot mean nothing and are dropped.

        Raises:
            msgspec.DecodeError: the disk did not give back what was written.
        """
        kept = _decoder.decode(body)
        self._events.extend(kept.events)
        if kept.boot not in {"", self._boot}:
            return
        for name, state in kept.watches.items():
            if name in self._watches:
                self._watches[name].state = state
        for each in kept.alarms:
            alarm = Alarm(each.verdict, each.priority, each.delay, each.ringing)
            gone = each.verdict.limit and each.verdict.limit not in self._watches
            if not gone:
                self._alarms[alarm.key] = alarm

    # ---- inside ----

    def _measured(self, reading: Measurement) -> list[Verdict]:
        found: list[Occurrence] = []
        for watch in self._metrics[reading.metric]:
            before = watch.state
            found += watch.feed(reading.value, reading.time, reading.flags, reading.sensor)
            self.changed |= watch.state is not before
        return self._noted(found)

    def _noted(self, found: Iterable[Occurrence]) -> list[Verdict]:
        return [verdict for occurrence in found for verdict in self._note(occurrence)]

    def _note(self, occurrence: Occurrence) -> Iterator[Verdict]:
        self.changed = True
        verdict = verdict_of(occurrence)
        known = self._alarms.get(_key(verdict))
        if known is not None:
            known.verdict = verdict = msgspec.structs.replace(
                verdict, rang=known.verdict.rang, acknowledged=known.verdict.acknowledged
            )
            if verdict.cleared is not None:
                known.ringing = False
                if verdict.acknowledged is not None or not verdict.rang:
                    # Seen, or never shown here: the screen has nothing to keep for anybody.
                    del self._alarms[known.key]
        elif verdict.cleared is None and self._has_room():
            limit = occurrence.limit
            alarm = Alarm(verdict, limit.priority, limit.delay)
            self._alarms[alarm.key] = alarm
        yield verdict

    def _happened(self, event: Event) -> list[Verdict]:
        name = f"{event.sensor}/{event.identity}"
        if name in self._events or not self._has_room():
            return []
        self._events.append(name)
        self.changed = True
        time = event.time
        value = 0.0 if event.value is None else event.value
        verdict = Verdict("", event.sensor, event.kind.value, time, time, worst=value, event=event.identity)
        alarm = Alarm(verdict, Priority.HIGH)
        self._alarms[alarm.key] = alarm
        return [verdict]

    def _has_room(self) -> bool:
        if len(self._alarms) < MAX_ALARMS:
            return True
        over = next((alarm for alarm in self._alarms.values() if not alarm.present), None)
        if over is None:
            self.dropped += 1
            return False
        del self._alarms[over.key]
        return True


def _taken_up(alarm: Alarm, now: int, *, away: bool, had: int | None) -> bool:
    """Tell whether the hub must have rung for an alarm by now, if it is one that rings."""
    if alarm.met is None:
        alarm.met = now
    if away:
        alarm.handed = None
    elif alarm.handed is None and had is not None and had >= alarm.met + WRITTEN:
        alarm.handed = now
    return alarm.handed is not None and now - alarm.handed >= round(alarm.delay * SECOND) + HANDOVER


_ORDER = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}
_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Kept)


def verdict_of(occurrence: Occurrence) -> Verdict:
    """Put an occurrence on the wire."""
    return Verdict(
        occurrence.limit.id,
        occurrence.sensor,
        occurrence.limit.metric,
        occurrence.onset,
        occurrence.declared,
        occurrence.side,
        occurrence.bound,
        occurrence.worst,
        occurrence.cleared,
        "" if occurrence.ending is None else occurrence.ending.value,
    )


def _key(verdict: Verdict) -> str:
    if verdict.event:
        return f"{verdict.sensor}/{verdict.event}"
    return f"{verdict.limit}@{verdict.onset}"
