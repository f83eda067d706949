"""A push service on loopback (RFC 8030) with browsers behind it that decrypt what comes (RFC 8291) by code of their own.

It checks the hub's signature (RFC 8292) as a vendor's service does, keeps what it took by topic, and answers as it is told.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import FastAPI, Request, Response

from devices.clock import SECOND, SystemClock
from tests.hub.notify.helpers import until


def unpad(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pad(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hkdf(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 for one block."""
    key = hmac.digest(salt, material, "sha256")
    return hmac.digest(key, info + b"\x01", "sha256")[:length]


def open_body(body: bytes, key: ec.EllipticCurvePrivateKey, secret: bytes) -> bytes:
    """Decrypt a push as a browser does; raises on anything that is none for this key."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, sealed = body[21 : 21 + length], body[21 + length :]
    assert (size, length) == (4096, 65)
    assert len(sealed) <= size
    own = raw_point(key)
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    material = hkdf(secret, shared, b"WebPush: info\0" + own + sender, 32)
    content = hkdf(salt, material, b"Content-Encoding: aes128gcm\0", 16)
    nonce = hkdf(salt, material, b"Content-Encoding: nonce\0", 12)
    text, end, rest = AESGCM(content).decrypt(nonce, sealed, None).rpartition(b"\x02")
    assert end
    assert not rest.strip(b"\0")
    return text


def raw_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


@dataclass
class Browser:
    """A browser that subscribed."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    "Statuses and headers given instead of 201."

    @property
    def subscription(self) -> dict[str, str]:
        return {
            "endpoint": self.endpoint,
            "p256dh": pad(raw_point(self.key)),
            "auth": pad(self.secret),
            "label": "Téléphone",
        }


@dataclass
class PushService:
    """The service and its browsers."""

    origin: str = ""
    browsers: dict[str, Browser] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    "Why requests were none that a vendor takes."

    def subscribe(self) -> Browser:
        name = secrets.token_urlsafe(9)
        browser = Browser(f"{self.origin}/push/{name}")
        self.browsers[name] = browser
        return browser

    def take(self, name: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        browser = self.browsers.get(name)
        if browser is None:
            return 404, {}
        try:
            self._check(headers)
        except (AssertionError, ValueError, KeyError, InvalidSignature) as error:
            self.refused.append(repr(error))
            return 403, {}
        if browser.answers:
            return browser.answers.pop(0)
        browser.headers.append(headers)
        browser.received.append(json.loads(open_body(body, browser.key, browser.secret)))
        return 201, {"location": f"{self.origin}/message/{secrets.token_urlsafe(6)}"}

    def _check(self, headers: dict[str, str]) -> None:
        assert headers["content-encoding"] == "aes128gcm"
        assert int(headers["ttl"]) > 0, "ttl 0 reaches only a phone that is awake"
        assert headers["urgency"] in {"very-low", "low", "normal", "high"}
        assert len(headers["topic"]) <= 32
        scheme, _, parameters = headers["authorization"].partition(" ")
        assert scheme == "vapid"
        said = dict(part.strip().split("=", 1) for part in parameters.split(","))
        self._check_claim(said["t"], unpad(said["k"]))

    def _check_claim(self, claim: str, point: bytes) -> None:
        head, body, signature = claim.split(".")
        assert json.loads(unpad(head)) == {"typ": "JWT", "alg": "ES256"}
        raw = unpad(signature)
        assert len(raw) == 64
        made = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        key.verify(made, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
        claims, now = json.loads(unpad(body)), SystemClock().utc() // SECOND
        assert claims["aud"] == self.origin
        assert now < claims["exp"] <= now + 86_400
        assert claims["sub"].startswith("mailto:")


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """Serve until the context ends."""
    service, app = PushService(), FastAPI()

    @app.post("/push/{name}")
    async def push(name: str, request: Request) -> Response:
        status, headers = service.take(name, dict(request.headers), await request.body())
        return Response(status_code=status, headers=headers)

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    service.origin = f"http://127.0.0.1:{port}"
    try:
        yield service
    finally:
        server.should_exit = True
        await serving
