"""Télé-expertises that wait: who is asked, by when, and what rings when nobody answers.

Said is which questions run short of time (`EXPERTISE_DUE`, after three quarters of it) and which are late (`EXPERTISE_LATE`);
`hub.lookout` rings them. They end when the question is answered, declined or taken back. When an answer is due was written into
the question when it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from hub.acts.machines import expertise
from hub.acts.model import Act, Kind
from hub.alerting.escalation.climb import Trouble
from hub.alerting.model import Code
from hub.lookout import Edges, Found, Sought
from hub.store import acts

REMINDER: Final = 0.75
"Share of the time to answer after which the home is reminded: 18 h of 24 (sheet 08)."


@dataclass(frozen=True, slots=True)
class Experts:
    """Groups that questions are put to, each with the accounts of its members."""

    names: Mapping[str, str]
    "What a group is called, by its id."
    members: Mapping[str, frozenset[str]]

    def asked_as(self, username: str) -> frozenset[str]:
        """Return the names under which questions are put to an account beside its own."""
        return frozenset(expertise.group(key) for key, members in self.members.items() if username in members)


NO_EXPERTS: Final = Experts({}, {})


def waiting(found: Iterable[Act], edges: Edges, now: int) -> dict[Code, tuple[Trouble, ...]]:
    """Return what rings, for each room the question that was due first. Pure.

    Args:
        found: the questions that wait for an answer.
        edges: the device of every resident's room; about who has left the home nobody is sent.
        now: hub time, microseconds UTC.
    """
    rung: dict[Code, dict[str, Trouble]] = {Code.EXPERTISE_LATE: {}, Code.EXPERTISE_DUE: {}}
    for act in sorted(found, key=_due):
        until, sent = _due(act), _sent(act)
        if act.resident not in edges or now < sent + round(REMINDER * (until - sent)):
            continue
        edge = edges[act.resident] or ""
        code = Code.EXPERTISE_LATE if now >= until else Code.EXPERTISE_DUE
        rung[code].setdefault(edge, Trouble(edge, act.resident, act.id))
    return {code: tuple(troubles[edge] for edge in sorted(troubles)) for code, troubles in rung.items()}


def _due(act: Act) -> int:
    return expertise.answer_by(act.fields) or 0


def _sent(act: Act) -> int:
    sent = act.fields.get(expertise.SENT_AT)
    return sent if isinstance(sent, int) else 0


def _late(connection: Connection, edges: Edges, now: int) -> Found:
    return waiting(acts.in_states(connection, Kind.EXPERTISE, expertise.WAITING), edges, now)


LATE_ANSWERS: Final = Sought("which questions wait for an answer", _late)
