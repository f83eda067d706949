"""Masimo ASCII-1: one line of text a second, as the bedside oximeters print it (sheet 04 part 3).

    03/14/26 08:30:15 SN=0000012345 SPO2=098% BPM=057 PI=07.02% ... ALARM=0000 EXC=000800<CR><LF>

9600 baud, 8N1. Models differ in which fields they print and in what order, so fields are read by name. Dashes stand for
what is not measured. There is no checksum; a line with a byte that is no printable ASCII, or a field that is not of its
form, is noise. The monitor's clock is kept as text and not believed: a line is about the moment it arrives.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass

from devices.clock import SECOND
from devices.errors import DecodeError
from devices.measurement import Link, Reading, SensorStatus, measure
from devices.quality import NO_DOUBT, Quality
from devices.serial.timing import Timeline

BAUDRATE = 9600
MAX_LINE = 512
"Bytes; twice the longest line of the newest models. What is longer is noise."

_MOMENT = re.compile(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d(?= |$)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?%?")
_MISSING = re.compile(r"[+-]?[-.]*-[-.]*%?")
_NAME = re.compile(r"[A-Z][A-Z0-9]*")


class Alarm(enum.IntFlag):
    """ALARM, as the monitor judges by its own limits. Veilleuse judges by the resident's."""

    SPO2_HIGH = 0x0001
    SPO2_LOW = 0x0002
    RATE_HIGH = 0x0004
    RATE_LOW = 0x0008
    ACTIVE = 0x0010
    SILENCED = 0x0020
    BATTERY_LOW = 0x0040
    SPCO_HIGH = 0x0100
    SPCO_LOW = 0x0200
    SPMET_HIGH = 0x0400
    SPMET_LOW = 0x0800
    DESATURATION_INDEX = 0x1000
    PERFUSION_DELTA = 0x2000


class Trouble(enum.IntFlag):
    """EXC: what disturbs the measurement."""

    NO_SENSOR = 0x000001
    DEFECTIVE_SENSOR = 0x000002
    LOW_PERFUSION = 0x000004
    PULSE_SEARCH = 0x000008
    INTERFERENCE = 0x000010
    SENSOR_OFF = 0x000020
    AMBIENT_LIGHT = 0x000040
    UNRECOGNISED_SENSOR = 0x000080
    INCOMPATIBLE_SENSOR = 0x000100
    LOW_SIGNAL = 0x000400
    SET = 0x000800
    "The normal way to measure: no trouble."
    NO_CABLE = 0x001000
    CABLE_WORN = 0x002000
    INCOMPATIBLE_CABLE = 0x004000
    UNRECOGNISED_CABLE = 0x008000
    DEFECTIVE_CABLE = 0x010000
    CALIBRATING = 0x020000
    SENSOR_WORN = 0x040000
    EMITTER_TEMPERATURE = 0x080000
    CURRENT_LIMIT = 0x100000
    DOUBTFUL_SPCO = 0x200000
    DOUBTFUL_SPMET = 0x400000


OFF = (
    Trouble.NO_SENSOR
    | Trouble.DEFECTIVE_SENSOR
    | Trouble.SENSOR_OFF
    | Trouble.UNRECOGNISED_SENSOR
    | Trouble.INCOMPATIBLE_SENSOR
    | Trouble.NO_CABLE
    | Trouble.INCOMPATIBLE_CABLE
    | Trouble.UNRECOGNISED_CABLE
    | Trouble.DEFECTIVE_CABLE
)
"Nobody is measured while one of these holds."

DISTURBED = Trouble.INTERFERENCE | Trouble.AMBIENT_LIGHT
DOUBTFUL = (
    Trouble.PULSE_SEARCH
    | Trouble.LOW_SIGNAL
    | Trouble.CALIBRATING
    | Trouble.EMITTER_TEMPERATURE
    | Trouble.CURRENT_LIMIT
)

METRICS = {"SPO2": "spo2", "BPM": "pulse_rate", "PI": "perfusion_index"}
"Fields that have a row in the nomenclature; the others are kept in the line."


@dataclass(frozen=True, slots=True)
class Line:
    """One line, its fields as printed and in their order."""

    moment: str
    "`03/14/26 08:30:15`, the monitor's own clock."
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Line:
        """Parse a line without its end.

        Raises:
            DecodeError: it does not begin with a date and time, or a field is not `NAME=value` of its form.
        """
        found = _MOMENT.match(text)
        if found is None:
            raise DecodeError(f"masimo line {text[:40]!r} does not begin with a date and a time")
        fields = tuple(_field(token) for token in text[found.end() :].split())
        names = [name for name, _ in fields]
        if len(set(names)) < len(names):
            raise DecodeError(f"masimo line of {found[0]} says a field twice")
        return cls(found[0], fields)

    def __bytes__(self) -> bytes:
        return " ".join([self.moment, *(f"{name}={value}" for name, value in self.fields)]).encode() + b"\r\n"

    def text(self, name: str) -> str | None:
        """Return a field as printed, `None` when the line has none of that name."""
        return dict(self.fields).get(name)

    def number(self, name: str) -> float | None:
        """Return a field's number; `None` when it is not printed, or dashes stand in its place."""
        text = self.text(name)
        return float(text.rstrip("%")) if text is not None and _NUMBER.fullmatch(text) else None

    @property
    def alarm(self) -> Alarm:
        """What the monitor itself rings for."""
        return Alarm(_hexadecimal(self.text("ALARM")) & _all(Alarm))

    @property
    def trouble(self) -> Trouble:
        """What disturbs the measurement."""
        return Trouble(_hexadecimal(self.text("EXC")) & _all(Trouble))

    @property
    def flags(self) -> Quality:
        """What is doubtful about its values."""
        trouble, flags = self.trouble, NO_DOUBT
        if trouble & OFF:
            flags |= Quality.PROBE_OFF
        if trouble & DISTURBED:
            flags |= Quality.MOTION
        if trouble & DOUBTFUL:
            flags |= Quality.QUESTIONABLE
        if Trouble.LOW_PERFUSION in trouble:
            flags |= Quality.LOW_PERFUSION
        if Alarm.BATTERY_LOW in self.alarm:
            flags |= Quality.LOW_BATTERY
        return flags


