"""Moves what was stamped with the monotonic clock to UTC. Pure. Times that are UTC already stay: a meter's own."""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from devices.quality import NO_DOUBT, Quality
from devices.wire.messages import EventNote, Loss, Observation, StatusChange, WaveformBlock
from edge.alarms.placing import place_verdict
from edge.pipeline import Content
from edge.timekeeping import is_unplaced

_Item = TypeVar("_Item", Observation, StatusChange, WaveformBlock)


def place_item(item: _Item, shift: int, flags: Quality = NO_DOUBT) -> _Item:
    """Return an item with its monotonic time moved by `shift` microseconds and `flags` added."""
    if not is_unplaced(item.time):
        return item
    return replace(item, time=item.time + shift, flags=item.flags | int(flags))


def place_loss(loss: Loss, shift: int) -> Loss:
    """Return a loss with its monotonic times moved."""
    since = loss.since + shift if is_unplaced(loss.since) else loss.since
    until = loss.until + shift if is_unplaced(loss.until) else loss.until
    return replace(loss, since=since, until=until)


def place_event(event: EventNote, shift: int) -> EventNote:
    """Return an event with its monotonic time moved."""
    return replace(event, time=event.time + shift) if is_unplaced(event.time) else event


def place_content(content: Content, shift: int, flags: Quality = NO_DOUBT) -> Content:
    """Return a batch's content with its monotonic times moved."""
    return Content(
        tuple(place_item(item, shift, flags) for item in content.observations),
        tuple(place_item(item, shift, flags) for item in content.statuses),
        tuple(place_loss(loss, shift) for loss in content.losses),
        tuple(place_event(event, shift) for event in content.events),
        tuple(place_verdict(verdict, shift) for verdict in content.verdicts),
    )


def newest_unplaced(content: Content) -> int:
    """Return the greatest monotonic time in a batch's content, 0 if there is none."""
    times = [item.time for item in content.observations]
    times += [item.time for item in content.statuses]
    times += [loss.until for loss in content.losses]
    times += [event.time for event in content.events]
    times += [verdict.declared for verdict in content.verdicts]
    return max((time for time in times if is_unplaced(time)), default=0)
