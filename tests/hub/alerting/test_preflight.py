"""Before the night: who of its rota cannot be reached by two ways (traps 17 and 18)."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from devices.clock import SECOND
from hub.alerting.escalation.policy import parse
from hub.alerting.preflight import Way, contactable, night, of_night

PARIS = ZoneInfo("Europe/Paris")
POLICY = parse(
    """
[[ladder.high]]
after = 0
tell = ["role:ide"]
channels = ["sms"]
[person.anne]
name = "Anne Petit"
address = { sms = "+33612345601", email = "anne@tilleuls.example" }
[person.luc]
name = "Luc Moreau"
address = {}
[[shift]]
role = "ide"
who = ["anne"]
from = 19:00:00
to = 07:00:00
[[shift]]
role = "medecin"
who = ["luc", "anne"]
""",
    "escalation.toml",
)


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> int:
    return round(datetime.datetime(year, month, day, hour, minute, tzinfo=PARIS).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ((2026, 11, 22, 12, 0), 22),
        ((2026, 11, 22, 20, 0), 22),
        ((2026, 11, 22, 23, 59), 22),
        # After midnight it is still the night that began the day before, until it is over.
        ((2026, 11, 23, 6, 59), 22),
        ((2026, 11, 23, 7, 0), 23),
    ],
)
def test_the_night_that_is_now_or_comes_next(now: tuple[int, int, int, int, int], day: int) -> None:
    span = night("Europe/Paris", datetime.time(20), datetime.time(7), at(*now))
    assert span == (at(2026, 11, day, 20), at(2026, 11, day + 1, 7))


def test_a_night_in_which_the_clocks_change_is_longer() -> None:
    start, end = night("Europe/Paris", datetime.time(20), datetime.time(7), at(2026, 10, 24, 12))
    assert (end - start) // (3600 * SECOND) == 12


def test_everybody_who_has_a_turn_is_looked_at_once_with_all_their_roles() -> None:
    span = (at(2026, 11, 22, 20), at(2026, 11, 23, 7))
    ways = {"anne": (Way("sms"), Way("email", "down")), "luc": ()}
    found = {one.person: one for one in contactable(POLICY, of_night(POLICY, span), ways)}
    assert found["anne"].roles == ("ide", "medecin")
    assert (found["anne"].working, found["anne"].ready) == (1, False)
    assert (found["luc"].working, found["luc"].ready) == (0, False)
    both = contactable(POLICY, of_night(POLICY, span), {"anne": (Way("sms"), Way("email"))})
    assert [(one.name, one.ready) for one in both] == [("Anne Petit", True), ("Luc Moreau", False)]
