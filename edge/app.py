"""One room's edge, put together: the only place that knows all parts."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from devices.clock import Clock, SystemClock
from devices.wire.messages import LightOrder, LightReport, LimitSet, SensorSet, Signal
from edge.alarms.room import RoomAlarms
from edge.confidence import unlocking
from edge.config import CallConfig, Credentials, EdgeConfig, SensorConfig, read_carer_code, read_credentials
from edge.counters import Counters
from edge.downlink import Downlink, Receivers
from edge.ears import RoomEars
from edge.health import Health
from edge.latest import LatestReadings
from edge.light import Light, open_lamps
from edge.pipeline import Pipeline
from edge.radio import LinkOpener, Radios
from edge.recorder import Recorder
from edge.ringing import Ringing
from edge.roster import SERIAL_FOLDER, Roster
from edge.salvage import open_spool
from edge.sensor import Sensor
from edge.spool import SpoolError
from edge.supervisor import Attempt, Supervisor
from edge.survey import Means, Surveyor
from edge.timekeeping import Timekeeper
from edge.uplink import Parts, Uplink
from edge.writer import Writer
from firmware_bridge.claims import Claims, claims_folder

if TYPE_CHECKING:
    from edge.video.service import CallService

_log = logging.getLogger(__name__)

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"Made by the kernel at each boot: tells which monotonic times belong together."

CLOCK_LOOK = 0.5
"Seconds between two looks at the system's clock."

SETTLING = 1.0
"Seconds that the hub has, when the edge stops, for what was just sealed; the rest goes out at the next start."

TIDY_ROUNDS = 20
"Looks at the clock between two looks at the disk's reserve."


class Edge:
    """The agent of one room. Several may run in one process; they share the radios and nothing else."""

    def __init__(
        self,
        config: EdgeConfig,
        *,
        clock: Clock | None = None,
        radios: Radios | None = None,
        serial_folder: str = SERIAL_FOLDER,
    ) -> None:
        """Take a configuration; nothing is opened yet.

        Args:
            config: as `edge.config.load` returns it.
            clock: the machine's when not given.
            radios: Bluetooth adapters shared with other rooms, closed by whoever made them.
            serial_folder: where plugged ports are found, with the slash at its end.
        """
        self.config = config
        self.counters = Counters()
        self.latest = LatestReadings()
        self._clock = clock or SystemClock()
        self._radios = radios or Radios(self._clock)
        self._owns_radios = radios is None
        self._supervisor = Supervisor(config.edge, self.counters)
        self._serial_folder = serial_folder
        self._call: CallService | None = None
        self._light: Light | None = None
        self._started = False

    async def start(self) -> None:
        """Open the spool and start every task.

        Raises:
            ConfigError: the key file, a sensor or the spool's place is wrong.
            SpoolError: the spool cannot be opened.
        """
        config = self.config
        credentials = read_credentials(Path(config.key_file))
        self._writer = Writer(config.edge)
        try:
            spool = await self._writer.run(
                open_spool, Path(config.spool), max_bytes=round(config.spool_limits.max_mb * 1_000_000)
            )
        except BaseException:
            self._writer.close()
            raise
        self._timekeeper = Timekeeper(config.clock.source)
        self._parts = Parts(self._clock, self._timekeeper, spool, self._writer, self.counters)
        self._pipeline = Pipeline(self.counters)
        self.uplink = Uplink(
            config.edge, config.broker, credentials, self._parts, late_rate=config.spool_limits.late_rate
        )
        self._boot = boot_identity()
        alarms = RoomAlarms(self._boot)
        self.recorder = Recorder(self._parts, self._pipeline, self.uplink, self.latest, self._boot, alarms)
        self.ringing = Ringing(self._parts, alarms, self.recorder, self.uplink)
        try:
            self._make_light()
            self._make_sensing(credentials)
            self._look_at_clock()
            self._make_downlink(credentials)
            await self._restore()
            await self._start_call()
        except BaseException:
            await self._close()
            raise
        self.health = Health(config.edge, self._parts, self.recorder, self.roster.sensors)
        self.uplink.on_message = self._downlink.receive
        self.uplink.presence = self.health.presence
        self._start_tasks()
        self._started = True

    def _make_sensing(self, credentials: Credentials) -> None:
        """Make what listens to sensors: the roster of this room's, and the surveyor of those within reach."""
        self._links = LinkOpener(
            self.config.ble, self._radios, Claims(claims_folder(Path(self.config.spool)))
        )
        unlock = unlocking(credentials.keys)
        self.roster = Roster(
            self.config.edge,
            self.config.sensor,
            self._make_sensor,
            self.counters,
            unlock=unlock,
            serial_folder=self._serial_folder,
        )
        means = Means(
            self.config.edge,
            self._clock,
            self._timekeeper,
            RoomEars(self._links, self._timekeeper, self._clock, self._serial_folder),
            self._links,
            self.roster,
            self.uplink.send_report,
            unlock,
        )
        self.surveyor = Surveyor(means)
        self.roster.before_start = self.surveyor.yield_to

    def _make_light(self) -> None:
        """Find the lamps, and let them show what the room rings for."""
        wanted, clock = self.config.light, self._clock
        if wanted is None:
            return
        self._light = light = Light(
            self.config.edge,
            open_lamps(wanted.folder, wanted.red, wanted.yellow),
            clock,
            lambda: self._timekeeper.place(clock.monotonic()),
            self.uplink.send_report,
            self.counters,
        )
        self.ringing.subscribe(lambda: light.ring(self.ringing.loudest))

    def _make_downlink(self, credentials: Credentials) -> None:
        """Make what hears the hub."""
        receivers = Receivers(
            self.uplink.acknowledged,
            self._set_limits,
            self.uplink.synchronise,
            self._signal,
            self._set_sensors,
            self.surveyor.ask,
            self._light_order,
        )
        self._downlink = Downlink(
            self.config.edge, credentials.keys, self._timekeeper, receivers, self.counters
        )

    async def stop(self) -> None:
        """End every task, write what was collected, say good-bye and let go of everything."""
        if not self._started:
            return
        self._started = False
        if self._call is not None:
            await self._call.stop()
        # Sensors first, then what they said goes to disk and to the hub, then the connection ends.
        await self.surveyor.close()
        await self.roster.stop()
        await self.recorder.close()
        await self.uplink.settle(SETTLING)
        await self._supervisor.stop()
        await self._close()

    def _start_tasks(self) -> None:
        self._supervisor.start("uplink", self.uplink.run, base=0.25, ceiling=10.0)
        self._supervisor.start("recorder", self.recorder.run)
        self._supervisor.start("clock", self._keep_time)
        self._supervisor.start("alarms", self.ringing.run)
        if self._light is not None:
            self._supervisor.start("light", self._light.run)
        self.roster.start()
        self._supervisor.start("sensors", self.roster.run)

    def _make_sensor(self, config: SensorConfig) -> Sensor:
        return Sensor(config, self._clock, self._timekeeper, self.recorder, self._links)

    async def _start_call(self) -> None:
        """The one place where the call service comes in; its libraries are loaded only in a room that has calls."""
        if self.config.call is not None:
            self._call = make_call_service(
                self.config.call, self.uplink, self._clock, self.latest, self.counters
            )
            self._call.show_alarms(self.ringing)
            self._call.outlive(Path(self.config.spool).with_suffix(".call"))
            await self._call.start()

    async def _close(self) -> None:
        if self._owns_radios:
            await self._radios.close()
        await self._writer.run(self._parts.spool.close)
        self._writer.close()

    # What the hub says

    def _signal(self, signal: Signal) -> None:
        if self._call is None:
            self.counters.add("signal_without_call_service")
        else:
            self._call.handle(signal)

    def _light_order(self, order: LightOrder) -> None:
        if self._light is not None:
            self._light.order(order)
            return
        problem = "this edge has no lamp"
        now = self._timekeeper.place(self._clock.monotonic())
        self.uplink.send_report(
            LightReport(self.config.edge, order.notice, now, order.lit, lit=False, problem=problem)
        )

    def _set_limits(self, limits: LimitSet) -> None:
        self._pipeline.set_limits(limits.limits)
        self.ringing.set_limits(limits.limits)
        self._writer.post(self._keep_limits, limits)

    def _keep_limits(self, limits: LimitSet) -> None:
        try:
            self._parts.spool.keep_limits(limits)
        except SpoolError as error:
            # They are in force all the same; the hub tells them again at the next start.
            _log.warning("limits of %d were not kept: %s", limits.issued, error)

    def _set_sensors(self, sensors: SensorSet) -> None:
        self.roster.give(sensors.sensors)
        self._writer.post(self._keep_sensors, sensors)

    def _keep_sensors(self, sensors: SensorSet) -> None:
        try:
            self._parts.spool.keep_sensors(sensors)
        except SpoolError as error:
            # They run all the same; the hub gives them again at the next start.
            _log.warning("sensors of %d were not kept: %s", sensors.issued, error)

    async def _restore(self) -> None:
        """Take up what the hub said before the last end of this process."""
        spool = self._parts.spool
        limits = await self._writer.run(spool.limits)
        if limits is not None:
            self._pipeline.set_limits(limits.limits)
            self._downlink.in_force(limits)
        self.ringing.restore(() if limits is None else limits.limits, await self._writer.run(spool.alarms))
        sensors = await self._writer.run(spool.sensors)
        if sensors is not None:
            self.roster.give(sensors.sensors)
            self._downlink.in_use(sensors)

    # Time and disk

    def _look_at_clock(self) -> None:
        self._timekeeper.observe(self._clock.utc(), self._clock.monotonic())

    async def _keep_time(self, attempt: Attempt) -> None:
        parts, rounds, placed = self._parts, 0, False
        while True:
            self._look_at_clock()
            offset = self._timekeeper.offset
            if offset is not None and not placed:
                await self._writer.run(parts.spool.place, self._boot, offset)
                placed = True
            if rounds % TIDY_ROUNDS == 0:
                await self._writer.run(parts.spool.tidy)
            self._links.count(self.counters)
            attempt.works()
            rounds += 1
            await asyncio.sleep(CLOCK_LOOK)


def boot_identity() -> str:
    """Return the identity of the machine's boot."""
    return BOOT_ID.read_text("ascii").strip()


def make_call_service(
    config: CallConfig, uplink: Uplink, clock: Clock, vitals: LatestReadings, counters: Counters
) -> CallService:
    """Load and make the call service.

    Raises:
        ConfigError: the file of the caregivers' code is wrong.
    """
    from edge.video.service import CallService  # noqa: PLC0415 - brings the media libraries

    made = CallService(
        config,
        uplink.send_signal,
        clock,
        vitals,
        hub_connected=lambda: uplink.connected,
        counters=counters,
    )
    if config.carer_code_file is not None:
        made.use_carer_code(read_carer_code(Path(config.carer_code_file)))
    return made
