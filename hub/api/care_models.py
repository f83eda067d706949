"""Who cares for whom, records opened in an emergency, and who looked at whom, over HTTP."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hub.api.models import Model


class CareView(Model):
    """A physician who cares for a resident."""

    username: str
    name: str
    since: int
    author_name: str
    "Who recorded it."


class CareName(Model):
    """A physician's account."""

    username: str
    name: str


class SeenResident(Model):
    """Somebody who lives in the home, and whether the one who asks sees more of them than this."""

    resident: str
    family_name: str
    given_name: str
    room: str
    ground: Literal["home", "unstated", "care", "request", "alert", "call", "act", "break_glass"] | None
    "Why they are seen; `null`: they are not, and can be opened in an emergency."
    until: int | None
    "When an emergency's opening ends."
    physicians: list[CareView]


class CareList(Model):
    """Everybody who lives in the home, by room."""

    stated: bool
    "Whether the home has ever recorded who cares for whom; before, every physician sees everybody."
    items: list[SeenResident]
    physicians: list[CareName]
    "Who could care for somebody."


class CareOrder(Model):
    """Let a physician care for a resident from now on."""

    username: str = Field(min_length=1, max_length=64)


class GlassOrder(Model):
    """Open the record of somebody whom one does not care for."""

    reason: str = Field(min_length=1, max_length=500)
    "At least ten characters: who asked, and what has happened."


class GlassView(Model):
    """Somebody opened a record that is not theirs."""

    id: str
    username: str
    name: str
    resident: str
    family_name: str
    given_name: str
    room: str
    "Empty when they have left the home."
    reason: str
    since: int
    until: int


class GlassList(Model):
    """Records that were opened in an emergency, newest first."""

    items: list[GlassView]


class AuditLine(Model):
    """Somebody did something to a resident's record, or looked at it."""

    time: int
    actor: str
    name: str
    action: str
    detail: str
    "Of `resident_seen`, on what ground."


class AuditView(Model):
    """Who did what with a resident's record, newest first."""

    resident: str
    items: list[AuditLine]
