"""A night as a page that a nurse can read, in French."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from statistics import median
from zoneinfo import ZoneInfo

from devices.clock import SECOND
from hub.alerting.model import EVENT_CODES, Alert, Event
from tests.scenarios.night.figures import Figures, Found
from tests.scenarios.night.plan import FRENCH, HOUR, START
from tests.scenarios.night.ward import Outcome

_ZONE = ZoneInfo("Europe/Paris")
_CODES = {
    "limit_low": "trop bas",
    "limit_high": "trop haut",
    "news2": "score NEWS2",
    "composite": "signes de sepsis",
    "rate_fall": "baisse",
    "rate_rise": "hausse",
    "fall": "chute",
    "nurse_call": "appel",
    "probe_off": "capteur enlevé",
    "sensor_silent": "capteur muet",
    "edge_silent": "boîtier muet",
    "metric_absent": "plus de mesure",
}
_METRICS = {
    "spo2": "SpO₂",
    "pulse_rate": "pouls",
    "respiration_rate": "respiration",
    "systolic": "pression",
    "temperature": "température",
    "news2": "",
    "sepsis": "",
}


def page(outcome: Outcome, found: Figures, wall: float) -> str:
    """Return the page of one night."""
    return "\n".join(_lines(outcome, found, wall))


def summary(nights: Sequence[Figures]) -> str:
    """Return what several nights have in common: median and range."""
    return "\n".join(_summary(nights))


def _lines(outcome: Outcome, found: Figures, wall: float) -> Iterator[str]:
    plan = outcome.plan
    title = f"Une nuit de {plan.residents} résidents, {plan.seconds / HOUR:g} h, tirage {plan.seed}"
    yield title
    yield "=" * len(title)
    yield ""
    yield from _events(outcome)
    yield ""
    yield "Qui allait plus mal, et quand la nuit l'a su"
    yield f"  {'résident':9} {'ce qui arrive':28} {'début':6} {'Veilleuse':>11} {'par':24} {'seuils simples':>14}"
    for each in found.found:
        yield "  " + _found(each)
    yield ""
    yield "Combien de fois cela a sonné, par résident et par jour"
    yield f"  seuils simples               {found.plain:6.1f}"
    yield f"  Veilleuse, mesures           {found.persons:6.1f}   ({found.fewer:.0%} de moins)"
    yield f"  Veilleuse, matériel          {found.equipment:6.1f}"
    yield f"  appels et chutes             {found.events:6.1f}   (les mêmes des deux côtés)"
    yield f"  Veilleuse, tout ensemble     {found.all_kinds:6.1f}"
    yield f"  Les mesures ont franchi une limite ou une règle {found.occurrences:.1f} fois ; {found.again:.1f} fois l'alarme d'avant"
    yield f"  sonnait encore sans réponse, {found.quiet:.1f} fois rien n'a sonné : quelqu'un était là, ou l'avait en main, ou une plus haute le disait."
    yield ""
    yield "Ce qui a sonné"
    for code, count in found.codes.most_common():
        name, _, priority = code.partition(" ")
        yield f"  {count:5} fois {_CODES.get(name, name)} ({_PRIORITIES[priority]})"
    yield ""
    yield (
        f"Au chevet en {found.answer / 60:.0f} min en moyenne ; étapes d'escalade en retard : {found.late_steps} ; "
        f"{outcome.values:,} mesures".replace(",", " ")
    )
    yield f"Empreinte du journal {outcome.digest}, {len(outcome.log)} lignes ; simulé en {wall:.0f} s"


_PRIORITIES = {"high": "haute", "medium": "moyenne", "low": "basse"}


def _events(outcome: Outcome) -> Iterator[str]:
    plan = outcome.plan
    yield "Ce que la nuit avait de prévu"
    rows = [(each.onset, f"{FRENCH[each.kind]}, résident {each.resident}") for each in plan.worse]
    rows += [
        (each.since, f"{each.sensor} {'muet' if each.how == 'silent' else 'figé'}, chambre {each.resident}")
        for each in plan.failures
    ]
    rows += [(each.since, f"boîtier éteint, chambre {each.resident}") for each in plan.dead]
    rows += [
        (each.since, f"tablette de l'unité 1 muette {(each.until - each.since) // 60} min")
        for each in plan.mute
    ]
    rows += [(each.since, f"serveur arrêté {each.until - each.since} s") for each in plan.restarts]
    for second, text in sorted(rows):
        yield f"  {clock(second)}  {text}"
    yield ""
    yield "Les alarmes hautes, et ce qu'on en a fait"
    high = [each for each in outcome.keeper.alerts.values() if each.priority == "high"]
    for alert in sorted(high, key=lambda each: (each.raised, each.id)):
        if alert.code not in EVENT_CODES or alert.code == "fall":
            yield "  " + _alarm(alert, outcome)


def _alarm(alert: Alert, outcome: Outcome) -> str:
    steps = [step for (key, _), step in outcome.keeper.transitions.items() if key == alert.id]
    taken = next((step for step in steps if step.event is Event.TAKEN), None)
    told = sum(telling.alert == alert.id for telling in outcome.keeper.tellings.values())
    what = (
        f"{_METRICS.get(alert.metric or '', alert.metric or '')} {_CODES.get(alert.code, alert.code)}".strip()
    )
    value = "" if alert.value is None else f" {alert.value:g}"
    who = "personne" if taken is None else f"{taken.author} à {_local(taken.time)}"
    return f"{_local(alert.raised)}  chambre {alert.edge[1:]:3} {what}{value} ; prise par {who} ; dite {told} fois"


def _found(each: Found) -> str:
    by = each.by.split(" ")
    how = f"{_METRICS.get(by[-1], by[-1])} {_CODES.get(by[0], by[0])}".strip() if each.by else "jamais"
    ours, theirs = _after(each.engine), _after(each.plain)
    return f"r{each.worse.resident:<8} {FRENCH[each.worse.kind]:28} {clock(each.worse.onset):6} {ours:>11} {how:24} {theirs:>14}"


def _after(seconds: int | None) -> str:
    if seconds is None:
        return "jamais"
    return f"+{seconds // 60} min {seconds % 60:02} s"


def clock(second: int) -> str:
    """Return the home's time of a second of the night."""
    return _local((START + second) * SECOND)


