"""Web Push to the devices that people subscribed (RFC 8030), through the services of the browsers' vendors.

- `Sent` means that a push service has it. The device's service worker says by itself when it shows the notification and
  when somebody touched it; without that word within the ttl the recipient's next channel is tried (trap 17).
- What passes the vendor is encrypted for the device alone and holds no name: what is known to the vendor is that this
  hub told this device something, and how urgently.
- A device whose subscription its push service does not know any more is forgotten, and the log says so.
- Nothing is sent to an address whose host the home did not allow, no redirection is followed, no proxy of the
  environment is used. Addresses of subscriptions are capabilities: they are in no log and no text.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Protocol

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from devices.clock import SECOND, Clock
from hub.notify.base import (
    QUESTION_CODE,
    REMINDER_CODE,
    GiveUp,
    Notice,
    Outcome,
    Receipt,
    ReceiptKind,
    Retry,
    Sent,
    State,
)
from hub.notify.budget import Budget
from hub.notify.push_config import PushConfig
from hub.notify.push_message import PushMessageError, Target, encode64, encrypt, point_of, token
from hub.notify.standing import Standing

AT_ONCE = 8
"Requests side by side."
LIMIT = 25.0
"Seconds for all of a notice's devices."
VALID = 12 * 3600
"Seconds for which a signed claim holds; push services allow a day."
GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
"Answers that mean: this subscription is over (RFC 8030 section 7.3)."
TESTS = 10
"Tests an hour for one device: enough to set a telephone up, too few to use somebody's push service as a hammer."
MAX_TESTED = 512
"Devices of which that is remembered."
_TYPES = {REMINDER_CODE: "reminder", QUESTION_CODE: "question"}
"Of what is no alert."
BUSY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})

_NO_DEVICE = "no device receives pushes"
_STOPPED = "the channel is not running"
_log = logging.getLogger(__name__)


class Subscribed(Protocol):
    """One device."""

    @property
    def id(self) -> str:
        """Identity."""
        ...

    @property
    def endpoint(self) -> str:
        """Address at its push service."""
        ...

    @property
    def p256dh(self) -> bytes:
        """Its public key."""
        ...

    @property
    def auth(self) -> bytes:
        """Its authentication secret."""
        ...

    @property
    def label(self) -> str:
        """What its owner calls it."""
        ...


class Book(Protocol):
    """Where devices are kept; every method may block and is called in a thread."""

    def of(self, username: str) -> Sequence[Subscribed]:
        """Return an account's devices."""
        ...

    def all(self) -> Sequence[Subscribed]:
        """Return every device."""
        ...

    def remove(self, key: str, author: str, reason: str, now: int) -> bool:
        """Forget a device."""
        ...

    def took(self, key: str, now: int) -> None:
        """Write down that a push service took something for a device."""
        ...

    def failed(self, key: str, problem: str) -> None:
        """Write down why nothing went to a device."""
        ...

    def showed(self, key: str, now: int) -> None:
        """Write down that a device said that it shows something."""
        ...


