"""The newest readings of a room, for those who show them beside the picture. Used on the event loop alone."""

from __future__ import annotations

from collections.abc import Callable

from devices.measurement import Event, Measurement, Reading, SensorStatus, Waveform


class LatestReadings:
    """Newest measurement of each metric and newest waveform block."""

    __slots__ = ("_subscribers", "measurements", "waveform")

    def __init__(self) -> None:
        self.measurements: dict[str, Measurement] = {}
        "By metric; doubtful ones too, with their flags."
        self.waveform: Waveform | None = None
        self._subscribers: list[Callable[[Reading], None]] = []

    def subscribe(self, callback: Callable[[Reading], None]) -> Callable[[], None]:
        """Call `callback` with every reading from now on; the result ends that."""
        self._subscribers.append(callback)

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)

        return unsubscribe

    def put(self, reading: Reading) -> None:
        """Take a reading of now. Records that a sensor had stored are history and are not for here."""
        match reading:
            case Measurement(stored=True) | SensorStatus() | Event():
                pass
            case Measurement():
                self.measurements[reading.metric] = reading
            case Waveform():
                self.waveform = reading
        for callback in tuple(self._subscribers):
            callback(reading)
