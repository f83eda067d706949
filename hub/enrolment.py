"""Adding a room's device by a one-time code: made for one room, used once, within a quarter of an hour.

The code is derived from a random salt and the hub's master secret, so it is written nowhere, and a copied database opens
nothing. It is used up in the same transaction that makes the device's keys. Every step is in the audit log; refused ones
too, as many as the throttle lets through.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import segno
from sqlalchemy import Connection

from devices.clock import SECOND, Clock
from devices.errors import ConfigError, VeilleuseError
from devices.identity import identifier
from devices.wire.enrolment import (
    Code,
    Confirmation,
    Credentials,
    Invitation,
    Redeemed,
    Redemption,
    answer,
    hub_address,
    is_asked,
    is_confirmed,
)
from devices.wire.seal import edge_secret
from hub import provisioning
from hub.auth.throttle import FREE_OF_ADDRESS, Throttle
from hub.linking import Change
from hub.provisioning import Secrets
from hub.store import enrolments as store
from hub.store import records
from hub.store.database import Database
from hub.store.enrolments import Enrolment
from hub.store.records import AuditEntry

LIFETIME = 15 * 60 * SECOND
"Long enough to walk to the room and start the device."

MAX_OPEN = 50
"Codes that can be used at one time; a home is furnished room by room."

CONFIRM_WITHIN = 60 * 60 * SECOND
"A device that was slow to write its files may still say so."

REMEMBERED = 24 * 3600 * SECOND
"Codes that the list shows."

_T = TypeVar("_T")


class EnrolmentError(VeilleuseError):
    """A code cannot be made or used."""

    def __init__(self, code: str, text: str, **params: str | float) -> None:
        """Take a stable code, a sentence and what it speaks of."""
        super().__init__(text)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a device finds the hub and its broker."""

    broker_host: str
    broker_port: int
    broker_ca: str = ""
    "PEM of the authority of the broker's certificate."
    url: str = ""
    "The hub's address; the one by which the technician's browser reached it when empty."
    fingerprint: str = ""
    "SHA-256 of the hub's certificate, hexadecimal."


@dataclass(frozen=True, slots=True)
class Offer:
    """A code that was just made; shown once."""

    enrolment: Enrolment
    code: str
    uri: str
    matrix: tuple[str, ...]
    "The QR code, row by row, `1` is dark."


