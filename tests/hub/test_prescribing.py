"""Prescribing over a real database: what is in force at each second, who has to sign, and that a kill leaves no half."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection

from devices.clock import SECOND, ManualClock
from devices.limits import Limit, Priority
from devices.wire.messages import Observation
from hub.alerting.engine import Engine, Settings
from hub.alerting.loosening import Way
from hub.alerting.model import Code, Condition
from hub.alerting.prescriptions import DAY, Actor, Fault, PrescriptionError, Status, state
from hub.alerting.rules.model import Profile, RuleSet
from hub.ingest import directory
from hub.prescribing import Draft, Prescribing, Wanted
from hub.standing import Standing, limits_between, read_papers
from hub.store import prescribing, records
from hub.store.database import Database
from hub.store.errors import StoreError
from hub.store.prescribing import Prescribed, Setting
from hub.store.prescribing import Settings as Chosen
from hub.store.records import EdgeRecord, Prescription, Resident, Room

T = 1_790_000_000 * SECOND
WHO = "jeanne"
BENALI, CLAIRE, INES = Actor("benali", "physician"), Actor("claire", "coordinator"), Actor("ines", "nurse")
CRITICAL = Limit("spo2-critical", "spo2", Priority.HIGH, low=85.0, delay=10.0)
LOW = Limit("spo2-low", "spo2", Priority.MEDIUM, low=90.0, delay=15.0)
RULES = RuleSet(
    "v1",
    {
        "standard": Profile("standard", "Standard", (LOW, CRITICAL)),
        "respiratory": Profile(
            "respiratory", "Insuffisant respiratoire", (replace(CRITICAL, id="copd-critical", low=82.0),)
        ),
    },
)
_T = TypeVar("_T")


@dataclass
class Home:
    """A database, a clock, and people who prescribe."""

    database: Database
    clock: ManualClock

    def __post_init__(self) -> None:
        self.desk = Prescribing(self.change, self.clock, RULES)

    def change(self, work: Callable[[Connection], _T]) -> Future[_T]:
        done: Future[_T] = Future()
        try:
            with self.database.write() as connection:
                done.set_result(work(connection))
        except (PrescriptionError, StoreError) as error:
            done.set_exception(error)
        return done

    def do(self, work: Callable[[Connection], _T]) -> _T:
        return self.change(work).result(0)

    def prescribe(
        self,
        limit: Limit,
        actor: Actor = BENALI,
        days: int = 30,
        *,
        sign: bool = True,
        begin: int | None = None,
    ) -> Prescribed:
        now = self.clock.utc()
        end = now + days * DAY
        draft = Draft(limit, "because", now + DAY // 2 if begin is None else end - DAY // 2, end, begin)
        return self.do(self.desk.propose(WHO, draft, actor, sign=sign))

    def standing(self) -> Standing:
        with self.database.read() as connection:
            now = self.clock.utc()
            return read_papers(connection, now).standing(RULES, WHO, now)

    def bounds(self) -> dict[Priority, float | None]:
        return {limit.priority: limit.low for limit in self.standing().limits}

    def paper(self, key: str) -> Prescribed:
        with self.database.read() as connection:
            found = prescribing.limit(connection, key)
        assert found is not None
        return found

    def acts(self, key: str) -> list[tuple[str, str]]:
        with self.database.read() as connection:
            return [(step.act.value, step.author) for step in prescribing.steps(connection, [key])[key]]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    database = Database(tmp_path / "hub.db")
    with database.write() as connection:
        records.add_room(connection, Room("12", "Chambre 12"))
        records.save_edge(connection, EdgeRecord("e1", 1, T - DAY))
        records.place_edge(connection, "e1", "12", T - DAY)
        records.add_resident(connection, Resident(WHO, "Martin", "Jeanne", 1935, T - DAY))
        records.move_resident(connection, WHO, "12", T - DAY)
    yield Home(database, ManualClock(T))
    database.close()


def refused(home: Home, work: Callable[[Connection], Any]) -> Fault:
    with pytest.raises(PrescriptionError) as found:
        home.do(work)
    return found.value.fault


SPO2 = Limit("", "spo2", Priority.HIGH, low=88.0, delay=10.0)


def test_without_a_prescription_the_profile_holds(home: Home) -> None:
    assert home.bounds() == {Priority.HIGH: 85.0, Priority.MEDIUM: 90.0}
    assert [each.author for each in home.standing().prescriptions()] == ["", ""]


def test_tightening_is_at_once(home: Home) -> None:
    made = home.prescribe(SPO2)
    assert made.paper.status is Status.IN_FORCE
    assert home.bounds()[Priority.HIGH] == 88.0
    assert home.acts(made.id) == [("propose", "benali"), ("sign", "benali")]


def test_loosening_waits_for_a_second_person(home: Home) -> None:
    made = home.prescribe(replace(SPO2, low=82.0))
    assert made.paper.status is Status.AWAITING
    assert home.bounds()[Priority.HIGH] == 85.0
    assert refused(home, home.desk.sign(made.id, BENALI)) is Fault.SAME_PERSON
    assert refused(home, home.desk.sign(made.id, INES)) is Fault.NOT_ALLOWED
    home.clock.advance(60 * SECOND)
    signed = home.do(home.desk.sign(made.id, CLAIRE))
    assert signed.paper.status is Status.IN_FORCE
    assert signed.paper.since == T + 60 * SECOND
    assert home.bounds()[Priority.HIGH] == 82.0
    assert home.acts(made.id)[-1] == ("sign_second", "claire")


def test_a_nurse_proposes_and_two_others_sign_what_loosens(home: Home) -> None:
    made = home.prescribe(replace(SPO2, low=82.0), INES, sign=False)
    assert made.paper.status is Status.DRAFT
    assert home.do(home.desk.sign(made.id, CLAIRE)).paper.status is Status.AWAITING
    assert home.do(home.desk.sign(made.id, BENALI)).paper.status is Status.IN_FORCE


def test_a_nurse_who_wants_to_sign_writes_nothing(home: Home) -> None:
    draft = Draft(SPO2, "because", T + DAY // 2, T + DAY)
    assert refused(home, home.desk.propose(WHO, draft, INES, sign=True)) is Fault.NOT_ALLOWED
    with home.database.read() as connection:
        assert prescribing.limits(connection) == []
        assert records.audit_log(connection) == []


def test_what_is_in_force_ends_to_the_second_and_the_default_is_back(home: Home) -> None:
    made = home.prescribe(SPO2, days=1)
    home.clock.advance(DAY - SECOND)
    assert home.bounds()[Priority.HIGH] == 88.0
    assert home.standing().expired == ()
    home.clock.advance(2 * SECOND)
    assert home.bounds()[Priority.HIGH] == 85.0
    assert [each.id for each in home.standing().expired] == [made.id]


def test_an_expired_one_is_asked_about_until_it_is_renewed(home: Home) -> None:
    made = home.prescribe(SPO2, days=1)
    home.clock.advance(2 * DAY)
    now = home.clock.utc()
    draft = Draft(Limit("", "", Priority.LOW), "still so", now + DAY, now + 2 * DAY)
    again = home.do(home.desk.renew(made.id, draft, BENALI, sign=True))
    assert replace(again.limit, id="") == SPO2
    assert again.paper.status is Status.IN_FORCE
    assert home.standing().expired == ()
    assert home.bounds()[Priority.HIGH] == 88.0


def test_an_expired_one_is_asked_about_until_somebody_says_that_the_default_is_fine(home: Home) -> None:
    made = home.prescribe(SPO2, days=1)
    assert refused(home, home.desk.settle(made.id, CLAIRE)) is Fault.NOT_POSSIBLE
    home.clock.advance(2 * DAY)
    home.do(home.desk.settle(made.id, CLAIRE))
    assert home.standing().expired == ()
    assert home.bounds()[Priority.HIGH] == 85.0


def test_a_new_one_takes_the_place_of_the_one_before(home: Home) -> None:
    first = home.prescribe(SPO2)
    home.clock.advance(SECOND)
    second = home.prescribe(replace(SPO2, low=89.0))
    assert home.paper(first.id).paper.status is Status.SUPERSEDED
    assert home.paper(first.id).paper.ended_reason == second.id
    assert home.paper(first.id).limit.low == 88.0
    assert home.bounds()[Priority.HIGH] == 89.0


def test_withdrawing_what_is_tighter_than_the_default_needs_a_second_person(home: Home) -> None:
    made = home.prescribe(SPO2)
    asked = home.do(home.desk.withdraw(made.id, BENALI, "better"))
    assert asked.paper.status is Status.LEAVING
    assert home.bounds()[Priority.HIGH] == 88.0
    assert home.do(home.desk.refuse(made.id, CLAIRE, "not yet")).paper.status is Status.IN_FORCE
    home.do(home.desk.withdraw(made.id, BENALI, "better"))
    home.clock.advance(SECOND)
    assert home.do(home.desk.sign(made.id, CLAIRE)).paper.status is Status.WITHDRAWN
    assert home.bounds()[Priority.HIGH] == 85.0
    assert home.standing().expired == ()


def test_withdrawing_what_is_looser_than_the_default_is_at_once(home: Home) -> None:
    made = home.prescribe(replace(SPO2, low=82.0))
    home.do(home.desk.sign(made.id, CLAIRE))
    home.clock.advance(SECOND)
    assert home.do(home.desk.withdraw(made.id, BENALI, "better")).paper.status is Status.WITHDRAWN
    assert home.bounds()[Priority.HIGH] == 85.0


def test_a_proposal_is_taken_back(home: Home) -> None:
    made = home.prescribe(replace(SPO2, low=82.0))
    assert refused(home, home.desk.take_back(made.id, CLAIRE)) is Fault.NOT_YOURS
    assert home.do(home.desk.take_back(made.id, BENALI)).paper.status is Status.WITHDRAWN
    assert refused(home, home.desk.sign(made.id, CLAIRE)) is Fault.NOT_POSSIBLE


def judged(home: Home, limit: Limit, days: int, begin: int | None = None) -> list[tuple[Way, int]]:
    wanted = Wanted(WHO, limit, home.clock.utc() + days * DAY, begin)
    with home.database.read() as connection:
        found = home.desk.judge(connection, wanted)
    return [(each.loosening.way, each.since) for each in found.loosens]


def test_a_looser_limit_may_not_be_made_to_last_by_one_signature(home: Home) -> None:
    made = home.prescribe(replace(SPO2, low=80.0), days=10)
    home.do(home.desk.sign(made.id, CLAIRE))
    tighter = replace(SPO2, low=82.0)
    assert judged(home, tighter, 10) == []
    assert judged(home, tighter, 20) == [(Way.BOUND, T + 10 * DAY)]


def test_a_tight_limit_may_not_be_cut_short_by_one_signature(home: Home) -> None:
    home.prescribe(SPO2, days=20)
    assert judged(home, replace(SPO2, low=89.0), 20) == []
    assert judged(home, replace(SPO2, low=89.0), 5) == [(Way.BOUND, T + 5 * DAY)]


def test_a_limit_without_an_end_is_not_held_against_what_follows(home: Home) -> None:
    home.do(
        lambda c: records.prescribe(c, Prescription(replace(SPO2, id="old"), WHO, "dr-faure", "usual", T))
    )
    assert judged(home, replace(SPO2, low=89.0), 5) == []
    home.prescribe(replace(SPO2, low=89.0), days=5)
    assert home.paper("old").paper.status is Status.SUPERSEDED


# ---- what begins later ----


def status(home: Home, made: Prescribed) -> Status:
    return state(home.paper(made.id).paper, home.clock.utc())


def test_what_is_to_begin_later_takes_effect_at_its_time(home: Home) -> None:
    first = home.prescribe(SPO2, days=20)
    made = home.prescribe(replace(SPO2, low=89.0), begin=T + 2 * DAY)
    assert (status(home, first), status(home, made)) == (Status.IN_FORCE, Status.COMING)
    assert loaded(home).changes_at == T + 2 * DAY
    home.clock.advance(2 * DAY - 1)
    assert home.bounds()[Priority.HIGH] == 88.0
    home.clock.advance(1)
    assert home.bounds()[Priority.HIGH] == 89.0
    assert (status(home, first), status(home, made)) == (Status.SUPERSEDED, Status.IN_FORCE)
    home.clock.advance(40 * DAY)
    # What was followed asks for nothing, what followed it does.
    assert [each.id for each in home.standing().expired] == [made.id]


def test_a_limit_that_begins_later_rings_from_then_on_without_a_restart(home: Home) -> None:
    home.prescribe(replace(SPO2, low=89.0, delay=10.0), begin=T + DAY)
    known = loaded(home)
    engine = Engine(known.limits, {}, (), Settings(T, known.watched(T)))
    home.clock.advance(DAY - 20 * SECOND)
    for _ in range(40):
        now = home.clock.utc()
        if now >= known.changes_at:
            # As the writer does at that instant.
            known = loaded(home)
            engine.set_limits(WHO, known.limits[WHO], now)
        engine.observe("e1", WHO, Observation("ox", "spo2", now, 88.0), now, late=False)
        engine.tick(now)
        ringing = [
            each
            for each in engine.open_alerts()
            if each.code is Code.LIMIT_LOW and each.priority is Priority.HIGH
        ]
        if now < T + DAY + 10 * SECOND:
            assert ringing == []
        home.clock.advance(SECOND)
    [alert] = ringing
    assert alert.raised == T + DAY + 10 * SECOND


def test_what_was_to_begin_is_withdrawn_and_what_it_would_have_replaced_stays(home: Home) -> None:
    first = home.prescribe(SPO2, days=20)
    made = home.prescribe(replace(SPO2, low=89.0), begin=T + 2 * DAY)
    gone = home.do(home.desk.withdraw(made.id, CLAIRE, "not needed"))
    assert gone.paper.status is Status.WITHDRAWN
    assert home.paper(first.id).paper == first.paper
    home.clock.advance(3 * DAY)
    assert home.bounds()[Priority.HIGH] == 88.0
    with home.database.read() as connection:
        found = limits_between(connection, RULES, WHO, T, T + 3 * DAY)
    assert {limit.low for limit, _, _ in found if limit.priority is Priority.HIGH} == {88.0}


@pytest.mark.parametrize("days", [None, 1, 2])
def test_what_was_to_begin_later_makes_room_for_what_begins_before(home: Home, days: int | None) -> None:
    first = home.prescribe(SPO2, days=20)
    made = home.prescribe(replace(SPO2, low=89.0), begin=T + 2 * DAY)
    begin = None if days is None else T + days * DAY
    newest = home.prescribe(replace(SPO2, low=89.5), begin=begin)
    assert status(home, newest) is (Status.IN_FORCE if days is None else Status.COMING)
    assert status(home, made) is Status.SUPERSEDED
    assert home.paper(made.id).paper.ended_reason == newest.id
    for day in range(5):
        assert home.bounds()[Priority.HIGH] == (89.5 if day >= (days or 0) else 88.0)
        home.clock.advance(DAY)
    assert status(home, first) is Status.SUPERSEDED


@pytest.mark.parametrize("withdrawn", [0, 1, 2])
def test_one_follows_the_other_and_whatever_is_withdrawn_leaves_no_gap(home: Home, withdrawn: int) -> None:
    chain = [
        home.prescribe(replace(SPO2, low=low), days=20, begin=begin)
        for low, begin in ((88.0, None), (89.0, T + 2 * DAY), (89.5, T + 4 * DAY))
    ]
    assert [status(home, each) for each in chain] == [Status.IN_FORCE, Status.COMING, Status.COMING]
    followed = [home.paper(each.id).paper.followed_by for each in chain]
    assert followed == [chain[1].id, chain[2].id, None], "each by the next"
    home.clock.advance(SECOND)
    home.do(home.desk.withdraw(chain[withdrawn].id, BENALI, "why"))
    if withdrawn == 0:
        home.do(home.desk.sign(chain[0].id, CLAIRE))
    home.clock.advance(DAY)
    found = []
    for _ in range(3):
        found.append(home.bounds()[Priority.HIGH])
        home.clock.advance(2 * DAY)
    assert found == [[85.0, 89.0, 89.5], [88.0, 88.0, 89.5], [88.0, 89.0, 89.0]][withdrawn]


def test_what_begins_later_is_judged_by_what_will_be_in_force_then(home: Home) -> None:
    home.prescribe(SPO2, days=10)
    looser = replace(SPO2, low=86.0)
    # Looser than what is in force then, tighter than the default after it.
    assert judged(home, looser, 30, T + 5 * DAY) == [(Way.BOUND, T + 5 * DAY)]
    assert judged(home, looser, 30, T + 10 * DAY) == []
    made = home.prescribe(looser, begin=T + 5 * DAY)
    assert made.paper.status is Status.AWAITING
    signed = home.do(home.desk.sign(made.id, CLAIRE))
    assert (status(home, signed), signed.paper.since) == (Status.COMING, T + 5 * DAY)


def test_what_is_to_begin_is_not_pushed_off_by_one_signature(home: Home) -> None:
    home.prescribe(replace(SPO2, low=89.0), begin=T + 2 * DAY)
    assert judged(home, SPO2, 30) == [(Way.BOUND, T + 2 * DAY)]
    assert judged(home, SPO2, 1) == [(Way.BOUND, T + 2 * DAY)]


@pytest.mark.parametrize(
    ("begin", "wrong"), [(T - 1, Fault.BEGIN_PAST), (T + 30 * DAY, Fault.BEGIN_AFTER_END)]
)
def test_when_it_cannot_begin_nothing_is_written(home: Home, begin: int, wrong: Fault) -> None:
    draft = Draft(SPO2, "because", T + 29 * DAY, T + 30 * DAY, begin)
    assert refused(home, home.desk.propose(WHO, draft, BENALI, sign=True)) is wrong
    with home.database.read() as connection:
        assert prescribing.limits(connection) == []


def test_another_profile_that_loosens_needs_a_second_person(home: Home) -> None:
    wanted = Chosen("respiratory", 2, None, 1)
    made = home.do(home.desk.choose(WHO, wanted, "COPD", BENALI))
    assert made.paper.status is Status.AWAITING
    assert home.standing().settings == Chosen()
    home.clock.advance(SECOND)
    home.do(home.desk.choose(WHO, Chosen(on_oxygen=True), "2 l/min", INES))
    assert home.standing().settings == Chosen(on_oxygen=True)
    home.clock.advance(SECOND)
    assert home.do(home.desk.sign(made.id, CLAIRE)).paper.status is Status.IN_FORCE
    standing = home.standing()
    # Oxygen is what the nurse saw after the change was written.
    assert standing.settings == replace(wanted, on_oxygen=True)
    assert standing.person is not None
    assert (standing.person.spo2_scale, standing.person.on_oxygen) == (2, True)
    assert home.bounds()[Priority.HIGH] == 82.0


def test_settings_that_cannot_be(home: Home) -> None:
    choose = home.desk.choose
    assert refused(home, choose(WHO, Chosen("nothing"), "why", BENALI)) is Fault.UNKNOWN_PROFILE
    assert refused(home, choose(WHO, Chosen(), "why", BENALI)) is Fault.NO_CHANGE
    assert refused(home, choose(WHO, Chosen(spo2_scale=2), " ", BENALI)) is Fault.NO_REASON
    assert (
        refused(home, choose(WHO, Chosen(spo2_scale=2), "why", Actor("tom", "technician")))
        is Fault.NOT_ALLOWED
    )
    with pytest.raises(StoreError, match="is unknown"):
        home.do(choose("nobody", Chosen(spo2_scale=2), "why", BENALI))


def test_the_second_scale_is_recorded_with_who_and_why(home: Home) -> None:
    proposed = home.do(home.desk.choose(WHO, Chosen(spo2_scale=2), "target 88 to 92", INES))
    assert proposed.paper.status is Status.DRAFT
    assert home.standing().settings.spo2_scale == 1
    made = home.do(home.desk.sign(proposed.id, BENALI))
    assert isinstance(made, Setting)
    assert (made.paper.author, made.paper.reason, made.paper.since) == ("benali", "target 88 to 92", T)
    assert home.standing().settings.spo2_scale == 2


def test_what_nobody_wrote_is_unknown(home: Home) -> None:
    for work in (
        home.desk.sign("p0", BENALI),
        home.desk.refuse("p0", BENALI, "why"),
        home.desk.take_back("p0", BENALI),
        home.desk.withdraw("p0", BENALI, "why"),
        home.desk.settle("p0", BENALI),
        home.desk.renew("p0", Draft(SPO2, "why", T + 1, T + DAY), BENALI, sign=True),
    ):
        assert refused(home, work) is Fault.UNKNOWN


def test_a_paper_is_written_once(home: Home) -> None:
    made = home.prescribe(SPO2)
    with pytest.raises(StoreError, match="exists already"):
        home.do(lambda connection: prescribing.add_limit(connection, made))
    with pytest.raises(StoreError, match="'nobody' is unknown"):
        home.do(lambda connection: prescribing.add_limit(connection, replace(made, resident="nobody")))
    chosen = home.do(home.desk.choose(WHO, Chosen(spo2_scale=2), "why", BENALI))
    with pytest.raises(StoreError, match="exists already"):
        home.do(lambda connection: prescribing.add_setting(connection, chosen))


def test_every_act_is_in_the_audit(home: Home) -> None:
    made = home.prescribe(replace(SPO2, low=82.0))
    home.do(home.desk.sign(made.id, CLAIRE))
    with home.database.read() as connection:
        log = [(each.actor, each.action, each.object) for each in records.audit_log(connection)]
    place = f"{WHO}/{made.id}"
    assert log == [
        ("benali", "propose limit", place),
        ("benali", "sign first limit", place),
        ("claire", "sign second limit", place),
    ]


def test_the_past_is_judged_by_what_was_in_force_then(home: Home) -> None:
    home.prescribe(SPO2, days=1)
    with home.database.read() as connection:
        found = limits_between(connection, RULES, WHO, T - DAY, T + 3 * DAY)
    critical = sorted(
        (since, until, limit.low) for limit, since, until in found if limit.priority is Priority.HIGH
    )
    assert critical == [(T - DAY, T, 85.0), (T, T + DAY, 88.0), (T + DAY, T + 3 * DAY, 85.0)]


def test_who_left_has_no_defaults(home: Home) -> None:
    home.prescribe(SPO2)
    home.do(lambda connection: records.move_resident(connection, WHO, None, home.clock.utc()))
    home.clock.advance(SECOND)
    standing = home.standing()
    assert [limit.low for limit in standing.limits] == [88.0]
    assert standing.person is None


# ---- what the writer takes up ----


def loaded(home: Home) -> directory.Directory:
    with home.database.read() as connection:
        return directory.load(connection, bytes(32), home.clock.utc(), RULES)


def test_what_begins_later_is_in_force_from_then_on(home: Home) -> None:
    """A clock that went back leaves signatures of the future; nobody has to be there when their time comes."""
    home.clock.advance(DAY)
    home.prescribe(SPO2, days=2)
    home.clock.advance(-DAY)
    before = loaded(home)
    assert SPO2.low not in {limit.low for limit in before.limits.get(WHO, ())}
    assert before.changes_at == T + DAY
    home.clock.advance(DAY - 1)
    assert [each.limit for each in home.standing().prescribed] == []
    home.clock.advance(1)
    [begun] = home.standing().prescribed
    assert (begun.limit.low, begun.limit.metric) == (SPO2.low, "spo2")
    assert begun.limit in loaded(home).limits[WHO]


def test_the_directory_knows_when_it_changes_next(home: Home) -> None:
    home.prescribe(SPO2, days=1)
    assert loaded(home).changes_at == T + DAY
    home.clock.advance(DAY)
    assert loaded(home).changes_at == directory.FOREVER


def test_an_expired_limit_is_told_once_until_it_is_answered(home: Home) -> None:
    made = home.prescribe(SPO2, days=1)
    known = loaded(home)
    engine = Engine(known.limits, {}, (), Settings(T, known.watched(T)))

    def look() -> list[Any]:
        now = home.clock.utc()
        # The room is not heard: that rings beside it, and is left alone.
        engine.tick(now)
        engine.set_expired(loaded(home).expired_of_edges(now), now)
        return [alert for alert in engine.open_alerts() if alert.code is Code.LIMIT_EXPIRED]

    home.clock.advance(DAY - SECOND)
    assert look() == []
    home.clock.advance(2 * SECOND)
    [alert] = look()
    assert Code.EDGE_SILENT in {each.code for each in engine.open_alerts()}
    assert (alert.priority, alert.edge, alert.resident) == (Priority.LOW, "e1", WHO)
    assert (alert.limit_id, alert.metric, alert.onset, alert.technical) == (made.id, "spo2", T + DAY, True)
    home.clock.advance(3600 * SECOND)
    assert [each.id for each in look()] == [alert.id]
    home.do(home.desk.settle(made.id, CLAIRE))
    assert look() == []
    cleared = engine.take_changes().alerts[alert.id]
    assert cleared.condition is Condition.CLEARED


def test_two_expired_limits_are_one_alert_that_names_both(home: Home) -> None:
    home.prescribe(SPO2, days=1)
    known = loaded(home)
    engine = Engine(known.limits, {}, (), Settings(T, known.watched(T)))
    home.prescribe(Limit("", "temperature", Priority.MEDIUM, high=38.0), days=2)
    for days in (1, 1):
        home.clock.advance(days * DAY + SECOND)
        engine.set_expired(loaded(home).expired_of_edges(home.clock.utc()), home.clock.utc())
    [alert] = [each for each in engine.open_alerts() if each.code is Code.LIMIT_EXPIRED]
    assert alert.detail == "spo2,temperature"


def test_an_expired_limit_of_who_lived_there_before_ends_with_them(home: Home) -> None:
    home.prescribe(SPO2, days=1)
    home.clock.advance(2 * DAY)
    known = loaded(home)
    engine = Engine(known.limits, {}, (), Settings(T, known.watched(home.clock.utc())))
    now = home.clock.utc()
    engine.set_expired(known.expired_of_edges(now), now)
    [told] = known.expired_of_edges(now)
    engine.set_expired([replace(told, resident="paul")], now + SECOND)
    [alert] = [each for each in engine.open_alerts() if each.condition is Condition.ACTIVE]
    assert alert.resident == "paul"


# ---- a kill ----

_CHILD = """
import sys
from pathlib import Path
from devices.clock import SystemClock
from hub.prescribing import Prescribing
from hub.alerting.prescriptions import Actor
from hub.alerting.rules.model import RuleSet
from hub.store.database import Database
import os
database = Database(Path(sys.argv[1]), create=False)
count = int(sys.argv[3])
class Cut:
    def __init__(self, inner): self.inner, self.left = inner, count
    def __getattr__(self, name): return getattr(self.inner, name)
    def execute(self, *args, **kwargs):
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), 9)
        return self.inner.execute(*args, **kwargs)
