"""By which ways the people of the policy are told, as a coordinator says on a page. Pure; time is an argument.

The policy's file says who there is; a page may say anew what somebody is called and where they are reached. The newest
edition of a person that nobody has undone takes the place of what the file says, wholly; undoing it brings back the one
before, and at last the file's. An edition is never changed: what is undone stays on record with who did it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from devices.errors import VeilleuseError
from hub.alerting.escalation.policy import EMERGENCY, Contact, address_problem

EDITABLE = ("tablet", "push", "sms", "espa", "email")
"Channels of a person; screens and lamps are devices of the house."
ACCOUNTS = frozenset({"tablet", "push"})
"Channels whose address is an account of the home."
MAX_NAME = 60
"Characters."
_FILLING = re.compile(r"[\s.\-()\u00a0\u202f]+")
_FRENCH = re.compile(r"(?:0033|0)([1-9]\d{8})", re.ASCII)


class ContactFault(enum.StrEnum):
    """Why an edition is not possible; the pages have words for each."""

    PERSON = "contact_person"
    "The policy's file has no such person."
    NAME = "contact_name"
    CHANNEL = "contact_channel"
    EMERGENCY = "contact_emergency"
    "The hub dials no emergency number."
    ADDRESS = "contact_address"
    "It is no address of its channel."
    ACCOUNT = "contact_account"
    "The home has no such account."
    UNCHANGED = "contact_unchanged"
    CHANGED = "changed_meanwhile"
    "Somebody else wrote in the meantime."
    NOTHING = "contact_nothing_to_undo"


class ContactError(VeilleuseError):
    """An edition that is not possible; nothing was changed."""

    def __init__(self, fault: ContactFault, text: str, channel: str = "") -> None:
        super().__init__(text)
        self.fault = fault
        self.channel = channel


@dataclass(frozen=True, slots=True)
class Edition:
    """What somebody wrote of a person."""

    number: int
    "Of all editions, in the order in which they were made."
    person: str
    contact: Contact
    author: str
    made: int
    "Hub time, microseconds UTC."
    undone: int | None = None
    undone_by: str = ""


def newest(editions: Iterable[Edition], person: str) -> Edition | None:
    """Return the edition that counts of a person; `None` where the file does."""
    held = [each for each in editions if each.person == person and each.undone is None]
    return max(held, key=lambda each: each.number, default=None)


def present(people: Mapping[str, Contact], editions: Iterable[Edition]) -> dict[str, Contact]:
    """Return everybody of the file as they can be told now. Who is no more in the file is nobody."""
    known = list(editions)
    found = {person: newest(known, person) for person in people}
    return {
        person: contact if (edition := found[person]) is None else edition.contact
        for person, contact in people.items()
    }


def checked(
    wanted: Contact,
    person: str,
    people: Mapping[str, Contact],
    editions: Iterable[Edition],
    seen: int,
    accounts: Iterable[str],
) -> Contact:
    """Return what is wanted, as it is stored, if it can be.

    Args:
        wanted: name and addresses, as somebody typed them; an empty address is none.
        person: whose.
        people: of the file.
        editions: every one.
        seen: number of the edition that who writes has seen; 0 for the file's.
        accounts: names of accounts that may sign in.

    Raises:
        ContactError: says why not, and of which channel.
    """
    if person not in people:
        raise ContactError(ContactFault.PERSON, f"the policy has no person {person[:40]!r}")
    held = newest(editions, person)
    if (0 if held is None else held.number) != seen:
        raise ContactError(ContactFault.CHANGED, f"{person!r} was changed meanwhile")
    name = " ".join(wanted.name.split())
    if not 0 < len(name) <= MAX_NAME:
        raise ContactError(ContactFault.NAME, f"a name has 1 to {MAX_NAME} characters")
    now = people[person] if held is None else held.contact
    # What a page does not edit stays as the file says.
    address = {channel: kept for channel, kept in now.address.items() if channel not in EDITABLE}
    known = frozenset(accounts)
    address |= {
        channel: _address(channel, text, known) for channel, text in wanted.address.items() if text.strip()
    }
    made = Contact(name, address)
    if made == now:
        raise ContactError(ContactFault.UNCHANGED, f"{person!r} is so already")
    return made


def undoable(editions: Iterable[Edition], person: str, seen: int) -> Edition:
    """Return the edition of a person that is undone.

    Raises:
        ContactError: there is none, or a newer one.
    """
    held = newest(editions, person)
    if held is None:
        raise ContactError(ContactFault.NOTHING, f"nothing was written of {person[:40]!r}")
    if held.number != seen:
        raise ContactError(ContactFault.CHANGED, f"{person!r} was changed meanwhile")
    return held


def _address(channel: str, text: str, accounts: frozenset[str]) -> str:
    if channel not in EDITABLE:
        raise ContactError(ContactFault.CHANNEL, f"channel {channel[:20]!r} is not a person's", channel[:20])
    plain = text.strip()
    if channel == "sms":
        plain = _telephone(plain)
    if plain in EMERGENCY:
        raise ContactError(ContactFault.EMERGENCY, f"{plain} is an emergency number", channel)
    if address_problem(channel, plain):
        raise ContactError(ContactFault.ADDRESS, f"no address of channel {channel}", channel)
    if channel in ACCOUNTS and plain not in accounts:
        raise ContactError(ContactFault.ACCOUNT, f"no account {plain!r}", channel)
    return plain


def _telephone(text: str) -> str:
    """Return a number in its international form, as French hands write it: `06 12 34 56 01`."""
    plain = _FILLING.sub("", text)
    found = _FRENCH.fullmatch(plain)
    return plain if found is None else f"+33{found[1]}"
