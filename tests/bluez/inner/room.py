"""A room inside the guest: bluetoothd, a virtual adapter and sensors, and the edge as the process it is in a home."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import psutil

from devices.clock import SECOND, SystemClock
from devices.measurement import Link
from devices.simulators.ble_adapter import KernelAdapter
from devices.simulators.ble_base import BleSensor
from devices.simulators.ble_broadcast import ClimateBeacon
from devices.simulators.physiology import Patient
from devices.simulators.radio import Radio
from devices.simulators.source import Source, Subject
from devices.wire.messages import Observation, StatusChange, SurveyReport
from tests.edge.support import EDGE, AckingHub, until, write_keys

STARTING = 20.0
"Seconds for bluetoothd, or an edge, to be there."

STOPPING = 60.0
"Seconds for an edge to end: it says good-bye to every sensor, for which BlueZ takes 2 s or more each."

DEAF = 8.0
"Seconds without an advertisement after which the impatient edge resets its adapter; in a home it is 90."

_IMPATIENT = """
import sys
from devices.clock import SECOND
from devices.transports import air
air.DEAF = round(float(sys.argv.pop(1)) * SECOND)
from devices.cli import main
main()
"""

_Sensor = TypeVar("_Sensor", bound=BleSensor | ClimateBeacon)
_adapters = itertools.count(1)


class Bluetoothd:
    """The real daemon, which may be ended and started again."""

    def __init__(self, program: str, log: Path) -> None:
        self._program = program
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([self._program, "-n"], stdout=log, stderr=log)
        deadline = time.monotonic() + STARTING
        while not _has_owner("org.bluez"):
            assert time.monotonic() < deadline, f"bluetoothd is not there: {self._log.read_text()[-500:]}"
            time.sleep(0.05)

    def stop(self, *, kill: bool = False) -> None:
        process, self._process = self._process, None
        if process is not None:
            (process.kill if kill else process.terminate)()
            process.wait(STARTING)

    def pause(self, seconds: float) -> None:
        """Give it no time for a while, as a busy machine does. Needs a running loop."""
        process = self._process
        if process is not None:
            process.send_signal(signal.SIGSTOP)
            asyncio.get_running_loop().call_later(seconds, process.send_signal, signal.SIGCONT)

    @property
    def races(self) -> int:
        """How often it took a link's socket before it knew of the link; then it never tells that the device is connected."""
        return self._log.read_text(errors="replace").count("is already connected")


def _has_owner(name: str) -> bool:
    bus = "org.freedesktop.DBus"
    asked = subprocess.run(
        [
            "dbus-send",
            "--system",
            "--print-reply",
            f"--dest={bus}",
            "/",
            f"{bus}.NameHasOwner",
            f"string:{name}",
        ],
        capture_output=True,
        check=False,
    )
    return b"true" in asked.stdout


class EdgeProcess:
    """`veilleuse edge run`, as in a home."""

    def __init__(self, config: Path, log: Path, patience: float | None = None) -> None:
        command = [str(Path(sys.executable).parent / "veilleuse")]
        if patience is not None:
            command = [sys.executable, "-c", _IMPATIENT, str(patience)]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*command, "edge", "run", "--config", str(config)],
                stdout=output,
                stderr=output,
            )
        self.usage = psutil.Process(self._process.pid)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def used(self) -> float:
        """Return the seconds of the guest's one core that it used so far."""
        times = self.usage.cpu_times()
        return float(times.user + times.system)

    def stop(self, *, kill: bool = False) -> int:
        """End it; returns its status."""
        if self.alive:
            self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        return self._process.wait(STOPPING)


