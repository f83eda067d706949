"""What the tests of the questionnaire share."""

from hub.acts.triage.evaluation import assess
from hub.acts.triage.model import Case, Measured, Result
from hub.acts.triage.reading import DEFAULT, parse

RULES = parse(DEFAULT.read_text("utf-8"), DEFAULT.name)
SCREEN = tuple(name for name, each in RULES.questions.items() if each.part == "screen")
NOTHING = dict.fromkeys(SCREEN, False)
"Every question of the first screen answered by no."
WELL = {
    "respiration_rate": Measured(16.0),
    "spo2": Measured(98.0),
    "on_oxygen": Measured(False),
    "systolic": Measured(125.0),
    "pulse": Measured(72.0),
    "consciousness": Measured("A"),
    "temperature": Measured(36.8),
}
"NEWS2 of 0."
NO_RISK = dict.fromkeys(RULES.risks, False)


def ask(yes=(), motif="", facts=None, unknown=(), scale=1, **vitals) -> Result:
    """Assess somebody who is well but for what is said; a vital sign that is `None` was not measured."""
    words = (yes,) if isinstance(yes, str) else yes
    answers = NOTHING | dict.fromkeys(words, True) | dict.fromkeys(unknown, None)
    measured = WELL | {name: None if each is None else Measured(each) for name, each in vitals.items()}
    known = {name: each for name, each in measured.items() if each is not None}
    return assess(RULES, Case(answers, known, NO_RISK | (facts or {}), motif, scale))


def rules_of(result: Result) -> set[str]:
    """Return the ids of the rules that held."""
    return {each.rule for each in result.reasons}


def rows_of(result: Result) -> set[int]:
    """Return the red flags that held."""
    return {each.row for each in result.reasons if each.row}
