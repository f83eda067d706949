"""Starting, watching and ending our own processes, by their ids; and waiting for facts with a deadline."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

VEILLEUSE = str(Path(sys.executable).with_name("veilleuse"))
"The command of the environment that runs the tests."


def free_port() -> int:
    """Return a TCP port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(what: str, check: Callable[[], T | None], seconds: float = 60.0, every: float = 0.05) -> T:
    """Return the first true answer of `check`.

    Raises:
        AssertionError: there was none within the time; the text says what was waited for.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what} (last answer {answer!r})")
        time.sleep(every)


class Process:
    """One of our processes, which may be ended and started again; all its output goes to one file."""

    def __init__(self, name: str, argv: list[str], log: Path, *, cwd: Path | None = None) -> None:
        self.name = name
        self.argv = argv
        self.log = log
        self.starts = 0
        self._cwd = cwd
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Id of the running process."""
        assert self._running is not None, f"{self.name} was never started"
        return self._running.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._running is not None and self._running.poll() is None

    @property
    def code(self) -> int | None:
        """How it ended, or nothing while it runs."""
        return None if self._running is None else self._running.poll()

    def start(self) -> Process:
        """Start it; it becomes the leader of its own session, so that its children can be ended with it."""
        assert not self.alive, f"{self.name} runs already"
        with self.log.open("ab") as out:
            self._running = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self._cwd,
                start_new_session=True,
            )
        self.starts += 1
        return self

    def kill(self) -> None:
        """End it as a power cut would, the process alone: its children must notice by themselves."""
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(signal.SIGKILL)
            self._running.wait(10)

    def stop(self, seconds: float = 60.0) -> int:
        """Ask it to end; end it and its children by force when it does not. Returns its exit status."""
        assert self._running is not None
        running = self._running
        if running.poll() is None:
            running.terminate()
            try:
                running.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait(10)
        self.sweep()
        return running.returncode

    def sweep(self) -> None:
        """End what is left of its session."""
        assert self._running is not None
        try:
            os.killpg(self._running.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def text(self) -> str:
        """Return everything it said."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_text(self, fragment: str, seconds: float = 60.0) -> str:
        """Wait until it has said something; return all it said."""

        def said() -> str | None:
            if not self.alive and fragment not in self.text():
                raise AssertionError(f"{self.name} ended with {self.code}: {self.tail()}")
            return self.text() if fragment in self.text() else None

        return wait_for(f"{self.name} says {fragment!r}; it said: {self.tail()}", said, seconds)

    def tail(self, lines: int = 25) -> str:
        """Return its last lines."""
        return "\n".join(self.text().splitlines()[-lines:])


def run(*arguments: str, seconds: float = 60.0, check: bool = True, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run `veilleuse` with these arguments to its end."""
    done = subprocess.run(
        [VEILLEUSE, *arguments], capture_output=True, text=True, timeout=seconds, check=False, cwd=cwd
    )
    if check and done.returncode:
        raise AssertionError(
            f"veilleuse {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}"
        )
    return done
