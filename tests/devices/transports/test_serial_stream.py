"""Against real ptys and a real TCP socket."""

import asyncio
import os
import threading
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from devices.clock import ManualClock
from devices.drivers.base import Needs, SerialSettings, Write
from devices.errors import ConfigError
from devices.transports import serial_stream
from devices.transports.base import (
    BlePlace,
    Chunk,
    DeviceBusyError,
    DeviceDeniedError,
    DeviceNotFoundError,
    LinkLostError,
    LinkTimeoutError,
    SerialPlace,
    TransportError,
)
from devices.transports.opening import open_radio, open_transport
from devices.transports.serial_stream import SerialStream

LINE = SerialSettings(9600)


class Pty:
    def __init__(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.name = os.ttyname(slave)
        os.close(slave)

    def close(self) -> None:
        if self.master >= 0:
            os.close(self.master)
            self.master = -1


@pytest.fixture
def pty() -> Iterator[Pty]:
    made = Pty()
    yield made
    made.close()


async def collect(stream: SerialStream, size: int) -> bytes:
    data = b""
    async with asyncio.timeout(60):
        async for chunk in stream.chunks():
            data += chunk.data
            if len(data) >= size:
                return data
    raise AssertionError


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("serial ")}


async def test_bytes_come_with_their_arrival(pty: Pty) -> None:
    clock = ManualClock(utc=1_800_000_000_000_000)
    async with SerialStream.open(pty.name, LINE, clock) as stream:
        os.write(pty.master, b"\x01\x81\x01")
        async with asyncio.timeout(60):
            assert await anext(stream.chunks()) == Chunk("", b"\x01\x81\x01", 1_800_000_000_000_000)
    assert not threads()


async def test_nothing_is_lost_or_turned_round(pty: Pty) -> None:
    sent = bytes(range(256)) * 40
    async with SerialStream.open(pty.name, LINE, ManualClock()) as stream:
        writing = asyncio.to_thread(
            lambda: [os.write(pty.master, sent[at : at + 97]) for at in range(0, len(sent), 97)]
        )
        _, received = await asyncio.gather(writing, collect(stream, len(sent)))
    assert received == sent
    assert stream.overruns == 0


async def test_what_came_before_opening_is_not_told_as_now(pty: Pty) -> None:
    os.write(pty.master, b"old")
    async with SerialStream.open(pty.name, LINE, ManualClock()) as stream:
        os.write(pty.master, b"new")
        assert await collect(stream, 3) == b"new"


async def test_writes_reach_the_sensor(pty: Pty) -> None:
    async with SerialStream.open(pty.name, LINE, ManualClock()) as stream:
        await asyncio.gather(stream.write(Write(b"abc")), stream.write(Write(b"def")))
        got = b""
        while len(got) < 6:
            got += await asyncio.to_thread(os.read, pty.master, 10)
        assert got in {b"abcdef", b"defabc"}


async def test_a_pulled_cable_is_an_error_within_a_second(pty: Pty) -> None:
    async with SerialStream.open(pty.name, LINE, ManualClock()) as stream:
        pty.close()
        with pytest.raises(LinkLostError, match="is gone"):
            async with asyncio.timeout(1):
                await anext(stream.chunks())


async def test_writing_to_a_pulled_cable_is_an_error(pty: Pty) -> None:
    async with SerialStream.open(pty.name, LINE, ManualClock()) as stream:
        pty.close()
        with pytest.raises(LinkLostError):
            await stream.write(Write(b"x"))


async def test_a_sensor_that_takes_no_bytes(monkeypatch: pytest.MonkeyPatch, pty: Pty) -> None:
    monkeypatch.setattr(serial_stream, "WRITE_TIMEOUT", 0.2)
    async with SerialStream.open(pty.name, LINE, ManualClock()) as stream:
        with pytest.raises(LinkTimeoutError, match=r"took no bytes in 0\.2 s"):
            await stream.write(Write(bytes(1_000_000)))
        os.write(pty.master, b"still there")
        assert await collect(stream, 11) == b"still there"


async def test_cancelled_write_does_not_hold_up_closing(monkeypatch: pytest.MonkeyPatch, pty: Pty) -> None:
    monkeypatch.setattr(serial_stream, "WRITE_TIMEOUT", 0.2)
    async with SerialStream.open(pty.name, LINE, ManualClock()) as stream:
        writing = asyncio.create_task(stream.write(Write(bytes(1_000_000))))
        await asyncio.sleep(0.01)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    assert writing.cancelled()
    async with SerialStream.open(pty.name, LINE, ManualClock()):
        assert len(threads()) == 1
    assert not threads()


async def test_opened_and_closed_often_it_leaves_nothing(pty: Pty) -> None:
    before = open_files()
    for _ in range(20):
        async with SerialStream.open(pty.name, LINE, ManualClock()):
            pass
    assert open_files() <= before
    assert not threads()


async def test_missing_port() -> None:
    with pytest.raises(DeviceNotFoundError, match="/dev/serial/by-id/none is not there"):
        async with SerialStream.open("/dev/serial/by-id/none", LINE, ManualClock()):
            pass


async def test_a_port_has_one_reader(pty: Pty) -> None:
    async with SerialStream.open(pty.name, LINE, ManualClock()):
        with pytest.raises(DeviceBusyError, match="another program"):
            async with SerialStream.open(pty.name, LINE, ManualClock()):
                pass
    async with SerialStream.open(pty.name, LINE, ManualClock()):
        pass


