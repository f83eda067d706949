"""What people may do, as a table."""

from __future__ import annotations

from typing import Any

import pytest

from hub.alerting.model import Event, Response
from hub.alerting.responses import Action, AlertError, Refusal

PATHS: dict[Response, list[str]] = {
    Response.UNACKNOWLEDGED: [],
    Response.ACKNOWLEDGED: ["acknowledge"],
    Response.TAKEN: ["take"],
}


def ringing(hub: Any, response: Response) -> Any:
    """Return a hub with an alert in that state; it was Inès who took it."""
    hub.hold(80.0, until=10)
    for action in PATHS[response]:
        hub.act(action)
    return hub


@pytest.mark.parametrize(
    ("before", "action", "author", "event", "after"),
    [
        (Response.UNACKNOWLEDGED, "acknowledge", "ines", Event.ACKNOWLEDGED, Response.ACKNOWLEDGED),
        (Response.UNACKNOWLEDGED, "take", "ines", Event.TAKEN, Response.TAKEN),
        (Response.ACKNOWLEDGED, "take", "paul", Event.TAKEN, Response.TAKEN),
        (Response.TAKEN, "take", "paul", Event.TAKEN, Response.TAKEN),
        (Response.UNACKNOWLEDGED, "take_if_free", "paul", Event.TAKEN, Response.TAKEN),
        (Response.ACKNOWLEDGED, "take_if_free", "paul", Event.TAKEN, Response.TAKEN),
        (Response.TAKEN, "acknowledge", "ines", Event.ACKNOWLEDGED, Response.ACKNOWLEDGED),
        (Response.TAKEN, "release", "ines", Event.RELEASED, Response.UNACKNOWLEDGED),
    ],
)
def test_allowed(hub: Any, before: Response, action: str, author: str, event: Event, after: Response) -> None:
    ringing(hub, before)
    assert hub.act(action, author=author) == [event]
    assert hub.only.response is after
    assert hub.only.taken_by == (author if after is Response.TAKEN else None)
    hub.check()


@pytest.mark.parametrize(
    ("before", "action", "author", "refusal", "holder"),
    [
        (Response.ACKNOWLEDGED, "acknowledge", "ines", Refusal.ALREADY_ACKNOWLEDGED, None),
        (Response.UNACKNOWLEDGED, "release", "ines", Refusal.NOT_TAKEN, None),
        (Response.ACKNOWLEDGED, "release", "ines", Refusal.NOT_TAKEN, None),
        (Response.TAKEN, "take", "ines", Refusal.ALREADY_TAKEN, "ines"),
        (Response.TAKEN, "take_if_free", "ines", Refusal.ALREADY_TAKEN, "ines"),
        (Response.TAKEN, "take_if_free", "paul", Refusal.HELD_BY_OTHER, "ines"),
        (Response.TAKEN, "acknowledge", "paul", Refusal.HELD_BY_OTHER, "ines"),
        (Response.TAKEN, "release", "paul", Refusal.HELD_BY_OTHER, "ines"),
    ],
)
def test_refused(
    hub: Any, before: Response, action: str, author: str, refusal: Refusal, holder: str | None
) -> None:
    ringing(hub, before)
    alert = hub.only
    with pytest.raises(AlertError) as error:
        hub.act(action, author=author)
    assert (error.value.refusal, error.value.holder) == (refusal, holder)
    assert (error.value.alert, error.value.action) == (alert.id, Action(action))
    assert alert.id in str(error.value)
    assert hub.commit() == []
    assert hub.only == alert


def test_an_alert_that_is_over_cannot_be_answered(hub: Any) -> None:
    ringing(hub, Response.ACKNOWLEDGED)
    alert = hub.only
    hub.now = 11
    hub.value(95.0)
    with pytest.raises(AlertError, match="not open"):
        hub.act("take", alert)


def test_taken_and_over_stays_until_its_holder_is_done(hub: Any) -> None:
    ringing(hub, Response.TAKEN)
    hub.now = 11
    hub.value(95.0)
    assert hub.act("acknowledge") == [Event.ACKNOWLEDGED]
    assert hub.open() == []


def test_handed_over_and_over_asks_for_somebody_else(hub: Any) -> None:
    ringing(hub, Response.TAKEN)
    hub.now = 11
    hub.value(95.0)
    hub.act("release")
    assert hub.only.latched
    assert hub.act("take", author="paul") == [Event.TAKEN]
    assert not hub.only.latched
    hub.check()


def test_a_technical_alert_that_is_over_leaves_when_handed_over(watched: Any) -> None:
    watched.tick(until=15)
    watched.act("take")
    watched.presence()
    assert watched.only.taken_by == "ines"
    watched.act("release")
    assert watched.open() == []
