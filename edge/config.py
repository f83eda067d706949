"""What `edge.toml` may say. Paths in it count from the file's own folder.

A mistake is refused with the file, the field and the violation; an unknown field is a mistake, since a misspelt
setting that is silently ignored is found in the night it was needed.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from devices.errors import ConfigError, WireError
from devices.identity import identifier
from devices.wire.seal import Keys
from edge.media.names import Codec, coding

Port = Annotated[int, Meta(ge=1, le=65535)]
Positive = Annotated[float, Meta(gt=0)]
_CODE = re.compile(r"[0-9]{4,16}")
_KEY = re.compile(r"(?:[0-9a-fA-F]{24}|[0-9a-fA-F]{32})")


class BrokerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[broker]`: where the hub's broker is."""

    host: str = "127.0.0.1"
    port: Port = 1883
    tls_ca: str | None = None
    "Certificate authority of the broker; TLS is used when given."
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    "`auto`: MQTT 5, and 3.1.1 where the broker refuses it."


class SensorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[[sensor]]`: one sensor of the room, with exactly one of `link` and `address`."""

    id: str
    protocol: str
    link: str | None = None
    "Serial device path or pyserial URL."
    address: str | None = None
    'Bluetooth LE address; `""` takes the first sensor of that protocol which no other entry has.'
    interval: Positive | None = None
    "Seconds between readings, when it is not the driver's usual one."
    pin: Annotated[str, Meta(pattern=r"^[0-9]{6}$")] | None = None
    "Six digits printed on a Bluetooth LE sensor that asks for them when it is paired."
    key: str | None = None
    """Bind key of a sensor that encrypts what it broadcasts: 32 hexadecimal digits, 24 for a Xiaomi one of MiBeacon's
    versions 2 and 3."""

    def __repr__(self) -> str:
        # Whatever is logged by mistake holds neither key nor number.
        return f"SensorConfig({self.id!r}, {self.protocol!r}, {self.link or self.address!r})"


class BleConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[ble]`: the Bluetooth adapter."""

    backend: Literal["bluez", "bumble"] = "bluez"
    hci: str = ""
    "Bumble's transport name, such as `tcp-client:127.0.0.1:6402`."
    adapter: Annotated[str, Meta(pattern=r"^(hci[0-9]+)?$")] = ""
    "BlueZ's name of the adapter, such as `hci1`; empty for the first that can connect to sensors."
    slots: Annotated[int, Meta(ge=0, le=64)] = 0
    """Links that the adapter holds at once; 0: 7 with BlueZ (`devices.transports.radio.SLOTS` says whose), 32 with
    bumble. Sensors that only broadcast need none; a monitor goes before a meter."""
    bonds: str = ""
    "File of bumble's bonds; empty keeps them in memory. BlueZ keeps its own."


class CallConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[call]`: the room's video call. Without this table the edge takes no calls."""

    camera: str = "generated"
    """`generated` (a picture that carries the time), `file:PATH`, `v4l2:/dev/video0` or `rpicam:`. With `?format=h264` a file or
    a V4L2 camera delivers H.264 by itself, as `rpicam:` does: it is passed on, at `&bitrate=` bits per second (900000)."""
    codec: Codec = "vp8"
    "`vp8` or `h264`; one that every browser of a call must have. Cameras that encode by themselves need `h264`."
    microphone: str = "generated"
    "`generated`, `silence`, `alsa:DEVICE` or `pipewire:NODE`."
    hand_camera: str = ""
    "As `camera`: a second one, for skin, ear or throat; empty for none. It is opened when the physician asks for it in a call."
    stethoscope: str = ""
    "`generated`, `file:PATH`, `alsa:DEVICE` or `pipewire:NODE`; empty for none."
    consent: Literal["nurse", "ask", "announce", "emergency"] = "ask"
    """The laxest that this room permits; the resident's own rule may be stricter. `nurse`: somebody in the room accepts with
    the caregivers' code; `ask`: somebody in the room accepts; `announce`: it opens by itself after a notice on the screen;
    `emergency`: as `announce` where the resident's prescription and the call say so, else `ask`."""
    carer_code_file: str | None = None
    "File with the caregivers' code of this room, mode 0600. Without it a call that needs the code is refused."
    announce_seconds: Positive = 10.0
    ring_seconds: Positive = 45.0
    screen_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    "Port of the room's screen on 127.0.0.1; 0 lets the system choose."
    size: tuple[Annotated[int, Meta(ge=16)], Annotated[int, Meta(ge=16)]] = (640, 480)
    fps: Annotated[int, Meta(ge=1, le=60)] = 15
    loudspeaker: str = "page"
    "`page` (the room's screen plays the physician's voice), `none`, `alsa:DEVICE` or `pipewire:NODE`."
    echo_cancellation: bool = True
    """Take what the loudspeaker plays out of what the microphone hears, where both are `alsa:` or `pipewire:`; false for a speakerphone
    that does it itself."""
    ice_loopback: bool = False
    "Offer 127.0.0.1 alone: browser and edge on one machine, nothing on a network. For the demo and tests."


class ClockConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[clock]`: whose time is trusted."""

    source: Literal["system", "hub"] = "system"
    "`hub`: for rooms whose machine has neither a battery clock nor a time server."


class SpoolLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[spool_limits]`."""

    max_mb: Positive = 512.0
    "Above this the oldest waveforms go; vital signs stay whatever their size."
    late_rate: Positive = 20.0
    "Batches of the backlog sent each second, beside what is measured now."


class LightConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[light]`: lamps of the room or the corridor that the kernel shows as LEDs. Without this table there are none."""

    red: tuple[Annotated[str, Meta(pattern=r"^[^/\x00]{1,64}$")], ...] = ()
    "Names below `folder`: they show high priority."
    yellow: tuple[Annotated[str, Meta(pattern=r"^[^/\x00]{1,64}$")], ...] = ()
    "They show medium and low; a colour that has no lamp is shown by the other."
    folder: str = "/sys/class/leds"


class EdgeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole `edge.toml`."""

    edge: str
    key_file: str
    spool: str
    room: str = ""
    broker: BrokerConfig = BrokerConfig()
    sensor: tuple[SensorConfig, ...] = ()
    ble: BleConfig = BleConfig()
    call: CallConfig | None = None
    light: LightConfig | None = None
    clock: ClockConfig = ClockConfig()
    spool_limits: SpoolLimits = SpoolLimits()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a key file holds."""

    keys: Keys
    password: str


def load(path: Path) -> EdgeConfig:
    """Read a configuration; its paths become absolute.

    Raises:
        ConfigError: the file cannot be read or says something wrong; the text names file, field and violation.
    """
    try:
        mode = path.stat().st_mode
        config = msgspec.toml.decode(path.read_bytes(), type=EdgeConfig)
        _check(config)
        _check_mode(path, mode, config)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ConfigError) as error:
        raise ConfigError(f"{path}: {error}") from None
    return _absolute(config, path.resolve().parent)


def load_all(paths: list[Path]) -> list[EdgeConfig]:
    """Read the configurations of the rooms that one process runs.

    Raises:
        ConfigError: one is wrong, or two claim the same edge or spool.
    """
    configs = [load(path) for path in paths]
    for field in ("edge", "spool"):
        seen: dict[str, Path] = {}
        for path, config in zip(paths, configs, strict=True):
            value = getattr(config, field)
            if value in seen:
                raise ConfigError(f"{path}: {field} {value!r} is also that of {seen[value]}")
            seen[value] = path
    return configs