async def test_forbidden_port(monkeypatch: pytest.MonkeyPatch, pty: Pty) -> None:
    # Root may open everything, so the system's refusal is put in by hand.
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("serial.serialposix.os.open", refuse)
    with pytest.raises(DeviceDeniedError, match="may not be opened"):
        async with SerialStream.open(pty.name, LINE, ManualClock()):
            pass


async def test_a_url_that_pyserial_does_not_know() -> None:
    with pytest.raises(ConfigError, match="carrier-pigeon"):
        async with SerialStream.open("carrier-pigeon://roof", LINE, ManualClock()):
            pass


async def test_closed_stream_says_so(pty: Pty) -> None:
    async with SerialStream.open(pty.name, LINE, ManualClock()) as stream:
        pass
    await stream.close()
    with pytest.raises(LinkLostError, match="is closed"):
        await anext(stream.chunks())
    with pytest.raises(LinkLostError, match="is closed"):
        await stream.write(Write(b"x"))


async def test_cancelled_reader_leaves_no_thread_and_no_lock(pty: Pty) -> None:
    entered = asyncio.Event()

    async def read() -> None:
        async with SerialStream.open(pty.name, LINE, ManualClock()) as stream:
            entered.set()
            async for _ in stream.chunks():
                pass

    task = asyncio.create_task(read())
    async with asyncio.timeout(60):
        await entered.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not threads()
    async with SerialStream.open(pty.name, LINE, ManualClock()):
        pass


async def test_cancelled_while_opening_leaves_the_port_free(pty: Pty) -> None:
    context = SerialStream.open(pty.name, LINE, ManualClock())
    task = asyncio.create_task(context.__aenter__())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(60):
        while True:
            try:
                async with SerialStream.open(pty.name, LINE, ManualClock()):
                    break
            except DeviceBusyError:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def tcp_sensor(data: bytes) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A sensor behind a terminal server: it answers the first byte, and goes when told."""
    hang_up, gone = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        writer.write(data)
        await writer.drain()
        await hang_up.wait()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        gone.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}", hang_up
        hang_up.set()
        async with asyncio.timeout(60):
            await gone.wait()


async def test_serial_server_over_tcp() -> None:
    async with tcp_sensor(b"hello") as (url, hang_up), SerialStream.open(url, LINE, ManualClock()) as stream:
        await stream.write(Write(b"?"))
        assert await collect(stream, 5) == b"hello"
        hang_up.set()
        with pytest.raises(LinkLostError):
            async with asyncio.timeout(60):
                await anext(stream.chunks())


async def test_a_terminal_server_is_not_read_byte_by_byte() -> None:
    async with tcp_sensor(bytes(2000)) as (url, _), SerialStream.open(url, LINE, ManualClock()) as stream:
        await stream.write(Write(b"?"))
        sizes: list[int] = []
        async with asyncio.timeout(60):
            async for chunk in stream.chunks():
                sizes.append(len(chunk.data))
                if sum(sizes) == 2000:
                    break
    assert len(sizes) < 20


async def test_serial_server_that_is_not_there() -> None:
    with pytest.raises(TransportError, match=r"socket://127\.0\.0\.1:1 is not there"):
        async with SerialStream.open("socket://127.0.0.1:1", LINE, ManualClock()):
            pass


def test_places_must_fit_the_driver() -> None:
    with pytest.raises(ConfigError, match="protocol of bluetooth sensors"):
        open_transport(SerialPlace("/dev/x"), Needs(notify=("2a37",)), ManualClock())
    with pytest.raises(ConfigError, match="protocol of serial lines"):
        open_transport(BlePlace("F1:00:00:00:00:01"), Needs(serial=LINE), ManualClock())
    with pytest.raises(ConfigError, match="has no radio"):
        open_transport(BlePlace("F1:00:00:00:00:01"), Needs(notify=("2a37",)), ManualClock())


@pytest.mark.parametrize(("name", "message"), [("usb0", "neither empty"), ("bumble:", "is not KIND:PLACE")])
async def test_wrong_radio_names(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        open_radio(name)


async def test_a_line_that_noise_has_stopped_sends_again_once_reopened(pty: Pty) -> None:
    line = SerialSettings(9600, xonxoff=True)
    clock = ManualClock()
    # Somebody else has the port open too, so that closing ours does not reset it.
    other = os.open(pty.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        async with SerialStream.open(pty.name, line, clock) as stream:
            os.write(pty.master, b"\x13")
            with pytest.raises(TransportError):
                await fill(stream)
        os.set_blocking(pty.master, False)
        with suppress(BlockingIOError):
            while os.read(pty.master, 4096):
                pass
        async with SerialStream.open(pty.name, line, clock) as stream:
            await stream.write(Write(b"again"))
            async with asyncio.timeout(60):
                await until_read(pty.master, b"again")
    finally:
        os.close(other)


async def fill(stream: SerialStream) -> None:
    async with asyncio.timeout(60):
        while True:
            await stream.write(Write(b"x" * 512))


async def until_read(master: int, wanted: bytes) -> None:
    data = b""
    while wanted not in data:
        with suppress(BlockingIOError):
            data += os.read(master, 4096)
        await asyncio.sleep(0.01)
