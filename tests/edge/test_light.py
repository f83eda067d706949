"""Lamps: what the kernel's files say, by order of the hub and by the room's own ringing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.backoff import Backoff
from devices.clock import SECOND, ManualClock
from devices.errors import ConfigError
from devices.limits import Priority
from devices.wire.messages import LightOrder, LightReport, decode_command, encode
from edge.counters import Counters
from edge.light import FOLDER, MAX_LIT, PERIODS, Lamp, Light, open_lamps
from edge.supervisor import Attempt
from tests.hub.notify.helpers import until


def laid_out(folder: Path) -> Path:
    """Lay a folder out as the kernel does."""
    for name in ("red", "yellow"):
        (folder / name).mkdir()
        (folder / name / "max_brightness").write_text("255\n")
        (folder / name / "brightness").write_text("0\n")
        (folder / name / "trigger").write_text("none [heartbeat] timer\n")
    return folder


@pytest.fixture
def leds(tmp_path: Path) -> Path:
    return laid_out(tmp_path)


class Room:
    """A light, its clock, and what it reported."""

    def __init__(
        self, folder: Path, red: tuple[str, ...] = ("red",), yellow: tuple[str, ...] = ("yellow",)
    ) -> None:
        self.folder = folder
        self.clock = ManualClock()
        self.reports: list[LightReport] = []
        self.counters = Counters()
        lamps = open_lamps(str(folder), red, yellow)
        self.light = Light("e1", lamps, self.clock, self.clock.utc, self.reports.append, self.counters)
        self.number = 0

    def order(
        self, notice: str = "n", *, lit: bool = True, priority: Priority = Priority.HIGH, seconds: float = 60
    ) -> None:
        self.number += 1
        self.light.order(LightOrder(self.number, notice, lit, priority, seconds))

    def lit(self) -> set[str]:
        return {
            name
            for name in ("red", "yellow")
            if (self.folder / name / "brightness").read_text().strip() != "0"
        }


@asynccontextmanager
async def running(light: Light) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(light.run(Attempt("light", Backoff())))
    await asyncio.sleep(0)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_an_order_lights_the_lamp_and_says_what_the_lamp_says(leds: Path) -> None:
    room = Room(leds)
    room.order()
    assert room.lit() == {"red"}
    assert room.reports == [LightReport("e1", "n", room.clock.utc(), ordered=True, lit=True)]
    assert (leds / "red" / "brightness").read_text() == "255"
    room.order(lit=False)
    assert room.lit() == set()
    assert (room.reports[1].ordered, room.reports[1].lit, room.reports[1].problem) == (False, False, "")


def test_the_most_urgent_is_shown_and_taking_one_back_leaves_the_others(leds: Path) -> None:
    room = Room(leds)
    room.order("low", priority=Priority.LOW)
    assert room.lit() == {"yellow"}
    room.order("high")
    assert room.lit() == {"red"}
    room.order("high", lit=False)
    assert room.light.shown is Priority.LOW
    assert room.lit() == {"yellow"}
    room.order("never lit", lit=False)
    assert room.reports[-1].problem == ""
    assert room.lit() == {"yellow"}


def test_one_lamp_shows_every_colour(leds: Path) -> None:
    room = Room(leds, red=("red",), yellow=())
    room.order(priority=Priority.MEDIUM)
    assert room.lit() == {"red"}


async def test_it_goes_out_by_itself_whatever_happens_to_the_hub(leds: Path) -> None:
    room = Room(leds)
    room.order(seconds=60)
    room.clock.advance(60 * SECOND)
    async with running(room.light):
        await until(lambda: not room.lit())
    assert room.light.shown is None


@pytest.mark.parametrize(("priority", "name"), [(Priority.HIGH, "red"), (Priority.MEDIUM, "yellow")])
async def test_urgent_ones_flash_half_of_the_time(leds: Path, priority: Priority, name: str) -> None:
    """Sheet 02 part 2: high 1.4 to 2.8 Hz, medium 0.4 to 0.8 Hz, each 20 to 60 % of the period."""
    assert {key: round(1 / period, 2) for key, period in PERIODS.items() if period} == {
        Priority.HIGH: 2.0,
        Priority.MEDIUM: 0.45,
    }
    room = Room(leds)
    async with running(room.light):
        room.order(priority=priority)
        for _ in range(2):
            await until(lambda: room.lit() == {name})
            await until(lambda: room.lit() == set())


async def test_low_is_steady_and_it_is_dark_when_the_edge_ends(leds: Path) -> None:
    room = Room(leds)
    async with running(room.light):
        # The kernel's own heartbeat is taken off the lamp.
        assert (leds / "red" / "trigger").read_text() == "none"
        room.order(priority=Priority.LOW)
        assert room.lit() == {"yellow"}
        await asyncio.sleep(0)
        assert room.lit() == {"yellow"}
    assert room.lit() == set()


async def test_what_the_room_rings_for_lights_it_too(leds: Path) -> None:
    """The hub does not answer: the corridor sees it all the same."""
    room = Room(leds)
    async with running(room.light):
        room.light.ring(Priority.HIGH)
        await until(room.lit)
        assert room.lit() == {"red"}
        room.light.ring(None)
        await until(lambda: not room.lit())
        assert room.lit() == set()


async def test_a_lamp_that_fails_is_said_counted_and_tried_again(leds: Path) -> None:
    room = Room(leds)
    brightness = leds / "red" / "brightness"
    brightness.unlink()
    brightness.mkdir()
    room.order()
    assert (room.reports[0].lit, room.reports[0].problem) == (False, "lamp red: Is a directory")
    assert room.counters["light_failures"] == 1
    brightness.rmdir()
    brightness.write_text("0")
    async with running(room.light):
        await until(lambda: room.lit() == {"red"})


def test_a_lamp_that_stays_dark_is_not_called_lit(leds: Path) -> None:
    room = Room(leds)
    brightness = leds / "red" / "brightness"
    brightness.unlink()
    # It takes what is written and shows nothing of it, as a driver without hardware does.
    brightness.symlink_to("/dev/null")
    room.order()
    assert (room.reports[0].lit, room.reports[0].problem) == (False, "lamp red does not turn on")


def test_a_lamp_that_is_none_is_refused(leds: Path) -> None:
    with pytest.raises(ConfigError, match="green is no LED of this machine"):
        open_lamps(str(leds), ["green"], [])
    (leds / "red" / "max_brightness").write_text("bright")
    with pytest.raises(ConfigError, match="red is no LED"):
        open_lamps(str(leds), ["red"], [])


orders = st.builds(
    LightOrder,
    st.integers(0, 2**53),
    st.text(max_size=64),
    st.booleans(),
    st.sampled_from(Priority),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(st.lists(orders, max_size=100))
def test_any_orders_cross_the_wire_and_leave_a_sound_lamp(
    tmp_path_factory: pytest.TempPathFactory, found: list[LightOrder]
) -> None:
    room = Room(laid_out(tmp_path_factory.mktemp("leds")))
    for order in found:
        again = decode_command(encode(order))
        assert isinstance(again, LightOrder)
        assert (again.notice, again.lit, again.priority) == (order.notice, order.lit, order.priority)
        room.light.order(again)
        assert room.lit() == (
            {"red"} if room.light.shown is Priority.HIGH else {"yellow"} if room.light.shown else set()
        )
    assert len(room.light._orders) <= MAX_LIT
    assert len(room.reports) == len(found)


def test_the_lamps_of_this_machine_are_found_as_the_kernel_shows_them() -> None:
    """Reads the real folder; a machine without LEDs has none to be found."""
    folder = Path(FOLDER)
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    for name in names:
        assert Lamp(folder, name).on in {True, False}
    with pytest.raises(ConfigError):
        Lamp(folder, "no such lamp")
