"""A test alarm goes the whole way of a real one every few minutes; when it does not arrive, that is an alarm.

A virtual edge seals a call and publishes it through the real broker; the hub takes it in, raises an alert, lets it climb a
ladder of its own, and the dispatcher asks the ward's screens to play a hardly audible sound. A screen whose own analyser
saw the sound pass says so, the receipt is written down, and the alert is answered. Nobody is rung for, woken or shown
anything, and nothing of it stays in the records.

Where it is, is read from the disk alone, so that no part of the way can say that it did what it did not do. The other
channels are serial lines and services with a supervised state of their own.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import secrets
import ssl
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from devices.clock import SECOND, Clock
from devices.errors import VeilleuseError
from devices.measurement import EventKind
from devices.wire.messages import Envelope, EventNote, Lane, encode
from devices.wire.seal import Keys, seal
from devices.wire.topics import up
from hub.alerting.ledger import event_identity, technical_subject
from hub.alerting.model import SYSTEM, TEST_EDGE, Alert, Code
from hub.alerting.responses import Action
from hub.ingest.link import BrokerAddress
from hub.store import journal, tellings, trials
from hub.store.database import Database
from hub.store.errors import StoreUnavailableError
from hub.store.tellings import Notification, Stage

DEADLINE = 30 * SECOND
"How long a test alarm may take: a page in a tablet's background looks at its clock once a second."
AGAIN = 60.0
"Seconds after a test alarm that was lost until the next, at most: what is mended is soon seen to be."
FIRST = 20.0
"Seconds from the hub's start to the first: broker, rooms and screens need some to come back."
_LOOK = 0.2
_SPOOL = "essai"

_log = logging.getLogger(__name__)


class Place(enum.StrEnum):
    """Where a test alarm was last seen, in its order."""

    EDGE = "edge"
    "It was made; the broker did not take it."
    BROKER = "broker"
    "The broker has it; it did not become durable."
    WRITER = "writer"
    "It is on the disk; no step was ordered."
    ESCALATION = "escalation"
    "A step was ordered; nobody sent it."
    DISPATCHER = "dispatcher"
    "It was sent; no screen proved that it sounded."
    SCREEN = "screen"
    "It sounded, and that is on the disk."


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one test alarm."""

    started: int
    "Hub time."
    ended: int
    place: Place
    "Where it was last seen."
    unheard: bool = False
    "Nobody could be asked: no screen of the ward was open that can be heard."

    @property
    def arrived(self) -> bool:
        """Return whether it came to its end."""
        return self.place is Place.SCREEN


class VirtualEdge:
    """Speaks as a room's device does: an account of its own at the broker, keys of its own."""

    def __init__(self, address: Callable[[], BrokerAddress], keys: Keys) -> None:
        """Take where the broker is, asked for each time, and the keys."""
        self._address = address
        self._keys = keys

    def say(self, envelope: Envelope, within: float) -> bool:
        """Publish an envelope and tell whether the broker took it. Blocks for `within` seconds at most."""
        address = self._address()
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=TEST_EDGE, protocol=MQTTProtocolVersion.MQTTv311
        )
        client.username_pw_set(TEST_EDGE, address.password)
        if address.tls:
            client.tls_set_context(ssl.create_default_context())
        client.connect_timeout = within
        topic = up(TEST_EDGE, envelope.lane.value)
        try:
            client.connect(address.host, address.port)
        except (OSError, ValueError) as error:
            _log.warning("the test alarm does not reach the broker: %s", error)
            return False
        client.loop_start()
        try:
            told = client.publish(topic, seal(self._keys, topic, encode(envelope)), 1)
            told.wait_for_publish(within)
            return told.is_published()
        except (RuntimeError, ValueError):
            return False
        finally:
            client.disconnect()
            client.loop_stop()


class Synthetic:
    """Lives on the event loop."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        say: Callable[[Envelope, float], bool],
        act: Callable[[str, Action, str, str], Future[Alert]],
        told: Callable[[Trial], None],
        *,
        every: float,
    ) -> None:
        """Make it; `run` begins.

        Args:
            database: where it is seen how far a test alarm came.
            clock: the hub's clock.
            say: publishes an envelope as the virtual edge; called in a thread.
            act: answers an alert.
            told: told of each test alarm.
            every: seconds between two.
        """
        self._database = database
        self._clock = clock
        self._say = say
        self._act = act
        self._told = told
        self._every = every

    async def run(self) -> None:
        """Try again and again until cancelled."""
        await asyncio.sleep(min(FIRST, self._every))
        while True:
            trial = await self.try_once()
            await asyncio.sleep(self._every if trial.arrived else min(self._every, AGAIN))

    async def try_once(self) -> Trial:
        """Send one test alarm, follow it to its end or its deadline, and say what became of it."""
        started = self._clock.utc()
        key = secrets.token_hex(8)
        alert = event_identity(technical_subject(Code.NURSE_CALL, TEST_EDGE, key), key)
        place, unheard = await self._follow(key, alert, started)
        await self._answer(alert)
        trial = Trial(started, self._clock.utc(), place, unheard)
        self._told(trial)
        return trial

    async def _follow(self, key: str, alert: str, started: int) -> tuple[Place, bool]:
        number = await asyncio.to_thread(self._begin)
        note = EventNote(key, EventKind.NURSE_CALL, started, key)
        envelope = Envelope(TEST_EDGE, _SPOOL, Lane.LIVE, number, started, synchronised=True, events=(note,))
        if not number or not await asyncio.to_thread(self._say, envelope, DEADLINE / SECOND / 2):
            return Place.EDGE, False
        place, unheard = Place.BROKER, False
        while place is not Place.SCREEN and not unheard and self._clock.utc() - started < DEADLINE:
            await asyncio.sleep(_LOOK)
            place, unheard = await asyncio.to_thread(self._where, alert, place)
        return place, unheard

    def _begin(self) -> int:
        """Forget the earlier ones, and return the number of the next envelope; 0 when the disk does not say."""
        try:
            with self._database.write() as connection:
                trials.forget_trials(connection)
                cursors = journal.cursors(connection)
        except StoreUnavailableError as error:
            _log.warning("the test alarm cannot begin: %s", error)
            return 0
        return cursors.get((TEST_EDGE, _SPOOL, Lane.LIVE.value), 0) + 1

    def _where(self, alert: str, place: Place) -> tuple[Place, bool]:
        try:
            with self._database.read() as connection:
                known = journal.alert(connection, alert) is not None
                rows = tellings.notifications(connection, alert)
        except StoreUnavailableError:
            return place, False
        return (place_of(rows), _unheard(rows)) if known else (place, False)

    async def _answer(self, alert: str) -> None:
        """Close the alert, whether it arrived or not."""
        try:
            async with asyncio.timeout(_LOOK * 50):
                # Shielded: the writer must find its promise as it made it.
                await asyncio.shield(asyncio.wrap_future(self._act(alert, Action.ACKNOWLEDGE, SYSTEM, "")))
        except (VeilleuseError, TimeoutError) as error:
            _log.debug("the test alarm cannot be answered: %s", error)


def place_of(rows: list[Notification]) -> Place:
    """Return how far an alert that is on the disk has come, by its notifications."""
    stages = {row.stage for row in rows}
    if not stages:
        return Place.WRITER
    if Stage.DELIVERED in stages:
        return Place.SCREEN
    return Place.ESCALATION if stages == {Stage.QUEUED} else Place.DISPATCHER


def _unheard(rows: list[Notification]) -> bool:
    return any(row.stage == Stage.GIVEN_UP for row in rows)