class PushChannel:
    """The channel `push`. An address is an account's name: all of its devices are told."""

    name = "push"

    def __init__(
        self,
        config: PushConfig,
        key: ec.EllipticCurvePrivateKey,
        book: Book,
        clock: Clock,
        receipts: Callable[[Receipt], None],
    ) -> None:
        """Make a channel.

        Args:
            config: `[notify.push]`.
            key: the hub's, by which push services know it.
            book: the devices.
            clock: the hub's clock.
            receipts: told what devices say.

        Raises:
            ConfigError: the configuration cannot work.
        """
        config.check()
        self._config = config
        self._key = key
        self._book = book
        self._clock = clock
        self._receipts = receipts
        self._client: httpx.AsyncClient | None = None
        self._public = encode64(point_of(key.public_key()))
        self._mac = hashlib.sha256(b"veilleuse/1 push receipts" + _private_bytes(key)).digest()
        self._standing = Standing(clock, "push services were not asked yet")
        self._woken = asyncio.Event()
        self._tests: OrderedDict[str, Budget] = OrderedDict()
        "By device: how many tests it may still get."

    @property
    def public_key(self) -> str:
        """The hub's public key, as a browser wants it for a subscription."""
        return self._public

    @property
    def state(self) -> State:
        """Whether the push services of the present devices could be reached when that was last tried."""
        return self._standing.state

    def allows(self, endpoint: str) -> bool:
        """Tell whether a subscription's address is one to which this home sends."""
        return self._config.origin(endpoint) is not None

    def look_again(self) -> None:
        """Look soon whether push services can be reached: the devices have changed."""
        self._woken.set()

    async def run(self) -> None:
        """Look now and then whether the push services can be reached, without sending anything."""
        config = self._config
        try:
            async with httpx.AsyncClient(
                timeout=config.timeout, follow_redirects=False, trust_env=False
            ) as client:
                self._client = client
                while True:
                    self._woken.clear()
                    await self._look(client)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(config.every):
                            await self._woken.wait()
        finally:
            self._client = None
            self._standing.say(_STOPPED)

    async def send(self, notice: Notice) -> Outcome:
        """Hand a notice to the push services of a person's devices."""
        ttl = self._config.ttl[notice.priority.value]
        left = (notice.expires - self._clock.utc()) // SECOND
        if left <= 0:
            return GiveUp("its time is over")
        content: dict[str, object] = {
            "type": _TYPES.get(notice.code, "alert"),
            "notice": notice.id,
            "priority": notice.priority.value,
            "code": notice.code,
            "born": notice.born,
            "until": self._clock.utc() + ttl * SECOND,
        }
        if notice.code == QUESTION_CODE:
            # It says of whom and of what as little as the lock screen may: nothing.
            content["text"] = notice.text
        elif self._config.show == "room":
            content["room"] = notice.room
        return await self._tell(notice, content, ttl)

    def remember(self, shown: object) -> None:
        """Need nothing of the log: a device finds a notification by its tag."""
        del shown

    async def recall(self, notice: Notice) -> Outcome:
        """Let the devices show that the alert is in somebody's hands or over, silently, in the place of what they showed."""
        outcome = await self._tell(notice, {"type": "over", "notice": notice.id}, 600, urgency="low")
        return Sent() if isinstance(outcome, GiveUp) else outcome

    async def test(self, device: Subscribed, notice: str) -> Outcome:
        """Send a test to one device, `TESTS` of them an hour at most; its receipt comes back as any other."""
        now = self._clock.monotonic()
        budget = self._tests.pop(device.id, None) or Budget(TESTS, 0.0, now)
        self._tests[device.id] = budget
        if len(self._tests) > MAX_TESTED:
            self._tests.popitem(last=False)
        if wait := budget.take(now, urgent=False):
            return Retry(f"{TESTS} tests of this device within an hour", after=wait)
        content: dict[str, object] = {"type": "test", "notice": notice}
        return await self._push(device, content, notice, 60, "high")

    def heard(self, notice: str, device: str, told: str, kind: ReceiptKind) -> bool:
        """Take what a device's service worker says; false when its token does not fit. May block: call it in a thread."""
        if not hmac.compare_digest(told.encode(), self._token(notice, device).encode()):
            return False
        now = self._clock.utc()
        self._book.showed(device, now)
        self._receipts(Receipt(self.name, notice, kind, now, "device"))
        return True

    async def _tell(
        self, notice: Notice, content: dict[str, object], ttl: int, *, urgency: str = ""
    ) -> Outcome:
        devices = await asyncio.to_thread(self._book.of, notice.address)
        if not devices:
            return GiveUp(f"no device of account {notice.address} receives pushes")
        urgent = urgency or ("high" if notice.priority.value != "low" else "normal")
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(device: Subscribed) -> Outcome:
            async with gate:
                return await self._push(device, content, notice.id, ttl, urgent)

        try:
            async with asyncio.timeout(LIMIT):
                outcomes = await asyncio.gather(*(one(device) for device in devices))
        except TimeoutError:
            return Retry(f"the push services did not answer within {LIMIT:g} s")
        return _together(outcomes, notice.id, ttl)

    async def _push(
        self, device: Subscribed, content: dict[str, object], notice: str, ttl: int, urgency: str
    ) -> Outcome:
        origin = self._config.origin(device.endpoint)
        if origin is None:
            return await self._note(device, GiveUp("its push service is not allowed by hub.toml"))
        told = content | {"device": device.id, "token": self._token(notice, device.id)}
        text = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
        own, salt = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
        try:
            body = encrypt(text, Target(device.p256dh, device.auth), own, salt)
        except PushMessageError as error:
            return await self._note(device, GiveUp(str(error)))
        expires = self._clock.utc() // SECOND + VALID
        claim = token(origin, self._config.contact, expires, self._key)
        headers = {
            "authorization": f"vapid t={claim}, k={self._public}",
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(ttl),
            "urgency": urgency,
            # A second attempt and a recall take the place of what still waits (RFC 8030 section 5.4).
            "topic": encode64(hashlib.blake2b(notice.encode(), digest_size=24).digest()),
        }
        return await self._note(device, await self._post(device.endpoint, headers, body))

    async def _post(self, endpoint: str, headers: dict[str, str], body: bytes) -> Outcome:
        if self._client is None:
            return Retry(_STOPPED)
        try:
            answer = await self._client.post(endpoint, headers=headers, content=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Their texts may hold the address, which is a secret.
            reason = f"the push service cannot be reached: {type(error).__name__}"
            self._standing.say(reason)
            return Retry(reason)
        self._standing.say("")
        return judge(answer.status_code, answer.headers.get("retry-after", ""))

    async def _note(self, device: Subscribed, outcome: Outcome) -> Outcome:
        """Keep what became of a device's push beside the device."""
        now = self._clock.utc()
        if isinstance(outcome, Sent):
            await asyncio.to_thread(self._book.took, device.id, now)
        elif isinstance(outcome, Gone):
            reason = "its push service does not know it any more"
            await asyncio.to_thread(self._book.remove, device.id, "veilleuse", reason, now)
            _log.warning("push device %s (%s) is forgotten: %s", device.id, device.label, reason)
        else:
            await asyncio.to_thread(self._book.failed, device.id, outcome.reason)
        return outcome

    async def _look(self, client: httpx.AsyncClient) -> None:
        devices = await asyncio.to_thread(self._book.all)
        origins = {origin for device in devices if (origin := self._config.origin(device.endpoint))}
        if not origins:
            self._standing.say(_NO_DEVICE)
        for origin in sorted(origins):
            try:
                await client.head(f"{origin}/")
            except httpx.HTTPError as error:
                self._standing.say(f"{origin} cannot be reached: {type(error).__name__}")
                return
            self._standing.say("")

    def _token(self, notice: str, device: str) -> str:
        return encode64(hmac.digest(self._mac, f"{notice}\0{device}".encode(), "sha256"))


class Gone(GiveUp):
    """The subscription is over."""


def judge(status: int, retry_after: str) -> Outcome:
    """Return what a push service's answer means (RFC 8030 sections 5 and 7). Pure.

    Args:
        status: of HTTP.
        retry_after: the header; empty when there is none. A date is not waited for: alarms do not wait for one.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Sent()
    if status in GONE:
        return Gone("the push service does not know the device any more")
    if status in BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        seconds = int(retry_after) if re.fullmatch(r"[0-9]{1,6}", retry_after, re.ASCII) else 5
        return Retry(f"the push service answers {status}", after=float(max(1, seconds)))
    return GiveUp(f"the push service refuses it with {status}")


def _together(outcomes: Sequence[Outcome], notice: str, ttl: int) -> Outcome:
    """Return what became of a notice by what became of each device's push: one that took it is enough."""
    if any(isinstance(outcome, Sent) for outcome in outcomes):
        return Sent(notice, within=float(ttl))
    retries = [outcome for outcome in outcomes if isinstance(outcome, Retry)]
    if retries:
        return min(retries, key=lambda outcome: outcome.after)
    return GiveUp("; ".join(sorted({outcome.reason for outcome in outcomes if isinstance(outcome, GiveUp)})))


def _private_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