def _local(time: int) -> str:
    return datetime.fromtimestamp(time // SECOND, UTC).astimezone(_ZONE).strftime("%H:%M")


def _summary(nights: Sequence[Figures]) -> Iterator[str]:
    later = [each.later for night in nights for each in night.found if each.later is not None]
    all_found = [each for night in nights for each in night.found]
    ours = sum(each.engine is not None for each in all_found)
    theirs = sum(each.plain is not None for each in all_found)
    yield f"{len(nights)} nuits, tirages {', '.join(str(night.seed) for night in nights)} : médiane (de … à …)"
    yield f"  alarmes de mesures par résident et jour  {_range([night.persons for night in nights])}"
    yield f"  dont seuils simples auraient fait        {_range([night.plain for night in nights])}"
    yield f"  en moins                                 {_range([100 * night.fewer for night in nights])} %"
    yield f"  alarmes de matériel                      {_range([night.equipment for night in nights])}"
    yield f"  mesures et matériel                      {_range([night.both for night in nights])}"
    yield f"  tout, appels et chutes compris           {_range([night.all_kinds for night in nights])}"
    yield f"  limites et règles franchies              {_range([night.occurrences for night in nights])}"
    yield f"  plus mal : {len(all_found)} ; trouvés : {ours} ; par des seuils simples : {theirs}"
    if later:
        yield f"  trouvés après les seuils simples, secondes {_range([float(each) for each in later])}"


def _range(values: Sequence[float]) -> str:
    return f"{median(values):.1f} ({min(values):.1f} … {max(values):.1f})"
