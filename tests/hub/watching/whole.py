"""A whole hub, and a nurse's page as the hub knows it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from hub.alerting.model import TEST_EDGE
from hub.app import Hub
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.config import BrokerSettings, EscalationSettings, Http, HubConfig, NotifySettings
from tests.hub.ingest.home import make_home

PASSWORD = "correct horse"
PEOPLE = {"ines": "nurse", "luc": "nurse", "cadre": "coordinator", "tom": "technician"}


class Page:
    """A nurse's page as the hub knows it: it says whether it can be heard, and proves it when it is asked."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.kinds: list[str] = []
        self.answers: Callable[[str], str | None] = lambda probe: probe
        self.audio = "ready"

    async def run(self) -> None:
        await self.report("")
        async for text in self.socket:
            message: dict[str, Any] = json.loads(text)
            self.kinds.append(message["type"])
            assert TEST_EDGE not in str(text)
            if message["type"] == "probe":
                answer = self.answers(message["id"])
                if answer is not None:
                    await self.report(answer)

    async def report(self, probed: str) -> None:
        state = {"type": "tablet", "audio": self.audio, "visible": True, "probed": probed}
        await self.socket.send(json.dumps(state))


@asynccontextmanager
async def running(
    path: Path, policy: str = "", *, pages: bool = False, notify: NotifySettings | None = None
) -> AsyncIterator[Hub]:
    """Run a hub with one resident, with a policy of escalation if one is given."""
    make_home(path / "data")
    file = path / "escalation.toml"
    file.write_text(policy)
    escalation = EscalationSettings(file if policy else None)
    config = HubConfig(
        path / "data",
        Http(port=0),
        BrokerSettings(port=0),
        escalation=escalation,
        notify=notify or NotifySettings(),
    )
    made = Hub(config, pages=pages)
    hashed = Passwords().hash(PASSWORD)
    for name, role in PEOPLE.items():
        made.accounts.add_user(User(name, name.title(), role, hashed, disabled=False, created=0))
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@asynccontextmanager
async def browser(hub: Hub, username: str = "ines") -> AsyncIterator[httpx.AsyncClient]:
    """Sign somebody in."""
    async with httpx.AsyncClient(base_url=hub.url, headers={"Origin": hub.url}) as made:
        credentials = {"username": username, "password": PASSWORD}
        answer = await made.post("/api/v1/session", json=credentials)
        assert answer.is_success, answer.text
        yield made


@asynccontextmanager
async def opened(hub: Hub) -> AsyncIterator[Page]:
    """Open the stream of a page that can be heard."""
    async with browser(hub) as signed_in:
        cookie = "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())
    url = hub.url.replace("http", "ws") + "/api/v1/live"
    async with connect(url, additional_headers={"Cookie": cookie, "Origin": hub.url}) as socket:
        page = Page(socket)
        task = asyncio.create_task(page.run())
        await until(lambda: len(hub.live.audible()) == 1)
        yield page
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)
