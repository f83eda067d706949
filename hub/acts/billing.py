"""Which acts could be billed by whom, at which dated tariff, and why the others could not. Pure; nothing is ever claimed.

A line is a proposal for who bills with their own software. It exists only when everything that it needs is known; what is not known
is a reason against it, never a guess:

* a téléconsultation is the physician's who took the resident in charge. One that was reoriented, became an emergency, did not take
  place or has no outcome yet gives none (convention; owner's rule for the reoriented);
* a télé-expertise that was answered in time is the expert's, and its question is the asker's; what is paid only so often in a year
  (`yearly` of `tariffs.toml`) is counted over all of the year, whatever period is asked for. What was billed elsewhere is not known;
* whoever is beside the resident bills only as a liberal nurse, and which of three acts it is they have said themselves;
* a salaried professional bills nothing, nor does a physician whose téléconsultations are in the home's global fund;
* téléassistance, régulation and télésurveillance are not billed from here: no act is known for the first two, and the third is for
  CE-marked devices, which this is not.

    TariffError     the file of tariffs is wrong
"""

from __future__ import annotations

import csv
import enum
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from devices.clock import SECOND
from devices.errors import VeilleuseError
from hub.acts.activity import Story
from hub.acts.activity_file import MARK, plain
from hub.acts.machines import consultation, expertise
from hub.acts.model import DAY, Kind, Step

DEFAULT: Final = Path(__file__).with_name("tariffs.toml")
EXPERT, ASKER = "TE2", "RQD"
CONSULTATIONS: Final = frozenset({"TCG", "TC", "TCS"})
BESIDE: Final = frozenset({"TLS", "TLL", "TLD"})
"What a liberal nurse beside the resident may have chosen."


class TariffError(VeilleuseError):
    """The file of tariffs cannot be used; the text names row and violation."""


class Sure(enum.StrEnum):
    """How sure a fact is."""

    OFFICIAL = "official"
    SECONDARY = "secondary"
    MEMORY = "memory"


class Why(enum.StrEnum):
    """Why there is no line."""

    NOT_HELD = "not_held"
    UNFINISHED = "unfinished"
    REORIENTED = "reoriented"
    EMERGENCY = "emergency"
    NOT_ANSWERED = "not_answered"
    LATE = "late"
    MAXIMUM = "maximum"
    SALARIED = "salaried"
    GLOBAL_FUND = "global_fund"
    STATUS_UNKNOWN = "status_unknown"
    CODE_UNKNOWN = "code_unknown"
    NO_TARIFF = "no_tariff"
    NO_ACT = "no_act"


class Status(enum.StrEnum):
    """How a professional is paid."""

    LIBERAL = "liberal"
    SALARIED = "salaried"
    GLOBAL_FUND = "global_fund"
    "Liberal, but what they do in this home is in its global fund."


class Tariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the file."""

    code: str
    label: str
    since: date
    source: str
    sure: Sure
    until: date | None = None
    "Excluded."
    cents: int | None = None
    drom: int | None = None


class Of(enum.StrEnum):
    """For whom together an act is paid only so often."""

    RESIDENT = "resident"
    "Whoever bills it."
    RESIDENT_AND_BILLER = "resident_and_biller"


class Yearly(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often an act is paid in a calendar year."""

    code: str
    maximum: int
    of: Of
    source: str
    sure: Sure


class Tariffs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    tariff: tuple[Tariff, ...]
    answer_days: int
    yearly: tuple[Yearly, ...] = ()

    def limit(self, code: str) -> Yearly | None:
        """Return how often an act is paid in a year; `None` for one without a maximum."""
        return next((row for row in self.yearly if row.code == code), None)

    def of(self, code: str, day: date) -> Tariff | None:
        """Return what an act was worth on a day."""
        for row in self.tariff:
            if row.code == code and row.since <= day and (row.until is None or day < row.until):
                return row
        return None


class Biller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a home has said of a professional (`[billing.people.NAME]` of hub.toml)."""

    status: Status
    consultation: str = ""
    "Act of their téléconsultations: `TCG`, `TC` or `TCS`."
    beside: str = ""
    "Act of a liberal nurse beside the resident: `TLS`, `TLL` or `TLD`."


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that decides over a line."""

    tariffs: Tariffs
    people: Mapping[str, Biller]
    zone: ZoneInfo
    overseas: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Something that somebody could bill."""

    act: str
    kind: Kind
    resident: str
    biller: str
    "Account."
    time: int
    tariff: Tariff
    cents: int | None
    "`None`: follows from what the hub does not know."


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that nobody may bill, and why."""

    act: str
    kind: Kind
    resident: str
    biller: str
    "Empty where nobody could have."
    time: int
    why: Why


