"""The ways by which this hub tells people, made of `hub.toml` in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from devices.clock import Clock
from devices.errors import ConfigError
from devices.wire.messages import LightReport
from hub.alerting.escalation.policy import Policy
from hub.config import NotifySettings
from hub.live import Live, Tablet
from hub.notify.base import Channel, Receipt, State
from hub.notify.email_channel import EmailChannel
from hub.notify.espa_channel import EspaChannel
from hub.notify.light_channel import LightChannel, Sender
from hub.notify.push_channel import PushChannel
from hub.notify.reach import DeviceState, WayState, reach
from hub.notify.sms_channel import SmsChannel
from hub.notify.tablet_channel import Screen, TabletChannel
from hub.notify.trying import Tries
from hub.notify.vapid import load_or_make
from hub.store.push import Devices

VAPID_FILE = "vapid"
"Below the folder of the hub's secrets: the key by which push services know it."


@dataclass(frozen=True, slots=True)
class Around:
    """What channels have to do with."""

    live: Live
    "The screens, and which edges are heard."
    sender: Sender
    "The way to edges."
    clock: Clock
    told: Callable[[Receipt], None]
    "Takes receipts."


class Channels:
    """Every channel of a hub. Lives on the event loop; `reported` may be called by any thread."""

    def __init__(self, notify: NotifySettings, devices: Devices, key_file: Path, around: Around) -> None:
        """Make the channels that a home always has, and those that `hub.toml` sets up.

        Args:
            notify: the channels' settings.
            devices: those that receive pushes.
            key_file: the key by which push services know this hub; made when it is needed.
            around: what the channels have to do with.

        Raises:
            ConfigError: a channel cannot work as it is set up.
        """
        clock, dispatched = around.clock, around.told
        self.tries = Tries(clock)

        def told(receipt: Receipt) -> None:
            self.tries.receipt(receipt)
            dispatched(receipt)

        self._live = around.live
        self._clock = clock
        self.devices = devices
        self._screens = [TabletChannel(name, self._said, clock, told) for name in ("screen", "tablet")]
        self._light = LightChannel(around.sender, self._online, self._any_online, clock, told)
        self.push: PushChannel | None = None
        if notify.push is not None:
            notify.push.check()
            self.push = PushChannel(notify.push, load_or_make(key_file), devices, clock, told)
        self.all: list[Channel] = [*self._screens, self._light]
        self.all += [] if self.push is None else [self.push]
        self.all += _lines(notify, clock, told)

    def require(self, policy: Policy, name: str) -> None:
        """Check that a policy asks for no channel that there is not.

        Raises:
            ConfigError: it does; the text names file and channel.
        """
        missing = policy.channels() - {channel.name for channel in self.all}
        if missing:
            channel = min(missing)
            raise ConfigError(f"{name} uses channel {channel}, which hub.toml has not: [notify.{channel}]")

    def heard(self, tablet: Tablet) -> None:
        """Take what a screen says of itself."""
        screen = _screen(tablet)
        for channel in self._screens:
            channel.hear(screen)

    def reported(self, report: LightReport) -> None:
        """Take what an edge says of its lamp."""
        self._light.reported(report)

    def states(self) -> Mapping[str, State]:
        """Return whether each channel can carry anything now."""
        return {channel.name: channel.state for channel in self.all}

    def reach(self, policy: Policy) -> Mapping[str, tuple[WayState, ...]]:
        """Return by which ways each person of a policy can be told now. Reads the disk: call it in a thread."""
        devices = [DeviceState(each.username, each.expires, each.problem) for each in self.devices.all()]
        return reach(policy, self.states(), devices, self._clock.utc())

    def _said(self) -> Iterator[Screen]:
        return (_screen(tablet) for tablet in self._live.tablets())

    def _online(self, edge: str) -> bool:
        state = self._live.ward.edges.get(edge)
        return state is not None and state.online

    def _any_online(self) -> bool:
        return any(state.online for state in self._live.ward.edges.values())


def _lines(notify: NotifySettings, clock: Clock, told: Callable[[Receipt], None]) -> Iterator[Channel]:
    if notify.espa is not None:
        yield EspaChannel(notify.espa, clock, told)
    if notify.sms is not None:
        yield SmsChannel(notify.sms, clock, told)
    if notify.email is not None:
        yield EmailChannel(notify.email, clock)


def _screen(tablet: Tablet) -> Screen:
    return Screen(
        tablet.username,
        tablet.time,
        tablet.audio == "ready",
        tablet.ward,
        tablet.showing,
        tablet.sounding,
        tablet.seen,
    )