from devices.clock import ManualClock
desk = Prescribing(None, ManualClock(int(sys.argv[4])), RuleSet("none"))
with database.write() as connection:
    desk.sign(sys.argv[2], Actor("claire", "coordinator"))(Cut(connection))
"""


@pytest.mark.kill
def test_a_kill_in_the_middle_of_a_signature_leaves_all_of_it_or_nothing(home: Home) -> None:
    first = home.prescribe(SPO2)
    waiting = home.prescribe(replace(SPO2, low=82.0))
    before = home.acts(waiting.id), home.acts(first.id)
    path, now = str(home.database.path), str(home.clock.utc() + SECOND)
    cut = 0
    for cut in range(0, 60, 3):
        command = [sys.executable, "-c", _CHILD, path, waiting.id, str(cut), now]
        done = subprocess.run(command, env=os.environ, check=False)
        old, new = home.paper(first.id).paper.status, home.paper(waiting.id).paper.status
        if done.returncode == 0:
            break
        assert done.returncode == -9
        assert (old, new) == (Status.IN_FORCE, Status.AWAITING)
        assert (home.acts(waiting.id), home.acts(first.id)) == before
    assert cut > 5
    assert (old, new) == (Status.SUPERSEDED, Status.IN_FORCE)
    assert len(home.acts(waiting.id)) == len(before[0]) + 1
