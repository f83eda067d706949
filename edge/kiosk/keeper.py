"""Keeps the room's page on the glass: starts the kiosk's browser, and starts it again when it ends or when its page says nothing.

A browser does not load a crashed tab again by itself, and one that hangs stays there for ever. So the agent is asked every second
whether a page that can be seen said something lately (`GLASS` of `edge.kiosk.screen`); when none did for a while, the browser is
ended and started anew. The call goes on meanwhile: it is the agent's, and the new page is in it at once.

| the browser | the agent says | what happens |
|---|---|---|
| ended | | started again, after 1 s, 2 s, 4 s ... 30 s as long as no page comes |
| runs | a page is there | nothing; the next wait is 1 s again |
| runs | no page, for `PATIENCE`, `BEGINNING` after a start | ended and started again |
| runs | nothing (it restarts) | nothing: the page finds it again by itself |
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from devices.clock import SECOND, Clock
from edge.kiosk.screen import GLASS, HOST

_log = logging.getLogger(__name__)

PATIENCE: Final = 8 * SECOND
"How long a page that was there may say nothing; it speaks every 2 s."
BEGINNING: Final = 40 * SECOND
"How long a browser may take from its start to its first word: a slow card reads it for half a minute."
LONGEST: Final = 30 * SECOND
EVERY: Final = 1.0
"Seconds between two looks."
ANSWER: Final = 3.0
"Seconds that the agent may take to answer."
ENDING: Final = 5.0
"Seconds after which a browser that was asked to end is killed."
FLAGS: Final = (
    "--kiosk",
    "--autoplay-policy=no-user-gesture-required",
    "--noerrdialogs",
    "--no-first-run",
    "--disable-session-crashed-bubble",
    "--disable-features=Translate",
)
"What a kiosk needs: sound without a touch, and nobody asked anything."


class Step(enum.Enum):
    """What is to be done."""

    NOTHING = enum.auto()
    START = enum.auto()
    END = enum.auto()


@dataclass(slots=True)
class Watch:
    """Decides. Pure: times are arguments, microseconds of a clock that never goes back."""

    since: int = 0
    "When the page was there last, or the browser was started."
    seen: bool = False
    "A page was there since the start."
    wait: int = SECOND
    due: int = 0
    "When a browser that ended may be started."
    ended: bool = True

    def step(self, *, running: bool, glass: bool | None, now: int) -> Step:
        """Return what to do.

        Args:
            running: the browser's process is there.
            glass: a page is on the glass and speaks; `None` when the agent does not answer.
            now: monotonic time.
        """
        if not running:
            return self._down(now)
        if glass is None or glass:
            self.since = now
            if glass:
                self.seen, self.wait = True, SECOND
            return Step.NOTHING
        return Step.END if now - self.since >= (PATIENCE if self.seen else BEGINNING) else Step.NOTHING

    def _down(self, now: int) -> Step:
        if not self.ended:
            self.ended, self.due = True, now + self.wait
            self.wait = min(2 * self.wait, LONGEST)
        if now < self.due:
            return Step.NOTHING
        self.since, self.seen, self.ended = now, False, False
        return Step.START


class Keeper:
    """One browser for one screen."""

    def __init__(self, argv: Sequence[str], port: int, clock: Clock) -> None:
        """Make it; `run` begins.

        Args:
            argv: the browser and its flags, without the page's address.
            port: of the room's screen.
            clock: the device's.
        """
        self._argv = [*argv, f"http://{HOST}:{port}/"]
        self._port = port
        self._clock = clock
        self._watch = Watch()
        self._browser: asyncio.subprocess.Process | None = None
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """The browser's process, when it runs."""
        return None if self._browser is None or not self._running else self._browser.pid

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the page there until told to stop; the browser ends with it.

        Raises:
            OSError: there is no such browser.
        """
        try:
            while not stop.is_set():
                await self.look()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(EVERY):
                        await stop.wait()
        finally:
            await self._end()

    async def look(self) -> None:
        """Look once, and do what is due."""
        running = self._running
        glass = await self._glass() if running else None
        step = self._watch.step(running=running, glass=glass, now=self._clock.monotonic())
        if step is Step.END:
            _log.warning("the room's page says nothing: its browser is started again")
            await self._end()
        elif step is Step.START:
            self.starts += 1
            # A group of its own: a browser is many processes, and all of them end.
            self._browser = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def _running(self) -> bool:
        return self._browser is not None and self._browser.returncode is None

    async def _glass(self) -> bool | None:
        """Ask the agent whether a page is there; `None` when it does not answer."""
        try:
            async with asyncio.timeout(ANSWER):
                reader, writer = await asyncio.open_connection(HOST, self._port)
                try:
                    writer.write(f"GET {GLASS} HTTP/1.1\r\nHost: {HOST}:{self._port}\r\n\r\n".encode())
                    status = (await reader.readline()).split()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return None
        return {b"200": True, b"503": False}.get(status[1]) if len(status) > 1 else None

    async def _end(self) -> None:
        browser = self._browser
        if browser is None:
            return
        for number, seconds in ((signal.SIGTERM, ENDING), (signal.SIGKILL, ENDING)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(browser.pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await browser.wait()
                    break
        # What the browser started and left behind goes too.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(browser.pid, signal.SIGKILL)
