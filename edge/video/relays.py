"""Asks the ways to the relay before a connection needs them; `edge.video.routes` decides what the answers mean."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from aioice import stun, turn
from aiortc.rtcicetransport import parse_stun_turn_uri

from devices.clock import SECOND, Clock
from edge.video.routes import Answer, Routes, Server, kind

_log = logging.getLogger(__name__)

ASK: Final = 3.0
"Seconds that a way has to answer: TCP, TLS and two questions over a satellite's 0.6 s (memory) take as long."
PATIENCE: Final = 0.7
"Seconds that an offer waits for answers. While it rings they come by themselves; then it waits for nothing."
FRESH: Final = 20 * SECOND
"An answer older than this is asked for again: the network may be another one."


async def ask(server: Server, clock: Clock) -> Answer:
    """Ask a relay for an address and give it back."""
    username = server.get("username", "")
    try:
        way = parse_stun_turn_uri(server["url"])
        endpoint = turn.create_turn_endpoint(
            asyncio.DatagramProtocol,
            (way["host"], way["port"]),
            username,
            server.get("credential", ""),
            ssl=way["scheme"] == "turns",
            transport=way["transport"],
        )
        async with asyncio.timeout(ASK):
            transport, _ = await endpoint
    except stun.TransactionFailed as error:
        code = error.response.error_code
        answer = kind(code or 0, username, clock.utc() // SECOND)
        _log.warning("relay %s: %s (code %s)", server["url"], answer, code)
        return answer
    except (OSError, TimeoutError, stun.TransactionError, ValueError, KeyError) as error:
        # A host name that does not resolve, a closed port, a certificate that nobody vouches for, silence.
        _log.warning("relay %s cannot be reached: %s", server.get("url"), str(error) or type(error).__name__)
        return Answer.UNREACHABLE
    transport.close()
    return Answer.OPEN


class Relays:
    """The ways to the relay of every seat of a call. Everything runs on the event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._routes: dict[str, Routes] = {}
        self._asked: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()

    def learn(self, seat: str, servers: tuple[Server, ...]) -> None:
        """Ask what the hub names for a seat, unless the answers are there and fresh."""
        routes = self._routes.setdefault(seat, Routes())
        now = self._clock.monotonic()
        if not routes.renew(servers):
            if now - self._asked.get(seat, now) < FRESH:
                return
            routes.forget()
        self._asked[seat] = now
        for server in servers:
            task = asyncio.create_task(self._ask(routes, server), name=f"relay for {seat}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def choose(self, seat: str, epoch: int, servers: tuple[Server, ...]) -> tuple[Server, ...]:
        """Return the relay for the connection of `epoch`: one, or none. Waits `PATIENCE` at most."""
        self.learn(seat, servers)
        routes = self._routes[seat]
        try:
            async with asyncio.timeout(PATIENCE):
                while not routes.settled:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            _log.info("offering to %s without waiting for every relay", seat)
        chosen = routes.next(epoch)
        if servers:
            _log.info(
                "connection %d of %s: %s", epoch, seat, chosen[0]["url"] if chosen else "no relay is open"
            )
        return chosen

    async def answered(self) -> None:
        """Wait until every way that was asked has answered, or will not."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def heard(self, seat: str, epoch: int) -> None:
        """The page was heard over the connection of `epoch`."""
        if seat in self._routes:
            self._routes[seat].heard(epoch)

    def verdict(self, seat: str) -> str:
        """Return why no connection of a seat comes about; empty while there is hope."""
        return self._routes[seat].verdict if seat in self._routes else ""

    def left(self, seat: str) -> None:
        """Nobody sits there any more."""
        self._routes.pop(seat, None)
        self._asked.pop(seat, None)

    async def close(self) -> None:
        """Stop asking."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._routes.clear()
        self._asked.clear()

    async def _ask(self, routes: Routes, server: Server) -> None:
        answer = await ask(server, self._clock)
        # Names that were renewed meanwhile have answers of their own.
        if server in routes.servers:
            routes.answered(server["url"], answer)
            self._news.set()
