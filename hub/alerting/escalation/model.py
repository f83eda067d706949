"""An escalation, what it orders, and how it is told. Pure data."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass, field

import msgspec

from devices.clock import SECOND


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rung of a ladder."""

    after: float
    "Seconds after the alert was born, pauses not counted."
    tell: tuple[str, ...]
    "Whom: `role:NAME`, `person:NAME` or `device:NAME`."
    channels: tuple[str, ...]
    "By which channels, the first that works."
    say: str = ""
    "An instruction to a human, put before what the alert is: `APPELER LE 15`. The hub dials nothing."


class Ladder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to an alert that nobody answers. An escalation keeps its own copy from birth (trap 25)."""

    steps: tuple[Step, ...]
    repeat: float = 0.0
    "Seconds after the last step at which it all begins again; 0 is never."


class Mode(enum.StrEnum):
    """Whether an escalation climbs."""

    CLIMBING = "climbing"
    HELD = "held"
    "Somebody acknowledged the alert or has it in hand."
    PAUSED = "paused"
    "The alert is suppressed."
    OVER = "over"
    "The alert is closed."


@dataclass(frozen=True, slots=True)
class Escalation:
    """Where one alert stands on its ladder."""

    alert: str
    ladder: Ladder
    origin: int
    "Hub time from which `Step.after` counts, microseconds UTC: the birth, moved by every pause."
    round: int = 0
    "How often the ladder was climbed to its end."
    step: int = 0
    "The next step; as many as there are when all were told."
    mode: Mode = Mode.CLIMBING
    since: int = 0
    "Hub time at which it ceased to climb; 0 while it does."
    hole: str = ""
    "Whom the last step could not find, with commas between."
    inherited: bool = False
    "Whether an older alert of the same matter climbed the first steps: the log has them under its name."

    @property
    def due(self) -> int | None:
        """When the next step is due; `None` when it does not climb or all steps were told."""
        if self.mode is not Mode.CLIMBING or self.step >= len(self.ladder.steps):
            return None
        return self.origin + round(self.ladder.steps[self.step].after * SECOND)


Way = tuple[str, str]
"(channel, address)."


@dataclass(frozen=True, slots=True)
class Telling:
    """One recipient to be told of one step by one channel; its id makes ordering it again a no-op."""

    alert: str
    round: int
    step: int
    due: int
    "When the step was due."
    recipient: str
    "A person or device, or what could not be found."
    role: str
    "By which it was found; empty when it was named."
    channel: str
    address: str
    say: str
    rest: tuple[Way, ...]
    "What is tried when this fails."
    created: int
    expires: int
    reason: str
    "Why it is told; why it cannot be."
    possible: bool = True
    "False when there is nobody, or no way: kept so that the log says so."

    @property
    def id(self) -> str:
        """Return the identity: alert, round, step, recipient and channel."""
        return telling_id(self.alert, self.round, self.step, self.recipient, self.channel)


def telling_id(alert: str, number: int, step: int, recipient: str, channel: str) -> str:
    """Return the identity of a telling."""
    text = "\0".join((alert, str(number), str(step), recipient, channel))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(slots=True)
class Orders:
    """What one turn asks for; committed with the changes that caused it, or not at all."""

    escalations: dict[str, Escalation] = field(default_factory=dict)
    tellings: list[Telling] = field(default_factory=list)
    over: dict[str, str] = field(default_factory=dict)
    "Alerts of whom nobody needs to be told any more, and why."
    resumed: dict[str, int] = field(default_factory=dict)
    "Alerts that climb again, and for how many microseconds they did not."
    moved: dict[str, str] = field(default_factory=dict)
    "Alerts by the newer one of the same matter that took their place."

    def __bool__(self) -> bool:
        return bool(self.escalations or self.tellings)
