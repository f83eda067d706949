"""Rules of consent: which holds, and which cannot be signed."""

from __future__ import annotations

import pytest

from devices.clock import BUILD_FLOOR, SECOND
from hub.consult.consents import LONGEST, fault, in_force
from hub.store import consents
from hub.store.consents import Consent
from tests.hub.consult.house import Hub

NOW = BUILD_FLOOR


def test_ask_holds_unless_something_is_signed() -> None:
    assert (in_force(None, NOW).rule, in_force(None, NOW).ring) == ("ask", "")
    signed = Consent("jeanne", "nurse", "", "benali", NOW)
    assert (in_force(signed, NOW).rule, in_force(signed, NOW).expired) == ("nurse", False)


def test_what_has_ended_falls_back_to_ask_and_is_said_to_have_ended() -> None:
    signed = Consent("jeanne", "emergency", "BPCO", "benali", NOW, NOW + SECOND)
    assert in_force(signed, NOW + SECOND - 1).rule == "emergency"
    ended = in_force(signed, NOW + SECOND)
    assert (ended.rule, ended.ring, ended.expired, ended.signed) == ("ask", "ask", True, signed)


@pytest.mark.parametrize(
    ("rule", "reason", "until", "why"),
    [
        ("ask", "", None, None),
        ("nurse", "", NOW + 1, None),
        ("nurse", "", NOW, "end_past"),
        ("emergency", "x", NOW + LONGEST, None),
        ("emergency", "x", NOW + LONGEST + 1, "end_too_far"),
        ("emergency", "x", None, "end_missing"),
        ("emergency", "\t", NOW + 1, "reason_missing"),
    ],
)
def test_what_cannot_be_signed(rule: str, reason: str, until: int | None, why: str | None) -> None:
    assert fault(rule, reason, until, NOW) == why


async def test_the_newest_rule_holds_and_older_ones_stay(hub: Hub) -> None:
    with hub.database.write() as connection:
        for rule in ("nurse", "ask"):
            consents.add(connection, Consent("jeanne", rule, rule, "benali", NOW))
    with hub.database.read() as connection:
        newest = consents.newest(connection, "jeanne")
        assert newest is not None
        assert newest.rule == "ask"
        assert consents.newest(connection, "paul") is None
        count = connection.exec_driver_sql("SELECT count(*) FROM call_consents").scalar_one()
    assert count == 2
