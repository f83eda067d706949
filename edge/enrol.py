"""Fetches this device's keys with a one-time code, and writes `edge.toml` and `edge.key`.

The code is shown on the technician's page as a QR code and as text. Its secret never travels, and the answer can be
read with it alone (`devices.wire.enrolment`), so the exchange is safe on a network without certificates as well. Both
files are written whole or not at all, readable by their owner alone, the keys first; whether they can be written is
found out before the code is used up, since it works once.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import os
import secrets
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from devices.errors import ConfigError, VeilleuseError, WireError
from devices.wire.enrolment import (
    NONCE_BYTES,
    Credentials,
    Invitation,
    Redeemed,
    ask,
    confirmation,
    opened,
)
from edge.config import EdgeConfig

TIMEOUT = 15.0
"Seconds for one answer of the hub; it writes to its disk before it answers."

MAX_ANSWER = 65_536
"Bytes; the answer holds a key, a password and at most one certificate."

KEY_FILE = "edge.key"
AUTHORITY_FILE = "broker-ca.pem"


class EnrolError(VeilleuseError):
    """The device could not be enrolled; the text says what to do."""


def enrol(invitation: Invitation, config: Path, *, replace: bool = False) -> Credentials:
    """Fetch this device's keys and write its files beside `config`; return what was fetched.

    Args:
        invitation: what the QR code says.
        config: where `edge.toml` is to be.
        replace: a configuration that is there keeps its sensors, radio and call, and gets new keys.

    Raises:
        ConfigError: the files cannot be written, or are there already.
        EnrolError: the hub cannot be reached, refuses the code, or is not the one that made it.
    """
    kept = _kept(config, replace=replace)
    nonce = secrets.token_bytes(NONCE_BYTES)
    hub = Hub(invitation)
    try:
        asked = msgspec.to_builtins(ask(invitation.code, nonce))
        answer = msgspec.convert(hub.post("redeem", asked), Redeemed)
        credentials = opened(invitation.code, nonce, answer)
    except (WireError, msgspec.ValidationError) as error:
        raise EnrolError(f"the hub's answer cannot be read: {error}") from None
    _write_files(config, kept, credentials)
    proof = confirmation(bytes.fromhex(credentials.secret), invitation.code.name)
    # The keys are here: a hub that does not hear so now will notice when this device connects.
    with contextlib.suppress(EnrolError):
        hub.post("confirm", msgspec.to_builtins(proof))
    return credentials


class Hub:
    """The hub's side of an invitation, over HTTP."""

    def __init__(self, invitation: Invitation) -> None:
        """Take where it is and what its certificate must be."""
        self._address = urlsplit(invitation.hub)
        self._fingerprint = invitation.fingerprint
        self._path = f"/api/v1/enrolments/{invitation.code.name}"

    def post(self, step: str, body: object) -> dict[str, Any]:
        """Send one step and return the answer.

        Raises:
            EnrolError: no connection, another certificate, or a refusal.
        """
        where = self._address.netloc
        connection = self._connection()
        try:
            connection.connect()
            self._check(connection)
            headers = {"content-type": "application/json"}
            connection.request("POST", f"{self._path}/{step}", json.dumps(body), headers)
            with connection.getresponse() as response:
                text = response.read(MAX_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            raise EnrolError(f"the hub at {where} cannot be reached: {error}") from None
        finally:
            connection.close()
        return _answer(where, response.status, text)

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._address.hostname or "", self._address.port
        if self._address.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        context = ssl.create_default_context()
        if self._fingerprint:
            # The QR code vouches for this one certificate; who signed it does not matter then.
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)

    def _check(self, connection: http.client.HTTPConnection) -> None:
        if not self._fingerprint:
            return
        if not isinstance(connection.sock, ssl.SSLSocket):
            raise EnrolError("the code names a certificate, but the hub's address is not https")
        found = hashlib.sha256(connection.sock.getpeercert(binary_form=True) or b"").hexdigest()
        if not hmac.compare_digest(found, self._fingerprint):
            raise EnrolError(
                f"{self._address.netloc} shows another certificate than the code names: it is not the hub"
            )


def _answer(where: str, status: int, text: bytes) -> dict[str, Any]:
    try:
        body = json.loads(text[:MAX_ANSWER])
    except ValueError:
        body = None
    if status >= 400 or not isinstance(body, dict):
        code = body.get("code") if isinstance(body, dict) else None
        if code == "wrong_code":
            raise EnrolError("the code is wrong, was used before, or has expired: ask for a new one")
        if code == "too_many_attempts":
            raise EnrolError("too many codes were tried from here: wait a minute")
        raise EnrolError(f"the hub at {where} answers {status}" + (f" ({str(code)[:40]})" if code else ""))
    return body


def _kept(config: Path, *, replace: bool) -> dict[str, Any]:
    """Return what stays of a configuration, and make sure that the folder takes files.

    Raises:
        ConfigError: there is one and it is not to be replaced, or nothing can be written.
    """
    folder = config.resolve().parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(65_536))
    except OSError as error:
        raise ConfigError(f"{folder}: nothing can be written there: {error.strerror}") from None
    existing = [path for path in (config, folder / KEY_FILE) if path.exists()]
    if existing and not replace:
        raise ConfigError(
            f"{existing[0]} exists: this device is enrolled already; --replace keeps its sensors and fetches new keys"
        )
    if not config.exists():
        return {}
    try:
        known = msgspec.toml.decode(config.read_bytes(), type=EdgeConfig)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{config}: {error}") from None
    usual = msgspec.to_builtins(EdgeConfig("", "", ""))
    said = msgspec.to_builtins(known)
    return {name: value for name, value in said.items() if value != usual.get(name)}


def _write_files(config: Path, kept: Mapping[str, Any], credentials: Credentials) -> None:
    folder = config.resolve().parent
    broker: dict[str, Any] = {"host": credentials.broker_host, "port": credentials.broker_port}
    if credentials.broker_ca:
        broker["tls_ca"] = AUTHORITY_FILE
        _write(folder / AUTHORITY_FILE, credentials.broker_ca)
    values = {
        "edge": credentials.edge,
        "room": credentials.room,
        "key_file": KEY_FILE,
        "spool": kept.get("spool", "spool.db"),
        "broker": broker,
    }
    rest = {name: value for name, value in kept.items() if name not in values}
    _write(folder / KEY_FILE, f"{credentials.secret}\n{credentials.password}\n")
    _write(folder / config.name, to_toml(values | rest))
    _sync(folder)


def _write(path: Path, text: str) -> None:
    """Write a file as a whole, for its owner alone.

    Raises:
        ConfigError: it cannot be written.
    """
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}: the code is used up, ask for a new one") from None


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def to_toml(values: Mapping[str, Any]) -> str:
    """Return a configuration as TOML: plain values first, then tables, then lists of tables."""
    lines = [f"{name} = {_value(value)}" for name, value in values.items() if _plain(value)]
    for name, value in values.items():
        tables = [value] if isinstance(value, dict) else value if _tables(value) else []
        for table in tables:
            lines += ["", f"[[{name}]]" if _tables(value) else f"[{name}]"]
            lines += [f"{key} = {_value(each)}" for key, each in table.items() if each is not None]
    return "\n".join(lines) + "\n"


def _tables(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict)


def _plain(value: object) -> bool:
    return value is not None and not isinstance(value, dict) and not _tables(value)


def _value(value: object) -> str:
    # JSON's strings, numbers, booleans and arrays of them are TOML's too, but for the one character TOML escapes more.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
