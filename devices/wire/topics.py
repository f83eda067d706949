"""MQTT topics. An edge may write below `veilleuse/1/<edge>/up` and read below `veilleuse/1/<edge>/down`, nothing else.

| topic | from | carries |
|---|---|---|
| `veilleuse/1/<edge>/up/live` | edge | `Envelope`, what is measured now |
| `veilleuse/1/<edge>/up/late` | edge | `Envelope`, what was spooled while cut off |
| `veilleuse/1/<edge>/up/presence` | edge, or the broker (will) | `Presence` |
| `veilleuse/1/<edge>/up/signal` | edge | `Signal`, call signalling |
| `veilleuse/1/<edge>/up/report` | edge | `Report`, what a technician asked to see |
| `veilleuse/1/<edge>/down/ack` | hub | `Acknowledgement` |
| `veilleuse/1/<edge>/down/command` | hub | `Command` |
| `veilleuse/1/<edge>/down/signal` | hub | `Signal` |

`<edge>` is also the edge's MQTT user name, so that a broker's access list can hold it to its own branch.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.errors import ConfigError, WireError
from devices.identity import identifier

PREFIX = "veilleuse/1"

UP = frozenset({"live", "late", "presence", "signal", "report"})
"Last level of what an edge publishes."

DOWN = frozenset({"ack", "command", "signal"})
"Last level of what the hub publishes."

ALL_UP = f"{PREFIX}/+/up/#"
"What the hub subscribes to."


@dataclass(frozen=True, slots=True)
class Topic:
    """A parsed topic."""

    edge: str
    up: bool
    kind: str

    @classmethod
    def parse(cls, text: str) -> Topic:
        """Parse a topic.

        Raises:
            WireError: `topic`, it is none of the project's topics.
        """
        parts = text.split("/")
        if len(parts) != 5 or parts[0] != "veilleuse" or parts[1] != "1":
            raise WireError("topic", f"topic {text[:200]!r} is not veilleuse/1/<edge>/<up|down>/<kind>")
        _, _, edge, direction, kind = parts
        if direction not in {"up", "down"} or kind not in (UP if direction == "up" else DOWN):
            raise WireError("topic", f"topic {text[:200]!r} has no kind {direction}/{kind}")
        try:
            identifier(edge, "edge")
        except ConfigError as error:
            raise WireError("topic", f"topic {text[:200]!r}: {error}") from None
        return cls(edge, direction == "up", kind)

    def __str__(self) -> str:
        return f"{PREFIX}/{self.edge}/{'up' if self.up else 'down'}/{self.kind}"


def up(edge: str, kind: str) -> str:
    """Return the topic on which `edge` publishes `kind`."""
    return f"{PREFIX}/{edge}/up/{kind}"


def down(edge: str, kind: str) -> str:
    """Return the topic on which the hub publishes `kind` to `edge`."""
    return f"{PREFIX}/{edge}/down/{kind}"


def all_down(edge: str) -> str:
    """Return the filter to which `edge` subscribes."""
    return f"{PREFIX}/{edge}/down/+"
