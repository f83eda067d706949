"""What crosses HTTP between a technician's page, a new device, and the hub. Codes and times as in `hub.api.models`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hub.api.models import Model

Text = Field(default="", max_length=200)
Key = Field(default="", pattern=r"^([0-9A-Fa-f]{24}|[0-9A-Fa-f]{32})?$", repr=False)
Pin = Field(default="", pattern=r"^([0-9]{6})?$", repr=False)


class Occupant(Model):
    """Who lives in a room: what is needed to link a sensor to the right person, and nothing else."""

    resident: str
    family_name: str
    given_name: str


class UnlinkedView(Model):
    """Why a sensor belongs to nobody."""

    time: int
    author: str
    reason: str
    "`occupant_changed`, `linked_elsewhere`, or a person's own words."


class LinkedSensor(Model):
    """A sensor of a room, and whose it is. How its link is stands in `EdgeView`."""

    sensor: str
    protocol: str
    address: str
    "Bluetooth address, or the port."
    given: bool
    "Linked from this page; otherwise it stands in the file of the room's device."
    personal: bool
    resident: Occupant | None
    unlinked: UnlinkedView | None
    "Set while a personal sensor belongs to nobody, if it ever belonged to somebody."


class RoomCard(Model):
    """A room, its device and its sensors."""

    room: str
    name: str
    edge: str | None
    occupant: Occupant | None
    sensors: list[LinkedSensor]


class SurveyOrder(Model):
    """Let a device listen for sensors."""

    seconds: float = Field(default=30.0, ge=5.0, le=120.0)


class TrialOrder(Model):
    """Let a device open a candidate."""

    protocol: str = Field(min_length=1, max_length=64)
    address: str = Field(default="", pattern=r"^([0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5})?$")
    link: str = Text
    seconds: float = Field(default=60.0, ge=5.0, le=300.0)
    key: str = Key
    "Without one, the one that was given for this sensor before."
    pin: str = Pin


class InquiryView(Model):
    """A survey or trial under way."""

    id: str
    edge: str
    kind: Literal["survey", "trial"]
    until: int


class CandidateView(Model):
    """A sensor within reach."""

    protocol: str
    "Empty when no driver fits, or for a serial port, whose name does not tell."
    address: str
    link: str
    name: str
    rssi: int | None
    sensor: str
    "Its identifier when this device has it already."
    problem: str
    elsewhere: str | None
    "Name of the room whose device has it."
    needs: Literal["", "key", "pin"]
    "What it cannot be read without: its bind key; or a number for pairing, if one is printed on it."


class TrialValue(Model):
    """What a candidate measures."""

    metric: str
    value: float
    time: int
    flags: list[str]
    stored: bool


class InquiryReport(Model):
    """What is known now, on the WebSocket of an inquiry."""

    kind: Literal["survey", "trial"]
    time: int
    running: bool
    replaced: bool
    "Somebody else asked the same device."
    cause: str
    "Why nothing is heard: a code of `Cause`."
    detail: str
    candidates: list[CandidateView]
    link: Literal["connecting", "up", "silent", "down", "unknown"]
    values: list[TrialValue]
    flags: list[str]


class LinkOrder(Model):
    """Link a candidate."""

    protocol: str = Field(min_length=1, max_length=64)
    address: str = Field(default="", pattern=r"^([0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5})?$")
    link: str = Text
    resident: str | None = Field(default=None, max_length=64)
    "Who will have it; nobody for what belongs to the room."
    move: bool = False
    "Take it from the room that has it."
    reason: str = Text
    key: str = Key
    "Bind key, hexadecimal, of a sensor that encrypts. Kept encrypted, and never told again."
    pin: str = Pin
    "Number by which it is paired; likewise."


class LinkResult(Model):
    """A sensor was linked."""

    sensor: str
    room: RoomCard


class UnlinkOrder(Model):
    """Unlink a sensor."""

    reason: str = Text


class AssignOrder(Model):
    """Give a sensor to who lives in its room."""

    resident: str = Field(min_length=1, max_length=64)
    reason: str = Text


class WaitingOrder(Model):
    """Give sensors that wait to who lives in their room, or undo that: all of them, or none."""

    resident: str = Field(min_length=1, max_length=64)
    "Who lived there when the person was asked: refused if somebody else lives there now."
    sensors: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(min_length=1, max_length=64)
    reason: str = Text


class EnrolmentOrder(Model):
    """Add a device to a room."""

    room: str = Field(min_length=1, max_length=64)
    replace: bool = False
    "The room has a device: a new one takes its place, and the old one is let in no more."


class EnrolmentView(Model):
    """A one-time code, and what became of it."""

    id: str
    room: str
    edge: str
    author: str
    created: int
    expires: int
    state: Literal["waiting", "used", "confirmed", "revoked", "expired"]
    "`used`: the device fetched its keys; `confirmed`: it proved that it has them."


class EnrolmentOffer(Model):
    """A one-time code that was just made; it is shown once."""

    enrolment: EnrolmentView
    code: str
    "To be typed."
    uri: str
    "What the QR code says."
    matrix: list[str]
    "The QR code, row by row; `1` is dark."


class RedemptionOrder(Model):
    """A device asks for its keys; `devices.wire.enrolment.Redemption`."""

    nonce: str = Field(max_length=64)
    proof: str = Field(max_length=128)


class RedeemedView(Model):
    """The device's credentials, encrypted; `devices.wire.enrolment.Redeemed`."""

    box: str


class ConfirmationOrder(Model):
    """A device proves that it has its keys; `devices.wire.enrolment.Confirmation`."""

    proof: str = Field(max_length=128)
