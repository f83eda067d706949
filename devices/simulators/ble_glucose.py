"""Virtual glucose meters: one with a memory that is asked for its records, one that stays under the skin."""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from bumble.att import ATT_Error, ErrorCode
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue

from devices.clock import SECOND
from devices.errors import DecodeError
from devices.gatt import cgm, glucose, record_access
from devices.gatt.cgm import CgmFeature, CgmMeasurement, CgmRecord, CgmSessionStart
from devices.gatt.date_time import DateTime
from devices.gatt.glucose import FeatureBit, GlucoseContext, GlucoseFeature, GlucoseMeasurement
from devices.gatt.record_access import Filter, Opcode, Operator, RecordAccess, Result
from devices.ieee11073 import SFloat
from devices.simulators.ble_base import HIDDEN, READABLE, BleSensor, Permissions, Properties, characteristic
from devices.simulators.ble_sensors import ContinuousSensor
from devices.simulators.physiology import Vitals
from devices.simulators.source import Source

BETWEEN_MEALS = 4 * 3600.0
"Seconds between the measurements that a meter has made before it was switched on."

PACE = 0.01
"Seconds between two records that are sent; an abort comes in between."

MEMORY = 500
"Records that a meter keeps; then the oldest goes."

_IMPROPERLY_CONFIGURED = ErrorCode(0xFD)
_IN_PROGRESS = ErrorCode(0xFE)
_MEALS = ((7.5, 60.0), (12.5, 75.0), (19.0, 55.0))
"Hours UTC, and by how much a meal raises the glucose, mg/dL."


def mg_dl(source: Source, now: float) -> float:
    """Return a patient's glucose at a time, seconds UTC: a level of their own, and a hump after each meal."""
    level = float(np.random.default_rng([source.subject.patient.seed, 4]).uniform(85, 125))
    hour = now % 86_400 / 3600
    humps = (
        rise * (after / 0.8) * float(np.exp(1 - after / 0.8))
        for at, rise in _MEALS
        if (after := (hour - at) % 24) < 6
    )
    return level + sum(humps)


@dataclass(frozen=True, slots=True)
class Record:
    """One measurement in a meter's memory."""

    sequence: int
    stamp: DateTime
    mg_dl: int
    meal: int | None = None
    "1 before, 2 after a meal."

    def measurement(self) -> GlucoseMeasurement:
        """Return it as it is sent."""
        return GlucoseMeasurement(
            sequence=self.sequence,
            base_time=self.stamp,
            offset=0,
            # kg/L: mg/dL by 10 to the 5th, as sheet 03 part 8 has it.
            concentration=SFloat.of(Decimal(self.mg_dl).scaleb(-5)),
            type=1,
            location=1,
            context_follows=self.meal is not None,
        )

    def context(self) -> GlucoseContext:
        """Return what was going on."""
        return GlucoseContext(self.sequence, meal=self.meal)


