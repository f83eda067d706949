"""From the log to channels that are told what to answer, and back; on a real database and a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.escalation.model import Mode
from hub.alerting.model import Changes, Event, Response, Transition
from hub.notify.auditor import QUEUE, Auditor
from hub.notify.base import GiveUp, Receipt, ReceiptKind, Retry, Sent
from hub.store import journal, tellings
from hub.store.tellings import Stage
from tests.hub.notify.ward import Ward, names


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    made = Ward(tmp_path / "hub.db")
    yield made
    await made.kill()
    made.database.close()


async def test_it_is_in_the_log_before_it_is_sent_and_sent_once(ward: Ward) -> None:
    """Traps 13 and 19."""
    ward.turn(ward.alert, raised="a1")
    assert [(row.stage, row.recipient, row.reason) for row in ward.log()] == [("queued", "luc", "raised")]
    ward.start()
    await ward.until(lambda: ward.log()[0].stage is Stage.SENT)
    [notice] = ward.espa.notices
    assert (notice.text, notice.address, notice.room) == ("Ch 12 SpO2 bas 84 %", "101", "Chambre 12")
    assert notice.id == ward.log()[0].id
    ward.turn()
    ward.clock.advance(59 * SECOND)
    ward.turn()
    assert names(ward.stages()) == ["queued", "sending", "sent"]
    ward.clock.advance(SECOND)
    ward.turn()
    await ward.until(lambda: ward.sms.notices)
    assert ward.sms.notices[0].text == "APPELER LE 15 Ch 12 SpO2 bas 84 %"
    assert len(ward.espa.notices) == 1


async def test_a_call_that_went_out_more_than_once_says_so_in_the_log(ward: Ward) -> None:
    ward.espa.answers = [Sent("a", note="the call went over the line 2 times: it may be shown twice")]
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: names(ward.stages())[-1] == "sent")
    assert ward.stages()[-1] == ("sent", "the call went over the line 2 times: it may be shown twice")


async def test_what_gives_up_makes_room_for_the_next_channel_at_once(ward: Ward) -> None:
    ward.espa.answers = [GiveUp("no such set")]
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.sms.notices)
    await ward.until(lambda: names(ward.stages("sms")) == ["queued", "sending", "sent"])
    assert ward.stages()[-1] == ("given_up", "no such set")
    assert ward.stages("sms")[0] == ("queued", "espa failed: no such set")
    assert ward.hurried == []


async def test_when_nobody_was_reached_the_next_step_is_hurried(ward: Ward) -> None:
    for channel in ward.channels:
        channel.answers = [GiveUp("broken")]
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.hurried)
    assert ward.hurried == [("a1", 0, 0)]
    assert [row.stage for row in ward.log()] == ["given_up"] * 3


async def test_not_now_is_tried_again_until_there_is_no_time_left(ward: Ward) -> None:
    ward.espa.answers = [Retry("busy", 5), Retry("busy", 5), Sent()]
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: names(ward.stages()) == ["queued", "sending", "queued"])
    assert ward.log()[0].not_before == ward.clock.utc() + 5 * SECOND
    ward.clock.advance(5 * SECOND)
    await ward.until(lambda: len(ward.espa.notices) == 2)
    await ward.until(lambda: ward.log()[0].stage is Stage.QUEUED)
    ward.espa.answers = [Retry("busy", 55)]
    ward.clock.advance(5 * SECOND)
    await ward.until(lambda: ward.sms.notices)
    assert ward.stages()[-1] == ("given_up", "busy")


async def test_what_comes_too_late_is_not_sent(ward: Ward) -> None:
    ward.turn(ward.alert, raised="a1")
    ward.clock.advance(60 * SECOND)
    ward.start()
    await ward.until(lambda: ward.sms.notices)
    assert ward.espa.notices == []
    assert names(ward.stages()) == ["queued", "given_up"]


@pytest.mark.parametrize("response", [Response.TAKEN, Response.ACKNOWLEDGED])
async def test_nobody_is_told_while_somebody_has_it_and_again_when_handed_over(
    ward: Ward, response: Response
) -> None:
    ward.turn(ward.alert, raised="a1")
    ward.turn(replace(ward.alert, response=response))
    ward.start()
    ward.clock.advance(500 * SECOND)
    with ward.database.read() as connection:
        assert tellings.next_queued(connection, "espa", ward.clock.utc()) is None
        assert tellings.oldest_waiting(connection) == {}
    with ward.database.write() as connection:
        assert not tellings.begin(connection, ward.log()[0].id, ward.clock.utc())
    ward.turn(ward.alert)
    await ward.until(lambda: ward.espa.notices)
    assert names(ward.stages())[:2] == ["queued", "sending"]


async def test_what_is_over_is_cancelled_also_when_it_was_under_way(ward: Ward) -> None:
    ward.espa.gate.clear()
    ward.espa.answers = [Retry("busy")]
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.espa.notices)
    over = replace(ward.alert, response=Response.ACKNOWLEDGED, condition=type(ward.alert.condition).CLEARED)
    ward.turn(over)
    ward.espa.gate.set()
    await ward.until(lambda: names(ward.stages())[-1] == "cancelled")
    assert ward.sms.notices == []


async def test_what_gives_up_after_the_end_troubles_nobody_else(ward: Ward) -> None:
    ward.espa.gate.clear()
    ward.espa.answers = [GiveUp("broken")]
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.espa.notices)
    ward.turn(replace(ward.alert, condition=type(ward.alert.condition).CLEARED))
    ward.espa.gate.set()
    await ward.until(lambda: names(ward.stages())[-1] == "cancelled")
    assert [row.channel for row in ward.log()] == ["espa"]
    assert ward.hurried == []


async def test_a_newer_alert_of_the_same_matter_takes_over_what_was_not_sent(ward: Ward) -> None:
    ward.turn(ward.alert, raised="a1")
    newer = replace(ward.alert, id="a2", value=80.0)
    ended = replace(ward.alert, condition=type(ward.alert.condition).CLEARED)
    now = ward.clock.utc()
    steps = [Transition("a1", 2, now, Event.RESET, "x"), Transition("a2", 1, now, Event.RAISED, "x")]
    changes = Changes({"a1": ended, "a2": newer}, steps)
    ward.escalator.follow(changes, now)
    with ward.database.write() as connection:
        journal.save_changes(connection, changes)
        tellings.save_orders(connection, ward.escalator.take_orders(), now)
    ward.start()
    await ward.until(lambda: ward.espa.notices)
    assert (ward.espa.notices[0].alert, ward.espa.notices[0].text) == ("a2", "Ch 12 SpO2 bas 80 %")


async def test_a_hub_that_ended_while_sending_sends_again_and_the_log_says_why(ward: Ward) -> None:
    ward.espa.gate.clear()
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.espa.notices)
    await ward.kill()
    assert ward.log()[0].stage is Stage.SENDING
    ward.espa.gate.set()
    ward.start()
    await ward.until(lambda: ward.log()[0].stage is Stage.SENT)
    assert names(ward.stages()) == ["queued", "sending", "resent", "queued", "sending", "sent"]
    assert "may come twice" in ward.stages()[2][1]
    assert ward.espa.notices[0].id == ward.espa.notices[1].id


async def test_receipts_move_forward_only_and_may_come_before_their_line(ward: Ward) -> None:
    ward.espa.answers = [Sent("77")]
    ward.espa.gate.clear()
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.espa.notices)
    for kind in (ReceiptKind.SEEN, ReceiptKind.DELIVERED):
        ward.dispatcher.receipt(Receipt("espa", "77", kind, ward.clock.utc()))
    ward.dispatcher.receipt(Receipt("espa", "78", ReceiptKind.SEEN, ward.clock.utc() - 60 * SECOND))
    ward.espa.gate.set()
    await ward.until(lambda: len(ward.stages()) == 5)
    assert names(ward.stages())[2:] == ["sent", "seen", "delivered"]
    assert ward.log()[0].stage is Stage.SEEN


async def test_who_accepts_has_the_alert(ward: Ward) -> None:
    ward.espa.answers = [Sent("77")]
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.log()[0].stage is Stage.SENT)
    ward.dispatcher.receipt(Receipt("espa", "77", ReceiptKind.ACCEPTED, ward.clock.utc()))
    await ward.until(lambda: ward.taken)
    assert ward.taken == [("luc", "accepted by espa")]
    ward.refuse = True
    ward.dispatcher.receipt(Receipt("espa", "77", ReceiptKind.ACCEPTED, ward.clock.utc()))
    await ward.until(lambda: "not open" in ward.stages()[-1][1])


async def test_who_refuses_makes_the_next_step_due(ward: Ward) -> None:
    ward.espa.answers = [Sent("77")]
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.log()[0].stage is Stage.SENT)
    ward.dispatcher.receipt(Receipt("espa", "77", ReceiptKind.REFUSED, ward.clock.utc()))
    await ward.until(lambda: ward.hurried)
    assert ward.hurried == [("a1", 0, 0)]


async def test_a_message_that_fails_after_it_was_taken_goes_by_the_next_channel(ward: Ward) -> None:
    """Trap 19: sent is not reached."""
    ward.espa.answers = [Sent("77")]
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.log()[0].stage is Stage.SENT)
    ward.dispatcher.receipt(Receipt("espa", "77", ReceiptKind.FAILED, ward.clock.utc(), "absent"))
    await ward.until(lambda: ward.sms.notices)
    assert ward.stages()[-1] == ("failed", "absent")


async def test_a_channel_that_is_gone_from_the_configuration_is_passed_over(ward: Ward) -> None:
    ward.channels = ward.channels[1:]
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: ward.sms.notices)
    assert ward.stages()[-1] == ("given_up", "channel espa is not configured")


# ---- the auditor: a failure is made for each of its eyes (trap 24) ----


def auditor(ward: Ward, rung: list[list[str]]) -> Auditor:
    ladders = {Priority.HIGH}
    return Auditor(
        ward.database, ward.clock, ladders, lambda found: rung.append([t.detail for t in found]), ward.health
    )


async def test_the_auditor_rings_when_the_scheduler_stands_still(ward: Ward) -> None:
    rung: list[list[str]] = []
    watcher = auditor(ward, rung)
    ward.turn(ward.alert, raised="a1")
    assert watcher.look() == []
    assert rung == [[]]
    ward.clock.advance(61 * SECOND)
    with ward.database.write() as connection:
        connection.exec_driver_sql("UPDATE notifications SET stage = 'sent'")
    assert watcher.look() == []
    ward.clock.advance(1)
    watcher.look()
    watcher.look()
    assert rung == [[], ["step 2 is late"]]
    assert ward.health.report().status == "failing"
    ward.turn()
    watcher.look()
    assert rung[2:] == [[]]
    assert ward.health.report().status == "ok"


async def test_the_auditor_rings_when_an_alert_has_no_ladder_or_no_line_in_the_log(ward: Ward) -> None:
    rung: list[list[str]] = []
    ward.turn(ward.alert, raised="a1")
    with ward.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM notification_steps")
        connection.exec_driver_sql("DELETE FROM notifications")
    auditor(ward, rung).look()
    assert rung == [["step 1 was told to nobody"]]
    with ward.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM escalations")
    ward.clock.advance(2 * SECOND)
    auditor(ward, rung).look()
    assert rung[1:] == [["no ladder was begun"]]


async def test_the_auditor_rings_when_a_channel_takes_nothing(ward: Ward) -> None:
    rung: list[list[str]] = []
    ward.turn(ward.alert, raised="a1")
    ward.clock.advance(QUEUE)
    auditor(ward, rung).look()
    ward.clock.advance(1)
    auditor(ward, rung).look()
    assert rung == [[], ["channel espa takes nothing"]]
    ward.turn(replace(ward.alert, response=Response.TAKEN))
    assert auditor(ward, rung).look() == []


async def test_what_is_over_is_not_loaded_again(ward: Ward) -> None:
    ward.turn(ward.alert, raised="a1")
    ward.turn(replace(ward.alert, condition=type(ward.alert.condition).CLEARED))
    with ward.database.read() as connection:
        assert tellings.escalations(connection) == []
        assert [climb.mode for climb in tellings.escalations(connection, ended=True)] == [Mode.OVER]
    assert names(ward.stages()) == ["queued", "cancelled"]
