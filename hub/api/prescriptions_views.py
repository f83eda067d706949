"""Turns papers into what crosses HTTP, for the account that asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from devices.limits import Limit
from devices.nomenclature import METRICS
from hub.alerting.prescriptions import DAY, LONGEST, METRICS_WITH_LIMITS, SIGNERS, WAITING, Status, state
from hub.alerting.rules.model import RuleSet
from hub.api.prescriptions_models import (
    InForceView,
    LimitValues,
    LooseningView,
    PaperStepView,
    PersonRef,
    PrescriptionView,
    PreviewView,
    ProfileView,
    RangeView,
    ResidentLimitsView,
    SettingsView,
    WaitingView,
)
from hub.api.security import Account
from hub.api.services import Services
from hub.prescribing import Judgement, Later, Wanted, judge, judge_end, judge_settings
from hub.standing import Papers, Standing, in_force, read_papers, slot
from hub.store import prescribing, records
from hub.store.prescribing import PaperStep, Prescribed, Setting, Settings

_Paper = Prescribed | Setting


@dataclass(frozen=True, slots=True)
class _Known:
    """What views are made from, read in one transaction."""

    now: int
    papers: Papers
    steps: Mapping[str, list[PaperStep]]
    names: Mapping[str, str]

    def person(self, username: str) -> PersonRef:
        return PersonRef(username=username, name=self.names.get(username, username))

    def maybe(self, username: str | None) -> PersonRef | None:
        return None if username is None else self.person(username)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads papers for one account."""

    services: Services
    ruleset: RuleSet
    account: Account

    def waiting(self) -> list[WaitingView]:
        """Return what waits for a signature, the oldest first."""
        with self.services.database.read() as connection:
            now = self.services.clock.utc()
            papers = read_papers(connection, now)
            found = [each for each in papers.papers() if _waits(each, now)]
            known = self._known(connection, papers, found)
            people = records.residents(connection)
        rooms = {who: each.room for who, each in self.services.live.ward.roll.inhabitants.items()}
        found.sort(key=lambda each: (each.paper.proposed, each.id))
        return [
            WaitingView(
                family_name=people[each.resident].family_name,
                given_name=people[each.resident].given_name,
                room=rooms.get(each.resident, ""),
                paper=self._view(each, known),
            )
            for each in found
        ]

    def resident(self, resident: str) -> ResidentLimitsView:
        """Return everything about one resident's limits."""
        with self.services.database.read() as connection:
            now = self.services.clock.utc()
            papers = read_papers(connection, now)
            own = [each for each in papers.papers() if each.resident == resident]
            known = self._known(connection, papers, own)
        standing = papers.standing(self.ruleset, resident, now)
        views = {each.id: self._view(each, known) for each in own}
        newest = sorted(own, key=lambda each: (each.paper.proposed, each.id), reverse=True)
        chosen = next(
            (
                each
                for each in newest
                if isinstance(each, Setting) and in_force(each.paper.since, each.paper.until, now)
            ),
            None,
        )
        return ResidentLimitsView(
            resident=resident,
            now=now,
            settings=self._settings(standing.settings),
            settings_paper=None if chosen is None else views[chosen.id],
            in_force=_in_force(standing),
            expired=[views[each.id] for each in standing.expired],
            papers=[views[each.id] for each in newest],
            profiles=[
                ProfileView(name=name, title=each.title, limits=limit_views(each.limits))
                for name, each in self.ruleset.profiles.items()
            ],
            ranges=_ranges(),
            longest_days=LONGEST // DAY,
        )

    def paper(self, paper: _Paper) -> PrescriptionView:
        """Return one paper."""
        with self.services.database.read() as connection:
            papers = read_papers(connection, self.services.clock.utc())
            known = self._known(connection, papers, [paper])
        return self._view(paper, known)

    def _known(self, connection: Connection, papers: Papers, found: Iterable[_Paper]) -> _Known:
        steps = prescribing.steps(connection, [each.id for each in found])
        names = {user.username: user.display_name for user in self.services.accounts.users()}
        return _Known(self.services.clock.utc(), papers, steps, names)

    def _settings(self, settings: Settings) -> SettingsView:
        return SettingsView(**asdict(settings), title=self.ruleset.profile(settings.profile).title)

    def _view(self, each: _Paper, known: _Known) -> PrescriptionView:
        paper, now = each.paper, known.now
        standing = state(paper, now)
        first = paper.ended_by if standing is Status.LEAVING else paper.author
        mine = {first} if standing is Status.LEAVING else {paper.proposed_by, paper.author}
        waits, who = standing in WAITING, self.account.username
        signer = self.account.role.value in SIGNERS
        return PrescriptionView(
            id=each.id,
            resident=each.resident,
            status=standing.value,
            limit=limit_views([each.limit])[0] if isinstance(each, Prescribed) else None,
            settings=self._settings(each.settings) if isinstance(each, Setting) else None,
            reason=paper.reason,
            proposed_by=known.person(paper.proposed_by),
            proposed=paper.proposed,
            author=known.maybe(paper.author),
            signed=paper.signed,
            second_author=known.maybe(paper.second_author),
            second_signed=paper.second_signed,
            begin=paper.begin,
            since=paper.since,
            until=paper.until,
            end=paper.end,
            review=paper.review,
            review_due=paper.review is not None
            and now >= paper.review
            and in_force(paper.since, paper.until, now),
            ended_by=known.maybe(paper.ended_by),
            ended_reason=paper.ended_reason,
            settled=paper.settled,
            loosens=_loosenings(self._loosens(each, known)) if waits else [],
            may_sign=waits and signer and (standing is Status.DRAFT or first != who),
            may_take_back=waits and who in mine,
            steps=[
                PaperStepView(
                    time=step.time, act=step.act.value, author=known.person(step.author), reason=step.reason
                )
                for step in known.steps.get(each.id, ())
            ],
        )

    def _loosens(self, each: _Paper, known: _Known) -> tuple[Later, ...]:
        standing = known.papers.standing(self.ruleset, each.resident, known.now)
        if isinstance(each, Setting):
            return judge_settings(self.ruleset, standing, each.settings, known.now).loosens
        if state(each.paper, known.now) is Status.LEAVING:
            return judge_end(self.ruleset, standing, each.id, known.now).loosens
        wanted = Wanted(each.resident, each.limit, each.paper.end, each.paper.begin)
        return judge(self.ruleset, known.papers, wanted, known.now).loosens


