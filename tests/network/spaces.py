"""Networks of the test's own: a home, the world outside it, and a far place, each a network namespace.

    home 10.91.1.1 ── 10.91.1.254 outside 10.91.2.254 ── 10.91.2.1 far
                          10.91.9.1 (the relay)

The test's own process stands in the home: whatever it starts lives there. `Space.argv` starts something elsewhere. Outside is
a router with a filter: what it lets pass, how much of it it loses, and whether the lines hold, is what tests change.

Nothing outlives the processes: a namespace goes with the last of them, and its lines with it.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Final

from tests.integration.processes import wait_for

HOME, HOME_GATE = "10.91.1.1", "10.91.1.254"
FAR, FAR_GATE = "10.91.2.1", "10.91.2.254"
RELAY = "10.91.9.1"
WEB_PORT = 443
"The only port of the home that the world reaches."

ROUND = 1000
"Packets after which the same numbers are lost again."

_ASK = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.settimeout(0.01)
    probe.connect((sys.argv[1], 9))
    while True:
        try:
            probe.send(b"")
            probe.recv(1)
        except ConnectionRefusedError:
            break
        except OSError:
            pass
"""
"Ends when a router answers that nobody listens there."

_CLONE_NEWNET: Final = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)} (network tests need root, or `make network`)")