class GlucoseMeter(BleSensor):
    """A meter whose records are fetched through the record access control point, by bonded hosts alone."""

    SERVICE, MEASUREMENT, MODEL, CLOCK = "1808", glucose.UUID, "glucose meter", True

    def __init__(
        self,
        name: str,
        source: Source,
        *arguments: Any,
        records: int = 3,
        every: float = 1800.0,
        **options: Any,
    ) -> None:
        """Describe the meter.

        Args:
            name: as of every sensor.
            source: whose blood it measures.
            arguments: as of every sensor.
            records: what it has in its memory when it is switched on.
            every: seconds between two measurements from then on.
            options: as of every sensor.
        """
        asked: CharacteristicValue[bytes] = CharacteristicValue(write=self._asked)
        self._context = characteristic(glucose.CONTEXT_UUID, Properties.NOTIFY, HIDDEN)
        self._control = characteristic(
            record_access.UUID,
            Properties.WRITE | Properties.INDICATE,
            Permissions.WRITEABLE | Permissions.WRITE_REQUIRES_ENCRYPTION,
            asked,
        )
        super().__init__(name, source, *arguments, every=every, **options)
        self.records: list[Record] = []
        self.requests: list[RecordAccess] = []
        "What hosts have asked for."
        self.sent: list[int] = []
        "Sequence numbers of the records that were sent, each time they were."
        self._initial = records
        self._sequence = 0
        self._sending: asyncio.Task[None] | None = None

    def characteristics(self) -> Iterable[Characteristic[bytes]]:
        """Return context, feature and control point; all but the measurement's value ask for a bond."""
        feature = bytes(GlucoseFeature(FeatureBit.LOW_BATTERY | FeatureBit.TIME_FAULT))
        for protected in (self._measurement, self._context, self._control):
            self.protect(protected)
        return (
            self._context,
            characteristic(
                glucose.FEATURE_UUID,
                Properties.READ,
                READABLE | Permissions.READ_REQUIRES_ENCRYPTION,
                feature,
            ),
            self._control,
        )

    async def due(self, now: float) -> None:
        """Measure; telling is done when a host asks."""
        if self._next is None:
            for ago in range(self._initial, 0, -1):
                self.add(now - ago * BETWEEN_MEALS)
            self._next = now + self._every
        if now >= self._next:
            self.add(now)
            self._next = now + self._every

    def add(self, now: float) -> Record:
        """Measure at a time, seconds UTC."""
        self._sequence += 1
        value = round(mg_dl(self.source, now))
        record = Record(self._sequence, self.stamp(now), value, meal=1 if self._sequence % 2 else None)
        self.records = [*self.records, record][-MEMORY:]
        return record

    def _asked(self, connection: Connection, value: bytes) -> None:
        try:
            request = RecordAccess.parse(value)
        except DecodeError:
            raise ATT_Error(ErrorCode.INVALID_ATTRIBUTE_LENGTH) from None
        if not (self.subscribed(self._control) and self.subscribed(self._measurement)):
            raise ATT_Error(_IMPROPERLY_CONFIGURED)
        if request.opcode == Opcode.ABORT:
            self._abort()
        elif self._sending is not None and not self._sending.done():
            raise ATT_Error(_IN_PROGRESS)
        self.requests.append(request)
        self._sending = self.later(self._serve(request), "records")

    def _abort(self) -> None:
        if self._sending is not None:
            self._sending.cancel()

    async def _serve(self, request: RecordAccess) -> None:
        # The write is answered first; a record before that would surprise hosts.
        await asyncio.sleep(PACE)
        if request.opcode == Opcode.ABORT:
            await self._answer(RecordAccess.response(Opcode.ABORT, Result.SUCCESS))
            return
        if request.opcode not in {Opcode.REPORT, Opcode.REPORT_NUMBER}:
            await self._answer(RecordAccess.response(request.opcode, Result.OPCODE_NOT_SUPPORTED))
            return
        chosen = self._choose(request)
        if isinstance(chosen, Result):
            await self._answer(RecordAccess.response(request.opcode, chosen))
        elif request.opcode == Opcode.REPORT_NUMBER:
            await self._answer(RecordAccess.number(len(chosen)))
        elif not chosen:
            await self._answer(RecordAccess.response(Opcode.REPORT, Result.NO_RECORDS))
        else:
            for record in chosen:
                await self._send(record)
            await self._answer(RecordAccess.response(Opcode.REPORT, Result.SUCCESS))

    async def _send(self, record: Record) -> None:
        if await self.tell(bytes(record.measurement())):
            self.sent.append(record.sequence)
        if record.meal is not None:
            await self.tell(bytes(record.context()), self._context)
        await asyncio.sleep(PACE)

    async def _answer(self, answer: RecordAccess) -> None:
        await self.tell(bytes(answer), self._control)

    def _choose(self, request: RecordAccess) -> list[Record] | Result:
        numbers = [record.sequence for record in self.records]
        match request.operator:
            case Operator.ALL | Operator.FIRST | Operator.LAST if request.operand:
                return Result.INVALID_OPERAND
            case Operator.ALL:
                return self.records
            case Operator.FIRST:
                return self.records[:1]
            case Operator.LAST:
                return self.records[-1:]
            case Operator.AT_LEAST | Operator.AT_MOST | Operator.RANGE:
                wanted = 5 if request.operator == Operator.RANGE else 3
                if request.operand[:1] != bytes([Filter.SEQUENCE_NUMBER]):
                    return Result.OPERAND_NOT_SUPPORTED
                if len(request.operand) != wanted:
                    return Result.INVALID_OPERAND
                low = int.from_bytes(request.operand[1:3], "little")
                high = int.from_bytes(request.operand[-2:], "little")
                first = 0 if request.operator == Operator.AT_MOST else bisect.bisect_left(numbers, low)
                last = (
                    len(numbers)
                    if request.operator == Operator.AT_LEAST
                    else bisect.bisect_right(numbers, high)
                )
                return self.records[first:last]
            case Operator.NULL:
                return Result.INVALID_OPERATOR
            case _:
                return Result.OPERATOR_NOT_SUPPORTED


class GlucoseMonitor(ContinuousSensor):
    """A sensor under the skin that tells the glucose with its trend, with a checksum."""

    SERVICE, MEASUREMENT, MODEL = "181f", cgm.UUID, "glucose monitor"
    _session: float | None = None
    _last: float | None = None

    def characteristics(self) -> Iterable[Characteristic[bytes]]:
        """Return feature and session start."""
        feature = CgmFeature(cgm.FeatureBit.E2E_CRC | cgm.FeatureBit.TREND, type=9, location=5, crc=0)
        body = bytes(feature)[: -cgm.CRC_SIZE]
        protected = body + cgm.crc(body).to_bytes(cgm.CRC_SIZE, "little")
        shown: CharacteristicValue[bytes] = CharacteristicValue(self._start_time)
        return (
            characteristic(cgm.FEATURE_UUID, Properties.READ, READABLE, protected),
            characteristic(cgm.START_UUID, Properties.READ, READABLE, shown),
        )

    def measure(self, now: float, vitals: Vitals) -> bytes:
        """Return the glucose now and its trend since the last one."""
        if self._session is None:
            self._session = now
        value, last = mg_dl(self.source, now), self._last if self._last is not None else now - 60
        trend = (value - mg_dl(self.source, last)) / max(1e-3, (now - last) / 60)
        self._last = now
        record = CgmRecord(
            SFloat.of(Decimal(round(value))),
            offset=int((now - self._session) // 60),
            trend=SFloat.of(Decimal(round(trend * 10)).scaleb(-1)),
            protected=True,
        )
        return bytes(CgmMeasurement((record,)))

    def _start_time(self, _connection: object) -> bytes:
        started = self._session if self._session is not None else self._now
        value = bytes(CgmSessionStart(DateTime.of(round(started) * SECOND), zone=0, daylight_saving=0))
        return value + cgm.crc(value).to_bytes(cgm.CRC_SIZE, "little")
