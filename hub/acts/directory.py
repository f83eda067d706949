"""The public directory of health professionals (Annuaire Santé): rows of its CSV extracts to entries. Pure.

Two extracts are known: persons with their activities (`PS_LibreAcces_Personne_activite`) and mailboxes of the secure mail
space (`Extraction_Correspondance_MSSante`). Both have one line for each place or mailbox, so that a person comes more than
once; columns are found by their names (from memory and from public readers of the same files), and those that are not known
are passed over. A row that cannot be read is told with its line and its reason, and the next one is read.

DirectoryError   the file has not the columns that are needed
"""

from __future__ import annotations

import csv
import enum
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from devices.errors import VeilleuseError
from hub.acts.dossier_checks import ADDRESS
from hub.acts.numbers import NumberError, parse_rpps

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "rpps": ("identifiant pp", "identification nationale pp", "rpps"),
    "family_name": ("nom d'exercice", "nom"),
    "given_name": ("prenom d'exercice", "prenom"),
    "profession": ("libelle profession", "profession"),
    "specialty": ("libelle savoir-faire", "specialite"),
    "place": ("libelle commune (coord. structure)", "commune"),
    "postcode": ("code postal (coord. structure)", "code postal structure bal", "code postal"),
    "address": ("adresse bal", "adresse mssante"),
    "box": ("type de bal",),
}
"Ours, and what the files call it, without capitals and accents."
_NEEDED = ("rpps", "family_name")
_LONGEST = 200
"Characters of a name or label that are kept."


class DirectoryError(VeilleuseError):
    """A file is no extract of the directory."""


class Reason(enum.StrEnum):
    """Why a row is passed over."""

    COLUMNS = "columns"
    "It has another number of fields than the header."
    RPPS = "rpps"
    "Its number is no RPPS: mistyped, or an older ADELI number."
    NAME = "name"
    ADDRESS = "address"
    NOBODY = "nobody"
    "A mailbox of a structure or of a program, not of a person."
    ELSEWHERE = "elsewhere"
    "Of another department than those that were asked for."


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says of a professional."""

    rpps: str
    family_name: str
    given_name: str = ""
    profession: str = ""
    specialty: str = ""
    place: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """A row that was passed over."""

    line: int
    "From 1 on, the header included."
    reason: Reason


def read_directory(
    lines: Iterable[bytes], departments: frozenset[str] = frozenset()
) -> Iterator[Entry | Passed]:
    """Read an extract, row by row.

    Args:
        lines: of the file; UTF-8, or Windows-1252 as older extracts are.
        departments: beginnings of postcodes to keep; all of them when empty. A row without a postcode is kept.

    Raises:
        DirectoryError: there is no header, or it lacks a column that is needed.
    """
    rows = iter(lines)
    header = _text(next(rows, b""))
    # Names of columns hold neither.
    delimiter = "|" if header.count("|") >= header.count(";") else ";"
    fields = _fields(header, delimiter)
    columns = _columns(fields)
    for number, line in enumerate(rows, 2):
        text = _text(line)
        if text:
            found = _row(_fields(text, delimiter), columns, len(fields), departments)
            yield found if isinstance(found, Entry) else Passed(number, found)


def folded(name: str) -> str:
    """Return a name as it is looked for: small letters without accents, hyphens and apostrophes as spaces."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    return " ".join(re.sub(r"[^\w]+", " ", plain).split())


def _columns(header: list[str]) -> dict[str, int]:
    names = [_column(each) for each in header]
    columns = {}
    for ours, theirs in _COLUMNS.items():
        found = next((name for name in theirs if name in names), None)
        if found is not None:
            columns[ours] = names.index(found)
    if missing := [_COLUMNS[each][0] for each in _NEEDED if each not in columns]:
        raise DirectoryError(f"no extract of the directory: no column {missing[0]!r}")
    return columns


def _column(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.replace("\u2019", "'").casefold())
    return " ".join("".join(each for each in letters if not unicodedata.combining(each)).split())


def _row(
    fields: list[str], columns: Mapping[str, int], width: int, departments: frozenset[str]
) -> Entry | Reason:
    # Files of the directory end each line with a delimiter, some with one more than the header.
    if not width <= len(fields) <= width + 1 or any(fields[width:]):
        return Reason.COLUMNS
    said = {ours: " ".join(fields[index].split())[:_LONGEST] for ours, index in columns.items()}
    if said.pop("box", "PER").upper() not in {"", "PER"}:
        return Reason.NOBODY
    postcode = said.pop("postcode", "")
    if departments and postcode and not postcode.startswith(tuple(departments)):
        return Reason.ELSEWHERE
    if not said["family_name"]:
        return Reason.NAME
    number = said["rpps"]
    try:
        # The national identification is the RPPS after an 8 (sheet 06 part 7).
        said["rpps"] = parse_rpps(number[1:] if len(number) == 12 and number[0] == "8" else number)
    except NumberError:
        return Reason.RPPS
    said["address"] = said.get("address", "").lower()
    if said["address"] and not ADDRESS.fullmatch(said["address"]):
        return Reason.ADDRESS
    return Entry(**said)


def _text(line: bytes) -> str:
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = line.decode("cp1252", "replace")
    return text.strip("\r\n")


def _fields(text: str, delimiter: str) -> list[str]:
    """Split one line; a quotation mark that is not closed spoils no other line."""
    line = text.replace("\r", " ").replace("\n", " ")
    if delimiter == "|":
        # The directory's own files quote nothing, and names of places hold quotation marks.
        return line.split("|")
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        # A field of more than 128 kB: no column of the directory.
        return []
