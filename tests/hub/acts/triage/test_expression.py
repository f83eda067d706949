"""The language of rules: what it reads, what it refuses and where, and its three values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.acts.triage.expression import (
    ExpressionError,
    Name,
    evaluate,
    holding,
    names,
    parse,
    undecided,
)

KNOWN = {"a.yes": True, "a.no": False, "a.dark": None, "a.five": 5.0, "a.word": "C"}


def look(name):
    return KNOWN[str(name)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.yes", True),
        ("a.no", False),
        ("a.dark", None),
        ("not a.yes", False),
        ("not a.dark", None),
        ("not (a.no or a.dark)", None),
        ("a.yes and a.dark", None),
        ("a.no and a.dark", False),
        ("a.yes or a.dark", True),
        ("a.no or a.dark", None),
        ("a.yes or a.no and a.no", True),
        ("(a.yes or a.no) and a.no", False),
        ("at_least(2, a.yes, a.no, a.five >= 5)", True),
        ("at_least(2, a.yes, a.no, a.dark)", None),
        ("at_least(2, a.yes, a.no, a.no)", False),
        ("a.five < 5", False),
        ("a.five <= 5.0", True),
        ("a.five > 4.9", True),
        ("a.five == 5", True),
        ("a.five != 5", False),
        ("a.dark < 3", None),
        ("a.dark != 3", None),
        ('a.word == "C"', True),
        ('a.word != "C"', False),
    ],
)
def test_three_values(text, expected):
    assert evaluate(parse(text), look) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.yes or a.dark", []),
        ("a.no or a.dark", ["a.dark"]),
        ("not a.dark", ["a.dark"]),
        ("a.dark > 3 and a.yes", ["a.dark"]),
        ("at_least(2, a.dark, a.dark, a.no)", ["a.dark", "a.dark"]),
    ],
)
def test_what_an_expression_hangs_on(text, expected):
    assert [str(each) for each in undecided(parse(text), look)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.yes or a.no or a.five > 3", ["a.yes", "a.five"]),
        ("a.no and a.yes", []),
        ("not a.no", ["a.no"]),
        ("not a.yes", []),
        ("not (a.no or a.five < 3)", ["a.no", "a.five"]),
        ("not (a.dark and a.no)", ["a.no"]),
        ('a.word == "C" and (a.no or a.yes)', ["a.word", "a.yes"]),
    ],
)
def test_what_an_expression_holds_by(text, expected):
    assert [str(each) for each in holding(parse(text), look)] == expected


def test_names_are_in_the_order_of_the_text():
    found = parse("a.yes and not (b.two < 3 or at_least(1, c.three))")
    assert [each.name for each in names(found)] == [Name("a", "yes"), Name("b", "two"), Name("c", "three")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at column 1: expected a name as in answer.fall, found the end"),
        ("a.yes and", "at column 10: expected a name as in answer.fall, found the end"),
        ("a.yes a.no", "at column 7: expected the end, found 'a.no'"),
        ("(a.yes", "at column 7: expected ')', found the end"),
        ("a", "at column 1: expected a name as in answer.fall, found 'a'"),
        ("a.b.c", "at column 1: expected a name"),
        ("and", "at column 1: expected a name"),
        ("3 < a.five", "at column 1: expected a name"),
        ("a.five <", "at column 9: expected a number, found the end"),
        ('a.word < "C"', "at column 11: expected a number after '<', found 'C'"),
        ("a.five = 5", "at column 8: '=' is no part of the language"),
        ("a.yes; import os", "at column 6: ';' is no part of the language"),
        ("__import__('os')", "at column 1: '_' is no part of the language"),
        ("at_least(a.yes)", "at column 10: expected a number, found 'a.yes'"),
        ("at_least 2, a.yes", "at column 10: expected '(', found '2'"),
        (
            "at_least(3, a.yes, a.no)",
            "at column 24: expected a whole count of 1 to 2 before this bracket, not 3",
        ),
        ("at_least(0, a.yes)", "expected a whole count of 1 to 1 before this bracket, not 0"),
        ("at_least(1.5, a.yes, a.no)", "not 1.5"),
        ("at_least(1, a.yes", "at column 18: expected ')', found the end"),
        ("(" * 21 + "a.yes" + ")" * 21, "nested deeper than 20"),
        ("a.yes" + " or a.yes" * 200, "has 1805 characters, at most 1000"),
        ('a.word == "C', "at column 11: '\"' is no part of the language"),
        ('"and" and a.yes', "expected a name"),
    ],
)
def test_what_is_no_sentence_is_refused_with_its_column(text, said):
    with pytest.raises(ExpressionError) as error:
        parse(text)
    assert said in str(error.value)


def read(text):
    """Return what a text says, or why it says nothing."""
    try:
        return list(names(parse(text)))
    except ExpressionError as error:
        return str(error)


@given(st.text(max_size=200))
def test_any_text_is_a_sentence_or_the_one_error(text):
    assert read(text)


WORDS = ["a.yes", "and", "or", "not", "(", ")", "at_least", "2", ",", "<", "==", '"C"', "a.five", "1.5"]


@given(st.lists(st.sampled_from(WORDS), max_size=20))
def test_any_words_are_a_sentence_or_the_one_error(words):
    found = read(" ".join(words))
    assert isinstance(found, list) or "column" in found
