"""The channel `light` beside a real edge's lamp: orders and reports cross the wire, sealed and checked as always."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from devices.clock import SystemClock
from devices.errors import WireError
from devices.limits import Priority
from devices.wire.messages import LightOrder, LightReport, decode_command, encode
from devices.wire.seal import Keys, seal, unseal
from devices.wire.topics import Topic, down, up
from edge.counters import Counters
from edge.light import Light, open_lamps
from hub.ingest.report import take_report
from hub.notify.base import GiveUp, Receipt, ReceiptKind, Retry, Sent
from hub.notify.light_channel import LightChannel
from tests.hub.notify.helpers import notice, running, until

KEYS = Keys(bytes(32))
EDGE = "room-12"


class House:
    """One edge with a lamp, and the wire to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.online = {EDGE}
        self.deaf = False
        self.issued: list[int] = []
        self.receipts: list[Receipt] = []
        self.channel = LightChannel(
            self,
            self.online.__contains__,
            lambda: bool(self.online),
            self.clock,
            self.receipts.append,
            within=0.2,
        )
        self.light = Light(
            EDGE, open_lamps(str(folder), ["red"], []), self.clock, self.clock.utc, self.report, Counters()
        )

    def send(self, edge: str, kind: str, message: object) -> None:
        """Carry a command as the hub's link and the edge's downlink do."""
        assert (edge, kind) == (EDGE, "command")
        topic = down(edge, kind)
        order = decode_command(unseal(KEYS, topic, seal(KEYS, topic, encode(message))))
        assert isinstance(order, LightOrder)
        self.issued.append(order.issued)
        if not self.deaf:
            self.light.order(order)

    def report(self, report: LightReport) -> None:
        topic = up(EDGE, "report")
        taken = take_report(Topic.parse(topic), KEYS, topic, seal(KEYS, topic, encode(report)))
        assert isinstance(taken, LightReport)
        self.channel.reported(taken)

    @property
    def lit(self) -> bool:
        return (self.folder / "red" / "brightness").read_text().strip() != "0"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    (tmp_path / "red").mkdir()
    (tmp_path / "red" / "max_brightness").write_text("1")
    (tmp_path / "red" / "brightness").write_text("0")
    made = House(tmp_path)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(made.channel))
        yield made


async def test_the_room_of_the_alert_is_lit_and_its_lamp_says_so(house: House) -> None:
    sent = await house.channel.send(notice(address="room", edge=EDGE))
    assert sent == Sent("alert-1/step-1/1", within=0.2)
    assert house.lit
    await until(lambda: house.receipts)
    [receipt] = house.receipts
    assert (receipt.channel, receipt.reference, receipt.kind, receipt.detail) == (
        "light",
        "alert-1/step-1/1",
        ReceiptKind.DELIVERED,
        "lamp of room-12",
    )


async def test_a_corridor_has_an_edge_of_its_own(house: House) -> None:
    assert isinstance(await house.channel.send(notice(address=EDGE, edge="room-14")), Sent)
    assert house.lit


async def test_a_lamp_that_fails_says_why(house: House) -> None:
    (house.folder / "red" / "brightness").unlink()
    (house.folder / "red" / "brightness").symlink_to("/dev/null")
    await house.channel.send(notice(address="room", edge=EDGE))
    await until(lambda: house.receipts)
    assert (house.receipts[0].kind, house.receipts[0].detail) == (
        ReceiptKind.FAILED,
        "lamp red does not turn on",
    )


async def test_it_is_taken_back_when_the_edge_says_so(house: House) -> None:
    first, second = notice(1, address="room", edge=EDGE), notice(2, address="room", edge=EDGE)
    await house.channel.send(first)
    await house.channel.send(second)
    assert await house.channel.recall(first) == Sent()
    assert house.lit, "the other alert is still there"
    assert await house.channel.recall(second) == Sent()
    assert not house.lit
    # What no process remembers is taken back all the same.
    assert await house.channel.recall(notice(3, address="room", edge=EDGE)) == Sent()


async def test_an_edge_that_does_not_answer_is_asked_again(house: House) -> None:
    known = notice(address="room", edge=EDGE)
    house.deaf = True
    assert isinstance(await house.channel.recall(known), Retry)
    house.online.clear()
    assert not house.channel.state.well
    assert await house.channel.recall(known) == Retry("edge room-12 is not heard", after=10.0)
    assert await house.channel.send(known) == GiveUp("edge room-12 is not heard")


async def test_an_alert_of_no_room_lights_no_room(house: House) -> None:
    assert await house.channel.send(notice(address="room")) == GiveUp("the alert is about no room")
    assert await house.channel.recall(notice(address="room")) == Sent()


async def test_orders_of_one_instant_are_in_order(house: House) -> None:
    """An edge takes only what is newer than what it took."""
    await asyncio.gather(
        *(
            house.channel.send(notice(number, address="room", edge=EDGE, priority=Priority.LOW))
            for number in range(20)
        )
    )
    assert house.issued == sorted(set(house.issued))
    assert len(house.issued) == 20


@pytest.mark.parametrize(
    "more", [{"notice": "n" * 65}, {"problem": "p" * 261}, {"time": -1}, {"edge": "room-14"}]
)
def test_a_report_out_of_bounds_is_refused(more: dict[str, object]) -> None:
    topic = up(EDGE, "report")
    values = {"edge": EDGE, "notice": "n", "time": 1, "ordered": True, "lit": True} | more
    report = LightReport(**values)  # type: ignore[arg-type]  # fields by name
    with pytest.raises(WireError) as refused:
        take_report(Topic.parse(topic), KEYS, topic, seal(KEYS, topic, encode(report)))
    assert refused.value.reason in {"range", "edge"}
