"""The home of these tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.clock import BUILD_FLOOR, SECOND, ManualClock
from hub.consult.calls import CallService
from hub.consult.ice import Relay
from hub.live import Live
from hub.roll import read_roll
from hub.store import records
from hub.store.database import Database
from hub.store.records import EdgeRecord, Resident, Room
from tests.hub.consult.house import EDGE, Hub, Wire, online


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    clock, wire = ManualClock(), Wire()
    database = Database(tmp_path / "hub.db")
    with database.write() as connection:
        records.save_home(connection, "Les Tilleuls")
        for number in ("12", "14", "15"):
            records.add_room(connection, Room(number, number))
        for number in ("12", "14"):
            records.save_edge(connection, EdgeRecord(f"room-{number}", 1, BUILD_FLOOR))
            records.place_edge(connection, f"room-{number}", number, BUILD_FLOOR)
        for number, who in (("12", "jeanne"), ("14", "paul"), ("15", "marie")):
            records.add_resident(connection, Resident(who, who, who, 1935, BUILD_FLOOR))
            records.move_resident(connection, who, number, BUILD_FLOOR)
    clock.advance(SECOND)
    live = Live(clock, fell_behind=lambda: None)
    with database.read() as connection:
        live.load(read_roll(connection, clock.utc()), {}, [])
    online(live, clock, EDGE)
    calls = CallService(database, wire, live, clock, relay=Relay(("turn:relay",), "secret"))
    await calls.start()
    with live.subscribe("ines", devices=True) as screens:
        yield Hub(calls, wire, database, clock, screens)
    await calls.stop()
    database.close()
