"""A line that an update claims is let go of at once, and the reason is an update."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.drivers.base import Write
from devices.measurement import Cause
from devices.transports.base import Chunk, LinkLostError, Outgoing
from edge.updating import BeingUpdatedError, unless_claimed
from firmware_bridge.claims import Claims

LINE = "/dev/serial/by-id/usb-node"


class Pipe:
    """A link that yields what is put into it."""

    overruns = 3

    def __init__(self) -> None:
        self.arriving: asyncio.Queue[Chunk | None] = asyncio.Queue()
        self.written: list[bytes] = []
        self.closed = False

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Pipe]:
        try:
            yield self
        finally:
            await self.close()

    async def chunks(self) -> AsyncIterator[Chunk]:
        while True:
            chunk = await self.arriving.get()
            if chunk is None:
                raise LinkLostError("cable pulled")
            yield chunk

    async def write(self, outgoing: Outgoing) -> None:
        self.written.append(outgoing.data)

    async def close(self) -> None:
        self.closed = True


async def test_a_line_works_as_if_nothing_were_between(tmp_path: Path) -> None:
    pipe = Pipe()
    for data in (b"a", b"b"):
        pipe.arriving.put_nowait(Chunk("", data, 1))
    pipe.arriving.put_nowait(None)
    seen: list[bytes] = []

    async def listen() -> None:
        async with unless_claimed(Claims(tmp_path), LINE, pipe.open()) as link:
            await link.write(Write(b"question"))
            assert link.overruns == 3
            arriving = aiter(link.chunks())
            while True:
                seen.append((await anext(arriving)).data)

    with pytest.raises(LinkLostError, match="cable pulled"):
        await listen()
    assert seen == [b"a", b"b"]
    assert pipe.written == [b"question"]
    assert pipe.closed


async def test_a_claimed_line_is_not_opened(tmp_path: Path) -> None:
    claims, pipe = Claims(tmp_path), Pipe()
    with claims.hold(LINE), pytest.raises(BeingUpdatedError, match="being replaced") as refusal:
        async with unless_claimed(claims, LINE, pipe.open()):
            pytest.fail("it was opened")
    assert refusal.value.cause is Cause.UPDATING


async def test_a_silent_line_is_let_go_of_when_it_is_claimed(tmp_path: Path) -> None:
    claims, pipe = Claims(tmp_path), Pipe()
    with contextlib.ExitStack() as update:

        async def listen() -> None:
            async with unless_claimed(claims, LINE, pipe.open()) as link:
                update.enter_context(claims.hold(LINE))
                async for _ in link.chunks():
                    pytest.fail("nothing was sent")

        with pytest.raises(BeingUpdatedError):
            await asyncio.wait_for(listen(), 10)
        assert pipe.closed


async def test_a_claimed_line_is_not_written_to(tmp_path: Path) -> None:
    """Not a byte: the loader would take it for a part of the image."""
    claims, pipe = Claims(tmp_path), Pipe()
    async with unless_claimed(claims, LINE, pipe.open()) as link:
        with claims.hold(LINE), pytest.raises(BeingUpdatedError):
            await link.write(Write(b"question"))
        await link.write(Write(b"later"))
    assert pipe.written == [b"later"]
