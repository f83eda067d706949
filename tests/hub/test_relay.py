"""coturn as the hub starts it: who is let in, where it carries to, and what happens when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aioice import stun, turn

from devices.clock import SECOND, SystemClock
from devices.errors import ConfigError
from hub import relay
from hub.config import RelayServer, RelaySettings
from hub.consult.ice import ice_servers
from hub.health import Health
from hub.relay import RelayProcess, addresses, configuration
from tests.integration.processes import free_port, run

HOST = "127.0.0.78"


async def until(what: str, check: object, seconds: float = 60.0) -> None:
    assert callable(check)
    for _ in range(int(seconds / 0.02)):
        if check():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


@pytest.fixture
def settings(tmp_path: Path) -> RelaySettings:
    server = RelayServer(HOST, port=free_port(), first_port=49_160, last_port=49_259)
    return RelaySettings(secret_file=tmp_path / "secrets" / "relay", server=server)


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
async def process(settings: RelaySettings, tmp_path: Path, health: Health) -> AsyncIterator[RelayProcess]:
    assert settings.server is not None
    process = RelayProcess(settings.server, relay.secret(settings), tmp_path / "relay", health)
    task = asyncio.create_task(process.run())
    await until("the relay listens", lambda: "relay" in health.report().checks)
    yield process
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert process.pid is None


async def allocation(
    settings: RelaySettings, transport: str = "udp", *, now: int | None = None, password: str | None = None
) -> turn.TurnTransport:
    """Ask the relay for an address as a room does."""
    server = settings.server
    assert server is not None
    pair = ice_servers(relay.relay(settings), "call-1-room", SystemClock().utc() if now is None else now)[0]
    transport_, _ = await turn.create_turn_endpoint(
        asyncio.DatagramProtocol,
        (server.host, server.port),
        pair["username"],
        pair["credential"] if password is None else password,
        transport=transport,
    )
    return transport_


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_name_that_holds_is_given_an_address(
    process: RelayProcess, settings: RelaySettings, transport: str
) -> None:
    assert process.pid is not None
    given = await allocation(settings, transport)
    host, port = given.get_extra_info("sockname")
    assert host == HOST
    assert 49_160 <= port <= 49_259
    given.close()


@pytest.mark.usefixtures("process")
async def test_a_wrong_password_and_a_name_that_has_ended_are_refused(settings: RelaySettings) -> None:
    with pytest.raises(stun.TransactionFailed) as wrong:
        await allocation(settings, password="AAAA")
    assert wrong.value.response.error_code == 401
    ended = SystemClock().utc() - (settings.lifetime + 60) * SECOND
    with pytest.raises(stun.TransactionFailed) as expired:
        await allocation(settings, now=ended)
    assert expired.value.response.error_code == 401


@pytest.mark.usefixtures("process")
async def test_it_carries_from_one_allocation_to_another_and_nowhere_else(settings: RelaySettings) -> None:
    one, other = await allocation(settings), await allocation(settings)
    client = one._TurnTransport__inner_protocol  # type: ignore[attr-defined]  # no public way to bind a channel
    await client.channel_bind(0x4001, other.get_extra_info("sockname"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as house:
        house.bind(("127.0.0.1", 0))
        for peer in (house.getsockname(), ("10.0.0.1", 53), ("8.8.8.8", 53)):
            with pytest.raises(stun.TransactionFailed) as refused:
                await client.channel_bind(0x4002, peer)
            assert refused.value.response.error_code == 403
    one.close()
    other.close()


async def test_one_that_ends_is_started_again_and_that_is_said(
    process: RelayProcess, health: Health, settings: RelaySettings
) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    await until(
        "its end is said", lambda: any("relay does not run" in one for one in health.report().problems)
    )
    await until("it runs again", lambda: health.report().status == "ok" and process.starts == 2)
    (await allocation(settings)).close()


async def test_a_machine_without_coturn_says_what_to_install(
    settings: RelaySettings, tmp_path: Path, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.server is not None
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(relay, "PROGRAM", "no-such-turnserver")
    task = asyncio.create_task(RelayProcess(settings.server, "secret", tmp_path / "relay", health).run())
    await until("it is said", lambda: any("apt install coturn" in one for one in health.report().problems))
    assert health.report().status == "degraded"
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def test_the_secret_is_made_once_and_is_nobody_elses(settings: RelaySettings) -> None:
    first = relay.secret(settings)
    assert len(first) == 64
    assert relay.secret(settings) == first
    assert settings.secret_file is not None
    assert stat.S_IMODE(settings.secret_file.stat().st_mode) == 0o600
    settings.secret_file.chmod(0o604)
    with pytest.raises(ConfigError, match="may be read by everybody"):
        relay.secret(settings)


@pytest.mark.parametrize("text", ["", "two words", "a\nallowed-peer-ip=10.0.0.1", "é"])
def test_a_secret_that_would_change_the_file_is_refused(settings: RelaySettings, text: str) -> None:
    assert settings.secret_file is not None
    settings.secret_file.parent.mkdir()
    settings.secret_file.write_text(text)
    settings.secret_file.chmod(0o600)
    with pytest.raises(ConfigError, match="secret"):
        relay.secret(settings)


def test_a_foreign_relay_needs_its_secret_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        relay.relay(RelaySettings(("turn:relay.example",), tmp_path / "none"))
    assert relay.relay(RelaySettings()).urls == ()


def test_its_addresses_follow_from_where_it_listens(tmp_path: Path) -> None:
    server = RelayServer("10.0.0.2", external="192.0.2.7", certificate=tmp_path, key=tmp_path)
    settings = RelaySettings(secret_file=tmp_path / "relay", server=server)
    assert addresses(settings) == (
        "turn:192.0.2.7:3478?transport=udp",
        "turn:192.0.2.7:3478?transport=tcp",
        "turns:192.0.2.7:5349?transport=tcp",
    )
    named = RelaySettings(secret_file=tmp_path, server=RelayServer("2001:db8::1"))
    assert addresses(named)[0] == "turn:[2001:db8::1]:3478?transport=udp"
    foreign = RelaySettings(("turn:relay.example",), tmp_path, server=server)
    assert addresses(foreign) == ("turn:relay.example",)


def test_its_file_is_written_from_the_hubs_settings(tmp_path: Path) -> None:
    config = tmp_path / "hub.toml"
    config.write_text(
        'data = "hub"\n[relay]\nsecret_file = "s"\n[relay.server]\nhost = "10.0.0.2"\nstart = false\n'
    )
    written = run("hub", "relay-config", "--config", str(config)).stdout.splitlines()
    assert f"static-auth-secret={(tmp_path / 's').read_text()}" in written
    assert "listening-ip=10.0.0.2" in written
    config.write_text('data = "hub"\n')
    refused = run("hub", "relay-config", "--config", str(config), check=False)
    assert refused.returncode != 0
    assert "has no [relay.server]" in refused.stderr


def test_what_it_may_carry_is_written_down(tmp_path: Path) -> None:
    server = RelayServer("10.0.0.2", external="192.0.2.7", certificate=Path("c.pem"), key=Path("k.pem"))
    lines = configuration(server, "s3cret", tmp_path).splitlines()
    assert "use-auth-secret" in lines
    assert "static-auth-secret=s3cret" in lines
    assert {"allowed-peer-ip=10.0.0.2", "allowed-peer-ip=192.0.2.7"} == {
        each for each in lines if each.startswith("allowed-peer-ip")
    }
    assert "denied-peer-ip=0.0.0.0-255.255.255.255" in lines
    assert "allow-loopback-peers" not in lines
    assert {"cert=c.pem", "pkey=k.pem", "no-tlsv1", "no-tlsv1_1", "no-cli"} <= set(lines)
    assert "no-tls" in configuration(RelayServer("10.0.0.2"), "s3cret", tmp_path).splitlines()
