"""A Mosquitto of the tests' own, for what the hub's own broker does not allow or does not survive."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import psutil

from tests.integration.processes import free_port, wait_for

ACCESS = "user hub\ntopic readwrite veilleuse/1/#\ntopic read $SYS/#\n"
PATTERNS = "\npattern write veilleuse/1/%u/up/#\npattern read veilleuse/1/%u/down/#\n"
BARE_USER = "\nuser bench\ntopic read veilleuse/0/#\n"
BARE_PATTERN = "pattern write veilleuse/0/%u/up/#\n"


class TestBroker:
    """Mosquitto with the settings of `hub.broker`, and if wanted a second branch that no hub listens to."""

    __test__ = False

    def __init__(self, folder: Path, *, bare: bool = False) -> None:
        folder.mkdir(parents=True)
        self.folder, self.port, self._bare = folder, free_port(), bare
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, users: dict[str, str]) -> None:
        """Start with these users and their passwords."""
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        tool = shutil.which("mosquitto_passwd")
        if program is None or tool is None:
            raise RuntimeError("mosquitto and mosquitto_passwd are not installed")
        passwords = self.folder / "passwords"
        passwords.touch(0o600)
        for user, password in users.items():
            subprocess.run([tool, "-b", str(passwords), user, password], check=True, capture_output=True)
        access = ACCESS + (BARE_USER if self._bare else "") + PATTERNS + (BARE_PATTERN if self._bare else "")
        (self.folder / "acl").write_text(access)
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n"
            f"acl_file {self.folder / 'acl'}\npersistence false\nmax_queued_messages 1000000\n"
            "max_inflight_messages 1000\nsys_interval 5\nset_tcp_nodelay true\nuser root\n"
        )
        log = self.folder / "mosquitto.log"
        with log.open("wb") as out:
            self._process = subprocess.Popen([program, "-c", str(config)], stdout=out, stderr=out)
        wait_for("the broker runs", lambda: b"running" in log.read_bytes(), 10)

    def cpu(self) -> float:
        """Return its CPU seconds so far."""
        assert self._process is not None
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
