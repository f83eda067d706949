"""Characteristics of other projects' tests beside the vital signs, field by field, as their origin reads them."""

import json
import math

import pytest

from devices.decode import answer

ALSO_ELSEWHERE = {"2A37", "2A5E", "2A5F", "2A1C", "2A35", "2A19"}
"Compared by test_origin_cases.py."


def load(cases, file):
    return [
        case
        for case in json.loads((cases / file).read_text())["cases"]
        if case["char"].upper() not in ALSO_ELSEWHERE and not case.get("uses_nonconformant_ieee11073_float")
    ]


def read(case):
    request = {"kind": "gatt", "characteristic": case["char"], "hex": case["input_hex"]}
    said = answer(json.dumps(request).encode())
    assert said["ok"], (case["id"], said)
    return said["message"]


def test_every_case_is_of_a_characteristic_we_know(cases):
    told = 0
    for file in ("gatt_bsig.json", "gatt_im97.json", "gatt_sputnik.json"):
        for case in json.loads((cases / file).read_text())["cases"]:
            read(case)
            told += 1
    print(f"{told} values of all files decode")
    assert told == 129


def number(value):
    return value["value"] if isinstance(value, dict) and "value" in value else value


# bluetooth-sig-python: (our field, what it says) for each of its fields that has a counterpart.
BSIG = {
    "2A49": lambda e: {("features", "raw"): e["features_bitmap"]},
    "2A60": lambda e: {("features", "raw"): e["flags"]},
    "2A38": lambda e: {("location",): e["value"]},
    "2A1D": lambda e: {("site",): e["value"]},
    "2A21": lambda e: {("seconds",): e},
    "2A6E": lambda e: {("celsius",): e},
    "2AAB": lambda e: {("hours",): e["run_time_hours"], ("crc",): e["e2e_crc"]},
    "2AA9": lambda e: {
        ("offset",): e["time_offset"],
        ("annunciation", "raw"): e["status"]["flags"],
        ("crc",): e["e2e_crc"],
    },
    "2AAA": lambda e: {
        ("start", "text"): e["start_time"],
        ("zone",): e["time_zone"],
        ("daylight_saving",): e["dst_offset"]["value"],
        ("crc",): e["e2e_crc"],
    },
    "2A2B": lambda e: {
        ("timestamp", "text"): e["date_time"],
        ("day_of_week",): e["day_of_week"]["value"],
        ("fractions",): e["fractions256"],
        ("reason", "raw"): e["adjust_reason"]["flags"],
    },
    "2A08": lambda e: {("text",): e},
    "2A0F": lambda e: {
        ("zone",): e["timezone"]["raw_value"],
        ("daylight_saving",): e["dst_offset"]["raw_value"],
        ("offset_minutes",): e["total_offset_hours"] * 60,
    },
    "2A18": lambda e: {
        ("sequence",): e["sequence_number"],
        ("base_time", "text"): e["base_time"],
        ("concentration",): e["glucose_concentration"],
        ("offset",): e["time_offset_minutes"],
        ("status",): e["sensor_status"],
    },
    "2A34": lambda e: {
        ("sequence",): e["sequence_number"],
        ("extended",): e["extended_flags"],
        ("carbohydrate",): e["carbohydrate_id"],
        ("meal",): e["meal"],
        ("exercise",): [e["exercise_duration_seconds"], e["exercise_intensity_percent"]],
        ("medication",): e["medication_id"],
        ("hba1c",): e["hba1c_percent"],
    },
    "2A50": lambda e: {
        ("vendor_id_source",): e["vendor_id_source"]["value"],
        ("vendor_id",): e["vendor_id"],
        ("product_id",): e["product_id"],
        ("product_version",): e["product_version"],
    },
    "2A52": lambda e: {
        ("opcode",): e["opcode"]["value"],
        ("operator",): e["operator"]["value"],
        ("operand",): e["operand"]["hex"],
        ("opcode_name",): e["opcode"]["enum"].split("_")[0].lower(),
    },
    "2A9C": lambda e: {
        ("body_fat_percent",): e["body_fat_percentage"],
        ("imperial",): e["measurement_units"]["value"] == "imperial",
        ("timestamp", "text"): e["timestamp"],
        **{(name,): e[name] for name in ("basal_metabolism", "impedance", "weight", "height", "muscle_mass")},
    },
    "2A9D": lambda e: {
        ("imperial",): e["measurement_units"]["value"] == "imperial",
        ("weight_kg",): e["weight"] * (0.45359237 if e["weight_unit"]["value"] == "lb" else 1),
        ("user",): e["user_id"],
        ("bmi_kg_m2",): e["bmi"],
        ("height_m",): e["height"],
        ("timestamp",) if e["timestamp"] is None else ("timestamp", "text"): e["timestamp"],
    },
    **dict.fromkeys(("2A24", "2A25", "2A26", "2A27", "2A28", "2A29"), lambda e: {("text",): e}),
}


