"""What displays show is taken back, once, also after a restart; on a real database and a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.clock import SECOND
from hub.alerting.model import Alert, Changes, Condition, Event, Response, Transition
from hub.notify.base import GiveUp, Retry
from hub.store import journal, tellings
from hub.store.tellings import Recall, Stage
from tests.hub.notify.ward import Display, Ward, names


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    made = Ward(tmp_path / "hub.db")
    made.channels[0] = made.espa = Display("espa", made.clock)
    yield made
    await made.kill()
    made.database.close()


def display(ward: Ward) -> Display:
    assert isinstance(ward.espa, Display)
    return ward.espa


async def shown(ward: Ward) -> None:
    """Let the first step reach its display."""
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.log()[0].stage is Stage.SENT)


def over(alert: Alert) -> Alert:
    return replace(alert, condition=Condition.CLEARED, response=Response.ACKNOWLEDGED)


@pytest.mark.parametrize("end", [over, lambda alert: replace(alert, response=Response.TAKEN)])
async def test_what_is_over_or_taken_is_taken_back_once_and_in_the_log_before(
    ward: Ward, end: object
) -> None:
    await shown(ward)
    assert callable(end)
    display(ward).gate.clear()
    ward.turn(end(ward.alert))
    await ward.until(lambda: display(ward).taken_back)
    assert names(ward.stages()) == ["queued", "sending", "sent", "recalling"]
    assert ward.log()[0].recall is Recall.OWED
    display(ward).gate.set()
    await ward.until(lambda: ward.log()[0].recall is Recall.DONE)
    ward.clock.advance(100 * SECOND)
    ward.turn()
    await ward.kill()
    ward.start()
    await ward.until(lambda: len(display(ward).remembered) == 2)
    assert len(display(ward).taken_back) == 1
    assert names(ward.stages())[-2:] == ["recalling", "recalled"]
    # How far it had come as a notification is another fact, and stays.
    assert ward.log()[0].stage is Stage.SENT


async def test_a_recall_that_is_owed_survives_the_hub(ward: Ward) -> None:
    await shown(ward)
    display(ward).gate.clear()
    ward.turn(over(ward.alert))
    await ward.until(lambda: display(ward).taken_back)
    await ward.kill()
    display(ward).gate.set()
    ward.start()
    await ward.until(lambda: ward.log()[0].recall is Recall.DONE)
    first, second = display(ward).taken_back
    assert first.id == second.id == ward.log()[0].id
    # What each display shows comes from the log: the channel need not have been there when it was sent.
    assert display(ward).remembered == [{}, {"101": first.id}]
    assert names(ward.stages()).count("recalling") == 1


async def test_what_the_hub_was_sending_when_it_ended_is_taken_back_too(ward: Ward) -> None:
    display(ward).gate.clear()
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.espa.notices)
    await ward.kill()
    ward.turn(over(ward.alert))
    display(ward).gate.set()
    ward.start()
    await ward.until(lambda: ward.log()[0].recall is Recall.DONE)
    assert names(ward.stages())[-4:] == ["resent", "cancelled", "recalling", "recalled"]


async def test_what_cannot_be_taken_back_now_is_tried_again_and_at_last_given_up(ward: Ward) -> None:
    await shown(ward)
    display(ward).recalls = [Retry("the line is lost", 5)]
    ward.turn(over(ward.alert))
    await ward.until(lambda: len(display(ward).taken_back) == 1)
    ward.clock.advance(5 * SECOND)
    await ward.until(lambda: len(display(ward).taken_back) == 2)
    ward.clock.advance(900 * SECOND)
    await ward.until(lambda: ward.log()[0].recall is Recall.FAILED)
    assert ward.stages()[-1] == ("not_recalled", "the line is lost")


async def test_a_display_that_shows_something_else_is_left_alone(ward: Ward) -> None:
    await shown(ward)
    display(ward).recalls = [GiveUp("the display shows something else by now")]
    ward.turn(over(ward.alert))
    await ward.until(lambda: ward.log()[0].recall is Recall.FAILED)
    assert ward.stages()[-1][0] == "not_recalled"


async def test_what_was_never_shown_is_not_taken_back(ward: Ward) -> None:
    ward.turn(ward.alert, raised="a1")
    ward.turn(over(ward.alert))
    ward.start()
    await ward.until(lambda: display(ward).remembered)
    with ward.database.read() as connection:
        assert tellings.next_recall(connection, "espa") is None
    assert names(ward.stages()) == ["queued", "cancelled"]


async def test_a_newer_alert_of_the_same_matter_keeps_the_display(ward: Ward) -> None:
    """A value that swings about its limit does not darken what it lit a minute ago."""
    await shown(ward)
    newer, now = replace(ward.alert, id="a2", value=80.0), ward.clock.utc()
    steps = [Transition("a1", 2, now, Event.RESET, "x"), Transition("a2", 1, now, Event.RAISED, "x")]
    changes = Changes({"a1": over(ward.alert), "a2": newer}, steps)
    ward.escalator.follow(changes, now)
    with ward.database.write() as connection:
        journal.save_changes(connection, changes)
        tellings.save_orders(connection, ward.escalator.take_orders(), now)
    with ward.database.read() as connection:
        assert tellings.next_recall(connection, "espa") is None
    ward.turn(over(newer))
    await ward.until(lambda: display(ward).taken_back)
    assert display(ward).taken_back[0].alert == "a2"
