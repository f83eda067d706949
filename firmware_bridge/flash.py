"""New firmware into a node, over its own line: avrdude and the node's loader do the writing, this decides.

An update has succeeded when the node says HELLO and its descriptor names the image's board and version; nothing less counts,
because STK500 has no checksum on the line and a loader that said "done" may have been misheard. Every attempt begins with
a reset of its own. When all have failed, the last image that was good goes back.

FlashError             the update did not succeed
├── NodeSilentError    the node does not answer, so nobody knows what it is
├── EventsWaitError    events wait in the node for the hub: they go first
├── LoaderError        avrdude failed or took too long
└── UpdateFailedError  all attempts failed; `restored` says whether the last good image runs again
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from devices.clock import Clock
from devices.drivers.base import SerialSettings, Write
from devices.errors import VeilleuseError
from devices.transports.base import DeviceBusyError, TransportError
from devices.transports.serial_stream import SerialStream
from firmware_bridge.image import BOARDS, Image, ImageError, Target, check_target, load_image
from firmware_bridge.interview import Facts, Interview

BAUDRATE = 115200

ASK_AGAIN = 0.5
"Seconds."

LISTENING = 8.0
"Seconds for a node to say who it is: opening the line may reset it, and its loader waits a second for an update."

WRITING = 60.0
"Seconds for avrdude. 30 KB take 10 s; a byte lost on the line makes STK500 wait for ever."


class FlashError(VeilleuseError):
    """An update did not succeed."""


class NodeSilentError(FlashError):
    """A node does not answer."""


class EventsWaitError(FlashError):
    """Events wait in the node for the hub."""


class LoaderError(FlashError):
    """Avrdude failed, or took too long."""


class UpdateFailedError(FlashError):
    """All attempts failed."""

    def __init__(self, message: str, *, restored: bool) -> None:
        super().__init__(message)
        self.restored = restored


@dataclass(frozen=True, slots=True)
class Line:
    """How a node is reached."""

    url: str
    "Device path, or `socket://HOST:PORT`."
    clock: Clock
    reset: Callable[[], Awaitable[None]] | None = None
    "Resets the node where DTR does not: a line from the machine's own pins. `None`: opening the port pulses DTR."
    listening: float = LISTENING
    writing: float = WRITING

    @property
    def avrdude(self) -> str:
        """The port as avrdude writes it."""
        return self.url.replace("socket://", "net:", 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A successful update."""

    facts: Facts
    attempts: int


async def ask(line: Line) -> Facts:
    """Ask a node who it is.

    Raises:
        NodeSilentError: it does not say so in time, or its line cannot be opened.
    """
    interview = Interview()
    try:
        async with asyncio.timeout(line.listening):
            await _interview(line, interview)
    except TimeoutError:
        pass
    except TransportError as error:
        raise NodeSilentError(str(error)) from error
    if interview.facts is None:
        foreign = interview.foreign
        said = "nothing" if foreign is None else f"that it speaks protocol {foreign}"
        raise NodeSilentError(f"node at {line.url} said {said} in {line.listening:g} s")
    return interview.facts


async def _interview(line: Line, interview: Interview) -> None:
    while True:
        try:
            async with SerialStream.open(line.url, SerialSettings(BAUDRATE), line.clock) as stream:
                await _converse(stream, interview)
                return
        except DeviceBusyError:
            # The edge that had the line needs a moment to see that it is claimed.
            await asyncio.sleep(ASK_AGAIN)


async def _converse(stream: SerialStream, interview: Interview) -> None:
    asking = asyncio.create_task(_keep_asking(stream, interview), name="flash/ask")
    try:
        async for chunk in stream.chunks():
            answer = interview.receive(chunk.data)
            if interview.facts is not None:
                return
            if answer:
                await stream.write(Write(answer))
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def _keep_asking(stream: SerialStream, interview: Interview) -> None:
    while True:
        if question := interview.ask():
            await stream.write(Write(question))
        await asyncio.sleep(ASK_AGAIN)


async def write(line: Line, image: Image) -> None:
    """Write an image once. Nothing is known of the node afterwards but that its loader agreed.

    Raises:
        LoaderError: avrdude is not installed, failed, or took too long.
    """
    if line.reset is not None:
        await line.reset()
    with tempfile.TemporaryDirectory(prefix="veilleuse-") as folder:
        path = Path(folder) / "node.hex"
        path.write_bytes(image.hex)
        await _avrdude(line, image, path)


