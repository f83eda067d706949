"""What happened in a demo region's homes: acts and alarms as a list of deeds in time, drawn from a seed. No store, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec
import numpy as np

from devices.clock import SECOND
from devices.limits import Priority
from hub.acts.fields import Fields
from hub.acts.model import DAY, Actor, Kind, Role
from hub.alerting.load import Period
from hub.alerting.model import Code

_T = TypeVar("_T")
MINUTE: Final = 60 * SECOND
HOUR: Final = 3600 * SECOND
NURSE: Final = Actor("infirmiere", Role.NURSE)
PHYSICIAN: Final = Actor("medecin", Role.PHYSICIAN)
EXPERT: Final = Actor("specialiste", Role.PHYSICIAN)
_CONSENT: Final[Fields] = {"consent": "oral", "consent_by": "le résident"}
_ADMITTED: Final[Fields] = {
    **_CONSENT,
    "identity_checked": True,
    "accompanied_by": "Inès Carvalho",
    "private_place": True,
    "able_to_talk": True,
    "touch_needed": False,
}
_TOPICS: Final = ("dermatology", "psychiatry", "cardiology", "behaviour")


class Invented(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One home of `region.toml`."""

    name: str
    folder: str
    residents: int
    consultations: tuple[int, int]
    "Held, and of how many residents."
    reoriented: tuple[str, ...]
    emergencies: int
    declined: int
    cancelled: int
    missed: int
    expertises: int
    unanswered: int
    assistances: int
    stayed: int
    transferred: int
    surveillances: int
    alarms: float
    "For each resident and day."


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names to choose from."""

    family: tuple[str, ...]
    given: tuple[str, ...]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people say."""

    consultation: tuple[str, ...]
    conclusion: tuple[str, ...]
    question: tuple[str, ...]
    assistance: tuple[str, ...]
    regulation: tuple[str, ...]
    surveillance: tuple[str, ...]


class InventedRegion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`region.toml`."""

    months: int
    seed: int
    home: tuple[Invented, ...]
    people: People
    words: Words


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who lives in the home."""

    id: str
    room: str
    family_name: str
    given_name: str
    birth_year: int


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that somebody does to an act; the first of an act opens it."""

    time: int
    act: str
    event: str
    actor: Actor
    reason: str = ""
    fields: Fields = field(default_factory=dict)
    kind: Kind | None = None
    "Of the act that is opened."
    resident: str = ""
    from_act: str | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something rings, is answered, and is over."""

    time: int
    resident: str
    room: str
    code: Code
    priority: Priority
    metric: str | None
    value: float | None
    answered: int | None
    cleared: int | None
    "`None` for something that happened at an instant."


