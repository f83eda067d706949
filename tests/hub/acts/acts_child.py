"""Brings one act into every state there is, in a process of its own: `acts_child.py DATABASE`.

Says every step once it is done. Whoever kills it starts it again: it goes on from what the store holds.
"""

from __future__ import annotations

import sys
from collections import deque
from pathlib import Path

from devices.clock import SystemClock
from hub.acting import Acting, Doing, Opening
from hub.acts.model import Act, Actor, Kind, Machine, Role
from hub.acts.registry import MACHINES
from hub.store import acts
from hub.store.database import Database
from hub.store.timeseries_sqlite import SqliteTimeSeries
from tests.hub.acts.saying import enough

RESIDENT = "jeanne"


def path_to(machine: Machine, state: str) -> list[str]:
    """Return the shortest way into a state, as events."""
    seen, waiting = {str(machine.start)}, deque([(str(machine.start), list[str]())])
    while waiting:
        at, path = waiting.popleft()
        if at == state:
            return path
        for (before, event), after in machine.table.items():
            if before == at and after not in seen:
                seen.add(str(after))
                waiting.append((str(after), [*path, event]))
    raise AssertionError(state)


def who_may(machine: Machine, event: str) -> Actor:
    role = min(machine.rules[event].roles)
    return Actor(role.value, role)


class Walk:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.acting = Acting(database, SqliteTimeSeries(database), SystemClock())

    def reach(self, kind: Kind, state: str) -> None:
        machine, key = MACHINES[kind], f"{kind.value}-{state}"
        self.acting.open(Opening(kind, RESIDENT, "essai", key), Actor("nurse", Role.NURSE))
        path = path_to(machine, state)
        while (act := self.now(key)).version <= len(path):
            self.step(act, machine, path[act.version - 1])
            done = self.now(key)
            print(key, done.version, done.state, flush=True)

    def step(self, act: Act, machine: Machine, event: str) -> None:
        if machine.rules[event].linked:
            kind = next(
                kind for (state, kind), each in machine.follows.items() if (state, each) == (act.state, event)
            )
            wish = Opening(kind, RESIDENT, "suite", f"{act.id}-next", from_act=act.id)
            self.acting.open(wish, Actor("nurse", Role.NURSE))
        elif Role.CLOCK in machine.rules[event].roles:
            assert act.due is not None
            assert self.acting._overdue(act.id, act.due)
        else:
            now = SystemClock().utc()
            fields = enough(machine, event, now, optional=False)
            doing = Doing(event, act.version, "il le faut", fields)
            self.acting.step(act.id, doing, who_may(machine, event))

    def now(self, key: str) -> Act:
        with self.database.read() as connection:
            found = acts.find(connection, key)
        assert found is not None
        return found


def main() -> None:
    walk = Walk(Database(Path(sys.argv[1]), prepare=False))
    for kind, machine in MACHINES.items():
        for state in sorted({machine.start, *machine.table.values()}):
            walk.reach(kind, state)
    print("done", flush=True)


if __name__ == "__main__":
    main()
