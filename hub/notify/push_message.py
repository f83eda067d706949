"""Web Push as bytes: a message that only one device can read (RFC 8291, RFC 8188) and the hub's signature (RFC 8292). Pure.

Written on the cryptography library alone: the two standards are a key agreement, two HKDFs, one AES-GCM record and one
ES256 signature, which is less than the interface of any library for them.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

POINT = 65
"Bytes of a point of P-256, uncompressed."
SECRET = 16
"Bytes of a subscription's authentication secret."
RECORD = 4096
"Octets of the one record; push services need take no more (RFC 8291 section 4)."
MAX_TEXT = RECORD - 16 - 1
"Bytes of a message: a record less its tag and its delimiter."


class PushMessageError(ValueError):
    """Bytes that are no message for this key, or a key that is none."""


@dataclass(frozen=True, slots=True)
class Target:
    """Keys of the device that alone can read a message, as its browser made them."""

    point: bytes
    "Its public key, P-256, uncompressed."
    secret: bytes
    "16 bytes."

    def check(self) -> None:
        """Check both.

        Raises:
            PushMessageError: they are no such keys.
        """
        if len(self.secret) != SECRET:
            raise PushMessageError(f"authentication secret of {len(self.secret)} bytes, expected {SECRET}")
        _public(self.point)


def encrypt(text: bytes, target: Target, key: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """Return the body of a push.

    Args:
        text: what the device reads.
        target: its keys.
        key: of this message alone.
        salt: 16 random bytes, of this message alone.

    Raises:
        PushMessageError: the text is too long, or the device's keys are none.
    """
    if len(text) > MAX_TEXT:
        raise PushMessageError(f"message of {len(text)} bytes, at most {MAX_TEXT} allowed")
    target.check()
    own = point_of(key.public_key())
    shared = key.exchange(ec.ECDH(), _public(target.point))
    content, nonce = _keys(shared, target, own, salt)
    # 2 ends the last record (RFC 8188 section 2); there is one.
    sealed = AESGCM(content).encrypt(nonce, text + b"\x02", None)
    return salt + RECORD.to_bytes(4, "big") + bytes([len(own)]) + own + sealed


def token(origin: str, contact: str, expires: int, key: ec.EllipticCurvePrivateKey) -> str:
    """Return the signed claim by which a push service knows the hub (RFC 8292): a JWT under ES256.

    Args:
        origin: of the push service, `https://push.example`.
        contact: `mailto:` address of who runs the hub.
        expires: seconds since 1970, at most a day ahead.
        key: the hub's.
    """
    claims = {"aud": origin, "exp": expires, "sub": contact}
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    text = ".".join(encode64(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    one, two = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{encode64(one.to_bytes(32, 'big') + two.to_bytes(32, 'big'))}"


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as 65 bytes."""
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def encode64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode64(text: str) -> bytes:
    """Return what base64url stands for, with or without padding.

    Raises:
        PushMessageError: it is none.
    """
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise PushMessageError("text is no base64url") from None


def _public(point: bytes) -> ec.EllipticCurvePublicKey:
    if len(point) != POINT or point[0] != 4:
        raise PushMessageError(f"public key of {len(point)} bytes is no uncompressed point of P-256")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise PushMessageError("public key is not on the curve") from None


def _keys(shared: bytes, target: Target, sender: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """Derive content key and nonce (RFC 8291 section 3.4)."""
    material = _hkdf(target.secret, b"WebPush: info\0" + target.point + sender, 32, shared)
    return (
        _hkdf(salt, b"Content-Encoding: aes128gcm\0", 16, material),
        _hkdf(salt, b"Content-Encoding: nonce\0", 12, material),
    )


def _hkdf(salt: bytes, info: bytes, length: int, material: bytes) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(material)
