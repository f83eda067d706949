"""Who prescribes what to whom: every act is one transaction of the writer, and is in force in the rooms after it.

What a change loosens is judged when it is signed, against what is in force then, at any time of its validity: a limit
that lasts longer than the one it takes the place of is compared with the safe default after that one's end, and one that
ends sooner leaves the default behind it. The rules are in `hub.alerting.prescriptions` and `hub.alerting.loosening`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Connection

from devices.clock import Clock
from devices.limits import Limit
from hub.alerting import prescriptions
from hub.alerting.loosening import Loosening, loosened
from hub.alerting.prescriptions import (
    SIGNERS,
    STANDING,
    Act,
    Actor,
    Fault,
    Paper,
    PrescriptionError,
    Status,
    state,
)
from hub.alerting.rules.effective import effective
from hub.alerting.rules.model import RuleSet
from hub.linking import Change
from hub.standing import Papers, Standing, in_force, read_papers, slot
from hub.store import prescribing, records
from hub.store.prescribing import Prescribed, Setting, Settings
from hub.store.records import AuditEntry

_Known = TypeVar("_Known", bound=Prescribed | Setting)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to be in force."""

    limit: Limit
    "Its id is empty; the prescription gives it one."
    reason: str
    review: int
    end: int
    begin: int | None = None
    "Not before this it is in force; `None` for at once."


@dataclass(frozen=True, slots=True)
class Later:
    """One way in which a critical limit is loosened, and from when on."""

    loosening: Loosening
    since: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a change would come to."""

    before: tuple[Limit, ...]
    "In force when it would begin, of the metric (of everything for settings)."
    after: tuple[Limit, ...]
    loosens: tuple[Later, ...]
    "Not empty when it needs a second signature."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A limit that somebody wants for a resident, and when."""

    resident: str
    limit: Limit
    end: int | None
    begin: int | None = None
    "`None` for at once."


def judge(ruleset: RuleSet, papers: Papers, wanted: Wanted, now: int) -> Judgement:
    """Tell what prescribing a limit for a time comes to: at its begin, and whenever what it takes the place of changes."""
    limit, begin, end = wanted.limit, max(now, wanted.begin or now), wanted.end
    found: list[Later] = []
    compared: list[tuple[tuple[Limit, ...], tuple[Limit, ...]]] = []
    for time in _marks(papers, wanted, begin):
        standing = papers.standing(ruleset, wanted.resident, time)
        own = [each.limit for each in standing.prescribed if slot(each.limit) != slot(limit)]
        before = standing.limits
        if time > begin:
            # What has no end is of before there were ends: it is not held against what takes its place.
            ending = [
                each.limit
                for each in standing.prescribed
                if _about(each, limit) and each.paper.until is not None
            ]
            before = _effective(ruleset, standing, [*own, *ending])
        after = _effective(ruleset, standing, [*own, limit] if end is None or time < end else own)
        compared.append((before, after))
        found += [Later(each, time) for each in loosened(before, after)]
    before, after = compared[0]
    return Judgement(
        tuple(each for each in before if each.metric == limit.metric),
        tuple(each for each in after if each.metric == limit.metric),
        _once(found),
    )


def _marks(papers: Papers, wanted: Wanted, begin: int) -> list[int]:
    """Return its begin, its end, and between them and after when what it takes the place of begins or ends."""
    mine = [
        each.paper
        for each in papers.limits
        if each.resident == wanted.resident and _about(each, wanted.limit)
    ]
    times = [
        wanted.end,
        *(time for paper in mine if paper.since is not None for time in (paper.since, paper.until)),
    ]
    return [begin, *sorted({time for time in times if time is not None and time > begin})]


def _about(each: Prescribed, limit: Limit) -> bool:
    return slot(each.limit) == slot(limit)


def judge_settings(ruleset: RuleSet, standing: Standing, wanted: Settings, now: int) -> Judgement:
    """Tell what a change of settings comes to."""
    own = [each.limit for each in standing.prescribed]
    after, _ = effective(ruleset, wanted.profile, own)
    found = [Later(each, now) for each in loosened(standing.limits, after)]
    return Judgement(standing.limits, after, _once(found))


