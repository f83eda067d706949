"""Where people on duty are reached: what pages are told, and what a coordinator writes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hub.api.models import Model
from hub.api.watch_models import DutyWay


class ContactTry(Model):
    """The last message by which somebody tried a way."""

    channel: str
    author: str
    time: int
    outcome: Literal["sending", "sent", "later", "failed"]
    reason: str
    "Why it did not go; English, for who looks after the hub."
    confirms: bool
    "Whether the counterpart says what becomes of it."
    receipt: Literal["delivered", "seen", "accepted", "refused", "failed"] | None
    received: int | None


class ContactDevice(Model):
    """A device of the person that receives pushes."""

    label: str
    delivered: int | None
    "When it last showed something."
    problem: str


class ContactView(Model):
    """Somebody of the policy, and where they are reached."""

    person: str
    name: str
    address: dict[str, str]
    "By channel."
    ways: list[DutyWay]
    working: int
    ready: bool
    "At least two ways work now."
    devices: list[ContactDevice]
    tries: list[ContactTry]
    version: int
    "Number of the edition that counts; 0 for what the policy's file says."
    author: str
    made: int | None


class ContactAccount(Model):
    """An account that can be an address."""

    username: str
    name: str


class ContactsView(Model):
    """Where everybody is reached."""

    time: int
    people: list[ContactView]
    channels: list[str]
    "Those that this home has."
    accounts: list[ContactAccount]
    "May be the address of `tablet` and `push`."


class ContactOrder(Model):
    """What somebody is called and where they are reached; the whole of it."""

    name: str = Field(min_length=1, max_length=60)
    address: dict[Annotated[str, Field(max_length=16)], Annotated[str, Field(max_length=254)]] = Field(
        max_length=5
    )
    "As somebody types it; an empty one is none."
    version: int = Field(ge=0, le=2**53)
    "That was on the page: 409 `changed_meanwhile` when another one counts."


class TryOrder(Model):
    """A message to try a way."""

    channel: Literal["push", "sms", "espa", "email"]
