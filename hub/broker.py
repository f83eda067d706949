"""The broker that the hub starts when `hub.toml` names none: Mosquitto if the machine has it, otherwise iotcore.

Both listen on a loopback address and let nobody in without a password. Mosquitto also holds every edge to its own
branch; iotcore has no access lists, so there it is the seal alone (`devices.wire.seal`) that keeps edges apart. A
broker only carries: nothing is lost with one, so one that ends is simply started again.

The settings are measured (sheet "brokers and stores" part 1): Mosquitto's default queue of 1000 messages drops
silently under load, and 0 ("no limit") is broken in some releases; iotcore listens everywhere unless told not to, and
serves MQTT 3.1.1 and 5 on separate ports.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from iotcore import Broker as IotcoreProcess

from devices.backoff import Backoff
from devices.errors import ConfigError, VeilleuseError
from devices.wire.seal import MAX_MESSAGE
from devices.wire.topics import PREFIX
from hub.health import Health
from hub.metrics import Metrics

HUB = "hub"
"The hub's own MQTT user; no edge may have this name."

_READY_SECONDS = 10.0
_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.1
_MAX_PACKET = MAX_MESSAGE + 1024
"A largest message with its topic."
_ITERATIONS = 101
"Of PBKDF2 in Mosquitto's password files; its own default."

_log = logging.getLogger(__name__)


class BrokerError(VeilleuseError):
    """A broker cannot be started."""


class Engine(Protocol):
    """One kind of broker."""

    name: str

    host: str
    edge_port: int
    "Where edges connect."
    hub_port: int
    "Where the hub connects."

    def launch(self, accounts: Mapping[str, str]) -> None:
        """Write the configuration and start; `accounts` are passwords by user name. Raises `BrokerError`."""
        ...

    def alive(self) -> bool:
        """Tell whether it still runs."""
        ...

    def reload(self, accounts: Mapping[str, str]) -> None:
        """Take other accounts, keeping those who are connected and still known where it can."""
        ...

    def end(self) -> None:
        """Stop it."""
        ...


class Mosquitto:
    """Mosquitto as a child process, from a directory of its own."""

    name = "mosquitto"

    def __init__(self, folder: Path, host: str, port: int) -> None:
        """Take a private directory and where to listen."""
        self._folder, self.host = folder, host
        self.hub_port = self.edge_port = port
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self, accounts: Mapping[str, str]) -> None:
        """Write the configuration and start.

        Raises:
            BrokerError: it ended at once or does not answer; the text holds its last words.
        """
        self._end_orphan()
        # One that the kernel ended a moment ago still holds its port for an instant.
        _wait_free(self.host, self.hub_port)
        _check_free(self.host, self.hub_port)
        _write(self._folder / "mosquitto.conf", self._configuration())
        _write(self._folder / "acl", _access_list())
        _write(self._folder / "passwords", _password_file(accounts))
        log = self._folder / "mosquitto.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        _write(self._folder / "mosquitto.pid", f"{self._process.pid}\n")
        if not _answers(self.host, self.hub_port, self.alive):
            self.end()
            said = log.read_text(errors="replace").strip().splitlines()
            raise BrokerError(f"mosquitto does not run: {said[-1] if said else 'it said nothing'}")

    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def reload(self, accounts: Mapping[str, str]) -> None:
        """Write the password file and let Mosquitto read it; other connections stay."""
        _write(self._folder / "passwords", _password_file(accounts))
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def end(self) -> None:
        """Stop it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _command(self) -> list[str]:
        command = [_mosquitto() or "mosquitto", "-c", str(self._folder / "mosquitto.conf")]
        setpriv = shutil.which("setpriv")
        # The kernel ends the broker with the hub, even when the hub is killed. Where there is no setpriv, the next
        # start ends the orphan.
        return command if setpriv is None else [setpriv, "--pdeathsig", "KILL", *command]

    def _configuration(self) -> str:
        lines = [
            "per_listener_settings false",
            f"listener {self.hub_port} {self.host}",
            "allow_anonymous false",
            f"password_file {self._folder / 'passwords'}",
            f"acl_file {self._folder / 'acl'}",
            "persistence false",
            "max_queued_messages 1000000",
            "max_inflight_messages 1000",
            f"message_size_limit {_MAX_PACKET}",
            "sys_interval 5",
            "set_tcp_nodelay true",
            "log_dest stdout",
            "log_type error",
            "log_type warning",
        ]
        if os.geteuid() == 0:
            # It would become "mosquitto" and could then read none of its files.
            lines.append("user root")
        return "\n".join(lines) + "\n"

    def _end_orphan(self) -> None:
        """End the broker of a hub that was killed, so that it does not hold the port for ever."""
        try:
            pid = int((self._folder / "mosquitto.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return
        # The number may be another process's by now; the path of our configuration cannot be.
        if os.fsencode(self._folder / "mosquitto.conf") in command:
            _log.warning("ending the broker of an earlier hub, process %d", pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class Iotcore:
    """iotcore as a child process; it ends when the hub does, because their pipe closes."""

    name = "iotcore"

    def __init__(self, folder: Path, host: str, port: int) -> None:
        """Take a private directory and where edges connect; the hub has a port of its own."""
        self._folder, self.host, self.edge_port = folder, host, port
        self.hub_port = free_port(host)
        self._broker: IotcoreProcess | None = None

    def launch(self, accounts: Mapping[str, str]) -> None:
        """Write the configuration and start.

        Raises:
            BrokerError: it does not run.
        """
        path = self._folder / "iotcore.toml"
        _write(path, self._configuration(accounts))
        broker = IotcoreProcess(config_path=str(path))
        try:
            broker.start(_READY_SECONDS)
        except (OSError, RuntimeError) as error:
            broker.stop()
            raise BrokerError(f"iotcore does not run: {error}") from error
        self._broker = broker

    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self._broker is not None and self._broker.is_running

    def reload(self, accounts: Mapping[str, str]) -> None:
        """Start it again: it reads its configuration only once, and nothing is lost with it."""
        self.end()
        self.launch(accounts)

    def end(self) -> None:
        """Stop it."""
        broker, self._broker = self._broker, None
        if broker is not None:
            broker.stop(_STOP_SECONDS)

    def _configuration(self, accounts: Mapping[str, str]) -> str:
        parts = [
            "id = 0",
            "[router]",
            "id = 0",
            "max_connections = 2000",
            "max_outgoing_packet_count = 200",
            "max_segment_size = 104857600",
            "max_segment_count = 10",
        ]
        # Edges speak MQTT 5, the hub 3.1.1; iotcore wants a listener for each.
        hub = {HUB: accounts[HUB]}
        edges = {user: password for user, password in accounts.items() if user != HUB}
        for version, port, users in (("v4", self.hub_port, hub), ("v5", self.edge_port, edges)):
            parts += [
                f"[{version}.1]",
                f'name = "{version}"',
                f'listen = "{self.host}:{port}"',
                "next_connection_delay_ms = 1",
                f"[{version}.1.connections]",
                "connection_timeout_ms = 10000",
                f"max_payload_size = {_MAX_PACKET}",
                "max_inflight_count = 100",
                "dynamic_filters = false",
                f"[{version}.1.connections.auth]",
                # JSON strings are TOML strings. An empty table would let everybody in.
                *(f"{json.dumps(user)} = {json.dumps(users[user])}" for user in sorted(users)),
                *([] if users else [f'"-" = "{os.urandom(16).hex()}"']),
            ]
        return "\n".join(parts) + "\n"


class Broker:
    """A broker, watched: one that ends is started again."""

    def __init__(self, engine: Engine, accounts: Mapping[str, str], metrics: Metrics, health: Health) -> None:
        """Take what to run and who may use it."""
        self._engine = engine
        self._accounts = dict(accounts)
        self._metrics = metrics
        self._health = health
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._first = threading.Event()
        self._failure: BrokerError | None = None
        # One thread for the broker's whole life: the kernel's signal on the parent's death follows the thread.
        self._thread = threading.Thread(target=self._watch, name="broker", daemon=True)

    @property
    def engine(self) -> Engine:
        """What runs, and where it listens."""
        return self._engine

    def start(self) -> None:
        """Start the broker and wait until it answers.

        Raises:
            BrokerError: it does not run.
        """
        self._thread.start()
        self._first.wait()
        if self._failure is not None:
            raise self._failure

    def update(self, accounts: Mapping[str, str]) -> None:
        """Take other accounts: edges were enrolled or revoked."""
        with self._lock:
            if accounts == self._accounts:
                return
            self._accounts = dict(accounts)
            if self._engine.alive():
                try:
                    self._engine.reload(self._accounts)
                except BrokerError as error:
                    self._health.failing("broker_process", str(error))

    def stop(self) -> None:
        """Stop the broker."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        backoff = Backoff(base=0.2, ceiling=10.0)
        try:
            self._launch()
        except BrokerError as error:
            self._failure = error
            return
        finally:
            self._first.set()
        while not self._stop.wait(_POLL_SECONDS):
            with self._lock:
                alive = self._engine.alive()
            if alive:
                backoff.reset()
                continue
            self._health.failing(
                "broker_process", f"the broker ({self._engine.name}) ended, starting it again"
            )
            _log.warning("the broker (%s) ended, starting it again", self._engine.name)
            try:
                self._launch()
            except BrokerError as error:
                self._health.failing("broker_process", str(error))
                self._stop.wait(backoff.next())
        with self._lock:
            self._engine.end()

    def _launch(self) -> None:
        with self._lock:
            self._engine.launch(self._accounts)
        self._metrics.broker_starts.inc()
        self._health.well("broker_process")
        self._health.fact("broker", f"{self._engine.name}, started by the hub")


def choose(start: str, folder: Path, host: str, port: int) -> Engine:
    """Return the broker to start.

    Args:
        start: `auto`, `mosquitto` or `iotcore`.
        folder: private directory; made if it is missing.
        host: loopback address on which to listen.
        port: port for the edges; 0 lets the system choose.

    Raises:
        ConfigError: Mosquitto is asked for and not on this machine.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if start == "mosquitto" and _mosquitto() is None:
        raise ConfigError("broker.start is mosquitto, which is not on the PATH")
    kind: Callable[[Path, str, int], Engine] = Mosquitto
    if start == "iotcore" or (start == "auto" and _mosquitto() is None):
        kind = Iotcore
    return kind(folder.absolute(), host, port or free_port(host))


def free_port(host: str) -> int:
    """Return a port that nobody listens on now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _check_free(host: str, port: int) -> None:
    """Refuse a port on which somebody else listens: a broker that ends at once could be taken for that one.

    Raises:
        BrokerError: the port is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BrokerError(f"the broker cannot listen on {host}:{port}: {error.strerror}") from error


def _wait_free(host: str, port: int) -> None:
    pause = threading.Event()
    for _ in range(40):
        with contextlib.suppress(BrokerError):
            _check_free(host, port)
            return
        pause.wait(0.05)


def _mosquitto() -> str | None:
    # Debian puts it where only root's PATH looks.
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def _answers(host: str, port: int, alive: Callable[[], bool]) -> bool:
    waited = threading.Event()
    for _ in range(int(_READY_SECONDS / 0.05)):
        if not alive():
            return False
        with contextlib.suppress(OSError), socket.create_connection((host, port), 0.5):
            return alive()
        waited.wait(0.05)
    return False


def _write(path: Path, text: str) -> None:
    """Replace a file that only its owner may read, as a whole: a broker may read it at any time."""
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def _access_list() -> str:
    return (
        f"user {HUB}\ntopic readwrite {PREFIX}/#\ntopic read $SYS/#\n\n"
        f"pattern write {PREFIX}/%u/up/#\npattern read {PREFIX}/%u/down/#\n"
    )


def _password_file(accounts: Mapping[str, str]) -> str:
    """Return Mosquitto's password file: PBKDF2 with SHA-512, as `mosquitto_passwd` writes it."""
    lines = []
    for user in sorted(accounts):
        salt = os.urandom(12)
        digest = hashlib.pbkdf2_hmac("sha512", accounts[user].encode(), salt, _ITERATIONS)
        encoded = (base64.b64encode(part).decode() for part in (salt, digest))
        lines.append(f"{user}:$7${_ITERATIONS}${'$'.join(encoded)}\n")
    return "".join(lines)
