"""Lines against real ptys and a real TCP server."""

from __future__ import annotations

import asyncio
import os
import socket
import termios
import tty
from collections.abc import Iterator

import pytest

from hub.notify import lines as module
from hub.notify.lines import Line, LineLostError, LineRefusedError, LineSettings, open_line
from tests.hub.notify.helpers import until


class Pty:
    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.settings = LineSettings(os.ttyname(self.slave))

    def close(self) -> None:
        for end in (self.master, self.slave):
            if end >= 0:
                os.close(end)
        self.master = self.slave = -1


async def drain(line: Line, received: bytearray) -> None:
    while True:
        received += await line.read(5)


async def flood(line: Line, count: int) -> None:
    for _ in range(count):
        await line.write(bytes(100_000))


@pytest.fixture
def pty() -> Iterator[Pty]:
    made = Pty()
    yield made
    made.close()


async def test_bytes_both_ways(pty: Pty) -> None:
    async with open_line(pty.settings) as line:
        os.write(pty.master, bytes(range(256)))
        received = b""
        while len(received) < 256:
            received += await line.read(5)
        assert received == bytes(range(256))
        await line.write(bytes(range(256)))
        assert os.read(pty.master, 300) == bytes(range(256))


async def test_what_came_before_is_not_told(pty: Pty) -> None:
    os.write(pty.master, b"old")
    async with open_line(pty.settings) as line:
        os.write(pty.master, b"new")
        assert await line.read(5) == b"new"


async def test_reading_ends_by_time_and_by_being_woken(pty: Pty) -> None:
    async with open_line(pty.settings) as line:
        assert await line.read(0.01) == b""
        reading = asyncio.create_task(line.read(None))
        await asyncio.sleep(0)
        line.wake()
        assert await reading == b""
        assert await line.read(0) == b""


async def test_a_line_is_had_by_one(pty: Pty) -> None:
    async with open_line(pty.settings):
        with pytest.raises(LineRefusedError, match="used by another program"):
            async with open_line(pty.settings):
                pass
    async with open_line(pty.settings):
        pass


@pytest.mark.parametrize(
    ("more", "flags"),
    [
        ({"baudrate": 1200, "bytesize": 7, "parity": "E"}, termios.CS7 | termios.PARENB),
        ({"baudrate": 9600, "stopbits": 2}, termios.CS8 | termios.CSTOPB),
        ({"baudrate": 115_200, "parity": "O"}, termios.CS8 | termios.PARENB | termios.PARODD),
    ],
)
def test_settings_reach_the_system(
    monkeypatch: pytest.MonkeyPatch, pty: Pty, more: dict[str, object], flags: int
) -> None:
    # A pty keeps neither parity nor size; what is asked of the system is looked at instead.
    asked: list[list[int]] = []
    monkeypatch.setattr(termios, "tcsetattr", lambda _fd, _when, attributes: asked.append(attributes))
    module._configure(pty.slave, LineSettings("/", **more))  # type: ignore[arg-type]  # fields by name
    [[received, _, control, local, speed, _, _]] = asked
    assert control == flags | termios.CREAD | termios.CLOCAL
    assert speed == getattr(termios, f"B{more['baudrate']}")
    assert received == (termios.INPCK if "parity" in more else 0)
    assert local == 0


async def test_a_line_that_hangs_up(pty: Pty) -> None:
    async with open_line(pty.settings) as line:
        os.write(pty.master, b"last words")
        # The kernel drops what it has not handed over when a line hangs up.
        await until(lambda: len(line._buffer) == 10)  # type: ignore[attr-defined]  # of this kind of line
        pty.close()
        received = bytearray()
        with pytest.raises(LineLostError, match="is gone"):
            await drain(line, received)
        assert received == b"last words"
        with pytest.raises(LineLostError):
            await line.write(b"x")


async def test_a_line_that_takes_no_bytes(monkeypatch: pytest.MonkeyPatch, pty: Pty) -> None:
    monkeypatch.setattr(module, "WRITE_TIMEOUT", 0.1)
    async with open_line(pty.settings) as line:
        with pytest.raises(LineLostError, match=r"took no bytes in 0\.1 s"):
            await line.write(bytes(1_000_000))


async def test_a_line_that_takes_bytes_slowly(pty: Pty) -> None:
    async with open_line(pty.settings) as line:
        sent = bytes(range(0x20, 0x70)) * 625
        writing = asyncio.create_task(line.write(sent))
        taken = b""
        while len(taken) < len(sent):
            taken += await asyncio.to_thread(os.read, pty.master, 4096)
        await writing
        assert taken == sent


async def test_a_flood_is_bounded(pty: Pty) -> None:
    async with open_line(pty.settings) as line:
        loop = asyncio.get_running_loop()

        def flood() -> None:
            for _ in range(30):
                os.write(pty.master, b"x" * 4096)
            os.write(pty.master, b"end")

        await loop.run_in_executor(None, flood)
        await until(lambda: line._buffer.endswith(b"end"))  # type: ignore[attr-defined]  # of this kind of line
        data = await line.read(5)
        assert len(data) <= module.MAX_BUFFER
        assert data.endswith(b"end")


async def test_a_device_that_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LineRefusedError, match="Is a directory"):
        async with open_line(LineSettings("/dev")):
            pass


async def test_a_serial_server() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read(100)).upper())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        settings = LineSettings(f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        settings.check()
        async with open_line(settings) as line:
            await line.write(b"hello")
            assert await line.read(5) == b"HELLO"
            with pytest.raises(LineLostError, match="closed by the far end"):
                await drain(line, bytearray())
            with pytest.raises(LineLostError):
                await line.write(b"x")


async def test_a_serial_server_that_takes_no_bytes() -> None:
    async def stare(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    done = asyncio.Event()
    server = await asyncio.start_server(stare, "127.0.0.1", 0)
    async with server:
        settings = LineSettings(f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        async with open_line(settings) as line:
            with pytest.raises(LineLostError, match="takes no bytes"):
                await flood(line, 1000)
        done.set()


async def test_a_serial_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(LineRefusedError, match="cannot be opened"):
            async with open_line(LineSettings(f"socket://127.0.0.1:{taken.getsockname()[1]}")):
                pass


async def test_a_serial_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPEN_TIMEOUT", 0.05)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        held = [socket.socket() for _ in range(4)]
        try:
            for each in held:
                each.setblocking(False)
                each.connect_ex(("127.0.0.1", port))
            with pytest.raises(LineRefusedError, match="did not answer within"):
                async with open_line(LineSettings(f"socket://127.0.0.1:{port}")):
                    pass
        finally:
            for each in held:
                each.close()
