"""The relay that calls pass where networks do not reach each other: coturn, as our settings say, and watched.

The hub starts one itself when `[relay.server]` says so, on a machine that the rooms and the physicians reach; in production the
same settings make the file for a host of its own (`veilleuse hub relay-config`, docs/deploy-relay.md).

A relay carries packets for whoever holds a name and password, so what it may carry is bounded here: from one allocation
on this relay to another one on it, and nowhere else. Both ends of every call get credentials, so both can always meet on
it; and nobody can use it to reach the home's own network, this machine, or the rest of the world.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import shutil
import signal
from pathlib import Path
from typing import Final

from devices.backoff import Backoff
from devices.errors import ConfigError
from hub.config import RelayServer, RelaySettings
from hub.consult.ice import Relay
from hub.health import Health
from hub.secret_file import write_secret

_log = logging.getLogger(__name__)

PROGRAM: Final = "turnserver"
PART: Final = "relay"
"Name in `/healthz`."
SECRET_BYTES: Final = 32
STOP_SECONDS: Final = 5.0
SETTLED_SECONDS: Final = 10.0
"A relay that ran this long is started again at once when it ends."
READY: Final = b"Relay ports initialization done"
"What coturn 4.6 prints when it listens and can relay."
QUOTA: Final = 64
"Allocations of one name: a page of a full call has four connections, three ways to the relay and some networks."


def program() -> str | None:
    """Return the path of coturn's server, if this machine has it."""
    # Debian puts it where only root's PATH looks on some releases.
    return shutil.which(PROGRAM) or shutil.which(PROGRAM, path="/usr/sbin:/usr/local/sbin")


def addresses(settings: RelaySettings) -> tuple[str, ...]:
    """Return the relay's URLs: those of the settings, or those under which the server of the settings listens.

    UDP first, because it alone loses a packet without stopping those behind it; then TCP, then TLS, which networks pass
    that let nothing but the web through.
    """
    server = settings.server
    if settings.urls or server is None:
        return settings.urls
    host = server.name or server.external or server.host
    host = f"[{host}]" if ":" in host else host
    plain = tuple(f"turn:{host}:{server.port}?transport={way}" for way in ("udp", "tcp"))
    return plain + ((f"turns:{host}:{server.tls_port}?transport=tcp",) if server.certificate else ())


def relay(settings: RelaySettings) -> Relay:
    """Return what calls need to know of the relay; makes the secret of a server of ours if it has none yet.

    Raises:
        ConfigError: the secret cannot be read, or anybody on the machine may read it.
    """
    urls = addresses(settings)
    return Relay(urls, secret(settings), settings.lifetime) if urls else Relay()


def secret(settings: RelaySettings) -> str:
    """Read the secret that relay and hub share, made at the first time when the relay is ours.

    Raises:
        ConfigError: there is none, it is empty, or anybody on the machine may read it.
    """
    path = settings.secret_file
    assert path is not None  # `hub.config.check` has asked for it
    try:
        if settings.server is not None and not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_secret(path, os.urandom(SECRET_BYTES).hex().encode())
        text = path.read_text("ascii").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"relay.secret_file {path}: {error}") from error
    if mode & 0o007:
        raise ConfigError(f"relay.secret_file {path} may be read by everybody: chmod o= {path}")
    # A line break or a comment sign would end the line of coturn's file early.
    if not text or not text.isalnum():
        raise ConfigError(f"relay.secret_file {path} holds no secret of letters and digits")
    return text


