"""Characteristic values of other projects' tests, read as their origin reads them."""

import json
import math

import pytest

from devices.decode import answer

SUPPORTED = {"2A37", "2A5E", "2A5F", "2A1C", "2A35", "2A19"}
FILES = ("gatt_bsig.json", "gatt_im97.json", "gatt_sputnik.json")
SITES = {
    "Armpit": "armpit",
    "BodyGeneral": "body",
    "EarUsuallyEarLobe": "ear_lobe",
    "Finger": "finger",
    "GastroIntestinalTract": "gastro_intestinal_tract",
    "Mouth": "mouth",
    "Rectum": "rectum",
    "Toe": "toe",
    "TympanumEarDrum": "tympanum",
}
DATE = {f"get{name.capitalize()}()": name for name in ("year", "month", "day", "hours", "minutes", "seconds")}
CUFF_BITS = {
    "BodyMovementDuringMeasurement": ("body_movement", True),
    "NoBodyMovement": ("body_movement", False),
    "CuffTooLoose": ("cuff_too_loose", True),
    "CuffFitsProperly": ("cuff_too_loose", False),
    "NoIrregularPulseDetected": ("irregular_pulse", False),
    "DetectionIrregularPulseDetected": ("irregular_pulse", True),
    "PulseRateExceedssUpperLimit": ("pulse_rate_above_range", True),
    "PulseRateIsLessThanLowerLimit": ("pulse_rate_below_range", True),
    "DetectionProperMeasurementPosition": ("improper_position", False),
    "ImproperMeasurementPosition": ("improper_position", True),
}


PLAIN = {
    "heart_rate": "heart_rate",
    "energy_expended": "energy_expended",
    "getLevel()": "level",
    "getUserId()": "user",
    "getTemperatureTextDescription()": "site",
    "getPulseRate().getSfloat()": "pulse_rate",
    "getBloodPressureMeasurementCompoundValueSystolicKpa().getSfloat()": "systolic",
    "getBloodPressureMeasurementCompoundValueDiastolicKpa().getSfloat()": "diastolic",
    "getBloodPressureMeasurementCompoundValueMeanArterialPressureKpa().getSfloat()": "mean",
    "getBloodPressureMeasurementCompoundValueSystolicMmhg().getSfloat()": "systolic",
    "getBloodPressureMeasurementCompoundValueDiastolicMmhg().getSfloat()": "diastolic",
    "getBloodPressureMeasurementCompoundValueMeanArterialPressureMmhg().getSfloat()": "mean",
}
CONTACT = {
    "DETECTED": True,
    "NOT_SUPPORTED": None,
    "NOT_DETECTED": False,
    "supported, not detected": False,
}


def facts(case):
    """Yield (what, our JSON path, expected) for every field of a case that we also have."""
    expected = case["expected"]
    if not isinstance(expected, dict):
        yield "level", ("level",), expected
        return
    for key, value in expected.items():
        for source in (plain_fact, flag_fact, site_fact, cuff_fact):
            for path, wanted in source(key, value):
                yield key, path, wanted


def plain_fact(key, value):
    if key in PLAIN:
        yield (PLAIN[key],), value
    if key in DATE:
        yield ("timestamp", DATE[key]), value
    if key == "rr_intervals":
        yield ("rr_intervals",), [round(seconds * 1024) for seconds in value]
    if key == "sensor_contact":
        yield ("contact",), CONTACT[value["enum"] if isinstance(value, dict) else value]


def site_fact(key, value):
    if key.startswith("isTemperatureTextDescriptionType") and value:
        name = key.removeprefix("isTemperatureTextDescriptionType").split("(")[0]
        if name in SITES:
            yield ("site_name",), SITES[name]


def cuff_fact(key, value):
    if key.startswith("isMeasurementStatus"):
        for suffix, (bit, when) in CUFF_BITS.items():
            if key.split("(")[0].endswith(suffix):
                yield ("status", bit), value is when


def flag_fact(key, value):
    if "SensorContactStatus" in key:
        known = {"NotSupported": None, "SupportedButNotDetected": False, "SupportedAndDetected": True}
        state = known[key.removeprefix("isFlagsSensorContactStatus").removesuffix("()")]
        yield ("contact", "is", state), value
    fields = {
        "TimeStampPresent": "timestamp",
        "PulseRatePresent": "pulse_rate",
        "MeasurementStatusPresent": "status",
        "UserIdPresent": "user",
        "TemperatureTypePresent": "site",
        "RrIntervalPresent": "rr_intervals",
        "EnergyExpendedPresent": "energy_expended",
    }
    name = key.removeprefix("isFlags").split("(")[0]
    if name in fields:
        yield ("present", fields[name]), value
    if name == "BloodPressureUnitsKpa":
        yield ("kilopascal",), value


def ours(message, path):
    match path:
        case ("present", field):
            return message[field] not in (None, [])
        case ("contact", "is", state):
            return message["contact"] is state
        case ("status", bit):
            return bit in message["status"]["bits"]
        case ("timestamp", field):
            return message["timestamp"][field]
        case (field,):
            return message.get(field)
    raise AssertionError(path)


@pytest.mark.parametrize("file", FILES)
def test_decodes_as_its_origin_says(cases, file):
    compared, values = 0, 0
    for case in json.loads((cases / file).read_text())["cases"]:
        if case["char"].upper() not in SUPPORTED or case.get("uses_nonconformant_ieee11073_float"):
            continue
        request = {"kind": "gatt", "characteristic": case["char"], "hex": case["input_hex"]}
        said = answer(json.dumps(request).encode())
        assert said["ok"], (case["id"], said)
        values += 1
        for what, path, expected in facts(case):
            got = ours(said["message"], path)
            if isinstance(expected, float):
                assert math.isclose(got, expected), (case["id"], what)
            else:
                assert got == expected, (case["id"], what)
            compared += 1
    print(f"{file}: {values} values, {compared} fields compared")
    assert values > 0
    assert compared >= values
