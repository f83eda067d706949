"""By which ways each person of the policy can be told now. Pure: everything known is an argument.

A way works when the hub has its channel, the channel says that it carries, and, for pushes, the person has a device that
takes them. It is what can be known without sending anything; the synthetic alarm proves the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.alerting.escalation.policy import Contact, Policy
from hub.notify.base import State


@dataclass(frozen=True, slots=True)
class WayState:
    """One way to a person, and whether it works."""

    channel: str
    address: str
    works: bool
    reason: str = ""
    "Why not; English."


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What counts of a device that receives pushes."""

    username: str
    expires: int | None = None
    "Hub time after which its browser promises nothing."
    problem: str = ""
    "Why the last push did not go; empty when it did."


def reach(
    policy: Policy, channels: Mapping[str, State], devices: Iterable[DeviceState], now: int
) -> Mapping[str, tuple[WayState, ...]]:
    """Return the ways to every person of a policy, in the order in which the file names them.

    Args:
        policy: who can be reached how.
        channels: state of each channel that the hub has, by name.
        devices: everybody's devices for pushes.
        now: hub time, microseconds UTC.
    """
    pushes = _pushes(devices, now)
    return {name: _ways(contact, channels, pushes) for name, contact in policy.people.items()}


def _ways(contact: Contact, channels: Mapping[str, State], pushes: Mapping[str, str]) -> tuple[WayState, ...]:
    found = []
    for channel, address in contact.address.items():
        state = channels.get(channel)
        if state is None:
            reason = "the hub has no such channel"
        elif not state.well:
            reason = state.reason or "the channel carries nothing"
        elif channel == "push":
            reason = pushes.get(address, "no device of this account receives pushes")
        else:
            reason = ""
        found.append(WayState(channel, address, not reason, reason))
    return tuple(found)


def _pushes(devices: Iterable[DeviceState], now: int) -> Mapping[str, str]:
    """Return for each account that has devices why none works; empty when one does."""
    found: dict[str, str] = {}
    for device in devices:
        over = device.expires is not None and device.expires <= now
        reason = "its subscription is over" if over else device.problem
        if found.get(device.username) != "":
            found[device.username] = reason
    return found
