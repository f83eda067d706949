"""Virtual sensors on serial lines: they speak and answer with the bytes of the real ones."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime

from devices.serial import contec, contec_old, nonin_df2, nonin_df7, nonin_df13
from devices.serial.contec import Command, Order, RealTime
from devices.serial.nonin_df2 import Status as FrameStatus
from devices.serial.nonin_df13 import Record
from devices.serial.nonin_df13 import Status as RecordStatus
from devices.serial.nonin_second import Frame1, Frame8, Status2
from devices.serial.nonin_second import Status as SecondStatus
from devices.simulators.physiology import Vitals
from devices.simulators.ports import VirtualPort
from devices.simulators.source import Source

LOW_PERFUSION = 0.5
"Perfusion index in percent below which an oximeter calls the pulse weak."

PAUSE = 1.0
"Seconds between a curve's end and the next tick above which the curve was interrupted."

MARKED_FRAMES = 12
"Frames of data format 2 that carry a pulse's colour (sheet 04 part 1.1)."


class SerialSensor:
    """What all wired virtual sensors share."""

    period: float
    "Seconds between two ticks."

    def __init__(self, name: str, source: Source, port: VirtualPort) -> None:
        self.name = name
        self.source = source
        self.port = port
        self._sampled_until: float | None = None

    @property
    def place(self) -> str:
        """Where hosts find it."""
        return str(self.port.link)

    async def start(self) -> None:
        """Plug it in."""
        self.port.plug()

    async def stop(self) -> None:
        """Take it away."""
        self.port.unplug()

    async def plug(self) -> None:
        """Plug it in again."""
        self.port.plug()

    async def unplug(self) -> None:
        """Pull the cable."""
        self.port.unplug()

    async def tick(self, now: float) -> None:
        """Answer and speak; called every `period` seconds with the time in seconds UTC."""
        commands = self.port.received()
        if commands:
            self.obey(commands, now)
        if self.port.listening:
            self.speak(now)

    def curve(self, now: float, count: int, rate: float, vitals: Vitals) -> list[int]:
        """Return the next samples of the curve, which go on where the last ended.

        A tick that comes late must not tear the curve; after a pause it starts anew.
        """
        start = self._sampled_until
        if start is None or abs(now - start) > PAUSE:
            start = now
        self._sampled_until = start + count / rate
        return self.source.pleth(start, count, rate, vitals)

    def obey(self, data: bytes, now: float) -> None:
        """Take what the host sent."""

    def speak(self, now: float) -> None:
        """Send what there is to say."""
        raise NotImplementedError


class Nonin(SerialSensor):
    """An oximeter that speaks data format 1, 2, 7, 8 or 13, whichever was selected last."""

    period = nonin_df2.PACKET / nonin_df2.RATE

    CAPACITY = 20
    "Spot-checks that it keeps; the oldest goes first (sheet 04: at least 20)."

    RESEND = 2.0
    "Seconds until an unanswered record is sent again; from memory."

    def __init__(
        self, name: str, source: Source, port: VirtualPort, *, form: int = 2, every: float = 60.0
    ) -> None:
        """Describe the oximeter.

        Args:
            name: its name in the configuration.
            source: whom it measures.
            port: its line.
            form: the data format it leaves the factory with.
            every: seconds between two spot-checks in format 13.
        """
        super().__init__(name, source, port)
        self._form = form
        self._packets = 0
        self._every = every
        self._records: deque[tuple[float, Record]] = deque(maxlen=self.CAPACITY)
        self._next_check: float | None = None
        self._sent_at = -self.RESEND
        self._commands = bytearray()
        self._since_beat = 0
        self._clock_offset = 0.0

    @property
    def kept(self) -> int:
        """Spot-checks that no host has taken yet."""
        return len(self._records)

    async def tick(self, now: float) -> None:
        """Measure, answer and speak."""
        if self._form == 13:
            self._check(now)
        await super().tick(now)

    def obey(self, data: bytes, now: float) -> None:
        """Take commands and answers; what is neither is ignored."""
        # One command is 10 bytes at most; what piles up beyond that is noise.
        self._commands = (self._commands + data)[-64:]
        while self._commands:
            used = self._command(bytes(self._commands), now)
            if used == 0:
                return
            del self._commands[:used]

    def speak(self, now: float) -> None:
        """Send a packet of the curve, a frame a second, or the oldest spot-check that is not answered."""
        if self._form in {2, 7}:
            self.port.send(self._packet(now))
        elif self._form in {1, 8}:
            self._packets += 1
            # Three packets a second, one of these frames.
            if self._packets % 3 == 0:
                self.port.send(self._second(now))
        elif self._records and now - self._sent_at >= self.RESEND:
            made, record = self._records[0]
            if now - made > 5:
                record = replace(record, status=record.status | RecordStatus.FROM_MEMORY)
            if self.port.send(bytes(record)):
                self._sent_at = now

    def _command(self, data: bytes, now: float) -> int:
        """Carry out the command that `data` begins with; return its length, 0 when more is needed."""
        if data[0] == nonin_df13.ACK[0]:
            if self._records and self._sent_at > 0:
                self._records.popleft()
                self._sent_at = -self.RESEND
            return 1
        if data[0] != 0x02:
            return 1
        if len(data) < 3:
            return 0
        length = 4 + data[2]
        if length > 10:
            return 1
        if len(data) < length:
            return 0
        if data[length - 1] != 0x03:
            return 1
        self._carry_out(data[1], data[3 : length - 1], now)
        return length

    def _carry_out(self, kind: int, data: bytes, now: float) -> None:
        match kind, tuple(data):
            case 0x70, (0x02, (0x02 | 0x07 | 0x08 | 0x0D) as form):
                self._form = form
                self.port.send(nonin_df13.ACK)
            case 0x70, _:
                self.port.send(nonin_df13.NAK)
            case 0x72, (year, month, day, hours, minutes, seconds):
                try:
                    told = datetime(2000 + year, month, day, hours, minutes, seconds, tzinfo=UTC)
                except ValueError:
                    return
                self._clock_offset = told.timestamp() - now

    def _check(self, now: float) -> None:
        if self._next_check is None:
            self._next_check = now
        if now < self._next_check:
            return
        self._next_check = now + self._every
        vitals = self.source.vitals(now)
        if vitals.probe_off:
            return
        date = datetime.fromtimestamp(now + self._clock_offset, UTC)
        status = RecordStatus(0) if vitals.motion else RecordStatus.SMART_POINT
        self._records.append((now, self._record(date, status, vitals)))

    @staticmethod
    def _record(date: datetime, status: RecordStatus, vitals: Vitals) -> Record:
        return Record(
            date.year,
            date.month,
            date.day,
            date.hour,
            date.minute,
            date.second,
            status,
            _rate(vitals),
            _spo2(vitals),
        )

    def _packet(self, now: float) -> bytes:
        vitals = self.source.vitals(now)
        pleth = self.curve(now, nonin_df2.PACKET, nonin_df2.RATE, vitals)
        status = FrameStatus.ALWAYS
        if vitals.probe_off:
            status |= FrameStatus.SENSOR_ALARM
        elif vitals.motion:
            status |= FrameStatus.ARTIFACT
        rate = None if vitals.probe_off else _rate(vitals)
        spo2 = None if vitals.probe_off else _spo2(vitals)
        frames: list[nonin_df2.Frame]
        if self._form == 7:
            fine = [sample << 8 for sample in pleth]
            frames = [*nonin_df7.packet(pulse_rate=rate, spo2=spo2, pleth=fine, status=status)]
        else:
            frames = nonin_df2.packet(pulse_rate=rate, spo2=spo2, pleth=pleth, status=status)
        if not vitals.probe_off:
            frames = self._coloured(frames, vitals)
        return b"".join(map(bytes, frames))

    def _second(self, now: float) -> bytes:
        """Return a frame of format 1 or 8."""
        vitals = self.source.vitals(now)
        status = SecondStatus.ALWAYS
        if vitals.motion:
            status |= SecondStatus.ARTIFACT
        if vitals.perfusion < LOW_PERFUSION:
            status |= SecondStatus.LOW_PERFUSION
        rate = nonin_df2.NO_RATE if vitals.probe_off else _rate(vitals)
        spo2 = nonin_df2.NO_SPO2 if vitals.probe_off else _spo2(vitals)
        if self._form == 8:
            return bytes(Frame8(status, rate, spo2, Status2.SENSOR_ALARM if vitals.probe_off else Status2(0)))
        if vitals.probe_off:
            status |= SecondStatus.SENSOR_DISCONNECTED
        return bytes(Frame1(status, rate, spo2))

    def _coloured(self, frames: list[nonin_df2.Frame], vitals: Vitals) -> list[nonin_df2.Frame]:
        """Mark the first frames of each pulse with its colour."""
        colour = FrameStatus.RED if vitals.perfusion < LOW_PERFUSION else FrameStatus.GREEN
        length = nonin_df2.RATE * 60 / vitals.heart_rate
        marked = []
        for frame in frames:
            self._since_beat = self._since_beat + 1 if self._since_beat < length else 0
            if self._since_beat < MARKED_FRAMES:
                marked.append(replace(frame, status=frame.status | colour))
            else:
                marked.append(frame)
        return marked


class ContecOld(SerialSensor):
    """A first-generation oximeter: it speaks from the moment it has power."""

    period = 12 / contec_old.RATE

    def speak(self, now: float) -> None:
        """Send the frames of one period."""
        vitals = self.source.vitals(now)
        pleth = self.curve(now, 12, contec_old.RATE, vitals)
        self.port.send(b"".join(bytes(self._frame(sample, vitals)) for sample in pleth))

    @staticmethod
    def _frame(sample: int, vitals: Vitals) -> contec_old.Frame:
        if vitals.probe_off:
            return contec_old.Frame(0, 0, 0, 0, 0, finger_out=True, searching=True)
        return contec_old.Frame(
            signal=2 if vitals.motion else 8,
            pleth=sample >> 1,
            bar=sample >> 4,
            pulse_rate=min(255, _rate(vitals)),
            spo2=_spo2(vitals),
            searching=vitals.motion,
        )


class Contec(SerialSensor):
    """A second-generation oximeter: it speaks when told, and stops when nobody keeps it awake."""

    period = 12 / contec.RATE

    PATIENCE = 12.0
    "Seconds without a keep-alive after which it stops; hosts send one about every 5 s."

    def __init__(self, name: str, source: Source, port: VirtualPort) -> None:
        super().__init__(name, source, port)
        self._parser = contec.Parser()
        self._awake_until = 0.0

    def obey(self, data: bytes, now: float) -> None:
        """Start, stop, or stay awake."""
        for message in self._parser.feed(data):
            if not isinstance(message, Command):
                continue
            match message.data[0]:
                case Order.START_REAL_TIME:
                    self._awake_until = now + self.PATIENCE
                case Order.KEEP_ALIVE if now < self._awake_until:
                    self._awake_until = now + self.PATIENCE
                case Order.STOP_REAL_TIME:
                    self._awake_until = 0.0

    def speak(self, now: float) -> None:
        """Send the packets of one period, while awake."""
        if now >= self._awake_until:
            return
        vitals = self.source.vitals(now)
        pleth = self.curve(now, 12, contec.RATE, vitals)
        self.port.send(b"".join(bytes(self._message(sample, vitals)) for sample in pleth))

    @staticmethod
    def _message(sample: int, vitals: Vitals) -> RealTime:
        if vitals.probe_off:
            return RealTime(
                0, 0, 0, contec.NO_RATE, contec.NO_SPO2, contec.NO_PI, probe_error=True, searching=True
            )
        return RealTime(
            signal=2 if vitals.motion else 8,
            pleth=sample >> 1,
            bar=sample >> 4,
            pulse_rate=min(254, _rate(vitals)),
            spo2=_spo2(vitals),
            pi=round(vitals.perfusion / contec.PI_SCALE),
            pi_valid=True,
            searching=vitals.motion,
        )


def _rate(vitals: Vitals) -> int:
    return min(321, max(18, round(vitals.heart_rate)))


def _spo2(vitals: Vitals) -> int:
    return min(100, max(0, round(vitals.spo2)))
