"""A home with one room that takes calls: a real hub with its pages, a real edge with its screen, drawn devices."""

from __future__ import annotations

import asyncio
import contextlib
import math
from pathlib import Path
from typing import Any

import httpx

from devices.clock import SystemClock
from devices.measurement import Measurement, Waveform
from devices.wire.enrolment import Invitation
from edge.app import Edge
from edge.config import load
from edge.enrol import enrol
from hub import provisioning
from hub.store.records import Resident, Room
from tests.dashboards.homes import PASSWORD, HubHome

FLAGS = (
    "--use-fake-device-for-media-stream=fps=5",
    "--use-fake-ui-for-media-stream",
    # On a machine without any network Chromium has no address to connect from, unless it may use 127.0.0.1.
    "--allow-loopback-in-peer-connection",
)
"For Chromium: a drawn camera, no question, calls on this machine. Few pictures: several browsers draw and encode on two cores."
STAFF = {"benali": "physician", "dupuis": "physician", "ines": "nurse", "tom": "technician"}
CALL = """
[call]
ice_loopback = true
fps = 5
hand_camera = "generated"
stethoscope = "generated"
"""
BLOCK = 25
"Samples of the pulse wave at a time."


class CallHome(HubHome):
    """Jeanne Martin lives in room 12, whose device takes calls."""

    room = CALL
    "What the device's configuration has beside what enrolment writes."

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, STAFF)

    def furnish(self, database: Any) -> None:
        now = SystemClock().utc()
        with database.write() as connection:
            provisioning.add_room(connection, Room("12", "Chambre 12"), "test", now)
            person = Resident("r12", "Martin", "Jeanne", 1932, now)
            provisioning.add_resident(connection, person, "12", "test", now)

    async def begin(self) -> None:
        async with httpx.AsyncClient(base_url=self.hub.url, timeout=20) as client:
            await client.post("/api/v1/session", json={"username": "tom", "password": PASSWORD})
            offer = (await client.post("/api/v1/enrolments", json={"room": "12"})).json()
        path = self.folder / "device" / "edge.toml"
        await asyncio.to_thread(enrol, Invitation.parse(offer["uri"]), path)
        with path.open("a") as file:
            file.write(self.room)
        self.edge = Edge(load(path))
        await self.edge.start()

    async def end(self) -> None:
        await self.edge.stop()

    @property
    def screen(self) -> str:
        """Address of the room's own screen."""
        call = self.edge._call
        assert call is not None
        assert call.screen is not None
        return f"http://127.0.0.1:{call.screen.port}/"


class MeasuringHome(CallHome):
    """The same room with an oximeter that speaks."""

    async def begin(self) -> None:
        await super().begin()
        self._heart = asyncio.create_task(self._beat())

    async def end(self) -> None:
        self._heart.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._heart
        await super().end()

    async def _beat(self) -> None:
        """Let the room's sensors speak: values once a second, a pulse wave all the time."""
        clock, turn = SystemClock(), 0
        while True:
            now = clock.utc()
            if turn % 3 == 0:
                for metric, value in (("spo2", 97.0), ("pulse_rate", 74.0), ("respiration_rate", 17.0)):
                    self.edge.latest.put(Measurement("oximeter", metric, value, now))
            samples = tuple(_pulse(turn * BLOCK + index) for index in range(BLOCK))
            self.edge.latest.put(Waveform("oximeter", "pleth", now, 75.0, samples))
            turn += 1
            await asyncio.sleep(BLOCK / 75)


def _pulse(index: int) -> int:
    """Return one sample of a drawn pulse, 74 a minute."""
    phase = (index / 75 * 74 / 60) % 1
    return round(900 * math.exp(-((phase - 0.2) ** 2) / 0.01) + 320 * math.exp(-((phase - 0.5) ** 2) / 0.02))