class Story:
    """Makes a home's deeds; the same seed makes the same."""

    def __init__(self, home: Invented, region: InventedRegion, period: Period, number: int) -> None:
        self._home = home
        self._people = region.people
        self._words = region.words
        self._period = period
        self._random = np.random.default_rng([region.seed, number])
        self._count = 0

    def residents(self) -> list[str]:
        """Return the ids of who lives in the home."""
        return [f"r{number}" for number in range(1, self._home.residents + 1)]

    def people(self) -> list[Person]:
        """Return who lives in the home."""
        family = self._random.permutation(len(self._people.family)).tolist()
        return [
            Person(
                resident,
                resident.removeprefix("r"),
                self._people.family[family[place]],
                self._one(self._people.given),
                self._between(1927, 1946),
            )
            for place, resident in enumerate(self.residents())
        ]

    def deeds(self) -> list[Deed]:
        """Return everything that people did, in time."""
        made = [
            *self._consultations(),
            *self._not_held(),
            *self._expertises(),
            *self._assistances(),
            *self._regulations(),
            *self._surveillances(),
        ]
        return sorted(made, key=lambda deed: deed.time)

    def alarms(self) -> Iterator[Alarm]:
        """Return what rang, in time."""
        days = (self._period.until - self._period.since) // DAY
        for day in range(days):
            rung = int(self._random.poisson(self._home.alarms * self._home.residents))
            since = self._period.since + day * DAY
            times = np.sort(self._random.integers(0, DAY - HOUR, rung))
            for time in times.tolist():
                yield self._alarm(since + int(time))

    # ---- acts ----

    def _consultations(self) -> Iterator[Deed]:
        held, seen = self._home.consultations
        people = self._some(seen)
        chosen = [*people, *(self._one(people) for _ in range(held - seen))]
        special: list[str | None] = [*self._home.reoriented, *["15"] * self._home.emergencies]
        ends = [*special, *[None] * (held - len(special))]
        order = self._random.permutation(held).tolist()
        for resident, place in zip(chosen, order, strict=True):
            yield from self._consultation(resident, ends[place])

    def _consultation(self, resident: str, end: str | None) -> Iterator[Deed]:
        begun = self._workday()
        act, planned = self._name(), self._random.random() < 0.6
        asked = begun - (self._between(DAY, 4 * DAY) if planned else self._between(8 * MINUTE, 50 * MINUTE))
        asked = max(asked, self._period.since + MINUTE)
        yield self._opens(asked, act, Kind.CONSULTATION, resident, self._one(self._words.consultation))
        if planned and begun - asked > 2 * HOUR:
            at = {"at": begun - self._between(0, 15 * MINUTE)}
            yield Deed(asked + MINUTE, act, "plan", NURSE, fields=at)
        yield Deed(begun - 4 * MINUTE, act, "admit", NURSE, fields=_ADMITTED)
        yield Deed(begun, act, "begin", PHYSICIAN)
        time = begun + self._between(5 * MINUTE, 10 * MINUTE)
        yield Deed(time, act, "note", NURSE, fields={"finding": "Examen fait avec l'infirmière"})
        if self._random.random() < 0.12:
            yield Deed(time + MINUTE, act, "interrupt", PHYSICIAN, fields={"incident": "image figée"})
            yield Deed(time + 3 * MINUTE, act, "resume", PHYSICIAN)
        over = time + self._between(5 * MINUTE, 15 * MINUTE)
        if end == "15":
            yield from self._regulation(over, resident, transferred=True, from_act=act)
            return
        yield Deed(over, act, "finish", PHYSICIAN)
        words = {"conclusion": self._one(self._words.conclusion)}
        if end is None:
            yield Deed(over + 2 * MINUTE, act, "take_in_charge", PHYSICIAN, fields=words)
        else:
            said = {"reoriented_to": end}
            yield Deed(
                over + 2 * MINUTE, act, "reorient", PHYSICIAN, "Examen clinique nécessaire", {**said, **words}
            )

    def _not_held(self) -> Iterator[Deed]:
        home = self._home
        for event, count in (("decline", home.declined), ("cancel", home.cancelled), ("miss", home.missed)):
            for _ in range(count):
                act, asked = self._name(), self._workday()
                yield self._opens(
                    asked, act, Kind.CONSULTATION, self._anybody(), self._one(self._words.consultation)
                )
                yield Deed(asked + MINUTE, act, "plan", NURSE, fields={"at": asked + DAY})
                # What is missed is missed by itself, four hours after its time.
                if event == "decline":
                    yield Deed(
                        asked + HOUR, act, event, NURSE, "Ne le souhaite pas", {"declined_by": "resident"}
                    )
                elif event == "cancel":
                    yield Deed(asked + 3 * HOUR, act, event, NURSE, "Vu en visite entre-temps")

    def _expertises(self) -> Iterator[Deed]:
        for number in range(self._home.expertises + self._home.unanswered):
            act, sent = self._name(), self._workday(before=9)
            question = self._one(self._words.question)
            yield self._opens(sent - 10 * MINUTE, act, Kind.EXPERTISE, self._anybody(), question)
            fields = {
                **_CONSENT,
                "to": EXPERT.username,
                "topic": self._one(_TOPICS),
                "urgency": "within_24h",
                "question": question,
            }
            yield Deed(sent, act, "send", NURSE, fields=fields)
            if number >= self._home.expertises:
                continue
            yield Deed(sent + self._between(20 * MINUTE, 3 * HOUR), act, "accept", EXPERT)
            answered = sent + self._between(4 * HOUR, 40 * HOUR)
            said = {
                "diagnosis": "Lésion bénigne probable",
                "confidence": "medium",
                "recommendation": "Traitement local, photo dans 10 jours",
                "advised": "care_on_site",
            }
            yield Deed(answered, act, "answer", EXPERT, fields=said)
            yield Deed(answered + self._between(HOUR, 10 * HOUR), act, "close", NURSE)

    def _assistances(self) -> Iterator[Deed]:
        for _ in range(self._home.assistances):
            act, asked = self._name(), self._workday()
            yield self._opens(asked, act, Kind.ASSISTANCE, self._anybody(), self._one(self._words.assistance))
            begun = asked + self._between(2 * MINUTE, 14 * MINUTE)
            yield Deed(begun, act, "begin", PHYSICIAN, fields=_CONSENT)
            yield Deed(begun + 6 * MINUTE, act, "note", NURSE, fields={"finding": "Geste bien supporté"})
            done = {"outcome": "done", "conclusion": "Geste fait, surveillance habituelle"}
            yield Deed(begun + 12 * MINUTE, act, "finish", PHYSICIAN, fields=done)

    def _regulations(self) -> Iterator[Deed]:
        for number in range(self._home.stayed + self._home.transferred):
            # The SAMU is called at any hour, and on any day.
            time = self._between(self._period.since, self._period.until - 2 * DAY)
            yield from self._regulation(time, self._anybody(), transferred=number >= self._home.stayed)

    def _regulation(
        self, time: int, resident: str, *, transferred: bool, from_act: str | None = None
    ) -> Iterator[Deed]:
        act = self._name()
        yield self._opens(
            time, act, Kind.REGULATION, resident, self._one(self._words.regulation), from_act=from_act
        )
        called = time + self._between(MINUTE, 4 * MINUTE)
        yield Deed(called, act, "call_made", NURSE, fields={"number": "15", "reached": "régulateur"})
        decided = called + self._between(3 * MINUTE, 14 * MINUTE)
        said = {
            "decision": "ambulance" if transferred else "advice",
            "decided_by": "Dr Faure, SAMU",
            "read_back": True,
        }
        yield Deed(decided, act, "decide", NURSE, fields=said)
        end = decided + self._between(10 * MINUTE, 50 * MINUTE)
        if transferred:
            gone = {"destination": "Urgences du centre hospitalier", "family_told": True}
            yield Deed(end, act, "transfer", NURSE, fields=gone)
        else:
            yield Deed(
                end, act, "stay", NURSE, fields={"plan": "Constantes toutes les 2 h, rappel si besoin"}
            )

    def _surveillances(self) -> Iterator[Deed]:
        for resident in self._some(self._home.surveillances):
            act, asked = self._name(), self._workday(before=40)
            reason = self._one(self._words.surveillance)
            yield self._opens(asked, act, Kind.SURVEILLANCE, resident, reason)
            signed = {
                "parameters": ["spo2", "pulse_rate"],
                "frequency": "several_daily",
                "until": asked + 180 * DAY,
                "review_days": 30,
            }
            yield Deed(asked + HOUR, act, "sign", PHYSICIAN, reason, signed)
            told = {**_CONSENT, "emergency_told": True}
            yield Deed(asked + 3 * HOUR, act, "agree", NURSE, fields=told)
            yield Deed(asked + 4 * HOUR, act, "begin", NURSE)
            yield Deed(asked + 32 * DAY, act, "review", PHYSICIAN, fields={"findings": "Stable"})

    # ---- alarms ----

    def _alarm(self, time: int) -> Alarm:
        resident = self._anybody()
        room = resident.removeprefix("r")
        draw = self._random.random()
        wait = int(self._random.exponential(4 * MINUTE)) + 20 * SECOND
        lasting = int(self._random.exponential(9 * MINUTE)) + 30 * SECOND
        if draw < 0.62:
            metric, code, value = self._one(
                (
                    ("spo2", Code.LIMIT_LOW, 86.0),
                    ("pulse_rate", Code.LIMIT_HIGH, 128.0),
                    ("systolic", Code.LIMIT_HIGH, 188.0),
                )
            )
            priority = Priority.HIGH if metric == "spo2" else Priority.MEDIUM
            cleared = time + lasting
            return Alarm(time, resident, room, code, priority, metric, value, time + wait, cleared)
        if draw < 0.85:
            code = self._one((Code.NURSE_CALL, Code.NURSE_CALL, Code.BED_EXIT, Code.FALL))
            return Alarm(time, resident, room, code, Priority.MEDIUM, None, None, time + wait, None)
        cleared = time + lasting
        return Alarm(time, resident, room, Code.SENSOR_SILENT, Priority.LOW, None, None, None, cleared)

    # ---- parts ----

    def _opens(
        self, time: int, act: str, kind: Kind, resident: str, reason: str, from_act: str | None = None
    ) -> Deed:
        return Deed(time, act, "", NURSE, reason, kind=kind, resident=resident, from_act=from_act)

    def _name(self) -> str:
        self._count += 1
        return f"{self._home.folder}-{self._count}"

    def _workday(self, *, before: int = 5) -> int:
        """Return a time of a working day, so many days before the period is over at the latest."""
        while True:
            time = self._between(self._period.since, self._period.until - before * DAY)
            local = self._period.local(time)
            if local.weekday() < 5 and 9 <= local.hour < 17:
                return time

    def _between(self, low: int, high: int) -> int:
        return int(self._random.integers(low, high + 1))

    def _anybody(self) -> str:
        return self._one(self.residents())

    def _some(self, count: int) -> list[str]:
        people = self.residents()
        return [people[place] for place in self._random.choice(len(people), count, replace=False).tolist()]

    def _one(self, among: Sequence[_T]) -> _T:
        return among[int(self._random.integers(len(among)))]
