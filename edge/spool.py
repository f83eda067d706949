"""The room's memory on disk: every reading stays here until the hub says that it is on the hub's disk.

One SQLite file in WAL mode with full synchronisation, used by one thread of one process (the file is locked: two edges on
one spool would number twice). A batch is sealed without a number and gets lane and number when it is first sent
(docs/architecture.md, "A batch gets its number late"); lane and number never change afterwards.

When room ends (`max_bytes`, or the disk): the oldest waveforms go first, and each is told as a `Loss` in the next batch;
vital signs never go. A numbered batch that lost its waveforms keeps its number. What makes deleting possible on a full
disk is in `edge.reserve`.

SpoolError              the spool cannot be used
└── SpoolFullError      nothing more fits, though all waveforms went; the caller keeps what it has and tries again
"""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from devices.errors import VeilleuseError
from devices.quality import NO_DOUBT, Quality
from devices.wire.messages import EventNote, Lane, LimitSet, Observation, SensorSet, WaveformBlock
from edge.pipeline import Batch, Content
from edge.placing import newest_unplaced, place_content, place_item
from edge.reserve import RESERVE_BYTES, Reserve, disk_is_full, free_bytes
from edge.spool_rows import (
    SCHEMA,
    Rows,
    adopt,
    block_decoder,
    content_decoder,
    drop_waveforms,
    encode,
    forgiving,
    identity_of,
    place_losses,
    readable,
    sound,
    take_losses,
    waveform_row,
)

SCHEMA_VERSION = 1
RECORDS_KEPT = 50_000
"Records of meters remembered against a second copy: years of several meters."

PLACED_AT_ONCE = 200
"Batches placed by one transaction: some minutes of readings."

ROOM_WITHIN = 2 * 1024 * 1024
"Free room made within a new file: some minutes of readings."

LOG_PAGES = 256
"Pages after which the write-ahead log is written back: 1 MB, a quarter of the reserve."

_limits = msgspec.json.Decoder(LimitSet)
_sensors = msgspec.json.Decoder(SensorSet)
_T = TypeVar("_T")


class SpoolError(VeilleuseError):
    """The spool cannot be used; the text names the file and the reason."""


class SpoolFullError(SpoolError):
    """Nothing more fits on the disk."""


@dataclass(frozen=True, slots=True)
class Placement:
    """What was known of the time when a batch was made."""

    synchronised: bool
    boot: str = ""
    "Identity of the machine's boot when times are monotonic; empty when they are UTC."


@dataclass(frozen=True, slots=True)
class Numbered:
    """A batch that has its place in a lane."""

    spool: str
    lane: Lane
    seq: int
    synchronised: bool
    content: Content
    waveforms: tuple[WaveformBlock, ...]


@dataclass(frozen=True, slots=True)
class LanePosition:
    """Where a lane stands."""

    acknowledged: int
    numbered: int


