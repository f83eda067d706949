"""All virtual sensors of one process: the composition root that tests and the command run."""

from __future__ import annotations

import asyncio
import importlib
import zlib
from pathlib import Path
from typing import Any, Protocol

from devices.clock import SECOND, Clock
from devices.errors import ConfigError
from devices.simulators.config import BLE, SensorConfig, SensorsConfig, check
from devices.simulators.control import Answer, ControlServer, Request, SensorState
from devices.simulators.physiology import Patient, Scenario
from devices.simulators.ports import VirtualPort
from devices.simulators.recorded import load as load_recording
from devices.simulators.serial_monitors import Beurer, Masimo
from devices.simulators.serial_sensors import Contec, ContecOld, Nonin, SerialSensor
from devices.simulators.source import PROBE_SCENARIOS, Source, Subject

BEHIND = 1.0
"Seconds that a sensor may lag behind its time before it skips: a process that was stopped does not catch up."

EVERY = {
    "weight-scale": 3600.0,
    "scale": 3600.0,
    "body-composition": 3600.0,
    "glucose": 1800.0,
    "cgm": 60.0,
    "bthome": 10.0,
    "xiaomi": 10.0,
    "thermometer": 60.0,
    "blood-pressure": 900.0,
    "nonin-df13": 60.0,
}
"Seconds between two measurements of a meter, unless configured."


class VirtualSensor(Protocol):
    """What the home does with any virtual sensor."""

    name: str
    source: Source
    period: float

    @property
    def place(self) -> str:
        """Where hosts find it: a port or an address."""
        ...

    async def start(self) -> None:
        """Begin."""
        ...

    async def stop(self) -> None:
        """End, leaving nothing behind."""
        ...

    async def plug(self) -> None:
        """Come back."""
        ...

    async def unplug(self) -> None:
        """Vanish as a pulled cable or a lost link does."""
        ...

    async def tick(self, now: float) -> None:
        """Do what is due at `now`, seconds UTC; called every `period` seconds."""
        ...


