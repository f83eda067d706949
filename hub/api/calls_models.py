"""What crosses HTTP about calls, beside `CallView`, `CallParticipant` and `CallSignal` of `hub.api.models`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hub.api.models import MAX_TIME, AlertView, CallRequestView, CallView, Model

MAX_REASON = 400
LONGEST_INVITE = 24 * 60
"Minutes."

Time = Annotated[int, Field(ge=0, le=MAX_TIME)]
"Microseconds UTC."


class CallStart(Model):
    """Somebody asks to see a room."""

    reason: str = Field(default="", max_length=MAX_REASON)
    alert: str = Field(default="", max_length=200)
    "An alert of this resident; what it is about is kept with the call."
    urgent: bool = False
    "An emergency by prescription; refused without one in force."
    request: str = Field(default="", max_length=64)
    "An open request for a physician, of which this call is the answer."


class CallList(Model):
    """Calls, the newest first."""

    items: list[CallView]


# ---- invitations and guests ----


class InviteOrder(Model):
    """Somebody is asked into a call: by account (`username`), or by a link (`guest`, `role`)."""

    username: str = Field(default="", max_length=64)
    guest: str = Field(default="", max_length=80)
    "Name and place, as everybody in the call and the room's screen will read it."
    role: Literal["regulator", "specialist"] = "specialist"
    "Of a guest; an account's role follows from the account."
    minutes: int = Field(default=30, ge=1, le=LONGEST_INVITE)
    "How long the link may be used, or the seat waits."

    @model_validator(mode="after")
    def _one(self) -> InviteOrder:
        if bool(self.username) == bool(self.guest.strip()):
            raise ValueError("either username or guest is needed, not both")
        return self


class InviteView(Model):
    """An invitation."""

    id: str
    seat: str
    name: str
    role: Literal["physician", "nurse", "coordinator", "specialist", "regulator"]
    guest: bool
    state: Literal["open", "used", "expired", "revoked"]
    created: int
    expires: int
    link: str
    "Only for a guest, and only in the answer that makes it: the address to pass on, relative to the hub's."


class InviteList(Model):
    """Invitations into a call, oldest first."""

    items: list[InviteView]


class Invitable(Model):
    """Somebody of the home who may be asked into a call."""

    username: str
    name: str
    role: Literal["specialist", "nurse", "coordinator"]
    "What they would be in the call."
    here: bool
    "A page of theirs is open now."


class InvitableList(Model):
    """Who may be asked in: who is here first, then by role and name."""

    items: list[Invitable]


class GuestToken(Model):
    """What a link carries after `#`."""

    token: str = Field(min_length=1, max_length=128)


class GuestResident(Model):
    """Whom a call is about."""

    family_name: str
    given_name: str
    birth_year: int
    room: str


class GuestView(Model):
    """What a guest is told."""

    call: CallView
    resident: GuestResident
    name: str
    role: Literal["specialist", "regulator"]
    home: str
    "Name of the home that asks."


# ---- asking for a physician ----


class CallRequestOrder(Model):
    """Somebody of the ward asks for a physician."""

    reason: str = Field(min_length=1, max_length=MAX_REASON, pattern=r"\S")
    urgency: Literal["now", "today", "planned"]
    planned: Time | None = None
    "When, if it is planned."
    alert: str = Field(default="", max_length=200)
    act: Literal["", "assistance", "consultation"] = ""
    "The act of télémédecine that this opens, named as the request is, where none goes on; empty: none."

    @model_validator(mode="after")
    def _when(self) -> CallRequestOrder:
        if (self.urgency == "planned") != (self.planned is not None):
            raise ValueError("planned is needed when the urgency is planned, and only then")
        return self


class CallRequestList(Model):
    """Open requests for a physician, oldest first."""

    items: list[CallRequestView]
    physicians: list[str]
    "Names of the physicians who have a page open now; empty: nobody sees the requests."


# ---- rules of consent ----


class ConsentOrder(Model):
    """A rule of consent, signed by who asks. An emergency needs a reason and an end, at most a year from now."""

    rule: Literal["ask", "nurse", "emergency"]
    reason: str = Field(default="", max_length=MAX_REASON)
    until: Time | None = None


class ConsentView(Model):
    """How a resident's room may be opened to a call, as far as the hub says; the room may be stricter."""

    resident: str
    rule: Literal["ask", "nurse", "emergency"]
    "What holds now."
    signed: Literal["ask", "nurse", "emergency"] | None
    "What was signed last; `null` when nothing ever was."
    expired: bool
    "What was signed last has ended, so `ask` holds."
    reason: str
    author: str
    author_name: str
    since: int | None
    until: int | None


# ---- what is kept of a call ----


class SnapshotView(Model):
    """A picture that somebody kept of a call."""

    id: str
    call: str
    time: int
    author: str
    author_name: str
    source: Literal["room", "hand"]
    note: str
    width: int
    height: int


class SnapshotQuery(Model):
    """What a picture shows."""

    source: Literal["room", "hand"]
    note: str = Field(default="", max_length=MAX_REASON)


class PresenceView(Model):
    """Somebody who was in a call, or was asked into it."""

    seat: str
    name: str
    role: str
    guest: bool
    state: str
    invited: int
    "When they were given their seat."
    joined: int | None
    "When the room admitted them."
    left: int | None
    reason: str
    "Why they left, or were declined."


class IncidentView(Model):
    """Something interrupted somebody in a call."""

    time: int
    seat: str
    "`room` for everybody."
    cause: str
    ended: int | None
    "`null`: it lasted to the end of the call."


class EvidenceValues(Model):
    """What was measured of one metric."""

    metric: str
    times: list[int]
    values: list[float]
    flags: list[int]


class EvidenceView(Model):
    """What was measured in the 10 minutes before a call that an alert was the reason for."""

    since: int
    until: int
    values: list[EvidenceValues]


class EncounterView(Model):
    """A call as it is kept."""

    call: CallView
    start: int
    answered: int | None
    end: int | None
    reason: str
    "Why it was made, in the caller's words."
    urgent: bool
    consent: Literal["", "ask", "nurse", "emergency"]
    "The resident's rule when it began; empty when nobody had signed one, and the room's own setting held."
    request: str | None
    participants: list[PresenceView]
    incidents: list[IncidentView]
    snapshots: list[SnapshotView]
    alert: AlertView | None
    "The alert that was the reason, as it was then."
    evidence: EvidenceView | None
    recorded: bool
    "Whether sound or picture was recorded: never, in this version."
