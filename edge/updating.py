"""Lets go of a node's line while its firmware is replaced, and says so: an update is never taken for silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from devices.measurement import Cause
from devices.transports.base import Chunk, Outgoing, Transport, TransportError
from firmware_bridge.claims import Claims

LOOK = 0.5
"Seconds between two looks at the claims while nothing arrives."


class BeingUpdatedError(TransportError):
    """The line belongs to an update."""

    cause = Cause.UPDATING


@asynccontextmanager
async def unless_claimed(
    claims: Claims, url: str, link: AbstractAsyncContextManager[Transport]
) -> AsyncIterator[Transport]:
    """Open a line that is lost as soon as an update claims it.

    Raises:
        BeingUpdatedError: it is claimed.
        TransportError: as `link` says.
    """
    _check(claims, url)
    async with link as transport:
        yield YieldingLink(transport, claims, url)


class YieldingLink:
    """A link that ends when its line is claimed."""

    def __init__(self, link: Transport, claims: Claims, url: str) -> None:
        self._link = link
        self._claims = claims
        self._url = url

    @property
    def overruns(self) -> int:
        """Chunks dropped because nobody fetched them in time."""
        return self._link.overruns

    async def chunks(self) -> AsyncIterator[Chunk]:
        """Yield what arrives.

        Raises:
            BeingUpdatedError: the line is claimed.
            LinkLostError: as the link says.
        """
        arriving = self._link.chunks()
        waiting = asyncio.ensure_future(anext(arriving))
        try:
            while True:
                done, _ = await asyncio.wait({waiting}, timeout=LOOK)
                _check(self._claims, self._url)
                if done:
                    yield waiting.result()
                    waiting = asyncio.ensure_future(anext(arriving))
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    async def write(self, outgoing: Outgoing) -> None:
        """Send bytes.

        Raises:
            BeingUpdatedError: the line is claimed.
            TransportError: they could not be sent.
        """
        _check(self._claims, self._url)
        await self._link.write(outgoing)

    async def close(self) -> None:
        """Let go of the link."""
        await self._link.close()


def _check(claims: Claims, url: str) -> None:
    if claims.held(url):
        raise BeingUpdatedError(f"firmware of the node at {url} is being replaced")
