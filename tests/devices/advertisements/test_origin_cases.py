"""Advertisements of other projects' tests, read as their origin reads them."""

import json
import math

import pytest

from devices.decode import answer

EARLIER = {"bthome/test_downgrade_detected_flag_v1/1"}
"Its values are of an encrypted advertisement before it, which the case does not hold; alone it says what it must: nothing."

# ble_monitor's names of what the library calls otherwise.
OTHER_NAMES = {
    "weight": "mass",
    "tvoc": "volatile_organic_compounds",
    "pm2.5": "pm25",
    "binary": "generic",
    "gas detected": "gas",
    "pressure present duration": "pressure_present_duration",
    "packet": "packet_id",
}
UNTOLD = {"firmware", "type", "mac", "data", "rssi", "local_name", "no motion time", "motion timer", "steps"}
"No values, or parts of another value that is compared."

THEENGS = {
    "tempc": "temperature",
    "hum": "humidity",
    "batt": "battery",
    "lux": "illuminance",
    "moi": "moisture",
    "fer": "conductivity",
    "impedance": "impedance",
    "packet": "packet_id",
    "rot": "rotation",
}
POUND = 0.45359237


def read(case):
    return answer(json.dumps({"kind": "advertisement", **case["input"]}).encode())


def load(cases, file):
    return json.loads((cases / file).read_text())["cases"]


@pytest.mark.parametrize("file", ["adv_bthome.json", "adv_xiaomi.json"])
def test_the_libraries_own(cases, file):
    fields = compared = 0
    for case in load(cases, file):
        if case["id"] in EARLIER:
            assert read(case)["ok"] is False
            continue
        said, expected = read(case), case["expected"]
        assert said["ok"], (case["id"], said)
        message = said["message"]
        wanted = {name: value for name, value in expected["values"].items() if name != "signal_strength"}
        units = {name: unit for name, unit in expected["units"].items() if name in wanted and unit != "None"}
        assert message["values"] == wanted, case["id"]
        assert {name: message["units"].get(name) for name in units} == units, case["id"]
        assert message["binary"] == expected["binary"], case["id"]
        assert message["events"] == expected["events"], case["id"]
        assert message["bindkey_verified"] is expected["bindkey_verified"], case["id"]
        fields += len(wanted) + len(units) + len(expected["binary"]) + len(expected["events"]) + 1
        compared += 1
    print(f"{file}: {compared} cases, {fields} fields equal")
    assert compared >= 28


def test_ble_monitor(cases):
    fields = compared = 0
    for case in load(cases, "adv_blemonitor.json"):
        expected = case["expected"]
        if not str(expected.get("firmware")).startswith(("BTHome", "Xiaomi")):
            continue
        said = read(case)
        assert said["ok"], (case["id"], said)
        fields += equal_to_ble_monitor(said["message"], case["id"], expected)
        compared += 1
    print(f"adv_blemonitor.json: {compared} cases, {fields} fields equal")
    assert compared >= 36


def equal_to_ble_monitor(message, name, expected):
    fields = 0
    for key, wanted in expected.items():
        if key in UNTOLD or (key == "packet" and "packet_id" not in message["values"]):
            continue
        ours = OTHER_NAMES.get(key, key)
        if key in {"dimmer", "button switch", "one btn switch"}:
            told = {event["type"].replace("_", " ") for event in message["events"].values()}
            assert key == "one btn switch" or {wanted, wanted.removeprefix("single ")} & told, name
        elif ours in message["binary"]:
            assert message["binary"][ours] == bool(wanted), (name, key)
        else:
            assert message["values"].get(ours) == wanted, (name, key)
        fields += 1
    return fields


def test_theengs(cases):
    fields = compared = 0
    for case in load(cases, "adv_theengs.json"):
        expected, given = case["expected"], case["input"]
        uuid = given.get("servicedatauuid", "fe95").removeprefix("0x")
        ours = uuid == "fcd2" or (expected["brand"].startswith("Xiaomi") and uuid != "181a")
        if not ours or "Amazfit" in expected["brand"]:
            continue
        said = read(case)
        assert said["ok"], (case["id"], said)
        values = said["message"]["values"]
        if "encr" in expected:
            assert said["message"]["problem"] == "encrypted, the bind key is needed"
            fields += 1
        else:
            for key in THEENGS.keys() & expected.keys():
                if key == "impedance" and "mass" not in values:
                    continue  # The library tells it only of a weighing that has come to rest.
                assert math.isclose(values[THEENGS[key]], expected[key], abs_tol=1e-9), (case["id"], key)
                fields += 1
        if "weight" in expected:
            kilograms = expected["weight"] * (POUND if expected["unit"] == "lb" else 1)
            assert math.isclose(values["mass_non_stabilized"], kilograms, rel_tol=1e-9), case["id"]
            fields += 1
        compared += 1
    print(f"adv_theengs.json: {compared} cases, {fields} fields equal")
    assert compared >= 30
