"""Room kept back on the disk, so that a spool can still delete when the disk is full."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

RESERVE_BYTES = 4 * 1024 * 1024
"Four times what one round of deleting writes to the log; 0.03 % of a 16 GB card."


def disk_is_full(error: sqlite3.Error, path: Path) -> bool:
    """Tell whether SQLite failed for want of room.

    Besides SQLITE_FULL, an I/O error counts when the disk has no room left: growing the log or its index may be
    reported that way.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return True
    return code == sqlite3.SQLITE_IOERR and free_bytes(path) < 65_536


def free_bytes(path: Path) -> int:
    """Return the bytes that are free on the disk that holds `path`."""
    return shutil.disk_usage(path.parent).free


class Reserve:
    """A file beside the spool that only takes up room."""

    __slots__ = ("_path", "size")

    def __init__(self, spool: Path, size: int = RESERVE_BYTES) -> None:
        self._path = spool.with_name(spool.name + ".reserve")
        self.size = size

    def release(self) -> bool:
        """Give the room away; tell whether there was any."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        return True

    def restore(self) -> bool:
        """Take the room, if at least as much stays free for the spool; tell whether it is held."""
        if self._path.exists():
            return True
        if free_bytes(self._path) < 2 * self.size:
            return False
        part = self._path.with_suffix(".part")
        try:
            descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self.size)
            finally:
                os.close(descriptor)
            part.rename(self._path)
        except OSError:
            part.unlink(missing_ok=True)
            return False
        return True