class Spool:
    """One edge's spool. Every method may block for a commit; call from one thread."""

    def __init__(self, path: Path, *, max_bytes: int, reserve_bytes: int = RESERVE_BYTES) -> None:
        """Open or create a spool whose file is sound (`edge.salvage.open_spool` makes sure).

        Raises:
            SpoolError: it cannot be opened, is in use, or comes from a newer release.
        """
        self._path = path
        self._max_bytes = max_bytes
        self.reserve = Reserve(path, reserve_bytes)
        self.full = False
        "Waveforms are being given up, or nothing fits any more."
        self.unreadable = 0
        "Batches and waveforms read back damaged."
        self._acknowledged: dict[Lane, int] = {}
        self.pending = 0
        "Batches that the hub has not acknowledged."
        self._added = 0
        self._deleted: dict[Lane, int] = {}
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.text_factory = forgiving
            self._prepare()
        except sqlite3.Error as error:
            raise SpoolError(f"spool {path}: {error}") from None
        self.identity = self._identity()
        self.pending = int(self._db.execute("SELECT count(*) FROM batch").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(SpoolError):
            self.flush()
        self._db.close()

    def seal(self, batch: Batch, placement: Placement, lane: Lane | None = None) -> Numbered | None:
        """Make a batch durable, and give it the next number of `lane`; return it if it has one.

        Records that the sensor had stored and that were sealed before are left out; the memory of them is written in
        the same transaction. Losses not yet told are told by this batch. Nothing is written if nothing is left.

        Raises:
            SpoolFullError: it does not fit; nothing was written.
        """
        self._keep_below_limit()
        return self._write(partial(self._seal, batch, placement, lane))

    def number_late(self, limit: int) -> list[Numbered]:
        """Number the oldest batches that have no lane yet into the late one.

        Raises:
            SpoolFullError: the numbers could not be written.
        """
        rows = self._db.execute(
            "SELECT id FROM batch WHERE lane IS NULL AND boot = '' ORDER BY id LIMIT ?", (limit,)
        ).fetchall()
        if not rows:
            return []
        first = self._write(partial(self._number_late, [row[0] for row in rows]))
        return self.unacknowledged(Lane.LATE, first - 1, limit)

    def unacknowledged(self, lane: Lane, after: int, limit: int) -> list[Numbered]:
        """Return the batches of a lane with numbers above `after`, in order."""
        rows = self._db.execute(
            "SELECT id, seq, synchronised, content FROM batch WHERE lane = ? AND seq > ? ORDER BY seq LIMIT ?",
            (lane, after, limit),
        ).fetchall()
        return [
            Numbered(
                self.identity, lane, seq, bool(synchronised), self._readable(content), self._waveforms(batch)
            )
            for batch, seq, synchronised, content in rows
        ]

    def position(self, lane: Lane) -> LanePosition:
        """Return where a lane stands on disk."""
        numbered = self._next(lane) - 1
        oldest = self._db.execute("SELECT min(seq) FROM batch WHERE lane = ?", (lane,)).fetchone()[0]
        return LanePosition(numbered if oldest is None else oldest - 1, numbered)

    def waiting(self) -> int:
        """Return how many batches have no lane yet."""
        return int(self._db.execute("SELECT count(*) FROM batch WHERE lane IS NULL").fetchone()[0])

    def acknowledge(self, lane: Lane, seq: int) -> None:
        """Note that everything up to `seq` is on the hub's disk; deleted by the next transaction, or `flush`."""
        self._acknowledged[lane] = max(seq, self._acknowledged.get(lane, 0))

    def flush(self) -> None:
        """Delete what was acknowledged.

        Raises:
            SpoolFullError: deleting did not fit on the disk; it is tried again.
        """
        if self._acknowledged:
            self._write(self._delete_acknowledged)

    def renew(self) -> str:
        """Begin a new numbering under a new identity, with all that is not acknowledged; return the identity."""
        identity = uuid.uuid4().hex
        self._write(partial(self._renew, identity))
        self._acknowledged.clear()
        self.identity = identity
        return identity

    def unplaced(self) -> bool:
        """Tell whether batches wait for their time to be known."""
        return bool(self._db.execute("SELECT EXISTS (SELECT 1 FROM batch WHERE boot <> '')").fetchone()[0])

    def place(self, boot: str, offset: int) -> None:
        """Give UTC times to all batches that have monotonic ones.

        Those of `boot` get `offset` added. Those of an earlier boot, whose time was never known, are put right before
        this boot began, in their order and with their distances, flagged as of unchecked time and not synchronised.

        Raises:
            SpoolFullError: they could not be written; nothing has changed for those that are left.
        """
        boots = self._db.execute(
            "SELECT boot FROM batch WHERE boot <> '' UNION SELECT boot FROM loss WHERE boot <> ''"
        )
        for (other,) in boots.fetchall():
            checked = other == boot
            shift = offset if checked else offset - self._newest(other)
            while self._write(partial(self._place_some, other, shift, checked=checked)):
                pass
            self._write(partial(place_losses, self._db, other, shift))

    def limits(self) -> LimitSet | None:
        """Return the limits that the hub last set."""
        row = self._db.execute("SELECT value FROM meta WHERE key = 'limits'").fetchone()
        if row is None:
            return None
        if not sound(_limits, row[0]):
            self.unreadable += 1
            return None
        return _limits.decode(row[0])

    def alarms(self) -> bytes | None:
        """Return where the room's own judgement stood after the newest batch that changed it."""
        row = self._db.execute("SELECT value FROM meta WHERE key = 'alarms'").fetchone()
        return row[0] if row is not None and isinstance(row[0], bytes) else None

    def keep_limits(self, limits: LimitSet) -> None:
        """Keep the limits in force.

        Raises:
            SpoolFullError: they could not be written.
        """
        body = encode(limits)
        self._write(partial(self._db.execute, "INSERT OR REPLACE INTO meta VALUES ('limits', ?)", (body,)))

    def sensors(self) -> SensorSet | None:
        """Return the sensors that the hub last gave to this edge."""
        row = self._db.execute("SELECT value FROM meta WHERE key = 'sensors'").fetchone()
        if row is None:
            return None
        if not sound(_sensors, row[0]):
            self.unreadable += 1
            return None
        return _sensors.decode(row[0])

    def keep_sensors(self, sensors: SensorSet) -> None:
        """Keep the sensors that the hub gave.

        Raises:
            SpoolFullError: they could not be written.
        """
        body = encode(sensors)
        self._write(partial(self._db.execute, "INSERT OR REPLACE INTO meta VALUES ('sensors', ?)", (body,)))

    def tidy(self) -> None:
        """Restore the reserve when there is room again; call every few seconds."""
        if self.reserve.restore():
            self.full = self._used() > self._max_bytes or free_bytes(self._path) < self.reserve.size

    def disk_free(self) -> int:
        """Return the bytes free on the spool's disk."""
        return free_bytes(self._path)

    def adopt(self, rows: Rows, *, keep_numbers: bool) -> int:
        """Take over what was read of a damaged spool, into a new one; return how many batches.

        Args:
            rows: by table, as in `TABLES`; a row that is no longer what it was is left out.
            keep_numbers: nothing was missing, so that identity and numbers stay.
        """
        sound_rows = readable(rows)
        complete = len(sound_rows["batch"]) == len(rows.get("batch", ()))
        keep = keep_numbers and complete and identity_of(rows.get("meta", [])) is not None
        batches = self._write(partial(self._adopt, sound_rows, keep_numbers=keep))
        self.identity = self._identity()
        return batches

    # Opening

    def _prepare(self) -> None:
        # Exclusive: the index of the log lies in memory instead of a third file, and a second process is refused.
        for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "busy_timeout=1000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
        version = self._pragma("user_version")
        if version > SCHEMA_VERSION:
            raise SpoolError(f"spool {self._path}: has format {version}, this release knows {SCHEMA_VERSION}")
        self._path.chmod(0o600)
        self.full = not self.reserve.restore()
        if version == 0:
            self._transaction(self._create)
            self._transaction(self._set_room_aside)
        self._transaction(self._forget_old_records)

    def _create(self) -> None:
        for statement in SCHEMA.split(";\n"):
            self._db.execute(statement)
        self._db.execute("INSERT INTO meta VALUES ('identity', ?)", (uuid.uuid4().hex.encode(),))
        self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def _set_room_aside(self) -> None:
        """Make free pages within the file: what is sent and acknowledged goes on when others fill the disk."""
        self._db.execute("CREATE TABLE room (body BLOB)")
        self._db.execute("INSERT INTO room VALUES (zeroblob(?))", (ROOM_WITHIN,))
        self._db.execute("DROP TABLE room")

    def _forget_old_records(self) -> None:
        self._db.execute("DELETE FROM record WHERE id <= (SELECT max(id) FROM record) - ?", (RECORDS_KEPT,))

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    def _identity(self) -> str:
        identity = identity_of(self._db.execute("SELECT key, value FROM meta").fetchall())
        if identity is None:
            raise SpoolError(f"spool {self._path}: has no identity")
        return identity

    # Transactions

    def _write(self, work: Callable[[], _T]) -> _T:
        """Run `work` in one durable transaction, making room and repeating it when there is none."""
        while True:
            try:
                return self._transaction(work)
            except sqlite3.Error as error:
                if not disk_is_full(error, self._path):
                    raise SpoolError(f"spool {self._path}: {error}") from None
            self.full = True
            # Deleting needs room in the write-ahead log: the reserve gives it. Every round frees something or ends.
            freed = self.reserve.release()
            if not self._drop_on_full_disk() and not freed:
                raise SpoolFullError(f"spool {self._path}: disk is full")

    def _transaction(self, work: Callable[[], _T]) -> _T:
        self._added, self._deleted = 0, dict[Lane, int]()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            result = work()
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self.pending += self._added
        for lane, seq in self._deleted.items():
            if self._acknowledged.get(lane) == seq:
                del self._acknowledged[lane]
        return result

    def _seal(self, batch: Batch, placement: Placement, lane: Lane | None) -> Numbered | None:
        self._delete_acknowledged()
        observations = tuple(each for each in batch.content.observations if self._is_new(each))
        told = (*batch.content.losses, *take_losses(self._db, placement.boot))
        events = tuple(each for each in batch.content.events if self._is_new_event(each))
        content = Content(observations, batch.content.statuses, told, events, batch.content.verdicts)
        was_empty = batch.content == Content()
        if batch.alarms:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('alarms', ?)", (batch.alarms,))
        if content == Content() and not batch.waveforms and not was_empty:
            return None
        seq = None if lane is None else self._take_numbers(lane, 1)
        cursor = self._db.execute(
            "INSERT INTO batch (lane, seq, boot, synchronised, content) VALUES (?, ?, ?, ?, ?)",
            (lane, seq, placement.boot, placement.synchronised, encode(content)),
        )
        self._db.executemany(
            "INSERT INTO waveform VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(cursor.lastrowid, n, *waveform_row(block)) for n, block in enumerate(batch.waveforms)],
        )
        self._added += 1
        if lane is None or seq is None:
            return None
        return Numbered(self.identity, lane, seq, placement.synchronised, content, batch.waveforms)

    def _delete_acknowledged(self) -> None:
        for lane, seq in self._acknowledged.items():
            self._db.execute(
                "DELETE FROM waveform WHERE batch IN (SELECT id FROM batch WHERE lane = ? AND seq <= ?)",
                (lane, seq),
            )
            self._added -= self._db.execute(
                "DELETE FROM batch WHERE lane = ? AND seq <= ?", (lane, seq)
            ).rowcount
            self._deleted[lane] = seq

    def _is_new(self, observation: Observation) -> bool:
        if not observation.stored:
            return True
        if observation.record:
            # As for events: no metric has a slash in its name.
            return self._remember(observation.sensor, f"{observation.metric}/{observation.record}", 0)
        return self._remember(observation.sensor, observation.metric, observation.time)

    def _is_new_event(self, event: EventNote) -> bool:
        # Its identity takes the metric's place; no metric has a slash in its name.
        return self._remember(event.sensor, f"event/{event.identity}", 0)

    def _remember(self, sensor: str, metric: str, time: int) -> bool:
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO record (sensor, metric, time) VALUES (?, ?, ?)", (sensor, metric, time)
        )
        return cursor.rowcount == 1

    def _next(self, lane: Lane) -> int:
        row = self._db.execute("SELECT next FROM lane WHERE name = ?", (lane,)).fetchone()
        return 1 if row is None else int(row[0])

    def _take_numbers(self, lane: Lane, count: int) -> int:
        first = self._next(lane)
        self._db.execute("INSERT OR REPLACE INTO lane VALUES (?, ?)", (lane, first + count))
        return first

    def _number_late(self, batches: list[int]) -> int:
        first = self._take_numbers(Lane.LATE, len(batches))
        self._db.executemany(
            "UPDATE batch SET lane = 'late', seq = ? WHERE id = ?",
            [(first + index, batch) for index, batch in enumerate(batches)],
        )
        return first

    def _renew(self, identity: str) -> None:
        self._db.execute("UPDATE meta SET value = ? WHERE key = 'identity'", (identity.encode(),))
        self._db.execute("UPDATE batch SET lane = NULL, seq = NULL")
        self._db.execute("DELETE FROM lane")

    def _adopt(self, rows: Rows, *, keep_numbers: bool) -> int:
        batches = adopt(self._db, rows, keep_numbers=keep_numbers)
        self._added += batches
        return batches

    # Waveforms and losses

    def _waveforms(self, batch: int) -> tuple[WaveformBlock, ...]:
        rows = self._db.execute("SELECT body FROM waveform WHERE batch = ? ORDER BY n", (batch,)).fetchall()
        blocks = tuple(block_decoder.decode(body) for (body,) in rows if sound(block_decoder, body))
        self.unreadable += len(rows) - len(blocks)
        return blocks

    def _readable(self, body: object) -> Content:
        """Decode a batch's content; what the disk has damaged is empty, so that it holds up nothing."""
        if sound(content_decoder, body):
            return content_decoder.decode(body)  # type: ignore[arg-type]  # it was decoded right before
        self.unreadable += 1
        return Content()

    def _keep_below_limit(self) -> None:
        if self._used() > self._max_bytes:
            self.full = True
            # Down to 95 %, so that the next seconds need no deleting. With no waveform left, vital signs go beyond.
            enough = self._max_bytes * 0.95
            while self._used() > enough and self._write(partial(drop_waveforms, self._db, "spool_limit")):
                pass
        elif free_bytes(self._path) < self.reserve.size and self._pragma("freelist_count") < LOG_PAGES:
            self.full = True
            # The disk is nearly full: stay within the file as it is, whose free pages need no room.
            while self._pragma("freelist_count") < 2 * LOG_PAGES and self._drop_on_full_disk():
                pass

    def _used(self) -> int:
        pages = self._pragma("page_count") - self._pragma("freelist_count")
        return pages * self._pragma("page_size")

    def _drop_on_full_disk(self) -> bool:
        """Delete some waveforms; tell whether there were any and it could be done."""
        try:
            dropped = self._transaction(partial(drop_waveforms, self._db, "disk_full"))
        except sqlite3.Error as error:
            if not disk_is_full(error, self._path):
                raise SpoolError(f"spool {self._path}: {error}") from None
            return False
        with contextlib.suppress(sqlite3.Error):
            # Written back into the file's freed pages, the log begins anew instead of growing. Where it cannot be yet,
            # because the file would have to grow for it, the next round has freed more.
            self._db.execute("PRAGMA wal_checkpoint(RESTART)")
        return dropped

    # Placing

    def _newest(self, boot: str) -> int:
        contents = self._db.execute("SELECT content FROM batch WHERE boot = ?", (boot,))
        newest = max((newest_unplaced(self._readable(body)) for (body,) in contents), default=0)
        lost = self._db.execute("SELECT max(until) FROM loss WHERE boot = ?", (boot,)).fetchone()[0]
        return max(newest, lost or 0)

    def _place_some(self, boot: str, shift: int, *, checked: bool) -> bool:
        """Place some batches of a boot; tell whether there were any."""
        flags = NO_DOUBT if checked else Quality.DEVICE_TIME
        rows = self._db.execute(
            "SELECT id, content FROM batch WHERE boot = ? ORDER BY id LIMIT ?", (boot, PLACED_AT_ONCE)
        ).fetchall()
        for batch, body in rows:
            content = place_content(self._readable(body), shift, flags)
            self._db.execute(
                "UPDATE batch SET content = ?, boot = '', synchronised = ? WHERE id = ?",
                (encode(content), checked, batch),
            )
            blocks = self._db.execute("SELECT n, body FROM waveform WHERE batch = ?", (batch,)).fetchall()
            self._db.executemany(
                "UPDATE waveform SET since = ?, until = ?, body = ? WHERE batch = ? AND n = ?",
                [
                    (*waveform_row(place_item(block_decoder.decode(block), shift, flags))[2:], batch, n)
                    for n, block in blocks
                    if sound(block_decoder, block)
                ],
            )
        return bool(rows)
