"""What a caller reads out to the regulator: one minute at most, in the order S, A, E, D. Pure.

Free text is cut between words, and says that it is: the sheet has the whole. What must be heard whatever happens (who, where,
values, score, allergies, anticoagulant, directives, palliative care, what is asked for) keeps its share of the minute.
"""

from __future__ import annotations

from itertools import accumulate
from zoneinfo import ZoneInfo

from hub.acts.documents.french import (
    MISSING,
    NBSP,
    OLD,
    Label,
    age,
    breathes,
    civil,
    said,
    seconds,
    typeset,
    years,
)
from hub.acts.documents.french import spoken as length
from hub.acts.documents.model import Directives, Saed

LONGEST = 60.0
"Seconds."
CUT = "…"
"Stands where a text was cut; the whole is on the sheet."
_SHARES = tuple(step / 20 for step in range(24, 0, -1))
_UNSPOKEN = frozenset({"Conscience", "Glycémie", "Poids"})
"Said in words of their own, or left to the sheet."


def script(saed: Saed, zone: ZoneInfo) -> str:
    """Return the text; never longer than `LONGEST` seconds by `french.seconds`."""
    return " ".join(text for _, text in spoken(saed, zone))


def spoken(saed: Saed, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Return (letter, text) of the four parts, in their order."""
    found: list[tuple[str, str]] = []
    # What people wrote gets shorter until the whole fits; what was measured and decided does not.
    for share in _SHARES:
        cut = _Cut(share)
        found = [
            ("S", f"{_caller(saed, cut)} {_resident(saed, zone, cut)} {_values(saed)}"),
            ("A", f"{_antecedents(saed, cut)} {directives(saed.directives, cut)}"),
            ("E", _evaluation(saed, cut)),
            ("D", _demande(saed, cut)),
        ]
        found = [(letter, typeset(text.replace(f"{CUT}.", CUT))) for letter, text in found]
        if seconds(" ".join(text for _, text in found)) <= LONGEST:
            break
    return found


def short(text: str, most: int) -> str:
    """Cut a text to so many spoken words, after a clause where there is one, and show that it was cut."""
    words = text.replace("\n", ", ").split()
    lengths = list(accumulate(length(word) for word in words))
    fitting = sum(total <= most for total in lengths)
    if fitting == len(words) or not most:
        return " ".join(words).rstrip(" .;,") if most else ""
    kept = words[:fitting]
    clause = max((index for index, word in enumerate(kept) if word[-1] in ",;."), default=0)
    kept = kept[: clause + 1] if kept and (clause + 1) * 2 >= fitting else kept
    joined = " ".join(kept)
    opened, closed = joined.rfind("("), joined.rfind(")")
    if opened > max(closed, 0):
        joined = joined[:opened]
    return joined.rstrip(" .;,:") + CUT


class _Cut:
    """Cuts free text by a share of what it may have."""

    def __init__(self, share: float) -> None:
        self._share = share

    def __call__(self, text: str, most: int, least: int = 0) -> str:
        return short(text, max(least, round(most * self._share)))


def _resident(saed: Saed, zone: ZoneInfo, cut: _Cut) -> str:
    who = cut(civil(saed.resident), 6, 3)
    return f"J'appelle pour {who}, {years(saed.resident, saed.now, zone)}{_reason(saed, cut)}."


def _caller(saed: Saed, cut: _Cut) -> str:
    # A name on the screens often says what its owner is: "Inès Carvalho, infirmière".
    role = "" if "," in saed.caller.name else saed.caller.role
    who = ", ".join(part for part in (cut(saed.caller.name, 5, 3), cut(role, 4)) if part) or MISSING
    room = saed.resident.room
    named = f"chambre {room}" if room[:1].isdigit() else room
    place = ", ".join(part for part in (cut(named, 5), cut(saed.place, 8)) if part)
    # A number is never cut: half of one calls somebody else.
    back = " ".join((saed.callback or saed.home.phone)[:24].split()) or MISSING
    return f"Ici {who}, {cut(saed.home.name, 7, 4)}{', ' if place else ''}{place}. Rappel{NBSP}: {back}."


def _reason(saed: Saed, cut: _Cut) -> str:
    reason = cut(saed.reason, 16, 4) or f"motif {MISSING}"
    onset = f", depuis {since}" if (since := cut(saed.onset, 6)) else ""
    return f"{NBSP}: {reason}{onset}"


def _values(saed: Saed) -> str:
    found = [row for row in said(saed.vitals) if row[0].short not in _UNSPOKEN]
    fresh = [f"{label.short} {_bare(label, value)}" for label, value, time in found if saed.now - time <= OLD]
    old = [
        f"{label.short} {_bare(label, value)} il y a {age(saed.now - time)}"
        for label, value, time in found
        if saed.now - time > OLD
    ]
    state = [value for label, value, time in said(saed.vitals) if label.short == "Conscience"]
    if not found:
        return f"Constantes{NBSP}: {MISSING}. {_score(saed)}"
    air = "" if saed.score is None else breathes(saed.score).capitalize() + f"{NBSP}: "
    text = air + ", ".join([*fresh, *state])
    if old:
        text += f"{' ; ' if fresh or state else ''}valeurs anciennes{NBSP}: {', '.join(old)}"
    return f"{text}. {_score(saed)}"


def _bare(label: Label, value: str) -> str:
    """Return a value as it is said on the phone: without its unit, but for percent."""
    return value if label.unit == "%" else value.removesuffix(label.unit).rstrip()


def _score(saed: Saed) -> str:
    found = saed.score
    if found is None:
        return f"NEWS2{NBSP}: {MISSING}."
    least = "au moins " if found.missing else ""
    before = next(((hours, total) for hours, total in found.earlier if total is not None), None)
    since = "" if before is None else f", {before[1]} il y a {before[0]}{NBSP}h"
    return f"NEWS2 {least}{found.total}, échelle {found.scale}{since}."


def _antecedents(saed: Saed, cut: _Cut) -> str:
    blood = {True: "sous anticoagulant", False: "pas d'anticoagulant", None: f"anticoagulant {MISSING}"}
    allergies = cut(saed.allergies, 10, 3) or MISSING
    facts = [
        cut(saed.history, 18, 3) or MISSING,
        blood[saed.anticoagulant],
        f"allergies{NBSP}: {allergies}",
    ]
    if oxygen := cut(saed.oxygen, 5):
        facts.append(f"oxygène habituel {oxygen}")
    if usual := cut(saed.usual, 8):
        facts.append(usual)
    return f"Antécédents{NBSP}: {', '.join(facts)}."


def directives(found: Directives, cut: _Cut) -> str:
    """Say what the person wants, and whether care is palliative; always said, also that nobody knows."""
    palliative = {
        True: "Soins palliatifs, oui",
        False: "Pas de soins palliatifs",
        None: f"Soins palliatifs{NBSP}: {MISSING}",
    }
    wishes = " ; ".join(part for part in (cut(found.text, 14, 4), cut(found.limitation, 10, 3)) if part)
    return f"{palliative[found.palliative]}. Directives{NBSP}: {wishes or MISSING}."


def _evaluation(saed: Saed, cut: _Cut) -> str:
    thought = cut(saed.hypothesis, 14, 2)
    worried = saed.worry is not None and saed.worry >= 2
    if thought:
        text = f"Je pense à{NBSP}: {thought}"
    else:
        text = (
            "Je ne sais pas ce que c'est, mais je suis inquiet" if worried else f"Évaluation{NBSP}: {MISSING}"
        )
    done = cut(saed.done, 16)
    return f"{text}{f' ; déjà fait{NBSP}: {done}' if done else ''}."


def _demande(saed: Saed, cut: _Cut) -> str:
    request = cut(saed.request, 12, 6) or "un avis et une décision"
    delay = f", {cut(saed.delay, 5, 3)}" if saed.delay.strip() else ""
    meanwhile = "" if saed.meanwhile.strip() else " Que faire en attendant ?"
    if said := cut(saed.meanwhile, 10):
        meanwhile = f" En attendant{NBSP}: {said}."
    return f"Je demande{NBSP}: {request}{delay}.{meanwhile}"
