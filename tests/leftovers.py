"""A run of tests leaves no process behind: whatever still lives at its end is named, ended, and fails the run.

One that was forgotten holds ports, files and the pipe that the run writes into; who reads that pipe waits for ever.
Every process of a run inherits its mark, also those that made a session of their own or lost their parent.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

MARK: Final = "VEILLEUSE_TEST_RUN"
"Environment variable that every process of a run has."
GRACE = 20.0
"Seconds for what was told to end and is about to."
LOOK: Final = 0.2
"Seconds between two looks."


@dataclass(frozen=True)
class Leftover:
    """A process that outlived its run."""

    pid: int
    command: str
    test: str
    "That ran when it was started."

    def end(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def watch(config: pytest.Config) -> None:
    """Mark this process and all that come of it, and look for them at the end; one that is part of a run already does nothing."""
    if MARK not in os.environ:
        os.environ[MARK] = uuid4().hex
        config.pluginmanager.register(Sweeper(os.environ[MARK]))


def leftovers(run: str) -> list[Leftover]:
    """Return the processes that carry a run's mark, but for this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        # It may end while it is read, and that of others may not be read at all.
        with suppress(OSError):
            environment = dict(pair.split("=", 1) for pair in _words(folder / "environ") if "=" in pair)
            command = " ".join(_words(folder / "cmdline"))
            # One that has ended and whose parent has not asked has no command.
            if environment.get(MARK) == run and command and int(folder.name) != os.getpid():
                test = environment.get("PYTEST_CURRENT_TEST", "no test")
                found.append(Leftover(int(folder.name), command, test))
    return found


def _words(file: Path) -> list[str]:
    return file.read_bytes().decode(errors="replace").rstrip("\0").split("\0")


class Sweeper:
    """Looks for them when everything else of the run is over."""

    def __init__(self, run: str) -> None:
        self._run = run

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Wait for what ends by itself; name and end what does not, and fail."""
        deadline = time.monotonic() + GRACE
        while (left := leftovers(self._run)) and time.monotonic() < deadline:
            time.sleep(LOOK)
        for each in left:
            session.config.get_terminal_writer().line(
                f"\nLEFT BEHIND by {each.test}: process {each.pid}, {each.command[:300]}", red=True
            )
            each.end()
        if left:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
