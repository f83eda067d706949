"""Says across processes that a node's line belongs to an update, so that its edge lets go of it and knows why.

A claim is a locked file; the kernel unlocks it when the updating process ends, however it ends, so no claim outlives its
update.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devices.errors import VeilleuseError


class ClaimedError(VeilleuseError):
    """Another update has this line."""


def claims_folder(spool: Path) -> Path:
    """Return where the claims on the lines of the edge with that spool are."""
    return spool.with_name(spool.name + "-updating")


class Claims:
    """The claims on the lines of one edge."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, url: str) -> Iterator[None]:
        """Claim a line until the context is left.

        Raises:
            ClaimedError: another update has it, or the folder cannot be written.
        """
        try:
            self._folder.mkdir(mode=0o750, parents=True, exist_ok=True)
            handle = os.open(
                self._path(url),
                os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW,
                0o640,
            )
        except OSError as error:
            raise ClaimedError(f"line {url} cannot be claimed: {error.strerror}") from None
        try:
            _lock(handle, url)
            yield
        finally:
            os.close(handle)

    def held(self, url: str) -> bool:
        """Tell whether a line is claimed."""
        try:
            handle = os.open(self._path(url), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def _path(self, url: str) -> Path:
        return self._folder / hashlib.sha256(url.encode()).hexdigest()[:32]


def _lock(handle: int, url: str) -> None:
    # `held` locks too, for an instant: one refusal may be that.
    for pause in (0.01, 0.05, 0.2, None):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if pause is None:
                raise ClaimedError(f"line {url} is being used for another update") from None
            time.sleep(pause)
        else:
            return
