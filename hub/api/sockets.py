"""What every WebSocket of the pages does alike: several things at once until one of them ends, and no longer than somebody is signed in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from fastapi import WebSocket, WebSocketDisconnect

from hub.api.security import NOT_SIGNED_IN, signed_in

SEND_WITHIN: Final = 10.0
"Seconds after which a page that takes nothing is let go; it comes back by itself when it wakes."
CHECK_EVERY: Final = 30.0
"Seconds between two looks whether the session still stands: who signs out sees nothing more."


async def until_one_ends(**parts: Coroutine[Any, Any, int | None]) -> int | None:
    """Run until one part ends, end the others, and return the code with which to close: the first that one gave."""
    tasks = [asyncio.create_task(part, name=f"page {name}") for name, part in parts.items()]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    codes = [task.result() for task in tasks if task in done]
    return next((code for code in codes if code is not None), None)


async def while_signed_in(
    websocket: WebSocket, asked: Callable[[WebSocket], Awaitable[object | None]] = signed_in
) -> int | None:
    """Return `NOT_SIGNED_IN` when nobody is signed in any more behind a page.

    Args:
        websocket: the page's.
        asked: who is behind it, `None` for nobody.
    """
    while True:
        await asyncio.sleep(CHECK_EVERY)
        if await asked(websocket) is None:
            return NOT_SIGNED_IN


async def close(websocket: WebSocket, code: int | None, reason: str = "") -> None:
    """Close with a code, if there is one to tell; a page may have gone before."""
    if code is not None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await websocket.close(code, reason)
