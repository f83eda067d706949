"""What the hub knows of a resident before the questionnaire asks anything: vital signs with their ages, facts of the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from devices.clock import SECOND
from devices.nomenclature import METRICS
from devices.quality import UNFIT
from hub.acts.dossier import Directives, Section, Treatments
from hub.acts.triage.model import NUMBERS, Measured
from hub.alerting.entry import ACVPU, ENTERED
from hub.rounds import settings_in_force
from hub.store import dossier
from hub.store.dossier import Version
from hub.store.ports import Latest
from hub.store.prescribing import Settings

_NAMES: Mapping[str, str] = {"pulse_rate": "pulse", "heart_rate": "pulse"}
"Vital sign of the questionnaire, where the metric has another name."
_WANTED = frozenset({*NUMBERS, "on_oxygen", "consciousness"})


@dataclass(frozen=True, slots=True)
class Vital:
    """A vital sign that is known."""

    measured: Measured
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Background:
    """Everything that is known of a resident without asking."""

    vitals: Mapping[str, Vital] = field(default_factory=dict)
    facts: Mapping[str, bool | None] = field(default_factory=dict)
    "By risk of the questionnaire; a risk of which the record says nothing is `None` or not in it."
    spo2_scale: int = 1
    directives: Directives | None = None

    @property
    def measured(self) -> dict[str, Measured]:
        """Return the vital signs as the questionnaire takes them."""
        return {name: each.measured for name, each in self.vitals.items()}


_TREATED: Final = ("anticoagulant", "antiplatelet", "insulin", "opioids", "immunosuppression")
"Risks of the questionnaire that the dossier's treatments know by the same name."


def background(connection: Connection, resident: str, values: Iterable[Latest], now: int) -> Background:
    """Return what is known of a resident at `now`."""
    settings = settings_in_force(connection, now).get(resident, Settings())
    sections = dossier.newest(connection, resident)
    treatments, directives = _treatments(sections), _directives(sections)
    facts = {
        **{name: None if treatments is None else getattr(treatments, name) for name in _TREATED},
        "palliative": None if directives is None else directives.palliative,
    }
    found = vitals(values, now)
    if "on_oxygen" not in found and settings.on_oxygen is not None:
        # Prescribed, so it is as it was signed until somebody notes otherwise.
        found["on_oxygen"] = Vital(Measured(settings.on_oxygen), by_hand=True)
    return Background(found, facts, settings.spo2_scale, directives)


def vitals(values: Iterable[Latest], now: int) -> dict[str, Vital]:
    """Return the newest fit value of each vital sign that the questionnaire knows, as old as it is."""
    newest: dict[str, Latest] = {}
    for value in values:
        name = _NAMES.get(value.metric, value.metric)
        if name not in _WANTED or value.flags & UNFIT or not _plausible(value):
            continue
        known = newest.get(name)
        if known is None or value.time > known.time:
            newest[name] = value
    return {name: _vital(name, value, now) for name, value in newest.items()}


def _plausible(value: Latest) -> bool:
    low, high = METRICS[value.metric].plausible
    return low <= value.value <= high


def _vital(name: str, value: Latest, now: int) -> Vital:
    said: float | str | bool = value.value
    if name == "consciousness":
        said = ACVPU[int(value.value)].value
    elif name == "on_oxygen":
        said = value.value > 0
    # A clock that was ahead measured nothing tomorrow.
    age = max(now - value.time, 0) / SECOND
    return Vital(Measured(said, age), by_hand=value.sensor == ENTERED)


def _treatments(sections: Mapping[Section, Version]) -> Treatments | None:
    found = sections.get(Section.TREATMENTS)
    return found.body if found is not None and isinstance(found.body, Treatments) else None


def _directives(sections: Mapping[Section, Version]) -> Directives | None:
    found = sections.get(Section.DIRECTIVES)
    return found.body if found is not None and isinstance(found.body, Directives) else None
