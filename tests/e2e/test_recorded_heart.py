"""A recorded heart, from the sensor's bytes to the nurse's page: what the tile shows is that person's pulse."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.benchmarks.chromium import chromium, sign_in
from tests.integration.home import Home, RoomPlan
from tests.integration.test_path import TRUE_RATE, virtual_sensors

pytestmark = [pytest.mark.browser, pytest.mark.broker]


def test_a_recorded_heart_reaches_the_page(tmp_path: Path, cases: Path) -> None:
    plan = RoomPlan(1, [{"id": "ox", "protocol": "nonin-df2", "link": "ox"}])
    with Home(tmp_path, [plan]) as home, chromium() as browser:
        virtual_sensors(home, cases, "nonin-df2")
        home.start_hub()
        home.edge(plan).start()
        page = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 800}).new_page()
        sign_in(page, home, "nurse")
        tile = page.locator("[data-resident=r1]")
        shown = re.compile(r"(\d+)\s*Pouls")
        expect(tile).to_contain_text(shown, timeout=60_000)
        pulses = set()
        for _ in range(20):
            found = shown.search(tile.inner_text())
            if found:
                pulses.add(int(found[1]))
            page.wait_for_timeout(250)
    assert pulses
    assert all(abs(pulse - TRUE_RATE) < 8 for pulse in pulses), pulses
