"""The room's memory on disk: numbers, acknowledgements, records, losses, times, and what is left after damage."""

from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from devices.clock import BUILD_FLOOR, SECOND
from devices.limits import Limit, Priority
from devices.measurement import EventKind, Measurement, Waveform
from devices.quality import Quality
from devices.wire.messages import EventNote, Lane, LimitSet, observation, waveform_block
from edge.pipeline import Batch, Content
from edge.salvage import examine, open_spool
from edge.spool import LanePosition, Numbered, Placement, Spool, SpoolError
from tests.edge.support import measurement

NOW = BUILD_FLOOR + SECOND
PLACED = Placement(synchronised=True)
UNPLACED = Placement(synchronised=False, boot="boot-1")
BIG = 100_000_000


def batch(*measurements: Measurement, waveforms: int = 0, time: int = NOW) -> Batch:
    blocks = tuple(
        waveform_block(Waveform("oximeter", "pleth", time + SECOND * number, 100.0, (number,) * 100))
        for number in range(waveforms)
    )
    return Batch(
        Content(tuple(observation(each) for each in measurements or (measurement(time=time),))), blocks
    )


def opened(folder: Path, max_bytes: int = BIG) -> Spool:
    return open_spool(folder / "spool.db", max_bytes=max_bytes, reserve_bytes=65_536)


def values(batches: list[Numbered]) -> list[float]:
    return [each.value for numbered in batches for each in numbered.content.observations]


