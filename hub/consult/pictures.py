"""Pictures that are kept of a call: bare of what their files say beside them, and encrypted where they lie."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from hub.sealing import Sealing
from hub.store import snapshots
from hub.store.database import Database
from hub.store.snapshots import Snapshot

_log = logging.getLogger(__name__)


class CallPictures:
    """Keeps and shows them; any thread may ask it."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    def keep(self, connection: Connection, known: Snapshot, image: bytes) -> None:
        """Keep a picture, as JPEG."""
        snapshots.add(connection, known, self._close(known.call, known.id, image))

    def look(self, connection: Connection, call: str, key: str) -> bytes | None:
        """Return a picture of a call; `None` for one that is unknown.

        Raises:
            SealError: it cannot be opened.
        """
        box = snapshots.box(connection, call, key)
        return None if box is None else self._sealing.open(_place(call, key), box)

    def seal_plain(self, database: Database) -> None:
        """Encrypt what was kept before pictures were; once, at the start."""
        with database.write() as connection:
            found = snapshots.seal_plain(connection, self._close)
        if found:
            _log.info("%d pictures of calls are encrypted now", found)

    def _close(self, call: str, key: str, image: bytes) -> bytes:
        return self._sealing.close(_place(call, key), image)


def _place(call: str, key: str) -> str:
    return f"call/{call}/{key}"
