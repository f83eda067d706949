"""Polar H10 chest strap: the standard heart rate, and its ECG by the maker's own service.

Recognised by its name beside the heart-rate service. The ECG must be asked for; what is known of that is from memory
(`devices.gatt.polar`). A strap that refuses it still tells its heart rate.
"""

from __future__ import annotations

from devices.clock import SECOND
from devices.drivers.base import Entry, Signature, Write
from devices.drivers.gatt import GattDriver, needs
from devices.errors import DecodeError
from devices.gatt import heart_rate, polar
from devices.gatt.polar import ControlResponse, EcgFrame, Operation, Result
from devices.gatt.readings import ecg, message_readings, parse
from devices.measurement import Reading

SIGNATURE = Signature("polar-h10", "ble", services=frozenset({"180d"}), name_prefix="Polar H10")

START = Write(polar.start_ecg(), polar.CONTROL_UUID, optional=True)

AGAIN = 30
"Polls, about one a second, without a frame after which the ECG is asked for again; it stops when the strap is taken off."

STEP = 2 * SECOND
"Microseconds by which the strap's clock and ours part when one of them was set."

CREEP = 256
"A late frame moves the placement by this part of its lateness, so that two clocks' drift is followed."


class PolarH10(GattDriver):
    """Starts the ECG and places its frames by the strap's own clock."""

    def __init__(self, sensor: str) -> None:
        super().__init__(sensor, needs(heart_rate.UUID, polar.CONTROL_UUID, polar.DATA_UUID))
        self._quiet = 0
        self._offset: int | None = None
        "Our time less the strap's, of the frame that was least late."

    def start(self, now: int) -> list[Write]:
        """Return the command that starts the ECG."""
        self._quiet, self._offset = 0, None
        return [START]

    def receive(self, source: str, data: bytes, now: int) -> list[Reading]:
        """Return what one value says; a malformed one, or a refused command, is counted."""
        try:
            return self._meaning(source, data, now)
        except DecodeError as error:
            self._rejections.add(error)
            return []

    def poll(self, now: int) -> list[Write]:
        """Return the command again when no frame came for long."""
        self._quiet += 1
        if self._quiet < AGAIN:
            return []
        self._quiet = 0
        return [START]

    def _meaning(self, source: str, data: bytes, now: int) -> list[Reading]:
        message = parse(source, data)
        match message:
            case EcgFrame():
                self._quiet = 0
                return [ecg(message, self._sensor, self._place(message, now))]
            case ControlResponse(operation=Operation.START, result=result) if result not in {
                Result.SUCCESS,
                Result.ALREADY_STARTED,
            }:
                raise DecodeError(f"strap refuses its ecg: {message.notes['result_name']}")
            case _:
                return message_readings(message, self._sensor, now)

    def _place(self, frame: EcgFrame, now: int) -> int:
        """Return the time of a frame's last sample: arrivals jitter, the strap's clock does not."""
        own = frame.timestamp // 1000
        late = now - own
        if self._offset is None or abs(late - self._offset) > STEP or late < self._offset:
            self._offset = late
        else:
            self._offset += (late - self._offset) // CREEP
        return own + self._offset


ENTRIES = (Entry(SIGNATURE, PolarH10),)
