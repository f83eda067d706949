"""Runs a command in a user-mode-linux whose files are this machine's: real kernel Bluetooth, no hardware, no root.

    python -m tests.bluez.guest COMMAND...      runs it there, prints what it says, ends with its status

In the guest: the host's `/` read-only, memory in /run, /tmp and /var, a system bus, `$BLUETOOTHD` to be started, /dev/vhci
to be a controller at, and `/mnt`, the one folder that host and guest both write. Loopback works; there is no way out.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

MEMORY = "1G"
"Of the guest; what it does not use costs nothing."

LIMIT = 900.0
"Seconds after which a guest that does not end is ended."

PROVIDING = 3600.0
"Seconds to build the kernel; it takes 3 minutes on two idle cores."

LOOK = 0.2
"Seconds between two looks at what the command says."


class GuestError(Exception):
    """The guest cannot be had, or did not end by itself."""


@dataclass(frozen=True)
class Machine:
    """What a guest is made of."""

    kernel: Path
    bluez: Path

    @classmethod
    def provide(cls) -> Machine:
        """Return it, building and fetching what is not there yet.

        Raises:
            GuestError: that failed; the scripts have said why.
        """
        return cls(_provided("kernel.sh"), _provided("bluez.sh"))


def _provided(script: str) -> Path:
    # Its errors are for whoever runs the tests, at once: a build takes minutes.
    made = subprocess.run(
        [str(HERE / script)], stdout=subprocess.PIPE, timeout=PROVIDING, check=False, text=True
    )
    if made.returncode:
        raise GuestError(f"tests/bluez/{script} failed; it said why above")
    return Path(made.stdout.strip())


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    status: int
    folder: Path
    "What was `/mnt`."


@contextmanager
def shared_folder() -> Iterator[Path]:
    """Make the folder that host and guest share; its name has no space, since it stands on the kernel's command line."""
    with tempfile.TemporaryDirectory(prefix="veilleuse-guest.") as name:
        yield Path(name)


def run(
    machine: Machine, command: list[str], shared: Path, *, heard: Callable[[str], None], limit: float = LIMIT
) -> Outcome:
    """Boot a guest, run a command in it and wait for its end.

    Args:
        machine: what to boot.
        command: program and arguments; it starts in the checkout.
        shared: becomes `/mnt`.
        heard: called with what the command says, as it says it.
        limit: seconds before the guest is ended by force.

    Raises:
        GuestError: it did not boot, or did not end in time.
    """
    shutil.copy(HERE / "init.sh", shared / "init")
    registers = _compiled(HERE / "registers.c", shared / "registers.so")
    (shared / "command").write_text(f"exec {shlex.join(command)}\n")
    (shared / "environment").write_text(_environment(machine))
    output = shared / "output"
    output.touch()
    arguments = [
        str(machine.kernel),
        f"mem={MEMORY}",
        "rootfstype=hostfs",
        "rootflags=/",
        "ro",
        f"init={shared / 'init'}",
        f"RUN={shared}",
        f"umid={shared.name}",
        "quiet",
        "con=null",
        "con0=null,fd:1",
    ]
    with (shared / "console").open("wb") as console, output.open(encoding="utf-8", errors="replace") as said:
        kernel = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            env={**os.environ, "TMPDIR": _memory(), "HOME": str(shared), "LD_PRELOAD": str(registers)},
            # Its helper threads are processes; ended as one group they leave none behind.
            start_new_session=True,
        )
        try:
            _follow(kernel, said, heard, limit)
        finally:
            _end(kernel)
    try:
        return Outcome(int((shared / "status").read_text()), shared)
    except (OSError, ValueError):
        raise GuestError(
            f"the guest ended without a status; its console: {_tail(shared / 'console')}"
        ) from None


def _compiled(source: Path, target: Path) -> Path:
    made = subprocess.run(
        ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(target), str(source)],
        capture_output=True,
        check=False,
        text=True,
    )
    if made.returncode:
        raise GuestError(f"{source} does not compile: {made.stderr}")
    return target


def _follow(
    kernel: subprocess.Popen[bytes], said: TextIO, heard: Callable[[str], None], limit: float
) -> None:
    deadline = time.monotonic() + limit
    while True:
        ended = kernel.poll() is not None
        if text := said.read():
            heard(text)
        if ended:
            return
        if time.monotonic() > deadline:
            raise GuestError(f"the guest did not end in {limit:g} s")
        time.sleep(LOOK)


def _end(kernel: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(kernel.pid, signal.SIGKILL)
    kernel.wait()


def _environment(machine: Machine) -> str:
    """Return what the guest's shell sets before the command."""
    bluez = machine.bluez / "usr"
    programs = [str(ROOT / ".venv/bin"), str(bluez / "bin"), "/usr/local/sbin:/usr/local/bin"]
    values = {
        "PATH": ":".join([*programs, "/usr/sbin:/usr/bin:/sbin:/bin"]),
        "HOME": "/run/tmp",
        "TMPDIR": "/run/tmp",
        "LANG": "C.UTF-8",
        # The checkout is read-only there.
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": "/run/tmp/hypothesis",
        "PYTHONUNBUFFERED": "1",
        "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/run/dbus/system_bus_socket",
        "BLUETOOTHD": str(bluez / "libexec/bluetooth/bluetoothd"),
        "BLUEZ": str(machine.bluez),
        "CHECKOUT": str(ROOT),
        "VEILLEUSE_GUEST": "1",
        **{name: os.environ[name] for name in ("CI",) if name in os.environ},
    }
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def _memory() -> str:
    """Return a folder for the guest's memory, which is a file that is mapped executable."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()


def _tail(path: Path) -> str:
    return path.read_text(errors="replace")[-2000:]


def main(command: list[str]) -> int:
    """Run a command in a guest."""
    with shared_folder() as shared:
        try:
            machine = Machine.provide()
            return run(machine, command, shared, heard=lambda text: print(text, end="", flush=True)).status
        except GuestError as error:
            print(f"veilleuse: {error}", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
