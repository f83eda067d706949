"""What a liaison file lacks, and when a physician must look at it."""

from __future__ import annotations

import datetime

from hub.acts.dossier import (
    Allergies,
    Bond,
    Carriage,
    Directives,
    Dossier,
    History,
    Identity,
    Known,
    Mobility,
    Part,
    Person,
    Persons,
    Physicians,
    Professional,
    Protection,
    Section,
    Treatments,
    Usual,
)
from hub.acts.identity import Sex
from hub.acts.readiness import STALE, Lack, Stale, Validation, changed_since, lacks, stale

NOW = 1_795_000_000_000_000
VERSIONS = {Section.IDENTITY: 1, Section.USUAL: 4}
WHOLE = Dossier(
    identity=Identity(
        family_name="Martin",
        given_names=("Jeanne",),
        birth_date=datetime.date(1932, 5, 4),
        sex=Sex.FEMALE,
    ),
    physicians=Physicians(items=(Professional(bond=Bond.TREATING, family_name="Benali"),)),
    allergies=Allergies(known=Known.NONE),
    history=History(known=Known.NONE, carriage=Carriage.NONE, pacemaker=False),
    treatments=Treatments(known=Known.NONE, anticoagulant=False, oxygen=False, insulin=False),
    usual=Usual(weight=54.0, gir=3, mobility=Mobility.AID, cognition="orientée"),
    directives=Directives(known=Known.NONE, palliative=False, limitation=Known.NONE),
    persons=Persons(
        trusted=Known.NONE,
        protection=Protection.NONE,
        items=(Person(family_name="Martin", parts=(Part.FAMILY,), phone="+33612345678"),),
    ),
)


def test_an_empty_dossier_lacks_everything_in_the_order_of_the_dossier() -> None:
    found = lacks(Dossier())
    assert found[0] == Lack(Section.IDENTITY, "family_name")
    order = [each.section for each in found]
    assert order == sorted(order, key=list(Section).index)
    assert set(order) == set(Section) - {Section.CONSENTS}
    assert len(found) == 4 + 1 + 1 + 3 + 4 + 4 + 3 + 3


def test_to_know_that_there_is_nothing_is_no_lack() -> None:
    assert lacks(WHOLE) == ()


def test_who_treats_and_whom_to_call_are_looked_for_in_the_lists() -> None:
    nobody = Dossier(
        physicians=Physicians(items=(Professional(bond=Bond.NURSE, family_name="Roy"),)),
        persons=Persons(items=(Person(family_name="Martin"),)),
    )
    assert Lack(Section.PHYSICIANS, "treating") in lacks(nobody)
    assert Lack(Section.PERSONS, "phone") in lacks(nobody)


def test_a_dossier_is_looked_at_every_six_months() -> None:
    looked = Validation(NOW - STALE, "benali", VERSIONS)
    assert stale(None, VERSIONS, NOW) is Stale.NEVER
    assert stale(looked, VERSIONS, NOW) is None
    assert stale(looked, VERSIONS, NOW + 1) is Stale.OLD


def test_a_change_after_the_look_is_said() -> None:
    looked = Validation(NOW, "benali", VERSIONS)
    later = VERSIONS | {Section.USUAL: 5, Section.ALLERGIES: 1}
    assert stale(looked, later, NOW) is Stale.CHANGED
    assert changed_since(looked, later) == (Section.ALLERGIES, Section.USUAL)
    assert changed_since(looked, VERSIONS) == ()
