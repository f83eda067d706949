"""Tells experts that a question waits for them (`hub.expert_notices` says whom, when and by which way).

What was told is on the disk once its channel took it, so a hub that ends in between tells it again rather than never, and
a question that was sent just before is told after the start. What does not go is tried again by times that are on the disk too.
It is no alert: it climbs no ladder, and nobody answers it; the home hears of a question that is late by itself (`hub.expertises`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from devices.clock import Clock
from devices.limits import Priority
from hub.acts.machines import expertise
from hub.acts.model import Act, Kind
from hub.alerting.escalation.policy import Policy
from hub.alerting.model import SYSTEM
from hub.expert_notices import (
    Due,
    Missing,
    Question,
    Reach,
    after,
    audience,
    due,
    reach_of,
    since,
    text_of,
    useful_until,
)
from hub.expertises import Experts
from hub.notify.base import QUESTION_CODE, Channel, Notice, Outcome, Retry, Sent
from hub.store import acts, expert_tellings, records
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.errors import StoreError
from hub.store.expert_tellings import Stand, Telling
from hub.store.push import Devices
from hub.store.records import AuditEntry

EVERY: Final = 5.0
"Seconds between two looks."
AT_ONCE: Final = 8
"Tellings of one look. Each look sees anew what was taken meanwhile; bounds who is told for nothing after a long outage."
PAGE: Final = "/avis"
"Where experts find what is asked of them."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ways:
    """By what this home tells people."""

    policy: Callable[[], Policy]
    "Who can be reached how, as it is now."
    channels: Callable[[], Sequence[Channel]]
    devices: Devices
    "Those that receive pushes."
    address: str = ""
    "`https://` and the hub's name, as browsers outside of the home know it; empty where nobody told."


class TellingExperts:
    """Lives on the event loop."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        experts: Experts,
        ways: Ways,
        changed: Callable[[Act], None] = lambda _: None,
    ) -> None:
        """Make it; `run` begins.

        Args:
            database: where questions and tellings are.
            clock: the hub's.
            experts: groups that questions are put to.
            ways: by what people are told.
            changed: told of every question of which something was told, once that is on disk; from any thread.
        """
        self._database = database
        self._clock = clock
        self._experts = experts
        self._ways = ways
        self._changed = changed
        self._accounts = Accounts(database)
        self._unwritten: dict[str, Telling] = {}
        "What the store did not take: nobody is told again and again because a disk is full."

    async def run(self) -> None:
        """Look again and again until cancelled; the channels come up first."""
        while True:
            await asyncio.sleep(EVERY)
            await self.look()

    async def look(self) -> None:
        """Look once, and tell whom nobody has told yet."""
        try:
            await asyncio.to_thread(self._write, list(self._unwritten.values()))
            found = await asyncio.to_thread(self._due, self._clock.utc())
        except StoreError as error:
            _log.error("nobody knows which experts are to be told: %s", error)
            return
        async with asyncio.TaskGroup() as group:
            for one in found[:AT_ONCE]:
                group.create_task(self._tell(one), name="expert")

    # ---- in a thread ----

    def _due(self, now: int) -> list[Due]:
        with self._database.read() as connection:
            waits = acts.in_states(connection, Kind.EXPERTISE, expertise.WAITING)
            keys = [act.id for act in waits]
            steps = acts.steps(connection, keys)
            told = expert_tellings.of_acts(connection, keys)
        reach, zone = self._reach(), ZoneInfo(self._ways.policy().rota.zone)
        found: list[Due] = []
        for question in (Question(act, steps[act.id], zone) for act in waits):
            asked = {expert: reach(expert) for expert in audience(question, self._experts)}
            # Of a group those count who can sign in; without any it is to be known that nobody can.
            able = {expert: one for expert, one in asked.items() if one.missing is not Missing.ACCOUNT}
            found.extend(due(question, able or asked, told, now))
        return found

    def _reach(self) -> Callable[[str], Reach]:
        active = frozenset(user.username for user in self._accounts.users() if not user.disabled)
        pushed = frozenset(device.username for device in self._ways.devices.all())
        channels = frozenset(channel.name for channel in self._ways.channels())
        people = self._ways.policy().people.values()

        def reach(expert: str) -> Reach:
            if expert not in active:
                return Reach((), Missing.ACCOUNT)
            return reach_of(expert, people, channels, device=expert in pushed)

        return reach

    def _write(self, tellings: Iterable[Telling]) -> None:
        for telling in tellings:
            with self._database.write() as connection:
                expert_tellings.save(connection, telling)
                if telling.state is not Stand.TRYING:
                    records.audit(connection, _entry(telling))
                act = acts.find(connection, telling.act)
            self._unwritten.pop(telling.id, None)
            assert act is not None, "the table refuses what is of no act"
            self._changed(act)

    # ---- on the event loop ----

    async def _tell(self, one: Due) -> None:
        """Tell one expert by one way, and write down what became of it."""
        now = self._clock.utc()
        if one.way is None:
            telling = after(one, one.reason, None, now)
        else:
            outcome = await self._send(one, *one.way)
            now = self._clock.utc()
            if isinstance(outcome, Sent):
                telling = after(one, None, None, now)
            else:
                wait = outcome.after if isinstance(outcome, Retry) else None
                telling = after(one, outcome.reason, wait, now)
        self._unwritten[telling.id] = telling
        try:
            await asyncio.to_thread(self._write, [telling])
        except StoreError as error:
            _log.error("what an expert was told is not written down: %s", error)

    async def _send(self, one: Due, name: str, address: str) -> Outcome:
        channel = next(each for each in self._ways.channels() if each.name == name)
        page = self._ways.address and self._ways.address + PAGE
        return await channel.send(
            Notice(
                id=one.id,
                alert="",
                address=address,
                code=QUESTION_CODE,
                priority=Priority.LOW,
                room="",
                text=text_of(one.question, one.occasion),
                born=since(one.question, one.occasion),
                expires=useful_until(one.question),
                link=page,
            )
        )


def _entry(telling: Telling) -> AuditEntry:
    action = "expert_told" if telling.state is Stand.SENT else "expert_not_told"
    detail = f"{telling.expert} {telling.occasion}"
    detail += f" by {telling.channel}" if telling.channel else ""
    detail += f": {telling.reason}" if telling.reason else ""
    return AuditEntry(telling.time, SYSTEM, action, telling.act, detail)
