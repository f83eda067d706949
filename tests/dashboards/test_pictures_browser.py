"""What a nurse sees at once on each screen; `VEILLEUSE_SCREENSHOTS=docs/images` keeps the pictures for the documents."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.dashboards.homes import chromium, sign_in, tablet
from tests.dashboards.night import Night

SOON = 60_000
"Milliseconds; patience with a busy machine."
FOLDER = os.environ.get("VEILLEUSE_SCREENSHOTS")
LARGEST = 200_000
"Bytes of a picture."

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(240)]

SETTLED = "e => Promise.all(e.getAnimations({ subtree: true }).filter((a) => a.effect?.getTiming().iterations !== Infinity).map((a) => a.finished)).then(() => true)"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Night]:
    made = Night(tmp_path, 24)
    yield made
    made.stop()


@pytest.fixture
def page(home: Night) -> Iterator[Page]:
    with chromium() as browser:
        page = sign_in(tablet(browser, home), "ines")
        expect(page.locator("[data-resident=r24] .value b").first).to_have_text("96", timeout=SOON)
        expect(page.get_by_text("Son prêt")).to_be_visible(timeout=SOON)
        yield page


def keep(page: Page, name: str, theme: str) -> None:
    page.evaluate("theme => document.querySelector('vv-ward').app.preferences.setTheme(theme)", theme)
    page.wait_for_timeout(300)
    picture = page.screenshot()
    assert len(picture) < LARGEST
    if FOLDER is not None:
        (Path(FOLDER) / f"{name}-{theme}.png").write_bytes(picture)


def test_24_residents_stand_on_one_screen_and_the_sheet_on_every_one(home: Night, page: Page) -> None:
    last = page.locator("[data-resident]").last.bounding_box()
    places = page.locator("nav.places").bounding_box()
    assert last is not None
    assert places is not None
    assert last["y"] + last["height"] <= places["y"], "24 residents stand above the places without scrolling"
    keep(page, "ward-calm", "day")
    home.past("r12", [(seconds, 94 - max(0, 700 - seconds) / 70) for seconds in range(1700, 2, -5)])
    home.ring("r12", spo2=84.0, pulse_rate=118.0)
    home.ring("r4", pulse_rate=130.0)
    expect(page.locator(".alarm.high")).to_be_visible(timeout=SOON)
    expect(page.locator(".alarm.medium")).to_be_visible(timeout=SOON)
    keep(page, "ward-tablet", "night")
    page.locator(".alarm.high [data-sheet]").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.locator("vv-curve")).to_have_count(1, timeout=SOON)
    for name, width, height in (("landscape", 1280, 800), ("portrait", 800, 1280), ("desktop", 1680, 1050)):
        page.set_viewport_size({"width": width, "height": height})
        # It slides in; where it ends is what counts.
        sheet.evaluate(SETTLED)
        for button in sheet.locator("footer button").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 56
            assert box["y"] + box["height"] <= height, f"a gesture is out of reach in {name}"
        if name != "desktop":
            keep(page, f"sheet-{name}", "night" if name == "landscape" else "day")
