"""A room's disk is put back from a copy: its numbers are used up, and still nothing is lost, doubled or stuck."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from tests.integration.home import Home, RoomPlan
from tests.integration.processes import wait_for
from tests.integration.sensors import Meter
from tests.scenarios.oracle import duplicates, stored

pytestmark = pytest.mark.broker


def test_an_old_copy_of_a_spool_goes_on_without_loss_or_double(tmp_path: Path) -> None:
    plan = RoomPlan(1, [{"id": "ox", "protocol": "nonin-df13", "link": "ox"}])
    values = itertools.cycle([(97, 70), (96, 71), (95, 72)])
    with Home(tmp_path, [plan]) as home:
        meter = Meter(home.edge_folder(plan) / "ox", values)
        home.start_hub()
        edge = home.edge(plan).start()
        spool, kept = home.edge_folder(plan) / "spool.db", tmp_path / "kept.db"
        try:
            taken(meter, 2)
            edge.stop()
            shutil.copy(spool, kept)
            edge.start()
            taken(meter, meter.answered + 3)
            before = {check.time for check in meter.made[: meter.answered]}
            wait_for("what was taken is stored", lambda: before <= there(home), 30, 0.2)
            edge.kill()
            # What was on the lost disk alone is lost with it; that is no fault of the copy.
            gone = {check.time for check in meter.made[: meter.answered]} - there(home)
            for leftover in spool.parent.glob("spool.db-*"):
                leftover.unlink()
            shutil.copy(kept, spool)
            edge.start()
            taken(meter, meter.answered + 3)
            meter.finish()
            wait_for("the meter is empty", lambda: not meter.waiting, 40)
            times = [check.time for check in meter.made if check.time not in gone]
            wait_for("everything is stored", lambda: set(times) <= there(home), 60, 0.5)
        finally:
            meter.close()
    rows = stored(home.data.database)["room-1", "ox", "spo2"]
    assert duplicates(rows) == []
    assert sorted(row.time for row in rows) == times


def taken(meter: Meter, count: int) -> None:
    wait_for(f"{count} records are taken", lambda: meter.answered >= count, 40)


def there(home: Home) -> set[int]:
    return {row.time for row in stored(home.data.database).get(("room-1", "ox", "spo2"), [])}