def run(*argv: str) -> str:
    """Run a command to its end; its words are in the error when it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        raise AssertionError(f"{' '.join(argv)}: {done.stdout}{done.stderr}")
    return done.stdout


class Space:
    """A network namespace that a sleeping process holds."""

    def __init__(self) -> None:
        command = ["unshare", "--net", "sleep", "infinity"]
        setpriv = shutil.which("setpriv")
        # The kernel ends it with the test.
        self._holder = subprocess.Popen(
            command if setpriv is None else [setpriv, "--pdeathsig", "KILL", *command]
        )
        mine = Path("/proc/self/ns/net").readlink()
        wait_for("a namespace of its own", lambda: self.path.readlink() != mine, 10, 0.005)
        self.run("ip", "link", "set", "lo", "up")

    @property
    def pid(self) -> int:
        return self._holder.pid

    @property
    def path(self) -> Path:
        return Path(f"/proc/{self._holder.pid}/ns/net")

    def argv(self, *command: str) -> list[str]:
        """Return a command that runs there."""
        return ["nsenter", f"--net={self.path}", *command]

    def run(self, *command: str) -> str:
        """Run a command there to its end."""
        return run(*self.argv(*command))

    def close(self) -> None:
        self._holder.kill()
        self._holder.wait()


@contextmanager
def standing_in_the_home() -> Iterator[None]:
    """Move this thread, and whatever it starts, into a new namespace until the block ends."""
    with Path("/proc/thread-self/ns/net").open("rb") as before:
        _checked(_libc.unshare(_CLONE_NEWNET), "unshare")
        try:
            run("ip", "link", "set", "lo", "up")
            yield
        finally:
            _checked(_libc.setns(before.fileno(), _CLONE_NEWNET), "setns")


class World:
    """Home, outside and far, with their two lines. Nothing passes from line to line but the home's web, until `open`."""

    def __init__(self, outside: Space, far: Space) -> None:
        self.outside, self.far = outside, far
        run("ip", "link", "add", "home", "type", "veth", "peer", "name", "home", "netns", str(outside.pid))
        run("ip", "addr", "add", f"{HOME}/24", "dev", "home")
        run("ip", "link", "set", "home", "up")
        outside.run("ip", "link", "add", "far", "type", "veth", "peer", "name", "far", "netns", str(far.pid))
        far.run("ip", "addr", "add", f"{FAR}/24", "dev", "far")
        far.run("ip", "link", "set", "far", "up")
        for line, gate in (("home", HOME_GATE), ("far", FAR_GATE)):
            outside.run("ip", "addr", "add", f"{gate}/24", "dev", line)
            outside.run("ip", "link", "set", line, "up")
        outside.run("ip", "addr", "add", f"{RELAY}/32", "dev", "lo")
        run("ip", "route", "add", "default", "via", HOME_GATE)
        far.run("ip", "route", "add", "default", "via", FAR_GATE)
        outside.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        self._relay_ways: frozenset[str] = frozenset({"udp", "tcp", "tls"})
        self._lost: list[list[int]] = [[], []]
        "Numbers of the packets that are lost in every round, out of the home and into it."
        self._direct = False
        self._apply()

    def between(self, *, direct: bool) -> None:
        """Let home and far reach each other directly, or only the home's web and the relay."""
        self._direct = direct
        self._apply()

    def ways(self, *relay: str) -> None:
        """Let only these ways to the relay pass: `udp`, `tcp`, `tls`."""
        self._relay_ways = frozenset(relay)
        self._apply()

    def lose(self, percent: int, seed: int = 0) -> None:
        """Lose so many packets in a hundred of all that crosses the home's line, each way.

        Which ones, the seed says: the same numbers in every thousand packets of a direction, counted from now.
        """
        chosen = Random(seed)
        self._lost = [chosen.sample(range(ROUND), percent * ROUND // 100) for _ in range(2)]
        self._apply()

    def narrow(self, kbit: int | None) -> None:
        """Let the home send no more than this, with a queue of at most 300 ms; `None`: as much as it likes."""
        for action in ("del", "add"):
            rate = (
                [] if action == "del" else ["tbf", "rate", f"{kbit}kbit", "burst", "4kb", "latency", "300ms"]
            )
            if action == "add" and kbit is None:
                continue
            subprocess.run(
                ["tc", "qdisc", action, "dev", "home", "root", *rate],
                capture_output=True,
                timeout=20,
                check=action == "add",
            )

    def cut(self, line: str = "home") -> None:
        """Pull the plug on the far side of a line."""
        self.outside.run("ip", "link", "set", line, "down")

    def mend(self, line: str = "home") -> None:
        """Put the plug back, and return when packets pass: the kernel takes up to a second."""
        self.outside.run("ip", "link", "set", line, "up")
        ask = [sys.executable, "-c", _ASK, HOME_GATE if line == "home" else FAR_GATE]
        run(*(ask if line == "home" else self.far.argv(*ask)))

    def counted(self) -> str:
        """Return the filter with its counters."""
        return self.outside.run("nft", "list", "ruleset")

    def _apply(self) -> None:
        out, into = (_losing(numbers) for numbers in self._lost)
        ways = {
            "udp": f"ip daddr {RELAY} udp dport 3478 accept",
            "tcp": f"ip daddr {RELAY} tcp dport 3478 accept",
            "tls": f"ip daddr {RELAY} tcp dport 5349 accept",
        }
        relay = "\n".join(rule for way, rule in ways.items() if way in self._relay_ways)
        web = f"ip daddr {HOME} tcp dport {WEB_PORT} accept\nip saddr {HOME} tcp sport {WEB_PORT} accept"
        rules = f"""
flush ruleset
table ip world {{
  chain from_home {{
    type filter hook prerouting priority 0; policy accept;
    iifname "home" {out}
  }}
  chain lost {{ counter drop; }}
  chain relay {{
    type filter hook input priority 0; policy drop;
    iifname "lo" accept
    ip protocol icmp accept
    udp dport 9 reject
    {relay}
  }}
  chain between {{
    type filter hook forward priority 0; policy {"accept" if self._direct else "drop"};
    {web}
  }}
}}
"""
        # Lost where they arrive: a sender is told of a packet that its own machine drops, and would know.
        home = f"""
flush ruleset
table ip home {{
  chain to_home {{
    type filter hook prerouting priority 0; policy accept;
    iifname "home" {into}
  }}
  chain lost {{ counter drop; }}
}}
"""
        for argv, text in ((self.outside.argv("nft", "-f", "-"), rules), (["nft", "-f", "-"], home)):
            done = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=20, check=False)
            assert done.returncode == 0, done.stderr


def _losing(numbers: list[int]) -> str:
    """Return the rule that loses these packets of every round. The kernel has no `netem`; its counter is as exact."""
    lost = ", ".join(f"{number} : goto lost" for number in sorted(numbers))
    return f"numgen inc mod {ROUND} vmap {{ {lost} }}" if numbers else "accept"


@contextmanager
def world() -> Iterator[World]:
    """Build the world around this thread; it is in the home until the block ends."""
    with ExitStack() as stack:
        stack.enter_context(standing_in_the_home())
        outside, far = Space(), Space()
        stack.callback(outside.close)
        stack.callback(far.close)
        yield World(outside, far)
