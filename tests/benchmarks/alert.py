"""Sensor sample to alert on the page.

From the instant at which a virtual oximeter writes the first packet with a low value to its line, to the instant at which the
alert is an element of the ward's page in Chromium. The whole chain is real: pty, edge process, broker, hub process, WebSocket,
page. The resident's limit has no delay, so nothing but the chain is measured. Both instants are read from one machine's clock;
the page's has a resolution of 1 ms.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from random import Random

from playwright.sync_api import Page

from devices.clock import SECOND
from devices.limits import Limit, Priority
from tests.benchmarks.chromium import chromium, sign_in
from tests.benchmarks.figures import Figure, percentile
from tests.integration.client import HubClient
from tests.integration.home import Home, RoomPlan
from tests.integration.processes import wait_for
from tests.integration.sensors import Oximeter

ALERTS = 60
OTHERS = 20
"Residents beside the one who is measured, all quiet: a page of one tile would flatter."
QUIET = "[alerting]\nedge_silent = 3600\n"
"The other rooms have no device; nobody is to be told of that in between."
WATCH = """
// Note when each alert first is an element of the page, in whatever shadow tree.
window.alertsSeen = {};
const roots = [document];
const look = () => {
  for (const root of roots)
    for (const each of root.querySelectorAll('[data-alert]')) window.alertsSeen[each.dataset.alert] ??= Date.now();
};
const observer = new MutationObserver(look);
const options = {subtree: true, childList: true, attributes: true, attributeFilter: ['data-alert']};
observer.observe(document, options);
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (init) {
  const root = attach.call(this, init);
  roots.push(root);
  observer.observe(root, options);
  return root;
};
"""


def run() -> list[Figure]:
    """Measure."""
    limit = Limit("bench-spo2", "spo2", Priority.HIGH, low=88.0)
    plans = [RoomPlan(1, [{"id": "ox", "protocol": "contec", "link": "ox"}], [limit])]
    plans += [RoomPlan(number) for number in range(2, OTHERS + 2)]
    with (
        tempfile.TemporaryDirectory(prefix="veilleuse-bench-") as folder,
        Home(Path(folder), plans, hub_toml=QUIET) as home,
    ):
        home.start_hub()
        link = home.edge_folder(plans[0]) / "ox"
        with Oximeter(link) as oximeter, chromium() as browser, home.client() as client:
            home.edge(plans[0]).start()
            context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 800})
            context.add_init_script(WATCH)
            page = context.new_page()
            sign_in(page, home, "nurse")
            page.locator("[data-resident=r1]").wait_for(timeout=20_000)
            wait_for("the sensor is watched", lambda: watched(client), 30)
            delays = [one_alert(page, oximeter, client, Random(number)) for number in range(ALERTS)]
    note = f"{len(delays)} alerts, {len(plans)} tiles on the page; limit without delay; min {min(delays):.0f}, max {max(delays):.0f}"
    return [
        Figure("sample to alert on the page, p50", percentile(delays, 0.5), "ms", note=note, rounds=delays),
        Figure(
            "sample to alert on the page, p99",
            percentile(delays, 0.99),
            "ms",
            aim="under 500 ms",
            met=percentile(delays, 0.99) < 500,
            note=f"of {len(delays)} alerts the p99 is the worst",
        ),
    ]


def watched(client: HubClient) -> bool:
    return any(each.id == "r1" and each.watched for each in client.residents())


def one_alert(page: Page, oximeter: Oximeter, client: HubClient, random: Random) -> float:
    """Raise one alert; return milliseconds until it was on the page; end it and clear it away."""
    before = set(page.evaluate("Object.keys(window.alertsSeen)"))
    # Any phase against the oximeter's pace, the edge's batches and the page's own clock.
    time.sleep(random.uniform(0.2, 1.2))
    written = oximeter.set(spo2=random.randrange(76, 87)) / SECOND * 1e3

    def appeared() -> tuple[str, float] | None:
        seen: dict[str, float] = page.evaluate("window.alertsSeen")
        return next(((key, at) for key, at in seen.items() if key not in before), None)

    alert, at = wait_for("the alert is on the page", appeared, 20, 0.05)
    oximeter.set(spo2=random.randrange(92, 99))
    wait_for("the alert is over", lambda: is_over(client, alert), 10)
    client.act(alert, "acknowledge")
    return float(at - written)


def is_over(client: HubClient, alert: str) -> bool:
    return any(each.id == alert and each.condition == "cleared" for each in client.alerts(resident="r1"))
