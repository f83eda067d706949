"""One database: its connections, its transactions, its version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from hub.store.errors import StoreError, StoreUnavailableError, StoreVersionError
from hub.store.tables import metadata

_MIGRATIONS = Path(__file__).parent / "migrations"
_BULK = frozenset({"head", "chunks", "waveforms", "call_snapshots", "wound_pictures"})
_BUSY_MS = 10_000
"How long a transaction waits for another one's write lock before it fails."


class Database:
    """A SQLite file in WAL mode, every commit on the disk before it returns."""

    def __init__(self, path: Path, *, create: bool = True, prepare: bool = True) -> None:
        """Open the file and bring it to this release's version.

        Args:
            path: the file.
            create: whether a missing file is made; a hub that lost its database must not start silently empty.
            prepare: check it and bring it to this version; not for who only reads beside a hub that did.

        Raises:
            StoreVersionError: a newer release wrote the file.
            StoreError: the file is missing, is no database, is damaged, or cannot be opened.
        """
        self.path = path
        if not path.exists():
            if not create:
                raise StoreError(f"{path} is missing")
            # Names and alerts of patients: nobody else on the machine reads them.
            path.touch(mode=0o600)
        self.engine = _engine(path)
        try:
            with _translated(path):
                if prepare:
                    self._check()
                    self.migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def write(self, *, relaxed: bool = False) -> Iterator[Connection]:
        """Run a transaction that writes; it holds the write lock from its start, so it never fails half way for it.

        Args:
            relaxed: a power failure may undo it, as a whole; for what only rearranges what is already there.

        Raises:
            StoreUnavailableError: disk full, input/output error, or locked for too long; nothing was written.
        """
        with _translated(self.path), self.engine.connect() as connection:
            connection.execution_options(immediate=True, relaxed=relaxed)
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run a transaction that reads one consistent state."""
        with _translated(self.path), self.engine.connect() as connection, connection.begin():
            yield connection

    def migrate(self, revision: str = "head") -> None:
        """Bring the database to a version, all steps in one transaction.

        Raises:
            StoreVersionError: the database's version is not one this release knows.
        """
        config = _alembic()
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        with self.write() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            if current is not None and current not in known:
                raise StoreVersionError(
                    f"{self.path} has version {current!r}, which this release does not know: "
                    "it was written by a newer one"
                )
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, revision)
            except CommandError as error:
                raise StoreError(f"{self.path}: {error}") from error

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _check(self) -> None:
        with self.read() as connection:
            found = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).scalars()
            # A year of observations would take minutes; a damaged chunk is found when it is read.
            for table in sorted((set(found) & metadata().tables.keys()) - _BULK):
                answer = connection.exec_driver_sql(f"PRAGMA quick_check({table})").scalars().first()
                if answer != "ok":
                    raise StoreError(f"{self.path} is damaged in {table}: {answer}")


def head_revision() -> str:
    """Return the version that this release writes."""
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    if head is None:
        raise StoreError(f"{_MIGRATIONS} holds no version")
    return head


def revisions() -> list[str]:
    """Return every version, oldest first."""
    scripts = ScriptDirectory.from_config(_alembic()).walk_revisions()
    return [script.revision for script in scripts][::-1]


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", pool_size=16, max_overflow=16)

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        # The driver must not begin transactions by itself: it would leave schema changes outside of them.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        connection.execute("PRAGMA cache_size=-16000")
        # 16 MB of log between two checkpoints: each one writes every page twice.
        connection.execute("PRAGMA wal_autocheckpoint=4000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        # It sticks to the pooled connection, so every transaction says which it wants.
        connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if options.get('relaxed') else 'FULL'}")
        immediate = options.get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.OperationalError):
            raise StoreUnavailableError(f"{path}: {error.orig}") from error
        raise StoreError(f"{path}: {error.orig}") from error
