"""The hub's web server, as its connections are."""

from __future__ import annotations

import asyncio
import gc
import socket

from fastapi import FastAPI

from hub.web import WebServer


def far_ends(of: socket.socket) -> list[socket.socket]:
    """Return this process's sockets at the other end of a connection."""
    found = []
    for each in gc.get_objects():
        # By its type, which asks nothing of weak references to what is gone.
        if type(each) is socket.socket and each.fileno() >= 0 and each.family == of.family:
            try:
                if each.getpeername() == of.getsockname():
                    found.append(each)
            except OSError:
                continue
    return found


async def test_a_message_to_a_page_does_not_wait_for_the_one_before() -> None:
    server = WebServer(FastAPI(), "127.0.0.1", 0)
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 404")
    own = writer.get_extra_info("socket")
    with socket.socket(fileno=own.fileno()) as page:
        accepted = far_ends(page)
        page.detach()
    assert accepted
    assert all(each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for each in accepted)
    writer.close()
    await writer.wait_closed()
    await server.stop()
