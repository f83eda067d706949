"""What the hub tells an edge in confidence: a sensor's key, and the number by which it is paired.

Commands are authentic but not secret: a broker without TLS shows them to whoever listens on its network. So secrets go in a
box that only the edge can open: AES-256-SIV (RFC 5297) under a key made from the edge's secret, bound to the sensor's
place, so that a box cannot be moved to another sensor. The same secrets give the same box, which needs no nonce, and tells
an edge that nothing has changed. The hub's database holds boxes of the same kind under a key made from its master secret.
"""

from __future__ import annotations

import base64
import hmac

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from devices.errors import WireError

MAX_BOX = 512
"Characters; the longest that is made has some 120."


class Secrets(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What must be known to read a sensor."""

    key: str = ""
    "Bind key of a sensor that encrypts what it broadcasts, hexadecimal."
    pin: str = ""
    "Six digits printed on a sensor that asks for them when it is paired."

    def __bool__(self) -> bool:
        return bool(self.key or self.pin)

    def __repr__(self) -> str:
        # What is logged or shown by mistake must not hold them.
        return "Secrets(...)" if self else "Secrets()"


def keeping(master: bytes) -> bytes:
    """Return the key under which the hub keeps secrets on its disk."""
    return hmac.digest(master, b"veilleuse/1 sensors' secrets at rest", "sha512")


def close(key: bytes, place: str, secrets: Secrets) -> str:
    """Return a box.

    Args:
        key: 64 octets: `Keys.confidence`, or `keeping`.
        place: the sensor's address in capitals, or its port.
        secrets: what goes in; none gives an empty text.
    """
    if not secrets:
        return ""
    return base64.b64encode(AESSIV(key).encrypt(msgspec.json.encode(secrets), [place.encode()])).decode()


def open_box(key: bytes, place: str, box: str) -> Secrets:
    """Return what a box holds; an empty text holds nothing.

    Raises:
        WireError: `box`, it was not made with this key for this place.
    """
    if not box:
        return Secrets()
    try:
        text = AESSIV(key).decrypt(base64.b64decode(box[:MAX_BOX], validate=True), [place.encode()])
        return msgspec.json.decode(text, type=Secrets)
    except (ValueError, InvalidTag, msgspec.DecodeError) as error:
        raise WireError(
            "box", f"secrets are not for this device and sensor: {type(error).__name__}"
        ) from None
