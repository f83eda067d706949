"""A writer, a dispatcher and one channel in a process of their own, for a test that kills it: `escalating_child.py HOME`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from devices.clock import SystemClock
from hub.alerting.engine import Engine, Settings
from hub.alerting.escalation.climb import Escalator
from hub.alerting.escalation.policy import parse
from hub.alerting.technical import Delays
from hub.health import Health
from hub.ingest import directory
from hub.ingest.writer import Parts, Writer
from hub.metrics import Metrics
from hub.notify.base import Notice, Outcome, Sent, State
from hub.notify.dispatch import Dispatcher
from hub.store import journal, tellings
from hub.store.database import Database
from hub.store.timeseries_sqlite import SqliteTimeSeries
from tests.scenarios.hub_in_process import MASTER, LetterBox

STEPS = 30
EVERY = 0.5


def policy() -> str:
    """Return a ladder of medium priority that climbs every half second."""
    rungs = [
        f'[[ladder.medium]]\nafter = {number * EVERY}\ntell = ["person:luc"]\nchannels = ["espa"]\n'
        for number in range(STEPS)
    ]
    rest = '[repeat]\nmedium = 0\n[person.luc]\nname = "Luc"\naddress = { espa = "101" }\n'
    return "".join(rungs) + rest


class Paper:
    """A channel that writes what it is given on paper, and takes a moment to answer."""

    name = "espa"

    def __init__(self, path: Path) -> None:
        self._paper = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    @property
    def state(self) -> State:
        return State(well=True, since=0)

    async def run(self) -> None:
        pass

    async def send(self, notice: Notice) -> Outcome:
        os.write(self._paper, f"{notice.id}\n".encode())
        await asyncio.sleep(0.05)
        return Sent()


async def main(home: Path) -> None:
    clock, health = SystemClock(), Health()
    database = Database(home / "hub.db", create=False)
    with database.read() as connection:
        who = directory.load(connection, MASTER, clock.utc())
        opened = journal.open_alerts(connection)
        settings = Settings(clock.utc(), who.watched(clock.utc()), Delays(edge_silent=0.1))
        engine = Engine(who.limits, journal.rule_states(connection), opened, settings)
        climbing = tellings.escalations(connection)
    escalator = Escalator(parse(policy(), "x"), climbing, [alert for alert, _ in opened])
    writer = Writer(
        Parts(
            clock=clock,
            database=database,
            timeseries=SqliteTimeSeries(database),
            engine=engine,
            master=MASTER,
            directory=who,
            postman=LetterBox(lost=True),
            metrics=Metrics(),
            health=health,
            escalator=escalator,
        )
    )
    dispatcher = Dispatcher(database, clock, writer, health, lambda _: "Chambre 1")
    writer._parts.audiences = (dispatcher,)
    writer.start()
    print("ready", flush=True)
    await dispatcher.run([Paper(home / "paper")])


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
