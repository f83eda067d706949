"""Sensors' keys and pairing numbers: kept encrypted, told to nobody but the edge that reads the sensor.

They lie beside the hub's other secrets in `secrets/sensors`, mode 0600: a table by place (Bluetooth address or port) of boxes
under a key made from the master secret (`devices.wire.confidence`), written as a whole. The database holds none, so neither its
copies nor the interface can tell one. What was given once for a sensor stays until it is given anew, so that a sensor that is
unlinked and linked again, or moved to another room, need not have its key typed a second time.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import msgspec

from devices.errors import WireError
from devices.wire.confidence import Secrets, close, keeping, open_box
from devices.wire.seal import Keys, edge_secret
from hub.secret_file import write_secret
from hub.store import records
from hub.store.database import Database

FILE = "sensors"
"Below the folder of the hub's secrets."

MAX_KEPT = 4_096
"Sensors remembered; the longest not given anew goes first. A home has some hundreds."

_log = logging.getLogger(__name__)


class Vault:
    """The secrets of a home's sensors. Any thread may call it."""

    def __init__(self, folder: Path, master: bytes, database: Database) -> None:
        """Read what is kept; what cannot be read is left out and written down in the log.

        Args:
            folder: of the hub's secrets.
            master: the hub's master secret.
            database: says which version of its key each edge has.
        """
        self._path = folder / FILE
        self._master = master
        self._key = keeping(master)
        self._database = database
        self._lock = threading.Lock()
        self._boxes = self._read()

    def keep(self, place: str, secrets: Secrets) -> None:
        """Keep a sensor's secrets; none leaves what is kept.

        Raises:
            ConfigError: they cannot be written.
        """
        box = close(self._key, place, secrets)
        with self._lock:
            if not box or self._boxes.get(place) == box:
                return
            boxes = {name: kept for name, kept in self._boxes.items() if name != place} | {place: box}
            while len(boxes) > MAX_KEPT:
                del boxes[next(iter(boxes))]
            write_secret(self._path, msgspec.json.encode(boxes))
            self._boxes = boxes

    def of(self, place: str) -> Secrets:
        """Return the secrets of a sensor, as far as somebody gave them."""
        try:
            return open_box(self._key, place, self._boxes.get(place, ""))
        except WireError as error:
            _log.warning("secrets of the sensor at %s cannot be opened: %s", place, error)
            return Secrets()

    def box(self, edge: str, place: str, given: Secrets | None = None) -> str:
        """Return what an edge is told in confidence of a sensor, empty when there is nothing.

        Args:
            edge: identifier.
            place: the sensor's address in capitals, or its port.
            given: secrets that were just typed; those that are kept otherwise.
        """
        secrets = given or self.of(place)
        if not secrets:
            return ""
        with self._database.read() as connection:
            known = records.edges(connection).get(edge)
        if known is None:
            return ""
        return close(Keys(edge_secret(self._master, edge, known.key_version)).confidence, place, secrets)

    def _read(self) -> dict[str, str]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            _log.error("%s cannot be read: %s", self._path, error.strerror)
            return {}
        try:
            return msgspec.json.decode(content, type=dict[str, str])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            _log.error("%s is damaged, keys have to be given again: %s", self._path, error)
            return {}