class Room:
    """Everything of one test. Leaving it ends all of it but bluetoothd."""

    def __init__(
        self, folder: Path, bluetoothd: Bluetoothd, air: Radio, broker_port: int, hub: AckingHub
    ) -> None:
        self.folder = folder
        self.bluetoothd = bluetoothd
        self.air = air
        self.hub = hub
        self.edge: EdgeProcess | None = None
        self.sensors: list[Any] = []
        self._port = broker_port
        self._clock = SystemClock()
        self._living: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        # An address of its own: what BlueZ keeps of an adapter is not another test's.
        number = next(_adapters)
        self._adapter_address = f"00:16:A4:01:{number >> 8:02X}:{number & 255:02X}"
        await self.put_adapter_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_edge()
        for task in self._living:
            task.cancel()
        await asyncio.gather(*self._living, return_exceptions=True)
        for sensor in self.sensors:
            await sensor.stop()
        self.adapter.close()

    async def sensor(self, kind: type[_Sensor], name: str, **options: Any) -> _Sensor:
        """Switch a virtual sensor on."""
        number = len(self.sensors) + 1
        address = f"F1:00:00:00:{number >> 8:02X}:{number & 255:02X}"
        made = kind(name, Source(Subject(name, Patient(number))), self.air, address, **options)
        self.sensors.append(made)
        await made.start()
        self._living.append(asyncio.create_task(self._live(made), name=f"sensor {name}"))
        return made

    async def _live(self, sensor: BleSensor | ClimateBeacon) -> None:
        while True:
            await sensor.tick(self._clock.utc() / SECOND)
            await asyncio.sleep(sensor.period)

    async def stop_edge(self) -> None:
        """End the edge as a service manager does."""
        edge, self.edge = self.edge, None
        if edge is not None:
            # In a thread: its good-byes need the virtual sensors' answers, and those are given by this loop.
            await asyncio.to_thread(edge.stop)

    def pull_adapter(self) -> None:
        """Take the adapter out of its socket."""
        self.adapter.close()

    async def put_adapter_back(self) -> None:
        """Plug the same adapter in again."""
        self.adapter = await KernelAdapter.open(self.air, self._adapter_address)

    def start_edge(
        self,
        protocols: dict[str, str],
        more: str = "",
        *,
        sensor_more: dict[str, str] | None = None,
        patience: float | None = None,
    ) -> EdgeProcess:
        """Start the edge with some of the sensors.

        Args:
            protocols: by sensor name.
            more: keys of `[ble]`.
            sensor_more: more keys of single sensors, by name.
            patience: seconds of its adapter's watchdog, when not those of a home.
        """
        write_keys(self.folder / "edge.key")
        addresses = {sensor.name: sensor.place for sensor in self.sensors}
        config = self.folder / "edge.toml"
        config.touch(mode=0o600)  # It may hold a number; the edge takes no such file that others can read.
        config.write_text(
            f'edge = "{EDGE}"\nkey_file = "edge.key"\nspool = "spool.db"\n[broker]\nport = {self._port}\n[ble]\n{more}\n'
            + "".join(
                f'[[sensor]]\nid = "{name}"\nprotocol = "{protocol}"\naddress = "{addresses[name]}"\n'
                + (sensor_more or {}).get(name, "")
                + "\n"
                for name, protocol in protocols.items()
            )
        )
        config.chmod(0o600)
        self.edge = EdgeProcess(config, self.folder / "edge.log", patience)
        return self.edge

    def log(self) -> str:
        """Return what the edge has logged."""
        path = self.folder / "edge.log"
        return path.read_text() if path.exists() else ""

    def observations(self, sensor: str = "", metric: str = "") -> list[Observation]:
        """Return what the hub has got from the edge, oldest first."""
        return [
            each
            for envelope in list(self.hub.envelopes)
            for each in envelope.observations
            if sensor in ("", each.sensor) and metric in ("", each.metric)
        ]

    def count(self, sensor: str, metric: str = "heart_rate") -> int:
        """Return how many values of a sensor the hub has got."""
        return len(self.observations(sensor, metric))

    def curves(self, sensor: str, metric: str) -> int:
        """Return how many blocks of a curve the hub has got."""
        return sum(
            (each.sensor, each.metric) == (sensor, metric)
            for envelope in list(self.hub.envelopes)
            for each in envelope.waveforms
        )

    @property
    def surveys(self) -> list[SurveyReport]:
        """What the edge has heard around it, oldest first."""
        return [each for each in list(self.hub.reports) if isinstance(each, SurveyReport)]

    def counter(self, name: str) -> int:
        """Return one of the edge's counters, as it told it last."""
        return self.hub.presences[-1].counters.get(name, 0) if self.hub.presences else 0

    def links(self, sensor: str) -> list[Link]:
        """Return what the hub was told of a sensor's link, oldest first."""
        return [each.link for each in self.statuses(sensor)]

    def statuses(self, sensor: str) -> list[StatusChange]:
        """Return what the hub was told of a sensor itself, oldest first."""
        return [
            each
            for envelope in list(self.hub.envelopes)
            for each in envelope.statuses
            if each.sensor == sensor
        ]

    async def until_all(self, what: str, missing: Callable[[], set[Any]], seconds: float) -> float:
        """Wait until nothing is missing; the error names what is.

        Raises:
            AssertionError: as of `until`.
        """
        try:
            return await self.until(what, lambda: not missing(), seconds)
        except AssertionError as error:
            raise AssertionError(f"missing {sorted(missing())}: {error}") from None

    async def until(self, what: str, check: Callable[[], object], seconds: float = 30.0) -> float:
        """Wait until something is true; returns the seconds it took.

        Raises:
            AssertionError: it is not in time, or the edge has ended; the text has the edge's last words.
        """
        began = time.monotonic()
        try:
            await until(what, lambda: check() or self._ended(), seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()[-3000:]}") from None
        assert not self._ended(), f"the edge has ended; waited for: {what}\n{self.log()[-3000:]}"
        return time.monotonic() - began

    def _ended(self) -> bool:
        return self.edge is not None and not self.edge.alive


def report(**figures: object) -> None:
    """Print figures of a test on a line of their own; the host shows them."""
    print("FIGURE", os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0].rpartition("::")[2], figures)