def ours(message, path):
    for step in path:
        message = message[step]
    return message


def same(got, expected):
    return math.isclose(got, expected, rel_tol=1e-9) if isinstance(expected, float) else got == expected


def test_bluetooth_sig_python(cases):
    fields = 0
    chosen = load(cases, "gatt_bsig.json")
    for case in chosen:
        message = read(case)
        for path, expected in BSIG[case["char"].upper()](case["expected"]).items():
            assert same(ours(message, path), expected), (case["id"], path, ours(message, path), expected)
            fields += 1
    print(f"gatt_bsig.json: {len(chosen)} cases, {fields} fields equal")
    assert fields >= len(chosen)


DATE = {
    "Year": "year",
    "Month": "month",
    "Day": "day",
    "Hours": "hours",
    "Minutes": "minutes",
    "Seconds": "seconds",
}
SFLOATS = {"Systolic": "systolic", "Diastolic": "diastolic", "MeanArterialPressure": "mean"}
RAW = {
    "UserId": "user",
    "Bmi": "bmi",
    "BodyFatPercentage": "body_fat",
    "BasalMetabolism": "basal_metabolism",
    "BasalMetabolismKj": "basal_metabolism",
    "MusclePercentage": "muscle_percentage",
    "MuscleMass": "muscle_mass",
    "FatFreeMass": "fat_free_mass",
    "SoftLeanMass": "soft_lean_mass",
    "BodyWaterMass": "body_water_mass",
    "Impedance": "impedance",
    "Weight": "weight",
    "Height": "height",
    "BodySensorLocation": "location",
    "TemperatureTextDescription": "site",
    "DayOfWeek": "day_of_week",
    "Fractions256": "fractions",
}
FACTORS = {"Kg": 1.0, "Lb": 0.45359237, "Meters": 1.0, "Inch": 0.0254, "Inches": 0.0254}
PRESENT = {
    "TimeStampPresent": "timestamp",
    "UserIdPresent": "user",
    "BmiAndHeightPresent": "bmi",
    "PulseRatePresent": "pulse_rate",
    "TemperatureTypePresent": "site",
    "MeasurementStatusPresent": "status",
    "BasalMetabolismPresent": "basal_metabolism",
    "MusclePercentagePresent": "muscle_percentage",
    "MuscleMassPresent": "muscle_mass",
    "FatFreeMassPresent": "fat_free_mass",
    "SoftLeanMassPresent": "soft_lean_mass",
    "BodyWaterMassPresent": "body_water_mass",
    "ImpedancePresent": "impedance",
    "WeightPresent": "weight",
    "HeightPresent": "height",
}
FEATURES = {
    "TimeStamp": "timestamp",
    "MultipleUsers": "multiple_users",
    "BasalMetabolism": "basal_metabolism",
    "MusclePercentage": "muscle_percentage",
    "MuscleMass": "muscle_mass",
    "FatFreeMass": "fat_free_mass",
    "SoftLeanMass": "soft_lean_mass",
    "BodyWaterMass": "body_water_mass",
    "Impedance": "impedance",
    "Weight": "weight",
    "Height": "height",
}
ADJUST = {
    "ManualTimeUpdate": "manual",
    "ExternalReferenceTimeUpdate": "external_reference",
    "ChangeOfTimeZone": "time_zone",
    "ChangeOfDst": "daylight_saving",
}


def dates(message):
    return message.get("timestamp", message) if isinstance(message.get("timestamp", {}), dict) else {}


