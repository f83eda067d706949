"""Click to first video frame.

From the physician's click on "Ouvrir la visio" to the first frame of the room's picture that Chromium presents
(`requestVideoFrameCallback`), both by the page's own clock. The room's camera is the generated picture; its screen is open in the same
browser, and presses "Accepter" by itself as soon as it is there: what a person takes to answer is not measured. Browser, hub,
broker and edge are on one machine, and the media goes over its loopback.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.benchmarks.chromium import chromium, sign_in
from tests.benchmarks.figures import Figure, median, spread
from tests.benchmarks.memory import Memory
from tests.integration.home import Home, RoomPlan
from tests.integration.processes import wait_for

CALLS = 5
CALL = '[call]\ncamera = "generated"\nice_loopback = true\n'
ACCEPT = """
() => {
  const find = (root) => {
    for (const each of root.querySelectorAll('*')) {
      if (each.id === 'accept') return each;
      const inner = each.shadowRoot && find(each.shadowRoot);
      if (inner) return inner;
    }
    return null;
  };
  setInterval(() => find(document)?.click(), 10);
}
"""
TIME = """
() => {
  window.timing = {};
  const find = (root) => {
    for (const each of root.querySelectorAll('*')) {
      if (each.id === 'room' && each.tagName === 'VIDEO') return each;
      const inner = each.shadowRoot && find(each.shadowRoot);
      if (inner) return inner;
    }
    return null;
  };
  const look = () => {
    const video = find(document);
    if (video && video.srcObject) {
      video.requestVideoFrameCallback(() => { window.timing.frame = performance.now(); });
    } else {
      setTimeout(look, 5);
    }
  };
  document.addEventListener('click', () => { window.timing.click = performance.now(); look(); },
    {capture: true, once: true});
}
"""


def run() -> list[Figure]:
    """Measure."""
    plan = RoomPlan(1, extra=CALL)
    with tempfile.TemporaryDirectory(prefix="veilleuse-bench-") as folder, Home(Path(folder), [plan]) as home:
        home.start_hub()
        edge = home.edge(plan).start()
        said = edge.wait_text("the room's screen is at")
        with home.client() as client:
            wait_for(
                "the room is online",
                lambda: any(view["online"] for view in client.get("/api/v1/edges")),
                30,
                0.2,
            )
        with chromium() as browser:
            # No camera opens in a room whose screen is dark.
            room = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            room.goto(re.findall(r"screen is at (http://\S+)", said)[-1])
            room.evaluate(ACCEPT)
            memory = Memory(edge.pid)
            delays = calls(browser, home)
            peak = memory.stop()
    return [
        Figure(
            "click to first video frame",
            median(delays),
            "s",
            aim="under 1.5 s",
            met=median(delays) < 1.5,
            note=f"{spread(delays)}; accepted by the screen itself, generated picture, loopback",
            rounds=delays,
        ),
        Figure(
            "edge memory, calling",
            peak,
            "MB",
            note="peak resident set; media libraries loaded, no sensors",
        ),
    ]


def calls(browser: Browser, home: Home) -> list[float]:
    """Call several times, each time from a page that was just opened."""
    context = browser.new_context(
        locale="fr-FR", viewport={"width": 1440, "height": 900}, permissions=["camera", "microphone"]
    )
    page = context.new_page()
    sign_in(page, home, "physician")
    delays = []
    for _ in range(CALLS):
        page.locator("[data-resident=r1]").first.click(timeout=20_000)
        delays.append(one_call(page))
        page.wait_for_timeout(1_500)
        page.goto(page.url.split("#")[0].split("?")[0])
    return delays


def one_call(page: Page) -> float:
    """Open the picture, hang up; return seconds to the first frame."""
    button = page.get_by_role("button", name="Ouvrir la visio").first
    button.wait_for(timeout=20_000)
    page.wait_for_timeout(500)
    page.evaluate(TIME)
    button.click()
    for _ in range(600):
        timing: dict[str, float] = page.evaluate("window.timing")
        if "frame" in timing:
            break
        page.wait_for_timeout(50)
    else:
        raise RuntimeError("no video frame within 30 s of the click")
    page.wait_for_timeout(1_000)
    page.get_by_role("button", name=re.compile("Raccrocher")).first.click()
    return (timing["frame"] - timing["click"]) / 1e3
