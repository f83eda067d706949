"""An alert lights the corridor's lamp, and goes out when somebody has it: a real hub, its broker, a real edge."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from devices.wire.messages import Observation
from edge.app import Edge
from edge.config import load
from hub.alerting.responses import Action
from hub.app import Hub
from hub.config import BrokerSettings, EscalationSettings, Http, HubConfig
from hub.store import journal, tellings
from hub.store.tellings import Notification, Recall, Stage
from tests.edge.support import until
from tests.edge.test_light import laid_out
from tests.hub.ingest.home import EdgeStandIn, eventually, make_home

POLICY = """
[[ladder.high]]
after = 0
tell = ["device:couloir", "device:light"]
channels = ["light"]
[device.couloir]
name = "Lumière du couloir"
address = { light = "e2" }
"""

pytestmark = pytest.mark.broker


def corridor(folder: Path, key: str, port: int) -> Edge:
    """Make the corridor's edge: a lamp and no sensor."""
    folder.mkdir()
    (folder / "leds").mkdir()
    laid_out(folder / "leds")
    (folder / "edge.key").write_text(key)
    (folder / "edge.key").chmod(0o600)
    (folder / "edge.toml").write_text(
        'edge = "e2"\nkey_file = "edge.key"\nspool = "spool.db"\n'
        f"[broker]\nport = {port}\n"
        f'[light]\nred = ["red"]\nyellow = ["yellow"]\nfolder = "{folder / "leds"}"\n'
    )
    return Edge(load(folder / "edge.toml"))


def rows(hub: Hub) -> dict[str, Notification]:
    """Return who was told of the low saturation, by recipient."""
    with hub.core.database.read() as connection:
        found = [alert for alert, _ in journal.open_alerts(connection) if alert.limit_id == "low1"]
        told = [row for alert in found for row in tellings.notifications(connection, alert.id)]
    return {row.recipient: row for row in told}


def cross(key: str, port: int) -> EdgeStandIn:
    """Let the saturation in room 1 fall."""
    room = EdgeStandIn("e1", key, port).connect()
    room.hello()
    time = room.clock.utc()
    for second in range(4):
        room.say(Observation("ox", "spo2", time - (3 - second) * 1_000_000, 80.0))
    eventually(lambda: room.waiting() == 0, "acknowledged")
    return room


async def test_the_corridor_is_lit_and_dark_again_when_somebody_has_it(tmp_path: Path) -> None:
    keys = make_home(tmp_path / "data", edges=2)
    (tmp_path / "escalation.toml").write_text(POLICY)
    hub = Hub(
        HubConfig(
            tmp_path / "data",
            Http(port=0),
            BrokerSettings(port=0),
            escalation=EscalationSettings(tmp_path / "escalation.toml"),
        ),
        pages=False,
    )
    await hub.start()
    assert hub.core.edge_port is not None
    lamp = tmp_path / "corridor" / "leds" / "red" / "brightness"
    edge = corridor(tmp_path / "corridor", keys["e2"], hub.core.edge_port)
    await edge.start()
    try:
        await until("online", lambda: "e2" in hub.live.ward.edges and hub.live.ward.edges["e2"].online)
        room = await asyncio.to_thread(cross, keys["e1"], hub.core.edge_port)
        await until("lit", lambda: lamp.read_text().strip() == "255")
        await until("said", lambda: rows(hub)["couloir"].stage is Stage.DELIVERED)
        assert rows(hub)["couloir"].reason == "lamp of e2"
        # The room's own edge has no lamp and says nothing of one: that telling fails in time and is not called told.
        await until("no lamp", lambda: rows(hub)["light"].stage is Stage.FAILED)
        told = rows(hub)["couloir"]
        await asyncio.wrap_future(hub.core.writer.act(told.alert, Action.TAKE, "nurse", ""))
        await until("taken back", lambda: rows(hub)["couloir"].recall is Recall.DONE)
        assert edge._light is not None
        assert edge._light.shown is None
        assert lamp.read_text().strip() == "0"
        with hub.core.database.read() as connection:
            steps = [s.stage for s in tellings.steps(connection, told.alert) if s.notification == told.id]
        assert steps == ["queued", "sending", "sent", "delivered", "recalling", "recalled"]
        room.close()
    finally:
        await edge.stop()
        await hub.stop()
