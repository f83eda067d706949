"""Virtual sensors whose every byte the test decides: on a real pty, made by the project's own codecs."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from devices.clock import SECOND, SystemClock, to_datetime
from devices.serial import contec, nonin_df13


class Pty:
    """A pseudo-terminal with a name; what the host writes is thrown away unless somebody reads it."""

    def __init__(self, link: Path) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self.master, False)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(slave))
        self.link = link
        # Kept open: otherwise the master would see an end of file whenever no edge is there.
        self._slave = slave

    def write(self, data: bytes) -> bool:
        """Write all of it, or nothing when nobody reads and the line is full."""
        try:
            return os.write(self.master, data) == len(data)
        except BlockingIOError:
            return False

    def read(self) -> bytes:
        try:
            return os.read(self.master, 4096)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        os.close(self.master)
        os.close(self._slave)
        self.link.unlink(missing_ok=True)


class Oximeter:
    """A Contec oximeter of the second generation: 60 packets a second, the values as they are set."""

    def __init__(self, link: Path, *, spo2: int = 97, pulse_rate: int = 72, clock: SystemClock | None = None) -> None:  # fmt: skip
        self.pty = Pty(link)
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._spo2, self._pulse_rate = spo2, pulse_rate
        self._count = 0
        self._samples = [int(64 + 50 * (number % contec.RATE) / contec.RATE) for number in range(contec.RATE)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="oximeter", daemon=True)
        self._thread.start()

    def set(self, *, spo2: int | None = None, pulse_rate: int | None = None) -> int:
        """Change what it measures; write the first packet that says so; return when, microseconds UTC."""
        with self._lock:
            self._spo2 = self._spo2 if spo2 is None else spo2
            self._pulse_rate = self._pulse_rate if pulse_rate is None else pulse_rate
            now = self._clock.utc()
            self._packet()
            return now

    @property
    def spo2(self) -> int:
        """What it measures now, percent."""
        return self._spo2

    def play(self, samples: list[int]) -> None:
        """Play this pleth (0 to 127, at 60 Hz), again and again."""
        with self._lock:
            self._samples, self._count = samples, 0

    def write(self, data: bytes) -> None:
        """Write bytes of the test's own between two packets."""
        with self._lock:
            self.pty.write(data)

    def quiet(self) -> None:
        """Say nothing more; the line stays."""
        self._stop.set()
        self._thread.join(5)

    def close(self) -> None:
        self.quiet()
        self.pty.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _packet(self) -> None:
        message = contec.RealTime(
            signal=8,
            pleth=self._samples[self._count % len(self._samples)],
            bar=5,
            pulse_rate=self._pulse_rate,
            spo2=self._spo2,
            pi=350,
            pi_valid=True,
        )
        self._count += 1
        self.pty.write(bytes(message))

    def _run(self) -> None:
        start = time.monotonic()
        number = 0
        while not self._stop.is_set():
            with self._lock:
                self._packet()
                with contextlib.suppress(OSError):
                    self.pty.read()
            number += 1
            self._stop.wait(max(0.0, start + number / contec.RATE - time.monotonic()))


def seconds(microseconds: int) -> float:
    return microseconds / SECOND


@dataclass(frozen=True, slots=True)
class Check:
    """One spot-check that a meter made."""

    time: int
    "Whole seconds in microseconds UTC, as its display shows."
    spo2: int
    pulse_rate: int


class Meter:
    """A spot-check meter (Nonin data format 13): keeps a record until the host answers that it has it.

    A record is sent when it is the oldest, again when the host asks for the format anew (it was restarted), and again
    after `RETRY` without an answer. Whatever the host says between two records answers neither.
    """

    RETRY = 8.0
    QUIET = 0.12

    def __init__(self, link: Path, values: Iterator[tuple[int, int]], every: int = 1) -> None:
        """Start measuring now: one of `values` (SpO2, pulse rate) each `every` seconds."""
        self.pty = Pty(link)
        self.made: list[Check] = []
        self.answered = 0
        self._values = values
        self._every = every
        self._measuring = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="meter", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Records that no host has answered."""
        return len(self.made) - self.answered

    def finish(self) -> None:
        """Measure no more; what is kept is still offered."""
        self._measuring = False

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5)
        self.pty.close()

    def _measure(self, next_second: int) -> int:
        now = int(time.time())
        if not self._measuring or now < next_second:
            return next_second
        spo2, pulse_rate = next(self._values)
        self.made.append(Check(now * SECOND, spo2, pulse_rate))
        return now + self._every

    def _run(self) -> None:
        next_second = int(time.time()) + 1
        sent: float | None = None
        quiet_until = 0.0
        while not self._stop.wait(0.02):
            next_second = self._measure(next_second)
            now = time.monotonic()
            heard = self.pty.read()
            if nonin_df13.SELECT in heard:
                # The host is new: what it has heard of this record died with the one before.
                self.pty.write(nonin_df13.ACK)
                sent, quiet_until = None, now + self.QUIET
            elif sent is not None and heard.endswith(nonin_df13.ACK):
                self.answered += 1
                sent, quiet_until = None, now + self.QUIET
            if sent is not None and now - sent > self.RETRY:
                sent = None
            if sent is None and now >= quiet_until and self.waiting:
                self.pty.read()
                self.pty.write(bytes(_record(self.made[self.answered])))
                sent = now


def _record(check: Check) -> nonin_df13.Record:
    moment = to_datetime(check.time)
    return nonin_df13.Record(
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        nonin_df13.Status.SMART_POINT,
        check.pulse_rate,
        check.spo2,
    )
