"""A file of rules: what is wrong with it, where, and why."""

import pytest

from devices.errors import ConfigError
from hub.acts.triage.model import Outcome, Source, Unknown
from hub.acts.triage.reading import DEFAULT, parse

PATHS = "\n".join(f'[path.{each.value}]\ntitle = "{each.value}"\nnext = "…"' for each in Outcome)
BASE = f"""version = "3"
author = "Dr Roy"
date = "2026-01-02"
signed_by = "Dr Roy"
{PATHS}

[[question]]
id = "fall"
part = "screen"
text = "Chute ?"

[[question]]
id = "inr"
text = "INR ?"
unit = "INR"
low = 0
high = 20

[[question]]
id = "seen"
text = "Heure ?"
time = true

[[question]]
id = "drug"
part = "risk"
text = "Anticoagulant ?"

[[risk]]
id = "thin"
text = "Anticoagulant"
question = "drug"

[[motif]]
id = "knee"
title = "Genou"
questions = ["inr"]

[[check]]
id = "identity"
text = "Identité vérifiée"

[palliative]
flag = "fact.thin"
expected = "answer.drug"
outcome = "URGENT_TC"
text = "Plan"
source = "V"

[[rule]]
id = "red-1"
row = 1
when = "answer.fall"
outcome = "EMERGENCY"
priority = "P0"
unknown = "yes"
text = "Chute"
source = "mem"

[[eligibility]]
id = "no"
when = "answer.fall"
instead_of = ["TC_TODAY"]
outcome = "DECLINED"
text = "Refus"
source = "R"
"""


def line_of(text):
    return BASE[: BASE.index(text)].count("\n") + 1


def test_a_file_is_read_whole():
    read = parse(BASE, "own.toml")
    assert (read.version, read.author, read.signed_by, len(read.digest)) == ("3", "Dr Roy", "Dr Roy", 16)
    (rule,) = read.rules
    assert (rule.source, rule.unknown, rule.sign.author, rule.sign.date) == (
        Source.MEMORY,
        Unknown.YES,
        "Dr Roy",
        "2026-01-02",
    )
    assert read.checks == {"identity": "Identité vérifiée"}
    assert read.ages.said_after == 900


def test_a_rule_may_be_another_persons():
    text = BASE.replace(
        'unknown = "yes"', 'unknown = "yes"\nauthor = "Dr Lem"\ndate = "2026-03-04"\nversion = "4"'
    )
    (rule,) = parse(text, "own.toml").rules
    assert (rule.sign.author, rule.sign.date, rule.sign.version) == ("Dr Lem", "2026-03-04", "4")


def test_another_text_is_another_digest():
    assert parse(BASE, "own.toml").digest != parse(BASE.replace("Genou", "Hanche"), "own.toml").digest


def test_every_rule_of_the_default_file_says_who_wrote_it_when_and_where_from():
    read = parse(DEFAULT.read_text("utf-8"), "default")
    for rule in (*read.rules, *read.eligibility, read.palliative):
        assert rule.sign.author
        assert rule.sign.version
        assert rule.sign.date == "2026-11-22"
        assert rule.source in set(Source)
    assert read.signed_by == ""
    assert {each.row for each in read.rules} == set(range(20))
    assert sum(each.part == "screen" for each in read.questions.values()) == 12


RULE = "[[rule]]"
QUESTION = "[[question]]"