def preview_view(found: Judgement) -> PreviewView:
    """Return what a change would come to."""
    return PreviewView(
        before=limit_views(found.before), after=limit_views(found.after), loosens=_loosenings(found.loosens)
    )


def limit_views(limits: Iterable[Limit]) -> list[LimitValues]:
    """Return limits."""
    return [
        LimitValues(
            id=each.id,
            metric=each.metric,
            priority=each.priority.value,
            low=each.low,
            high=each.high,
            delay=each.delay,
            hysteresis=each.hysteresis,
            gap=each.gap,
            area=each.area,
        )
        for each in limits
    ]


def _loosenings(found: Iterable[Later]) -> list[LooseningView]:
    return [
        LooseningView(
            metric=each.loosening.metric,
            side=each.loosening.side,
            way=each.loosening.way.value,
            before=each.loosening.before,
            after=each.loosening.after,
            since=each.since,
        )
        for each in found
    ]


def _in_force(standing: Standing) -> list[InForceView]:
    prescribed = {each.id for each in standing.prescribed}
    expired = {slot(each.limit): each.id for each in standing.expired}
    return [
        InForceView(
            limit=limit_views([limit])[0],
            prescription=limit.id if limit.id in prescribed else None,
            expired=None if limit.id in prescribed else expired.get(slot(limit)),
        )
        for limit in standing.limits
    ]


def _ranges() -> list[RangeView]:
    rows = [METRICS[name] for name in METRICS_WITH_LIMITS]
    return [
        RangeView(metric=row.name, unit=row.unit, lowest=row.plausible[0], highest=row.plausible[1])
        for row in rows
    ]


def _waits(each: _Paper, now: int) -> bool:
    return state(each.paper, now) in WAITING
