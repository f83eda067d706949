"""Where people of the policy are reached, as a coordinator wrote it on a page; kept for ever, also when undone."""

from __future__ import annotations

import json

from sqlalchemy import Connection, insert, select, update

from hub.alerting.escalation.contacts import Edition
from hub.alerting.escalation.policy import Contact
from hub.store.schema_telling import DUTY_CONTACTS


def editions(connection: Connection) -> list[Edition]:
    """Return every edition, in the order in which they were made."""
    rows = connection.execute(select(DUTY_CONTACTS).order_by(DUTY_CONTACTS.c.number))
    return [
        Edition(
            row.number,
            row.person,
            Contact(row.name, json.loads(row.address)),
            row.author,
            row.made,
            row.undone,
            row.undone_by,
        )
        for row in rows
    ]


def add(connection: Connection, person: str, contact: Contact, author: str, now: int) -> None:
    """Write what somebody says of a person."""
    address = json.dumps(contact.address)
    row = {"person": person, "name": contact.name, "address": address, "author": author, "made": now}
    connection.execute(insert(DUTY_CONTACTS).values(row))


def undo(connection: Connection, number: int, author: str, now: int) -> None:
    """Say that an edition counts no longer."""
    one = update(DUTY_CONTACTS).where(DUTY_CONTACTS.c.number == number, DUTY_CONTACTS.c.undone.is_(None))
    connection.execute(one.values(undone=now, undone_by=author))
