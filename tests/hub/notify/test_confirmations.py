"""Taken by a counterpart is not reached: what nobody confirms goes the next way, also after a restart (traps 17 and 19)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.clock import SECOND
from hub.alerting.model import Response
from hub.notify.base import Receipt, ReceiptKind, Sent
from hub.notify.tablet_channel import Screen, TabletChannel
from hub.store.tellings import Stage
from tests.hub.notify.ward import Recorder, Ward, names

LADDER = """
zone = "UTC"
[[ladder.high]]
after = 0
tell = ["person:luc"]
channels = ["push", "tablet", "sms"]
[person.luc]
name = "Luc"
address = { push = "luc", tablet = "luc", sms = "+33612345601" }
"""


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    made = Ward(tmp_path / "hub.db", policy=LADDER)
    made.channels = [Recorder(name, made.clock) for name in ("push", "tablet", "sms")]
    made.channels[0].answers = [Sent("n1", within=90.0)]
    made.channels[1].answers = [Sent("a1/luc", within=10.0)]
    yield made
    await made.kill()
    made.database.close()


def stage(ward: Ward, channel: str) -> Stage | None:
    return next((row.stage for row in ward.log() if row.channel == channel), None)


async def sent(ward: Ward) -> None:
    ward.start()
    ward.turn(ward.alert, raised="a1")
    await ward.until(lambda: stage(ward, "push") is Stage.SENT)


async def test_what_nobody_confirms_goes_the_next_way(ward: Ward) -> None:
    await sent(ward)
    assert ward.log()[0].confirm_by == ward.clock.utc() + 90 * SECOND
    ward.clock.advance(90 * SECOND - 1)
    assert ward.channels[1].notices == []
    ward.clock.advance(1)
    await ward.until(lambda: stage(ward, "tablet") is Stage.SENT)
    assert ward.stages("push")[-1] == ("failed", "no receipt came in time")
    assert ward.stages("tablet")[0] == ("queued", "push failed: no receipt came in time")
    ward.clock.advance(10 * SECOND)
    await ward.until(lambda: stage(ward, "sms") is Stage.SENT)
    # Nothing confirms a short message at once: it is not held against it.
    ward.clock.advance(300 * SECOND)
    await ward.until(lambda: stage(ward, "sms") is Stage.SENT)


async def test_a_word_in_time_ends_the_wait(ward: Ward) -> None:
    await sent(ward)
    ward.dispatcher.receipt(Receipt("push", "n1", ReceiptKind.DELIVERED, ward.clock.utc(), "device"))
    await ward.until(lambda: stage(ward, "push") is Stage.DELIVERED)
    ward.clock.advance(600 * SECOND)
    ward.turn()
    await ward.kill()
    ward.start()
    await ward.until(lambda: ward.stages("push")[-1] == ("delivered", "device"))
    assert [row.channel for row in ward.log()] == ["push"]


async def test_the_wait_survives_the_hub(ward: Ward) -> None:
    await sent(ward)
    await ward.kill()
    ward.clock.advance(91 * SECOND)
    ward.start()
    await ward.until(lambda: stage(ward, "tablet") is Stage.SENT)
    assert names(ward.stages("push")) == ["queued", "sending", "sent", "failed"]
    assert len(ward.channels[0].notices) == 1


async def test_nobody_else_is_told_while_somebody_has_it_and_at_once_when_handed_over(ward: Ward) -> None:
    await sent(ward)
    ward.turn(replace(ward.alert, response=Response.ACKNOWLEDGED))
    ward.clock.advance(120 * SECOND)
    await ward.until(lambda: stage(ward, "push") is Stage.SENT)
    assert not ward.channels[1].notices
    ward.turn(ward.alert)
    await ward.until(lambda: ward.channels[1].notices)


async def test_who_takes_it_on_a_page_has_accepted_what_they_were_told(ward: Ward) -> None:
    await sent(ward)
    ward.turn(replace(ward.alert, response=Response.TAKEN, taken_by="luc"))
    await ward.until(lambda: stage(ward, "push") is Stage.ACCEPTED)
    assert ward.stages("push")[-1] == ("accepted", "taken by luc")


async def test_who_takes_it_is_known_after_a_restart_and_nobody_else_has_accepted(ward: Ward) -> None:
    await sent(ward)
    await ward.kill()
    ward.turn(replace(ward.alert, response=Response.TAKEN, taken_by="anne"))
    ward.start()
    await ward.until(lambda: names(ward.stages("push")) == ["queued", "sending", "sent"])
    await ward.kill()
    ward.turn(replace(ward.alert, response=Response.TAKEN, taken_by="luc"))
    ward.start()
    await ward.until(lambda: stage(ward, "push") is Stage.ACCEPTED)


async def test_a_screen_that_shows_nothing_of_it_passes_it_on(tmp_path: Path) -> None:
    """Trap 16 to the end: audible, and yet nobody was told."""
    ladder = LADDER.replace('"push", "tablet"', '"screen"').replace('push = "luc"', 'screen = "ward"')
    ward = Ward(tmp_path / "hub.db", policy=ladder)
    screens = [Screen("ines", ward.clock.utc(), audible=True)]
    screen = TabletChannel("screen", lambda: screens, ward.clock, ward.dispatcher.receipt)
    sms = Recorder("sms", ward.clock)
    ward.channels = [screen, sms]  # type: ignore[list-item]  # a real channel among the recorders
    try:
        ward.start()
        ward.turn(ward.alert, raised="a1")
        await ward.until(lambda: stage(ward, "screen") is Stage.SENT)
        ward.clock.advance(10 * SECOND)
        await ward.until(lambda: sms.notices)
        assert ward.stages("screen")[-1] == ("failed", "no receipt came in time")
    finally:
        await ward.kill()
        ward.database.close()
