"""Calls between networks that do not reach each other: by the relay alone, over UDP, TCP and TLS."""

from __future__ import annotations

import time

import pytest

from tests.network.conftest import Call
from tests.network.people import accept, hang_up, talking, within
from tests.network.people import call as ring
from tests.network.spaces import World

pytestmark = [pytest.mark.network, pytest.mark.timeout(180)]


@pytest.fixture(autouse=True)
def only_the_relay(networks: World) -> None:
    networks.between(direct=False)
    networks.ways("udp", "tcp", "tls")


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
def test_a_call_passes_the_relay_where_no_other_way_is(call: Call, way: str) -> None:
    call.world.ways(way)
    ring(call.physician)
    accept(call.screen)
    began = time.monotonic()
    flow = talking(call.physician)
    print(f"relay by {way} alone: sound and picture {time.monotonic() - began:.1f} s after the room accepted")
    assert flow.ways == {(f"relay {way}", "relay")}
    within(call.screen, "the room sees the physician", lambda: call.screen.evaluate(SHOWS), 15)
    hang_up(call.physician)
    within(call.screen, "the camera is off", lambda: call.screen.locator(".lamp").count() == 0, 10)


SHOWS = """() => {
  const canvas = window.find("canvas");
  if (canvas === null || canvas.width < 160) return false;
  const [red, green] = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height - 20, 1, 1).data;
  return green > 2 * red + 20;
}"""
"Chromium's fake camera is green at the foot of its picture."
