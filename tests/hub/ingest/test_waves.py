"""Blocks of samples that reach across a change of resident."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.wire.messages import WaveformBlock, waveform_samples
from hub.ingest.owners import FOREVER, Owners
from hub.ingest.waves import divide
from hub.store.ports import NOBODY, WaveformRow
from hub.store.sensors import Assignment, SensorRecord

START = 1_000 * SECOND


def row(count: int, rate: float, time: int = START) -> WaveformRow:
    raw = b"".join(number.to_bytes(2, "little") for number in range(count))
    block = WaveformBlock("strap", "ecg", time, rate, base64.b64encode(raw).decode(), 0.5, 3)
    return WaveformRow(NOBODY, "e1", block, raw)


def worn(*spans: tuple[int, int | None, str]) -> Owners:
    lived = tuple(sorted(((s, FOREVER if u is None else u, r) for s, u, r in spans), reverse=True))
    made = [Assignment("e1", "strap", who, since, since, "luc", until=until) for since, until, who in spans]
    return Owners({"e1": lived}, {("e1", "strap"): SensorRecord("e1", "strap", 0)}, made)


def test_a_block_of_one_person_stays_as_it_is() -> None:
    block = row(250, 250.0)
    [found] = divide(worn((0, None, "jeanne")), block)
    assert found == block._replace(resident="jeanne")
    [nobodys] = divide(Owners(), block)
    assert nobodys == block


def test_a_block_across_the_change_is_cut_at_the_sample() -> None:
    first, second = divide(worn((0, START + SECOND // 2, "jeanne")), row(250, 250.0))
    assert (first.resident, second.resident) == ("jeanne", NOBODY)
    assert (len(first.samples) // 2, len(second.samples) // 2) == (125, 125)
    assert (first.block.time, second.block.time) == (START, START + SECOND // 2)
    assert (second.block.scale, second.block.flags) == (0.5, 3)
    assert waveform_samples(second.block) == second.samples


def test_an_empty_block_is_nobodys_problem() -> None:
    assert len(divide(worn((0, None, "jeanne")), row(0, 250.0))) == 1


@given(
    st.integers(1, 60),
    st.floats(0.5, 500),
    st.lists(st.integers(START - SECOND, START + 20 * SECOND), unique=True, min_size=1, max_size=5),
)
def test_no_sample_is_lost_doubled_or_given_to_the_wrong_person(
    count: int, rate: float, cuts: list[int]
) -> None:
    bounds = sorted(cuts)
    spans = [
        (since, until, f"r{number}")
        for number, (since, until) in enumerate(zip([0, *bounds], [*bounds, None], strict=True))
    ]
    owners = worn(*spans)  # type: ignore[arg-type]
    block = row(count, rate)
    rows = divide(owners, block)
    assert b"".join(found.samples for found in rows) == block.samples
    index = 0
    for found in rows:
        for _ in range(len(found.samples) // 2):
            time = START + round(index / rate * SECOND)
            expected = {owners.owner("e1", "strap", time + off) for off in (-1, 0, 1)}
            assert found.resident in expected, "beyond rounding"
            index += 1
