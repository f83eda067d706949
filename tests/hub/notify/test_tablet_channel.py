"""The ward's screens as channels: what a page says it shows and sounds is told, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND, ManualClock
from hub.notify.base import GiveUp, Receipt, ReceiptKind, Sent
from hub.notify.tablet_channel import FRESH, REMEMBERED, Screen, TabletChannel
from tests.hub.notify.helpers import notice

DELIVERED, SEEN = ReceiptKind.DELIVERED, ReceiptKind.SEEN


class Ward:
    """Screens, and what the channels made of their words."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.screens: list[Screen] = []
        self.receipts: list[Receipt] = []
        self.screen, self.tablet = (
            TabletChannel(name, lambda: self.screens, self.clock, self.receipts.append)
            for name in ("screen", "tablet")
        )

    def say(self, *showing: str, who: str = "ines", audible: bool = True, **more: object) -> None:
        """Let one screen report."""
        values = {"showing": showing, "sounding": bool(showing)} | more
        made = Screen(who, self.clock.utc(), audible, **values)  # type: ignore[arg-type]  # fields by name
        self.screens = [each for each in self.screens if each.username != who] + [made]
        for channel in (self.screen, self.tablet):
            channel.hear(made)

    def told(self) -> list[tuple[str, str, ReceiptKind]]:
        return [(each.channel, each.reference, each.kind) for each in self.receipts]


@pytest.fixture
def ward() -> Ward:
    return Ward()


async def test_a_screen_that_cannot_be_heard_has_nothing(ward: Ward) -> None:
    """Trap 16."""
    told = notice(address="ward", alert="a1")
    await ward.screen.run()
    assert not ward.screen.state.well
    assert await ward.screen.send(told) == GiveUp("no screen of the ward is open that can be heard")
    ward.say("a1", audible=False)
    assert not ward.screen.state.well
    assert isinstance(await ward.screen.send(told), GiveUp)
    assert ward.receipts == []
    ward.say()
    assert ward.screen.state.well
    assert await ward.screen.send(told) == Sent("a1/ward", within=10.0)


async def test_told_is_what_a_page_shows_and_sounds(ward: Ward) -> None:
    """Trap 19: a socket that took a message is nobody's ear."""
    ward.say()
    await ward.screen.send(notice(address="ward", alert="a1"))
    ward.say("a1", sounding=False)
    ward.say("a2")
    assert ("screen", "a1/ward", DELIVERED) not in ward.told()
    ward.say("a1", "a2")
    assert ("screen", "a1/ward", DELIVERED) in ward.told()


async def test_what_somebody_silenced_is_told_by_being_shown(ward: Ward) -> None:
    """Its page must not sound, and that is no failure; a page that could not be heard anyway tells nobody."""
    ward.say()
    await ward.screen.send(notice(address="ward", alert="a1", quiet=True))
    ward.say("a1", sounding=False, audible=False)
    assert ward.told() == []
    ward.say("a1", "a2", sounding=False)
    assert ("screen", "a1/ward", DELIVERED) in ward.told()
    assert ("screen", "a2/ward", DELIVERED) not in ward.told()
    ward.receipts.clear()
    await ward.screen.send(notice(address="ward", alert="a1"))
    ward.say("a1", sounding=False)
    assert ward.told() == []


async def test_what_is_remembered_of_silenced_ones_is_bounded(ward: Ward) -> None:
    ward.say()
    for number in range(REMEMBERED + 1):
        await ward.screen.send(notice(address="ward", alert=f"a{number}", quiet=True))
    ward.say("a0", f"a{REMEMBERED}", sounding=False)
    assert [reference for name, reference, _ in ward.told() if name == "screen"] == [f"a{REMEMBERED}/ward"]


async def test_what_is_shown_already_is_told_at_once_and_again_in_the_next_round(ward: Ward) -> None:
    ward.say("a1")
    ward.receipts.clear()
    for _ in range(2):
        await ward.screen.send(notice(address="ward", alert="a1"))
        assert ward.told() == [("screen", "a1/ward", DELIVERED)]
        ward.receipts.clear()
    ward.say("a1")
    # The page says it every 5 s; that fills no log.
    assert [each for each in ward.told() if each[0] == "screen"] == []


async def test_who_touched_it_has_seen_it(ward: Ward) -> None:
    ward.say("a1")
    ward.say("a1", seen=("a1",))
    ward.say("a1", seen=("a1",))
    assert [each for each in ward.told() if each[0] == "screen"] == [
        ("screen", "a1/ward", DELIVERED),
        ("screen", "a1/ward", SEEN),
    ]
    assert ward.receipts[-1].detail == "screen of ines"


async def test_a_tablet_of_an_account_is_only_where_it_is_signed_in(ward: Ward) -> None:
    ward.say(who="ines")
    found = await ward.tablet.send(notice(address="benali", alert="a1"))
    assert found == GiveUp("no screen of the ward is open that can be heard where benali is signed in")
    ward.say(who="benali", ward=False)
    assert await ward.tablet.send(notice(address="benali", alert="a1")) == Sent("a1/benali", within=10.0)
    ward.say("a1", who="ines")
    assert ("tablet", "a1/benali", DELIVERED) not in ward.told()
    ward.say("a1", who="benali", ward=False)
    assert ("tablet", "a1/benali", DELIVERED) in ward.told()
    # A physician's page elsewhere is no screen of the ward.
    assert [each.detail for each in ward.receipts if each.reference == "a1/ward"] == ["screen of ines"] * 2


async def test_a_screen_that_fell_silent_is_asked_no_more(ward: Ward) -> None:
    ward.say("a1")
    ward.clock.advance(FRESH + SECOND)
    assert not ward.screen.state.well
    assert isinstance(await ward.screen.send(notice(address="ward", alert="a1")), GiveUp)


@given(st.lists(st.text(max_size=200), max_size=100))
def test_what_a_page_invents_is_bounded(alerts: list[str]) -> None:
    made = Ward()
    for number in range(20):
        made.say(*alerts, *(f"{number}/{each}" for each in range(100)))
    assert len(made.screen._told) <= REMEMBERED
    assert {each.kind for each in made.receipts} == {DELIVERED}
