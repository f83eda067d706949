"""A calendar of planned téléconsultations as it leaves the hub (iCalendar, RFC 5545). Pure.

A calendar is read by programs of phones and of companies that keep what they read, so it says only when, for how long, and in
which room: no name, no reason, no act, no home. An event's name is made of a key that only the hub has, so two calendars
cannot be laid side by side to see who is in both. What is cancelled is in the calendar no more.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from icalendar import Calendar, Event

from devices.clock import to_datetime
from hub.acts.slots import MINUTE

AGAIN: Final = datetime.timedelta(minutes=15)
"How often a program is asked to look again; most look more rarely, which is why people are reminded otherwise too."
PRODUCT: Final = "-//Veilleuse//Agenda//FR"
NAME: Final = "Téléconsultations"
_NUMBER: Final = re.compile(
    r"(?:chambre|ch\.?|n°)?\s*(?P<number>[A-Z]?-?\d{1,4}(?: ?(?:bis|ter|[A-D]))?)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Appointment:
    """What of a planned consultation leaves the hub. Times are microseconds UTC."""

    key: str
    "Of the act; it does not leave."
    begins: int
    minutes: int
    room: str
    "Number of the room (`number_of`); empty where it has none."
    version: int
    "Grows with each change."
    changed: int


def number_of(room: str) -> str:
    """Return a room's number out of its name: `Chambre 12 bis` is `12 bis`.

    A name that is no number says nothing here: somebody may have called a room after who lives there.
    """
    found = _NUMBER.fullmatch(room.strip())
    return "" if found is None else found["number"]


def calendar(appointments: Iterable[Appointment], secret: bytes) -> bytes:
    """Return a calendar.

    Args:
        appointments: what is planned.
        secret: of this calendar; names of events are made with it.
    """
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", NAME)
    made.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", f"PT{AGAIN // datetime.timedelta(minutes=1)}M")
    for each in appointments:
        made.add_component(_event(each, secret))
    text: bytes = made.to_ical()
    return text


def _event(each: Appointment, secret: bytes) -> Event:
    event = Event()
    name = hashlib.blake2b(each.key.encode(), key=secret[:64], digest_size=16).hexdigest()
    event.add("uid", f"{name}@veilleuse.invalid")
    event.add("dtstamp", to_datetime(each.changed))
    event.add("dtstart", to_datetime(each.begins))
    event.add("dtend", to_datetime(each.begins + each.minutes * MINUTE))
    event.add("summary", f"Téléconsultation, chambre {each.room}" if each.room else "Téléconsultation")
    event.add("sequence", each.version)
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED")
    return event
