"""A serial line of the house's own equipment: a paging system, a modem. The only module of the hub that opens one.

LineError             a line cannot be had, or is gone
├── LineRefusedError  no such line, not ours to open, or in another program's hands
└── LineLostError     it stood and is gone, or takes no bytes

A terminal is opened without blocking and watched by the event loop, so no thread is needed. Equipment behind a serial
server is reached by `socket://host:port`.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal, Protocol
from urllib.parse import urlsplit

import msgspec

from devices.errors import ConfigError, VeilleuseError

WRITE_TIMEOUT = 2.0
"Seconds in which some hundred bytes must have gone; only flow control or a dead adapter takes longer."

OPEN_TIMEOUT = 5.0
"Seconds for a serial server to take a connection."

MAX_BUFFER = 65_536
"Bytes kept for a reader that lags; bounds memory when a line is flooded. The newest are kept."

_READ = 4096
_SIZES = {7: termios.CS7, 8: termios.CS8}


class LineError(VeilleuseError):
    """A line cannot be had, or is gone."""


class LineRefusedError(LineError):
    """There is no such line, it is not ours to open, or another program has it."""


class LineLostError(LineError):
    """The line stood and is gone, or takes no bytes."""


class LineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a line is opened; the last four mean nothing to `socket://`."""

    link: str
    "A device path, best below `/dev/serial/by-id/`, or `socket://host:port` of a serial server."
    baudrate: int = 9600
    bytesize: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1

    def check(self) -> None:
        """Check what the types cannot say.

        Raises:
            ConfigError: the link is neither a path nor a socket, or the system knows no such rate.
        """
        if not self.link.startswith("/"):
            _host_port(self.link)
        if not hasattr(termios, f"B{self.baudrate}") or self.baudrate <= 0:
            raise ConfigError(f"baudrate {self.baudrate} is none that serial lines have")


class Line(Protocol):
    """An open line."""

    def wake(self) -> None:
        """Let a `read` that waits return at once."""
        ...

    async def read(self, within: float | None) -> bytes:
        """Return what came; nothing when it was woken, or after some seconds.

        Raises:
            LineLostError: the line is gone and all that came was given out.
        """
        ...

    async def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            LineLostError: the line is gone or takes none.
        """
        ...


@asynccontextmanager
async def open_line(settings: LineSettings) -> AsyncIterator[Line]:
    """Open a line; leaving the context closes it.

    Raises:
        LineRefusedError: it cannot be had.
    """
    line = _Terminal(settings) if settings.link.startswith("/") else await _connect(settings.link)
    try:
        yield line
    finally:
        line.close()


class _Inbox:
    """What both kinds share: bytes that came, and the end."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._event = asyncio.Event()
        self._error: LineLostError | None = None

    def wake(self) -> None:
        self._event.set()

    async def read(self, within: float | None) -> bytes:
        if not self._buffer and self._error is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._event.wait()
        self._event.clear()
        if not self._buffer and self._error is not None:
            raise self._error
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    def _put(self, data: bytes) -> None:
        self._buffer += data
        del self._buffer[:-MAX_BUFFER]
        self._event.set()

    def _fail(self, reason: str) -> None:
        if self._error is None:
            self._error = LineLostError(reason)
        self._event.set()