class Enrolments:
    """Codes of one home. Every method blocks: call them from a worker thread."""

    def __init__(
        self, database: Database, change: Change, keys: Secrets, clock: Clock, reach: Callable[[], Reach]
    ) -> None:
        """Take what it works with; `reach` is asked when a code is made or used."""
        self._database = database
        self._change = change
        self._keys = keys
        self._clock = clock
        self._reach = reach
        self._throttle = Throttle(FREE_OF_ADDRESS)
        self._lock = threading.Lock()

    def offer(self, room: str, author: str, reached: str, *, replace_edge: bool) -> Offer:
        """Make a code for a room; an earlier one for the same room is withdrawn.

        Args:
            room: the room's id.
            author: who makes it.
            reached: the hub's address as the author's browser knows it.
            replace_edge: the room has a device, and a new one takes its place.

        Raises:
            EnrolmentError: `unknown_room`, `room_has_edge`, `too_many_codes`.
            WireError: the hub's address cannot be told to a device.
        """
        made = _result(
            self._change(lambda connection: self._offer(connection, room, author, replace_edge=replace_edge))
        )
        reach, code = self._reach(), self._code(made)
        uri = str(Invitation(hub_address(reach.url or reached), code, reach.fingerprint))
        rows = segno.make(uri, error="m", micro=False).matrix
        return Offer(made, str(code), uri, tuple("".join(map(str, row)) for row in rows))

    def revoke(self, key: str, author: str) -> Enrolment:
        """Withdraw a code.

        Raises:
            EnrolmentError: `unknown_enrolment`; `enrolment_over`, it was used or withdrawn before.
        """

        def work(connection: Connection) -> Enrolment:
            now = self._clock.utc()
            found = _known(connection, key)
            if not store.revoke(connection, key, now):
                raise EnrolmentError("enrolment_over", f"code {key!r} was used or withdrawn before")
            records.audit(connection, AuditEntry(now, author, "revoke enrolment", key, f"room {found.room}"))
            return _known(connection, key)

        return _result(self._change(work))

    def find(self, key: str) -> Enrolment:
        """Return a code and what became of it.

        Raises:
            EnrolmentError: `unknown_enrolment`.
        """
        with self._database.read() as connection:
            return _known(connection, key)

    def recent(self) -> list[Enrolment]:
        """Return the codes of the past day, newest first."""
        with self._database.read() as connection:
            return store.enrolments(connection, self._clock.utc() - REMEMBERED)

    def redeem(self, key: str, asked: Redemption, address: str) -> Redeemed:
        """Use a code up, and return a device's credentials, readable for whoever knows the code.

        Raises:
            EnrolmentError: `too_many_attempts`; `wrong_code`, whatever is wrong with it.
        """
        now = self._clock.utc()
        self._slow_down(address, now)
        with self._database.read() as connection:
            found = store.enrolment(connection, key)
        # A name that nobody was told takes as long as one that exists.
        known = found or Enrolment(key, bytes(16), "", "", "", 0, 0)
        code = self._code(known)
        nonce = is_asked(code, asked)
        why = "unknown" if found is None else "wrong proof" if nonce is None else ""
        if nonce is None or found is None:
            raise self._refused(key, address, why, now)
        credentials = _result(self._change(lambda connection: self._use(connection, found, address)))
        if isinstance(credentials, str):
            raise self._refused(key, address, credentials, now)
        with self._lock:
            self._throttle.succeeded(address)
        return answer(code, nonce, credentials, secrets.token_bytes(12))

    def confirm(self, key: str, said: Confirmation, address: str) -> Enrolment:
        """Take a device's proof that it has its keys.

        Raises:
            EnrolmentError: `too_many_attempts`, `wrong_code`.
        """
        now = self._clock.utc()
        self._slow_down(address, now)
        with self._database.read() as connection:
            found = store.enrolment(connection, key)
        version = 0 if found is None else found.key_version or 0
        secret = edge_secret(self._keys.master, "" if found is None else found.edge, version)
        right = is_confirmed(secret, key, said)
        if found is None or found.used is None or not right or now - found.used > CONFIRM_WITHIN:
            raise self._refused(key, address, "wrong confirmation", now)

        def work(connection: Connection) -> Enrolment:
            store.confirm(connection, key, now)
            entry = AuditEntry(now, found.edge, "confirm enrolment", key, f"from {address}")
            records.audit(connection, entry)
            return _known(connection, key)

        return _result(self._change(work))

    # ---- within a transaction ----

    def _offer(self, connection: Connection, room: str, author: str, *, replace_edge: bool) -> Enrolment:
        now = self._clock.utc()
        if room not in records.rooms(connection):
            raise EnrolmentError("unknown_room", f"room {room[:64]!r} is unknown", resource=room[:64])
        standing = _edge_of(connection, room)
        if standing is not None and not replace_edge:
            raise EnrolmentError("room_has_edge", f"room {room!r} has the device {standing!r}", edge=standing)
        waiting = [each for each in store.enrolments(connection, now - REMEMBERED) if each.open(now)]
        for each in waiting:
            if each.room == room:
                store.revoke(connection, each.id, now)
        if len(waiting) >= MAX_OPEN:
            raise EnrolmentError("too_many_codes", f"{len(waiting)} codes wait to be used")
        salt = secrets.token_bytes(16)
        made = Enrolment(
            _new_name(connection),
            salt,
            room,
            standing or _edge_name(connection, room),
            author,
            now,
            now + LIFETIME,
        )
        store.add_enrolment(connection, made)
        detail = f"room {room}, edge {made.edge}"
        records.audit(connection, AuditEntry(now, author, "offer enrolment", made.id, detail))
        return made

    def _use(self, connection: Connection, found: Enrolment, address: str) -> Credentials | str:
        """Return the credentials, or why there are none; whoever comes second finds the code used."""
        now = self._clock.utc()
        edge = records.edges(connection).get(found.edge)
        version = 1 if edge is None else edge.key_version + 1
        if not store.consume(connection, found.id, version, now):
            return "used, withdrawn or expired"
        key = provisioning.enrol_edge(
            connection, self._keys, found.edge, found.room, f"enrolment {found.id}", now
        )
        entry = AuditEntry(now, found.author, "use enrolment", found.id, f"edge {found.edge}, from {address}")
        records.audit(connection, entry)
        secret, password = key.splitlines()
        reach = self._reach()
        return Credentials(
            found.edge, found.room, secret, password, reach.broker_host, reach.broker_port, reach.broker_ca
        )

    # ---- helpers ----

    def _code(self, made: Enrolment) -> Code:
        text = f"veilleuse/1 enrolment {made.id}".encode() + made.salt
        secret = hmac.digest(self._keys.master, text, "sha256")
        return replace(Code.make(bytes(3), secret), name=made.id)

    def _slow_down(self, address: str, now: int) -> None:
        with self._lock:
            wait = self._throttle.wait(address, now)
        if wait:
            seconds = -(-wait // SECOND)
            raise EnrolmentError(
                "too_many_attempts", f"too many codes tried: try again in {seconds} s", seconds=seconds
            )

    def _refused(self, key: str, address: str, why: str, now: int) -> EnrolmentError:
        with self._lock:
            self._throttle.failed(address, now)
        entry = AuditEntry(
            now, "unknown device", "refuse enrolment", key[:16], f"{why}, from {address}"[:200]
        )
        with self._database.write() as connection:
            records.audit(connection, entry)
        return EnrolmentError("wrong_code", "the code is wrong, was used before, or has expired")


def certificate_fingerprint(path: Path) -> str:
    """Return the SHA-256 of a certificate in PEM, hexadecimal.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        der = ssl.PEM_cert_to_DER_cert(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is no certificate in PEM: {error}") from None
    return hashlib.sha256(der).hexdigest()


def _result(future: Future[_T]) -> _T:
    return future.result()


def _known(connection: Connection, key: str) -> Enrolment:
    found = store.enrolment(connection, key)
    if found is None:
        raise EnrolmentError("unknown_enrolment", f"code {key[:16]!r} is unknown", resource=key[:16])
    return found


def _edge_of(connection: Connection, room: str) -> str | None:
    """Return the device that stands in a room."""
    known = records.edges(connection)
    for placement in records.placements(connection):
        edge = known.get(placement.edge)
        if placement.room == room and placement.until is None and edge is not None and edge.revoked is None:
            return placement.edge
    return None


def _edge_name(connection: Connection, room: str) -> str:
    """Return an identifier that no device has or had."""
    taken = records.edges(connection)
    base = f"edge-{room}"[:44].rstrip("-_")
    number = next(n for n in range(1, 1_000) if (base if n == 1 else f"{base}-{n}") not in taken)
    return identifier(base if number == 1 else f"{base}-{number}", "edge")


def _new_name(connection: Connection) -> str:
    while True:
        name = Code.make(secrets.token_bytes(3), bytes(17)).name
        if store.enrolment(connection, name) is None:
            return name
