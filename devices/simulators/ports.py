"""A virtual serial port: a pty under a stable name, as udev names an adapter below /dev/serial/by-id."""

from __future__ import annotations

import os
import select
import tty
from contextlib import suppress
from pathlib import Path

from devices.errors import ConfigError

MAX_COMMANDS = 4096
"Bytes read from the host at once; more stays in the kernel's buffer."


class VirtualPort:
    """The sensor's end of a cable.

    Nothing is sent while no host has the port open, and what does not fit the kernel's buffer is lost: so it is with a
    cable, and a host that comes late must not find old seconds as if they were now.
    """

    def __init__(self, link: Path) -> None:
        """Name the port; `plug` makes it."""
        self._link = link
        self._master: int | None = None
        self._slave = ""
        self._poll = select.poll()
        self.sent = 0
        "Bytes that a host can read, or has."
        self.lost = 0
        "Bytes that nobody read."

    @property
    def link(self) -> Path:
        """The name under which hosts open it."""
        return self._link

    @property
    def plugged(self) -> bool:
        """Whether the cable is in."""
        return self._master is not None

    def plug(self) -> None:
        """Make the port and its name.

        Raises:
            ConfigError: the name is taken by something that is no link, or its folder cannot be written.
        """
        if self._master is not None:
            return
        master, slave = os.openpty()
        tty.setraw(slave)
        self._slave = os.ttyname(slave)
        # Once opened and closed, the pty tells by POLLHUP whether a host has it open.
        os.close(slave)
        os.set_blocking(master, False)
        try:
            self._make_link()
        except OSError as error:
            os.close(master)
            raise ConfigError(f"port {self._link} cannot be made: {error}") from error
        self._master = master
        self._poll.register(master, 0)

    def unplug(self) -> None:
        """Pull the cable: the host's reads fail, and the name is gone."""
        master, self._master = self._master, None
        if master is None:
            return
        with suppress(OSError):
            # Only our own link: another process may have taken the name over.
            if self._link.readlink() == Path(self._slave):
                self._link.unlink()
        self._poll.unregister(master)
        os.close(master)

    @property
    def listening(self) -> bool:
        """Whether a host has the port open."""
        if self._master is None:
            return False
        return not any(event & select.POLLHUP for _, event in self._poll.poll(0))

    def send(self, data: bytes) -> bool:
        """Send bytes if a host listens and takes them all; tell whether it did."""
        if self._master is None or not self.listening:
            self.lost += len(data)
            return False
        try:
            sent = os.write(self._master, data)
        except (BlockingIOError, OSError):
            sent = 0
        self.sent += sent
        self.lost += len(data) - sent
        return sent == len(data)

    def received(self) -> bytes:
        """Return what the host sent since the last call."""
        if self._master is None or not self.listening:
            return b""
        try:
            return os.read(self._master, MAX_COMMANDS)
        except OSError:
            # Nothing there (EAGAIN), or the host closed the port between the two calls (EIO).
            return b""

    def _make_link(self) -> None:
        self._link.parent.mkdir(parents=True, exist_ok=True)
        if self._link.is_symlink():
            self._link.unlink()
        self._link.symlink_to(self._slave)
