"""What pages are told of who watches, and of who is on duty."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hub.api.models import Model


class HoleView(Model):
    """A link of a resident's chain that does not hold."""

    place: Literal["sensor", "edge", "hub", "human"]
    since: int
    reason: str
    "`edge_silent`, `sensors_silent`, `sensors_stale`, `sensors_unassigned`, `sensors_out_of_service`, `nobody_reachable`, or a part of the hub."


class ResidentWatch(Model):
    """Who watches one resident now."""

    resident: str
    rounds: bool
    "Nothing measures all the time: people do, on their rounds."
    hole: HoleView | None
    measured: int | None
    "Time of the newest value of a sensor that measures all the time."
    heard: int | None
    "Hub time of the room's device's last word."


class HumanView(Model):
    """Somebody who can be reached now."""

    name: str
    way: str
    "`tablet`, or a channel."
    proven: int


class TrialView(Model):
    """What became of a test alarm."""

    started: int
    ended: int
    place: Literal["edge", "broker", "writer", "escalation", "dispatcher", "screen"]
    "Where it was last seen; `screen` is the end of its way."
    unheard: bool
    "No screen of the ward was open that can be heard."


class WatchView(Model):
    """The whole home's watch."""

    time: int
    hub: str
    "Why the hub cannot do its work; empty when it can."
    humans: list[HumanView]
    trial: TrialView | None
    "The last test alarm; `null` before the first, and where none are sent."
    arrived: TrialView | None
    "The last one that came to its end."
    residents: list[ResidentWatch]


class DutyWay(Model):
    """One way by which somebody can be told."""

    channel: str
    works: bool
    problem: Literal["", "missing", "down", "device"]
    "`missing`: this hub has no such channel; `down`: it carries nothing now; `device`: none of the person's takes anything."


class PersonView(Model):
    """Somebody of the policy."""

    person: str
    name: str
    ways: list[DutyWay]
    mine: bool
    "Whether it is who is asking."


class TurnView(Model):
    """A stretch of time in which the same people have a role."""

    role: str
    start: int
    end: int
    who: list[str]
    "Persons; empty is a hole."


class ExchangeView(Model):
    """An exchange that was entered on a page."""

    id: str
    role: str
    leaves: str
    comes: str
    start: int
    end: int
    reason: str
    author: str
    made: int
    undone: int | None
    undone_by: str
    may_undo: bool


class ReadyView(Model):
    """Somebody on the rota of the coming night, and whether they can be reached by two ways."""

    person: str
    roles: list[str]
    working: int
    ready: bool


class NightView(Model):
    """The night that is now or comes next."""

    start: int
    end: int
    due: bool
    "Whether it is near enough that who is not ready is an alert."
    people: list[ReadyView]


class DutyView(Model):
    """Who is on duty, how they can be reached, and what is missing."""

    time: int
    may: Literal["all", "own", "none"]
    "Whose turns the asker may give to somebody else."
    people: list[PersonView]
    turns: list[TurnView]
    "Of every role, for seven days from now."
    exchanges: list[ExchangeView]
    "Those that are not over, and those undone within a day, newest first."
    night: NightView


class ExchangeOrder(Model):
    """Let somebody take another's turn."""

    role: str = Field(min_length=1, max_length=40)
    leaves: str = Field(min_length=1, max_length=40)
    comes: str = Field(min_length=1, max_length=40)
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    reason: str = Field(min_length=1, max_length=200)
