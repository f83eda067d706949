"""What telling somebody is, whichever way it goes.

"Sent", "delivered", "seen" and "accepted" are different facts, and only what a counterpart said is one: a modem that took
a message has not reached anybody. A channel carries a `Notice` and says what became of it; it never decides who is told
next, and it never learns who the alert is about: a notice holds a room and a code, no name.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from devices.limits import Priority

TEST_CODE = "test"
"Code of a notice about nothing: somebody tries whether a way to a person works."
REMINDER_CODE = "reminder"
"Code of a notice before a planned consultation: no alert, and nobody answers it."
QUESTION_CODE = "question"
"Code of a notice to an expert that a question waits for them: no alert, and of no room."


class ReceiptKind(enum.StrEnum):
    """What a counterpart says of a notice that it took."""

    DELIVERED = "delivered"
    "It is on the device: a display, a phone."
    SEEN = "seen"
    "A person looked at it."
    ACCEPTED = "accepted"
    "A person takes the alert."
    REFUSED = "refused"
    "A person passes it on."
    FAILED = "failed"
    "The counterpart gave it up: number unknown, device absent, time over."


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert, told to one person (or one device of the house) over one channel, once."""

    id: str
    "Made before it is sent, from step, recipient and channel: a second attempt is the same notice."
    alert: str
    "Identity of the alert."
    address: str
    "In the channel's own form: `+33612345678`, a pager's number, an e-mail address, a push subscription, an edge."
    code: str
    "What it is about: a `hub.alerting.model.Code`."
    priority: Priority
    room: str
    "The room's name, as on its door."
    text: str
    "What a small display shows, French, at most 60 characters, no name: `Ch 12 SpO2 basse 84 %`."
    born: int
    "When the alert was raised, hub time, microseconds UTC."
    expires: int
    "Hub time after which it is of no use to send it any more."
    edge: str = ""
    "The edge of the alert's room; empty for an alert of the whole home."
    quiet: bool = False
    "Somebody has silenced it: where it is shown it does not sound, and that is no failure."
    link: str = ""
    "Address of the page that it is about, for what has room for one; empty where the hub does not know its own."


@dataclass(frozen=True, slots=True)
class Sent:
    """The counterpart took it."""

    reference: str = ""
    "The counterpart's own number for it, by which receipts come back; empty when there will be none."
    within: float | None = None
    """Seconds within which a receipt must come: without one it has failed, and the recipient's next channel is tried.
    `None` for counterparts that may not say anything."""
    note: str = field(default="", compare=False)
    "What is to be in the log beside it, English: that it went over the line more than once."


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now."""

    reason: str
    "English, for the log."
    after: float = 5.0
    "Seconds."


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Never, for this notice."""

    reason: str
    "English, for the log."


Outcome = Sent | Retry | GiveUp


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a notice after it was sent."""

    channel: str
    reference: str
    kind: ReceiptKind
    time: int
    "Hub time at which it came, microseconds UTC."
    detail: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Whether a channel can carry anything now."""

    well: bool
    since: int
    "Hub time."
    reason: str = ""
    "Why not; English."


class Channel(Protocol):
    """One way to tell people. Its `run` is kept going by whoever made it."""

    @property
    def name(self) -> str:
        """Stable name: `espa`, `sms`, `email`, `push`, `tablet`, `light`."""
        ...

    @property
    def state(self) -> State:
        """Whether it can carry anything now, as far as it knows without sending."""
        ...

    async def run(self) -> None:
        """Keep the line to the counterpart: poll it, hear its receipts. Ends only by being cancelled or by an error.

        Raises:
            VeilleuseError: the line is lost; it is run again after a pause.
        """
        ...

    async def send(self, notice: Notice) -> Outcome:
        """Hand a notice over, within 30 s whatever the counterpart does. Never raises on what a counterpart does."""
        ...


@runtime_checkable
class Recalling(Channel, Protocol):
    """A channel that can take back what it showed: a display, a light."""

    def remember(self, shown: Mapping[str, str]) -> None:
        """Take from the log what each address shows (address to notice), before anything is sent."""
        ...

    async def recall(self, notice: Notice) -> Outcome:
        """Take a notice back: its alert has ended or is in somebody's hands. As `send`, within 30 s.

        Taking back what is shown no more does no harm and is `Sent`.
        """
        ...
