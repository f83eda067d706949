"""One message from the broker: whose it is, whether it is authentic, what it says. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from devices.errors import WireError
from devices.quality import Quality
from devices.wire.messages import (
    MAX_OBSERVATIONS,
    Envelope,
    EventNote,
    Observation,
    Presence,
    SensorFact,
    Signal,
    Verdict,
    WaveformBlock,
    decode,
    waveform_samples,
)
from devices.wire.seal import Keys, unseal
from devices.wire.topics import Topic

MAX_TIME = 2**53
"Times beyond are not exact in JavaScript, and no person's measurement."
_MAX_FLAGS = 0xFFFF
_MAX_NAME = 64
_MAX_IDENTITY = 128
_MAX_TEXT = 1_000
_MAX_BLOCKS = 1_000
_MAX_SENSORS = 200
_MAX_RATE = 100_000.0
_LATE = int(Quality.LATE)


class Intake(msgspec.Struct, frozen=True, gc=False):
    """An envelope that was understood."""

    envelope: Envelope
    samples: tuple[bytes, ...]
    "Of each waveform block."
    first: int
    "Time of the oldest observation, 0 when there is none."
    last: int
    sensors: frozenset[str] = frozenset()
    "Of the observations."
    stored: bool = False
    "Whether one of the observations is a record that a meter kept."


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """An authentic envelope that the hub cannot take, with enough to place it in its lane."""

    edge: str
    spool: str
    lane: str
    seq: int
    reason: str
    text: str
    body: bytes


class _Header(msgspec.Struct):
    edge: str
    spool: str
    lane: str
    seq: int


_header = msgspec.json.Decoder(_Header)


def parse_topic(text: str, keys: Mapping[str, Keys]) -> tuple[Topic, Keys]:
    """Return a topic and its edge's keys.

    Raises:
        WireError: `topic` or `unknown_edge`.
    """
    topic = Topic.parse(text)
    if not topic.up:
        raise WireError("topic", f"topic {text[:200]!r} is the hub's own")
    found = keys.get(topic.edge)
    if found is None:
        raise WireError("unknown_edge", f"edge {topic.edge!r} is not enrolled, or revoked")
    return topic, found


def take_envelope(topic: Topic, keys: Keys, text: str, payload: bytes) -> Intake | Misunderstood:
    """Verify, decode and check an envelope.

    Returns:
        The envelope, or, if it is authentic and has its number but says what this hub cannot take, `Misunderstood`.

    Raises:
        WireError: it is not authentic or cannot even be placed in its lane; it is not acknowledged.
    """
    body = unseal(keys, text, payload)
    try:
        envelope = decode(Envelope, body)
        _check_place(topic, envelope.edge, envelope.lane.value, envelope.spool, envelope.seq)
        return _checked(envelope)
    except WireError as error:
        if error.reason in {"edge", "lane", "place"}:
            raise
        header = _place(topic, body, error)
        return Misunderstood(topic.edge, header.spool, topic.kind, header.seq, error.reason, str(error), body)


def take_presence(topic: Topic, keys: Keys, text: str, payload: bytes) -> Presence:
    """Verify and decode a heartbeat.

    Raises:
        WireError: it is not authentic, malformed, or another edge's.
    """
    presence = decode(Presence, unseal(keys, text, payload))
    if presence.edge != topic.edge:
        raise WireError("edge", f"presence of {presence.edge[:64]!r} on the topic of {topic.edge!r}")
    if not 0 <= presence.time < MAX_TIME:
        raise WireError("range", f"presence of {topic.edge!r} has time {presence.time}")
    if len(presence.sensors) > _MAX_SENSORS:
        raise WireError("range", f"presence of {topic.edge!r} names {len(presence.sensors)} sensors")
    for fact in presence.sensors:
        _check_fact(fact)
    return presence


def take_signal(keys: Keys, text: str, payload: bytes) -> Signal:
    """Verify and decode a signalling message.

    Raises:
        WireError: it is not authentic or malformed.
    """
    return decode(Signal, unseal(keys, text, payload))


def _place(topic: Topic, body: bytes, cause: WireError) -> _Header:
    try:
        header = _header.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise cause from None
    _check_place(topic, header.edge, header.lane, header.spool, header.seq)
    return header


def _check_place(topic: Topic, edge: str, lane: str, spool: str, seq: int) -> None:
    if edge != topic.edge:
        raise WireError("edge", f"envelope of {edge[:_MAX_NAME]!r} on the topic of {topic.edge!r}")
    if lane != topic.kind:
        raise WireError("lane", f"envelope of lane {lane[:_MAX_NAME]!r} on the topic of {topic.kind!r}")
    if not 0 < len(spool) <= _MAX_NAME or not 0 < seq < MAX_TIME:
        raise WireError("place", f"envelope {seq} of spool {spool[:_MAX_NAME]!r} has no place in a lane")


def _checked(envelope: Envelope) -> Intake:
    observations = envelope.observations
    if len(observations) > MAX_OBSERVATIONS or len(envelope.waveforms) > _MAX_BLOCKS:
        raise WireError("range", f"envelope has {len(observations)} observations, at most {MAX_OBSERVATIONS}")
    if not 0 <= envelope.sent < MAX_TIME:
        raise WireError("range", f"envelope was sent at {envelope.sent} microseconds")
    if max(map(len, (envelope.statuses, envelope.losses, envelope.events, envelope.verdicts))) > _MAX_BLOCKS:
        raise WireError("range", f"envelope has more than {_MAX_BLOCKS} statuses, losses, events or verdicts")
    first, last, sensors = _checked_observations(observations)
    samples = tuple([_checked_block(block) for block in envelope.waveforms])
    _check_rest(envelope)
    if envelope.lane == "late" and observations:
        envelope = _marked_late(envelope)
    stored = True in [seen.stored for seen in observations]
    return Intake(envelope, samples, first, last, sensors, stored)


def _checked_observations(observations: tuple[Observation, ...]) -> tuple[int, int, frozenset[str]]:
    """Return the first and the last time, and the sensors."""
    if not observations:
        return 0, 0, frozenset()
    # Lists and C functions over them: this is the writer's inner loop.
    times = [seen.time for seen in observations]
    first, last = min(times), max(times)
    if first < 0 or last >= MAX_TIME:
        raise WireError("range", f"observation at {first if first < 0 else last} microseconds")
    flags = [seen.flags for seen in observations]
    if min(flags) < 0 or max(flags) > _MAX_FLAGS:
        raise WireError("range", f"observation with flags {min(flags)} to {max(flags)}")
    sensors = frozenset([seen.sensor for seen in observations])
    names = [len(name) for name in sensors.union([seen.metric for seen in observations])]
    if max(names) > _MAX_NAME or min(names) == 0:
        raise WireError("range", f"observation whose names have {min(names)} to {max(names)} characters")
    return first, last, sensors


def _checked_block(block: WaveformBlock) -> bytes:
    named = 0 < len(block.metric) <= _MAX_NAME and len(block.sensor) <= _MAX_NAME
    timed = 0 <= block.time < MAX_TIME and 0 < block.rate <= _MAX_RATE
    if not named or not timed or not 0 <= block.flags <= _MAX_FLAGS or not math.isfinite(block.scale):
        raise WireError("range", f"waveform of {block.sensor[:64]!r}/{block.metric[:64]!r} is out of range")
    return waveform_samples(block)


def _check_rest(envelope: Envelope) -> None:
    for status in envelope.statuses:
        if (
            not 0 <= status.time < MAX_TIME
            or len(status.sensor) > _MAX_NAME
            or len(status.detail) > _MAX_TEXT
        ):
            raise WireError("range", f"status of {status.sensor[:64]!r} is out of range")
    for loss in envelope.losses:
        numbers = (loss.count, loss.since, loss.until)
        if (
            not all(0 <= number < MAX_TIME for number in numbers)
            or len(loss.metric + loss.reason) > _MAX_NAME
        ):
            raise WireError("range", f"loss of {loss.metric[:64]!r} is out of range")
    for event in envelope.events:
        _check_event(event)
    for verdict in envelope.verdicts:
        _check_verdict(verdict)


def _check_fact(fact: SensorFact) -> None:
    """A fact is written to the disk: its texts must fit, its numbers must be numbers of this world."""
    times = [time for time in (fact.last, fact.since, fact.seen) if time is not None]
    numbers = [number for number in (fact.battery, fact.rssi) if number is not None]
    if (
        not 0 < len(fact.sensor) <= _MAX_NAME
        or len(fact.protocol) > _MAX_NAME
        or len(fact.address) + len(fact.detail) > _MAX_TEXT
        or not all(0 <= time < MAX_TIME for time in times)
        or not all(-_MAX_FLAGS <= number <= _MAX_FLAGS for number in (*numbers, fact.flags))
    ):
        raise WireError("range", f"sensor {fact.sensor[:64]!r} of a presence is out of range")


def _check_event(event: EventNote) -> None:
    if (
        not 0 <= event.time < MAX_TIME
        or not 0 < len(event.sensor) <= _MAX_NAME
        or not 0 < len(event.identity) <= _MAX_IDENTITY
        or len(event.detail) > _MAX_TEXT
        or (event.value is not None and not math.isfinite(event.value))
    ):
        raise WireError("range", f"event {event.identity[:64]!r} of {event.sensor[:64]!r} is out of range")


def _check_verdict(verdict: Verdict) -> None:
    times = (verdict.onset, verdict.declared, verdict.cleared or 0, verdict.acknowledged or 0)
    names = (verdict.limit, verdict.sensor, verdict.metric)
    if (
        not all(0 <= time < MAX_TIME for time in times)
        or not 0 < len(verdict.limit + verdict.event) <= _MAX_IDENTITY
        or max(map(len, names)) > _MAX_NAME
        or not math.isfinite(verdict.bound)
        or not math.isfinite(verdict.worst)
    ):
        raise WireError(
            "range", f"verdict on {verdict.limit[:64]!r} of {verdict.sensor[:64]!r} is out of range"
        )


def _marked_late(envelope: Envelope) -> Envelope:
    marked = tuple([seen if seen.flags & _LATE else _late(seen) for seen in envelope.observations])
    return msgspec.structs.replace(envelope, observations=marked)


def _late(seen: Observation) -> Observation:
    return Observation(seen.sensor, seen.metric, seen.time, seen.value, seen.flags | _LATE, seen.stored)
