"""A cable that is pulled out is an alert in words, and heals by itself when it is plugged in again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devices.clock import SECOND, SystemClock
from tests.integration.client import HubClient
from tests.integration.home import Home, RoomPlan
from tests.integration.processes import wait_for
from tests.integration.sensors import Oximeter

pytestmark = pytest.mark.broker


def sensor(client: HubClient) -> dict[str, Any]:
    (edge,) = client.get("/api/v1/edges")
    (found,) = edge["sensors"] or [{"link": "unknown"}]
    return dict(found)


def alerts(client: HubClient) -> list[dict[str, Any]]:
    return [dict(each) for each in client.get("/api/v1/alerts", state="all")]


def test_a_pulled_cable_is_told_and_heals_by_itself(tmp_path: Path) -> None:
    plan = RoomPlan(1, [{"id": "ox", "protocol": "contec", "link": "ox"}])
    clock = SystemClock()
    with Home(tmp_path, [plan]) as home:
        link = home.edge_folder(plan) / "ox"
        oximeter = Oximeter(link)
        home.start_hub()
        home.edge(plan).start()
        with home.client("technician") as client:
            wait_for("the oximeter speaks", lambda: sensor(client)["link"] == "up", 60)
            pulled = clock.utc()
            oximeter.close()
            wait_for("the alert", lambda: [a for a in alerts(client) if a["code"] == "sensor_unplugged"], 30)
            (alert,) = alerts(client)
            assert (alert["category"], alert["condition"], alert["sensor"]) == ("technical", "active", "ox")
            # The alert comes with the change itself, the sentence with the edge's next heartbeat.
            wait_for("the reason", lambda: sensor(client)["why"]["code"] == "unplugged", 30)
            plugged = clock.utc()
            oximeter = Oximeter(link)
            wait_for("the alert's end", lambda: all(a["condition"] == "cleared" for a in alerts(client)), 60)
            (alert,) = alerts(client)
            wait_for("the oximeter speaks again", lambda: sensor(client)["link"] == "up", 30)
            print(
                f"\nalert {(alert['raised'] - pulled) / SECOND:.1f} s after the cable was pulled,"
                f" over {(alert['cleared'] - plugged) / SECOND:.1f} s after it was plugged in"
            )
            oximeter.close()
