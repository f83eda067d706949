"""What a call endures: loss, a narrow line, outages, and the end of each of its processes.

The aims are issue 5's; no assertion is tighter than twice the aim. Everything is printed: `pytest -s`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

import pytest

from tests.network.conftest import Browsers, Call
from tests.network.house import someone
from tests.network.people import accept, back, flow, hang_up, talking, within
from tests.network.people import call as ring

pytestmark = [pytest.mark.network, pytest.mark.timeout(240)]

AIM = 5.0
"Seconds from the network's return to sound and picture."
AFTER_LONG = 10.0
"The same after the outage of 45 s, which ends the connection."
SEED = int(os.environ.get("VEILLEUSE_SEED", "5"))
"Says when faults begin, how long an outage is, and which packets are lost."
GIVEN_UP = 60.0
"Seconds after which a call has not come back."


@dataclass(frozen=True)
class Chosen:
    """What people chose, and what must not happen again."""

    muted: frozenset[str]
    "Kinds of the physician's own tracks that are off."
    room: tuple[bool, str]
    "Whether the room's microphone is off, and who said so."
    rings: int
    "How often the room's screen has rung."
    call: str


def chosen(call: Call) -> Chosen:
    said = call.screen.evaluate(ROOM) or [False, ""]
    found = call.physician.evaluate("window.find('vv-call')?.call?.view?.id ?? ''")
    rings = call.screen.evaluate("window.rings")
    return Chosen(flow(call.physician).muted, (bool(said[0]), said[1]), rings, found)


ROOM = "(() => { const { state } = window.find('veilleuse-room'); return state && [state.muted, state.mutedBy]; })()"


def still(call: Call, before: Chosen) -> Chosen:
    """Return what is chosen now, once it is what it was before or ten seconds have passed."""
    deadline = time.monotonic() + 10
    while (now := chosen(call)) != before and time.monotonic() < deadline:
        call.physician.wait_for_timeout(100)
    return now


@pytest.fixture
def talk(call: Call) -> Iterator[Call]:
    """A call in which the physician's camera and both microphones are off, as they must stay; over before the next one."""
    call.world.between(direct=True)
    ring(call.physician)
    accept(call.screen)
    talking(call.physician)
    for name in ("Couper la caméra", "Couper le micro (M)", "Couper le micro de la chambre"):
        call.physician.get_by_role("button", name=name).click()
    within(call.physician, "both are off", lambda: flow(call.physician).muted == {"video", "audio"}, 10)
    within(call.screen, "the room's microphone is off", lambda: chosen(call).room == (True, "p1"), 10)
    yield call
    call.world.lose(0)
    call.world.narrow(None)
    hang_up(call.physician)
    within(call.screen, "the room's camera is off", lambda: call.screen.locator(".lamp").count() == 0, 20)


@pytest.fixture
def chance(request: pytest.FixtureRequest, talk: Call) -> Random:
    """The chance of one test, which has begun: a fault comes at an instant of its own."""
    print(f"{request.node.name}: VEILLEUSE_SEED={SEED}")
    made = Random(f"{SEED} {request.node.name}")
    talk.physician.wait_for_timeout(made.uniform(0, 2_000))
    return made


@pytest.mark.parametrize(("seconds", "within_seconds"), [(4, 2 * AIM), (15, 2 * AIM), (45, 2 * AFTER_LONG)])
def test_a_call_outlives_an_outage(talk: Call, chance: Random, seconds: int, within_seconds: float) -> None:
    was = chosen(talk)
    long = seconds + chance.uniform(0, 0.5)
    talk.world.cut()
    talk.physician.wait_for_timeout(long * 1000)
    before = flow(talk.physician)
    talk.world.mend()
    found = back(talk.physician, GIVEN_UP, before)
    print(f"outage of {long:.2f} s: {found}")
    assert found.sound_first, found
    assert found.sound < within_seconds
    assert found.picture < within_seconds
    assert still(talk, was) == was


