"""Glucose meters: service 0x1808, records fetched through the Record Access Control Point. They ask for a bond.

A link goes: read the clock (2A2B, where the meter has it), correct it, ask for every record, and from then on for new
ones each time `AGAIN` asks have passed. A record is told once in a link, and its identity (number and base time, which no
correction changes) lets the edge drop what it had from an earlier one. The meter keeps its memory: nothing is deleted.

Time is counted in polls, about one a second: a clock that is set meanwhile disturbs nothing.
"""

from __future__ import annotations

import enum

from devices.drivers.base import Entry, Needs, Rejections, Signature, Write
from devices.drivers.device_clock import DeviceClock
from devices.drivers.gatt import BATTERY
from devices.errors import DecodeError
from devices.gatt import current_time, glucose, meaning, record_access
from devices.gatt.current_time import CurrentTime
from devices.gatt.glucose import GlucoseContext, GlucoseMeasurement
from devices.gatt.readings import message_readings, parse
from devices.gatt.record_access import Opcode, RecordAccess, Result
from devices.measurement import Reading

SIGNATURE = Signature("glucose", "ble", services=frozenset({"1808"}))

SETTLING = 3
"Polls to wait for the clock to be read before the records are asked for."

PATIENCE = 10
"Polls without a record or an answer after which the request is given up and made again."

ATTEMPTS = 3
"Requests in a row without an end; then it rests as after a whole answer."

MAX_TOLD = 20_000
"Records remembered in a link: a meter that invents records must not fill the memory; the edge's disk knows them too."

AGAIN = 60
"Polls between two requests while the link stands."


class Phase(enum.Enum):
    """What the meter is doing for us."""

    SETTLING = enum.auto()
    ASKING = enum.auto()
    "The request is due."
    REPORTING = enum.auto()
    RESTING = enum.auto()


class GlucoseMeter:
    """Fetches a meter's records."""

    def __init__(self, sensor: str) -> None:
        self.needs = Needs(
            notify=(glucose.UUID, glucose.CONTEXT_UUID, record_access.UUID, BATTERY),
            read=(current_time.UUID, BATTERY),
            interval=float(AGAIN),
            continuous=False,
            pair=True,
        )
        self._sensor = sensor
        self._rejections = Rejections()
        self._clock = DeviceClock()
        self._told: set[tuple[int, bytes]] = set()
        self._newest: int | None = None
        "Sequence number to go on from; `None` to ask for all."
        self._phase = Phase.SETTLING
        self._waited = 0
        self._attempts = 0

    @property
    def rejected(self) -> int:
        """Malformed or undatable records, and requests without an end, seen so far."""
        return self._rejections.count

    @property
    def last_error(self) -> str:
        """The newest rejection, in words."""
        return self._rejections.last

    def start(self, now: int) -> list[Write]:
        """Begin a link; nothing is asked before the clock was read."""
        self._phase, self._waited, self._attempts = Phase.SETTLING, 0, 0
        return []

    def receive(self, source: str, data: bytes, now: int) -> list[Reading]:
        """Return what one value says; a malformed one is counted."""
        try:
            message = parse(source, data)
            match message:
                case GlucoseMeasurement():
                    return self._record(message, now)
                case GlucoseContext():
                    # Checked, and a sign of life; meals and medication are not the record's here.
                    self._waited = 0
                case RecordAccess():
                    self._answered(message)
                case CurrentTime():
                    self._clock.read(message, now)
                case _:
                    return message_readings(message, self._sensor, now)
        except DecodeError as error:
            self._rejections.add(error)
        return []

    def confirm(self) -> list[Write]:
        """Return nothing: the meter keeps its records."""
        return []

    def poll(self, now: int) -> list[Write]:
        """Return what is due: the time for the meter's clock, a request, or an abort."""
        self._waited += 1
        match self._phase:
            case Phase.SETTLING if self._clock.known or self._waited >= SETTLING:
                self._phase = Phase.ASKING
                return [*self._clock.correction(now), *self._ask()]
            case Phase.ASKING:
                return self._ask()
            case Phase.REPORTING if self._waited >= PATIENCE:
                return self._give_up()
            case Phase.RESTING if self._waited >= AGAIN:
                return self._ask()
            case _:
                return []

    def _ask(self) -> list[Write]:
        self._phase, self._waited = Phase.REPORTING, 0
        newest = self._newest
        request = RecordAccess.report_all() if newest is None else RecordAccess.report_from(newest)
        return [Write(bytes(request), record_access.UUID)]

    def _give_up(self) -> list[Write]:
        self._attempts += 1
        self._rejections.add(DecodeError("meter did not end its report of records"))
        again = self._attempts < ATTEMPTS
        self._phase, self._waited = Phase.ASKING if again else Phase.RESTING, 0
        if not again:
            self._attempts = 0
        return [Write(bytes(RecordAccess.abort()), record_access.UUID)]

    def _answered(self, answer: RecordAccess) -> None:
        ended = answer.ended
        if ended is None or ended[0] != Opcode.REPORT or self._phase is not Phase.REPORTING:
            return
        result = ended[1]
        self._phase, self._waited, self._attempts = Phase.RESTING, 0, 0
        if result in {Result.SUCCESS, Result.NO_RECORDS}:
            return
        self._rejections.add(DecodeError(f"meter ended its report with result {result}"))
        if self._newest is not None and result != Result.NOT_COMPLETED:
            # It knows no "from this number on": all are asked for, and those told are left out.
            self._newest, self._phase = None, Phase.ASKING

    def _record(self, record: GlucoseMeasurement, now: int) -> list[Reading]:
        self._waited = 0
        identity = (record.sequence, bytes(record.base_time))
        if identity in self._told:
            return []
        if len(self._told) >= MAX_TOLD:
            self._told.clear()
        self._told.add(identity)
        if self._newest is None or record.sequence > self._newest:
            self._newest = record.sequence
        name = f"{record.sequence}@{record.base_time}"
        return meaning.glucose_record(record, self._sensor, self._clock.place(record.utc, now, name))


ENTRIES = (Entry(SIGNATURE, GlucoseMeter),)
