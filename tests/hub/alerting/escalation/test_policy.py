"""The file of a home: what it means, and what is said of a wrong one."""

from __future__ import annotations

import datetime

import pytest

from devices.clock import SECOND
from devices.errors import ConfigError
from devices.limits import Priority
from hub.alerting.escalation.policy import EMERGENCY, parse
from hub.alerting.escalation.rota import Exchange, Rota, Shift, on_duty
from tests.hub.alerting.escalation.conftest import FILE

wall = datetime.datetime.fromisoformat
PARIS = Rota(
    shifts=(
        Shift("ide", ("anne",), datetime.time(19), datetime.time(7), ("fri",)),
        Shift("ide", ("luc", "anne"), datetime.time(7), datetime.time(19)),
        Shift("ide", ("luc",), datetime.time(7), datetime.time(19)),
        Shift("medecin", ("dr",)),
    ),
    exchanges=(
        Exchange("ide", ("eve",), wall("2026-12-24T19:00"), wall("2026-12-25T07:00"), "noël"),
        Exchange("ide", (), wall("2026-12-25T00:00"), wall("2026-12-25T01:00"), "trou"),
    ),
)  # fmt: skip


def at(text: str) -> int:
    return round(datetime.datetime.fromisoformat(text).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("time", "who"),
    [
        ("2026-11-20T18:59:59+01:00", ("luc", "anne")),
        ("2026-11-20T19:00:00+01:00", ("anne",)),
        ("2026-11-21T06:59:59+01:00", ("anne",)),
        ("2026-11-21T07:00:00+01:00", ("luc", "anne")),
        ("2026-11-21T19:00:00+01:00", ()),
        ("2026-11-22T03:00:00+01:00", ()),
        ("2026-07-03T18:59:59+02:00", ("luc", "anne")),
        ("2026-07-03T19:00:00+02:00", ("anne",)),
        ("2026-12-24T18:59:59+01:00", ("luc", "anne")),
        ("2026-12-24T19:00:00+01:00", ("eve",)),
        ("2026-12-25T00:30:00+01:00", ()),
        ("2026-12-25T01:00:00+01:00", ("eve",)),
        ("2026-12-25T07:00:00+01:00", ("luc", "anne")),
    ],
)
def test_who_is_on_duty(time: str, who: tuple[str, ...]) -> None:
    assert on_duty(PARIS, "ide", at(time)) == who


def test_a_role_without_hours_is_for_ever_and_an_unknown_one_is_nobody() -> None:
    assert on_duty(PARIS, "medecin", at("2026-11-22T03:00:00+01:00")) == ("dr",)
    assert on_duty(PARIS, "cuisine", at("2026-11-22T03:00:00+01:00")) == ()


def test_a_good_file_is_read() -> None:
    policy = parse(FILE, "escalation.toml")
    assert policy.channels() == {"screen", "espa", "sms", "email"}
    assert [step.after for step in policy.ladders[Priority.HIGH].steps] == [0, 60, 180, 600]
    assert policy.ladders[Priority.HIGH].repeat == 900
    assert Priority.LOW not in policy.ladders
    assert policy.people["luc"].name == "Luc Petit"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("after = 60", "after = 0", "escalation.toml:10: ladder.high[1].after is 0, expected more than 0"),
        ("after = 600", "after = 86401", "ladder.high[3].after is 86401"),
        ('"role:medecin"', '"role:docteur"', "ladder.high[3].tell names 'role:docteur'"),
        ('"role:medecin"', '"15"', "ladder.high[3].tell names '15'"),
        ('["role:medecin"]', "[]", "ladder.high[3] tells nobody"),
        ('channels = ["espa"]', 'channels = ["fax"]', "ladder.high[1].channels names 'fax'"),
        ('say = "APPELER LE 15"', 'say = "' + "x" * 25 + '"', "ladder.high[3].say is longer than 24"),
        ("+33612345603", "0612345603", "person.dr.address '0612345603' is no address of channel sms"),
        ('sms = "+33612345603"', 'fax = "1"', "person.dr.address names channel 'fax'"),
        ("[device.pager]", "[device.Pager]", "device.Pager is no name"),
        ("high = 900", "high = 5", "repeat.high is 5, expected 0 or 60"),
        ('zone = "UTC"', 'zone = "Mars"', "zone is 'Mars', which is no time zone"),
        ('zone = "UTC"', 'zone = "../x"', "zone is '../x', which is no time zone"),
        ('who = ["anne"]', 'who = ["eve"]', "shift[0].who names 'eve', which is no person"),
        ("to = 07:00:00", 'to = 07:00:00\ndays = ["lun"]', "shift[0].days has 'lun', expected mon"),
        ("after = 60", 'after = "60"', "escalation.toml:10: Expected `float`, got `str`"),
        ("[person.luc]", "[person.luc]\nphone = 1", "escalation.toml: Object contains unknown field `phone`"),
        ("[[shift]]", "[[shift", "escalation.toml: "),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(FILE.replace(old, new, 1), "escalation.toml")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("from = 2026-01-02T00:00:00\nto = 2026-01-01T00:00:00", "exchange[0].to is not after from"),
        ("from = 2026-01-02T00:00:00Z\nto = 2026-01-03T00:00:00Z", "exchange[0] has a time zone"),
        ("from = 2026-01-02T00:00:00\nto = 2026-01-03T00:00:00\n#", "exchange[0].who names 'eve'"),
    ],
)
def test_a_wrong_exchange_is_refused(line: str, said: str) -> None:
    who = "eve" if "#" in line else "luc"
    with pytest.raises(ConfigError) as caught:
        parse(
            FILE + f'[[exchange]]\nrole = "ide"\nreason = "x"\nwho = ["{who}"]\n{line}\n', "escalation.toml"
        )
    assert said in str(caught.value)


@pytest.mark.parametrize("number", sorted(EMERGENCY))
@pytest.mark.parametrize("channel", ["sms", "espa"])
def test_no_emergency_number_is_ever_an_address(number: str, channel: str) -> None:
    text = FILE.replace('espa = "101"', f'{channel} = "{number}"')
    with pytest.raises(ConfigError, match="the hub dials no emergency number"):
        parse(text, "escalation.toml")
