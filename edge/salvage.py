"""Opens a spool whatever state its file is in: a damaged one is put aside, never emptied, and what can be read is kept.

Identity and numbers are kept as well if every numbered batch could be read; otherwise the numbering begins anew, and what
was not acknowledged goes out once more under it.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from edge.reserve import RESERVE_BYTES
from edge.spool import Spool, SpoolError
from edge.spool_rows import TABLES, forgiving, identity_of

_log = logging.getLogger(__name__)

SIDE_FILES = ("", "-wal", "-shm")
"What SQLite keeps beside a database, by the end of its name."

UNREADABLE = "its schema is no text"
DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What reading a damaged file raises; the second when SQLite quotes damaged bytes in its own message, which Python's
module decodes strictly."""

MISSES = 10_000
"Row numbers looked for one by one after a row that cannot be read; bounds the time for a file full of rubbish."

Row = tuple[object, ...]


@dataclass
class Rescued:
    """What could be read of a damaged spool, by table."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    complete: bool = True
    "Every table could be read to its end."


def open_spool(path: Path, *, max_bytes: int, reserve_bytes: int = RESERVE_BYTES) -> Spool:
    """Open a spool, after a check of its file.

    Raises:
        SpoolError: it cannot be opened, is in use, or comes from a newer release.
    """
    fault = examine(path) if path.exists() else None
    if fault is None:
        return Spool(path, max_bytes=max_bytes, reserve_bytes=reserve_bytes)
    aside = put_aside(path)
    _log.error("spool %s is damaged (%s): it is kept as %s, and what can be read goes on", path, fault, aside)
    rescued = rescue(aside)
    spool = Spool(path, max_bytes=max_bytes, reserve_bytes=reserve_bytes)
    batches = spool.adopt(rescued.rows, keep_numbers=rescued.complete)
    _log.error("spool %s: %d batches were saved from %s", path, batches, aside)
    return spool


def examine(path: Path) -> str | None:
    """Return what is wrong with a file, `None` if it is sound.

    Raises:
        SpoolError: another process has it.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=1.0)) as database:
            database.text_factory = forgiving
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
            answer = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
            tables = {
                row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            if answer == "ok" and tables and not {"meta", "batch", "waveform"} <= tables:
                return "it is another program's database"
            if tables and identity_of(database.execute("SELECT key, value FROM meta").fetchall()) is None:
                return "it has no identity"
    except sqlite3.DatabaseError as error:
        if (
            isinstance(error, sqlite3.OperationalError)
            and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
        ):
            raise SpoolError(f"spool {path}: another process has it") from None
        return str(error)
    except UnicodeDecodeError:
        return UNREADABLE
    return None if answer == "ok" else answer


def put_aside(path: Path) -> Path:
    """Rename a spool and its side files to a name that is free, and return it."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for end in SIDE_FILES:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    return aside


def rescue(path: Path) -> Rescued:
    """Read what can be read."""
    rescued = Rescued()
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.text_factory = forgiving
            for table, columns in TABLES.items():
                rescued.rows[table] = list(_rows(database, table, columns, rescued))
    except DAMAGE:
        rescued.complete = False
    return rescued


def _rows(
    database: sqlite3.Connection, table: str, columns: tuple[str, ...], rescued: Rescued
) -> Iterator[Row]:
    """Yield rows until one cannot be read, then those after it by their number, where the table has one."""
    query = f"SELECT {', '.join(columns)} FROM {table} NOT INDEXED"  # noqa: S608 - names from our own schema
    last = 0
    try:
        for row in database.execute(query):
            yield row
            if columns[0] == "id":
                last = int(row[0])
    except DAMAGE:
        rescued.complete = False
    else:
        return
    if columns[0] != "id":
        return
    misses = 0
    while misses < MISSES:
        last += 1
        try:
            row = database.execute(f"{query} WHERE id = ?", (last,)).fetchone()
        except DAMAGE:
            row = None
        if row is None:
            misses += 1
        else:
            misses = 0
            yield row
