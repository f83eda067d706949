"""Runs the spool on its own thread, in the order asked: a commit waits for the disk, the event loop must not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Writer:
    """One thread for one spool."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"spool-{name}")

    async def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Run `work` after all that was asked before, and return what it returns."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, partial(work, *args, **kwargs))

    def post(self, work: Callable[_P, object], *args: _P.args, **kwargs: _P.kwargs) -> None:
        """Run `work`, which must not fail, after all that was asked before; do not wait for it."""
        self._executor.submit(work, *args, **kwargs)

    def close(self) -> None:
        """Finish what was asked, and end the thread."""
        self._executor.shutdown(wait=True)
