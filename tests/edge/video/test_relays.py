"""Ways to a relay are asked before a connection needs them: a real coturn, closed ports, and silence."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest

from devices.clock import SECOND, ManualClock, SystemClock
from edge.video.relays import FRESH, Relays, ask
from edge.video.routes import Answer, Server
from tests.integration.processes import free_port, wait_for

HOST = "127.0.0.79"
SECRET = "north"


def names(port: int, *, ends: int = 3600, secret: str = SECRET) -> tuple[Server, ...]:
    """Return what a hub would name: the same host by UDP, TCP and TLS (which is closed here)."""
    user = f"{SystemClock().utc() // SECOND + ends}:call-1-p1"
    password = base64.b64encode(hmac.digest(secret.encode(), user.encode(), "sha1")).decode()
    urls = (
        f"turn:{HOST}:{port}?transport=udp",
        f"turn:{HOST}:{port}?transport=tcp",
        f"turns:{HOST}:1?transport=tcp",
    )
    return tuple({"url": url, "username": user, "credential": password} for url in urls)


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, port = tmp_path_factory.mktemp("turn"), free_port()
    program = shutil.which("turnserver", path="/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin")
    assert program is not None, "coturn is not installed"
    config = folder / "turnserver.conf"
    config.write_text(
        f"listening-ip={HOST}\nrelay-ip={HOST}\nlistening-port={port}\nuse-auth-secret\n"
        f"static-auth-secret={SECRET}\nrealm=test\nno-cli\nno-tls\nno-dtls\nlog-file=stdout\n"
        f"allow-loopback-peers\npidfile={folder / 'pid'}\nuserdb={folder / 'db'}\n"
    )
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([program, "-c", str(config)], stdout=out, stderr=out)

    def listens() -> bool:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 0.5):
            return True
        return False

    try:
        wait_for("the relay listens", listens, 20)
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.fixture
async def relays() -> AsyncIterator[Relays]:
    made = Relays(SystemClock())
    yield made
    await made.close()


async def test_each_way_says_how_it_is(relay: int) -> None:
    clock = SystemClock()
    assert [await ask(one, clock) for one in names(relay)] == [
        Answer.OPEN,
        Answer.OPEN,
        Answer.UNREACHABLE,
    ]
    assert [await ask(one, clock) for one in names(relay, secret="other")[:2]] == [Answer.REFUSED] * 2
    assert [await ask(one, clock) for one in names(relay, ends=-60)[:2]] == [Answer.EXPIRED] * 2


@pytest.mark.parametrize("url", ["http://x", "turn:", "turn:no-such-host.invalid", ""])
async def test_what_is_no_relay_is_no_way(url: str) -> None:
    assert await ask({"url": url}, SystemClock()) is Answer.UNREACHABLE
    assert await ask({}, SystemClock()) is Answer.UNREACHABLE


async def test_udp_is_taken_where_it_is_open(relay: int, relays: Relays) -> None:
    servers = names(relay)
    assert await relays.choose("p1", 1, servers) == servers[:1]
    relays.heard("p1", 1)
    assert await relays.choose("p1", 2, servers) == servers[:1]
    await relays.answered()
    # Never heard: the next one.
    assert await relays.choose("p1", 3, servers) == servers[1:2]


async def test_where_udp_is_silent_tcp_is_offered_at_once(relay: int, relays: Relays) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((HOST, 0))
        mute = f"turn:{HOST}:{silent.getsockname()[1]}?transport=udp"
        servers = ({**names(relay)[0], "url": mute}, names(relay)[1])
        assert await relays.choose("p1", 1, servers) == servers[1:]


async def test_a_relay_that_refuses_is_told_when_the_direct_way_leads_nowhere(
    relay: int, relays: Relays
) -> None:
    servers = names(relay, ends=-60)
    relays.learn("p1", servers)
    assert await relays.choose("p1", 1, servers) == ()
    assert relays.verdict("p1") == "relay_expired"
    assert relays.verdict("p2") == ""
    relays.left("p1")
    assert relays.verdict("p1") == ""


async def test_answers_grow_old() -> None:
    clock, asked = ManualClock(), asyncio.Queue[None]()

    def refuses(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.put_nowait(None)
        writer.close()

    relays = Relays(clock)
    async with await asyncio.start_server(refuses, HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        servers = ({"url": f"turn:{HOST}:{port}?transport=tcp", "username": "", "credential": ""},)
        relays.learn("p1", servers)
        await asyncio.wait_for(asked.get(), 10)
        relays.learn("p1", servers)
        clock.advance(FRESH)
        relays.learn("p1", servers)
        await asyncio.wait_for(asked.get(), 10)
        assert asked.empty()
        await relays.close()
