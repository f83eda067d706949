"""The room node as a sensor: nurse call, bed mat, room temperature, ECG and oximeter over one serial line. Sans-I/O.

An event is acknowledged to the node only by what `confirm` returns: when it is on the edge's disk.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from devices.clock import SECOND
from devices.drivers.base import Needs, SerialSettings, Signature, Write
from devices.measurement import Cause, Event, EventKind, Link, Reading, SensorStatus, Waveform, measure
from devices.quality import NO_DOUBT, Quality
from firmware_bridge.descriptor import StreamKind
from firmware_bridge.messages import Kind, Mode, Part, SampleFlag
from firmware_bridge.session import BAUDRATE, Beat, Block, Note, Occurrence, Output, Says, Session

SIGNATURE = Signature("node", "serial", personal=False)

INT16 = 0x7FFF

_EVENTS = {
    Kind.CALL: EventKind.NURSE_CALL,
    Kind.EXIT: EventKind.BED_EXIT,
    Kind.RETURN: EventKind.BED_RETURN,
    Kind.FAULT: EventKind.SENSOR_FAULT,
}

_PPG = ("ppg_red", "ppg_infrared")

_NO_CONTACT = {StreamKind.ECG: "ecg lead off", StreamKind.PPG: "no finger on the oximeter"}


def new_name() -> int:
    """Return a name for a node that has none: 32 random bits, never 0."""
    return secrets.randbelow(0xFFFF_FFFF) + 1


class NodeDriver:
    """One node."""

    def __init__(self, sensor: str, name: Callable[[], int] = new_name) -> None:
        """Start before the first byte.

        Args:
            sensor: its identifier within the edge; stands in every reading.
            name: makes a name for a node that has none.
        """
        self.needs = Needs(serial=SerialSettings(BAUDRATE), interval=1.0)
        self.session = Session(name)
        self._sensor = sensor
        self._off: set[int] = set()
        self._faults = 0

    @property
    def rejected(self) -> int:
        """Pieces of the stream that were no frames, and frames that were malformed."""
        return self.session.rejected

    @property
    def last_error(self) -> str:
        """The newest rejection, in words."""
        return self.session.last_error

    def start(self, now: int) -> list[Write]:
        """Return the greeting and the first question for the time."""
        return [Write(self.session.opened(now))]

    def receive(self, source: str, data: bytes, now: int) -> list[Reading]:
        """Return what these bytes say; events that are no reading are acknowledged by the next `poll`."""
        return [
            reading for output in self.session.receive(data, now) for reading in self._readings(output, now)
        ]

    def confirm(self) -> list[Write]:
        """Return the acknowledgements of all events returned so far."""
        return _writes(self.session.confirm())

    def poll(self, now: int) -> list[Write]:
        """Return repeated acknowledgements, questions that are still open, and the next question for the time."""
        return _writes(self.session.poll(now))

    def update(self) -> list[Write]:
        """Return the command that sends the node into its loader; its answer says `UPDATING`."""
        return _writes(self.session.restart(Mode.LOADER))

    def _readings(self, output: Output, now: int) -> list[Reading]:
        match output:
            case Occurrence():
                return self._event(output)
            case Block():
                return self._block(output, now)
            case Beat():
                self._faults = output.message.faults
                return [self._status(now)]
            case _:
                return self._note(output, now)

    def _event(self, output: Occurrence) -> list[Reading]:
        message = output.message
        kind = _EVENTS.get(Kind(message.kind))
        if kind is None:
            self.session.settle(message)
            return []
        details = []
        if kind is EventKind.SENSOR_FAULT:
            details.append(_part(message.value))
        if message.count > 1:
            details.append(f"{message.count} presses")
        if not output.dated:
            details.append("before a restart, time is that of its arrival")
        return [Event(self._sensor, kind, output.time, output.identity, detail="; ".join(details))]

    def _block(self, output: Block, now: int) -> list[Reading]:
        flags = SampleFlag(output.message.flags & 15)
        doubts = Quality.PROBE_OFF if SampleFlag.NO_CONTACT in flags else NO_DOUBT
        if SampleFlag.SATURATED in flags:
            doubts |= Quality.QUESTIONABLE
        readings = self._samples(output, doubts)
        if readings and self._touch(output.stream.kind, on=SampleFlag.NO_CONTACT not in flags):
            readings.append(self._status(now))
        return readings

    def _samples(self, output: Block, doubts: Quality) -> list[Reading]:
        stream, channels = output.stream, output.message.channels()
        centred = [tuple(value - stream.zero for value in channel) for channel in channels]
        match stream.kind:
            case StreamKind.ECG:
                return [self._waveform("ecg", output, centred[0], doubts)]
            case StreamKind.PPG:
                return [
                    self._waveform(metric, output, channel, doubts)
                    for metric, channel in zip(_PPG, centred, strict=False)
                ]
            case StreamKind.TEMPERATURE:
                period = SECOND / max(stream.rate, 0.001)
                return [
                    measure(
                        self._sensor,
                        "room_temperature",
                        round(value * stream.scale, 6),
                        output.time + round(place * period),
                        doubts,
                    )
                    for place, value in enumerate(centred[0])
                ]
            case _:
                return []

    def _waveform(self, metric: str, output: Block, values: tuple[int, ...], doubts: Quality) -> Waveform:
        """Return a block of 16-bit samples: as many low bits as necessary go into the scale."""
        shift = max(0, max(abs(value) for value in values).bit_length() - INT16.bit_length())
        samples = tuple(max(-INT16 - 1, min(value >> shift, INT16)) for value in values)
        stream = output.stream
        scale = stream.scale * (1 << shift)
        return Waveform(self._sensor, metric, output.time, stream.rate, samples, scale, doubts)

    def _touch(self, kind: int, *, on: bool) -> bool:
        """Take note whether a stream has contact; return whether that is news."""
        before = kind in self._off
        if on:
            self._off.discard(kind)
        else:
            self._off.add(kind)
        return before == on

    def _status(self, now: int) -> SensorStatus:
        flags = Quality.PROBE_OFF if self._off else NO_DOUBT
        details = [f"{_part(bit)} failed" for bit in range(8) if self._faults >> bit & 1]
        details += [text for kind, text in _NO_CONTACT.items() if kind in self._off]
        cause = Cause.FAULT if self._faults else Cause.NONE
        return SensorStatus(self._sensor, now, Link.UP, flags, "; ".join(details), cause)

    def _note(self, note: Note, now: int) -> list[Reading]:
        match note.says:
            case Says.STARTED:
                self._off.clear()
                self._faults = 0
                return [SensorStatus(self._sensor, now, Link.UP, NO_DOUBT, note.detail)]
            case Says.INCOMPATIBLE:
                return [SensorStatus(self._sensor, now, Link.DOWN, NO_DOUBT, note.detail, Cause.FAULT)]
            case Says.UPDATING:
                return [SensorStatus(self._sensor, now, Link.DOWN, NO_DOUBT, note.detail, Cause.UPDATING)]
            case Says.LOST:
                return [SensorStatus(self._sensor, now, Link.DOWN, NO_DOUBT, note.detail, Cause.NO_READINGS)]
            case Says.ALIVE:
                return [self._status(now)]
            case _:
                return []


def _writes(data: bytes) -> list[Write]:
    return [Write(data)] if data else []


def _part(number: int) -> str:
    return Part(number).name.lower() if number in set(Part) else f"part {number}"