class VirtualHome:
    """Sensors, the virtual radio and the control port."""

    def __init__(self, config: SensorsConfig, folder: Path, clock: Clock) -> None:
        """Prepare everything; `start` makes it real.

        Args:
            config: which sensors there are.
            folder: that relative paths start from.
            clock: gives the sensors their time of day.

        Raises:
            ConfigError: the configuration contradicts itself or names a file that is wrong.
        """
        check(config)
        self._config = config
        self._folder = folder
        self._clock = clock
        self._subjects: dict[str, Subject] = {}
        self._sensors: dict[str, VirtualSensor] = {}
        self._protocols = {sensor.name: sensor.protocol for sensor in config.sensor}
        self._air: Any = None
        self._hci: Any = None
        self._control: ControlServer | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Make ports and radio, and let the sensors speak.

        Raises:
            ConfigError: a port, link or socket cannot be had, or bumble is not installed.
        """
        try:
            if any(sensor.protocol in BLE for sensor in self._config.sensor):
                await self._start_radio()
            for sensor in self._config.sensor:
                self._sensors[sensor.name] = self._build(sensor)
            for built in self._sensors.values():
                await built.start()
            control = self._config.control
            path = self._folder / control.socket if control.socket else None
            self._control = await ControlServer.start(self.handle, port=control.port, path=path)
        except BaseException:
            await self.stop()
            raise
        self._tasks = [
            asyncio.create_task(self._live(sensor), name=f"sensor {sensor.name}")
            for sensor in self._sensors.values()
        ]

    async def wait(self) -> None:
        """Wait for as long as all sensors live, which is for ever unless one fails; then raise its error."""
        await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        """End everything; links and sockets are gone afterwards."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._control is not None:
            await self._control.close()
        for sensor in self._sensors.values():
            await sensor.stop()
        if self._hci is not None:
            await self._hci.close()

    @property
    def control(self) -> str:
        """Where commands are taken."""
        return self._control.address if self._control is not None else ""

    @property
    def hci(self) -> str:
        """The virtual adapter, as bumble names a transport; empty without radio sensors."""
        return f"tcp-client:127.0.0.1:{self._hci.port}" if self._hci is not None else ""

    def states(self) -> tuple[SensorState, ...]:
        """Return what there is."""
        now = self._clock.utc() / SECOND
        return tuple(
            SensorState(
                name=sensor.name,
                protocol=self._protocols[sensor.name],
                place=sensor.place,
                patient=sensor.source.subject.name,
                scenario=sensor.source.subject.timeline.current(now).scenario,
                probe=sensor.source.probe,
            )
            for sensor in self._sensors.values()
        )

    async def handle(self, request: Request) -> Answer:
        """Carry out a command.

        Raises:
            ConfigError: there is no such sensor, patient or scenario.
        """
        if request.list:
            return Answer(ok=True, sensors=self.states())
        sensor, subject = self._addressed(request)
        match request.scenario:
            case "plug" | "unplug" if sensor is None:
                raise ConfigError(f"{request.scenario} is for a sensor, not a patient")
            case "plug" if sensor is not None:
                await sensor.plug()
            case "unplug" if sensor is not None:
                await sensor.unplug()
            case name:
                self._happen(sensor, subject, _scenario(name))
        return Answer(ok=True)

    def _happen(self, sensor: VirtualSensor | None, subject: Subject, scenario: Scenario) -> None:
        if sensor is not None and scenario in PROBE_SCENARIOS:
            sensor.source.probe = scenario
            return
        subject.happen(self._clock.utc() / SECOND, scenario)
        if scenario is Scenario.WELL:
            for worn in self._sensors.values():
                if worn is sensor or (sensor is None and worn.source.subject is subject):
                    worn.source.probe = Scenario.WELL

    def _addressed(self, request: Request) -> tuple[VirtualSensor | None, Subject]:
        name = request.sensor or request.target
        if name in self._sensors:
            return self._sensors[name], self._sensors[name].source.subject
        patient = request.patient or request.target
        if patient in self._subjects:
            return None, self._subjects[patient]
        raise ConfigError(f"there is no sensor or patient {name or patient!r}")

    async def _start_radio(self) -> None:
        radio = _bumble("devices.simulators.radio")
        self._air = radio.Radio()
        try:
            self._hci = await radio.HciServer.start(self._air, self._config.radio.hci_port)
        except OSError as error:
            raise ConfigError(f"hci_port {self._config.radio.hci_port} cannot be had: {error}") from error

    def _build(self, config: SensorConfig) -> VirtualSensor:
        source = self._source(config)
        every = config.every if config.every is not None else EVERY.get(config.protocol, 1.0)
        if config.protocol in BLE:
            kinds = _bumble("devices.simulators.ble_kinds").KINDS
            made = kinds[config.protocol](
                config.name, source, self._air, config.address, every=every, battery=config.battery
            )
            if config.key:
                made.key = bytes.fromhex(config.key)
            built: VirtualSensor = made
            return built
        return _wired(config, source, VirtualPort(self._folder / config.link), every)

    def _source(self, config: SensorConfig) -> Source:
        recording = None
        if config.signal:
            recording = load_recording(
                self._folder / config.signal, config.signal_key, config.rate, config.signal_kind
            )
        subject = self._subjects.get(config.subject) or self._subject(config)
        source = Source(subject, recording)
        if config.scenario in PROBE_SCENARIOS:
            source.probe = config.scenario
        elif config.scenario is not Scenario.WELL:
            subject.happen(self._clock.utc() / SECOND, config.scenario)
        return source

    def _subject(self, config: SensorConfig) -> Subject:
        worn = [each for each in self._config.sensor if each.subject == config.subject]
        seed = next(
            (each.seed for each in worn if each.seed is not None), zlib.crc32(config.subject.encode())
        )
        usual = next((each.usual.told() for each in worn if each.usual.told()), {})
        subject = self._subjects[config.subject] = Subject(config.subject, Patient(seed, usual))
        return subject

    async def _live(self, sensor: VirtualSensor) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await sensor.tick(self._clock.utc() / SECOND)
            due += sensor.period
            now = loop.time()
            if now - due > BEHIND:
                due = now
            await asyncio.sleep(max(0.0, due - now))


def _wired(config: SensorConfig, source: Source, port: VirtualPort, every: float) -> SerialSensor:
    match config.protocol:
        case "nonin-df1" | "nonin-df2" | "nonin-df7" | "nonin-df8" | "nonin-df13" as protocol:
            form = int(protocol.removeprefix("nonin-df"))
            return Nonin(config.name, source, port, form=form, every=every)
        case "contec-old":
            return ContecOld(config.name, source, port)
        case "masimo":
            return Masimo(config.name, source, port)
        case "beurer-bm58":
            return Beurer(config.name, source, port, every=every)
        case _:
            return Contec(config.name, source, port)


def _bumble(module: str) -> Any:
    # Only a home with radio sensors needs bumble; the wired ones run without the extra.
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigError(f"radio sensors need the extra 'simulation' installed: {error}") from None


def _scenario(name: str) -> Scenario:
    try:
        return Scenario(name)
    except ValueError:
        known = ", ".join([*Scenario, "unplug", "plug"])
        raise ConfigError(f"scenario {name!r} is unknown; known are {known}") from None
