"""The seam to the field's libraries for broadcasting sensors: ours in, ours out, and whatever they raise is a refusal.

They are written for home automation and load much of it (measured here: 30 MB and 0.8 s). So nothing imports this module
before a sensor needs it: `devices.drivers.room_climate` and `devices.decoders.advertisement` load it by name.
"""

from __future__ import annotations

import logging
import struct
from dataclasses import replace
from typing import Any, cast

from bluetooth_sensor_state_data import BluetoothData
from bthome_ble import BTHomeBluetoothDeviceData
from habluetooth import BluetoothServiceInfoBleak
from sensor_state_data import SensorLibrary, SensorUpdate
from xiaomi_ble import XiaomiBluetoothDeviceData
from xiaomi_ble.devices import DEVICE_TYPES, DeviceEntry
from xiaomi_ble.parser import xiaomi_dataobject_dict

from devices.advertisements.broadcast import Broadcast, Counted, Problem, plain_value
from devices.advertisements.payload import NOBODY, Advertisement, whole_uuid
from devices.errors import DecodeError

# They log an error for each malformed advertisement of any stranger in the street; we count them.
for _name in ("bthome_ble", "xiaomi_ble"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


# The library calls these by position; its type names the arguments.
def _take_battery(xobj: bytes, device: XiaomiBluetoothDeviceData, device_type: str) -> dict[str, Any]:
    del device_type
    device.update_predefined_sensor(SensorLibrary.BATTERY__PERCENTAGE, xobj[0])
    return {}


def _take_temperature(xobj: bytes, device: XiaomiBluetoothDeviceData, device_type: str) -> dict[str, Any]:
    del device_type
    # Whole degrees; that the octet has a sign is a guess: no capture below zero is known.
    [degrees] = struct.unpack("<b", xobj[:1])
    device.update_predefined_sensor(SensorLibrary.TEMPERATURE__CELSIUS, degrees)
    return {}


# Models and objects that the library does not know, by captures of the ble_monitor project (cases `adv_blemonitor.json`).
# `setdefault`: a library that learns them knows better.
for _product, _model in ((0x20DB, "MJZNZ018H"), (0x64C5, "PTX-F1-Display")):
    DEVICE_TYPES.setdefault(_product, DeviceEntry(name=_model, model=_model, manufacturer="Xiaomi"))
xiaomi_dataobject_dict.setdefault(0x5403, _take_battery)
xiaomi_dataobject_dict.setdefault(0x605D, _take_temperature)

_MIBEACON = whole_uuid("fe95")

_SIGNAL = "signal_strength"

_UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    OSError,
    struct.error,
)
"What parsing a stranger's bytes raises in them; a defect of theirs must not end a room's other sensors."


def read_bthome(heard: Advertisement, key: bytes | None = None, counted: Counted | None = None) -> Broadcast:
    """Read a BTHome advertisement, version 1 or 2.

    Args:
        heard: what was broadcast.
        key: bind key of 16 octets, if it is encrypted.
        counted: what is known of this sensor's counter, brought up to date; without it every counter is taken.

    Raises:
        DecodeError: it is no BTHome, or malformed; or it is in the clear though its key is known, which is how somebody
            else would speak in its name.
    """
    _check_key(key, (16,))
    parser = BTHomeBluetoothDeviceData(bindkey=key)
    if counted is not None:
        parser.encryption_counter, parser.bindkey_verified = counted.counter, counted.verified
    try:
        update = _update(parser, heard, "bthome")
    except DecodeError:
        if parser.downgrade_detected:
            raise DecodeError("bthome advertisement is in the clear, and its sensor encrypts") from None
        raise
    encrypted = parser.encryption_scheme.value != "none"
    if not encrypted or not parser.decryption_failed:
        problem = Problem.NONE
    elif parser.bindkey_verified:
        problem = Problem.REPLAYED
    else:
        problem = Problem.KEY_WRONG if key else Problem.KEY_NEEDED
    opened = encrypted and not problem
    if counted is not None and opened:
        counted.counter, counted.verified = parser.encryption_counter, True
    return _broadcast(update, problem, verified=opened)


