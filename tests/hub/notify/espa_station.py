"""An ESPA 4.4.4 paging station on a pty: written from the sheet alone, it shares no code with what it tests."""

from __future__ import annotations

import os
import re
import select
import socket
import threading
import time
import tty
from collections import deque
from collections.abc import Callable

_BLOCK = re.compile(rb"\x01([^\x03]*)\x03(.)", re.DOTALL)


class Station:
    """Answers selections and blocks as its `manners` say, one each, and properly when there are none left."""

    def __init__(self, server: socket.socket | None = None) -> None:
        """Stand at a pty, or behind a serial server's listening socket."""
        self._server = server
        if server is None:
            self.master, self._slave = os.openpty()
            tty.setraw(self._slave)
            self.link = os.ttyname(self._slave)
        else:
            self.master = self._slave = -1
            self.link = f"socket://127.0.0.1:{server.getsockname()[1]}"
        self.on_select: deque[str] = deque()
        self.on_block: deque[str] = deque()
        self.on_poll: deque[str] = deque()
        self.always: str | None = None
        "One manner for everything."
        self.calls: list[dict[str, bytes]] = []
        self.selections = 0
        self.polls = 0
        self.ends = 0
        self.heard = bytearray()
        self._buffer = b""
        self._stop = threading.Event()
        self.outbox: deque[bytes] = deque()
        self._thread = threading.Thread(target=self._serve, name="espa station", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5)
        for end in (self.master, self._slave):
            if end >= 0:
                os.close(end)
        self.master = self._slave = -1

    def unplug(self) -> None:
        """Let the line go, as a pulled adapter does."""
        self.close()

    def say(self, data: bytes) -> None:
        os.write(self.master, data)

    def tell(self, *records: tuple[bytes, bytes]) -> None:
        """Report something by itself: select the master, send a status block when it answers."""
        body = b"2\x02" + b"\x1e".join(kind + b"\x1f" + data for kind, data in records) + b"\x03"
        total = 0
        for byte in body:
            total ^= byte
        self.outbox.extend([b"\x01" + body + bytes([total]), b"\x04"])
        self.say(b"2\x051\x05")

    def _serve(self) -> None:
        if self._server is not None:
            self.master = self._server.accept()[0].detach()
        while not self._stop.is_set():
            ready, _, _ = select.select([self.master], [], [], 0.02)
            if not ready:
                continue
            try:
                data = os.read(self.master, 1024)
            except OSError:
                return
            if not data:
                return
            self.heard += data
            self._buffer += data
            while self._step():
                pass

    def _step(self) -> bool:
        """Take one thing off the buffer; the earliest counts."""
        buffer = self._buffer
        block = _BLOCK.search(buffer)
        head = buffer[: block.start()] if block else buffer.split(b"\x01")[0]
        if select_ := re.search(rb"1\x052\x05", head):
            self._buffer = buffer[select_.end() :]
            self.selections += 1
            self._answer(self.on_select)
            return True
        if poll := re.search(rb"(?<!\x05)2\x05", head):
            self._buffer = buffer[poll.end() :]
            self.polls += 1
            self._answer(self.on_poll, b"\x04")
            return True
        if not block:
            if end := re.search(rb"[\x04\x06\x15]", head):
                self._buffer = buffer[end.end() :]
                self._control(end.group())
                return True
            return False
        self._buffer = buffer[block.end() :]
        self._block(block.group(1) + b"\x03", block.group(2)[0])
        return True

    def _control(self, code: bytes) -> None:
        if code == b"\x04":
            self.ends += 1
        elif code == b"\x06" and self.outbox:
            self.say(self.outbox[0])
            self.outbox.popleft()

    def _block(self, body: bytes, said: int) -> None:
        total = 0
        for byte in body:
            total ^= byte
        if total != said:
            self.say(b"1\x15")
            return
        header, _, rest = body[:-1].partition(b"\x02")
        call = {"header": header}
        for record in rest.split(b"\x1e"):
            kind, _, value = record.partition(b"\x1f")
            call[kind.decode()] = value
        # Before the answer is out: who has it asks at once what was shown.
        self._answer(self.on_block, before=lambda: self.calls.append(call))

    def _answer(
        self, manners: deque[str], proper: bytes = b"\x06", before: Callable[[], None] = lambda: None
    ) -> bool:
        """Answer; tell whether it was a proper answer. `before` is done before one."""
        manner = self.always or (manners.popleft() if manners else "proper")
        if manner in {"proper", "late"}:
            before()
        if manner == "proper":
            self.say(proper)
        elif manner == "silent":
            pass
        elif manner == "garbage":
            self.say(b"\xff\x00\x01\x99@#")
        elif manner == "late":
            time.sleep(0.15)
            self.say(proper)
        elif manner == "eot":
            self.say(b"\x04")
        else:
            self.say(manner.encode() + b"\x15")
        return manner in {"proper", "late"}