class _Terminal(_Inbox):
    """A terminal of this machine."""

    def __init__(self, settings: LineSettings) -> None:
        super().__init__()
        self._link = settings.link
        self._loop = asyncio.get_running_loop()
        self._fd = _open_terminal(settings)
        self._loop.add_reader(self._fd, self._readable)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _READ)
        except BlockingIOError:
            return
        except OSError as error:
            self._gone(error.strerror)
            return
        if data:
            self._put(data)
        else:
            self._gone("hung up")

    def _gone(self, why: str | None) -> None:
        # Or the loop would call without a pause: a line that hung up is readable for ever.
        self._loop.remove_reader(self._fd)
        self._fail(f"line {self._link} is gone: {why}")

    async def write(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            async with asyncio.timeout(WRITE_TIMEOUT):
                while left:
                    if self._error is not None:
                        raise self._error
                    try:
                        left = left[os.write(self._fd, left) :]
                    except BlockingIOError:
                        await self._writable()
        except TimeoutError:
            raise LineLostError(f"line {self._link} took no bytes in {WRITE_TIMEOUT:g} s") from None
        except OSError as error:
            raise LineLostError(f"line {self._link} is gone: {error.strerror}") from None

    async def _writable(self) -> None:
        ready = asyncio.Event()
        self._loop.add_writer(self._fd, ready.set)
        try:
            await ready.wait()
        finally:
            self._loop.remove_writer(self._fd)

    def close(self) -> None:
        self._loop.remove_reader(self._fd)
        self._fail(f"line {self._link} is closed")
        # Closing waits for bytes that nobody takes: up to 30 s on Linux. What was not sent by now is late anyway.
        with suppress(termios.error):
            termios.tcflush(self._fd, termios.TCOFLUSH)
        os.close(self._fd)


class _Socket(_Inbox, asyncio.Protocol):
    """A serial server on the network."""

    def __init__(self, link: str) -> None:
        super().__init__()
        self._link = link
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._put(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"line {self._link} is gone: {exc or 'closed by the far end'}")

    async def write(self, data: bytes) -> None:
        transport = self._transport
        if self._error is not None or transport is None:
            raise self._error or LineLostError(f"line {self._link} is closed")
        # Dialogues are of some hundred bytes; that much unsent means that the far end is dead.
        if transport.get_write_buffer_size() > MAX_BUFFER:
            raise LineLostError(f"line {self._link} takes no bytes")
        transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def _connect(link: str) -> _Socket:
    host, port = _host_port(link)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(OPEN_TIMEOUT):
            _, line = await loop.create_connection(lambda: _Socket(link), host, port)
    except TimeoutError:
        raise LineRefusedError(f"line {link} did not answer within {OPEN_TIMEOUT:g} s") from None
    except OSError as error:
        raise LineRefusedError(f"line {link} cannot be opened: {error}") from None
    return line


def _host_port(link: str) -> tuple[str, int]:
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"link {link!r}: {error}") from None
    if parts.scheme != "socket" or not parts.hostname or not port:
        raise ConfigError(f"link {link!r} is neither a device path nor socket://host:port")
    return parts.hostname, port


def _open_terminal(settings: LineSettings) -> int:
    link = settings.link
    try:
        fd = os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise LineRefusedError(f"line {link} cannot be opened: {error.strerror}") from None
    try:
        # The lock that other programs of serial lines take as well.
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _configure(fd, settings)
    except OSError as error:
        os.close(fd)
        busy = error.errno in {errno.EWOULDBLOCK, errno.EACCES}
        why = "is used by another program" if busy else f"cannot be opened: {error.strerror}"
        raise LineRefusedError(f"line {link} {why}") from None
    except termios.error as error:
        os.close(fd)
        raise LineRefusedError(f"line {link} is no serial line: {error.args[-1]}") from None
    return fd


def _configure(fd: int, settings: LineSettings) -> None:
    """Raw bytes, no flow control, no modem lines; what came before is dropped: it was not said to us."""
    speed = getattr(termios, f"B{settings.baudrate}")
    control = _SIZES[settings.bytesize] | termios.CREAD | termios.CLOCAL
    control |= termios.CSTOPB if settings.stopbits == 2 else 0
    if settings.parity != "N":
        control |= termios.PARENB | (termios.PARODD if settings.parity == "O" else 0)
    # A byte with wrong parity arrives as zero, and fails its block's check.
    received = termios.INPCK if settings.parity != "N" else 0
    codes = termios.tcgetattr(fd)[6]
    codes[termios.VMIN], codes[termios.VTIME] = 1, 0
    termios.tcsetattr(fd, termios.TCSANOW, [received, 0, control, 0, speed, speed, codes])
    termios.tcflush(fd, termios.TCIOFLUSH)