def read_xiaomi(heard: Advertisement, key: bytes | None = None, counted: Counted | None = None) -> Broadcast:
    """Read a Xiaomi advertisement: MiBeacon, and the formats of the maker's scales and plant sensors.

    The library checks no counter of this format. Versions 2 and 3 carry nothing by which a wrong key could be told but
    that what comes out has no meaning.

    Args:
        heard: what was broadcast.
        key: bind key of 12 or 16 octets, if it is encrypted.
        counted: told when the key fits.

    Raises:
        DecodeError: it is no such format, or malformed.
    """
    _check_key(key, (12, 16))
    parser = XiaomiBluetoothDeviceData(bindkey=key)
    update = _update(parser, _addressed(heard), "xiaomi")
    encrypted = parser.encryption_scheme.value != "none"
    opened = encrypted and parser.bindkey_verified
    said = _broadcast(update, Problem.NONE, verified=opened)
    unauthenticated = parser.encryption_scheme.value == "mibeacon_legacy"
    if opened and unauthenticated and not (said.values or said.binary or said.events):
        opened = False
    if counted is not None and opened:
        counted.verified = True
    closed = encrypted and not opened
    if not closed:
        return said
    return replace(said, bindkey_verified=False, problem=Problem.KEY_WRONG if key else Problem.KEY_NEEDED)


def _addressed(heard: Advertisement) -> Advertisement:
    """Return the advertisement with the address that its frame holds, if its receiver tells none.

    The library refuses a frame whose address is not the sender's; a driver knows its sensor's name only. In MiBeacon bit 4
    of the first octet says that octets 5 to 10 are the address, least significant first.
    """
    frame = heard.service_data.get(_MIBEACON, b"")
    if heard.address != NOBODY or len(frame) < 11 or not frame[0] & 0x10:
        return heard
    return replace(heard, address=":".join(f"{octet:02X}" for octet in reversed(frame[5:11])))


def _check_key(key: bytes | None, sizes: tuple[int, ...]) -> None:
    if key is not None and len(key) not in sizes:
        raise DecodeError(f"bind key is {len(key)} bytes, expected {' or '.join(map(str, sizes))}")


def _update(parser: BluetoothData, heard: Advertisement, name: str) -> SensorUpdate:
    info = BluetoothServiceInfoBleak(
        name=heard.name,
        address=heard.address,
        rssi=heard.rssi,
        manufacturer_data=heard.manufacturer_data,
        service_data=heard.service_data,
        service_uuids=list(heard.services),
        source="",
        # They keep it and never look at it.
        device=cast(Any, None),
        advertisement=None,
        connectable=False,
        # Only told apart from the one before it, and every advertisement has a parser of its own here.
        time=0.0,
        tx_power=None,
    )
    try:
        update = parser.update(info)
    except _UNREADABLE as error:
        raise DecodeError(f"{name} advertisement cannot be read: {type(error).__name__}: {error}") from error
    if not any(device.model for device in update.devices.values()):
        raise DecodeError(f"advertisement is no {name} that is known")
    return update


def _broadcast(update: SensorUpdate, problem: Problem, *, verified: bool) -> Broadcast:
    device = next(iter(update.devices.values()), None)
    units = {
        key.key: described.native_unit_of_measurement.value
        for key, described in update.entity_descriptions.items()
        if described.native_unit_of_measurement is not None and key.key != _SIGNAL
    }
    return Broadcast(
        format=(device.sw_version if device else None) or "",
        model=(device.model if device else None) or "",
        values={
            key.key: plain_value(value.native_value)
            for key, value in update.entity_values.items()
            if key.key != _SIGNAL
        },
        units=units,
        binary={key.key: bool(value.native_value) for key, value in update.binary_entity_values.items()},
        events={
            key.key: {
                "type": event.event_type,
                "props": None
                if event.event_properties is None
                else {name: plain_value(value) for name, value in event.event_properties.items()},
            }
            for key, event in update.events.items()
        },
        bindkey_verified=verified,
        problem=problem,
    )
