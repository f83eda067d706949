"""NEWS2 of what is measured, set by set (sheet 01; the points themselves are `hub.alerting.news2`). Pure.

A set is the newest of each parameter that is not too old: `ScoreRule.within` for what sensors stream, `spot` for what
somebody takes. Of a stream one value in ten seconds is taken, and the median of the last minute's counts; a single value
counts as it is. Consciousness and added oxygen are what was last written down; where nobody did, added oxygen is what is
known of the resident.

The RCP gives no partial score. Here, with something missing, the sum of what is known is a lower bound (project rule of
sheet 01 part 2): it may raise an alert and never ends one. An alert ends when the score that is known asks for nobody any
more **and** every parameter that scored since it was raised has been measured again: silence is no reassurance.

A score must stand for `delay` seconds of measurement time, or of the hub's time where nothing more is measured (somebody
took one set by hand). When it climbs to the next priority that is another occurrence; when it falls back to the lower one
the alert stays what it was.
"""

from __future__ import annotations

import functools
from decimal import Decimal
from statistics import median
from typing import Literal

import msgspec

from devices.clock import SECOND
from devices.nomenclature import METRICS
from hub.alerting.news2 import PARAMETERS, Consciousness, Score, Vitals, score
from hub.alerting.rules.model import Person, ScoreRule
from hub.alerting.rules.sampling import SLOT, Outcome, slot_of

MEDIAN = 60 * SECOND
"Microseconds of a stream of which the median counts: a breathing rate is counted over a minute (sheet 01, from memory)."

PARAMETER_OF = {
    "respiration_rate": "respiration_rate",
    "spo2": "spo2",
    "on_oxygen": "on_oxygen",
    "systolic": "systolic",
    "pulse_rate": "pulse",
    "heart_rate": "pulse",
    "consciousness": "consciousness",
    "temperature": "temperature",
}
"The score's parameter of each metric. A pulse is a pulse, whether counted at the finger or at the heart."

_STREAMED = frozenset({"respiration_rate", "spo2", "pulse"})
_WRITTEN = frozenset({"on_oxygen", "consciousness"})
_ACVPU = tuple(Consciousness)
"By the number that `devices.nomenclature` gives it."

Level = Literal["", "medium", "high"]
_LEVELS: tuple[Level, ...] = ("", "medium", "high")


class Kept(msgspec.Struct, array_like=True):
    """A value that was taken."""

    time: int
    value: float


class ScoreMemory(msgspec.Struct, omit_defaults=True):
    """What is remembered; the form in which it lies on disk."""

    values: dict[str, list[Kept]] = {}
    "By parameter, oldest first; of the last minute."
    began: int = 0
    "Measurement time at which the level that was declared was reached."
    edge: str = ""
    "That sent the newest value."
    since: dict[str, tuple[int, int]] = {}
    "By level that is reached and not yet declared: (measurement time, hub time). `well` is the way back."
    level: Level = ""
    "That was declared."
    scored: list[str] = []
    "Parameters with points since it was."


