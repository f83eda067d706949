"""The log of notifications from the event loop: transactions in threads, tried again while the disk does not take them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from sqlalchemy import Connection

from hub.health import Health
from hub.store.database import Database
from hub.store.errors import StoreUnavailableError

_PAUSE = 1.0
"Seconds between two attempts."

_T = TypeVar("_T")


class Log:
    """See the module."""

    def __init__(self, database: Database, health: Health) -> None:
        """Make it over a database; `health` is told while it cannot be used."""
        self._database = database
        self._health = health

    async def write(self, work: Callable[[Connection], _T]) -> _T:
        """Run a transaction that writes."""
        return await self._run(self._database.write, work)

    async def read(self, work: Callable[[Connection], _T]) -> _T:
        """Run a transaction that reads."""
        return await self._run(self._database.read, work)

    async def _run(
        self, begin: Callable[[], AbstractContextManager[Connection]], work: Callable[[Connection], _T]
    ) -> _T:
        def run() -> _T:
            with begin() as connection:
                return work(connection)

        while True:
            try:
                result = await asyncio.to_thread(run)
            except StoreUnavailableError as error:
                self._health.failing("notifications", f"the log of notifications cannot be used: {error}")
                await asyncio.sleep(_PAUSE)
            else:
                self._health.well("notifications")
                return result
