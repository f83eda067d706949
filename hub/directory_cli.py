"""What `veilleuse hub professionals` does with a file: the public directory's extract, batch by batch into the hub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from devices.errors import ConfigError
from hub.acts.directory import DirectoryError, Entry, Passed, Reason, read_directory

BATCH = 500
"Rows of a transaction: a running hub waits for none longer than that takes."
_SHOWN = 20
"Rows that are told one by one; the others are counted."


@dataclass(slots=True)
class Import:
    """What became of a file."""

    rows: int = 0
    "That said something of a professional; several may speak of the same."
    passed: Counter[Reason] = field(default_factory=Counter)
    examples: list[Passed] = field(default_factory=list)
    "The first rows that were passed over, but for those that nobody asked for."


def import_directory(path: Path, departments: frozenset[str], write: Callable[[list[Entry]], int]) -> Import:
    """Read a file and write what it says, batch by batch.

    Args:
        path: an extract of the directory.
        departments: beginnings of postcodes to keep; empty for all.
        write: writes entries in one transaction, and returns how many.

    Raises:
        ConfigError: the file cannot be read, or is no extract.
    """
    done = Import()
    try:
        with path.open("rb") as file:
            found = _counted(read_directory(file, departments), done)
            while batch := list(islice(found, BATCH)):
                done.rows += write(batch)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except DirectoryError as error:
        raise ConfigError(f"{path}: {error}") from None
    return done


def told(done: Import) -> Iterator[str]:
    """Say in lines what became of a file."""
    for each in done.examples:
        yield f"line {each.line}: passed over: {each.reason.value}"
    for reason, count in sorted(done.passed.items()):
        yield f"passed over: {count} {reason.value}"
    yield f"imported {done.rows} rows"


def _counted(rows: Iterator[Entry | Passed], done: Import) -> Iterator[Entry]:
    for row in rows:
        if isinstance(row, Entry):
            yield row
            continue
        done.passed[row.reason] += 1
        told_of = row.reason not in {Reason.ELSEWHERE, Reason.NOBODY}
        if told_of and len(done.examples) < _SHOWN:
            done.examples.append(row)
