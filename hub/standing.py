"""What is in force for each resident at a time: limits, rules and settings, from papers and the home's rules.

The safe defaults of a resident's profile hold for whoever lives in the home, wherever no prescription says otherwise
(`hub.alerting.rules.effective`). Nobody has to be there when a prescription ends: the default is back at that instant,
and the paper stands in `expired` until somebody renews it or says that the default is fine.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from devices.limits import Limit, Priority
from hub.alerting.prescriptions import Status, state
from hub.alerting.rules.effective import Stretch, effective, over_time
from hub.alerting.rules.model import Person, Profile, RuleSet
from hub.store import prescribing, records
from hub.store.prescribing import Prescribed, Setting, Settings
from hub.store.records import Prescription

FOREVER = 1 << 62
"Later than any clock."
NO_RULES = RuleSet("none")
"Of a home without rules: what is prescribed is all there is."

Slot = tuple[str, Priority]
"What a prescription is about, (metric, priority): a new one takes the place of the one before."


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force for one resident."""

    resident: str
    profile: Profile
    settings: Settings
    limits: tuple[Limit, ...]
    "Prescribed ones first, then what is left of the profile's."
    prescribed: tuple[Prescribed, ...]
    "In force."
    expired: tuple[Prescribed, ...]
    "Over, and nobody has said what now."
    person: Person | None
    "`None` for who does not live here."

    def prescriptions(self) -> tuple[Prescription, ...]:
        """Return every limit in force with who is responsible for it: nobody for the profile's."""
        known = {each.id: each for each in self.prescribed}
        return tuple(
            _as_prescription(known[limit.id])
            if limit.id in known
            else Prescription(limit, self.resident, "", self.profile.title, 0)
            for limit in self.limits
        )


@dataclass(frozen=True, slots=True)
class Papers:
    """Every paper of a home, read once."""

    limits: tuple[Prescribed, ...]
    settings: tuple[Setting, ...]
    living: frozenset[str]
    "Who lives in the home."

    def papers(self) -> list[Prescribed | Setting]:
        """Return all of them."""
        found: list[Prescribed | Setting] = [*self.limits]
        return [*found, *self.settings]

    def standing(self, ruleset: RuleSet, resident: str, now: int) -> Standing:
        """Return what is in force for a resident."""
        return stand(
            ruleset,
            resident,
            [each for each in self.limits if each.resident == resident],
            [each for each in self.settings if each.resident == resident],
            now,
            here=resident in self.living,
        )

    def changes_at(self, now: int) -> int:
        """Return when the next paper begins or ends."""
        papers = (each.paper for each in self.papers())
        times = (time for paper in papers for time in (paper.since, paper.until, paper.end))
        return min((time for time in times if time is not None and time > now), default=FOREVER)


def read_papers(connection: Connection, now: int) -> Papers:
    """Read every paper, and who lives here at `now`."""
    living = (
        stay.resident
        for stay in records.stays(connection)
        if stay.since <= now and (stay.until is None or now < stay.until)
    )
    return Papers(
        tuple(prescribing.limits(connection)), tuple(prescribing.settings(connection)), frozenset(living)
    )


def standings(papers: Papers, ruleset: RuleSet, now: int) -> dict[str, Standing]:
    """Return what is in force for everybody who lives here, or for whom something is prescribed."""
    everybody = sorted(papers.living | {each.resident for each in papers.limits})
    limits: dict[str, list[Prescribed]] = {who: [] for who in everybody}
    settings: dict[str, list[Setting]] = {who: [] for who in everybody}
    for each in papers.limits:
        limits[each.resident].append(each)
    for setting in papers.settings:
        settings.setdefault(setting.resident, []).append(setting)
    return {
        who: stand(ruleset, who, limits[who], settings[who], now, here=who in papers.living)
        for who in everybody
    }


def stand(  # the papers of one resident are two lists
    ruleset: RuleSet,
    resident: str,
    limits: Sequence[Prescribed],
    settings: Sequence[Setting],
    now: int,
    *,
    here: bool,
) -> Standing:
    """Return what is in force for one resident, from their papers."""
    chosen = settings_at(settings, now)
    own = [each for each in limits if in_force(each.paper.since, each.paper.until, now)]
    prescribed = tuple(each.limit for each in own)
    profile = ruleset.profile(chosen.profile)
    if not here:
        return Standing(resident, profile, chosen, prescribed, tuple(own), (), None)
    found, rules = effective(ruleset, chosen.profile, prescribed)
    person = Person(rules, chosen.spo2_scale, chosen.on_oxygen, chosen.usual_score)
    return Standing(resident, profile, chosen, found, tuple(own), _expired(limits, now), person)


def settings_at(settings: Iterable[Setting], now: int) -> Settings:
    """Return the settings in force at a time; the usual ones before anybody chose."""
    known = [each for each in settings if each.paper.since is not None and each.paper.since <= now]
    held = [each for each in known if in_force(each.paper.since, each.paper.until, now)]
    if not held:
        return Settings()
    # Oxygen is what somebody saw last: a change of profile that was written before does not know better.
    seen = max(known, key=lambda each: each.paper.proposed).settings.on_oxygen
    return replace(max(held, key=lambda each: each.paper.since or 0).settings, on_oxygen=seen)


def slot(limit: Limit) -> Slot:
    """Return what a limit's prescription is about."""
    return limit.metric, limit.priority


def limits_between(
    connection: Connection, ruleset: RuleSet, resident: str, since: int, until: int
) -> list[Stretch]:
    """Return the limits that were in force in [since, until), by the rules of now and the papers of then."""
    stretches = [
        (each.limit, each.paper.since, FOREVER if each.paper.until is None else each.paper.until)
        for each in prescribing.limits(connection, resident)
        if each.paper.since is not None
    ]
    settings = prescribing.settings(connection, resident)
    marks = {time for each in settings for time in (each.paper.since, each.paper.until)}
    edges = sorted({since, until} | {time for time in marks if time is not None and since < time < until})
    return [
        stretch
        for start, end in itertools.pairwise(edges)
        for stretch in over_time(ruleset, settings_at(settings, start).profile, stretches, start, end)
    ]


def in_force(since: int | None, until: int | None, now: int) -> bool:
    """Tell whether [since, until) holds a time."""
    return since is not None and since <= now and (until is None or now < until)


def _expired(limits: Iterable[Prescribed], now: int) -> tuple[Prescribed, ...]:
    """Return what was in force until its end and has no successor, unless somebody said that this is fine."""
    newest: dict[Slot, Prescribed] = {}
    for each in limits:
        begun = each.paper.since
        if begun is None or begun > now:
            continue
        known = newest.get(slot(each.limit))
        if known is None or begun >= (known.paper.since or 0):
            newest[slot(each.limit)] = each
    return tuple(
        each
        for each in newest.values()
        if state(each.paper, now) is Status.EXPIRED and each.paper.settled is None
    )


def _as_prescription(each: Prescribed) -> Prescription:
    paper = each.paper
    author = paper.author or paper.proposed_by
    return Prescription(each.limit, each.resident, author, paper.reason, paper.since or 0, paper.until)