def im97(message, name, value):
    """Return what we say where the getter `name` says `value`; `KeyError` where we have no counterpart."""
    if name in DATE:
        return dates(message)[DATE[name]]
    if name.startswith("BloodPressureMeasurementCompoundValue"):
        part = name.removeprefix("BloodPressureMeasurementCompoundValue").split("(")[0]
        return message[SFLOATS[part.removesuffix("Mmhg").removesuffix("Kpa")]]
    if name.startswith("PulseRate"):
        return message["pulse_rate"]
    if name == "AdjustReason":
        return message["reason"]["raw"]
    if name == "BmiWithUnit":
        return message["bmi_kg_m2"]
    for unit, factor in FACTORS.items():
        if name.endswith(unit) and name.removesuffix(unit)[-2:] in {"Si", "al"}:
            field = RAW[name.removesuffix(unit).removesuffix("Si").removesuffix("Imperial")]
            if field == "weight" and message[field] == 0xFFFF:
                raise KeyError(field)
            return message[f"{field}_{'m' if field == 'height' else 'kg'}"] / factor
    field = RAW[name.removesuffix("Si").removesuffix("Imperial")]
    # Without a user the getter says 0.
    return value if message[field] is None and value == 0 else message[field]


def im97_flag(message, name):
    name = name.split("(")[0]
    if name.startswith("Flags"):
        bare = name.removeprefix("Flags")
        if bare in PRESENT:
            return message[PRESENT[bare]] is not None
        if bare.replace("NotPresent", "Present") in PRESENT:
            return message[PRESENT[bare.replace("NotPresent", "Present")]] is None
        return {"MeasurementUnitSI": not message["imperial"], "MeasurementUnitImperial": message["imperial"]}[
            bare
        ]
    if name.startswith("AdjustReason"):
        bare = name.removeprefix("AdjustReason")
        bits = message["reason"]["bits"]
        return ADJUST[bare.removeprefix("No")] not in bits if bare.startswith("No") else ADJUST[bare] in bits
    if name.endswith("NotSupported"):
        return FEATURES[name.removesuffix("NotSupported")] not in message["features"]["bits"]
    if name.endswith("Supported"):
        return FEATURES[name.removesuffix("Supported")] in message["features"]["bits"]
    for kind, ours_ in (("MassScale", "mass_resolution"), ("Height", "height_resolution")):
        start = f"{kind}MeasurementResolution"
        if name.startswith(start):
            wanted = name.removeprefix(start)
            return message[ours_] == (0 if wanted == "NotSpecified" else int(wanted))
    return {"MeasurementSuccessful": message["successful"]}[name]


def test_android_ble_util(cases):
    fields, skipped = 0, set()
    chosen = load(cases, "gatt_im97.json")
    for case in chosen:
        message = read(case)
        for key, expected in case["expected"].items():
            name = key.removeprefix("get").removesuffix("()")
            try:
                got = (
                    im97_flag(message, key.removeprefix("is"))
                    if key.startswith("is")
                    else im97(message, name, expected)
                )
            except KeyError:
                skipped.add(key.split("(")[0])
                continue
            assert same(got, expected) or math.isclose(got, expected, rel_tol=1e-9), (
                case["id"],
                key,
                got,
                expected,
            )
            fields += 1
    print(
        f"gatt_im97.json: {len(chosen)} cases, {fields} fields equal; without counterpart: {sorted(skipped)}"
    )
    assert fields > 400


def test_wahoo(cases):
    for case in load(cases, "gatt_sputnik.json"):
        message, expected = read(case), case["expected"]
        if "firmware" in expected or "manufacturer" in expected:
            assert message["text"] in expected.values()
            continue
        assert [message["timestamp"][name] for name in DATE.values()] == [
            expected[name] for name in DATE.values()
        ]
        assert message["day_of_week"] == expected["day_of_week"]
        assert message["fractions"] == expected["fractions256"]
        assert message["reason"]["raw"] == expected["adjust_reason"]
        assert message["problem"] is None


def test_polar(cases):
    for case in json.loads((cases / "gatt_polar_pmd.json").read_text())["cases"]:
        message = read({"char": "FB005C82-02E7-F387-1CAD-8ACD2D8DF0C8", **case})
        assert message["timestamp"] == case["expected"]["timestamp_ns"]
        assert message["microvolts"] == case["expected"]["microvolts"]


@pytest.mark.parametrize("name", ["getUserFacingTime()", "getFlags()"])
def test_what_has_no_counterpart_is_known(name):
    """2B34's time is 0 where the flags tell none, and flags are our fields."""
    with pytest.raises(KeyError):
        im97({}, name.removeprefix("get").removesuffix("()"), 0)