@dataclass(frozen=True, slots=True)
class Year:
    """How far an act that is paid only so often was proposed in one calendar year, up to the end of the period."""

    limit: Yearly
    year: int
    lines: int
    residents: int
    full: int
    "Of those residents, with whom another one would be beyond the maximum."


@dataclass(frozen=True, slots=True)
class Bill:
    """A period's lines, oldest first."""

    lines: tuple[Line, ...]
    refusals: tuple[Refusal, ...]
    years: tuple[Year, ...] = ()
    "Of acts with a maximum of which anything was proposed."


_Key = tuple[str, int, str, str]
"Act, year, resident, and who bills it where that matters."


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who might bill what, and when; `why` when the act itself forbids it."""

    biller: str
    code: str
    time: int
    why: Why | None = None


def parse(text: str, name: str) -> Tariffs:
    """Read a file of tariffs.

    Raises:
        TariffError: it is no TOML, a field is missing or unknown, an amount or a date cannot be, two rows of a code overlap.
    """
    try:
        found = msgspec.toml.decode(text, type=Tariffs)
    except msgspec.DecodeError as error:
        raise TariffError(f"{name}: {error}") from error
    if not 0 < found.answer_days <= 366:
        raise TariffError(f"{name}: answer_days is {found.answer_days}, expected 1 to 366")
    for limit in found.yearly:
        if not 0 < limit.maximum <= 366 or not limit.source:
            raise TariffError(f"{name}: yearly maximum of {limit.code} is not 1 to 366, or from nowhere")
    if len({limit.code for limit in found.yearly}) < len(found.yearly):
        raise TariffError(f"{name}: an act has two yearly maxima")
    for place, row in enumerate(found.tariff):
        where = f"{name}: {row.code} of {row.since}"
        if row.until is not None and row.until <= row.since:
            raise TariffError(f"{where} ends before it begins")
        if not row.source:
            raise TariffError(f"{where} does not say where it is from")
        if any(amount is not None and amount < 0 for amount in (row.cents, row.drom)):
            raise TariffError(f"{where} is worth less than nothing")
        if any(_overlap(row, other) for other in found.tariff[:place]):
            raise TariffError(f"{where} overlaps with another row")
    return found


def _overlap(a: Tariff, b: Tariff) -> bool:
    if a.code != b.code:
        return False
    return (a.until is None or b.since < a.until) and (b.until is None or a.since < b.until)


def year_of(time: int, zone: ZoneInfo) -> int:
    """Return the calendar year of a time, by the clock on the wall."""
    return datetime.fromtimestamp(time // SECOND, zone).year


def bill(stories: Iterable[Story], terms: Terms, since: int, until: int) -> Bill:
    """Decide over every act of a period.

    Args:
        stories: the acts to which something happened since the year began in which the period does, so that what is
            counted by the year is whole.
        terms: tariffs, and what is known of people.
        since: beginning of the period, microseconds UTC.
        until: its end, excluded.
    """
    found = [(claim, story) for story in stories for claim in _claims(story, terms) if claim.time < until]
    used: Counter[_Key] = Counter()
    lines: list[Line] = []
    refusals: list[Refusal] = []
    for claim, story in sorted(found, key=lambda each: (each[0].time, each[1].act.id, each[0].code)):
        decided = _decide(claim, story, terms, used)
        if claim.time < since:
            continue
        act = story.act
        if isinstance(decided, Why):
            refusals.append(Refusal(act.id, act.kind, act.resident, claim.biller, claim.time, decided))
        else:
            cents = decided.drom if terms.overseas and decided.drom is not None else decided.cents
            lines.append(Line(act.id, act.kind, act.resident, claim.biller, claim.time, decided, cents))
    return Bill(tuple(lines), tuple(refusals), tuple(_years(terms.tariffs, used)))


def _decide(claim: _Claim, story: Story, terms: Terms, used: Counter[_Key]) -> Tariff | Why:
    if claim.why is not None:
        return claim.why
    forbidden = _person(terms.people.get(claim.biller), claim.code)
    if forbidden is not None:
        return forbidden
    tariff = terms.tariffs.of(claim.code, datetime.fromtimestamp(claim.time // SECOND, terms.zone).date())
    if tariff is None:
        return Why.NO_TARIFF
    limit = terms.tariffs.limit(claim.code)
    if limit is not None:
        biller = claim.biller if limit.of is Of.RESIDENT_AND_BILLER else ""
        key = (claim.code, year_of(claim.time, terms.zone), story.act.resident, biller)
        if used[key] >= limit.maximum:
            return Why.MAXIMUM
        used[key] += 1
    return tariff


def _years(tariffs: Tariffs, used: Counter[_Key]) -> Iterator[Year]:
    for limit in tariffs.yearly:
        for year in sorted({key[1] for key in used if key[0] == limit.code}):
            found = {key: count for key, count in used.items() if key[:2] == (limit.code, year)}
            full = {key[2] for key, count in found.items() if count >= limit.maximum}
            residents = {key[2] for key in found}
            yield Year(limit, year, sum(found.values()), len(residents), len(full))


def _person(biller: Biller | None, code: str) -> Why | None:
    if biller is None:
        return Why.STATUS_UNKNOWN
    if biller.status is Status.SALARIED:
        return Why.SALARIED
    if biller.status is Status.GLOBAL_FUND:
        return Why.GLOBAL_FUND
    return None if code else Why.CODE_UNKNOWN


def _claims(story: Story, terms: Terms) -> Iterator[_Claim]:
    if story.act.kind is Kind.CONSULTATION:
        yield from _of_consultation(story, terms.people)
    elif story.act.kind is Kind.EXPERTISE:
        yield from _of_expertise(story, terms.tariffs.answer_days * DAY)
    else:
        yield _Claim("", "", story.act.opened, Why.NO_ACT)


def _of_consultation(story: Story, people: Mapping[str, Biller]) -> Iterator[_Claim]:
    begun = _last(story, consultation.Event.BEGIN)
    if begun is None:
        # One that has not begun, and still may, is nobody's concern yet.
        over = story.act.state in consultation.FINAL
        reoriented = story.act.state == consultation.State.REORIENTED
        why = Why.REORIENTED if reoriented else Why.NOT_HELD if over else Why.UNFINISHED
        yield _Claim("", "", story.act.opened, why)
        return
    why_not = _outcome(story)
    taken = _last(story, consultation.Event.TAKE_IN_CHARGE)
    physician = begun.author if taken is None else taken.author
    biller = people.get(physician)
    yield _Claim(physician, "" if biller is None else biller.consultation, begun.time, why_not)
    admitted = _last(story, consultation.Event.ADMIT)
    if admitted is not None and why_not is None:
        nurse = people.get(admitted.author)
        yield _Claim(admitted.author, "" if nurse is None else nurse.beside, begun.time)


def _outcome(story: Story) -> Why | None:
    state = story.act.state
    if state == consultation.State.IN_CHARGE:
        return None
    known = {consultation.State.REORIENTED: Why.REORIENTED, consultation.State.EMERGENCY: Why.EMERGENCY}
    return next((why for each, why in known.items() if each == state), Why.UNFINISHED)


def _of_expertise(story: Story, patience: int) -> Iterator[_Claim]:
    sent, answered = _last(story, expertise.Event.SEND), _last(story, expertise.Event.ANSWER)
    if sent is None:
        yield _Claim("", "", story.act.opened, Why.UNFINISHED)
        return
    if answered is None:
        waits = story.act.state in expertise.WAITING
        yield _Claim("", "", sent.time, Why.UNFINISHED if waits else Why.NOT_ANSWERED)
        return
    late = Why.LATE if answered.time - sent.time > patience else None
    yield _Claim(answered.author, EXPERT, answered.time, late)
    yield _Claim(sent.author, ASKER, answered.time, late)


def _last(story: Story, event: str) -> Step | None:
    return next((step for step in reversed(story.steps) if step.event == event), None)


# ---- the file ----

HEAD: Final = (
    "Jour", "Heure", "Acte", "Résident", "Professionnel", "Code", "Libellé", "Montant (€)", "Source", "Sûreté",
)  # fmt: skip
NO_CLAIM: Final = (
    "Proposition de lignes : rien n'est transmis à l'assurance maladie. Vérifiez chaque tarif à sa date."
)
SURE: Final[Mapping[Sure, str]] = {
    Sure.OFFICIAL: "texte officiel", Sure.SECONDARY: "source secondaire", Sure.MEMORY: "de mémoire : à vérifier",
}  # fmt: skip


def write(lines: Sequence[Line], names: Mapping[str, str], zone: ZoneInfo) -> str:
    """Return lines as a file for the desk: it names residents, and stays in the home.

    Args:
        lines: what could be billed.
        names: of residents and accounts, by id.
        zone: of the clock on the wall.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow((NO_CLAIM,))
    writer.writerow(HEAD)
    for line in lines:
        at = datetime.fromtimestamp(line.time // SECOND, zone)
        amount = "" if line.cents is None else f"{line.cents / 100:.2f}".replace(".", ",")
        people = [plain(names.get(each, each)) for each in (line.resident, line.biller)]
        said = (line.tariff.code, line.tariff.label, amount, line.tariff.source, SURE[line.tariff.sure])
        writer.writerow((f"{at:%d/%m/%Y}", f"{at:%H:%M}", line.act, *people, *said))
    return MARK + out.getvalue()
