"""Devices that receive Web Push: what pages send and are shown."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hub.api.models import MAX_TIME, Model

Text64 = Annotated[str, Field(min_length=16, max_length=128, pattern=r"^[A-Za-z0-9_=-]+$")]


class PushKey(Model):
    """What a browser needs to subscribe."""

    key: str
    "The hub's public key (`applicationServerKey`), base64url."


class PushOrder(Model):
    """A subscription as the browser made it."""

    endpoint: str = Field(min_length=10, max_length=2048)
    p256dh: Text64
    auth: Text64
    expires: int | None = Field(default=None, ge=0, le=MAX_TIME)
    label: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
    "What its owner calls the device."


class PushDevice(Model):
    """A device of the account that asks."""

    id: str
    label: str
    created: int
    expires: int | None
    taken: int | None
    "When a push service last took something for it."
    delivered: int | None
    "When it last said that it shows something."
    problem: str
    "Why the last push did not go; English, empty when it did."


class PushTest(Model):
    """What became of a test."""

    outcome: Literal["sent", "later", "failed"]
    "Sent: the push service has it; `PushDevice.delivered` says when the device shows it."
    reason: str
    "English."


class PushReceipt(Model):
    """What a device's service worker says of a notice that it was pushed."""

    notice: str = Field(min_length=1, max_length=64)
    device: str = Field(min_length=1, max_length=64)
    token: str = Field(min_length=1, max_length=64)
    "Came with the push, encrypted for this device: who has it is this device."
    kind: Literal["delivered", "seen"]
