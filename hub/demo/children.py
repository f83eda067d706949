"""Child processes that end with their parent, whatever ends it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devices.errors import VeilleuseError

_PR_SET_PDEATHSIG = 1
"prctl(2): signal to get when the parent dies."

STOP_SECONDS = 8.0
"How long a child may take to end before it is killed."

_libc = ctypes.CDLL(None, use_errno=True)


class ChildError(VeilleuseError):
    """A process of the demo home ended or never became ready."""


def _end_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:  # the parent died between fork and here
        os._exit(1)


@dataclass(slots=True)
class Children:
    """The demo home's processes, each with its log in `folder`."""

    folder: Path
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start `veilleuse ARGUMENTS`; what it prints goes to `<name>.log`."""
        self.folder.mkdir(exist_ok=True)
        program = Path(sysconfig.get_path("scripts")) / "veilleuse"
        with (self.folder / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own command, no shell
                [sys.executable, str(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches the demo alone, which ends its children in order.
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - the demo has one thread
            )

    def check(self) -> None:
        """Make sure that all run.

        Raises:
            ChildError: one has ended; its last lines are in the text.
        """
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ChildError(f"{name} ended with status {process.returncode}:\n{self.tail(name)}")

    def tail(self, name: str, lines: int = 12) -> str:
        """Return the last lines of a child's log."""
        text = (self.folder / f"{name}.log").read_text("utf-8", "replace")
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """End all, the last started first."""
        for process in reversed(self._running.values()):
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()
