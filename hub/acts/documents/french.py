"""Values, times and ages as a French ward writes and says them. Pure: the zone is an argument."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from devices.clock import SECOND, to_datetime
from hub.acts.documents.model import Identity, Scored, Sex, Vital
from hub.alerting.entry import ACVPU
from hub.alerting.news2 import Consciousness

NBSP = "\u00a0"
MISSING = "non renseigné"
OLD = 15 * 60 * SECOND
"Age from which a value is said with it (sheet 07 part 6)."

_MINUTE = 60 * SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Label:
    """How a metric is called, and written."""

    short: str
    "As on a chart."
    long: str
    unit: str
    decimals: int = 0
    lasting: bool = False
    "It changes over weeks: its age says nothing about now."
    factor: float = 1.0
    "From the nomenclature's unit to the one of a French ward."


LABELS: Mapping[str, Label] = {
    "respiration_rate": Label("FR", "Fréquence respiratoire", "/min"),
    "spo2": Label("SpO₂", "Saturation en oxygène", "%"),
    "pulse_rate": Label("FC", "Fréquence cardiaque (pouls)", "/min"),
    "heart_rate": Label("FC", "Fréquence cardiaque", "/min"),
    "systolic": Label("PA", "Pression artérielle", "mmHg"),
    "temperature": Label("T°", "Température", "°C", 1),
    "consciousness": Label("Conscience", "Conscience (ACVPU)", ""),
    "glucose": Label("Glycémie", "Glycémie capillaire", "g/L", 2, factor=0.01),
    "weight": Label("Poids", "Poids", "kg", 1, lasting=True),
}
"In the order in which a caller says them; what is not here is on no paper."

STATES: Mapping[Consciousness, str] = {
    Consciousness.ALERT: "alerte",
    Consciousness.CONFUSION: "confusion nouvelle",
    Consciousness.VOICE: "réagit à la voix",
    Consciousness.PAIN: "réagit à la douleur",
    Consciousness.UNRESPONSIVE: "ne réagit pas",
}

PARAMETERS: Mapping[str, str] = {
    "respiration_rate": "FR",
    "spo2": "SpO₂",
    "on_oxygen": "air ou oxygène",
    "systolic": "PA",
    "pulse": "FC",
    "consciousness": "conscience",
    "temperature": "T°",
}
"Of NEWS2."


def number(value: float, decimals: int = 0) -> str:
    """Write a number with a decimal comma."""
    return f"{value:.{decimals}f}".replace(".", ",")


def quantity(label: Label, value: float) -> str:
    """Write a value with its unit."""
    written = number(value * label.factor, label.decimals)
    if not label.unit:
        return written
    return written + label.unit if label.unit == "/min" else f"{written}{NBSP}{label.unit}"


def state(value: float) -> str:
    """Say a state of consciousness; a number that is none is said as such."""
    code = round(value)
    return STATES[ACVPU[code]] if 0 <= code < len(ACVPU) else f"code {code}"


def said(vitals: tuple[Vital, ...]) -> list[tuple[Label, str, int]]:
    """Return (label, value in words, time) of what is on a paper, in the order in which it is said.

    Both pressures are one value. Of the pulse and the heart's rate only the newer one is said.
    """
    known = {vital.metric: vital for vital in vitals}
    pulses = [known[name] for name in ("pulse_rate", "heart_rate") if name in known]
    rate = max(pulses, key=lambda vital: vital.time, default=None)
    found = []
    for metric, label in LABELS.items():
        vital = known.get(metric)
        if vital is None or (metric in {"pulse_rate", "heart_rate"} and vital is not rate):
            continue
        found.append((label, _words(label, vital, known), vital.time))
    return found


def _words(label: Label, vital: Vital, known: Mapping[str, Vital]) -> str:
    if vital.metric == "consciousness":
        return state(vital.value)
    low = known.get("diastolic")
    if vital.metric == "systolic" and low is not None and low.time == vital.time:
        return f"{number(vital.value)}/{quantity(label, low.value)}"
    return quantity(label, vital.value)


def age(microseconds: int) -> str:
    """Say how long ago something was."""
    if microseconds < _MINUTE:
        return f"{max(0, microseconds // SECOND)}{NBSP}s"
    if microseconds < _HOUR:
        return f"{microseconds // _MINUTE}{NBSP}min"
    if microseconds < _DAY:
        hours, minutes = divmod(microseconds // _MINUTE, 60)
        return f"{hours}{NBSP}h{NBSP}{minutes:02}" if minutes else f"{hours}{NBSP}h"
    days = microseconds // _DAY
    return f"{days}{NBSP}jour" + ("s" if days > 1 else "")


def day(time: int, zone: ZoneInfo) -> str:
    """Write a day."""
    return f"{to_datetime(time).astimezone(zone):%d/%m/%Y}"


def hour(time: int, zone: ZoneInfo) -> str:
    """Write an hour."""
    local = to_datetime(time).astimezone(zone)
    return f"{local:%H}{NBSP}h{NBSP}{local:%M}"


def moment(time: int, zone: ZoneInfo) -> str:
    """Write a day and an hour."""
    return f"{day(time, zone)} à {hour(time, zone)}"


def years(resident: Identity, now: int, zone: ZoneInfo) -> str:
    """Say an age; of a birth year alone it is known to a year."""
    today = to_datetime(now).astimezone(zone).date()
    if resident.birth_date:
        born = datetime.date.fromisoformat(resident.birth_date)
        passed = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return f"{passed}{NBSP}ans"
    return f"environ {today.year - resident.birth_year}{NBSP}ans"


def born(resident: Identity) -> str:
    """Write when somebody was born."""
    if not resident.birth_date:
        return f"{resident.birth_year} (jour {MISSING})"
    return f"{datetime.date.fromisoformat(resident.birth_date):%d/%m/%Y}"


def civil(resident: Identity) -> str:
    """Return a resident's name with their title, as it is said on the phone."""
    title = {Sex.FEMALE: "Mme", Sex.MALE: "M."}.get(resident.sex) if resident.sex else None
    plain = f"{resident.name} {resident.given_names}".strip()
    return f"{title}{NBSP}{plain}" if title else plain


