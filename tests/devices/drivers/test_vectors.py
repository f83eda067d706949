"""Every protocol of the registry has a file of vectors, and its driver says what stands there."""

import json
from pathlib import Path

import pytest

from devices.clock import SECOND
from devices.drivers.registry import open_driver, protocols
from devices.measurement import Link, Measurement, Waveform

NOW = 1_800_000_000 * SECOND
VECTORS = Path(__file__).parents[2] / "vectors"


def load(kind):
    return [
        pytest.param(protocol, case, id=f"{protocol}: {case['what']}")
        for protocol in protocols()
        if (VECTORS / f"{protocol}.json").exists()
        for case in json.loads((VECTORS / f"{protocol}.json").read_text())[kind]
    ]


def octets(step):
    return step["text"].encode() if "text" in step else bytes.fromhex(step["hex"])


def test_every_protocol_has_a_file_with_a_vector():
    missing = [name for name in protocols() if not (VECTORS / f"{name}.json").exists()]
    assert missing == [], "a new sensor is one file, and one file of vectors"
    for name in protocols():
        assert json.loads((VECTORS / f"{name}.json").read_text())["good"]


@pytest.mark.parametrize(("protocol", "case"), load("good"))
def test_good(protocol, case):
    driver = open_driver(protocol, "s1", key=case.get("key", ""), address=case.get("address", ""))
    driver.start(NOW)
    told = []
    for step in case["steps"]:
        driver.poll(NOW)
        told += driver.receive(step["source"], octets(step), NOW)
        driver.confirm()
    values = [[r.metric, r.value, r.flags.names()] for r in told if isinstance(r, Measurement)]
    assert values == [[m, pytest.approx(value, rel=1e-9), flags] for m, value, flags in case["readings"]]
    if "curves" in case:
        curves = [[r.metric, r.rate, r.scale, list(r.samples)] for r in told if isinstance(r, Waveform)]
        assert curves == case["curves"]
    assert driver.rejected == 0
    assert {r.sensor for r in told} <= {"s1"}


@pytest.mark.parametrize(("protocol", "case"), load("bad"))
def test_bad(protocol, case):
    driver = open_driver(protocol, "s1", key=case.get("key", ""), address=case.get("address", ""))
    driver.start(NOW)
    said = driver.receive(case["source"], octets(case), NOW)
    cause = case.get("cause")
    assert [(each.link, each.cause) for each in said] == ([(Link.DOWN, cause)] if cause else [])
    assert (driver.rejected, driver.last_error) == (1, case["error"])
