"""A serial line, read by a thread of its own: pyserial blocks, and an event loop must not.

Works with everything that `serial.serial_for_url` opens: device paths, ptys, `socket://`, `rfc2217://`.
"""

from __future__ import annotations

import asyncio
import errno
import termios
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import serial

from devices.clock import Clock
from devices.errors import ConfigError
from devices.transports.base import (
    Chunk,
    DeviceBusyError,
    DeviceDeniedError,
    DeviceNotFoundError,
    LineSettings,
    LinkLostError,
    LinkTimeoutError,
    Outgoing,
    TransportError,
)
from devices.transports.inbox import Inbox

READ_TIMEOUT = 0.25
"Seconds after which the reading thread looks whether it should end; bounds the time that `close` takes."

WRITE_TIMEOUT = 2.0
"Seconds for a command of some bytes; only flow control or a dead adapter takes longer."

GATHER = 0.02
"Seconds to wait after a first byte, so that a slow line wakes the loop 50 times a second at most."

MAX_READ = 4096
"Bytes of one chunk: a kernel's tty buffer. Bounds memory when a line is flooded."

_NOT_FOUND = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ECONNREFUSED, errno.EHOSTUNREACH})
_DENIED = frozenset({errno.EACCES, errno.EPERM})
_BUSY = frozenset({errno.EBUSY, errno.EAGAIN})


class SerialStream:
    """An open serial line. Made by `SerialStream.open`."""

    def __init__(self, port: serial.SerialBase, url: str, clock: Clock) -> None:
        """Take over an open port and start to read it; needs a running loop."""
        self._port = port
        self._url = url
        self._clock = clock
        self._ending = threading.Event()
        self._inbox = Inbox(asyncio.get_running_loop())
        self._writing = asyncio.Lock()
        # A write whose task was cancelled goes on in its thread; the port must not be closed under it, because its
        # file descriptor might by then be another file's.
        self._in_use = threading.Lock()
        self._thread = threading.Thread(target=self._read, name=f"serial {url}", daemon=True)
        self._thread.start()

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, settings: LineSettings, clock: Clock) -> AsyncIterator[SerialStream]:
        """Open a line; leaving the context closes it.

        Raises:
            ConfigError: the URL is none that pyserial knows.
            TransportError: the line cannot be had; the class says why.
        """
        opening = asyncio.ensure_future(asyncio.to_thread(_open_port, url, settings))
        try:
            port = await asyncio.shield(opening)
        except asyncio.CancelledError:
            # The thread cannot be stopped; what it opens must not stay open and locked.
            opening.add_done_callback(_close_late)
            raise
        stream = cls(port, url, clock)
        try:
            yield stream
        finally:
            await stream.close()

    @property
    def overruns(self) -> int:
        """Chunks dropped because nobody fetched them in time."""
        return self._inbox.overruns

    async def chunks(self) -> AsyncIterator[Chunk]:
        """Yield what arrives.

        Raises:
            LinkLostError: the cable was pulled, or the peer is gone.
        """
        while True:
            yield await self._inbox.get()

    async def write(self, outgoing: Outgoing) -> None:
        """Send bytes.

        Raises:
            LinkTimeoutError: the line takes no bytes.
            LinkLostError: the line is gone.
        """
        async with self._writing:
            if self._ending.is_set():
                raise LinkLostError(f"serial port {self._url} is closed")
            try:
                await asyncio.to_thread(self._write, outgoing.data)
            except serial.SerialTimeoutException:
                raise LinkTimeoutError(
                    f"serial port {self._url} took no bytes in {WRITE_TIMEOUT} s"
                ) from None
            except (OSError, TypeError, AttributeError) as error:
                # pyserial raises the latter two when the port is closed beside a call.
                raise LinkLostError(f"serial port {self._url} is gone: {error}") from error

    async def close(self) -> None:
        """Stop reading and let go of the port."""
        if self._ending.is_set():
            return
        self._ending.set()
        self._inbox.fail(LinkLostError(f"serial port {self._url} is closed"))
        with suppress(OSError, AttributeError):
            self._port.cancel_read()
        await asyncio.shield(asyncio.to_thread(self._finish))

    def _finish(self) -> None:
        self._thread.join()
        with self._in_use, suppress(OSError):
            self._port.close()

    def _write(self, data: bytes) -> None:
        with self._in_use:
            self._port.write(data)

    def _read(self) -> None:
        port = self._port
        try:
            while not self._ending.is_set():
                first = port.read(1)
                if not first:
                    continue
                arrival = self._clock.utc()
                self._ending.wait(GATHER)
                self._inbox.put_threadsafe(Chunk("", first + self._waiting(), arrival))
        except (OSError, TypeError, AttributeError) as error:
            self._inbox.fail_threadsafe(LinkLostError(f"serial port {self._url} is gone: {error}"))

    def _waiting(self) -> bytes:
        """Return what has come meanwhile. A TCP port tells only whether there is something, not how much."""
        data = b""
        while len(data) < MAX_READ and (waiting := self._port.in_waiting):
            data += self._port.read(min(waiting, MAX_READ - len(data)))
        return data


def _open_port(url: str, settings: LineSettings) -> serial.SerialBase:
    try:
        port = serial.serial_for_url(
            url,
            baudrate=settings.baudrate,
            parity=settings.parity,
            xonxoff=settings.xonxoff,
            timeout=READ_TIMEOUT,
            write_timeout=WRITE_TIMEOUT,
            exclusive=True,
        )
    except ValueError as error:
        raise ConfigError(f"serial port {url!r} cannot be opened: {error}") from None
    except OSError as error:
        raise _refusal(url, error) from error
    if settings.xonxoff:
        _resume(port)
    return port


def _resume(port: serial.SerialBase) -> None:
    """Let the line send again: an XOFF in noise stopped it, and that outlives the port while anybody has it open."""
    # Only lines of the system have this; a terminal server keeps its own.
    control = getattr(port, "set_output_flow_control", None)
    if control is not None:
        with suppress(OSError, termios.error):
            # Linux lets TCOON undo only what TCOOFF did, and takes the XOFF's stop away with it.
            control(enable=False)
            control(enable=True)


def _refusal(url: str, error: OSError) -> TransportError:
    # pyserial wraps the system's error and keeps its number only for device files.
    cause = error.__context__
    number = error.errno or (cause.errno if isinstance(cause, OSError) else None)
    if number in _NOT_FOUND:
        return DeviceNotFoundError(f"serial port {url} is not there")
    if number in _DENIED:
        return DeviceDeniedError(f"serial port {url} may not be opened by this user")
    if number in _BUSY:
        return DeviceBusyError(f"serial port {url} is used by another program")
    return TransportError(f"serial port {url} cannot be opened: {error}")


def _close_late(opening: asyncio.Future[serial.SerialBase]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
