"""The lamp of a room or a corridor: lit by the hub's order, and by the room itself while the hub does not answer.

A lamp is what the kernel calls a LED: `/sys/class/leds/NAME/brightness`, whatever drives it (a line of the Pi's header
through the `gpio-leds` overlay, a beacon with a driver). Rhythm and colour follow the priority: high flashes red at 2 Hz,
medium yellow at 0.45 Hz, low is yellow and steady, each lit for half of its period (shared sheet 02 part 2: a ventilator's
manual; the ranges there are from memory of the standard). The rhythm is made here, so that a lamp without a timer of its
own flashes too, and an edge that ends leaves it dark.

What is told to the hub is read back from the lamp, not assumed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from devices.clock import SECOND, Clock
from devices.errors import ConfigError
from devices.limits import Priority
from devices.wire.messages import LightOrder, LightReport
from edge.counters import Counters
from edge.supervisor import Attempt

FOLDER = "/sys/class/leds"
"Where the kernel shows its LEDs."
MAX_LIT = 64
"Notices that light a lamp at once; bounds memory."
LONGEST = 3600.0
"Seconds for which one notice lights a lamp at most."
PERIODS = {Priority.HIGH: 0.5, Priority.MEDIUM: 1 / 0.45, Priority.LOW: 0.0}
"Seconds; 0 is steady."
LOOK = 1.0
"Seconds between two looks at what is over."

_ORDER = (Priority.HIGH, Priority.MEDIUM, Priority.LOW)
_log = logging.getLogger(__name__)


class Lamp:
    """One LED of the kernel."""

    def __init__(self, folder: Path, name: str) -> None:
        """Find it.

        Raises:
            ConfigError: there is no such LED.
        """
        self.name = name
        self._brightness = folder / name / "brightness"
        self._trigger = folder / name / "trigger"
        try:
            self._full = int((folder / name / "max_brightness").read_text("ascii"))
        except (OSError, ValueError):
            raise ConfigError(f"light: {folder / name} is no LED of this machine") from None

    def prepare(self) -> None:
        """Take it from the kernel's own triggers (heartbeat, disk).

        Raises:
            OSError: it cannot be written.
        """
        if self._trigger.exists():
            self._trigger.write_text("none", "ascii")

    def turn(self, *, on: bool) -> None:
        """Light it or darken it.

        Raises:
            OSError: it cannot be written.
        """
        self._brightness.write_text(str(self._full if on else 0), "ascii")

    @property
    def on(self) -> bool:
        """Whether the lamp says that it is lit.

        Raises:
            OSError: it cannot be read.
        """
        text = self._brightness.read_text("ascii").strip()
        return text.isdigit() and int(text) > 0


@dataclass(frozen=True, slots=True)
class Lamps:
    """The lamps of a room by colour; a colour without lamps is shown by the other one."""

    red: Sequence[Lamp]
    yellow: Sequence[Lamp]

    def all(self) -> list[Lamp]:
        """Return each lamp once."""
        return list({lamp.name: lamp for lamp in (*self.red, *self.yellow)}.values())

    def of(self, priority: Priority) -> Sequence[Lamp]:
        """Return the lamps that show a priority."""
        if priority is Priority.HIGH:
            return self.red or self.yellow
        return self.yellow or self.red


def open_lamps(folder: str, red: Iterable[str], yellow: Iterable[str]) -> Lamps:
    """Find the lamps that `[light]` names.

    Raises:
        ConfigError: one is none of this machine's.
    """
    place = Path(folder)
    return Lamps([Lamp(place, name) for name in red], [Lamp(place, name) for name in yellow])


class Light:
    """What the lamps show now: the most urgent of all that light them. Lives on the event loop."""

    def __init__(
        self,
        edge: str,
        lamps: Lamps,
        clock: Clock,
        now: Callable[[], int],
        report: Callable[[LightReport], None],
        counters: Counters,
    ) -> None:
        """Make it; nothing is lit yet.

        Args:
            edge: the edge's name.
            lamps: its lamps.
            clock: for how long something is lit.
            now: returns UTC, for reports.
            report: sends a report to the hub.
            counters: told of lamps that fail.
        """
        self._edge = edge
        self._lamps = lamps
        self._clock = clock
        self._now = now
        self._report = report
        self._counters = counters
        self._orders: dict[str, tuple[Priority, int]] = {}
        "Priority, and monotonic time at which it goes out, by notice."
        self._local: Priority | None = None
        self._changed = asyncio.Event()
        self._trouble = ""

    @property
    def shown(self) -> Priority | None:
        """The priority that is shown now."""
        asked = {priority for priority, _ in self._orders.values()}
        if self._local is not None:
            asked.add(self._local)
        return next((priority for priority in _ORDER if priority in asked), None)

    def order(self, order: LightOrder) -> None:
        """Carry out the hub's order, and say what came of it."""
        if order.lit:
            self._light(order)
        else:
            self._orders.pop(order.notice, None)
        self._expire()
        problem = self._show(on=True) if order.lit else self._settle()
        lit = order.notice in self._orders and not problem
        self._report(LightReport(self._edge, order.notice, self._now(), order.lit, lit, problem))
        self._changed.set()

    def ring(self, priority: Priority | None) -> None:
        """Show what the room itself rings for while the hub does not answer; `None` is nothing."""
        if priority is not self._local:
            self._local = priority
            self._changed.set()

    async def run(self, attempt: Attempt) -> None:
        """Flash, for ever; dark when it ends.

        Raises:
            OSError: a lamp cannot be written any more.
        """
        for lamp in self._lamps.all():
            lamp.prepare()
        try:
            while True:
                self._changed.clear()
                self._expire()
                await self._flash(attempt)
        finally:
            self._dark()

    async def _flash(self, attempt: Attempt) -> None:
        """Show one period of what is to be shown, or wait until something is."""
        priority = self.shown
        period = 0.0 if priority is None else PERIODS[priority]
        for on in (True, False) if period else (priority is not None,):
            problem = self._show(on=on)
            if not problem:
                attempt.works()
            if await self._wait(period / 2 if period else LOOK):
                return

    async def _wait(self, seconds: float) -> bool:
        """Wait; true when something changed before."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        return self._changed.is_set()

    def _light(self, order: LightOrder) -> None:
        until = self._clock.monotonic() + round(min(max(order.seconds, 1.0), LONGEST) * SECOND)
        self._orders.pop(order.notice, None)
        while len(self._orders) >= MAX_LIT:
            del self._orders[next(iter(self._orders))]
        self._orders[order.notice] = order.priority, until

    def _expire(self) -> None:
        now = self._clock.monotonic()
        self._orders = {key: lit for key, lit in self._orders.items() if lit[1] > now}

    def _settle(self) -> str:
        return self._show(on=self.shown is not None)

    def _show(self, *, on: bool) -> str:
        """Write the lamps as they should be now, read them back, and return what is wrong."""
        priority = self.shown
        lit = {lamp.name for lamp in self._lamps.of(priority)} if on and priority is not None else set()
        problem = ""
        for lamp in self._lamps.all():
            wanted = lamp.name in lit
            try:
                lamp.turn(on=wanted)
                if lamp.on is not wanted:
                    problem = f"lamp {lamp.name} does not turn {'on' if wanted else 'off'}"
            except OSError as error:
                problem = f"lamp {lamp.name}: {error.strerror}"
        self._tell(problem)
        return problem

    def _dark(self) -> None:
        for lamp in self._lamps.all():
            with contextlib.suppress(OSError):
                lamp.turn(on=False)

    def _tell(self, problem: str) -> None:
        """Log a trouble once, and its end."""
        if problem == self._trouble:
            return
        self._trouble = problem
        if problem:
            self._counters.add("light_failures")
            _log.error("%s", problem)
        else:
            _log.warning("the lamps work again")
