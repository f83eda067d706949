"""What a person may do about an alert, as one table.

| action | unacknowledged | acknowledged | taken |
|---|---|---|---|
| acknowledge | -> acknowledged | refused | by who holds it: -> acknowledged |
| take | -> taken | -> taken | by somebody else: taken over |
| take_if_free | -> taken | -> taken | refused: what was asked a while ago takes nothing out of somebody's hands |
| release | refused | refused | by who holds it: -> unacknowledged, it asks for somebody again |

An action speaks of one occurrence. A condition that comes back is another alert, which nobody has seen yet.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.errors import VeilleuseError
from hub.alerting.model import Alert, Event, Response


class Action(enum.StrEnum):
    """What a person does."""

    ACKNOWLEDGE = "acknowledge"
    TAKE = "take"
    TAKE_IF_FREE = "take_if_free"
    "Asked where nobody could see who has it by now."
    RELEASE = "release"


class Refusal(enum.StrEnum):
    """Why an action is not possible."""

    NOT_OPEN = "not_open"
    "The alert is over, or there never was one of that name."
    ALREADY_ACKNOWLEDGED = "already_acknowledged"
    ALREADY_TAKEN = "already_taken"
    "By the same person."
    NOT_TAKEN = "not_taken"
    HELD_BY_OTHER = "held_by_other"


class AlertError(VeilleuseError):
    """An action that the alert's state does not allow; nothing was changed."""

    def __init__(self, refusal: Refusal, alert: str, action: Action, holder: str | None = None) -> None:
        held = f", it is held by {holder!r}" if holder is not None else ""
        super().__init__(
            f"cannot {action.value} alert {alert[:64]!r}: {refusal.value.replace('_', ' ')}{held}"
        )
        self.refusal = refusal
        self.alert = alert
        self.action = action
        self.holder = holder


class _By(enum.Enum):
    ANYBODY = enum.auto()
    HOLDER = enum.auto()
    SOMEBODY_ELSE = enum.auto()
    NOBODY = enum.auto()


@dataclass(frozen=True, slots=True)
class _Step:
    event: Event
    response: Response
    by: _By = _By.ANYBODY


_STEPS: dict[tuple[Action, Response], _Step | Refusal] = {
    (Action.ACKNOWLEDGE, Response.UNACKNOWLEDGED): _Step(Event.ACKNOWLEDGED, Response.ACKNOWLEDGED),
    (Action.ACKNOWLEDGE, Response.ACKNOWLEDGED): Refusal.ALREADY_ACKNOWLEDGED,
    (Action.ACKNOWLEDGE, Response.TAKEN): _Step(Event.ACKNOWLEDGED, Response.ACKNOWLEDGED, _By.HOLDER),
    (Action.TAKE, Response.UNACKNOWLEDGED): _Step(Event.TAKEN, Response.TAKEN),
    (Action.TAKE, Response.ACKNOWLEDGED): _Step(Event.TAKEN, Response.TAKEN),
    (Action.TAKE, Response.TAKEN): _Step(Event.TAKEN, Response.TAKEN, _By.SOMEBODY_ELSE),
    (Action.TAKE_IF_FREE, Response.UNACKNOWLEDGED): _Step(Event.TAKEN, Response.TAKEN),
    (Action.TAKE_IF_FREE, Response.ACKNOWLEDGED): _Step(Event.TAKEN, Response.TAKEN),
    (Action.TAKE_IF_FREE, Response.TAKEN): _Step(Event.TAKEN, Response.TAKEN, _By.NOBODY),
    (Action.RELEASE, Response.UNACKNOWLEDGED): Refusal.NOT_TAKEN,
    (Action.RELEASE, Response.ACKNOWLEDGED): Refusal.NOT_TAKEN,
    (Action.RELEASE, Response.TAKEN): _Step(Event.RELEASED, Response.UNACKNOWLEDGED, _By.HOLDER),
}


def respond(alert: Alert, action: Action, author: str) -> tuple[Event, Response]:
    """Return what an action does to an open alert.

    Raises:
        AlertError: the table refuses it.
    """
    step = _STEPS[action, alert.response]
    if isinstance(step, Refusal):
        raise AlertError(step, alert.id, action)
    mine = alert.taken_by == author
    if step.by in {_By.HOLDER, _By.NOBODY} and not mine:
        raise AlertError(Refusal.HELD_BY_OTHER, alert.id, action, alert.taken_by)
    if step.by in {_By.SOMEBODY_ELSE, _By.NOBODY} and mine:
        raise AlertError(Refusal.ALREADY_TAKEN, alert.id, action, alert.taken_by)
    return step.event, step.response