def sex(resident: Identity) -> str:
    """Write the sex of the identity's traits."""
    return {Sex.FEMALE: "féminin", Sex.MALE: "masculin", None: ""}[resident.sex]


def breathes(score: Scored) -> str:
    """Say whether a score is of air or of oxygen: the same numbers mean two points more on oxygen."""
    return {True: "sous oxygène", False: "à l'air ambiant", None: f"air ou oxygène{NBSP}: {MISSING}"}[
        score.on_oxygen
    ]


def score(found: Scored) -> str:
    """Say a NEWS2: the total or its lower bound, on which scale, on air or oxygen."""
    least = "au moins " if found.missing else ""
    return f"{least}{found.total} (échelle SpO₂ {found.scale}, {breathes(found)})"


def trend(found: Scored) -> str:
    """Say what a score was before."""
    told = [
        f"il y a {hours}{NBSP}h{NBSP}: {'inconnu' if total is None else total}"
        for hours, total in found.earlier
    ]
    return "\u2002·\u2002".join(told)


def typeset(text: str) -> str:
    """Put the blanks that French wants before signs and inside quotes; a paper must not break a line there."""
    glued = re.sub(r"[ \u00a0\u202f]+([:;?!»%])", NBSP + r"\1", text)
    return re.sub(r"«[ \u00a0\u202f]+", "«" + NBSP, glued)


def seconds(text: str) -> float:
    """Return how long a text takes to be read out on the phone: 150 words a minute (ours, from memory).

    Of a number each group of digits is a word; one of three digits or more, or with a zero before it, is two.
    """
    total = sum(spoken(word) for word in text.split())
    return math.ceil(total * 60 / 150 * 10) / 10


def spoken(word: str) -> int:
    """Return as how many words one is spoken."""
    groups = re.findall(r"[0-9]+", word)
    numbers = sum(1 + (len(group) > 2 or group.startswith("0")) for group in groups)
    return max(numbers, int(any(char.isalnum() for char in word)))
