"""Commands virtual sensors while they run: one JSON object a line, one answer a line.

    {"sensor": "ch12-ox", "scenario": "hypoxia"}   what happens: a scenario of `physiology`, or "unplug", "plug"
    {"patient": "p12", "scenario": "sepsis"}       the same for a patient, whatever sensors they wear
    {"target": "p12", "scenario": "well"}          a sensor or, if there is none of that name, a patient
    {"list": true}                                 what there is

    {"ok": true} or {"ok": true, "sensors": [...]} or {"ok": false, "error": "..."}

`probe_off` and `motion` commanded to a sensor stay with that sensor; every other scenario happens to its patient, and so
to all the sensors they wear. `well` ends both.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from devices.errors import ConfigError, VeilleuseError

MAX_LINE = 65_536
"Bytes of one request or answer; a peer that sends more without a line end is cut off."

TIMEOUT = 10.0
"Seconds that a caller waits for the answer."


class Request(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """One command."""

    sensor: str = ""
    patient: str = ""
    target: str = ""
    scenario: str = ""
    list: bool = False


class SensorState(msgspec.Struct, frozen=True):
    """One virtual sensor, as `list` tells it."""

    name: str
    protocol: str
    place: str
    patient: str
    scenario: str
    probe: str


class Answer(msgspec.Struct, omit_defaults=True):
    """What became of a command."""

    ok: bool
    error: str = ""
    sensors: tuple[SensorState, ...] = ()


Handler = Callable[[Request], Awaitable[Answer]]

_requests = msgspec.json.Decoder(Request)
_answers = msgspec.json.Decoder(Answer)
_encoder = msgspec.json.Encoder()


class ControlServer:
    """Listens for commands."""

    def __init__(self, server: asyncio.Server, address: str, path: Path | None) -> None:
        """Take over a listening server; use `ControlServer.start`."""
        self._server = server
        self._path = path
        self.address = address
        "`127.0.0.1:PORT`, or the socket's path."

    @classmethod
    async def start(cls, handler: Handler, *, port: int = 0, path: Path | None = None) -> ControlServer:
        """Listen on loopback, or on a unix socket when a path is given.

        Raises:
            ConfigError: the port or path is taken.
        """
        tasks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(_serve(reader, writer, handler), name="control")
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        try:
            if path is not None:
                server = await asyncio.start_unix_server(connected, path, limit=MAX_LINE)
                return cls(server, str(path), path)
            server = await asyncio.start_server(connected, "127.0.0.1", port, limit=MAX_LINE)
        except OSError as error:
            raise ConfigError(f"control {path or port} cannot be listened on: {error}") from error
        host, bound = server.sockets[0].getsockname()[:2]
        return cls(server, f"{host}:{bound}", None)

    async def close(self) -> None:
        """Stop listening."""
        self._server.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
    try:
        while line := await reader.readline():
            writer.write(_encoder.encode(await _answer(line, handler)) + b"\n")
            await writer.drain()
    except (ConnectionError, ValueError) as error:
        # ValueError is asyncio's word for a line beyond the limit: what follows cannot be framed.
        if not writer.is_closing() and isinstance(error, ValueError):
            writer.write(
                _encoder.encode(Answer(ok=False, error=f"line is longer than {MAX_LINE} bytes")) + b"\n"
            )
    finally:
        writer.close()


async def _answer(line: bytes, handler: Handler) -> Answer:
    try:
        request = _requests.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Answer(ok=False, error=f"command is malformed: {error}")
    try:
        return await handler(request)
    except VeilleuseError as error:
        return Answer(ok=False, error=str(error))


def command(address: str, request: Request) -> Answer:
    """Send one command and return its answer; blocks.

    Args:
        address: `HOST:PORT`, or a unix socket's path.
        request: the command.

    Raises:
        ConfigError: nobody listens there, or no answer comes.
    """
    try:
        with _connect(address) as connection, connection.makefile("rb") as answers:
            connection.sendall(_encoder.encode(request) + b"\n")
            line = answers.readline(MAX_LINE)
        return _answers.decode(line)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"control {address} does not answer: {error}") from error


def _connect(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        return socket.create_connection((host, int(port)), TIMEOUT)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(TIMEOUT)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection
