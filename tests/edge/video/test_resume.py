"""A call that outlives the room's device: what is kept, when it may go on, and that nothing else opens a camera."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.wire.messages import Signal, SignalKind
from edge.video.admission import Rule
from edge.video.call import RoomCall, Timing
from edge.video.resume import EVERY, LASTS, Keeper, Memory, Recall, Seated, Verdict
from edge.video.steps import Connect, Phase

UTC = 1_800_000_000 * SECOND
PEOPLE = (Seated("p1", "Dr Benali", "physician"), Seated("p2", "Inès Carvalho", "nurse"))
MEMORY = Memory("call-1", Rule.ASK, PEOPLE, True, "room", UTC)
SERVERS = ({"url": "turn:relay", "username": "9:p1", "credential": "x"},)


def signal(kind: SignalKind, call: str = "call-1", peer: str = "p1", epoch: int = 7) -> Signal:
    servers = SERVERS if kind is SignalKind.RESTART else ()
    return Signal(call, epoch, kind, UTC, peer=peer, ice_servers=servers)


RESTART = signal(SignalKind.RESTART)


def resumed(recall: Recall, now: int = 0) -> RoomCall:
    call = RoomCall(Timing())
    call.resume(recall.memory, recall.people, recall.asked(now), now)
    return call


def test_it_goes_on_when_the_hub_asks_and_the_screen_is_there() -> None:
    recall = Recall(MEMORY, LASTS)
    assert recall.receive(RESTART, 0, screen=True) is Verdict.GO_ON
    call = RoomCall(Timing())
    effects = call.resume(recall.memory, recall.people, recall.asked(0), 0)
    assert effects == [Connect("p1", 7)]
    assert (call.id, call.phase, call.rule) == ("call-1", Phase.CONNECTING, Rule.ASK)
    assert (call.muted, call.muted_by) == (True, "room")
    assert (call.caller.name, call.links["p1"].ice_servers) == ("Dr Benali", SERVERS)
    # The nurse was in it too; a stranger was not.
    assert call.receive(signal(SignalKind.RESTART, peer="p2", epoch=3), 0) == [Connect("p2", 3)]
    assert call.receive(signal(SignalKind.RESTART, peer="p3"), 0) == []
    assert call.receive(signal(SignalKind.RING), 0) == [], "no second ring"


def test_it_waits_for_the_screen() -> None:
    recall = Recall(MEMORY, LASTS)
    assert recall.receive(RESTART, 0, screen=False) is Verdict.WAIT
    assert recall.asked(0) == (RESTART,)
    newer = signal(SignalKind.RESTART, epoch=8)
    recall.receive(newer, 0, screen=False)
    assert recall.asked(0) == (newer,)
    assert recall.asked(LASTS) == ()


@pytest.mark.parametrize("kind", [SignalKind.BYE, SignalKind.RING])
def test_a_good_bye_or_another_ring_ends_it(kind: SignalKind) -> None:
    recall = Recall(MEMORY, LASTS)
    recall.receive(RESTART, 0, screen=False)
    assert (
        recall.receive(signal(kind, call="call-1" if kind is SignalKind.BYE else "b"), 0, screen=True)
        is Verdict.OTHER
    )
    assert recall.over(0)
    assert recall.receive(RESTART, 0, screen=True) is Verdict.OTHER
    assert recall.asked(0) == ()


def test_who_left_meanwhile_does_not_come_back() -> None:
    recall = Recall(MEMORY, LASTS)
    recall.receive(signal(SignalKind.RESTART, peer="p2"), 0, screen=False)
    assert recall.receive(signal(SignalKind.LEFT, peer="p2"), 0, screen=True) is Verdict.WAIT
    assert recall.receive(signal(SignalKind.RESTART, peer="p2"), 0, screen=True) is Verdict.WAIT
    assert recall.people == PEOPLE[:1]
    assert recall.receive(RESTART, 0, screen=True) is Verdict.GO_ON
    call = resumed(recall)
    assert call.receive(signal(SignalKind.LEFT, peer="p2"), 0) == []
    assert call.dropped["not_here"] == 1
    assert call.receive(signal(SignalKind.LEFT, peer="p1"), 0) != []
    assert call.phase is Phase.ENDED


def test_who_leaves_before_coming_back_is_forgotten() -> None:
    recall = Recall(MEMORY, LASTS)
    recall.receive(RESTART, 0, screen=True)
    call = resumed(recall)
    assert call.receive(signal(SignalKind.LEFT, peer="p2"), 0) == []
    assert call.receive(signal(SignalKind.RESTART, peer="p2"), 0) == []
    assert call.dropped == {"not_here": 1}


def test_a_room_that_is_in_another_call_stays_there() -> None:
    call = RoomCall(Timing())
    call.receive(signal(SignalKind.RING, call="b"), 0)
    assert call.resume(MEMORY, PEOPLE, (RESTART,), 0) == []
    assert call.id == "b"
    assert not call.may_open
    assert RoomCall(Timing()).resume(MEMORY, PEOPLE, (), 0) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(SignalKind)),
            st.sampled_from(["call-1", "b"]),
            st.sampled_from(["p1", "p2", "p3"]),
            st.integers(0, 2 * LASTS),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_it_never_goes_on_but_for_its_own_people_in_time_before_a_screen(
    said: list[tuple[SignalKind, str, str, int, bool]],
) -> None:
    recall, ended = Recall(MEMORY, LASTS), False
    for kind, call, peer, now, screen in sorted(said, key=lambda one: one[3]):
        verdict = recall.receive(signal(kind, call, peer), now, screen=screen)
        if verdict is Verdict.GO_ON:
            assert not ended
            assert (kind, call, screen) == (SignalKind.RESTART, "call-1", True)
            assert peer in {"p1", "p2"}
            assert now < LASTS
        ended = (
            ended or kind is SignalKind.RING or (kind is SignalKind.BYE and call == "call-1" and now < LASTS)
        )


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "spool.call"
    keeper = Keeper(path)
    assert keeper.recall(UTC, 0) is None
    keeper.keep(MEMORY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    recall = Keeper(path).recall(UTC + 20 * SECOND, 5 * SECOND)
    assert recall is not None
    assert recall.memory == MEMORY
    assert not recall.over(LASTS - 16 * SECOND)
    assert recall.over(LASTS - 15 * SECOND)
    keeper.forget()
    assert Keeper(path).recall(UTC, 0) is None


@pytest.mark.parametrize("later", [LASTS, -EVERY - 1])
def test_what_is_too_old_or_of_a_clock_that_was_wrong_is_forgotten(tmp_path: Path, later: int) -> None:
    keeper = Keeper(tmp_path / "call")
    keeper.keep(MEMORY)
    assert keeper.recall(UTC + later, 0) is None
    assert list(tmp_path.iterdir()) == []


def test_it_is_written_when_something_changes_and_now_and_then(tmp_path: Path) -> None:
    path = tmp_path / "call"
    keeper = Keeper(path)
    keeper.keep(MEMORY)
    first = path.stat().st_mtime_ns
    keeper.keep(msgspec.structs.replace(MEMORY, seen=UTC + EVERY - 1))
    assert path.stat().st_mtime_ns == first
    keeper.keep(msgspec.structs.replace(MEMORY, muted=False))
    assert msgspec.json.decode(path.read_bytes(), type=Memory).muted is False
    keeper.keep(msgspec.structs.replace(MEMORY, muted=False, seen=UTC + EVERY))
    assert msgspec.json.decode(path.read_bytes(), type=Memory).seen == UTC + EVERY


@given(st.binary(max_size=300))
def test_any_bytes_are_a_call_or_none(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.call"
    path.write_bytes(data)
    assert Keeper(path).recall(UTC, 0) is None


def test_a_disk_that_is_full_stops_no_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keeper = Keeper(tmp_path / "no-such-folder" / "call")
    keeper.keep(MEMORY)
    assert "the call is not noted" in caplog.text
    keeper.forget()
