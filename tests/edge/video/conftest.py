"""A room and a browser for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from devices.wire.messages import Signal
from edge.config import CallConfig
from edge.counters import Counters
from edge.latest import LatestReadings
from edge.video.service import CallService
from tests.edge.video.peers import CLOCK, Browser, Room


@pytest.fixture
def call_config() -> CallConfig:
    """A small picture over loopback."""
    return CallConfig(size=(320, 240), ice_loopback=True)


@pytest.fixture
async def room(call_config: CallConfig) -> AsyncIterator[Room]:
    """A room that is ready for calls."""
    said: list[Signal] = []
    latest = LatestReadings()
    counters = Counters()
    service = CallService(call_config, said.append, CLOCK, latest, counters=counters)
    await service.start()
    yield Room(service, latest, counters, said)
    await service.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A physician's browser."""
    made = Browser()
    yield made
    await made.close()