def _field(token: str) -> tuple[str, str]:
    name, equals, value = token.partition("=")
    if not equals or not _NAME.fullmatch(name):
        raise DecodeError(f"masimo field {token[:40]!r} is not NAME=value")
    if name in _HEXADECIMAL:
        sound = re.fullmatch("[0-9A-Fa-f]+", value) is not None
    elif name in METRICS:
        sound = bool(_NUMBER.fullmatch(value) or _MISSING.fullmatch(value))
    else:
        sound = bool(value)
    if not sound:
        raise DecodeError(f"masimo field {name} has the value {value[:40]!r}")
    return name, value


_HEXADECIMAL = frozenset({"ALARM", "EXC", "EXC1"})


def _hexadecimal(text: str | None) -> int:
    return 0 if text is None else int(text, 16)


def _all(kind: type[enum.IntFlag]) -> int:
    return sum(int(flag) for flag in kind)


class Parser:
    """Finds lines in a stream of bytes, whatever the chunks."""

    __slots__ = ("_buffer", "_overlong", "last_error", "rejected", "skipped")

    def __init__(self) -> None:
        self.skipped = 0
        "Bytes that belong to no line."
        self.rejected = 0
        "Lines that are no Masimo line."
        self.last_error = ""
        # At most MAX_LINE bytes: what is longer is dropped as it comes.
        self._buffer = bytearray()
        self._overlong = False

    def feed(self, data: bytes) -> list[Line]:
        """Return the lines that these bytes complete."""
        lines: list[Line] = []
        pieces = data.split(b"\n")
        for index, piece in enumerate(pieces):
            self._gather(piece)
            if index < len(pieces) - 1:
                self._end(1, lines)
        return lines

    def finish(self) -> list[Line]:
        """Return the line that a capture's end leaves without its line feed."""
        lines: list[Line] = []
        if self._buffer or self._overlong:
            self._end(0, lines)
        return lines

    def _gather(self, piece: bytes) -> None:
        if self._overlong or len(self._buffer) + len(piece) > MAX_LINE:
            self.skipped += len(self._buffer) + len(piece)
            self._buffer.clear()
            self._overlong = True
        else:
            self._buffer += piece

    def _end(self, feed: int, lines: list[Line]) -> None:
        """Take the line that is complete; `feed` counts its line feed."""
        raw = bytes(self._buffer)
        text = raw.strip(b"\r \0")
        overlong, self._overlong = self._overlong, False
        self._buffer.clear()
        if overlong:
            self.skipped += feed
            self._reject(f"masimo line is longer than {MAX_LINE} bytes")
        elif not text:
            self.skipped += len(raw) + feed
        else:
            try:
                lines.append(Line.parse(text.decode("ascii")))
            except (DecodeError, UnicodeDecodeError) as error:
                self.skipped += len(raw) + feed
                self._reject(str(error))

    def _reject(self, error: str) -> None:
        self.rejected += 1
        self.last_error = error


class Readings:
    """Turns lines into readings, for one sensor."""

    def __init__(self, sensor: str) -> None:
        """Start with nothing known; `sensor` is its identifier."""
        self._sensor = sensor
        self._timeline = Timeline(SECOND)
        self._status = (NO_DOUBT, "")

    def take(self, lines: Iterable[Line], now: int) -> list[Reading]:
        """Return what these lines say.

        Args:
            lines: the parser's, in order.
            now: when the last of them arrived, microseconds UTC.
        """
        listed = list(lines)
        times = self._timeline.place(len(listed), now)
        return [
            reading for line, time in zip(listed, times, strict=True) for reading in self._line(line, time)
        ]

    def _line(self, line: Line, time: int) -> list[Reading]:
        flags, out = line.flags, list[Reading]()
        trouble = line.trouble & (OFF | DISTURBED | DOUBTFUL)
        detail = ", ".join((each.name or "").lower().replace("_", " ") for each in trouble)
        status = (flags & (Quality.PROBE_OFF | Quality.LOW_BATTERY), detail)
        if status != self._status:
            self._status = status
            out.append(SensorStatus(self._sensor, time, Link.UP, *status))
        for name, metric in METRICS.items():
            value = line.number(name)
            if value is not None:
                out.append(measure(self._sensor, metric, value, time, flags))
        return out
