"""The configuration of `veilleuse sensors run`: which virtual sensors there are.

[control]
port = 0                  # TCP port on loopback, 0 for a free one; or:
socket = "/run/x.sock"    # a unix socket

[radio]
hci_port = 0              # TCP port on loopback of the virtual Bluetooth adapter

[[sensor]]
name = "ch12-ox"
protocol = "nonin-df2"
link = "ports/ch12-ox"    # wired: the name of its port; relative to this file
address = "F1:00:00:00:12:01"  # radio: its Bluetooth address
patient = "p12"           # sensors with the same patient measure the same person; the sensor's name unless told
seed = 12                 # of the patient; made from the patient's name unless told
scenario = "well"
signal = "heart.npz"      # replay this recording; relative to this file
signal_key = "pleth"
rate = 125.0              # samples per second, unless the file says
every = 60.0              # seconds between two measurements of a meter
battery = 87              # percent
key = "231d39c1d7cc1ab1aee224cd096db932"   # bthome: it encrypts with this
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

from devices.errors import ConfigError
from devices.identity import identifier
from devices.nomenclature import metric
from devices.simulators.physiology import Scenario
from devices.simulators.recorded import Kind

SERIAL = frozenset(
    {
        "nonin-df1",
        "nonin-df2",
        "nonin-df7",
        "nonin-df8",
        "nonin-df13",
        "contec-old",
        "contec",
        "masimo",
        "beurer-bm58",
    }
)
"Protocols of wired virtual sensors."

BLE = frozenset(
    {
        "blood-pressure",
        "body-composition",
        "bthome",
        "cgm",
        "glucose",
        "heart-rate",
        "polar-h10",
        "pulse-oximeter",
        "scale",
        "thermometer",
        "weight-scale",
        "xiaomi",
    }
)
"Protocols of virtual radio sensors."

MAX_SENSORS = 500
"Sensors of one process; more would not keep their time on a small machine."


class ControlConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where scenarios are commanded."""

    port: int = 0
    socket: str = ""


class RadioConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The virtual Bluetooth adapter."""

    hci_port: int = 0


class Usual(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is usual for a patient, in the units of `devices.nomenclature`; what is not told is drawn from the seed."""

    heart_rate: float | None = None
    spo2: float | None = None
    respiration_rate: float | None = None
    temperature: float | None = None
    systolic: float | None = None
    diastolic: float | None = None

    def told(self) -> dict[str, float]:
        """Return what was told, by name."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


class SensorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One virtual sensor; see the module's docstring."""

    name: str
    protocol: str
    link: str = ""
    address: str = ""
    patient: str = ""
    seed: int | None = None
    usual: Usual = Usual()
    scenario: Scenario = Scenario.WELL
    signal: str = ""
    signal_key: str = ""
    signal_kind: Kind = Kind.PLETH
    rate: float = 0.0
    every: float | None = None
    battery: int = 87
    key: str = ""

    @property
    def subject(self) -> str:
        """The patient's name."""
        return self.patient or self.name


class SensorsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    sensor: tuple[SensorConfig, ...]
    control: ControlConfig = ControlConfig()
    radio: RadioConfig = RadioConfig()


def load(path: Path) -> SensorsConfig:
    """Read a configuration.

    Raises:
        ConfigError: the file is missing, no TOML, or names something wrong; the text says what.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"sensors configuration {path} cannot be read: {error}") from error
    try:
        config = msgspec.convert(raw, SensorsConfig)
    except msgspec.ValidationError as error:
        raise ConfigError(f"sensors configuration {path}: {error}") from None
    check(config)
    return config


def check(config: SensorsConfig) -> None:
    """Check what a schema cannot say.

    Raises:
        ConfigError: a sensor is wrong or two contradict each other.
    """
    if not 1 <= len(config.sensor) <= MAX_SENSORS:
        raise ConfigError(f"{len(config.sensor)} sensors are configured, 1 to {MAX_SENSORS} allowed")
    for key in ("name", "link", "address"):
        values = [getattr(sensor, key) for sensor in config.sensor if getattr(sensor, key)]
        for value in values:
            if values.count(value) > 1:
                raise ConfigError(f"two sensors have the {key} {value!r}")
    for sensor in config.sensor:
        identifier(sensor.name, "sensor")
        _check_place(sensor)
        _check_values(sensor)
    _check_patients(config.sensor)


def _check_values(sensor: SensorConfig) -> None:
    if sensor.signal_kind is Kind.ECG and sensor.protocol != "heart-rate":
        raise ConfigError(f"sensor {sensor.name!r} speaks {sensor.protocol} and cannot replay an ecg")
    if sensor.every is not None and sensor.every <= 0:
        raise ConfigError(f"sensor {sensor.name!r}: every {sensor.every:g} s is not above 0")
    if not 0 <= sensor.battery <= 100:
        raise ConfigError(f"sensor {sensor.name!r}: battery {sensor.battery} is not 0 to 100")
    if sensor.key and sensor.protocol != "bthome":
        raise ConfigError(
            f"sensor {sensor.name!r} speaks {sensor.protocol}, whose virtual sensors do not encrypt"
        )
    if sensor.key and not re.fullmatch(r"[0-9a-fA-F]{32}", sensor.key):
        raise ConfigError(f"sensor {sensor.name!r}: key is not 32 hexadecimal digits")
    for name, value in sensor.usual.told().items():
        low, high = metric(name).plausible
        if not low <= value <= high:
            raise ConfigError(f"sensor {sensor.name!r}: usual {name} {value:g} is not {low} to {high}")


def _check_patients(sensors: tuple[SensorConfig, ...]) -> None:
    seeds: dict[str, int] = {}
    usual: dict[str, dict[str, float]] = {}
    for sensor in sensors:
        if sensor.seed is not None and seeds.setdefault(sensor.subject, sensor.seed) != sensor.seed:
            raise ConfigError(f"patient {sensor.subject!r} has two seeds")
        told = sensor.usual.told()
        if told and usual.setdefault(sensor.subject, told) != told:
            raise ConfigError(f"patient {sensor.subject!r} has two usual states")


def _check_place(sensor: SensorConfig) -> None:
    if sensor.protocol in SERIAL:
        if not sensor.link or sensor.address:
            raise ConfigError(f"sensor {sensor.name!r} speaks {sensor.protocol} and needs a link, no address")
    elif sensor.protocol in BLE:
        if not sensor.address or sensor.link:
            raise ConfigError(
                f"sensor {sensor.name!r} speaks {sensor.protocol} and needs an address, no link"
            )
    else:
        known = ", ".join(sorted(SERIAL | BLE))
        raise ConfigError(
            f"sensor {sensor.name!r}: protocol {sensor.protocol!r} is unknown; known are {known}"
        )
