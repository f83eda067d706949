"""A meter's own clock: how far it is off, what that means for its records, and what to write so that it is right.

Meters show local time, know no zone, and drift. What is read of a clock is therefore split: whole hours up to 14 h are a
zone, and stay as people set them; what is left is the clock's error, and is corrected by writing 2A2B. A record's time is
shifted by both, but by the zone alone while the error is small, so that it stays the same from one link to the next. A clock
that is off by more was never set: it is set to UTC.
"""

from __future__ import annotations

from devices.clock import BUILD_FLOOR, SECOND
from devices.drivers.base import Write
from devices.errors import DecodeError
from devices.gatt import current_time
from devices.gatt.current_time import CurrentTime
from devices.gatt.meaning import When
from devices.quality import NO_DOUBT, Quality

HOUR = 3600 * SECOND
"Microseconds. The zones of this product's countries are whole hours."

WIDEST = 14 * HOUR
"Microseconds of the widest zone."

TOLERATED = 20 * SECOND
"Microseconds of error that are not worth a correction, of the clock or of a record."

FRESH = 600 * SECOND
"Microseconds. A record this old, by a checked clock, speaks of now: low glucose just measured must alarm."


class DeviceClock:
    """What is known of one meter's clock since the link stands."""

    __slots__ = ("_error", "_ours", "_read", "_zone")

    def __init__(self) -> None:
        self._read = False
        "It was read."
        self._ours = 0
        "Our time when it was read; 0 while unknown."
        self._zone: int | None = None
        "Microseconds ahead of UTC by zone; `None` if it cannot be told."
        self._error = 0
        "Microseconds ahead beside the zone."

    @property
    def known(self) -> bool:
        """Whether it was read, whatever it showed."""
        return self._read

    @property
    def checked(self) -> bool:
        """Whether it was read and is off by no more than zones are: the times of its records are known."""
        return self._zone is not None

    @property
    def error(self) -> int | None:
        """Microseconds that it is ahead beside its zone; `None` while nothing is known."""
        return None if not self._read or self._ours == 0 else self._error

    def read(self, shown: CurrentTime, now: int) -> None:
        """Take what it shows at `now`, microseconds UTC; below the build floor our own time is unknown."""
        self._read, self._zone, self._error = True, None, 0
        self._ours = now if now >= BUILD_FLOOR else 0
        told = shown.utc
        if self._ours == 0 or told is None:
            return
        ahead = round((told - now) / SECOND) * SECOND
        if abs(ahead) > WIDEST + HOUR // 2:
            self._error = ahead
            return
        self._zone = round(ahead / HOUR) * HOUR
        self._error = ahead - self._zone

    def correction(self, now: int) -> list[Write]:
        """Return what to write so that it is right, once; nothing if it is, or if our own time is unknown."""
        wrong = self._zone is None or abs(self._error) > TOLERATED
        if not self._read or self._ours == 0 or now < BUILD_FLOOR or not wrong:
            return []
        self._read = False
        right = CurrentTime.of(now + (self._zone or 0))
        return [Write(bytes(right), current_time.UUID, optional=True)]

    def _shift(self, own: int) -> int:
        if self._zone is None:
            # A time before this release was told by a clock that had been reset: it was off then as it is now.
            return self._error if own < BUILD_FLOOR else 0
        return self._zone + (self._error if abs(self._error) > TOLERATED else 0)

    def place(self, own: int | None, now: int, record: str = "") -> When:
        """Return where a record stands that the meter kept.

        Args:
            own: the record's time by this clock, read as UTC.
            now: reception, microseconds UTC.
            record: its identity, if its time is none.

        Raises:
            DecodeError: its time cannot be known.
        """
        if own is None:
            raise DecodeError("record has no time that exists")
        time = own - self._shift(own)
        if now >= BUILD_FLOOR and time > now:
            # Local time of an unread clock, or a drift: by less than a zone it was just now.
            if time > now + WIDEST:
                raise DecodeError("record is from the future by the meter's clock")
            time = now
        if time < BUILD_FLOOR - 10 * 365 * 24 * 3600 * SECOND:
            raise DecodeError("record was made while the meter's clock was not set")
        doubt = NO_DOUBT if self.checked else Quality.DEVICE_TIME
        fresh = self.checked and now - time <= FRESH
        return When(time, doubt if fresh else doubt | Quality.LATE, stored=True, record=record)