def test_a_call_goes_on_where_one_packet_in_ten_is_lost(talk: Call, chance: Random) -> None:
    was = chosen(talk)
    talk.world.lose(10, chance.randrange(1 << 32))
    start, began = flow(talk.physician), time.monotonic()
    talk.physician.wait_for_timeout(12_000)
    end, took = flow(talk.physician), time.monotonic() - began
    rate, sound = (end.pictures - start.pictures) / took, (end.sound - start.sound) / took / 50
    print(f"10 % loss: {rate:.1f} pictures/s, {100 * sound:.0f} % of the sound's packets")
    assert end.each.keys() == start.each.keys(), "no new connection was needed"
    assert rate > 0.5
    assert sound > 0.4
    assert still(talk, was) == was


def test_a_call_goes_on_over_200_kbit_per_second(talk: Call, chance: Random) -> None:
    was = chosen(talk)
    talk.world.narrow(200)
    talk.physician.wait_for_timeout(15_000 + chance.uniform(0, 1_000))
    start, began = flow(talk.physician), time.monotonic()
    talk.physician.wait_for_timeout(8_000)
    end, took = flow(talk.physician), time.monotonic() - began
    rate, sound = (end.pictures - start.pictures) / took, (end.sound - start.sound) / took / 50
    print(
        f"200 kbit/s: {rate:.1f} pictures/s of {end.width} pixels' width, {100 * sound:.0f} % of the sound's packets, "
        f"{end.peers} connections"
    )
    talk.world.narrow(None)
    print(f"200 kbit/s, lifted: {back(talk.physician, 30)}")
    assert sound > 0.3
    assert still(talk, was) == was


@pytest.mark.usefixtures("chance")
def test_a_call_outlives_the_hub(talk: Call) -> None:
    was, before = chosen(talk), flow(talk.physician)
    talk.house.hub.kill()
    talk.physician.wait_for_timeout(2_000)
    during = back(talk.physician, 5, before)
    talk.house.start_hub()
    found = back(talk.physician, 30)
    print(f"hub killed: without it {during}; started again {found}")
    assert flow(talk.physician).each.keys() >= before.each.keys(), "picture and sound never passed the hub"
    assert still(talk, was) == was


@pytest.mark.usefixtures("chance")
def test_a_call_outlives_the_rooms_device(talk: Call) -> None:
    was = chosen(talk)
    talk.house.edge_process.kill()
    talk.physician.wait_for_timeout(2_000)
    before = flow(talk.physician)
    talk.house.edge_process.start()
    said = talk.house.edge_process.wait_text("goes on after a restart", 40)
    assert said.count("goes on after a restart") == 1
    found = back(talk.physician, 30, before)
    print(f"edge killed: {found} after it took the call up again")
    assert found.sound_first, found
    assert found.picture < 2 * AIM
    assert still(talk, was) == was


@pytest.mark.usefixtures("chance")
def test_a_call_outlives_the_rooms_page(talk: Call, browsers: Browsers) -> None:
    was, before = chosen(talk), flow(talk.physician)
    url = talk.screen.url
    talk.screen.context.close()
    talk.physician.wait_for_timeout(2_000)
    back(talk.physician, 5, before)
    screen = talk.screen = someone(browsers.room).new_page()
    began = time.monotonic()
    screen.goto(url)
    screen.locator("#hang-up").wait_for(timeout=20_000)
    print(f"room's page killed: back in the call {time.monotonic() - began:.1f} s after it was opened")
    never_rung = replace(was, rings=0)
    assert still(talk, never_rung) == never_rung


@pytest.mark.usefixtures("chance")
def test_a_call_outlives_the_physicians_reload(talk: Call) -> None:
    was = chosen(talk)
    talk.physician.reload()
    began = time.monotonic()
    found = talking(talk.physician, 30)
    print(f"physician's page loaded again: in the call after {time.monotonic() - began:.1f} s ({found.ways})")
    assert found.sound > 0
    assert found.pictures > 0
    assert still(talk, was) == was
