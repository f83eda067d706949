"""Whatever a sensor sends, in whatever chunks: a driver never raises, and what it tells has the sensor's name."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.drivers.base import Driver
from devices.drivers.registry import open_driver, protocols, signature
from devices.measurement import Measurement, Reading
from devices.serial import contec, contec_old, nonin_df2, nonin_df13

NOW = 1_800_000_000_000_000

VALID = [
    b"".join(map(bytes, nonin_df2.packet(pulse_rate=72, spo2=97, pleth=range(25)))),
    bytes(nonin_df13.Record(2026, 3, 14, 8, 30, 15, nonin_df13.Status.SMART_POINT, 72, 97)),
    bytes.fromhex("C540064861"),
    bytes.fromhex("01A085C096C8E1EB80"),
    bytes.fromhex("1E5532002100"),
    bytes.fromhex("1F DEF3 CAF3 CAF3 5AF5 D4F3 B2F2 2001 000000 7AE3".replace(" ", "")),
]

PIECES = st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(VALID)), max_size=12)


def sources(protocol: str, driver: Driver) -> st.SearchStrategy[str]:
    if signature(protocol).transport == "serial":
        return st.just("")
    if signature(protocol).transport == "advertisement":
        return st.sampled_from([f"service-data/{each}" for each in sorted(signature(protocol).service_data)])
    return st.sampled_from([*driver.needs.notify, *driver.needs.read, "2a00", "not a characteristic"])


@pytest.mark.parametrize("protocol", protocols())
@given(data=st.data())
def test_any_bytes_in_any_chunks(protocol: str, data: st.DataObject) -> None:
    driver = open_driver(protocol, "s1")
    driver.start(data.draw(st.sampled_from([0, NOW])))
    now = NOW
    for piece in data.draw(PIECES):
        now += data.draw(st.integers(-2_000_000, 2_000_000))
        for reading in driver.receive(data.draw(sources(protocol, driver)), piece, now):
            assert reading.sensor == "s1"
        if data.draw(st.booleans()):
            driver.confirm()
            driver.poll(now)
    assert driver.rejected >= 0


def told(readings: list[Reading]) -> list[tuple[str, float]]:
    """What was measured, each value once: how often an unchanged value is told again is a matter of time."""
    return list(dict.fromkeys((r.metric, r.value) for r in readings if isinstance(r, Measurement)))


@pytest.mark.parametrize("protocol", [name for name in protocols() if signature(name).transport == "serial"])
@given(data=st.data())
def test_chunks_do_not_matter(protocol: str, data: st.DataObject) -> None:
    stream = b"".join(data.draw(st.lists(st.sampled_from(VALID), max_size=6)))
    whole, pieces = open_driver(protocol, "s1"), open_driver(protocol, "s1")
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=8)) | {0, len(stream)})
    expected = told(whole.receive("", stream, NOW))
    found = []
    for start, end in itertools.pairwise(cuts):
        found += pieces.receive("", stream[start:end], NOW)
    assert told(found) == expected
    assert whole.rejected == pieces.rejected


@pytest.mark.parametrize("protocol", ["heart-rate", "pulse-oximeter", "thermometer", "blood-pressure"])
def test_malformed_characteristics_are_counted_and_named(protocol: str) -> None:
    driver = open_driver(protocol, "s1")
    assert driver.receive(driver.needs.notify[0], b"", NOW) == []
    assert driver.receive("2a19", b"\x65", NOW) == []
    assert driver.rejected == 2
    assert driver.last_error == "battery level 101 is above 100 %"


def test_malformed_frames_are_counted() -> None:
    driver = open_driver("nonin-df2", "s1")
    packet = b"".join(map(bytes, nonin_df2.packet(pulse_rate=72, spo2=97, pleth=range(25))))
    driver.receive("", packet + b"\x01\x81\x00\x00\x00" + packet, NOW)
    assert driver.rejected == 1
    assert driver.last_error


def test_settings_of_the_lines() -> None:
    lines = {name: open_driver(name, "s").needs.serial for name in protocols()}
    assert {name: (line.baudrate, line.parity) for name, line in lines.items() if line} == {
        "nonin-df2": (9600, "N"),
        "nonin-df13": (9600, "N"),
        "contec-old": (contec_old.BAUDRATE, "O"),
        "contec": (contec.BAUDRATE, "N"),
        "nonin-df1": (9600, "N"),
        "nonin-df7": (9600, "N"),
        "nonin-df8": (9600, "N"),
        "masimo": (9600, "N"),
        "beurer-bm58": (4800, "N"),
    }
