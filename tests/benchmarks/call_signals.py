"""Ten rooms calling at once on one hub: how long a signal takes from the room through the hub to the page, and back.

A real hub with its broker; ten rooms that are MQTT clients which speak the edges' sealed protocol, and ten physicians' pages on
WebSockets, in this process. All ring at once; then each room offers, its page answers and sends candidates, and the page asks
for a new connection, again and again. A signal's delay is from the call that publishes (or sends) it to its arrival at the other end, so it
holds the broker and both ends' libraries, not the hub alone. What the hub alone took is its own histogram `veilleuse_call_signal_seconds`.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from devices.wire.messages import Signal, SignalKind
from hub import provisioning
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.store.accounts import Accounts
from tests.benchmarks.figures import Figure, percentile
from tests.integration.home import BEFORE, PASSWORD, Home, RoomPlan
from tests.integration.processes import wait_for
from tests.integration.speaking_room import SDP, SpeakingRoom

ROOMS = 10
TURNS = 20
"New connections of each call, one after the other; each is an offer, an answer and candidates."
CANDIDATES = 8
AIM_MS = 100.0
_BUCKET = re.compile(r'veilleuse_call_signal_seconds_bucket\{le="([^"]+)",way="(\w+)"\} (\S+)')


@dataclass
class Delays:
    """Seconds that signals took, by way."""

    to_page: list[float] = field(default_factory=list)
    to_room: list[float] = field(default_factory=list)
    ring: list[float] = field(default_factory=list)
    "From the request over HTTP to the ring in the room: it is on the disk by then."


class TimedRoom(SpeakingRoom):
    """A room that knows when it offered and when what was sent to it came."""

    def __init__(self, edge: str, key: str, port: int) -> None:
        self.offered: dict[int, float] = {}
        "By epoch."
        self.came: dict[str, float] = {}
        "By what the page said."
        self.rang = 0.0
        super().__init__(edge, key, port, self._hear)

    def _hear(self, signal: Signal, came: float) -> None:
        if signal.kind is SignalKind.RING:
            self.rang = came
        self.came[signal.candidate or signal.sdp] = came

    def say(self, call: str, kind: SignalKind, epoch: int = 1, **more: Any) -> None:
        if kind is SignalKind.OFFER:
            self.offered[epoch] = time.perf_counter()
        super().say(call, kind, epoch, **more)


def run() -> list[Figure]:
    """Measure."""
    plans = [RoomPlan(number) for number in range(1, ROOMS + 1)]
    with tempfile.TemporaryDirectory(prefix="veilleuse-bench-") as folder, Home(Path(folder), plans) as home:
        _physicians(home)
        home.start_hub()
        rooms = [TimedRoom(plan.edge, home.keys[plan.edge], home.mqtt_port) for plan in plans]
        with ExitStack() as stack, home.client("nurse") as client:
            for room in rooms:
                stack.enter_context(room)
            wait_for(
                "every room is online",
                lambda: all(view["online"] for view in client.get("/api/v1/edges")),
                60,
            )
            delays = asyncio.run(_calls(home, rooms))
            hub = _histogram(httpx.get(f"{home.url}/metrics", trust_env=False).text)
    return _figures(delays, hub)


def _physicians(home: Home) -> None:
    """A physician is in one call at a time: each room has one of its own."""
    database = provisioning.open_database(home.data)
    accounts, hashed = Accounts(database), Passwords().hash(PASSWORD)
    for number in range(1, ROOMS + 1):
        accounts.add_user(
            User(f"dr{number}", f"Dr {number}", "physician", hashed, disabled=False, created=BEFORE)
        )
    database.close()


async def _calls(home: Home, rooms: list[TimedRoom]) -> Delays:
    delays, ready = Delays(), asyncio.Barrier(ROOMS)
    await asyncio.gather(*(_one(home, number, room, delays, ready) for number, room in enumerate(rooms, 1)))
    return delays


async def _one(home: Home, number: int, room: TimedRoom, delays: Delays, ready: asyncio.Barrier) -> None:
    async with httpx.AsyncClient(base_url=home.url, trust_env=False, timeout=60) as client:
        signed = await client.post("/api/v1/session", json={"username": f"dr{number}", "password": PASSWORD})
        assert signed.status_code == 200, signed.text
        await ready.wait()
        asked = time.perf_counter()
        answer = await client.post(f"/api/v1/residents/r{number}/calls", json={"reason": "mesure"})
        assert answer.status_code == 201, answer.text
        call = answer.json()["id"]
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        address = f"ws://127.0.0.1:{home.http_port}/api/v1/calls/{call}/signal"
        async with connect(address, additional_headers={"cookie": cookie}, proxy=None) as page:
            await _until(lambda: room.rang > 0)
            delays.ring.append(room.rang - asked)
            await _accepted(page)
            for turn in range(TURNS):
                await _turn(page, room, delays, turn)
        await client.post(f"/api/v1/calls/{call}/hangup")


async def _accepted(page: ClientConnection) -> None:
    """Wait until the room has accepted; its first offer may have come before the page did."""
    async with asyncio.timeout(30):
        while True:
            said = json.loads(await page.recv())
            if said["kind"] == "offer" or (said["call"] or {}).get("state") in {"accepted", "connected"}:
                return


async def _turn(page: ClientConnection, room: TimedRoom, delays: Delays, turn: int) -> None:
    await page.send(json.dumps({"kind": "restart", "epoch": turn + 1}))
    async with asyncio.timeout(30):
        while (said := json.loads(await page.recv()))["kind"] != "offer" or said["epoch"] < turn + 2:
            pass
    delays.to_page.append(time.perf_counter() - room.offered[said["epoch"]])
    sent: dict[str, float] = {}
    for part in range(CANDIDATES):
        text = f"candidate:{turn}-{part}"
        sent[text] = time.perf_counter()
        await page.send(
            json.dumps({"kind": "candidate", "epoch": said["epoch"], "candidate": text, "sdp_mid": "0"})
        )
    answer = f"{SDP}a=turn:{turn}\r\n"
    sent[answer] = time.perf_counter()
    await page.send(json.dumps({"kind": "answer", "epoch": said["epoch"], "sdp": answer}))
    await _until(lambda: sent.keys() <= room.came.keys())
    delays.to_room.extend(room.came[text] - then for text, then in sent.items())


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while True:
            if holds():
                return
            await asyncio.sleep(0.005)


def _histogram(text: str) -> dict[str, float]:
    """Return the bound below which 99 of 100 signals stayed in the hub, seconds, by way."""
    counts: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for bound, way, count in _BUCKET.findall(text):
        counts[way].append((float(bound), float(count)))
    found = {}
    for way, buckets in counts.items():
        total = buckets[-1][1]
        found[way] = next(bound for bound, count in buckets if count >= 0.99 * total)
    return found


def _figures(delays: Delays, hub: dict[str, float]) -> list[Figure]:
    everything = [*delays.to_page, *delays.to_room]
    figures = [_p99("signals of ten calls at once, p99", everything, aim=True)]
    figures += [
        _p99("room to page (offers), p99", delays.to_page),
        _p99("page to room (answers, candidates), p99", delays.to_room),
        Figure(
            "request to ring in the room, slowest of ten",
            1000 * max(delays.ring),
            "ms",
            note="all ten asked at once",
        ),
    ]
    return figures + [
        Figure(f"in the hub alone, {way}, p99 at most", 1000 * bound, "ms", note="bound of its histogram")
        for way, bound in sorted(hub.items())
    ]


def _p99(name: str, seconds: list[float], *, aim: bool = False) -> Figure:
    value = 1000 * percentile(seconds, 0.99)
    median = 1000 * percentile(seconds, 0.5)
    note = f"{len(seconds)} signals, median {median:.1f} ms, slowest {1000 * max(seconds):.1f} ms"
    if not aim:
        return Figure(name, value, "ms", note=note)
    return Figure(name, value, "ms", f"< {AIM_MS:.0f} ms", met=value < AIM_MS, note=note)