def judge_end(ruleset: RuleSet, standing: Standing, paper: str, now: int) -> Judgement:
    """Tell what the end of a prescription comes to."""
    after = _effective(ruleset, standing, [each.limit for each in standing.prescribed if each.id != paper])
    found = [Later(each, now) for each in loosened(standing.limits, after)]
    return Judgement(standing.limits, after, _once(found))


def _effective(ruleset: RuleSet, standing: Standing, own: list[Limit]) -> tuple[Limit, ...]:
    return effective(ruleset, standing.settings.profile, own)[0]


@dataclass(frozen=True, slots=True)
class _By:
    """Who does it, when, and why."""

    actor: Actor
    now: int
    reason: str = ""


class Prescribing:
    """See the module. Every method that changes something returns the work of one transaction for `change`.

    The works raise `PrescriptionError`; `StoreError` when the resident is unknown.
    """

    def __init__(self, change: Change, clock: Clock, ruleset: RuleSet) -> None:
        self.change = change
        self.ruleset = ruleset
        self._clock = clock

    # ---- judging ----

    def judge(self, connection: Connection, wanted: Wanted) -> Judgement:
        """Tell what prescribing a limit for a time would come to; nothing is written."""
        now = self._clock.utc()
        return judge(self.ruleset, read_papers(connection, now), wanted, now)

    def judge_settings(self, connection: Connection, resident: str, wanted: Settings) -> Judgement:
        """Tell what a change of settings would come to; nothing is written."""
        now = self._clock.utc()
        return judge_settings(self.ruleset, self._standing(connection, resident, now), wanted, now)

    def _standing(self, connection: Connection, resident: str, now: int) -> Standing:
        return read_papers(connection, now).standing(self.ruleset, resident, now)

    # ---- limits ----

    def propose(
        self, resident: str, draft: Draft, actor: Actor, *, sign: bool
    ) -> Callable[[Connection], Prescribed]:
        """Write a prescription, and sign it at once if `sign` and the role may."""

        def work(connection: Connection) -> Prescribed:
            now = self._clock.utc()
            prescriptions.may_propose(actor)
            prescriptions.check_limit(draft.limit)
            prescriptions.check_validity(now, draft.review, draft.end, draft.begin)
            reason = prescriptions.reasoned(draft.reason)
            limit = replace(draft.limit, id=f"p{secrets.token_hex(8)}")
            paper = Paper(
                Status.DRAFT, reason, actor.username, now, draft.end, draft.review, begin=draft.begin
            )
            made = Prescribed(limit, resident, paper)
            prescribing.add_limit(connection, made)
            _note(connection, made, Act.PROPOSE, _By(actor, now, reason))
            return self._sign_limit(connection, made, actor, now) if sign else made

        return work

    def renew(
        self, paper: str, draft: Draft, actor: Actor, *, sign: bool
    ) -> Callable[[Connection], Prescribed]:
        """Prescribe the limit of a paper again; of the draft only reason and times count."""

        def work(connection: Connection) -> Prescribed:
            known = prescribing.limit(connection, paper)
            if known is None:
                raise _unknown(paper)
            again = replace(draft, limit=known.limit)
            return self.propose(known.resident, again, actor, sign=sign)(connection)

        return work

    def withdraw(self, paper: str, actor: Actor, reason: str) -> Callable[[Connection], Prescribed]:
        """End a limit; it stays in force until a second signature when that loosens a critical limit."""

        def work(connection: Connection) -> Prescribed:
            now = self._clock.utc()
            known = prescribing.limit(connection, paper)
            if known is None:
                raise _unknown(paper)
            found = judge_end(self.ruleset, self._standing(connection, known.resident, now), paper, now)
            done, act = prescriptions.withdraw(known.paper, actor, reason, now, loosens=bool(found.loosens))
            if state(known.paper, now) is Status.COMING:
                _stay(connection, known)
            return _saved(connection, known, done, act, _By(actor, now, reason))

        return work

    def settle(self, paper: str, actor: Actor) -> Callable[[Connection], Prescribed]:
        """Say of an expired limit that the safe default is fine."""

        def work(connection: Connection) -> Prescribed:
            now = self._clock.utc()
            known = prescribing.limit(connection, paper)
            if known is None:
                raise _unknown(paper)
            done, act = prescriptions.settle(known.paper, actor, now)
            return _saved(connection, known, done, act, _By(actor, now))

        return work

    # ---- settings ----

    def choose(
        self, resident: str, wanted: Settings, reason: str, actor: Actor
    ) -> Callable[[Connection], Setting]:
        """Change what rules must know of a resident. A nurse may say whether oxygen is given, and propose the rest."""

        def work(connection: Connection) -> Setting:
            now = self._clock.utc()
            prescriptions.may_propose(actor)
            if wanted.profile and wanted.profile not in self.ruleset.profiles:
                raise PrescriptionError(
                    Fault.UNKNOWN_PROFILE, f"profile {wanted.profile[:64]!r} is unknown", "profile"
                )
            said = prescriptions.reasoned(reason)
            present = self._standing(connection, resident, now).settings
            if present == wanted:
                raise PrescriptionError(Fault.NO_CHANGE, "these settings are in force already")
            paper = Paper(Status.DRAFT, said, actor.username, now)
            made = Setting(f"s{secrets.token_hex(8)}", resident, wanted, paper)
            prescribing.add_setting(connection, made)
            _note(connection, made, Act.PROPOSE, _By(actor, now, said))
            if replace(present, on_oxygen=wanted.on_oxygen) == wanted:
                # Not a decision but what somebody sees at the bedside: who cares for the resident says it.
                seen = replace(paper, status=Status.IN_FORCE, author=actor.username, signed=now, since=now)
                self._take_place(connection, made, actor, now)
                return _saved(connection, made, seen, Act.SIGN, _By(actor, now))
            return self._sign_setting(connection, made, actor, now) if actor.role in SIGNERS else made

        return work

    # ---- both ----

    def sign(self, paper: str, actor: Actor) -> Callable[[Connection], Prescribed | Setting]:
        """Sign what waits."""

        def work(connection: Connection) -> Prescribed | Setting:
            now, known = self._clock.utc(), _find(connection, paper)
            if isinstance(known, Prescribed):
                return self._sign_limit(connection, known, actor, now)
            return self._sign_setting(connection, known, actor, now)

        return work

    def refuse(self, paper: str, actor: Actor, reason: str) -> Callable[[Connection], Prescribed | Setting]:
        """Refuse what waits."""

        def work(connection: Connection) -> Prescribed | Setting:
            now, known = self._clock.utc(), _find(connection, paper)
            done, act = prescriptions.refuse(known.paper, actor, reason, now)
            return _saved(connection, known, done, act, _By(actor, now, reason))

        return work

    def take_back(self, paper: str, actor: Actor) -> Callable[[Connection], Prescribed | Setting]:
        """Undo what waits; only who wrote it may."""

        def work(connection: Connection) -> Prescribed | Setting:
            now, known = self._clock.utc(), _find(connection, paper)
            done, act = prescriptions.take_back(known.paper, actor, now)
            return _saved(connection, known, done, act, _By(actor, now))

        return work

    def _sign_limit(self, connection: Connection, known: Prescribed, actor: Actor, now: int) -> Prescribed:
        wanted = Wanted(known.resident, known.limit, known.paper.end, known.paper.begin)
        found = judge(self.ruleset, read_papers(connection, now), wanted, now)
        done, act = prescriptions.sign(known.paper, actor, now, loosens=bool(found.loosens))
        if done.status is Status.IN_FORCE:
            self._take_slot(connection, replace(known, paper=done), actor, now)
        return _saved(connection, known, done, act, _By(actor, now))

    @staticmethod
    def _take_slot(connection: Connection, made: Prescribed, actor: Actor, now: int) -> None:
        """Take the place of what is in force then, and of what was to begin later, which never will."""
        begin = made.paper.since or now
        for later in _same(connection, made):
            if state(later.paper, now) is Status.COMING and (later.paper.since or now) >= begin:
                _stay(connection, later)
                ended, act = prescriptions.supersede(later.paper, actor, made.id, now)
                _saved(connection, later, ended, act, _By(actor, now, made.id))
        for other in _same(connection, made):
            standing = state(other.paper, now)
            if begin > now and standing in STANDING | {Status.COMING}:
                prescribing.save_limit(
                    connection, other.id, prescriptions.follow(other.paper, made.id, begin)
                )
            elif standing in STANDING:
                ended, act = prescriptions.supersede(other.paper, actor, made.id, now)
                _saved(connection, other, ended, act, _By(actor, now, made.id))

    def _sign_setting(self, connection: Connection, known: Setting, actor: Actor, now: int) -> Setting:
        standing = self._standing(connection, known.resident, now)
        found = judge_settings(self.ruleset, standing, known.settings, now)
        done, act = prescriptions.sign(known.paper, actor, now, loosens=bool(found.loosens))
        if done.status is Status.IN_FORCE:
            self._take_place(connection, known, actor, now)
        return _saved(connection, known, done, act, _By(actor, now))

    @staticmethod
    def _take_place(connection: Connection, known: Setting, actor: Actor, now: int) -> None:
        for other in prescribing.settings(connection, known.resident):
            if other.id != known.id and _stands(other.paper, now):
                ended, superseded = prescriptions.supersede(other.paper, actor, known.id, now)
                _saved(connection, other, ended, superseded, _By(actor, now, known.id))


