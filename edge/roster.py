"""Which sensors run: those of the edge's own file, and those that the hub gave. The file wins.

What the hub gives is applied one change after the other: a sensor that is new is started, one that is gone or changed is
stopped and its link closed before the next step; the others notice nothing. What cannot be run is counted, by reason:

- `sensor_shadowed`: the edge's own file has a sensor of that name, or at that address or port.
- `sensor_refused`: no identifier, an unknown protocol, not exactly one of address and port, a port elsewhere than
  among the plugged ones, or a key that is none for its protocol or not for this edge.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping

from devices.errors import ConfigError
from devices.identity import identifier
from devices.wire.messages import SensorSpec
from edge.confidence import Unlock, no_secrets
from edge.config import SensorConfig
from edge.counters import Counters
from edge.sensor import Sensor, place
from edge.supervisor import Attempt, Supervisor

_log = logging.getLogger(__name__)

MAX_GIVEN = 64
"Sensors taken from the hub; a room has some ten, and a radio holds fewer links than this."

SERIAL_FOLDER = "/dev/serial/by-id/"
"Where a port's name stays the same whatever it is plugged into; the hub may name no other file of this machine."

SERIAL_SCHEMES = ("socket://", "rfc2217://")
"Terminal servers. Other pyserial URLs open files or programs here, which the hub has no business with."


class Roster:
    """The running sensors of one edge."""

    def __init__(
        self,
        edge: str,
        configured: Iterable[SensorConfig],
        make: Callable[[SensorConfig], Sensor],
        counters: Counters,
        *,
        unlock: Unlock = no_secrets,
        serial_folder: str = SERIAL_FOLDER,
    ) -> None:
        """Make the configured sensors; nothing runs yet.

        Args:
            edge: identifier, for the tasks' names.
            configured: sensors of the edge's own file.
            make: makes a sensor.
            counters: where what is refused is counted.
            unlock: opens what the hub says of a sensor in confidence.
            serial_folder: below this the hub may name ports, with the slash at its end.

        Raises:
            ConfigError: a configured sensor cannot be made.
        """
        self._edge = edge
        self._make = make
        self._counters = counters
        self._folder = serial_folder
        self._unlock = unlock
        self._own = tuple(configured)
        self._given: dict[str, SensorConfig] = {}
        self._wanted: tuple[SensorSpec, ...] | None = None
        self._wake = asyncio.Event()
        self._changing = asyncio.Lock()
        self._stopped = False
        self._tasks: dict[str, Supervisor] = {}
        self._complained: set[SensorSpec] = set()
        self.before_start: Callable[[SensorConfig], Awaitable[None]] = _nothing
        "Awaited before a given sensor starts: whoever tries it out lets go of it."
        self.sensors: list[Sensor] = [make(each) for each in self._own]
        "Those that run, in the order in which they came; changed in place, so that it may be looked at."

    def start(self) -> None:
        """Start every sensor."""
        for sensor in self.sensors:
            self._start(sensor)

    async def stop(self) -> None:
        """End every sensor; none is started any more."""
        async with self._changing:
            self._stopped = True
            for tasks in reversed(list(self._tasks.values())):
                await tasks.stop()
            self._tasks.clear()

    def give(self, specs: tuple[SensorSpec, ...]) -> None:
        """Take what the hub gives; it replaces what it gave before."""
        self._wanted = specs
        self._wake.set()

    async def run(self, attempt: Attempt) -> None:
        """Apply what is given, for ever."""
        while True:
            attempt.works()
            await self._wake.wait()
            self._wake.clear()
            async with self._changing:
                if self._wanted is not None and not self._stopped:
                    await self._apply(self._accepted(self._wanted))

    def owner(self, address: str, link: str) -> str:
        """Return the running sensor at an address or port, empty when there is none."""
        for config in (*self._own, *self._given.values()):
            if _same_place(config, address, link):
                return config.id
        for sensor in self.sensors if address else ():
            # One that was configured without its address is known by the one it took.
            if sensor.fact().address.upper() == address.upper():
                return sensor.id
        return ""

    def _accepted(self, specs: tuple[SensorSpec, ...]) -> dict[str, SensorConfig]:
        found: dict[str, SensorConfig] = {}
        for spec in specs[:MAX_GIVEN]:
            if self._shadowed(spec):
                self._complain("sensor_shadowed", spec, "this edge's own file has it")
                continue
            try:
                config = self._configuration(spec, found)
            except ConfigError as error:
                self._complain("sensor_refused", spec, str(error))
                continue
            found[spec.id] = config
        if len(specs) > MAX_GIVEN:
            self._counters.add("sensor_refused", len(specs) - MAX_GIVEN)
        return found

    def _shadowed(self, spec: SensorSpec) -> bool:
        own = self.owner(spec.address, spec.link)
        return any(each.id in {spec.id, own} for each in self._own)

    def _configuration(self, spec: SensorSpec, others: Mapping[str, SensorConfig]) -> SensorConfig:
        identifier(spec.id, "sensor")
        if spec.id in others or any(_same_place(e, spec.address, spec.link) for e in others.values()):
            raise ConfigError("it is given twice")
        if bool(spec.address) == bool(spec.link):
            raise ConfigError("it needs exactly one of address and link")
        if spec.link:
            self.check_port(spec.link)
        if spec.interval is not None and not 0 < spec.interval < 86_400:
            raise ConfigError(f"interval {spec.interval} is not within a day")
        key, pin = self._unlock(spec.address.upper() or spec.link, spec.secrets)
        config = SensorConfig(
            spec.id, spec.protocol, spec.link or None, spec.address.upper() or None, spec.interval, pin, key
        )
        place(config)
        return config

    def check_port(self, link: str) -> None:
        """Refuse a port that the hub may not name.

        Raises:
            ConfigError: it is neither below the folder of plugged ports nor a terminal server's.
        """
        if link.startswith(SERIAL_SCHEMES):
            return
        name = link.removeprefix(self._folder)
        if name == link or not name or "/" in name or name in {".", ".."}:
            raise ConfigError(f"port {link[:100]!r} is not below {self._folder}")

    def _complain(self, counter: str, spec: SensorSpec, why: str) -> None:
        # The hub says the whole set again at each connection; one and the same refusal is counted once.
        if spec in self._complained:
            return
        if len(self._complained) >= MAX_GIVEN:
            self._complained.clear()
        self._complained.add(spec)
        self._counters.add(counter)
        _log.warning("%s: sensor %r of the hub is left out: %s", self._edge, spec.id[:64], why)

    async def _apply(self, wanted: dict[str, SensorConfig]) -> None:
        for name in [name for name, config in self._given.items() if wanted.get(name) != config]:
            del self._given[name]
            await self._end(name)
        for name, config in wanted.items():
            if name in self._given:
                continue
            try:
                sensor = self._make(config)
            except ConfigError as error:
                self._counters.add("sensor_refused")
                _log.warning("%s: sensor %r of the hub cannot run: %s", self._edge, name, error)
                continue
            await self.before_start(config)
            self._given[name] = config
            self.sensors.append(sensor)
            self._start(sensor)

    def _start(self, sensor: Sensor) -> None:
        sensor.begin()
        tasks = self._tasks[sensor.id] = Supervisor(self._edge, self._counters)
        tasks.start(f"sensor {sensor.id}", sensor.run, base=0.25, ceiling=15.0)

    async def _end(self, name: str) -> None:
        self.sensors[:] = [sensor for sensor in self.sensors if sensor.id != name]
        tasks = self._tasks.pop(name, None)
        if tasks is not None:
            await tasks.stop()


async def _nothing(_config: SensorConfig) -> None:
    return


def _same_place(config: SensorConfig, address: str, link: str) -> bool:
    if address and config.address is not None:
        return config.address.upper() == address.upper()
    return bool(link) and config.link == link
