"""Devices that receive Web Push, by account. An endpoint is a capability: it is never logged and never shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import RowMapping, delete, func, insert, select, update

from hub.store import records
from hub.store.database import Database
from hub.store.errors import StoreError
from hub.store.records import AuditEntry
from hub.store.schema import USERS
from hub.store.schema_telling import PUSH_SUBSCRIPTIONS

PER_ACCOUNT = 10
"Devices of one account; a person has some two."


@dataclass(frozen=True, slots=True)
class Device:
    """One browser on one device."""

    id: str
    username: str
    endpoint: str
    p256dh: bytes
    "Its public key, 65 bytes."
    auth: bytes
    "Its authentication secret, 16 bytes."
    label: str
    "As its owner calls it: `Téléphone d'astreinte`."
    created: int
    expires: int | None = None
    taken: int | None = None
    "When a push service last took something for it."
    delivered: int | None = None
    "When it last said that it shows something."
    problem: str = ""
    "Why the last push did not go; empty when it did."

    def __repr__(self) -> str:
        # Whatever is logged by mistake holds neither endpoint nor secret.
        return f"Device({self.id!r}, {self.username!r}, {self.label!r})"


class Devices:
    """Every device; each method is one transaction, and may block."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, device: Device, author: str) -> Device:
        """Keep a device; one whose endpoint is known is that device, with new keys and this owner.

        Raises:
            StoreError: the account has too many.
        """
        with self._database.write() as connection:
            same = PUSH_SUBSCRIPTIONS.c.endpoint == device.endpoint
            connection.execute(delete(PUSH_SUBSCRIPTIONS).where(same))
            own = PUSH_SUBSCRIPTIONS.c.username == device.username
            count = connection.execute(select(func.count()).select_from(PUSH_SUBSCRIPTIONS).where(own))
            if count.scalar_one() >= PER_ACCOUNT:
                raise StoreError(f"account {device.username!r} has {PER_ACCOUNT} devices already")
            connection.execute(insert(PUSH_SUBSCRIPTIONS).values(asdict(device)))
            entry = AuditEntry(device.created, author, "add push device", device.id, device.label)
            records.audit(connection, entry)
        return device

    def of(self, username: str) -> list[Device]:
        """Return an account's devices, oldest first; none of one that is disabled."""
        return [device for device in self.all() if device.username == username]

    def all(self) -> list[Device]:
        """Return the devices of every account that is not disabled, oldest first."""
        table = PUSH_SUBSCRIPTIONS
        query = (
            select(table)
            .join(USERS, USERS.c.username == table.c.username)
            .where(USERS.c.disabled.is_(False))
            .order_by(table.c.created, table.c.id)
        )
        with self._database.read() as connection:
            return [_device(row) for row in connection.execute(query).mappings()]

    def find(self, key: str) -> Device | None:
        """Return a device."""
        query = select(PUSH_SUBSCRIPTIONS).where(PUSH_SUBSCRIPTIONS.c.id == key)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _device(row)

    def remove(self, key: str, author: str, reason: str, now: int) -> bool:
        """Forget a device; false when there is none."""
        table = PUSH_SUBSCRIPTIONS
        with self._database.write() as connection:
            label = connection.execute(select(table.c.label).where(table.c.id == key)).scalar()
            if label is None:
                return False
            connection.execute(delete(table).where(table.c.id == key))
            records.audit(
                connection, AuditEntry(now, author, "remove push device", key, f"{label}: {reason}")
            )
        return True

    def took(self, key: str, now: int) -> None:
        """Write down that a push service took something for a device."""
        self._note(key, taken=now, problem="")

    def failed(self, key: str, problem: str) -> None:
        """Write down why nothing went to a device."""
        self._note(key, problem=problem)

    def showed(self, key: str, now: int) -> None:
        """Write down that a device said that it shows something."""
        self._note(key, delivered=now)

    def _note(self, key: str, **values: object) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(PUSH_SUBSCRIPTIONS).where(PUSH_SUBSCRIPTIONS.c.id == key).values(values)
            )


def _device(row: RowMapping) -> Device:
    return Device(**row)