class ScoreWatch:
    """One rule of one resident."""

    def __init__(self, rule: ScoreRule, memory: ScoreMemory, person: Person) -> None:
        self.rule = rule
        self.memory = memory
        self.person = person
        self._medians: dict[str, tuple[int, float]] = {}
        "Of what is remembered: (time of the newest value, median of its minute)."
        self._judged = False
        "Whether a score was asked for since: before, what is known of the resident may have changed."

    def take(self, metric: str, value: float, time: int, now: int) -> Outcome:
        """Take a value without doubt.

        Args:
            metric: one of `PARAMETER_OF`.
            value: the value.
            time: when it was measured.
            now: hub time.
        """
        parameter = PARAMETER_OF[metric]
        kept = self.memory.values.get(parameter, [])
        if kept and slot_of(time) <= slot_of(kept[-1].time):
            return Outcome.NOTHING
        least, most = METRICS[metric].plausible
        if not least <= value <= most:
            # Of no person: the edge calls such values implausible, another sender may not.
            return Outcome.NOTHING
        before = self._value(parameter, kept, self.newest) if kept else None
        recent = [each for each in kept if each.time > time - MEDIAN] if parameter in _STREAMED else []
        kept = self.memory.values[parameter] = [*recent, Kept(time, value)]
        calm = before is not None and not self.memory.since and not self.memory.level
        if calm and self._scores_alike(parameter, before, self._value(parameter, kept, time)):
            # The others can only have become too old meanwhile: a score that asked for nobody asks for nobody still.
            return Outcome.KEPT
        outcome = self._judge(now)
        return Outcome.KEPT if outcome is Outcome.NOTHING else outcome

    def tick(self, now: int) -> Outcome:
        """Let the hub's time pass while something has been reached: what was taken by hand has no later value."""
        return self._judge(now)

    def due(self, metric: str) -> int:
        """Return the time from which a value of a metric is taken."""
        kept = self.memory.values.get(PARAMETER_OF[metric])
        return (slot_of(kept[-1].time) + 1) * SLOT if kept else 0

    def forget(self, metric: str) -> None:
        """Drop what is remembered of a metric: the clock that gave its times went back since."""
        self.memory.values.pop(PARAMETER_OF[metric], None)
        self._medians.pop(PARAMETER_OF[metric], None)

    @property
    def newest(self) -> int:
        """Time of the newest value."""
        return max([kept[-1].time for kept in self.memory.values.values()])

    def score(self) -> Score:
        """Return what the set of now, that is of the newest value, scores."""
        known, time = self.memory.values, self.newest
        found = {name: self._value(name, kept, time) for name, kept in known.items()}
        if found.get("on_oxygen") is None:
            found["on_oxygen"] = self.person.on_oxygen
        return _scored(self.person.spo2_scale, *(found.get(name) for name in PARAMETERS))

    def level(self, found: Score) -> Level:
        """Return what a score asks for."""
        rule = self.rule
        if found.total >= rule.high:
            return "high"
        return (
            "medium" if found.total >= rule.medium or self._risen(found) or (rule.red and found.red) else ""
        )

    def detail(self, found: Score) -> str:
        """Return what an alert says of its score: `spo2=3,pulse=1;temperature;red` (points; missing; why)."""
        points = ",".join(f"{name}={found.points[name]}" for name in PARAMETERS if found.points.get(name))
        why = ["red"] if found.red else []
        if self._risen(found):
            why.append(f"usual={self.person.usual_score}")
        return f"{points};{','.join(found.missing)};{','.join(why)}"

    def _risen(self, found: Score) -> bool:
        """Tell whether a score lies above the resident's usual one by what the rule says."""
        rise, usual = self.rule.rise, self.person.usual_score
        return bool(rise) and usual is not None and found.total - usual >= (rise or 0)

    def _scores_alike(self, name: str, before: float | None, after: float | None) -> bool:
        """Tell whether a value has the points of the one before it, of the same parameter."""
        if after == before:
            return True
        written, usual = self.memory.values.get("on_oxygen"), self.person.on_oxygen
        # What was written down of oxygen may become too old meanwhile, and that may add points.
        lasting = written is None or (usual is not None and usual == (written[-1].value > 0))
        if not (self._judged and lasting and name in _STREAMED):
            return False
        scale = self.person.spo2_scale
        return _points(scale, name, before, usual) == _points(scale, name, after, usual)

    def _value(self, name: str, kept: list[Kept], time: int) -> float | None:
        newest = kept[-1].time
        lasts = self.rule.within if name in _STREAMED else self.rule.spot
        if time - newest > lasts * SECOND:
            return None
        if name in _WRITTEN:
            return kept[-1].value
        known = self._medians.get(name)
        if known is None or known[0] != newest:
            recent = [each.value for each in kept if each.time > newest - MEDIAN]
            known = newest, float(median(recent)) if len(recent) > 1 else recent[0]
            self._medians[name] = known
        return known[1]

    def _judge(self, now: int) -> Outcome:
        self._judged = True
        rule, memory, time, found = self.rule, self.memory, self.newest, self.score()
        asked = self.level(found)
        if not (asked or memory.level or memory.since):
            return Outcome.NOTHING
        declared = _LEVELS.index(memory.level)
        worse = False
        if memory.level:
            points = [name for name in PARAMETERS if found.points.get(name) and name not in memory.scored]
            memory.scored += points
            worse = True
        reached: Level = ""
        for rank in range(len(_LEVELS) - 1, declared, -1):
            level = _LEVELS[rank]
            if self._stood(level, time, now, rule.delay, holds=_LEVELS.index(asked) >= rank):
                reached = level
                break
        if reached:
            return self._declare(reached, found)
        known = all(name in found.points for name in memory.scored)
        calm = max(rule.delay, rule.calm)
        if self._stood("well", time, now, calm, holds=bool(memory.level) and not asked and known):
            memory.level, memory.scored, memory.since = "", [], {}
            return Outcome.CLEARED
        return Outcome.WORSE if worse else Outcome.NOTHING

    def _declare(self, level: Level, found: Score) -> Outcome:
        memory = self.memory
        memory.level, memory.began = level, memory.since[level][0]
        memory.scored = [name for name in PARAMETERS if found.points.get(name)]
        higher = memory.since.get("high") if level == "medium" else None
        memory.since = {} if higher is None else {"high": higher}
        return Outcome.DECLARED

    def _stood(self, name: str, time: int, now: int, seconds: float, *, holds: bool) -> bool:
        """Tell whether something has held for so long, by measurements or by the hub's clock."""
        since = self.memory.since
        if not holds:
            since.pop(name, None)
            return False
        measured, heard = since.setdefault(name, (time, now))
        delay = seconds * SECOND
        return time - measured >= delay or now - heard >= delay


@functools.lru_cache(maxsize=10_000)
def _scored(  # as many as there are parameters; most residents' sets are the same from one value to the next
    scale: int, *values: float | None
) -> Score:
    rate, spo2, oxygen, systolic, pulse, state, temperature = values
    return score(
        Vitals(
            respiration_rate=_decimal(rate),
            spo2=_decimal(spo2),
            spo2_scale=scale,
            on_oxygen=None if oxygen is None else oxygen > 0,
            systolic=_decimal(systolic),
            pulse=_decimal(pulse),
            consciousness=None if state is None else _ACVPU[round(state)],
            temperature=_decimal(temperature),
        )
    )


@functools.lru_cache(maxsize=10_000)
def _points(scale: int, name: str, value: float | None, oxygen: float | None) -> int | None:
    """Return the points of one parameter, with what is known of oxygen."""
    known = {"on_oxygen": oxygen, name: value}
    return _scored(scale, *(known.get(each) for each in PARAMETERS)).points.get(name)


def _decimal(value: float | None) -> Decimal | None:
    # By its shortest form: 35.05 as a binary fraction lies below, on paper it does not.
    return None if value is None else Decimal(repr(value))
