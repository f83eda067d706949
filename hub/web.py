"""Serves the application over HTTP on the event loop it is started on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from devices.errors import ConfigError

_MAX_MESSAGE = 256 * 1024
"Of the WebSockets, in bytes: twice the largest session description of a call."
_GRACE_SECONDS = 2
"How long requests may finish when the hub stops."


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process: it stops more than this server."""
        yield


class WebServer:
    """One listening socket and the task that serves it."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        """Bind.

        Raises:
            ConfigError: the address cannot be listened on.
        """
        self._socket = _bound(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                lifespan="off",
                ws="websockets-sansio",
                ws_max_size=_MAX_MESSAGE,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve; returns when requests are answered."""
        self._task = asyncio.create_task(self._server.serve([self._socket]), name="web server")
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise ConfigError(f"the web server on port {self.port} ended at once")
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Answer what is being asked, then stop."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


def _bound(host: str, port: int) -> socket.socket:
    found = None
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # By its protocol's name asyncio knows it as TCP: otherwise a second message to a page waits up to 40 ms for the page's
        # word on the first (Nagle's algorithm).
        found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except OSError as error:
        if found is not None:
            found.close()
        raise ConfigError(f"http: cannot listen on {host}:{port}: {error.strerror}") from error
    return found
