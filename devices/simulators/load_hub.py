"""A hub of the load's own: made, furnished and run by the `veilleuse` command in a directory that goes with it."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devices.errors import ConfigError
from devices.simulators.load_run import LoadError, Target
from devices.simulators.load_worker import EdgeSpec

READY = "veilleuse: hub ready "
"First words of the line that `hub serve` prints once it serves."

READY_SECONDS = 60.0
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class OwnHub:
    """A running hub."""

    pid: int
    folder: Path
    target: Target

    @property
    def database(self) -> Path:
        """Its database file."""
        return self.folder / "hub" / "hub.db"


def read_keys(folder: Path) -> tuple[EdgeSpec, ...]:
    """Return the edges whose `<edge>.key` files lie in a folder.

    Raises:
        ConfigError: there is none, or one does not hold a secret and a password, one line each.
    """
    edges = []
    try:
        paths = sorted(folder.glob("*.key"))
        for number, path in enumerate(paths):
            lines = path.read_text("ascii").split()
            if len(lines) != 2:
                raise ConfigError(f"key file {path} has {len(lines)} words, expected secret and password")
            edges.append(EdgeSpec(path.stem, lines[0], lines[1], number))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"keys in {folder} cannot be read: {error}") from error
    if not edges:
        raise ConfigError(f"folder {folder} holds no EDGE.key file")
    return tuple(edges)


def room_list(homes: int, residents: int) -> list[dict[str, str | int]]:
    """Return the rooms of so many homes, one resident and one edge in each, as `veilleuse hub furnish` takes them."""
    rows: list[dict[str, str | int]] = []
    for home in range(1, homes + 1):
        for number in range(1, residents + 1):
            name = f"h{home}-{number}"
            rows.append(
                {
                    "room": name,
                    "name": name,
                    "resident": f"r-{name}",
                    "family_name": f"Résident {number}",
                    "given_name": f"Maison {home}",
                    "birth_year": 1935,
                    "edge": f"load-{name}",
                }
            )
    return rows


@contextmanager
def own_hub(folder: Path, homes: int, residents: int) -> Iterator[OwnHub]:
    """Make, furnish and run a hub in `folder`; it ends with the context.

    Raises:
        LoadError: a step of it fails; the text holds its last words.
    """
    http, mqtt = _free_port(), _free_port()
    config = folder / "hub.toml"
    config.write_text(f'data = "hub"\n[http]\nport = {http}\n[broker]\nport = {mqtt}\n')
    rooms = folder / "rooms.jsonl"
    rooms.write_text("".join(json.dumps(row) + "\n" for row in room_list(homes, residents)))
    keys = folder / "keys"
    _run("hub", "init", "--config", str(config), "--home", "Les Essais")
    _run("hub", "furnish", "--config", str(config), str(rooms), "--out", str(keys))
    log = folder / "hub.log"
    with _serving(config, log) as process:
        yield OwnHub(process.pid, folder, Target("127.0.0.1", mqtt, read_keys(keys)))


@contextmanager
def _serving(config: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            _command("hub", "serve", "--config", str(config)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_ready(process, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    pause = threading.Event()
    for _ in range(int(READY_SECONDS / 0.1)):
        text = log.read_text(errors="replace")
        if READY in text:
            return
        if process.poll() is not None:
            break
        pause.wait(0.1)
    words = log.read_text(errors="replace").strip().splitlines()
    raise LoadError(f"the hub did not start: {words[-1] if words else 'it said nothing'}")


def _run(*arguments: str) -> None:
    done = subprocess.run(_command(*arguments), capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise LoadError(
            f"veilleuse {' '.join(arguments[:2])} failed: {words[-1] if words else 'it said nothing'}"
        )


def _command(*arguments: str) -> list[str]:
    # This interpreter's own, so that it works where no `veilleuse` is on the PATH.
    return [sys.executable, "-c", "from devices.cli import main; main()", *arguments]


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