def _check(config: EdgeConfig) -> None:
    identifier(config.edge, "edge")
    if config.call is not None:
        for field in ("camera", "hand_camera"):
            if name := getattr(config.call, field):
                try:
                    coding(name, config.call.codec)
                except ConfigError as error:
                    raise ConfigError(f"call.{field}: {error}") from None
    if config.light is not None and not (config.light.red or config.light.yellow):
        raise ConfigError("light names no lamp: red or yellow needs one")
    seen: set[str] = set()
    for index, sensor in enumerate(config.sensor):
        where = f"sensor[{index}]"
        identifier(sensor.id, f"{where}.id")
        if sensor.id in seen:
            raise ConfigError(f"{where}.id {sensor.id!r} is given twice")
        seen.add(sensor.id)
        if (sensor.link is None) == (sensor.address is None):
            raise ConfigError(f"{where} ({sensor.id}) needs exactly one of link and address")
        if sensor.key is not None and not _KEY.fullmatch(sensor.key):
            raise ConfigError(
                f"{where}.key ({sensor.id}) is not 32 hexadecimal digits, or 24 for an old Xiaomi sensor; it has "
                f"{len(sensor.key)} characters"
            )
        if sensor.address is not None and config.ble.backend == "bumble" and not config.ble.hci:
            raise ConfigError(f"ble.hci is missing, and {where} ({sensor.id}) is on backend 'bumble'")


def _check_mode(path: Path, mode: int, config: EdgeConfig) -> None:
    secret = next((each.id for each in config.sensor if each.key or each.pin), None)
    if secret is not None and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            f"holds the key or number of sensor {secret!r}, and mode {stat.S_IMODE(mode):04o} lets others read it, "
            f"expected 0600 (chmod 600 {path})"
        )


def _absolute(config: EdgeConfig, folder: Path) -> EdgeConfig:
    def place(text: str) -> str:
        return str(folder / text)

    sensors = tuple(
        sensor
        if sensor.link is None or "://" in sensor.link
        else msgspec.structs.replace(sensor, link=place(sensor.link))
        for sensor in config.sensor
    )
    broker, call, ble = config.broker, config.call, config.ble
    if ble.bonds:
        ble = msgspec.structs.replace(ble, bonds=place(ble.bonds))
    if broker.tls_ca is not None:
        broker = msgspec.structs.replace(broker, tls_ca=place(broker.tls_ca))
    if call is not None and call.camera.startswith("file:"):
        call = msgspec.structs.replace(call, camera="file:" + place(call.camera.removeprefix("file:")))
    if call is not None and call.carer_code_file is not None:
        call = msgspec.structs.replace(call, carer_code_file=place(call.carer_code_file))
    return msgspec.structs.replace(
        config,
        key_file=place(config.key_file),
        spool=place(config.spool),
        sensor=sensors,
        broker=broker,
        ble=ble,
        call=call,
    )


def read_carer_code(path: Path) -> str:
    """Read the caregivers' code of a room: one line of 4 to 16 digits.

    Raises:
        ConfigError: the file cannot be read, others may read it, or it holds something else.
    """
    try:
        mode = path.stat().st_mode
        code = path.read_text("ascii").strip()
    except OSError as error:
        raise ConfigError(f"carer code file {path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"carer code file {path}: is not plain text") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            f"carer code file {path}: mode {stat.S_IMODE(mode):04o} lets others read it, expected 0600 "
            f"(chmod 600 {path})"
        )
    if not _CODE.fullmatch(code):
        raise ConfigError(f"carer code file {path}: expected one line of 4 to 16 digits")
    return code


def read_credentials(path: Path) -> Credentials:
    """Read a key file: the edge's secret in hexadecimal, then its MQTT password, one line each.

    Raises:
        ConfigError: the file cannot be read, others may read it, or it does not hold the two lines.
    """
    try:
        mode = path.stat().st_mode
        lines = path.read_text("ascii").splitlines()
    except OSError as error:
        raise ConfigError(f"key file {path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"key file {path}: is not plain text") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            f"key file {path}: mode {stat.S_IMODE(mode):04o} lets others read it, expected 0600 (chmod 600 {path})"
        )
    if len(lines) != 2 or not lines[1]:
        raise ConfigError(f"key file {path}: expected two lines, the secret in hexadecimal and the password")
    try:
        return Credentials(Keys(bytes.fromhex(lines[0])), lines[1])
    except WireError as error:
        raise ConfigError(f"key file {path}: {error}") from None
    except ValueError:
        raise ConfigError(f"key file {path}: first line is not hexadecimal") from None