def configuration(server: RelayServer, secret: str, folder: Path) -> str:
    """Return `turnserver.conf`.

    Args:
        server: what it shall be.
        secret: shared with the hub.
        folder: where it may write.
    """
    reached = sorted({server.host, server.external or server.host})
    lines = [
        "# Written by veilleuse from [relay.server] of hub.toml.",
        f"listening-ip={server.host}",
        f"relay-ip={server.host}",
        *([f"external-ip={server.external}/{server.host}"] if server.external else []),
        f"listening-port={server.port}",
        f"min-port={server.first_port}",
        f"max-port={server.last_port}",
        f"realm={server.realm}",
        "# Names end by themselves; the hub makes one for each seat of each call.",
        "use-auth-secret",
        f"static-auth-secret={secret}",
        "fingerprint",
        "stale-nonce=600",
        f"user-quota={QUOTA}",
        f"total-quota={server.last_port - server.first_port + 1}",
        "# From one allocation on this relay to another, and nowhere else.",
        "no-multicast-peers",
        "denied-peer-ip=0.0.0.0-255.255.255.255",
        "denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        *(f"allowed-peer-ip={each}" for each in reached),
        *(["allow-loopback-peers"] if ipaddress.ip_address(server.host).is_loopback else []),
        "no-tcp-relay",
        "no-cli",
        "no-dtls",
        "no-rfc5780",
        "no-software-attribute",
        "log-file=stdout",
        "simple-log",
        f"pidfile={folder / 'turnserver.pid'}",
        f"userdb={folder / 'turndb'}",
        *_tls(server),
    ]
    return "\n".join(lines) + "\n"


def _tls(server: RelayServer) -> list[str]:
    if server.certificate is None:
        return ["no-tls"]
    return [
        f"tls-listening-port={server.tls_port}",
        f"cert={server.certificate}",
        f"pkey={server.key}",
        "no-tlsv1",
        "no-tlsv1_1",
    ]


class RelayProcess:
    """coturn as a child of the hub: started again when it ends, ended with the hub. Calls go on without it where they can."""

    def __init__(self, server: RelayServer, secret: str, folder: Path, health: Health) -> None:
        """Take what to run, a private directory for it, and who is told how it is."""
        self._server, self._secret, self._folder, self._health = server, secret, folder.absolute(), health
        self._process: asyncio.subprocess.Process | None = None
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """Id of the running process."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def run(self) -> None:
        """Keep it running until cancelled."""
        backoff = Backoff(base=1.0, ceiling=60.0)
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            said = await self._once()
            if loop.time() - began >= SETTLED_SECONDS:
                backoff.reset()
            wait = backoff.next()
            self._health.degraded(
                PART,
                f"the relay does not run ({said}): calls between networks that do not reach each other fail; "
                f"next attempt in {wait:.0f} s",
            )
            _log.error("the relay does not run: %s", said)
            await asyncio.sleep(wait)

    async def _once(self) -> str:
        """Run it to its end and return why it ended."""
        found = program()
        if found is None:
            return f"{PROGRAM} is not on this machine; on Debian: apt install coturn"
        try:
            self._end_orphan()
            path = self._write()
            return await self._serve(found, path)
        except OSError as error:
            return str(error)

    async def _serve(self, found: str, path: Path) -> str:
        setpriv = shutil.which("setpriv")
        # The kernel ends the relay with the hub, even when the hub is killed.
        command = [] if setpriv is None else [setpriv, "--pdeathsig", "KILL", "--"]
        process = self._process = await asyncio.create_subprocess_exec(
            *command,
            found,
            "-c",
            str(path),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self.starts += 1
        try:
            return await self._listen(process)
        finally:
            await _end(process)

    async def _listen(self, process: asyncio.subprocess.Process) -> str:
        """Read what it prints, which is kept nowhere: it names who calls and from where. Return its last word."""
        assert process.stdout is not None
        last = b""
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than any line of interest
                continue
            if not line:
                return f"it ended: {last.decode(errors='replace').strip()[-200:] or 'it said nothing'}"
            last = line
            if READY in line:
                _log.info("the relay listens at %s port %d", self._server.host, self._server.port)
                self._health.well(PART)
                self._health.fact(PART, f"coturn, started by the hub, at {self._server.host}")

    def _write(self) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        path = self._folder / "turnserver.conf"
        path.unlink(missing_ok=True)
        write_secret(path, configuration(self._server, self._secret, self._folder).encode())
        return path

    def _end_orphan(self) -> None:
        """End the relay of a hub that was killed where the kernel could not, so that it does not hold the port."""
        try:
            pid = int((self._folder / "turnserver.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return
        # The number may be another process's by now; the path of our configuration cannot be.
        if os.fsencode(self._folder / "turnserver.conf") in command:
            _log.warning("ending the relay of an earlier hub, process %d", pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
