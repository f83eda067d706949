"""The small language in which a rule of the questionnaire says when it holds. Pure; nothing is ever executed.

    answer.infection and at_least(2, vital.respiration_rate >= 22, vital.systolic <= 100, answer.consciousness)

A name is a space, a dot and a word. Alone it is a question of yes or no; with one of `== != < <= > >=` it is compared with
a number or with a word in double quotes. `and`, `or`, `not`, brackets, and `at_least(n, a, b, ...)`: at least n of them hold.

Evaluation has three values, because a person may not know: what is unknown decides nothing unless it must (Kleene).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from devices.errors import VeilleuseError

DEPTH: Final = 20
"Brackets inside one another; stops a file from exhausting the stack."
LENGTH: Final = 1000
"Characters of one expression."

_TOKEN = re.compile(
    r'\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-z][a-z0-9_.]*)|"(?P<word>[^"]*)"'
    r"|(?P<sign>==|!=|<=|>=|<|>|\(|\)|,))"
)
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EQUAL = frozenset({"==", "!="})
_RESERVED = frozenset({"and", "or", "not", "at_least"})

Value = bool | float | str | None
"What a name stands for; `None` is not known."


class ExpressionError(VeilleuseError):
    """An expression is no sentence of the language; the text names the column and what is wrong there."""


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """What an expression speaks of."""

    space: str
    word: str

    def __str__(self) -> str:
        return f"{self.space}.{self.word}"


@dataclass(frozen=True, slots=True)
class Flag:
    """A name alone: yes or no."""

    name: Name


@dataclass(frozen=True, slots=True)
class Compare:
    """A name against a number or a word."""

    name: Name
    sign: str
    value: float | str


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: Expression


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `count` of the parts hold: one is `or`, all is `and`."""

    count: int
    parts: tuple[Expression, ...]


Expression = Flag | Compare | Not | AtLeast
Lookup = Callable[[Name], Value]


def parse(text: str) -> Expression:
    """Read an expression.

    Raises:
        ExpressionError: it is none.
    """
    if len(text) > LENGTH:
        raise ExpressionError(f"has {len(text)} characters, at most {LENGTH}")
    return _Parser(text).whole()


def names(expression: Expression) -> Iterator[Flag | Compare]:
    """Yield every place at which an expression speaks of a name, in the order of the text."""
    match expression:
        case Flag() | Compare():
            yield expression
        case Not():
            yield from names(expression.part)
        case _:
            for part in expression.parts:
                yield from names(part)


def evaluate(expression: Expression, lookup: Lookup) -> bool | None:
    """Return whether an expression holds; `None` where that hangs on what is not known."""
    match expression:
        case Flag():
            value = lookup(expression.name)
            return None if value is None else bool(value)
        case Compare():
            return _compare(expression, lookup(expression.name))
        case Not():
            inner = evaluate(expression.part, lookup)
            return None if inner is None else not inner
        case _:
            found = [evaluate(part, lookup) for part in expression.parts]
            if found.count(True) >= expression.count:
                return True
            return None if len(found) - found.count(False) >= expression.count else False


def undecided(expression: Expression, lookup: Lookup) -> Iterator[Name]:
    """Yield the names that are not known and on which the expression hangs; none where it is decided."""
    if evaluate(expression, lookup) is not None:
        return
    match expression:
        case Flag() | Compare():
            yield expression.name
        case Not():
            yield from undecided(expression.part, lookup)
        case _:
            for part in expression.parts:
                yield from undecided(part, lookup)


def holding(expression: Expression, lookup: Lookup) -> Iterator[Name]:
    """Yield the known names because of which an expression holds: those of the parts that hold, all below a `not`."""
    match expression:
        case Flag() | Compare():
            if evaluate(expression, lookup):
                yield expression.name
        case Not():
            if evaluate(expression, lookup):
                yield from (each.name for each in names(expression.part) if lookup(each.name) is not None)
        case _:
            if evaluate(expression, lookup):
                for part in expression.parts:
                    yield from holding(part, lookup)


def _compare(expression: Compare, value: Value) -> bool | None:
    if value is None:
        return None
    if expression.sign in _EQUAL:
        return (value == expression.value) is (expression.sign == "==")
    # The types of both sides were checked against what the name can be when the file was read.
    return _COMPARE[expression.sign](float(value), float(expression.value))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


class _Parser:
    """Recursive descent: or, and, not, then a name, brackets or `at_least`."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def whole(self) -> Expression:
        found = self._any()
        if self._peek.kind != "end":
            self._wrong("the end")
        return found

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, *texts: str) -> bool:
        """Step over one of the texts, if it is next; a word in quotes is none of them."""
        if self._peek.kind != "word" and self._peek.text in texts:
            self._next += 1
            return True
        return False

    def _must(self, text: str) -> None:
        if not self._take(text):
            self._wrong(f"{text!r}")

    def _wrong(self, expected: str) -> NoReturn:
        found = self._peek
        said = "the end" if found.kind == "end" else repr(found.text[:40])
        raise ExpressionError(f"at column {found.column}: expected {expected}, found {said}")

    def _any(self) -> Expression:
        self._depth += 1
        if self._depth > DEPTH:
            raise ExpressionError(f"at column {self._peek.column}: nested deeper than {DEPTH}")
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else AtLeast(1, tuple(parts))

    def _all(self) -> Expression:
        parts = [self._not()]
        while self._take("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else AtLeast(len(parts), tuple(parts))

    def _not(self) -> Expression:
        if self._take("not"):
            return Not(self._atom())
        return self._atom()

    def _atom(self) -> Expression:
        if self._take("("):
            inner = self._any()
            self._must(")")
            return inner
        if self._take("at_least"):
            return self._at_least()
        name = self._name()
        if self._peek.kind == "sign" and self._peek.text in {*_COMPARE, *_EQUAL}:
            sign = self._peek.text
            self._next += 1
            return Compare(name, sign, self._literal(sign))
        return Flag(name)

    def _at_least(self) -> Expression:
        self._must("(")
        count = self._number()
        parts = []
        while self._take(","):
            parts.append(self._any())
        if not 1 <= count <= len(parts) or count != int(count):
            self._wrong(
                f"a whole count of 1 to {len(parts)} before this bracket, not {count:g}, and as many parts"
            )
        self._must(")")
        return AtLeast(int(count), tuple(parts))

    def _name(self) -> Name:
        found = self._peek
        space, dot, word = found.text.partition(".")
        if found.kind != "name" or found.text in _RESERVED or not dot or not word or "." in word:
            self._wrong("a name as in answer.fall")
        self._next += 1
        return Name(space, word)

    def _number(self) -> float:
        if self._peek.kind != "number":
            self._wrong("a number")
        self._next += 1
        return float(self._tokens[self._next - 1].text)

    def _literal(self, sign: str) -> float | str:
        found = self._peek
        if found.kind == "word":
            if sign not in _EQUAL:
                self._wrong(f"a number after {sign!r}")
            self._next += 1
            return found.text
        return self._number()


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            column = len(text) - len(text[at:].lstrip()) + 1
            raise ExpressionError(f"at column {column}: {text[column - 1]!r} is no part of the language")
        kind = str(found.lastgroup)
        yield _Token(kind, found[kind], found.start(kind) + 1)
        at = found.end()
    yield _Token("end", "", len(text) + 1)
