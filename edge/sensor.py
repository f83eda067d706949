"""One sensor: opens its link, feeds its driver, keeps its session, records what it says. The session decides."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from devices.clock import Clock
from devices.drivers.base import Driver, Signature, Write
from devices.errors import ConfigError, VeilleuseError
from devices.measurement import Cause, Event, Measurement, Reading, SensorStatus
from devices.transports.base import (
    BlePlace,
    Chunk,
    DeviceNotFoundError,
    LinkLostError,
    Place,
    SerialPlace,
    Transport,
    TransportError,
)
from devices.wire.messages import SensorFact
from edge.config import SensorConfig
from edge.protocols import check_key, open_driver, signature
from edge.radio import LinkOpener
from edge.recorder import Recorder
from edge.session import Action, Announce, Phase, Session, TearDown
from edge.supervisor import Attempt
from edge.timekeeping import Timekeeper

TICK = 0.5
"Seconds between two looks at the session: an absence is known this much after its limit."

KEEPING = 10.0
"Seconds to wait for records to be on disk; after that the sensor keeps them and is asked again next time."


class SilentError(VeilleuseError):
    """The link stood, but nothing came; it is closed to be built again."""


class ArrivalClock:
    """A clock whose UTC is the monotonic time: chunks are stamped with it, and placed by `Timekeeper`."""

    __slots__ = ("_clock",)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def utc(self) -> int:
        """Return the monotonic time."""
        return self._clock.monotonic()

    def monotonic(self) -> int:
        """Return the monotonic time."""
        return self._clock.monotonic()


class Sensor:
    """One configured sensor."""

    def __init__(
        self,
        config: SensorConfig,
        clock: Clock,
        timekeeper: Timekeeper,
        recorder: Recorder,
        links: LinkOpener,
    ) -> None:
        """Check that the configuration names a protocol and a place that fit.

        Raises:
            ConfigError: they do not.
        """
        self.id = config.id
        self._config = config
        self._clock = clock
        self._timekeeper = timekeeper
        self._recorder = recorder
        self._links = links
        self._place = place(config)
        self._signature = signature(config.protocol)
        self._port = Port(self._place.url) if isinstance(self._place, SerialPlace) else None
        self._noticed: int | None = None
        self._battery: int | None = None
        self._rejected = self._overruns = 0
        driver = self._open_driver()
        self._session = Session(
            interval=config.interval or driver.needs.interval,
            continuous=driver.needs.continuous,
            fixed=config.interval is not None,
            now=clock.monotonic(),
        )
        self._continuous = driver.needs.continuous
        self.rounds = 0
        "Grows twice a second while the link stands; the watchdog looks at it."

    @property
    def standing(self) -> bool:
        """Whether the link stands."""
        return self._session.phase in {Phase.WAITING, Phase.RUNNING}

    def begin(self) -> None:
        """Tell that the sensor exists, before anything is known of it."""
        self._act([self._session.first()])

    def fact(self) -> SensorFact:
        """Return what is true of the sensor now."""
        session, heard = self._session, self._links.heard(self._address)
        if heard is not None:
            self._notice(heard.seen)
        elif self._port is not None and self._port.there():
            self._notice(self._clock.monotonic())
        return SensorFact(
            sensor=self.id,
            link=session.shown,
            last=self._placed(session.last),
            battery=self._battery,
            flags=int(session.flags),
            detail=session.detail,
            continuous=self._continuous,
            cause=session.cause,
            since=self._placed(session.since),
            seen=self._placed(self._noticed),
            rssi=heard.rssi if heard is not None else None,
            protocol=self._signature.protocol,
            address=self._place.url if isinstance(self._place, SerialPlace) else self._address,
            personal=self._signature.personal,
        )

    @property
    def _address(self) -> str:
        return self._place.address if isinstance(self._place, BlePlace) else ""

    def _placed(self, monotonic: int | None) -> int | None:
        known = monotonic is not None and self._timekeeper.known
        return self._timekeeper.place(monotonic) if known and monotonic is not None else None

    def _notice(self, monotonic: int) -> None:
        self._noticed = max(monotonic, self._noticed or 0)

    async def run(self, attempt: Attempt) -> None:
        """Open the link and work until it ends.

        Raises:
            TransportError: the link cannot be had, or is lost.
            SilentError: nothing came.
        """
        driver = self._open_driver()
        self._rejected = self._overruns = 0
        if self.standing:
            # The last attempt ended by a fault of ours, which nobody told the session.
            self._act(self._session.closed("edge failed", self._clock.monotonic(), Cause.FAULT))
        opened = False
        try:
            async with self._links.open(self._place, driver.needs, ArrivalClock(self._clock)) as transport:
                opened = True
                self._notice(self._clock.monotonic())
                self._act(self._session.opened(self._clock.monotonic()))
                await self._work(driver, transport, attempt)
        except VeilleuseError as error:
            tell = self._session.closed if opened else self._session.failed
            self._act(tell(str(error), self._clock.monotonic(), self._cause(error)))
            raise
        finally:
            self._links.count(self._recorder.counters)

    def _open_driver(self) -> Driver:
        config = self._config
        return open_driver(config.protocol, config.id, key=config.key or "", address=config.address or "")

    def _cause(self, error: VeilleuseError) -> Cause:
        """Return why the link is not up, as far as an error tells."""
        if isinstance(error, SilentError):
            return Cause.NO_READINGS
        if not isinstance(error, TransportError):
            return Cause.FAULT
        if self._port is None:
            return error.cause
        if isinstance(error, DeviceNotFoundError):
            # What was plugged once has been unplugged; what never was, may be configured wrongly.
            return Cause.UNPLUGGED if self._noticed is not None else Cause.NOT_PLUGGED
        gone = isinstance(error, LinkLostError) and self._port.gone()
        return Cause.UNPLUGGED if gone else error.cause

    async def _work(self, driver: Driver, transport: Transport, attempt: Attempt) -> None:
        await self._send(transport, driver.start(self._timekeeper.now(self._clock.monotonic())))
        reader = asyncio.create_task(self._read(driver, transport), name=f"{self.id}/reader")
        try:
            while not reader.done():
                await asyncio.wait({reader}, timeout=TICK)
                self.rounds += 1
                if self._session.phase is Phase.RUNNING:
                    attempt.works()
                self._count(driver, transport)
                if not reader.done():
                    self._tick(driver)
                    await self._send(transport, driver.poll(self._timekeeper.now(self._clock.monotonic())))
            reader.result()
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    def _tick(self, driver: Driver) -> None:
        actions = self._session.tick(self._clock.monotonic())
        self._act(actions)
        if any(isinstance(action, TearDown) for action in actions):
            raise SilentError(
                f"sensor {self.id!r}: {self._session.detail}; {driver.last_error or 'no bytes refused'}"
            )

    async def _read(self, driver: Driver, transport: Transport) -> None:
        async for chunk in transport.chunks():
            readings = self._receive(driver, chunk)
            if any(_awaited(reading) for reading in readings):
                await self._confirm(driver, transport)

    def _receive(self, driver: Driver, chunk: Chunk) -> list[Reading]:
        readings = driver.receive(chunk.source, chunk.data, self._timekeeper.place(chunk.arrival))
        kept: list[Reading] = []
        for reading in readings:
            if isinstance(reading, SensorStatus):
                self._act(self._session.described(reading, chunk.arrival))
            else:
                kept.append(reading)
                if isinstance(reading, Measurement) and reading.metric == "battery":
                    self._battery = round(reading.value)
        if kept:
            self._act(self._session.reading(chunk.arrival))
            self._recorder.record(kept)
        return readings

    async def _confirm(self, driver: Driver, transport: Transport) -> None:
        """Let the sensor forget its records once they are on disk; nothing else is received meanwhile."""
        try:
            async with asyncio.timeout(KEEPING):
                await self._recorder.durable()
        except TimeoutError:
            self._recorder.counters.add("records_not_confirmed")
            return
        await self._send(transport, driver.confirm())

    async def _send(self, transport: Transport, writes: Iterable[Write]) -> None:
        for write in writes:
            try:
                await transport.write(write)
            except LinkLostError:
                raise
            except TransportError:
                # A meter that refuses to have its clock set still measures.
                if not write.optional:
                    raise
                self._recorder.counters.add("writes_refused")

    def _count(self, driver: Driver, transport: Transport) -> None:
        counters = self._recorder.counters
        counters.add("frames_rejected", driver.rejected - self._rejected)
        counters.add("chunks_dropped", transport.overruns - self._overruns)
        self._links.count(counters)
        self._rejected, self._overruns = driver.rejected, transport.overruns

    def _act(self, actions: Iterable[Action]) -> None:
        time = self._timekeeper.place(self._clock.monotonic())
        self._recorder.record(
            SensorStatus(self.id, time, action.link, action.flags, action.detail, action.cause)
            for action in actions
            if isinstance(action, Announce)
        )


def _awaited(reading: Reading) -> bool:
    """Tell whether the sensor keeps this until it is told that it is on disk."""
    return isinstance(reading, Event) or (isinstance(reading, Measurement) and reading.stored)


class Port:
    """Whether a serial port is plugged, as far as that can be seen without opening it."""

    __slots__ = ("_path",)

    def __init__(self, url: str) -> None:
        self._path = None if "://" in url else Path(url)

    def there(self) -> bool:
        """Tell whether it is plugged; what is no file is never said to be."""
        return self._path is not None and self._path.exists()

    def gone(self) -> bool:
        """Tell whether it is unplugged; what is no file is never said to be."""
        return self._path is not None and not self._path.exists()


def place(config: SensorConfig) -> Place:
    """Return where a configured sensor is.

    Raises:
        ConfigError: its protocol is unknown, or is not spoken over such a link.
    """
    spoken = signature(config.protocol)
    try:
        check_key(config.protocol, config.key or "")
    except ConfigError as error:
        raise ConfigError(f"sensor {config.id!r}: {error}") from None
    if (spoken.transport == "serial") != (config.link is not None):
        wanted = "link" if spoken.transport == "serial" else "address"
        raise ConfigError(f"sensor {config.id!r}: protocol {config.protocol!r} needs `{wanted}`")
    if config.link is not None:
        return SerialPlace(config.link)
    return _ble_place(config, spoken)


def _ble_place(config: SensorConfig, spoken: Signature) -> BlePlace:
    broadcast = spoken.transport == "advertisement"
    if config.address:
        return BlePlace(config.address.upper(), pin=config.pin or "", broadcast=broadcast)
    if broadcast or not spoken.services:
        # A neighbour's thermometer would do as well.
        raise ConfigError(f"sensor {config.id!r}: protocol {config.protocol!r} needs an `address`")
    return BlePlace(name_prefix=spoken.name_prefix, services=spoken.services, pin=config.pin or "")
