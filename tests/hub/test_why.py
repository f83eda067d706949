"""Why a sensor is silent: causes in their order, and the sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import dashboards
from devices.clock import BUILD_FLOOR, SECOND
from devices.drivers import registry
from devices.measurement import Cause, Link
from devices.quality import Quality
from hub.why import Facts, Ownership, Reason, Why, reason
from hub.words import LANGUAGES, kind_of, name_of, why_sentence, words

NOW = BUILD_FLOOR
HOUR = 3600 * SECOND
CASES = json.loads((Path(dashboards.__path__[0]) / "words" / "cases.json").read_text())


def facts(**more: Any) -> Facts:
    return Facts(**({"edge_online": True, "edge_heard": NOW, "link": Link.UP, "last": NOW - SECOND} | more))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"edge_online": False, "link": Link.DOWN, "cause": Cause.ADAPTER}, Why.EDGE_SILENT),
        ({"link": Link.DOWN, "cause": Cause.ADAPTER}, Why.ADAPTER),
        ({"link": Link.DOWN, "cause": Cause.UPDATING}, Why.UPDATING),
        ({"link": Link.DOWN, "cause": Cause.UNPLUGGED}, Why.UNPLUGGED),
        ({"link": Link.DOWN, "cause": Cause.NOT_PLUGGED}, Why.NOT_PLUGGED),
        ({"link": Link.DOWN, "cause": Cause.REFUSED}, Why.REFUSED),
        ({"link": Link.DOWN, "cause": Cause.KEY_NEEDED}, Why.KEY_NEEDED),
        ({"link": Link.DOWN, "cause": Cause.KEY_WRONG}, Why.KEY_WRONG),
        ({"link": Link.DOWN, "cause": Cause.BUSY}, Why.BUSY),
        ({"link": Link.DOWN, "cause": Cause.DENIED}, Why.DENIED),
        ({"link": Link.SILENT, "cause": Cause.FAULT}, Why.FAULT),
        ({"link": Link.DOWN, "cause": Cause.NOT_SEEN}, Why.NOT_SEEN),
        ({"link": Link.DOWN, "cause": Cause.LINK_LOST}, Why.LINK_LOST),
        ({"link": Link.DOWN}, Why.LINK_LOST),
        ({"link": Link.SILENT, "cause": Cause.NO_READINGS}, Why.NO_READINGS),
        ({"link": Link.SILENT}, Why.NO_READINGS),
        ({"link": Link.CONNECTING}, Why.CONNECTING),
        ({"link": None}, Why.CONNECTING),
        ({"flags": int(Quality.PROBE_OFF)}, Why.PROBE_OFF),
        ({"flags": int(Quality.PROBE_OFF), "ownership": Ownership.UNASSIGNED}, Why.PROBE_OFF),
        ({"ownership": Ownership.CONFLICT}, Why.CONFLICT),
        ({"ownership": Ownership.UNASSIGNED}, Why.UNASSIGNED),
        ({"ownership": Ownership.NOBODY}, Why.FINE),
        ({"flags": int(Quality.MOTION)}, Why.FINE),
        ({"continuous": False}, Why.METER_WAITING),
        ({"continuous": False, "link": Link.DOWN, "cause": Cause.NOT_SEEN}, Why.METER_WAITING),
        ({"continuous": False, "link": Link.DOWN, "cause": Cause.NOT_SEEN, "battery": 20}, Why.NOT_SEEN),
        ({"continuous": False, "link": Link.DOWN, "last": NOW - 24 * HOUR}, Why.LINK_LOST),
        ({"continuous": False, "link": Link.DOWN, "last": None}, Why.LINK_LOST),
        ({"continuous": False, "link": Link.DOWN, "cause": Cause.REFUSED}, Why.REFUSED),
    ],
)
def test_the_most_particular_cause_is_said(more: dict[str, Any], code: Why) -> None:
    assert reason(facts(**more), NOW).code is code


@pytest.mark.parametrize(
    ("more", "since"),
    [
        ({"edge_online": False, "edge_heard": 7}, 7),
        ({"link": Link.DOWN, "cause": Cause.NOT_SEEN, "seen": 5, "last": 3, "since": 4}, 5),
        ({"link": Link.DOWN, "cause": Cause.NOT_SEEN, "last": 3, "since": 4}, 3),
        ({"link": Link.DOWN, "cause": Cause.NOT_SEEN, "last": None, "since": 4}, None),
        ({"link": Link.SILENT, "last": 3, "since": 4}, 3),
        ({"link": Link.SILENT, "last": None, "since": 4}, 4),
        ({"link": Link.DOWN, "last": 3, "since": 4}, 4),
        ({"last": 3}, 3),
    ],
)
def test_since_when_is_the_time_that_belongs_to_the_cause(more: dict[str, Any], since: int | None) -> None:
    assert reason(facts(**more), NOW).since == since


def test_what_is_no_fault_is_none() -> None:
    assert [code for code in Why if not Reason(code).fault] == [Why.CONNECTING, Why.METER_WAITING, Why.FINE]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']}-{case['code']}-{case['kind']}")
def test_sentences_are_those_of_the_pages(case: dict[str, Any]) -> None:
    since = None if case["ago"] is None else NOW - case["ago"] * SECOND
    found = Reason(Why(case["code"]), since, case["battery"])
    assert why_sentence(found, case["kind"], case["sensor"], NOW, case["language"]) == case["text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_and_every_name_has_words(language: str) -> None:
    said = words(language)
    assert said.why.keys() == {code.value for code in Why}
    for code in Why:
        for kind in said.names:
            for battery in (None, 10, 90):
                for since in (None, NOW):
                    text = why_sentence(Reason(code, since, battery), kind, "x", NOW, language)
                    assert "{" not in text
                    assert text.endswith(".")


def test_a_clock_that_went_back_gives_no_negative_age() -> None:
    text = why_sentence(Reason(Why.UNPLUGGED, NOW + HOUR), "oximeter", "ox", NOW)
    assert text == "Le câble de l\u2019oxymètre est débranché depuis 0 s. Rebranchez-le."


@pytest.mark.parametrize(
    ("protocol", "kind"),
    [
        ("nonin-df2", "oximeter"),
        ("contec-old", "oximeter"),
        ("pulse-oximeter", "oximeter"),
        ("heart-rate", "strap"),
        ("blood-pressure", "cuff"),
        ("beurer-bm58", "cuff"),
        ("thermometer", "thermometer"),
        ("glucose", "glucose"),
        ("weight", "scale"),
        ("xiaomi", "climate"),
        ("something-new", "sensor"),
        ("", "sensor"),
    ],
)
def test_a_protocol_tells_what_a_nurse_calls_the_sensor(protocol: str, kind: str) -> None:
    assert kind_of(protocol) == kind
    assert kind in words("fr").names


def test_names_have_their_article() -> None:
    assert name_of("oximeter", "ox") == "l\u2019oxymètre"
    assert name_of("sensor", "x-7", "en") == name_of("unheard-of", "x-7", "en") == "the sensor x-7"


def test_every_driver_has_a_name() -> None:
    assert {protocol for protocol in registry.protocols() if kind_of(protocol) == "sensor"} == set()
