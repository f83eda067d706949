"""The messages between edge and hub, JSON through typed structs. Times are microseconds UTC, as everywhere."""

from __future__ import annotations

import base64
import enum
from typing import Literal, TypeVar

import msgspec

from devices.errors import WireError
from devices.limits import Limit, Priority
from devices.measurement import Cause, Event, EventKind, Link, Measurement, SensorStatus, Waveform

MAX_OBSERVATIONS = 2_000
"Observations of one envelope: 10 s of 20 sensors at 10 Hz; bounds what one commit can cost."


class Lane(enum.StrEnum):
    """Two ways to the hub, numbered apart, so that a backlog never delays what is measured now."""

    LIVE = "live"
    LATE = "late"


class Observation(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A `Measurement` on the wire."""

    sensor: str
    metric: str
    time: int
    value: float
    flags: int = 0
    stored: bool = False
    record: str = ""
    "Identity of a stored record that its time does not tell."


class WaveformBlock(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A `Waveform` on the wire."""

    sensor: str
    metric: str
    time: int
    rate: float
    samples: str
    "Base64 of signed 16-bit little-endian integers."
    scale: float = 1.0
    flags: int = 0


class StatusChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A `SensorStatus` on the wire."""

    sensor: str
    time: int
    link: Link
    flags: int = 0
    detail: str = ""
    cause: Cause = Cause.NONE


class EventNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """An `Event` on the wire."""

    sensor: str
    kind: EventKind
    time: int
    identity: str
    value: float | None = None
    detail: str = ""


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an edge's own evaluation came to; told when it begins, and again in full whenever it changes.

    Its identity is (edge, limit, onset), or (edge, sensor, event) for something that happened.
    """

    limit: str
    "Identifier of the limit; empty for something that happened."
    sensor: str
    metric: str
    "Metric of the limit, or kind of the event."
    onset: int
    "Time of the first value outside, or of the event."
    declared: int
    "Time of the value at which the limit's delay was over, or of the event."
    side: Literal["low", "high"] = "low"
    bound: float = 0.0
    "That was crossed."
    worst: float = 0.0
    cleared: int | None = None
    ending: Literal["", "returned", "other_side", "withdrawn"] = ""
    event: str = ""
    "Identity of what happened."
    rang: bool = False
    "The room rang for it, because the hub did not answer."
    acknowledged: int | None = None
    "When somebody in the room said that it was seen."


class Loss(msgspec.Struct, frozen=True):
    """What the edge had to let go, so that a gap is known as a gap."""

    metric: str
    count: int
    "Samples, or observations."
    since: int
    until: int
    reason: str
    "`disk_full` or `spool_limit`."


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that one edge has to say of about one second, numbered in its lane."""

    edge: str
    spool: str
    "Identity of the edge's spool: numbers start again only with a new one."
    lane: Lane
    seq: int
    "1, 2, 3 ... without a hole in (spool, lane)."
    sent: int
    synchronised: bool
    "Whether the edge knew the time when it placed these."
    observations: tuple[Observation, ...] = ()
    waveforms: tuple[WaveformBlock, ...] = ()
    statuses: tuple[StatusChange, ...] = ()
    losses: tuple[Loss, ...] = ()
    events: tuple[EventNote, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


class Acknowledgement(msgspec.Struct, frozen=True):
    """Up to and with `seq`, everything of (spool, lane) is on the hub's disk."""

    spool: str
    lane: Lane
    seq: int
    time: int
    "The hub's clock, for edges that have no better."


class SensorFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is true of one sensor now; said again with every heartbeat."""

    sensor: str
    link: Link
    last: int | None = None
    "Time of its newest reading."
    battery: int | None = None
    flags: int = 0
    detail: str = ""
    continuous: bool = True
    "False for meters that speak only when used: their silence is no fault."
    cause: Cause = Cause.NONE
    since: int | None = None
    "Time since which the link is as it is."
    seen: int | None = None
    "Time at which its advertisement, or its plugged port, was last noticed, whether or not it said anything."
    rssi: int | None = None
    "dBm, of the newest advertisement."
    protocol: str = ""
    address: str = ""
    "Its Bluetooth address in capitals, or its port: what makes it the same thing on another edge."
    personal: bool = True
    "Worn or used by one person; false for what belongs to the room, whoever lives there."


class Presence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Heartbeat of an edge, every 5 s; `gone` is its will, told by the broker, or its good-bye."""

    edge: str
    session: str
    "Made anew at each connection: a will of an older session says nothing."
    state: Literal["online", "gone"]
    time: int = 0
    synchronised: bool = True
    version: str = ""
    pending: int = 0
    "Envelopes on the edge's disk that the hub has not acknowledged."
    disk_free: int | None = None
    "Bytes; `None` is not said, zero is nothing left."
    spool_full: bool = False
    sensors: tuple[SensorFact, ...] = ()
    counters: dict[str, int] = {}
    "What was refused or lost, by name, since the edge started."
    judges: bool = False
    "The edge evaluates the limits itself and tells its verdicts."


class LimitSet(msgspec.Struct, frozen=True, tag="limits"):
    """The limits in force in this room; replaces the earlier set."""

    issued: int
    "Hub time of the change; an older set than the one in force is ignored."
    limits: tuple[Limit, ...]


class SyncRequest(msgspec.Struct, frozen=True, tag="sync"):
    """The hub started or lost its place: tell presence now and send again what is not acknowledged."""

    issued: int


class SensorSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sensor that the hub gives to an edge, beside those of the edge's own file."""

    id: str
    protocol: str
    address: str = ""
    "Bluetooth address; empty for a serial sensor."
    link: str = ""
    "Device path below `/dev/serial/by-id/` or pyserial URL; empty for a Bluetooth sensor."
    interval: float | None = None
    "Seconds between readings, when it is not the driver's usual one."
    secrets: str = ""
    "Its key and number, closed by `devices.wire.confidence` for this edge and this place; empty when it has none."


class SensorSet(msgspec.Struct, frozen=True, tag="sensors"):
    """The sensors that the hub gives to this edge; replaces the earlier set, and is kept on the edge's disk."""

    issued: int
    "Hub time of the change; an older set than the one in force is ignored."
    sensors: tuple[SensorSpec, ...]


class SurveyRequest(msgspec.Struct, frozen=True, tag="survey"):
    """Listen for sensors within reach, and report what is found; a new request replaces the one under way."""

    issued: int
    survey: str
    "Identity, said again in every report."
    seconds: float


class TrialRequest(msgspec.Struct, frozen=True, omit_defaults=True, tag="trial"):
    """Open a candidate and report what it measures, without keeping any of it. `seconds` 0 ends a trial."""

    issued: int
    trial: str
    protocol: str
    seconds: float
    address: str = ""
    link: str = ""
    secrets: str = ""
    "As in `SensorSpec`."


class LightOrder(msgspec.Struct, frozen=True, omit_defaults=True, tag="light"):
    """Light the room's or the corridor's lamp for one notice, or take it back; the edge says what it did in a report."""

    issued: int
    notice: str
    "Identity, said again in the report."
    lit: bool
    "False takes it back."
    priority: Priority = Priority.HIGH
    "Decides colour and rhythm."
    seconds: float = 0.0
    "After which it goes out by itself, whatever happens to the hub."


Command = LimitSet | SyncRequest | SensorSet | SurveyRequest | TrialRequest | LightOrder


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sensor within reach of an edge."""

    protocol: str
    "Name of the driver that fits it; empty when none does."
    address: str = ""
    link: str = ""
    name: str = ""
    rssi: int | None = None
    "dBm."
    seen: int = 0
    services: tuple[str, ...] = ()
    "16-bit lower-case hex where the service has such a number."
    sensor: str = ""
    "Its identifier when this edge already has it."
    problem: str = ""
    "Why no driver was chosen: two fit equally well, for instance. English."
    needs: Literal["", "key", "pin"] = ""
    "A bind key, because what it sends is encrypted; or a number for pairing, if one is printed on it."


class SurveyReport(msgspec.Struct, frozen=True, omit_defaults=True, tag="survey"):
    """What an edge hears around it; sent about once a second while a survey runs, and at its end."""

    edge: str
    survey: str
    time: int
    running: bool
    candidates: tuple[Candidate, ...] = ()
    cause: Cause = Cause.NONE
    "Why nothing can be heard."


class TrialReport(msgspec.Struct, frozen=True, omit_defaults=True, tag="trial"):
    """What a candidate says; sent as it comes, and at the end. Nothing of it is stored, here or in the hub."""

    edge: str
    trial: str
    time: int
    running: bool
    link: Link
    values: tuple[Observation, ...] = ()
    "The newest of each metric."
    flags: int = 0
    cause: Cause = Cause.NONE
    detail: str = ""


class LightReport(msgspec.Struct, frozen=True, omit_defaults=True, tag="light"):
    """What became of a `LightOrder`, read back from the lamp itself."""

    edge: str
    notice: str
    time: int
    ordered: bool
    "What the order asked for."
    lit: bool
    "Whether this notice lights a lamp now."
    problem: str = ""
    "Why it is not as it was ordered; English."


Finding = SurveyReport | TrialReport
"What a technician asked to see."
Report = SurveyReport | TrialReport | LightReport
"What an edge says on `up/report`."


class SignalKind(enum.StrEnum):
    """Steps of a call. The edge is the only one that offers."""

    RING = "ring"
    "hub to edge: somebody asks to see this room."
    RINGING = "ringing"
    "edge to hub: the room rings now."
    ACCEPTED = "accepted"
    REFUSED = "refused"
    OFFER = "offer"
    ANSWER = "answer"
    CANDIDATE = "candidate"
    RESTART = "restart"
    "hub to edge: the page lost the connection, offer again under the next epoch."
    BYE = "bye"
    "either way; `reason` says why."
    BUSY = "busy"
    CONNECTED = "connected"
    "edge to hub: picture and sound flow."
    LOST = "lost"
    "edge to hub: nothing was heard from the page for 3 s; the room goes on trying."
    JOIN = "join"
    "hub to edge: somebody else comes into the call, as `peer`; the room announces them, and offers when it admits them."
    DECLINED = "declined"
    "edge to hub: the room does not admit `peer`; the call goes on."
    LEFT = "left"
    "hub to edge: `peer` has left; the call goes on."


CALLER = "p1"
"Seat of who called. Every other participant of a call gets the next number; a seat is never given twice in a call."


class Signal(msgspec.Struct, frozen=True, omit_defaults=True):
    """One signalling message. A message of another call or an older epoch is dropped."""

    call: str
    epoch: int
    kind: SignalKind
    time: int
    caller: str = ""
    "What the room's screen shows: a professional's name and title, never a resident's."
    caller_role: str = ""
    sdp: str = ""
    candidate: str = ""
    sdp_mid: str = ""
    sdp_mline_index: int | None = None
    reason: str = ""
    ice_servers: tuple[dict[str, str], ...] = ()
    "Each `{url, username, credential}`, with a ring or restart."
    roles: dict[str, str] = {}
    "With an offer: what the lines of second devices are for (`hand`, `stethoscope`), by mid."
    peer: str = CALLER
    "Seat of the participant whom it concerns; `epoch` counts the connections between the room and that seat."
    consent: str = ""
    "With a ring: the resident's rule, `ask`, `nurse` or `emergency`. The room may be stricter, never laxer."
    urgent: bool = False
    "With a ring: an emergency by prescription, which a room with the rule `emergency` announces instead of asking."


# RecursionError: brackets alone, nested deeper than the interpreter's stack.
_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_encoder = msgspec.json.Encoder()
_T = TypeVar("_T")
_decoders: dict[object, msgspec.json.Decoder[object]] = {
    kind: msgspec.json.Decoder(kind)
    for kind in (Envelope, Acknowledgement, Presence, Command, Signal, Report)
}


def encode(message: object) -> bytes:
    """Return the JSON body of a message."""
    return _encoder.encode(message)


def decode(kind: type[_T], body: bytes) -> _T:
    """Return the message in a body.

    Raises:
        WireError: `schema`, the body is not a message of that kind; the text names the field.
    """
    try:
        message = _decoders[kind].decode(body)
    except _MALFORMED as error:
        raise WireError("schema", f"{kind.__name__.lower()} is malformed: {error}") from None
    return message  # type: ignore[return-value]


def decode_command(body: bytes) -> Command:
    """Return the command in a body.

    Raises:
        WireError: `schema`.
    """
    try:
        return _decoders[Command].decode(body)  # type: ignore[return-value]
    except _MALFORMED as error:
        raise WireError("schema", f"command is malformed: {error}") from None


def decode_report(body: bytes) -> Report:
    """Return the report in a body.

    Raises:
        WireError: `schema`.
    """
    try:
        return _decoders[Report].decode(body)  # type: ignore[return-value]
    except _MALFORMED as error:
        raise WireError("schema", f"report is malformed: {error}") from None


def observation(measurement: Measurement) -> Observation:
    """Put a measurement on the wire."""
    return Observation(
        measurement.sensor,
        measurement.metric,
        measurement.time,
        measurement.value,
        int(measurement.flags),
        measurement.stored,
        measurement.record,
    )


def waveform_block(waveform: Waveform) -> WaveformBlock:
    """Put a waveform on the wire."""
    raw = b"".join(sample.to_bytes(2, "little", signed=True) for sample in waveform.samples)
    return WaveformBlock(
        waveform.sensor,
        waveform.metric,
        waveform.time,
        waveform.rate,
        base64.b64encode(raw).decode(),
        waveform.scale,
        int(waveform.flags),
    )


def waveform_samples(block: WaveformBlock) -> bytes:
    """Return a block's samples, signed 16-bit little-endian.

    Raises:
        WireError: `waveform`, the text is not base64 of whole samples.
    """
    try:
        raw = base64.b64decode(block.samples, validate=True)
    except ValueError as error:
        raise WireError("waveform", f"waveform of {block.sensor!r} is not base64: {error}") from None
    if len(raw) % 2:
        raise WireError("waveform", f"waveform of {block.sensor!r} ends inside a sample")
    return raw


def status_change(status: SensorStatus) -> StatusChange:
    """Put a sensor's status on the wire."""
    return StatusChange(
        status.sensor, status.time, status.link, int(status.flags), status.detail, status.cause
    )


def event_note(event: Event) -> EventNote:
    """Put an event on the wire."""
    return EventNote(event.sensor, event.kind, event.time, event.identity, event.value, event.detail)
