"""Who may see this room, and after what: rules of consent, the caregivers' code, those who come later. Pure.

Four rules, from strict to lax: `nurse` (a press in the room with a caregiver's code), `ask` (a press in the room), `announce` (opens
after a notice that the room's screen shows), `emergency` (as `announce`, for a call that the hub calls urgent; asks
otherwise). The room's configuration says the laxest that it permits and the resident's rule comes with the ring: the
stricter of the two holds. `announce` is the room's own: the hub cannot bring it.
"""

from __future__ import annotations

import enum
import hmac
from dataclasses import dataclass

from devices.clock import SECOND
from edge.video.link import Guest

REFUSAL = 8 * SECOND
"Somebody from outside the home is admitted when nobody refused this long, on a screen that says who comes."
SHOW = 4 * SECOND
"The screen has this long to say that it shows a ring or a name: a page that loads again takes about 1 s."
HOME = frozenset({"nurse", "coordinator", "physician"})
"Roles of the home's own people; whoever has another comes from outside."
WATCHES = frozenset({"regulator"})
"Roles that see and speak, and steer nothing."
TRIES = 5
"Wrong codes in a row before the keypad waits."
PAUSE = 60 * SECOND
"How long it waits: 10 000 codes of four digits then take 33 hours."


class Rule(enum.StrEnum):
    """What a call must pass."""

    NURSE = "nurse"
    ASK = "ask"
    ANNOUNCE = "announce"
    EMERGENCY = "emergency"


_STRICT_FIRST = tuple(Rule)
_SENT = {"ask": Rule.ASK, "nurse": Rule.NURSE, "emergency": Rule.EMERGENCY}


def rule_of(room: Rule, sent: str, *, urgent: bool) -> Rule:
    """Return the rule that holds for a call.

    Args:
        room: the laxest that the room's configuration permits.
        sent: the resident's rule, as it came with the ring; empty when the hub says none. What is not known is the strictest.
        urgent: the hub calls this an emergency.
    """
    said = room if not sent else _SENT.get(sent, Rule.NURSE)
    # A room may permit it; only the resident's own rule asks for it.
    emergency = urgent and sent == Rule.EMERGENCY
    rules = [Rule.ASK if one is Rule.EMERGENCY and not emergency else one for one in (room, said)]
    return min(rules, key=_STRICT_FIRST.index)


class Verdict(enum.Enum):
    """What a code is."""

    RIGHT = enum.auto()
    WRONG = enum.auto()
    WAIT = enum.auto()


class CarerCode:
    """The caregivers' code of one room. After `TRIES` wrong ones in a row nothing is looked at for `PAUSE`."""

    def __init__(self, code: str) -> None:
        self._code = code.encode()
        self._wrong = 0
        self._until = 0

    def check(self, code: str, now: int) -> Verdict:
        """Compare, in a time that does not tell how much of it is right."""
        if self.wait(now):
            return Verdict.WAIT
        if hmac.compare_digest(self._code, code.encode(errors="surrogatepass")):
            self._wrong = 0
            return Verdict.RIGHT
        self._wrong += 1
        if self._wrong >= TRIES:
            self._wrong, self._until = 0, now + PAUSE
        return Verdict.WRONG

    def wait(self, now: int) -> int:
        """Return for how long no code is looked at, microseconds."""
        return max(0, self._until - now)


@dataclass(slots=True)
class Waiting:
    """Somebody who asks to come into a call that is open, or about to be."""

    guest: Guest
    since: int
    "Since when the screen has had the time to show the name."
    shown: int | None = None
    "Since when the screen shows the name."

    def admitted(self, rule: Rule, now: int, *, screen: bool) -> bool:
        """Tell whether they come in now.

        Args:
            rule: of the call.
            now: the time.
            screen: a screen of the room is there.
        """
        if rule is Rule.EMERGENCY:
            return True
        if self.guest.role in HOME or rule is Rule.ANNOUNCE:
            return screen or self.shown is not None
        return self.shown is not None and now - self.shown >= REFUSAL

    def unseen(self, now: int) -> bool:
        """Tell whether no screen showed the name in the time that it has for it."""
        return self.shown is None and now - self.since >= SHOW

    def admits_at(self, rule: Rule) -> int | None:
        """Return when they come in if nobody refuses; `None` while no screen shows the name."""
        if self.shown is None:
            return None
        outside = self.guest.role not in HOME and rule in {Rule.NURSE, Rule.ASK}
        return self.shown + REFUSAL if outside else self.shown
