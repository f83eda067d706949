"""Who was told of an alert, and by which ways people can be told now."""

from __future__ import annotations

from typing import Literal

from hub.api.models import Model

Stage = Literal[
    "queued",
    "sending",
    "resent",
    "sent",
    "delivered",
    "seen",
    "accepted",
    "refused",
    "failed",
    "given_up",
    "cancelled",
    "recalling",
    "recalled",
    "not_recalled",
]


class NotificationStepView(Model):
    """One thing that became of a notification."""

    stage: Stage
    time: int
    reason: str
    "English, for whoever looks closer; the page says the stage in words of its own."


class NotificationView(Model):
    """One person (or device of the house) who was or is to be told of an alert, over one channel."""

    id: str
    recipient: str
    "Key in the policy; a role with `role:` before it when nobody had it."
    name: str
    "As people call them: a person's or a device's name; empty when nobody was found."
    role: str
    "By which they were found; empty when they were named."
    kind: Literal["person", "device", "nobody"]
    channel: str
    "`screen`, `tablet`, `light`, `push`, `espa`, `sms`, `email`; empty when there was no way at all."
    step: int
    "Of the ladder, the first is 1."
    round: int
    "The first is 1."
    due: int
    created: int
    stage: Literal[
        "queued",
        "sending",
        "sent",
        "delivered",
        "seen",
        "accepted",
        "refused",
        "failed",
        "given_up",
        "cancelled",
    ]
    changed: int
    "When it came to this stage."
    reached: bool
    "Whether a person or a display is known to have it: delivered, seen or accepted."
    reason: str
    "Why it is told, or why it is not; English."
    attempts: int
    recall: Literal["", "owed", "done", "failed", "none"]
    "How far taking it back from the display has come; `none` when it was shown before the hub could."
    steps: list[NotificationStepView]


class ChannelView(Model):
    """One way to tell people."""

    name: str
    well: bool
    since: int
    reason: str
    "Why not; English."


class WayView(Model):
    """One way to a person."""

    channel: str
    works: bool
    reason: str


class ReachView(Model):
    """By which ways a person can be told now."""

    person: str
    name: str
    ways: list[WayView]


class ChannelsView(Model):
    """Every channel, and everybody's ways. Addresses are not shown: a private number is nobody else's business."""

    channels: list[ChannelView]
    people: list[ReachView]