async def _avrdude(line: Line, image: Image, path: Path) -> None:
    board = BOARDS[image.manifest.board]
    command = [
        *("avrdude", "-q", "-q", "-c", "arduino", "-p", board.part, "-b", str(board.baudrate)),
        # -D: the loader erases page by page; a whole-chip erase is nothing that it can do.
        *("-P", line.avrdude, "-D", "-U", f"flash:w:{path}:i"),
    ]
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise LoaderError(f"avrdude cannot be started: {error.strerror}") from None
    try:
        async with asyncio.timeout(line.writing):
            said, _ = await process.communicate()
    except TimeoutError:
        raise LoaderError(f"avrdude took longer than {line.writing:g} s") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode != 0:
        raise LoaderError(f"avrdude failed with {process.returncode}: {_last_words(said)}")


def _last_words(said: bytes) -> str:
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    # A line without DTR makes it complain each time, whatever else goes wrong.
    lines = [line for line in lines if "TIOCM" not in line] or lines
    return lines[-1][:200] if lines else "it said nothing"


class LastGood:
    """Keeps the image that last ran well on each board, so that there is a way back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, image: Image) -> None:
        """Keep an image that a node was seen to run; the manifest goes last, so that a half-written one is none."""
        folder = self._folder / image.manifest.board
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / image.manifest.image, image.hex)
        _replace(folder / "node.json", msgspec.json.encode(image.manifest))

    def find(self, board: str) -> Image | None:
        """Return it, `None` if there is none or it does not fit this host any more."""
        try:
            return load_image(self._folder / board / "node.json")
        except ImageError:
            return None


def _replace(path: Path, data: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(data)
    new.replace(path)


async def examine(line: Line, image: Image, *, trust_image: bool = False) -> Facts | None:
    """Ask the node whether it may be updated with this image; the wire carries nothing but questions.

    Args:
        line: the node's.
        image: what would be written.
        trust_image: a node that says nothing (blank, or an update that failed) is taken for the image's board; the
            loader still checks the chip.

    Raises:
        ImageError: the image is for another board or hardware.
        EventsWaitError: events wait in the node; they must reach the hub first.
        NodeSilentError: it says nothing, and `trust_image` is false.
    """
    try:
        facts = await ask(line)
    except NodeSilentError:
        if trust_image:
            return None
        raise
    described = facts.descriptor
    check_target(image, Target(described.board, described.hardware or None))
    if facts.heartbeat.waiting:
        raise EventsWaitError(
            f"{facts.heartbeat.waiting} events wait in node {facts.hello.node:08x} for the hub: "
            "let the edge fetch them first"
        )
    return facts


async def update(
    line: Line,
    image: Image,
    good: LastGood,
    *,
    attempts: int = 3,
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Write an image until the node runs it; afterwards it is the last good one.

    Args:
        line: the node's; nobody else may have it open.
        image: checked by `load_image`, and against the node by `examine`.
        good: where the last good image is.
        attempts: each with a reset of its own.
        tell: takes one line for a person at each step.

    Raises:
        UpdateFailedError: no attempt succeeded; the last good image was put back where there was one.
    """
    for attempt in range(1, attempts + 1):
        tell(f"attempt {attempt} of {attempts}: writing {image.manifest.board} {image.manifest.version}")
        try:
            facts = await _once(line, image)
        except FlashError as error:
            tell(str(error))
            continue
        good.keep(image)
        return Outcome(facts, attempt)
    restored = await _restore(line, image, good, attempts, tell)
    state = "the last good image runs again" if restored else "the node does not work"
    raise UpdateFailedError(
        f"image {image.manifest.version} could not be written in {attempts} attempts; {state}",
        restored=restored,
    )


async def _once(line: Line, image: Image) -> Facts:
    await write(line, image)
    facts = await ask(line)
    runs = (facts.descriptor.board, facts.descriptor.firmware)
    wanted = (image.manifest.board, image.manifest.version)
    if runs != wanted:
        raise FlashError(f"node runs {' '.join(runs)} after the update, not {' '.join(wanted)}")
    return facts


async def _restore(
    line: Line, image: Image, good: LastGood, attempts: int, tell: Callable[[str], None]
) -> bool:
    last = good.find(image.manifest.board)
    if last is None or last.manifest == image.manifest:
        return False
    for _ in range(attempts):
        tell(f"putting {last.manifest.board} {last.manifest.version} back")
        try:
            await _once(line, last)
        except FlashError as error:
            tell(str(error))
        else:
            return True
    return False
