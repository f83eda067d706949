"""Frames of other projects' tests, read as their origin reads them."""

import json

import pytest

from devices.decode import answer

OLD = {
    "signalStrength": "signal",
    "fingerOut": "finger_out",
    "droppingSpO2": "dropping",
    "beep": "beep",
    "pulseWaveform": "pleth",
    "barGraph": "bar",
    "probeError": "probe_error",
    "searching": "searching",
    "pulseRate": "pulse_rate",
    "bloodSpO2": "spo2",
}
NEW = {
    "spO2": "spo2",
    "pulse_rate": "pulse_rate",
    "pulse_waveform": "pleth",
    "pulse_beep": "beep",
    "bar_graph": "bar",
    "pi": "pi",
    "signal_strength": "signal",
    "probe_error": "probe_error",
    "low_spO2": "low_spo2",
    "searching_too_long": "search_too_long",
    "searching_pulse": "searching",
    "pi_valid": "pi_valid",
    "reserved": "reserved",
}


def load(cases, file, proto):
    found = [case for case in json.loads((cases / file).read_text())["cases"] if proto in case["proto"]]
    assert found
    return found


def decoded(protocol, case):
    line = json.dumps({"kind": "serial", "protocol": protocol, "hex": case["input_hex"]})
    return answer(line.encode())


@pytest.mark.parametrize(
    ("file", "proto", "protocol", "names"),
    [
        ("serial_cms50v4.json", "live 5-byte", "contec-old", OLD),
        ("serial_cms50v7.json", "realtime packet", "contec", NEW),
    ],
)
def test_live_frames(cases, file, proto, protocol, names):
    compared, frames = 0, 0
    for case in load(cases, file, proto):
        said = decoded(protocol, case)
        if "error" in case["expected"]:
            assert not said["ok"], case["id"]
            continue
        assert said["ok"], case["id"]
        assert (said["count"], said["skipped"], said["rejected"]) == (1, 0, 0), case["id"]
        (message,) = said["messages"]
        for theirs, expected in case["expected"].items():
            if theirs in names:
                assert message[names[theirs]] == expected, (case["id"], theirs)
                compared += 1
        printed = {m["metric"]: m["value"] for m in said["measurements"]}
        if message["spo2"] != 127 or protocol == "contec-old":
            assert printed["spo2"] == message["spo2"], case["id"]
        if message["pulse_rate"] != 255 or protocol == "contec-old":
            assert printed["pulse_rate"] == message["pulse_rate"], case["id"]
        frames += 1
    print(f"{file}: {frames} frames, {compared} fields compared")
    assert compared >= 10 * frames > 0


def test_stored_values(cases):
    compared = 0
    for case in load(cases, "serial_cms50v7.json", "storage packet with PI"):
        said = decoded("contec", case)
        (value,) = said["messages"][0]["values"]
        for theirs, ours in (("spO2", "spo2"), ("pulse_rate", "pulse_rate"), ("pi", "pi")):
            assert value[ours] == case["expected"][theirs], case["id"]
            compared += 1
    print(f"{compared} stored fields compared")
    assert compared > 0


def test_what_the_origin_refuses_is_refused(cases):
    refused = [case for case in load(cases, "serial_cms50v7.json", "fw>=7") if "error" in case["expected"]]
    assert refused
    for case in refused:
        assert decoded("contec", case)["ok"] is False, case["id"]
