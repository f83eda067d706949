"""A virtual Polar H10: a chest strap that beside the heart rate tells its ECG, when it is asked for.

What is known of the maker's protocol is in `devices.gatt.polar`, mostly from memory. The curve is drawn: five humps for each
beat of the patient's heart, which is enough to find the beats in, and no more.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from typing import Any

from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import CharacteristicValue, Service

from devices.gatt import polar
from devices.gatt.polar import ControlResponse, EcgFrame, FeatureBit, Features, Operation, Result
from devices.simulators.ble_base import HIDDEN, READABLE, Permissions, Properties, characteristic
from devices.simulators.ble_sensors import HeartRateStrap
from devices.simulators.physiology import Vitals

SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"

FRAME = 73
"Samples of one frame, as the strap sends them; with 130 a second that is 1.8 frames a second."

SETTINGS = bytes([0, 1, 130, 0, 1, 1, 14, 0])
"What the control point answers when asked for the settings of the ECG: 130 a second, 14 bits."

_HUMPS = ((-0.20, 0.025, 90), (-0.03, 0.010, -70), (0.0, 0.011, 900), (0.03, 0.012, -180), (0.27, 0.045, 200))
"Seconds from the beat, width in seconds, microvolts: P, Q, R, S and T."


class PolarH10(HeartRateStrap):
    """A chest strap with ECG."""

    MODEL = "H10"
    ADVERTISED = "Polar H10 "

    def __init__(self, *arguments: Any, **options: Any) -> None:
        asked: CharacteristicValue[bytes] = CharacteristicValue(
            lambda _connection: bytes(Features(FeatureBit.ECG)), self._asked
        )
        self._control = characteristic(
            polar.CONTROL_UUID,
            Properties.READ | Properties.WRITE | Properties.INDICATE,
            READABLE | Permissions.WRITEABLE,
            asked,
        )
        self._data = characteristic(polar.DATA_UUID, Properties.NOTIFY, HIDDEN)
        super().__init__(*arguments, **options)
        self.streaming = False
        "Whether the ECG was asked for."
        self._beats: deque[float] = deque(maxlen=64)
        self._drawn: float | None = None
        self._waiting: list[int] = []

    def services(self) -> Iterable[Service]:
        """Return the maker's service."""
        return (Service(UUID(SERVICE), [self._control, self._data]),)

    async def due(self, now: float) -> None:
        """Tell the heart rate, and the ECG as frames fill up."""
        await super().due(now)
        if not (self.connected and self.subscribed(self._data)):
            # The strap ends its streams with the link.
            self.streaming, self._drawn, self._waiting = False, None, []
        if not self.streaming:
            return
        self._draw(now)
        while len(self._waiting) >= FRAME:
            frame, self._waiting = self._waiting[:FRAME], self._waiting[FRAME:]
            last = now - len(self._waiting) / polar.ECG_RATE
            await self.tell(bytes(EcgFrame(round(last * 1e9), tuple(frame))), self._data)

    def measure(self, now: float, vitals: Vitals) -> bytes:
        """Return the heart rate; its intervals are the ECG's too."""
        since = self._told if self._told is not None else now - 1.0
        value = super().measure(now, vitals)
        if not self._beats or now - self._beats[-1] > 5:
            self._beats.append(since)
        while self._beats[-1] < now:
            self._beats.append(self._beats[-1] + 60 / vitals.heart_rate)
        return value

    def _draw(self, now: float) -> None:
        if self._drawn is None:
            self._drawn = now
        while self._drawn < now:
            self._waiting.append(self._microvolts(self._drawn))
            self._drawn += 1 / polar.ECG_RATE

    def _microvolts(self, time: float) -> int:
        value = 20 * math.sin(math.tau * time / 4)
        for beat in self._beats:
            if -0.6 < time - beat < 0.8:
                for after, width, height in _HUMPS:
                    value += height * math.exp(-(((time - beat - after) / width) ** 2) / 2)
        return round(value)

    def _asked(self, _connection: Connection, value: bytes) -> None:
        operation, kind = (*value[:2], 0, 0)[:2]
        if kind != polar.Kind.ECG:
            result = Result.NOT_SUPPORTED
        elif operation == Operation.START:
            result = Result.ALREADY_STARTED if self.streaming else Result.SUCCESS
            self.streaming = True
        elif operation == Operation.STOP:
            result, self.streaming = Result.SUCCESS, False
        else:
            result = Result.SUCCESS if operation == Operation.GET_SETTINGS else Result.INVALID_OPERATION
        settings = SETTINGS if operation == Operation.GET_SETTINGS else b""
        answer = ControlResponse(operation, kind, result, parameters=settings)
        self.later(self.tell(bytes(answer), self._control), "answer")
