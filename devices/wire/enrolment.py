"""How a new device gets its keys with a one-time code, over any network.

The code is 32 characters, eight groups of four: 4 name it, 26 (130 random bits) are its secret, 2 tell a misreading.
Letters are Crockford's: no I, L, O or U, and what looks alike is taken as the same.

The secret itself never travels. The device sends the name, a nonce and a proof made with the secret; the hub answers
with the device's credentials, encrypted and authenticated (AES-256-GCM) under a key made from the secret. So nobody on
the way reads or forges them, also where the hub has no certificate. Then the device proves with its new key that it has
them. A QR code carries it all: `veilleuse-enrol:1?hub=URL&code=...&fingerprint=SHA-256 of the hub's certificate`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from devices.errors import WireError

SCHEME = "veilleuse-enrol"
NAME = 4
SECRET = 26
CHECK = 2
LENGTH = NAME + SECRET + CHECK
"Characters of a code without its dashes."

NONCE_BYTES = 16
MAX_TEXT = 2_000
"Characters of a scanned text; a QR code holds no more than 4296."

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans("ILOilo", "110110")
_BOX_NONCE = 12
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a device is given, once."""

    edge: str
    room: str
    secret: str
    "Hexadecimal, as in `edge.key`."
    password: str
    "Of its MQTT account."
    broker_host: str
    broker_port: int
    broker_ca: str = ""
    "PEM; empty where the broker has no TLS."


class Redemption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device asks for its keys."""

    nonce: str
    "Base64."
    proof: str
    "Hexadecimal."


class Redeemed(msgspec.Struct, frozen=True):
    """The hub's answer."""

    box: str
    "Base64 of a nonce and the encrypted `Credentials`."


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device shows that it has its keys."""

    proof: str
    "Hexadecimal."


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code."""

    name: str
    "May be told to anybody."
    secret: str

    @classmethod
    def make(cls, name: bytes, secret: bytes) -> Code:
        """Return a code from random octets: 3 for the name, 17 for the secret, at least."""
        return cls(_letters(name, NAME), _letters(secret, SECRET))

    @classmethod
    def parse(cls, text: str) -> Code:
        """Read a code as somebody typed it.

        Raises:
            WireError: `code`, it is no code, or was misread.
        """
        plain = re.sub(r"[\s-]", "", text[:200]).translate(_ALIKE).upper()
        if len(plain) != LENGTH or not set(plain) <= set(_ALPHABET):
            raise WireError("code", f"a code has {LENGTH} letters and digits, this has {len(plain)}")
        code = cls(plain[:NAME], plain[NAME:-CHECK])
        if plain[-CHECK:] != code.check:
            raise WireError("code", "the code was misread: its last two characters do not fit the others")
        return code

    @property
    def check(self) -> str:
        """The two characters that tell a misreading."""
        return _letters(hashlib.sha256((self.name + self.secret).encode()).digest(), CHECK)

    def __str__(self) -> str:
        plain = self.name + self.secret + self.check
        return "-".join(plain[at : at + 4] for at in range(0, LENGTH, 4))


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a QR code says."""

    hub: str
    "The hub's address, such as `https://veilleuse.local`."
    code: Code
    fingerprint: str = ""
    "SHA-256 of the hub's certificate, hexadecimal; empty where the machine's own authorities vouch for it."

    @classmethod
    def parse(cls, text: str) -> Invitation:
        """Read a scanned text.

        Raises:
            WireError: `code`, it is no invitation of this version.
        """
        scheme, _, rest = text.strip()[:MAX_TEXT].partition(":")
        version, _, query = rest.partition("?")
        if scheme.lower() != SCHEME or version != "1":
            raise WireError("code", f"text is not {SCHEME}:1?...")
        fields = parse_qs(query, max_num_fields=8)
        if not fields.get("hub") or not fields.get("code"):
            raise WireError("code", "text lacks the hub's address or the code")
        fingerprint = fields.get("fingerprint", [""])[0].lower()
        if fingerprint and not _FINGERPRINT.fullmatch(fingerprint):
            raise WireError("code", "fingerprint is not 64 hexadecimal digits")
        return cls(hub_address(fields["hub"][0]), Code.parse(fields["code"][0]), fingerprint)

    def __str__(self) -> str:
        fields = {"hub": self.hub, "code": str(self.code)}
        if self.fingerprint:
            fields["fingerprint"] = self.fingerprint
        return f"{SCHEME}:1?{urlencode(fields)}"


def hub_address(text: str) -> str:
    """Return a hub's address without a path.

    Raises:
        WireError: `code`, it is no http or https address.
    """
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and parts.hostname and not parts.username
        port = parts.port
    except ValueError as error:
        raise WireError("code", f"hub address is malformed: {error}") from None
    if not valid or parts.path.strip("/") or parts.query or parts.fragment:
        raise WireError("code", "hub address is not http://host:port or https://host:port")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def ask(code: Code, nonce: bytes) -> Redemption:
    """Return what a device sends to have its keys."""
    return Redemption(base64.b64encode(nonce).decode(), _proof(code, nonce).hex())


def is_asked(code: Code, asked: Redemption) -> bytes | None:
    """Return the nonce of a request, if whoever made it knows the secret."""
    try:
        nonce = base64.b64decode(asked.nonce, validate=True)
        proof = bytes.fromhex(asked.proof)
    except ValueError:
        return None
    right = len(nonce) == NONCE_BYTES and hmac.compare_digest(_proof(code, nonce), proof)
    return nonce if right else None


def answer(code: Code, nonce: bytes, credentials: Credentials, box_nonce: bytes) -> Redeemed:
    """Return the hub's answer; `box_nonce` is 12 random octets."""
    box = AESGCM(_key(code, "answer")).encrypt(box_nonce, msgspec.json.encode(credentials), nonce)
    return Redeemed(base64.b64encode(box_nonce + box).decode())


def opened(code: Code, nonce: bytes, redeemed: Redeemed) -> Credentials:
    """Return what a hub's answer holds.

    Raises:
        WireError: `box`, it was not made with this code for this request.
    """
    try:
        box = base64.b64decode(redeemed.box, validate=True)
        text = AESGCM(_key(code, "answer")).decrypt(box[:_BOX_NONCE], box[_BOX_NONCE:], nonce)
        return msgspec.json.decode(text, type=Credentials)
    except (ValueError, InvalidTag, msgspec.DecodeError) as error:
        raise WireError("box", f"the answer is not the hub's: {type(error).__name__}") from None


def confirmation(secret: bytes, name: str) -> Confirmation:
    """Return the proof that a device has its keys."""
    return Confirmation(hmac.digest(secret, f"veilleuse/1 enrolled {name}".encode(), "sha256").hex())


def is_confirmed(secret: bytes, name: str, said: Confirmation) -> bool:
    """Tell whether whoever says so has the device's key."""
    return hmac.compare_digest(confirmation(secret, name).proof.encode(), said.proof.encode())


def _key(code: Code, purpose: str) -> bytes:
    text = f"veilleuse/1 enrolment {purpose} {code.name}"
    return hmac.digest(code.secret.encode(), text.encode(), "sha256")


def _proof(code: Code, nonce: bytes) -> bytes:
    return hmac.digest(_key(code, "ask"), nonce, "sha256")


def _letters(octets: bytes, count: int) -> str:
    number = int.from_bytes(octets, "big")
    return "".join(_ALPHABET[number >> 5 * at & 31] for at in range(count))
