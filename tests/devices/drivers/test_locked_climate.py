"""Sensors that encrypt, through their drivers: other projects' captures with their keys, recordings, strangers."""

import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from devices.advertisements.broadcast import _METRICS
from devices.advertisements.payload import Advertisement
from devices.clock import SECOND
from devices.drivers.registry import check_key, is_locked, open_driver
from devices.errors import ConfigError
from devices.measurement import Cause, Measurement

NOW = 1_800_000_000 * SECOND
KEY = "231d39c1d7cc1ab1aee224cd096db932"
ADDRESS = "A4:C1:38:00:00:07"
SERVICES = {"bthome": {"fcd2", "181e", "181c"}, "xiaomi": {"fe95"}}


def elements(case, protocol):
    found = {uuid[4:8]: bytes.fromhex(data) for uuid, data in case["input"]["service_data"].items()}
    return [(f"service-data/{uuid}", data) for uuid, data in found.items() if uuid in SERVICES[protocol]]


@pytest.mark.parametrize(("protocol", "least"), [("bthome", 1), ("xiaomi", 2)])
def test_captures_of_other_projects_are_read_with_their_keys(cases, protocol, least):
    compared = 0
    for case in json.loads((cases / f"adv_{protocol}.json").read_text())["cases"]:
        given, expected = case["input"], case["expected"]
        if not given["bindkey"] or not expected["bindkey_verified"] or not elements(case, protocol):
            continue
        if not is_locked(protocol, elements(case, protocol)):
            continue
        driver = open_driver(protocol, "s1", key=given["bindkey"], address=given["address"])
        told = [r for source, data in elements(case, protocol) for r in driver.receive(source, data, NOW)]
        values, units = expected["values"], expected["units"]
        wanted = {
            metric: values[name]
            for (name, unit), metric in _METRICS.items()
            if name in values and units.get(name) == unit
        }
        assert {r.metric: r.value for r in told if isinstance(r, Measurement)} == wanted, case["id"]
        assert driver.rejected == 0, (case["id"], driver.last_error)
        keyless = open_driver(protocol, "s1", address=given["address"])
        [(source, data), *_] = elements(case, protocol)
        assert [r.cause for r in keyless.receive(source, data, NOW)] == [Cause.KEY_NEEDED], case["id"]
        compared += 1
    print(f"adv_{protocol}.json: {compared} encrypted captures through the driver")
    assert compared >= least


def test_reports_of_ble_monitor_are_read_with_their_keys(cases):
    compared = fields = 0
    for case in json.loads((cases / "adv_blemonitor.json").read_text())["cases"]:
        expected, keys = case["expected"], case["input"]["aeskeys"]
        name = str(expected.get("firmware"))
        protocol = "bthome" if name.startswith("BTHome") else "xiaomi" if name.startswith("Xiaomi") else ""
        heard = (
            Advertisement.parse_report(bytes.fromhex(case["input"]["hci_event_hex"])) if protocol else None
        )
        key = keys.get(heard.address.replace(":", "").lower()) if heard else None
        if not heard or not key:
            continue
        found = [(f"service-data/{uuid[4:8]}", data) for uuid, data in heard.service_data.items()]
        if not is_locked(protocol, found):
            continue
        driver = open_driver(protocol, "s1", key=key, address=heard.address)
        told = {r.metric: r.value for source, data in found for r in driver.receive(source, data, NOW)}
        assert driver.rejected == 0, (case["id"], driver.last_error)
        for ours, theirs in (
            ("room_temperature", "temperature"),
            ("humidity", "humidity"),
            ("battery", "battery"),
        ):
            if theirs in expected:
                assert told[ours] == expected[theirs], (case["id"], ours)
                fields += 1
        compared += 1
    print(f"adv_blemonitor.json: {compared} encrypted reports, {fields} fields through the driver")
    assert compared >= 2


def sealed(counter, octets="02CA09", key=KEY):
    number = counter.to_bytes(4, "little")
    nonce = bytes.fromhex(ADDRESS.replace(":", "")) + b"\xd2\xfc\x41" + number
    text = AESCCM(bytes.fromhex(key), tag_length=4).encrypt(nonce, bytes.fromhex(octets), None)
    return b"\x41" + text[:-4] + number + text[-4:]


def test_a_recording_and_a_stranger_are_counted_and_say_nothing_of_a_sensor_that_was_understood():
    driver = open_driver("bthome", "air", key=KEY, address=ADDRESS.lower())
    assert [r.value for r in driver.receive("service-data/fcd2", sealed(500), NOW)] == [25.06]
    assert driver.receive("service-data/fcd2", sealed(499, "02D20A"), NOW) == []
    assert "older than what was heard before" in driver.last_error
    assert driver.receive("service-data/fcd2", sealed(501, key="00" * 16), NOW) == []
    assert "does not fit" in driver.last_error
    assert driver.receive("service-data/fcd2", bytes.fromhex("4002D20A"), NOW) == []
    assert "in the clear" in driver.last_error
    assert driver.rejected == 3
    assert [r.value for r in driver.receive("service-data/fcd2", sealed(502, "02D20A"), NOW)] == [27.7]


@pytest.mark.parametrize(
    ("protocol", "key", "text"),
    [
        ("bthome", KEY[:24], "the key is not 32 hexadecimal digits, it has 24 characters"),
        ("xiaomi", KEY[:25], "the key is not 32 or 24 hexadecimal digits, it has 25 characters"),
        ("bthome", "x" * 32, "the key is not 32 hexadecimal digits, it has 32 characters"),
        ("heart-rate", KEY, "sensors of protocol 'heart-rate' take no key"),
    ],
)
def test_a_key_that_is_none_is_refused_and_not_repeated(protocol, key, text):
    with pytest.raises(ConfigError) as refused:
        open_driver(protocol, "s1", key=key)
    assert str(refused.value) == text
    assert len(check_key("xiaomi", KEY[:24])) == 12


@pytest.mark.parametrize(
    ("protocol", "source", "data", "locked"),
    [
        ("bthome", "service-data/fcd2", "41", True),
        ("bthome", "service-data/fcd2", "40", False),
        ("bthome", "service-data/fcd2", "", False),
        ("bthome", "service-data/181e", "00", True),
        ("bthome", "service-data/181c", "01", False),
        ("xiaomi", "service-data/fe95", "5858", True),
        ("xiaomi", "service-data/fe95", "5020", False),
        ("heart-rate", "service-data/fcd2", "41", False),
    ],
)
def test_whether_a_key_is_needed_is_seen_without_one(protocol, source, data, locked):
    assert is_locked(protocol, [(source, bytes.fromhex(data))]) is locked
