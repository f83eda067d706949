"""systemd's datagrams."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from edge.notify import Notifier, watchdog_seconds


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_a_state_is_one_datagram(tmp_path: Path, kind: str) -> None:
    address = str(tmp_path / "notify") if kind == "path" else f"@veilleuse-test-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address if kind == "path" else "\0" + address[1:])
        assert Notifier(address).send("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_without_a_manager_nothing_is_sent(tmp_path: Path) -> None:
    assert not Notifier(None).send("READY=1")
    assert not Notifier("").send("READY=1")
    assert not Notifier(str(tmp_path / "nobody")).send("READY=1")


@pytest.mark.parametrize(
    ("text", "seconds"), [("20000000", 10), ("1", 5e-7), (None, None), ("0", None), ("soon", None)]
)
def test_the_watchdog_is_fed_twice_in_its_time(text: str | None, seconds: float | None) -> None:
    assert watchdog_seconds(text) == seconds
