"""The home of the story: room 12 with a real edge, a virtual oximeter behind a control port, and people who know her."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from devices.clock import SystemClock
from devices.limits import Limit, Priority
from hub.demo.dossiers import furnish_dossiers
from hub.store import records
from hub.store.records import Prescription
from tests.dashboards.rooms_in_call import CALL, CallHome

PATIENT = "p12"
VEILLEUSE = str(Path(sys.executable).with_name("veilleuse"))
SENSORS = f"""
[[sensor]]
name = "ch12-oximeter"
protocol = "nonin-df2"
link = "ports/oximeter"
patient = "{PATIENT}"
seed = 12
usual = {{ heart_rate = 68.0, spo2 = 95.5, respiration_rate = 16.0 }}
"""


class StoryHome(CallHome):
    """Jeanne Martin wears an oximeter; her limits are signed, her dossier is written."""

    room = CALL + '\n[[sensor]]\nid = "oximeter"\nprotocol = "nonin-df2"\nlink = "../ports/oximeter"\n'

    def furnish(self, database: Any) -> None:
        super().furnish(database)
        now = SystemClock().utc()
        pulse = Limit("r12-pulse", "pulse_rate", Priority.MEDIUM, high=100.0, delay=2.0, hysteresis=3.0)
        spo2 = Limit("r12-spo2", "spo2", Priority.HIGH, low=88.0, delay=2.0, hysteresis=1.0)
        with database.write() as connection:
            for limit, why in ((pulse, "insuffisance cardiaque"), (spo2, "BPCO connue")):
                records.prescribe(connection, Prescription(limit, "r12", "benali", why, now))
            furnish_dossiers(connection, now, {"r12"})

    async def begin(self) -> None:
        self.control = await asyncio.to_thread(self._wears)
        await super().begin()

    def _wears(self) -> str:
        """Start the sensor in a process of its own, as in the demo, and return where its control port is."""
        (self.folder / "ports").mkdir()
        config = self.folder / "sensors.toml"
        config.write_text(SENSORS)
        order = [VEILLEUSE, "sensors", "run", "--config", str(config)]
        self.sensors = subprocess.Popen(order, stdout=subprocess.PIPE, text=True)
        assert self.sensors.stdout is not None
        return str(json.loads(self.sensors.stdout.readline())["control"])

    async def end(self) -> None:
        await super().end()
        self.sensors.terminate()
        assert await asyncio.to_thread(self.sensors.wait, 60) == 0
        if self.sensors.stdout is not None:
            self.sensors.stdout.close()

    def happen(self, scenario: str) -> None:
        """Make something happen to Jeanne, as anybody would: by the command, through the control port."""
        order = [VEILLEUSE, "sensors", "scenario", "--control", self.control, PATIENT, scenario]
        subprocess.run(order, check=True, timeout=60)
