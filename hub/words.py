"""Sentences about sensors, in French and English, from the same words as the pages (`dashboards/words`). No clock.

The templates are plain: `{the}` and `{of}` name the sensor, `{The}` begins a sentence, `{wake}` is what makes it speak again, `{age}` is a length of time,
`{battery}` a percentage, and `{vu/vue}` follows the sensor's gender. `dashboards/src/lib/why.ts` reads the same files by
the same rules; `dashboards/words/cases.json` holds both to the same sentences.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

import msgspec

import dashboards
from devices.clock import SECOND
from hub.why import LOW_BATTERY, Reason

LANGUAGES = ("fr", "en")
_FOLDER = Path(dashboards.__path__[0]) / "words"
_GENDERED = re.compile(r"\{(\w+)/(\w+)\}")
_UNKNOWN = "sensor"


class Name(msgspec.Struct, frozen=True):
    """What a kind of sensor is called."""

    the: str
    of: str
    gender: str
    wake: str
    "What makes it speak again."


class Sentence(msgspec.Struct, frozen=True):
    """What is said of one cause."""

    fact: str
    never: str
    "When it has always been so."
    todo: str
    todo_low: str = ""
    "Instead, when the battery is low."
    battery: bool = False
    "Whether the battery is said whenever it is known."
    battery_low: bool = False
    "Whether it is said when it is low."


class Words(msgspec.Struct, frozen=True):
    """Everything that is said in one language."""

    names: dict[str, Name]
    durations: dict[str, str]
    battery: str
    full_stop: str
    why: dict[str, Sentence]


@lru_cache(maxsize=1024)
def kind_of(protocol: str) -> str:
    """Return what a protocol's sensors are, by the longest prefix that fits: a key of `Words.names`."""
    kinds = _kinds()
    found = [prefix for prefix in kinds if protocol.startswith(prefix)]
    return kinds[max(found, key=len)] if found else _UNKNOWN


def name_of(kind: str, sensor: str, language: str = "fr") -> str:
    """Return what a nurse calls a sensor, with its article: `l'oxymètre`."""
    names = words(language).names
    return names.get(kind, names[_UNKNOWN]).the.replace("{sensor}", sensor)


def why_sentence(reason: Reason, kind: str, sensor: str, now: int, language: str = "fr") -> str:
    """Return why a sensor is silent as a nurse understands it, and what to do next.

    Args:
        reason: the cause.
        kind: what the sensor is, as `kind_of` says.
        sensor: its identifier, said when its kind has no name.
        now: microseconds UTC.
        language: `fr` or `en`.
    """
    said = words(language)
    sentence, name = said.why[reason.code.value], said.names.get(kind, said.names[_UNKNOWN])
    low = reason.battery is not None and reason.battery <= LOW_BATTERY
    text = sentence.never if reason.since is None else sentence.fact
    if reason.battery is not None and (sentence.battery or (sentence.battery_low and low)):
        text += said.battery
    text += said.full_stop
    todo = sentence.todo_low if low and sentence.todo_low else sentence.todo
    filled = _GENDERED.sub(lambda found: found[1 if name.gender == "m" else 2], f"{text} {todo}".strip())
    parts = {
        "{the}": name.the,
        "{The}": name.the[0].upper() + name.the[1:],
        "{of}": name.of,
        "{wake}": name.wake,
        "{age}": _length(now - (reason.since or now), said.durations),
        "{battery}": str(reason.battery),
        "{sensor}": sensor,
    }
    for token, value in parts.items():
        filled = filled.replace(token, value)
    return filled


@lru_cache(maxsize=len(LANGUAGES))
def words(language: str) -> Words:
    """Return the words of a language.

    Raises:
        FileNotFoundError: there is none such.
    """
    return msgspec.json.decode((_FOLDER / f"why.{language}.json").read_bytes(), type=Words)


@cache
def _kinds() -> dict[str, str]:
    return msgspec.json.decode((_FOLDER / "kinds.json").read_bytes(), type=dict[str, str])


def _length(span: int, durations: dict[str, str]) -> str:
    """Say a length of time: seconds below a minute, minutes below an hour, hours below two days, then days."""
    seconds = max(0, span) // SECOND
    for unit, size, below in (("s", 1, 60), ("min", 60, 3600), ("h", 3600, 48 * 3600)):
        if seconds < below:
            return durations[unit].replace("{n}", str(seconds // size))
    return durations["d"].replace("{n}", str(seconds // 86_400))