def test_a_live_batch_gets_the_next_number_as_it_is_sealed(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    first, second = (spool.seal(batch(waveforms=2), PLACED, Lane.LIVE) for _ in range(2))
    assert first is not None
    assert second is not None
    assert (first.spool, first.lane, first.seq, second.seq) == (spool.identity, Lane.LIVE, 1, 2)
    assert spool.unacknowledged(Lane.LIVE, 0, 9) == [first, second]
    assert spool.unacknowledged(Lane.LIVE, 1, 9) == [second]
    assert spool.pending == 2


def test_a_batch_without_a_lane_gets_its_number_late_and_oldest_first(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for value in range(90, 95):
        assert spool.seal(batch(measurement(value, NOW)), PLACED) is None
    spool.seal(batch(measurement(99, NOW)), PLACED, Lane.LIVE)
    assert spool.waiting() == 5
    late = spool.number_late(3)
    assert [(each.lane, each.seq) for each in late] == [(Lane.LATE, 1), (Lane.LATE, 2), (Lane.LATE, 3)]
    assert values(late) == [90, 91, 92]
    assert values(spool.number_late(9)) == [93, 94]
    assert spool.number_late(9) == []
    assert spool.position(Lane.LATE) == LanePosition(0, 5)


def test_numbers_and_batches_survive_a_restart(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    sealed = spool.seal(batch(waveforms=1), PLACED, Lane.LIVE)
    spool.seal(batch(measurement(91, NOW)), PLACED)
    spool.close()
    again = opened(tmp_path)
    assert again.identity == spool.identity
    assert again.unacknowledged(Lane.LIVE, 0, 9) == [sealed]
    assert (again.position(Lane.LIVE), again.waiting(), again.pending) == (LanePosition(0, 1), 1, 2)


def test_what_is_acknowledged_is_deleted_with_the_next_batch(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for _ in range(3):
        spool.seal(batch(waveforms=1), PLACED, Lane.LIVE)
    spool.acknowledge(Lane.LIVE, 2)
    spool.seal(batch(), PLACED, Lane.LIVE)
    assert [each.seq for each in spool.unacknowledged(Lane.LIVE, 0, 9)] == [3, 4]
    assert (spool.pending, spool.position(Lane.LIVE)) == (2, LanePosition(2, 4))
    spool.acknowledge(Lane.LIVE, 4)
    spool.flush()
    assert (spool.pending, spool.position(Lane.LIVE)) == (0, LanePosition(4, 4))


def test_numbers_go_on_after_everything_was_deleted(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.seal(batch(), PLACED, Lane.LIVE)
    spool.acknowledge(Lane.LIVE, 1)
    spool.close()
    again = opened(tmp_path)
    assert again.position(Lane.LIVE) == LanePosition(1, 1)
    numbered = again.seal(batch(), PLACED, Lane.LIVE)
    assert numbered is not None
    assert numbered.seq == 2


def test_a_numbered_record_is_the_same_one_though_its_time_was_corrected(tmp_path: Path) -> None:
    def record(time: int, name: str) -> Measurement:
        return dataclasses.replace(measurement(120, time, metric="glucose", stored=True), record=name)

    spool = opened(tmp_path)
    spool.seal(batch(record(NOW, "7@2026")), PLACED)
    spool.seal(batch(record(NOW + SECOND, "7@2026"), record(NOW, "8@2026")), PLACED)
    kept = [each for numbered in spool.number_late(9) for each in numbered.content.observations]
    assert [(each.time, each.record) for each in kept] == [(NOW, "7@2026"), (NOW, "8@2026")]


def test_a_stored_record_is_kept_once_also_across_a_restart(tmp_path: Path) -> None:
    record = measurement(120, NOW, metric="systolic", stored=True)
    other = measurement(120, NOW + 1, metric="systolic", stored=True)
    spool = opened(tmp_path)
    spool.seal(batch(record, record), PLACED)
    spool.close()
    again = opened(tmp_path)
    assert again.seal(batch(record), PLACED, Lane.LIVE) is None
    assert again.position(Lane.LIVE) == LanePosition(0, 0), "nothing was left, so no number was used"
    again.seal(batch(record, other, measurement(97, NOW)), PLACED)
    stored = [each.time for numbered in again.number_late(9) for each in numbered.content.observations]
    assert stored == [NOW, NOW + 1, NOW]


def test_a_record_whose_batch_was_not_written_is_not_remembered(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    record = measurement(120, NOW, metric="systolic", stored=True)
    spool._db.execute(
        "CREATE TEMP TRIGGER stop BEFORE INSERT ON batch BEGIN SELECT RAISE(ABORT, 'stop'); END"
    )
    with pytest.raises(SpoolError, match="stop"):
        spool.seal(batch(record), PLACED)
    spool._db.execute("DROP TRIGGER stop")
    spool.seal(batch(record), PLACED)
    assert (values(spool.number_late(9)), spool.pending) == ([120], 1)


def test_above_the_limit_the_oldest_waveforms_go_and_are_told(tmp_path: Path) -> None:
    spool = opened(tmp_path, max_bytes=250_000)
    count = 0
    while not spool.full:
        spool.seal(
            batch(measurement(count, NOW + count), waveforms=20, time=NOW + 100 * SECOND * count), PLACED
        )
        count += 1
        assert count < 500
    late = [each for _ in range(99) for each in spool.number_late(16)]
    assert values(late) == list(range(count))
    kept = [len(each.waveforms) for each in late]
    dropped = kept.index(20)
    assert 0 < dropped < count
    assert kept[-1] == 20
    assert kept[:dropped].count(0) >= dropped - 4, "in order of age; a piece of one batch may stay"
    losses = [loss for each in late for loss in each.content.losses]
    samples = 100 * (20 * count - sum(kept))
    assert sum(loss.count for loss in losses) == samples
    assert {(loss.metric, loss.reason) for loss in losses} == {("pleth", "spool_limit")}
    assert losses[0].since == NOW


def test_vital_signs_exceed_the_limit_rather_than_go(tmp_path: Path) -> None:
    spool = opened(tmp_path, max_bytes=40_000)
    for number in range(500):
        spool.seal(batch(measurement(number % 100, NOW + number)), PLACED)
    assert spool.full
    assert len([each for _ in range(99) for each in spool.number_late(16)]) == 500


def test_a_numbered_batch_without_its_waveforms_keeps_its_number(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.seal(Batch(Content(), batch(waveforms=2).waveforms), PLACED, Lane.LIVE)
    spool._max_bytes = 1
    spool.seal(batch(), PLACED, Lane.LIVE)
    emptied, telling = spool.unacknowledged(Lane.LIVE, 0, 9)
    assert (emptied.seq, emptied.content, emptied.waveforms) == (1, Content(), ())
    assert telling.content.losses[0].count == 200


def test_held_batches_are_placed_by_offset_and_wait_until_then(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.seal(batch(measurement(95, 7 * SECOND), waveforms=1, time=7 * SECOND), UNPLACED)
    assert spool.number_late(9) == []
    assert spool.unplaced()
    spool.place("boot-1", NOW)
    (placed,) = spool.number_late(9)
    assert placed.content.observations[0].time == NOW + 7 * SECOND
    assert placed.waveforms[0].time == NOW + 7 * SECOND
    assert (placed.content.observations[0].flags, placed.synchronised, spool.unplaced()) == (0, True, False)


def test_a_meters_own_time_is_not_moved(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.seal(batch(measurement(95, NOW - 5, stored=True), measurement(96, SECOND)), UNPLACED)
    spool.place("boot-1", NOW)
    (placed,) = spool.number_late(9)
    assert [each.time for each in placed.content.observations] == [NOW - 5, NOW + SECOND]


def test_what_an_earlier_boot_held_is_put_right_before_this_one_and_said_so(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for second in (10, 25):
        spool.seal(batch(measurement(95, second * SECOND)), Placement(synchronised=False, boot="boot-0"))
    spool.place("boot-1", NOW)
    placed = spool.number_late(9)
    assert [each.content.observations[0].time for each in placed] == [NOW - 15 * SECOND, NOW]
    assert all(each.content.observations[0].flags == Quality.DEVICE_TIME for each in placed)
    assert not any(each.synchronised for each in placed)


def test_a_loss_of_unplaced_waveforms_is_placed_too(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.seal(batch(measurement(95, SECOND), waveforms=3, time=5 * SECOND), UNPLACED)
    spool._max_bytes = 1
    spool.flush()
    spool._keep_below_limit()
    spool.place("boot-1", NOW)
    spool.seal(batch(), PLACED, Lane.LIVE)
    (loss,) = spool.unacknowledged(Lane.LIVE, 0, 9)[0].content.losses
    assert (loss.since, loss.until, loss.count) == (NOW + 5 * SECOND, NOW + 8 * SECOND, 300)


def test_limits_are_kept(tmp_path: Path) -> None:
    limits = LimitSet(7, (Limit("l1", "spo2", Priority.HIGH, low=90.5, delay=10),))
    spool = opened(tmp_path)
    assert spool.limits() is None
    spool.keep_limits(limits)
    spool.keep_limits(replace(limits, issued=8))
    spool.close()
    assert opened(tmp_path).limits() == replace(limits, issued=8)


def test_a_new_identity_begins_at_one_with_all_that_was_not_acknowledged(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for value in (90, 91, 92):
        spool.seal(batch(measurement(value, NOW)), PLACED, Lane.LIVE)
    spool.acknowledge(Lane.LIVE, 1)
    spool.flush()
    old = spool.identity
    assert spool.renew() == spool.identity != old
    late = spool.number_late(9)
    assert ([each.seq for each in late], values(late)) == ([1, 2], [91, 92])
    assert late[0].spool == spool.identity


def test_two_processes_cannot_have_one_spool(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    with pytest.raises(SpoolError, match=r"another process has it"):
        opened(tmp_path)
    spool.close()
    opened(tmp_path).close()


def test_a_spool_of_a_newer_release_is_refused_and_left_alone(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "spool.db") as database:
        database.execute("PRAGMA user_version=99")
    database.close()
    before = (tmp_path / "spool.db").read_bytes()
    with pytest.raises(SpoolError, match="has format 99, this release knows 1"):
        opened(tmp_path)
    assert (tmp_path / "spool.db").read_bytes() == before


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    opened(tmp_path)
    assert (tmp_path / "spool.db").stat().st_mode & 0o777 == 0o600


def filled(folder: Path, count: int = 300) -> tuple[str, list[float]]:
    spool = opened(folder)
    for number in range(count):
        lane = Lane.LIVE if number < 20 else None
        spool.seal(batch(measurement(number, NOW + number), waveforms=2), PLACED, lane)
    identity = spool.identity
    spool.close()
    return identity, [float(number) for number in range(count)]


def everything(spool: Spool) -> list[float]:
    live = spool.unacknowledged(Lane.LIVE, 0, 10_000)
    late = []
    while more := spool.number_late(100):
        late += more
    return values(live) + values(late)


@pytest.mark.parametrize("rubbish", [b"", b"this is no database" * 300])
def test_a_file_that_is_no_spool_is_put_aside(tmp_path: Path, rubbish: bytes) -> None:
    path = tmp_path / "spool.db"
    path.write_bytes(rubbish)
    spool = opened(tmp_path)
    assert spool.pending == 0
    if rubbish:
        assert (tmp_path / "spool.db.damaged-1").read_bytes() == rubbish


def test_another_programs_database_is_put_aside(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "spool.db") as database:
        database.execute("CREATE TABLE diary (day TEXT)")
    database.close()
    opened(tmp_path)
    assert (tmp_path / "spool.db.damaged-1").exists()


def test_a_torn_page_costs_only_what_was_on_it(tmp_path: Path) -> None:
    _, sealed = filled(tmp_path)
    path = tmp_path / "spool.db"
    with sqlite3.connect(path) as database:
        root = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'batch'").fetchone()[0]
        leaf = root
        size = database.execute("PRAGMA page_size").fetchone()[0]
    database.close()
    data = bytearray(path.read_bytes())
    # The first child of the table's root page: right behind the header of an interior page lie the cell pointers.
    at = (root - 1) * size
    if data[at] == 5:
        cell = at + int.from_bytes(data[at + 12 : at + 14], "big")
        leaf = int.from_bytes(data[cell : cell + 4], "big")
    data[(leaf - 1) * size : leaf * size] = b"\xa5" * size
    path.write_bytes(data)
    assert examine(path) is not None

    spool = opened(tmp_path)
    saved = everything(spool)
    assert saved == sorted(saved)
    assert set(saved) < set(sealed)
    assert len(saved) > len(sealed) // 2
    assert (tmp_path / "spool.db.damaged-1").read_bytes() == bytes(data)


@pytest.fixture(scope="module")
def sound_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    filled(folder, 60)
    return folder / "spool.db"


@settings(max_examples=20, deadline=None)
@example(at=3297, rubbish=b"\x80")  # within the schema's text
@example(at=8160, rubbish=b"\x80")  # within the identity
@given(at=st.integers(0, 80_000), rubbish=st.binary(min_size=1, max_size=500))
def test_damage_anywhere_never_stops_the_start_and_never_empties_silently(
    sound_file: Path, tmp_path_factory: pytest.TempPathFactory, at: int, rubbish: bytes
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    content = bytearray(sound_file.read_bytes())
    content[at : at + len(rubbish)] = rubbish
    (folder / "spool.db").write_bytes(content)
    spool = opened(folder)
    assert spool.pending == 60 or (folder / "spool.db.damaged-1").read_bytes() == bytes(content)
    everything(spool)
    assert spool.seal(batch(), PLACED, Lane.LIVE) is not None
    spool.close()


def test_a_batch_whose_text_was_damaged_becomes_empty_and_holds_up_nothing(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for value in (90, 91, 92):
        spool.seal(batch(measurement(value, NOW), waveforms=1), PLACED, Lane.LIVE)
    spool._db.execute("UPDATE batch SET content = x'ff00' WHERE seq = 2")
    spool._db.execute("UPDATE waveform SET body = '{' WHERE batch = (SELECT id FROM batch WHERE seq = 1)")
    first, second, third = spool.unacknowledged(Lane.LIVE, 0, 9)
    assert (values([first, second, third]), first.waveforms, second.content) == ([90, 92], (), Content())
    assert spool.unreadable == 2


def test_a_spool_that_lost_its_identity_is_put_aside_and_its_batches_go_on(tmp_path: Path) -> None:
    _, sealed = filled(tmp_path, 10)
    with sqlite3.connect(tmp_path / "spool.db") as database:
        database.execute("DELETE FROM meta")
    database.close()
    spool = opened(tmp_path)
    assert (tmp_path / "spool.db.damaged-1").exists()
    assert sorted(everything(spool)) == sealed


def test_limits_that_the_disk_has_damaged_are_none(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool._db.execute("INSERT INTO meta VALUES ('limits', '[')")
    assert (spool.limits(), spool.unreadable) == (None, 1)


def test_a_second_copy_of_an_event_is_dropped_even_after_a_restart(tmp_path: Path) -> None:
    first = EventNote("node", EventKind.NURSE_CALL, NOW, "3.17")
    again, other = replace(first, time=NOW + 400), replace(first, identity="4.17")
    spool = opened(tmp_path)
    spool.seal(Batch(Content(events=(first,))), PLACED, Lane.LIVE)
    spool.close()
    spool = opened(tmp_path)
    assert spool.seal(Batch(Content(events=(again,))), PLACED, Lane.LIVE) is None
    sealed = spool.seal(Batch(Content(events=(again, other))), PLACED, Lane.LIVE)
    assert sealed is not None
    assert sealed.content.events == (other,)


def test_an_event_before_the_clock_is_known_is_placed_with_its_batch(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.seal(Batch(Content(events=(EventNote("node", EventKind.NURSE_CALL, 5 * SECOND, "1.1"),))), UNPLACED)
    spool.place("boot-1", NOW)
    (numbered,) = spool.number_late(9)
    assert [each.time for each in numbered.content.events] == [NOW + 5 * SECOND]
