"""Where people are reached, as said on a page: what counts, what can be, and that the ladder asks it at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.limits import Priority
from hub.alerting.escalation.climb import Escalator
from hub.alerting.escalation.contacts import (
    EDITABLE,
    ContactError,
    ContactFault,
    Edition,
    checked,
    newest,
    present,
    undoable,
)
from hub.alerting.escalation.model import Ladder, Step
from hub.alerting.escalation.policy import EMERGENCY, Contact, Policy, account_is, address_problem
from hub.alerting.escalation.rota import Rota

FILE = {
    "anne": Contact("Anne Petit", {"sms": "+33612345601", "tablet": "anne", "screen": "ward"}),
    "luc": Contact("Luc Moreau", {"espa": "101"}),
}
ACCOUNTS = ("anne", "luc")


def edition(number: int, person: str = "anne", undone: int | None = None, **address: str) -> Edition:
    return Edition(number, person, Contact(person.title(), address), "cadre", number, undone)


def check(
    wanted: Contact, person: str = "anne", editions: tuple[Edition, ...] = (), seen: int = 0
) -> Contact:
    return checked(wanted, person, FILE, editions, seen, ACCOUNTS)


def fault(
    wanted: Contact, person: str = "anne", editions: tuple[Edition, ...] = (), seen: int = 0
) -> tuple[ContactFault, str]:
    with pytest.raises(ContactError) as found:
        check(wanted, person, editions, seen)
    return found.value.fault, found.value.channel


def test_the_newest_that_nobody_undid_counts_and_then_the_file() -> None:
    editions = [edition(3, sms="+33612345603"), edition(1, espa="1"), edition(5, undone=9, espa="5")]
    found = present(FILE, [*editions, edition(4, "gone", espa="9")])
    assert found == {"anne": editions[0].contact, "luc": FILE["luc"]}
    assert newest(editions, "luc") is None
    assert newest(editions, "anne") == editions[0]


def test_what_is_written_is_stored_plainly_and_keeps_what_no_page_edits() -> None:
    wanted = Contact(
        "  Anne  Petit-Roux ", {"sms": "06 12.34-56 01", "push": " anne ", "email": "", "espa": "7"}
    )
    assert check(wanted) == Contact(
        "Anne Petit-Roux", {"screen": "ward", "sms": "+33612345601", "push": "anne", "espa": "7"}
    )


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("06 12 34 56 01", "+33612345601"),
        ("0033 6 12 34 56 01", "+33612345601"),
        ("+33 (6) 12.34.56.01", "+33612345601"),
        ("+352 621 123 456", "+352621123456"),
        ("06\u00a012\u202f34 56 01", "+33612345601"),
    ],
)
def test_a_telephone_is_understood_as_people_write_it(typed: str, stored: str) -> None:
    assert check(Contact("Anne", {"sms": typed})).address["sms"] == stored


@pytest.mark.parametrize(
    ("name", "address", "wrong"),
    [
        (" ", {}, (ContactFault.NAME, "")),
        ("a" * 61, {}, (ContactFault.NAME, "")),
        ("Anne", {"screen": "ward"}, (ContactFault.CHANNEL, "screen")),
        ("Anne", {"pigeon": "x"}, (ContactFault.CHANNEL, "pigeon")),
        ("Anne", {"sms": "1 5"}, (ContactFault.EMERGENCY, "sms")),
        ("Anne", {"espa": "112"}, (ContactFault.EMERGENCY, "espa")),
        ("Anne", {"sms": "06 12"}, (ContactFault.ADDRESS, "sms")),
        ("Anne", {"email": "anne"}, (ContactFault.ADDRESS, "email")),
        ("Anne", {"push": "nobody"}, (ContactFault.ACCOUNT, "push")),
        ("Anne", {"tablet": "nobody"}, (ContactFault.ACCOUNT, "tablet")),
    ],
)
def test_what_cannot_be_an_address_is_said_with_its_channel(
    name: str, address: dict[str, str], wrong: tuple[ContactFault, str]
) -> None:
    assert fault(Contact(name, address)) == wrong


def test_who_writes_has_seen_what_counts() -> None:
    wanted, editions = Contact("Anne", {}), (edition(4, sms="+33612345609"),)
    assert fault(wanted, editions=editions) == (ContactFault.CHANGED, "")
    assert fault(wanted, "nobody") == (ContactFault.PERSON, "")
    assert check(wanted, editions=editions, seen=4) == Contact("Anne", {})
    assert fault(replace_address(FILE["anne"])) == (ContactFault.UNCHANGED, "")
    assert fault(editions[0].contact, editions=editions, seen=4) == (ContactFault.UNCHANGED, "")


def replace_address(contact: Contact) -> Contact:
    """Return what a page sends of a contact: only what it edits."""
    return Contact(contact.name, {key: value for key, value in contact.address.items() if key in EDITABLE})


def test_whose_account_it_is_says_where_they_are_reached() -> None:
    assert account_is(FILE["anne"], "anne")
    assert account_is(Contact("Anne", {"push": "ap"}), "ap")
    assert not account_is(FILE["luc"], "luc")


def test_only_the_newest_is_undone() -> None:
    editions = [edition(1, espa="1"), edition(2, espa="2")]
    assert undoable(editions, "anne", 2) == editions[1]
    assert undoable([editions[0], replace(editions[1], undone=9)], "anne", 1) == editions[0]
    for person, seen, wrong in (("anne", 1, ContactFault.CHANGED), ("luc", 1, ContactFault.NOTHING)):
        with pytest.raises(ContactError) as found:
            undoable(editions, person, seen)
        assert found.value.fault is wrong


@given(st.sampled_from(EDITABLE), st.text(max_size=24))
def test_whatever_is_typed_what_is_stored_is_an_address_and_no_emergency_number(
    channel: str, text: str
) -> None:
    try:
        made = check(Contact("Anne", {channel: text}))
    except ContactError:
        return
    kept = made.address.get(channel)
    assert kept is None or (address_problem(channel, kept) == "" and kept not in EMERGENCY)


def test_the_next_step_asks_where_people_are_now() -> None:
    step = Step(0.0, ("person:anne",), ("sms", "espa"))
    policy = Policy({Priority.HIGH: Ladder((step,))}, FILE, {}, Rota())
    escalator = Escalator(policy)
    escalator.set_people(present(FILE, [edition(1, espa="77")]))
    assert [found.ways for found in escalator.policy.resolve(step, 0)] == [(("espa", "77"),)]
