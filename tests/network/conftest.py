"""A world and a house for a file of tests, and the people in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserType, Page, sync_playwright

from tests.network.house import House, browser_in, someone
from tests.network.people import sign_in, within
from tests.network.spaces import World, world


@pytest.fixture(scope="module")
def networks() -> Iterator[World]:
    """The world; this process stands in the home as long as the file's tests run."""
    with world() as made:
        yield made


@pytest.fixture(scope="module")
def chromium(networks: World) -> Iterator[BrowserType]:
    assert networks is not None
    with sync_playwright() as playwright:
        yield playwright.chromium


@dataclass
class Browsers:
    """One browser in the home, one far away."""

    room: Browser
    far: Browser


@pytest.fixture(scope="module")
def browsers(
    chromium: BrowserType, networks: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browsers]:
    folder = tmp_path_factory.mktemp("browsers")
    made = Browsers(browser_in(chromium, folder), browser_in(chromium, folder, networks.far.argv()))
    yield made
    made.room.close()
    made.far.close()


@dataclass
class Call:
    """A house, its room's screen and a physician far away."""

    world: World
    house: House
    screen: Page
    physician: Page


def visit(house: House, browsers: Browsers, username: str = "medecin") -> Iterator[Call]:
    """Open the room's screen and the physician's page."""
    room, far = someone(browsers.room), someone(browsers.far, width=1440, height=900)
    screen, physician = room.new_page(), far.new_page()
    try:
        screen.goto(house.screen)
        sign_in(physician, username)
        within(physician, "the room is listed", lambda: physician.locator("[data-resident=r1]").count(), 20)
        yield Call(house.world, house, screen, physician)
    finally:
        room.close()
        far.close()


@pytest.fixture(scope="module")
def house(networks: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"), networks)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def call(house: House, browsers: Browsers) -> Iterator[Call]:
    yield from visit(house, browsers)
