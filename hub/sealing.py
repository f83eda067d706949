"""Pictures of residents lie encrypted on the disk: whoever copies the database sees none.

AES-256-GCM (NIST SP 800-38D) under a key made from the hub's master secret, each box with a nonce of its own drawn at random
(2^32 boxes are safe under one key) and bound to its place, so that no picture can be put under another wound or call. The master
secret lies beside the database, mode 0600: a backup without it is a backup without pictures.
"""

from __future__ import annotations

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from devices.errors import VeilleuseError

NONCE: Final = 12
_PURPOSE: Final = b"veilleuse/1 pictures of wounds at rest"
"Says less than it does now: another text would be another key, and what lies there could not be opened."


class SealError(VeilleuseError):
    """A box was not made with this key for this place, or is damaged."""


class Sealing:
    """Closes and opens boxes; any thread may ask it."""

    def __init__(self, master: bytes) -> None:
        self._cipher = AESGCM(hmac.digest(master, _PURPOSE, "sha256"))

    def close(self, place: str, content: bytes) -> bytes:
        """Return a box that only this hub opens, and only as that of this place."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, content, place.encode())

    def open(self, place: str, box: bytes) -> bytes:
        """Return what a box holds.

        Raises:
            SealError: it is not this hub's, not of this place, or damaged.
        """
        try:
            return self._cipher.decrypt(box[:NONCE], box[NONCE:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise SealError(f"what lies at {place!r} cannot be opened: {type(error).__name__}") from None
