"""What a device does with a code when the hub, the network or the disk is not as it should be."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from devices.errors import ConfigError
from devices.wire.enrolment import Code, Credentials, Invitation, Redemption, answer, is_asked
from edge.cli import app
from edge.config import load, read_credentials
from edge.enrol import EnrolError, enrol, to_toml
from hub.enrolment import certificate_fingerprint
from tests.edge.support import free_port, make_certificate

CODE = Code.make(b"abc", bytes(range(17)))
CREDENTIALS = Credentials("edge-12", "12", "ab" * 32, "password", "127.0.0.1", 1883)


@dataclass
class FakeHub:
    """Answers what a test wants it to answer."""

    status: int = 200
    reply: bytes | None = None
    credentials: Credentials = CREDENTIALS
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, body: Any) -> bytes:
        self.asked.append(path)
        if self.reply is not None:
            return self.reply
        if path.endswith("/confirm"):
            return b"{}"
        nonce = is_asked(CODE, msgspec.convert(body, Redemption))
        assert nonce is not None
        return msgspec.json.encode(answer(CODE, nonce, self.credentials, bytes(12)))


@contextmanager
def serving(hub: FakeHub, context: ssl.SSLContext | None = None) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            text = hub.answer(self.path, body)
            self.send_response(hub.status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the same
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that refuses us is no fault
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_files_are_whole_private_and_run(tmp_path: Path) -> None:
    hub = FakeHub(credentials=msgspec.structs.replace(CREDENTIALS, broker_ca="PEM\n"))
    with serving(hub) as port:
        enrol(Invitation(f"http://127.0.0.1:{port}", CODE), tmp_path / "room" / "edge.toml")
    assert [path.rpartition("/")[2] for path in hub.asked] == ["redeem", "confirm"]
    config = load(tmp_path / "room" / "edge.toml")
    assert (config.edge, config.room, config.broker.port) == ("edge-12", "12", 1883)
    assert Path(config.broker.tls_ca or "").read_text() == "PEM\n"
    assert read_credentials(Path(config.key_file)).password == "password"
    files = sorted((tmp_path / "room").iterdir())
    assert [path.name for path in files] == ["broker-ca.pem", "edge.key", "edge.toml"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


@pytest.mark.parametrize(
    ("status", "reply", "said"),
    [
        (403, b'{"code": "wrong_code"}', "ask for a new one"),
        (429, b'{"code": "too_many_attempts"}', "wait a minute"),
        (500, b'{"code": "internal"}', r"answers 500 \(internal\)"),
        (502, b"<html>bad gateway</html>", "answers 502"),
        (200, b"[]", "answers 200"),
        (200, b'{"box": 7}', "cannot be read"),
        (200, b'{"box": "AAAA"}', "not the hub"),
        (200, b"{" * 100_000, "answers 200"),
    ],
)
def test_a_hub_that_refuses_or_is_none_leaves_no_file(
    tmp_path: Path, status: int, reply: bytes, said: str
) -> None:
    with serving(FakeHub(status, reply)) as port, pytest.raises(EnrolError, match=said) as error:
        enrol(Invitation(f"http://127.0.0.1:{port}", CODE), tmp_path / "edge.toml")
    assert CODE.secret not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_hub_that_is_away_is_named(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(EnrolError, match=f"127.0.0.1:{port} cannot be reached"):
        enrol(Invitation(f"http://127.0.0.1:{port}", CODE), tmp_path / "edge.toml")


def test_the_code_insists_on_the_hubs_certificate(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path / "tls", "hub")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    right, hub = certificate_fingerprint(certificate), FakeHub()
    with serving(hub, context) as port:
        address = f"https://127.0.0.1:{port}"
        with pytest.raises(EnrolError, match=r"cannot be reached.*CERTIFICATE_VERIFY_FAILED"):
            enrol(Invitation(address, CODE), tmp_path / "a" / "edge.toml")
        with pytest.raises(EnrolError, match="another certificate"):
            enrol(Invitation(address, CODE, "00" * 32), tmp_path / "b" / "edge.toml")
        assert hub.asked == [], "nothing is told to a stranger"
        enrol(Invitation(address, CODE, right), tmp_path / "c" / "edge.toml")
    assert load(tmp_path / "c" / "edge.toml").edge == "edge-12"


def test_a_place_that_cannot_be_written_costs_no_code(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    hub = FakeHub()
    with serving(hub) as port, pytest.raises(ConfigError, match="nothing can be written"):
        enrol(Invitation(f"http://127.0.0.1:{port}", CODE), tmp_path / "file" / "edge.toml")
    assert hub.asked == []


def test_the_command_reads_the_code_from_standard_input(tmp_path: Path) -> None:
    runner, path = CliRunner(), tmp_path / "edge.toml"
    with serving(FakeHub()) as port:
        hub = f"http://127.0.0.1:{port}"
        done = runner.invoke(app, ["enrol", "--config", str(path), "--hub", hub], input=f"{CODE}\n")
        assert done.exit_code == 0, done.output
        assert "edge-12" in done.output
        again = runner.invoke(app, ["enrol", "--config", str(path), str(Invitation(hub, CODE))])
        assert (again.exit_code, "--replace" in again.output) == (2, True)
        replaced = runner.invoke(
            app, ["enrol", "--config", str(path), "--replace", str(Invitation(hub, CODE))]
        )
        assert replaced.exit_code == 0, replaced.output
    for text in ("nonsense", f"{CODE}"[:-1] + "?"):
        wrong = runner.invoke(app, ["enrol", "--config", str(path), "--hub", "http://hub"], input=text)
        assert wrong.exit_code == 2
    homeless = runner.invoke(app, ["enrol", "--config", str(path)], input=str(CODE))
    assert (homeless.exit_code, "--hub" in homeless.output) == (2, True)


values = st.one_of(
    st.text(max_size=20), st.integers(-(2**53), 2**53), st.booleans(), st.lists(st.text(max_size=5))
)
names = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
tables = st.dictionaries(names, values, max_size=4)


@given(st.dictionaries(names, values | tables | st.lists(tables, min_size=1, max_size=3), max_size=5))
def test_what_is_written_is_read_again(made: dict[str, Any]) -> None:
    assert msgspec.toml.decode(to_toml(made)) == made