def _stands(paper: Paper, now: int) -> bool:
    return state(paper, now) in STANDING and in_force(paper.since, paper.until, now)


def _same(connection: Connection, made: Prescribed) -> list[Prescribed]:
    """Return the other papers of a resident that are about the same."""
    known = prescribing.limits(connection, made.resident)
    return [each for each in known if _about(each, made.limit) and each.id != made.id]


def _stay(connection: Connection, never: Prescribed) -> None:
    """Let what `never` was to take the place of stay: until its own end, or until what comes after `never`."""
    after, at = never.paper.followed_by, never.paper.until
    for other in _same(connection, never):
        if other.paper.followed_by == never.id:
            paper = prescriptions.unfollow(other.paper)
            if after is not None and at is not None:
                paper = prescriptions.follow(paper, after, at)
            prescribing.save_limit(connection, other.id, paper)


def _once(found: Iterable[Later]) -> tuple[Later, ...]:
    """Keep the earliest of each."""
    first: dict[Loosening, Later] = {}
    for each in found:
        first.setdefault(each.loosening, each)
    return tuple(first.values())


def _find(connection: Connection, paper: str) -> Prescribed | Setting:
    found = prescribing.limit(connection, paper) or prescribing.setting(connection, paper)
    if found is None:
        raise _unknown(paper)
    return found


def _unknown(paper: str) -> PrescriptionError:
    return PrescriptionError(Fault.UNKNOWN, f"prescription {paper[:64]!r} is unknown")


def _saved(connection: Connection, known: _Known, paper: Paper, act: Act, by: _By) -> _Known:
    """Write what became of a paper and who did it, and return it as it is then."""
    if isinstance(known, Prescribed):
        prescribing.save_limit(connection, known.id, paper)
    else:
        prescribing.save_setting(connection, known.id, paper)
    _note(connection, known, act, by)
    return replace(known, paper=paper)


def _note(connection: Connection, known: Prescribed | Setting, act: Act, by: _By) -> None:
    """Write one more row of a paper's history, and the same for whoever reads who did what."""
    author = by.actor.username
    prescribing.add_step(connection, known.id, by.now, act, author, by.reason)
    action = f"{act.value.replace('_', ' ')} {'limit' if isinstance(known, Prescribed) else 'settings'}"
    records.audit(connection, AuditEntry(by.now, author, action, f"{known.resident}/{known.id}", by.reason))
