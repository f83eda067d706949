"""The compact edge keeps the contract of the wire: every batch once, in order, whatever the broker loses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.quality import Quality
from devices.simulators.load_edge import FRESH, RETRY, LoadEdge
from devices.wire import topics
from devices.wire.messages import (
    Acknowledgement,
    Envelope,
    Lane,
    LimitSet,
    Observation,
    Presence,
    SyncRequest,
    decode,
    encode,
)
from devices.wire.seal import Keys, seal, unseal

SECRET = bytes(range(32))
KEYS = Keys(SECRET)
T0 = BUILD_FLOOR


def an_edge(window: int = 4) -> LoadEdge:
    return LoadEdge("room-1", SECRET, "spool-a", window=window)


def readings(time: int) -> tuple[Observation, ...]:
    return (Observation("ox", "spo2", time, 96.0), Observation("ox", "pulse_rate", time, 71.0))


def opened(message: tuple[str, bytes]) -> Envelope:
    topic, sealed = message
    return decode(Envelope, unseal(KEYS, topic, sealed))


def ack(seq: int, lane: Lane = Lane.LIVE, spool: str = "spool-a") -> tuple[str, bytes]:
    topic = topics.down("room-1", "ack")
    return topic, seal(KEYS, topic, encode(Acknowledgement(spool, lane, seq, T0)))


def test_a_batch_is_numbered_sealed_and_sent_on_the_live_lane() -> None:
    edge = an_edge()
    edge.add(readings(T0), T0)
    (message,) = edge.send(T0)
    envelope = opened(message)
    assert message[0] == "veilleuse/1/room-1/up/live"
    assert (envelope.seq, envelope.lane, envelope.observations) == (1, Lane.LIVE, readings(T0))
    assert edge.send(T0) == []


def test_no_more_than_the_window_is_on_its_way() -> None:
    edge = an_edge(window=2)
    for number in range(5):
        edge.add(readings(T0 + number), T0)
    assert [opened(m).seq for m in edge.send(T0)] == [1, 2]
    assert edge.room == 0
    edge.receive(*ack(1), T0 + 10)
    assert [opened(m).seq for m in edge.send(T0 + 10)] == [3]
    assert edge.counts.latencies == [10]
    assert edge.unacknowledged == 4


def test_an_acknowledgement_is_cumulative_and_of_one_spool() -> None:
    edge = an_edge()
    for number in range(3):
        edge.add(readings(T0 + number), T0)
    edge.send(T0)
    edge.receive(*ack(3, spool="spool-b"), T0)
    assert edge.unacknowledged == 3
    edge.receive(*ack(3), T0)
    assert edge.unacknowledged == 0
    assert (edge.counts.acknowledged, edge.counts.observations_acknowledged) == (3, 6)


def test_silence_sends_everything_unacknowledged_again_once_per_retry() -> None:
    edge = an_edge()
    edge.add(readings(T0), T0)
    first = edge.send(T0)
    assert edge.send(T0 + RETRY - 1) == []
    assert edge.send(T0 + RETRY) == first
    assert edge.send(T0 + RETRY + 1) == []
    assert edge.counts.resent == 1


def test_a_new_connection_and_a_sync_request_send_again_at_once() -> None:
    edge = an_edge()
    edge.add(readings(T0), T0)
    first = edge.send(T0)
    edge.connected(T0 + 1)
    assert edge.send(T0 + 1) == first
    topic = topics.down("room-1", "command")
    edge.receive(topic, seal(KEYS, topic, encode(SyncRequest(T0))), T0 + 2)
    assert edge.send(T0 + 2) == first
    edge.receive(topic, seal(KEYS, topic, encode(LimitSet(T0, ()))), T0 + 3)
    assert edge.send(T0 + 3) == []


def test_what_could_not_be_sent_in_time_goes_late_and_says_so() -> None:
    edge = an_edge(window=1)
    edge.add(readings(T0), T0)
    edge.add(readings(T0 + 1), T0)
    assert [opened(m).lane for m in edge.send(T0)] == [Lane.LIVE]
    now = T0 + FRESH + 1
    edge.add(readings(now), now)
    (late,) = edge.send(now)
    envelope = opened(late)
    assert (envelope.lane, envelope.seq) == (Lane.LATE, 1)
    assert all(o.flags == int(Quality.LATE) for o in envelope.observations)
    edge.receive(*ack(1), now)
    edge.receive(*ack(1, Lane.LATE), now)
    (live,) = edge.send(now)
    assert (opened(live).lane, opened(live).seq) == (Lane.LIVE, 2)


def test_a_forged_or_malformed_answer_is_counted_and_changes_nothing() -> None:
    edge = an_edge()
    edge.add(readings(T0), T0)
    edge.send(T0)
    topic = topics.down("room-1", "ack")
    edge.receive(topic, b"{}", T0)
    edge.receive(
        topic, seal(Keys(bytes(32)), topic, encode(Acknowledgement("spool-a", Lane.LIVE, 1, T0))), T0
    )
    edge.receive(topic, seal(KEYS, topic, b'{"spool":"spool-a"}'), T0)
    assert edge.counts.refused == 3
    assert edge.unacknowledged == 1


def test_presence_says_what_is_pending() -> None:
    edge = an_edge()
    edge.add(readings(T0), T0)
    topic, sealed = edge.presence(T0, "s1")
    presence = decode(Presence, unseal(KEYS, topic, sealed))
    assert (presence.edge, presence.state, presence.pending) == ("room-1", "online", 1)
    gone = decode(Presence, unseal(KEYS, topic, edge.presence(T0, "s1", gone=True)[1]))
    assert gone.state == "gone"


@given(st.lists(st.sampled_from(["batch", "lose", "deliver", "reconnect", "wait"]), max_size=80))
def test_every_batch_arrives_exactly_once_and_in_order_over_a_pipe_that_loses(steps: list[str]) -> None:
    """The hub side is the rule of the architecture: commit cursor + 1, drop the rest, acknowledge the cursor."""
    edge = an_edge()
    committed: dict[Lane, list[int]] = {lane: [] for lane in Lane}
    cursors = dict.fromkeys(Lane, 0)
    made, now = 0, T0

    def exchange(*, lose: bool) -> None:
        for message in edge.send(now):
            envelope = opened(message)
            if lose:
                continue
            if envelope.seq == cursors[envelope.lane] + 1:
                cursors[envelope.lane] += 1
                committed[envelope.lane].append(envelope.observations[0].time)
            edge.receive(*ack(cursors[envelope.lane], envelope.lane), now)

    for step in steps:
        now += SECOND // 5
        if step == "batch":
            made += 1
            edge.add(readings(now), now)
        elif step == "reconnect":
            edge.connected(now)
        elif step == "wait":
            now += RETRY
        else:
            exchange(lose=step == "lose")
    for _ in range(2 * made + 4):
        now += RETRY
        exchange(lose=False)
    assert edge.unacknowledged == 0
    assert edge.counts.acknowledged == made == len(committed[Lane.LIVE]) + len(committed[Lane.LATE])
    assert all(times == sorted(set(times)) for times in committed.values())
