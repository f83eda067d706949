"""Kind `gatt`: the value of one Bluetooth characteristic."""

from __future__ import annotations

from typing import Any

from devices.decoders.plain import measurements, plain
from devices.decoders.request import Request, data, text
from devices.gatt import readings
from devices.gatt.device_information import TEXTS


def decode(request: Request) -> dict[str, Any]:
    """Return what a value says.

    Args:
        request: `characteristic`, its number or UUID, and `hex`, the value.

    Raises:
        DecodeError: the request or the value is malformed, or the characteristic is not known.
    """
    characteristic = readings.short_uuid(text(request, "characteristic"))
    message = readings.parse(characteristic, data(request))
    said = {
        "measurements": measurements(readings.message_readings(message, "", 0)),
        "characteristic": characteristic,
        "message": plain(message),
    }
    return {**said, "what": TEXTS[characteristic]} if characteristic in TEXTS else said
