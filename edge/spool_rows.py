"""The spool's tables, and the statements that need nothing but a connection. Called within a transaction of `Spool`."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec

from devices.clock import SECOND
from devices.wire.messages import Loss, WaveformBlock, waveform_samples
from edge.pipeline import Content
from edge.placing import place_loss

DROPPED_AT_ONCE = 64
"Waveform blocks deleted by one transaction: about a minute of one sensor; bounds what it writes to the log."

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE lane (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    lane TEXT,
    seq INTEGER,
    boot TEXT NOT NULL,            -- empty once its times are UTC
    synchronised INTEGER NOT NULL,
    content BLOB NOT NULL
);
CREATE UNIQUE INDEX batch_number ON batch (lane, seq) WHERE lane IS NOT NULL;
CREATE INDEX batch_waiting ON batch (id) WHERE lane IS NULL;
CREATE TABLE waveform (
    batch INTEGER NOT NULL, n INTEGER NOT NULL, metric TEXT NOT NULL, samples INTEGER NOT NULL,
    since INTEGER NOT NULL, until INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (batch, n)
) WITHOUT ROWID;
CREATE TABLE loss (
    metric TEXT NOT NULL, reason TEXT NOT NULL, boot TEXT NOT NULL, count INTEGER NOT NULL,
    since INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (metric, reason, boot)
) WITHOUT ROWID;
CREATE TABLE record (
    id INTEGER PRIMARY KEY, sensor TEXT NOT NULL, metric TEXT NOT NULL, time INTEGER NOT NULL,
    UNIQUE (sensor, metric, time)
);
"""

TABLES = {
    "meta": ("key", "value"),
    "lane": ("name", "next"),
    "batch": ("id", "lane", "seq", "boot", "synchronised", "content"),
    "waveform": ("batch", "n", "metric", "samples", "since", "until", "body"),
    "loss": ("metric", "reason", "boot", "count", "since", "until"),
    "record": ("id", "sensor", "metric", "time"),
}
"Columns of every table, in the schema's order."

_IDENTITY = re.compile(rb"[0-9a-f]{32}")
content_decoder = msgspec.json.Decoder(Content)
block_decoder = msgspec.json.Decoder(WaveformBlock)
encode = msgspec.json.Encoder().encode

Rows = Mapping[str, list[tuple[Any, ...]]]
"Rows by table, in the order of `TABLES`."


def sound(decoder: msgspec.json.Decoder[Any], body: object) -> bool:
    """Tell whether the disk gave back what was written."""
    try:
        decoder.decode(body)  # type: ignore[arg-type]  # a damaged column may hold anything: TypeError tells
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError):
        return False
    return True


def identity_of(rows: list[tuple[Any, ...]]) -> str | None:
    """Return the spool's identity as it stands in rows of `meta`; `None` if it is missing or damaged."""
    value = dict(rows).get("identity")
    return value.decode() if isinstance(value, bytes) and _IDENTITY.fullmatch(value) else None


def forgiving(text: bytes) -> str:
    """Decode what a damaged file gives as text; what is no text is found out by what it must be."""
    return text.decode("utf-8", "replace")


def waveform_row(block: WaveformBlock) -> tuple[str, int, int, int, bytes]:
    """Return metric, samples, since, until and body of a block."""
    samples = len(waveform_samples(block)) // 2
    return (
        block.metric,
        samples,
        block.time,
        block.time + round(samples * SECOND / block.rate),
        encode(block),
    )


def drop_waveforms(db: sqlite3.Connection, reason: str) -> bool:
    """Delete some of the oldest waveform blocks; tell whether there were any."""
    rows = db.execute(
        "SELECT batch, n, metric, samples, since, until, boot FROM waveform JOIN batch ON batch.id = batch"
        " ORDER BY batch, n LIMIT ?",
        (DROPPED_AT_ONCE,),
    ).fetchall()
    db.executemany("DELETE FROM waveform WHERE batch = ? AND n = ?", [row[:2] for row in rows])
    for _, _, metric, samples, since, until, boot in rows:
        note_loss(db, Loss(metric, samples, since, until, reason), boot)
    return bool(rows)


def note_loss(db: sqlite3.Connection, loss: Loss, boot: str) -> None:
    """Add to what the next batch will tell as lost."""
    db.execute(
        "INSERT INTO loss (metric, reason, boot, count, since, until) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (metric, reason, boot) DO UPDATE SET count = count + excluded.count,"
        " since = min(since, excluded.since), until = max(until, excluded.until)",
        (loss.metric, loss.reason, boot, loss.count, loss.since, loss.until),
    )


def take_losses(db: sqlite3.Connection, boot: str) -> tuple[Loss, ...]:
    """Return what is to be told as lost, and forget it."""
    rows = db.execute(
        "DELETE FROM loss WHERE boot = ? RETURNING metric, count, since, until, reason", (boot,)
    ).fetchall()
    return tuple(Loss(*row) for row in rows)


def place_losses(db: sqlite3.Connection, boot: str, shift: int) -> None:
    """Give UTC times to the losses of a boot."""
    for loss in take_losses(db, boot):
        note_loss(db, place_loss(loss, shift), "")


def readable(rows: Rows) -> dict[str, list[tuple[Any, ...]]]:
    """Return those of a damaged spool's rows that are still what was written."""
    batches = {row[0]: row for row in rows.get("batch", ()) if sound(content_decoder, row[5])}
    waveforms = [
        row for row in rows.get("waveform", ()) if row[0] in batches and sound(block_decoder, row[6])
    ]
    return {**rows, "batch": list(batches.values()), "waveform": waveforms}


def adopt(db: sqlite3.Connection, rows: Rows, *, keep_numbers: bool) -> int:
    """Insert rows into new tables, leaving out what breaks their rules; return how many batches there are."""
    for table, columns in TABLES.items():
        kept = rows.get(table, [])
        if not keep_numbers:
            kept = _without_numbers(table, kept)
        # The new file's own identity gives way to the old one; any other conflict is a row that damage has doubled.
        conflict = "REPLACE" if table == "meta" else "IGNORE"
        holes = ", ".join("?" for _ in columns)
        db.executemany(f"INSERT OR {conflict} INTO {table} VALUES ({holes})", kept)  # noqa: S608 - our own schema
    return int(db.execute("SELECT count(*) FROM batch").fetchone()[0])


def _without_numbers(table: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    match table:
        case "lane":
            return []
        case "meta":
            return [row for row in rows if row[0] != "identity"]
        case "batch":
            return [(row[0], None, None, *row[3:]) for row in rows]
        case _:
            return rows
