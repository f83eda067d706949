"""Numbers that name people and structures in French health care: NIR, RPPS, FINESS, SIRET. Pure.

Formats and keys are those of sheet 06 parts 6 and 7. The NIR's and the SIRET's keys and Luhn's algorithm are
python-stdnum's; ours is what it does not know: which digits of a NIR can be a person's, RPPS and FINESS.
A refusal carries a code; the pages have the sentence.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from stdnum import luhn
from stdnum.fr import nir as nir_key
from stdnum.fr import siret as siret_number
from stdnum.util import clean

from devices.errors import VeilleuseError

RPPS_SYSTEM = "https://rpps.esante.gouv.fr"
"FHIR system of an RPPS (sheet 06 part 7)."
FINESS_SYSTEM = "https://finess.esante.gouv.fr"

_LONGEST = 40
"Characters of what somebody typed, separators included; stops a page of text from being cleaned."
_SHOWN = 6
"Characters of a refused number that an error repeats: a NIR is not written into logs."
_MONTHS = frozenset([*range(1, 13), *range(20, 43), *range(50, 100)])
"01 to 12; the others are given when a place and month has run out of numbers, or the month is unknown (sheet 06 part 6)."
_ABROAD = "99"


class Number(enum.StrEnum):
    """What a number is."""

    NIR = "nir"
    RPPS = "rpps"
    FINESS = "finess"
    SIRET = "siret"


class Violation(enum.StrEnum):
    """What is wrong with a number."""

    CHARACTERS = "characters"
    LENGTH = "length"
    FIRST = "first"
    "A NIR that begins with 0, 5, 6 or 9."
    MONTH = "month"
    PLACE = "place"
    KEY = "key"
    "One digit or more is mistyped."


class NumberError(VeilleuseError):
    """A number is not what it is said to be."""

    def __init__(self, number: Number, violation: Violation, detail: str) -> None:
        super().__init__(f"{number.value} {detail}")
        self.number = number
        self.violation = violation

    @property
    def code(self) -> str:
        """Return the code that pages have a sentence for, such as `nir_key`."""
        return f"{self.number.value}_{self.violation.value}"


@dataclass(frozen=True, slots=True)
class Nir:
    """A number of the register of persons (numéro d'inscription au répertoire), or one that stands for it."""

    digits: str
    "13 characters: sex, year, month, department, commune, order; `2A` and `2B` stay letters."
    key: str
    "Two digits."

    @property
    def provisional(self) -> bool:
        """Tell whether it is no final one: 7 and 8 are provisional, 3 and 4 await their registration."""
        return self.digits[0] in "3478"

    @property
    def sex(self) -> str:
        """Return `M` or `F`, by the first digit."""
        return "M" if self.digits[0] in "137" else "F"

    @property
    def year(self) -> int:
        """Return the last two digits of the year of birth."""
        return int(self.digits[1:3])

    @property
    def month(self) -> int | None:
        """Return the month of birth, `None` where the number does not hold it."""
        month = int(self.digits[3:5])
        return month if month <= 12 else None

    @property
    def place(self) -> str:
        """Return the five characters of the INSEE code of the place of birth; `99` and a country's number for abroad."""
        return self.digits[5:10]

    @property
    def born_abroad(self) -> bool:
        """Tell whether the place of birth is another country."""
        return self.place.startswith(_ABROAD)

    def __str__(self) -> str:
        """Return the 15 characters without separators."""
        return self.digits + self.key


@dataclass(frozen=True, slots=True)
class Finess:
    """A number of the register of establishments."""

    number: str
    checked: bool
    "False for Corsica's, which hold a letter: their key is not known to us, so a mistyped one is not found."


def parse_nir(text: str) -> Nir:
    """Read a NIR with its key.

    Args:
        text: 15 characters; spaces, dots and hyphens between them are passed over.

    Raises:
        NumberError: see `Violation`.
    """
    digits = _compact(Number.NIR, text)
    _expect(Number.NIR, digits, 15, letters="AB")
    _letters(digits)
    _possible(digits)
    if nir_key.calc_check_digits(digits) != digits[13:]:
        raise NumberError(
            Number.NIR, Violation.KEY, f"{digits[:_SHOWN]}... does not have the key {digits[13:]}"
        )
    return Nir(digits[:13], digits[13:])


def key_of(digits: str) -> str:
    """Return the key of 13 characters: 97 less what is left of dividing by 97, where 2A counts as 19 and 2B as 18.

    Raises:
        NumberError: these are no 13 digits of a NIR, `2A` and `2B` aside.
    """
    digits = _compact(Number.NIR, digits)
    _expect(Number.NIR, digits, 13, letters="AB")
    _letters(digits)
    return nir_key.calc_check_digits(digits)


def parse_rpps(text: str) -> str:
    """Read the number of a professional: 11 digits, Luhn over all of them.

    Raises:
        NumberError: see `Violation`.
    """
    digits = _compact(Number.RPPS, text)
    _expect(Number.RPPS, digits, 11)
    if not luhn.is_valid(digits):
        raise NumberError(Number.RPPS, Violation.KEY, f"{digits} does not satisfy its check digit")
    return digits


def parse_finess(text: str) -> Finess:
    """Read the number of an establishment: 9 characters, Luhn over those without a letter.

    Raises:
        NumberError: see `Violation`.
    """
    digits = _compact(Number.FINESS, text)
    if re.fullmatch(r"2[AB][0-9]{7}", digits):
        return Finess(digits, checked=False)
    _expect(Number.FINESS, digits, 9)
    if not luhn.is_valid(digits):
        raise NumberError(Number.FINESS, Violation.KEY, f"{digits} does not satisfy its check digit")
    return Finess(digits, checked=True)


def parse_siret(text: str) -> str:
    """Read the number of an enterprise's place: 14 digits.

    Raises:
        NumberError: see `Violation`.
    """
    digits = _compact(Number.SIRET, text)
    _expect(Number.SIRET, digits, 14)
    if not siret_number.is_valid(digits):
        raise NumberError(Number.SIRET, Violation.KEY, f"{digits} does not satisfy its check digits")
    return digits


def _letters(digits: str) -> None:
    """Refuse letters anywhere but in Corsica's two departments."""
    rest = digits[:5] + digits[7:]
    if not rest.isdecimal() or not (digits[5:7].isdecimal() or digits[5:7] in {"2A", "2B"}):
        raise NumberError(Number.NIR, Violation.PLACE, "has a letter where only 2A and 2B may stand")


def _possible(digits: str) -> None:
    """Refuse digits that nobody's NIR has."""
    if digits[0] not in "123478":
        raise NumberError(
            Number.NIR, Violation.FIRST, f"begins with {digits[0]}, expected 1, 2, 3, 4, 7 or 8"
        )
    if int(digits[3:5]) not in _MONTHS:
        raise NumberError(Number.NIR, Violation.MONTH, f"has the month {digits[3:5]}")
    if digits[5:7] == "00" or digits[7:10] == "000" or digits[10:13] == "000":
        raise NumberError(Number.NIR, Violation.PLACE, "has no place or no order of birth")


def _compact(number: Number, text: str) -> str:
    if len(text) > _LONGEST:
        raise NumberError(number, Violation.LENGTH, f"has {len(text)} characters")
    return clean(text, " .-").upper()


def _expect(number: Number, digits: str, length: int, letters: str = "") -> None:
    if not re.fullmatch(f"[0-9{letters}]*", digits):
        raise NumberError(number, Violation.CHARACTERS, "holds other characters than digits")
    if len(digits) != length:
        raise NumberError(number, Violation.LENGTH, f"has {len(digits)} characters, expected {length}")
