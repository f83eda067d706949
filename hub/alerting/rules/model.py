"""Rule types as data. Whatever decides about an alert is one of these, and has an identity that its alerts carry.

A limit (`devices.limits.Limit`) is shared with the edge; the rest is evaluated by the hub alone. Times are those of the
measurements wherever a rule speaks of a person, so that the same measurements always give the same verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.limits import Limit, Priority
from hub.alerting.model import Code


@dataclass(frozen=True, slots=True)
class RateRule:
    """A value changes by at least `change` within a time."""

    id: str
    metric: str
    priority: Priority
    change: float
    "In the metric's unit; negative is a fall."
    within: float
    "Seconds of measurement time."
    smooth: float = 60.0
    "Seconds over whose median one point is made, so that a single wrong value is no change; 0 where each value is one."


@dataclass(frozen=True, slots=True)
class AbsenceRule:
    """What should be measured of a resident was not for `after` seconds, or never: never heard is not healthy."""

    id: str
    metric: str
    priority: Priority
    after: float
    "Seconds of hub time."


@dataclass(frozen=True, slots=True)
class Clause:
    """One value outside of [low, high]."""

    metric: str
    low: float | None = None
    high: float | None = None
    hysteresis: float = 0.0
    "How far inside a value must return before the clause holds no more."


@dataclass(frozen=True, slots=True)
class CompositeRule:
    """At least `least` of the clauses hold together for `delay` seconds."""

    id: str
    name: str
    "French, for the screens: `Fièvre et tachycardie`."
    priority: Priority
    clauses: tuple[Clause, ...]
    least: int
    delay: float = 0.0
    "Seconds of measurement time."
    within: float = 300.0
    "Seconds for which a value speaks."


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """NEWS2 (sheet 01). Total `high` and above is of high priority; `medium` and above, a red parameter and a rise are medium."""

    id: str
    medium: int = 5
    high: int = 7
    red: bool = True
    "Whether 3 points of one parameter ask for somebody by themselves."
    rise: int | None = 3
    "Points above the resident's usual score that ask for somebody; `None` or 0 for never. A rule of ours, not of the RCP."
    within: float = 900.0
    "Seconds for which a value that a sensor streams belongs to a set (sheet 01: at most 15 min)."
    spot: float = 14_400.0
    "Seconds for which a value that somebody takes (pressure, temperature, consciousness) belongs to a set."
    delay: float = 60.0
    "Seconds of measurement time that the score must stand."
    calm: float = 0.0
    "Seconds that it must then ask for nobody before that is over; not less than `delay`."


Rule = RateRule | AbsenceRule | CompositeRule | ScoreRule


@dataclass(frozen=True, slots=True)
class Profile:
    """What holds for residents of one kind until a prescription says otherwise: the safe defaults."""

    name: str
    title: str
    "French, for the screens: `Insuffisant respiratoire (cible 88 à 92 %)`."
    limits: tuple[Limit, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything that one file of rules says."""

    version: str
    "Digest of the file's text; alerts and replays name it."
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    standard: str = "standard"
    "Name of the profile of residents for whom none was chosen."
    priorities: Mapping[Code, Priority] = field(default_factory=dict)
    "Of events and of technical conditions, where they are not the usual ones."
    delays: Mapping[str, float] = field(default_factory=dict)
    "Seconds, by the names of `hub.alerting.technical.Delays`."

    def profile(self, name: str) -> Profile:
        """Return a profile, the standard one for a name that is not there any more."""
        return (
            self.profiles.get(name) or self.profiles.get(self.standard) or Profile(self.standard, "Standard")
        )


@dataclass(frozen=True, slots=True)
class Person:
    """What rules must know of a resident beside measurements."""

    rules: tuple[Rule, ...] = ()
    spo2_scale: int = 1
    "2 only where a clinician recorded a target of 88 to 92 % (sheet 01)."
    on_oxygen: bool | None = None
    "As last entered; `None` is not known."
    usual_score: int | None = None
    "NEWS2 of a well day, as entered or computed."