@pytest.mark.parametrize(
    ("before", "after", "table", "said"),
    [
        ('version = "3"', 'version = " "', "", "version is empty"),
        ('author = "Dr Roy"', 'author = ""', "", "author is empty"),
        ('date = "2026-01-02"', 'date = "2 janvier"', "", "date is '2 janvier', expected a date"),
        ('date = "2026-01-02"', "day = 3", "", "unknown field `day`"),
        ("[path.TC_TODAY]", "[path.TC_TOMORROW]", "", "TC_TOMORROW"),
        ('[path.DECLINED]\ntitle = "DECLINED"\nnext = "…"', "", "", "path says nothing of DECLINED"),
        ("[[risk]]", "[ages]\nsaid_after = 0\n\n[[risk]]", "", "ages.said_after is not between 0 and usable"),
        ('id = "fall"', 'id = "Fall"', QUESTION, "question[0].id 'Fall' is no name"),
        ('text = "Chute ?"', 'text = ""', QUESTION, "question[0] has an empty text"),
        ('part = "screen"', 'part = "cellar"', QUESTION, "question[0].part is 'cellar'"),
        ('part = "screen"', 'part = "risk"', "", "question has 0 of the screen, expected 1 to 12"),
        (
            'part = "screen"',
            'part = "screen"\ntime = true',
            "",
            "question fall of the screen is not simply answered",
        ),
        ('part = "screen"', 'part = "screen"\nshow = "motif.knee"', "", "question fall of the screen"),
        ("high = 20", "high = 0", "", "question[1].low and high are no range"),
        ('unit = "INR"\n', "", "", "question[1].low and high are no range"),
        (
            'text = "INR ?"',
            'text = "INR ?"\ntime = true',
            "",
            "question[1].time is set of a question that asks",
        ),
        (
            'text = "INR ?"',
            'text = "INR ?"\nshow = "fact.thin"',
            "",
            "question[1].show says fact.thin, which drug asks",
        ),
        ('text = "INR ?"', 'text = "INR ?"\nshow = "answer.seen"', "", "which no question before it asks"),
        ('id = "seen"', 'id = "fall"', "", "question[2] has the id 'fall', which another one has"),
        ('question = "drug"', 'question = "none"', "[[risk]]", "risk[0].question names 'none'"),
        ('question = "drug"', 'question = "inr"', "[[risk]]", "'inr', which is not answered by yes or no"),
        ('question = "drug"', 'question = "seen"', "[[risk]]", "'seen', which is not answered by yes or no"),
        ('questions = ["inr"]', 'questions = ["knee"]', "[[motif]]", "motif[0].questions names 'knee'"),
        ('title = "Genou"', 'title = ""', "[[motif]]", "motif[0] has an empty text"),
        ('text = "Identité vérifiée"', 'text = ""', "[[check]]", "check[0] has an empty text"),
        ('id = "red-1"', 'id = "rouge 1"', RULE, "rule[0].id 'rouge 1' is no name"),
        ("row = 1", "row = 21", RULE, "rule[0].row is 21, expected 0 to 20"),
        ("row = 1", "row = 8", RULE, "rule[0].unknown is 'yes' outside of the rows 1 to 7"),
        ('priority = "P0"\n', "", RULE, "rule[0].priority is missing"),
        (
            'outcome = "EMERGENCY"',
            'outcome = "DECLINED"',
            RULE,
            "rule[0].outcome is DECLINED, which only a person says",
        ),
        ('outcome = "EMERGENCY"', 'outcome = "SOON"', RULE, "SOON"),
        ('unknown = "yes"', 'unknown = "maybe"', RULE, "maybe"),
        ('unknown = "yes"', 'unknown = "yes"\nwhom = 3', RULE, "whom"),
        (
            'unknown = "yes"',
            'unknown = "yes"\nrepeat_hours = -1',
            RULE,
            "repeat_hours and within_minutes are never below 0",
        ),
        ('unknown = "yes"', 'unknown = "yes"\nasks = ["x"]', RULE, "rule[0].asks names 'x'"),
        ('unknown = "yes"', 'unknown = "yes"\ndate = "hier"', RULE, "rule[0].date is 'hier'"),
        ('text = "Chute"', 'text = ""', RULE, "rule[0] has an empty text"),
        ('text = "Plan"', 'text = ""', "[palliative]", "palliative has an empty text"),
        ('outcome = "URGENT_TC"', 'outcome = "EMERGENCY"', "[palliative]", "palliative.outcome is EMERGENCY"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(before, after, table, said):
    assert before in BASE
    with pytest.raises(ConfigError) as error:
        parse(BASE.replace(before, after, 1), "own.toml")
    assert said in str(error.value)
    assert str(error.value).startswith(f"own.toml:{line_of(table)}:" if table else "own.toml")


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("answer.fall and", "at column 16"),
        ("answer.knee", "answer.knee, which no question before it asks"),
        ("answer.seen", "answer.seen, which is a time of day"),
        ("answer.inr", "answer.inr, which is a number and is compared with one"),
        ('answer.inr == "3"', "answer.inr, which is a number and is compared with one"),
        ("answer.fall > 3", "answer.fall, which is answered by yes or no"),
        ("vital.mood", "vital.mood, which nothing measures"),
        ("vital.spo2", "vital.spo2, which is a number"),
        ("vital.on_oxygen > 1", "vital.on_oxygen, which is yes or no"),
        ("vital.consciousness", "vital.consciousness, which is compared with one of A, C, V, P, U"),
        ('vital.consciousness == "X"', "vital.consciousness, which is compared with one of"),
        ("vital.consciousness == 3", "vital.consciousness, which is compared with one of"),
        ("fact.rich", "fact.rich, which is no risk"),
        ("fact.thin == 1", "fact.thin, which holds or not"),
        ("motif.elbow", "motif.elbow, which is no motif"),
        ("news2.low", "news2.low, which is no word of NEWS2"),
        ("setting.spo2_scale", "setting.spo2_scale, expected setting.spo2_scale == 1 or 2"),
        ("setting.mode == 1", "setting.mode, expected"),
        ("weather.rain", "weather.rain, but 'weather' is none of answer"),
    ],
)
def test_a_rule_speaks_only_of_what_is_known(when, said):
    wrong = BASE.replace('unknown = "yes"\n', "").replace('when = "answer.fall"', f"when = '{when}'", 1)
    with pytest.raises(ConfigError) as error:
        parse(wrong, "own.toml")
    assert f"own.toml:{line_of(RULE)}: rule[0].when" in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize(
    "when",
    [
        "answer.inr > 5",
        "vital.spo2 < 90",
        "vital.on_oxygen",
        'vital.consciousness != "A"',
        "fact.thin",
        "motif.knee",
        "news2.red",
        "setting.spo2_scale == 2",
    ],
)
def test_what_a_rule_may_speak_of(when):
    text = BASE.replace('unknown = "yes"\n', "").replace('when = "answer.fall"', f"when = '{when}'", 1)
    assert len(parse(text, "own.toml").rules) == 1


def test_what_nobody_knows_counts_as_yes_of_answers_alone():
    text = BASE.replace('when = "answer.fall"', 'when = "answer.fall or vital.on_oxygen"', 1)
    with pytest.raises(ConfigError, match="is 'yes', but the rule speaks of more than answers"):
        parse(text, "own.toml")


def test_a_question_may_be_asked_only_of_those_who_have_a_risk():
    late = '\n[[question]]\nid = "late"\ntext = "Depuis quand ?"\nshow = "fact.thin"\n'
    assert parse(BASE + late, "own.toml").questions["late"].show is not None


def test_a_risk_that_nobody_is_asked_about():
    assert parse(BASE.replace('question = "drug"\n', ""), "own.toml").risks["thin"].question == ""


def test_a_show_that_speaks_of_no_risk_is_refused():
    late = '\n[[question]]\nid = "late"\ntext = "Depuis quand ?"\nshow = "fact.rich"\n'
    with pytest.raises(ConfigError, match=r"fact\.rich, which is no risk"):
        parse(BASE + late, "own.toml")


def test_what_is_no_toml_is_refused():
    with pytest.raises(ConfigError, match=r"own\.toml"):
        parse("version = ", "own.toml")
