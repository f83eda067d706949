"""A virtual bedside oximeter that prints lines, and a virtual cuff that is asked."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from devices.serial import beurer
from devices.serial.beurer import Here, NoRecord, Record
from devices.serial.masimo import Line, Trouble
from devices.simulators.physiology import Vitals
from devices.simulators.ports import VirtualPort
from devices.simulators.serial_sensors import LOW_PERFUSION, SerialSensor
from devices.simulators.source import Source


class Masimo(SerialSensor):
    """A monitor: one line a second, its own clock in wall time."""

    period = 1.0

    def speak(self, now: float) -> None:
        """Print a line."""
        vitals = self.source.vitals(now)
        moment = datetime.fromtimestamp(now, beurer.ZONE).strftime("%m/%d/%y %H:%M:%S")
        self.port.send(bytes(Line(moment, self._fields(vitals))))

    @staticmethod
    def _fields(vitals: Vitals) -> tuple[tuple[str, str], ...]:
        trouble = Trouble.SET
        if vitals.probe_off:
            trouble |= Trouble.SENSOR_OFF
        if vitals.motion:
            trouble |= Trouble.INTERFERENCE
        if vitals.perfusion < LOW_PERFUSION:
            trouble |= Trouble.LOW_PERFUSION
        off = vitals.probe_off
        return (
            ("SN", "0000012345"),
            ("SPO2", "---%" if off else f"{min(100, round(vitals.spo2)):03}%"),
            ("BPM", "---" if off else f"{min(240, round(vitals.heart_rate)):03}"),
            ("PI", "--.--%" if off else f"{min(20.0, vitals.perfusion):05.2f}%"),
            ("SPCO", "--.-%"),
            ("SPMET", "--.-%"),
            ("DESAT", "--"),
            ("PIDELTA", "+--"),
            ("ALARM", "0000"),
            ("EXC", f"{int(trouble):06X}"),
        )


class Beurer(SerialSensor):
    """A cuff that keeps what it measures and answers questions."""

    period = 0.1

    CAPACITY = 60
    "Measurements that it keeps; the oldest goes first (from memory)."

    def __init__(self, name: str, source: Source, port: VirtualPort, *, every: float = 3600.0) -> None:
        super().__init__(name, source, port)
        self._every = every
        self._next: float | None = None
        self._records: deque[Record] = deque(maxlen=self.CAPACITY)
        self._asked = bytearray()

    @property
    def kept(self) -> int:
        """Measurements in its memory."""
        return len(self._records)

    async def tick(self, now: float) -> None:
        """Measure when it is time, and answer."""
        if self._next is None or now >= self._next:
            self._next = now + self._every
            self._measure(now)
        await super().tick(now)

    def obey(self, data: bytes, now: float) -> None:
        """Answer what is asked; what is no question is ignored."""
        self._asked += data
        while self._asked:
            first = self._asked[0]
            if first == 0xA3 and len(self._asked) < 2:
                return
            self.port.send(self._answer(first, self._asked[1] if first == 0xA3 else 0))
            del self._asked[: 2 if first == 0xA3 else 1]

    def speak(self, now: float) -> None:
        """Say nothing unasked."""

    def _answer(self, question: int, index: int) -> bytes:
        match question:
            case 0xAA:
                return bytes(Here())
            case 0xA2:
                return bytes([len(self._records)])
            case 0xA3 if 1 <= index <= len(self._records):
                return bytes(self._records[index - 1])
            case 0xA3:
                return bytes(NoRecord())
            case _:
                return b""

    def _measure(self, now: float) -> None:
        vitals = self.source.vitals(now)
        if vitals.probe_off:
            return
        wall = datetime.fromtimestamp(now, beurer.ZONE)
        systolic = min(280, max(beurer.OFFSET + 1, round(vitals.systolic)))
        self._records.append(
            Record(
                systolic,
                min(systolic - 1, max(beurer.OFFSET, round(vitals.diastolic))),
                min(255, round(vitals.heart_rate)),
                wall.year,
                wall.month,
                wall.day,
                wall.hour,
                wall.minute,
            )
        )
