"""A recorded heart travels sensor, edge, broker, hub, interface; what comes out is what the sensor's bytes said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from devices.clock import SECOND, SystemClock
from devices.limits import Limit, Priority
from devices.simulators.recorded import Recording, load
from hub.api.models import AlertView
from tests.integration.client import HubClient
from tests.integration.home import Home, RoomPlan
from tests.integration.processes import VEILLEUSE, Process, wait_for
from tests.integration.sensors import Oximeter

pytestmark = pytest.mark.broker

RECORDING = "ppg/bidmc01_000s.npz"
RATE = 125.0
"Samples per second of that recording (its index)."
TRUE_RATE = 92.59
"Heart beats per minute of that minute, by its electrocardiogram (its index)."


@pytest.fixture
def recording(cases: Path) -> Recording:
    return load(cases / RECORDING, "pleth", RATE)


def virtual_sensors(home: Home, cases: Path, protocol: str) -> Process:
    """Run one oximeter that replays the recording, in room 1."""
    config = home.folder / "sensors.toml"
    link = home.edge_folder(home.rooms[0]) / "ox"
    sensor = {
        "name": "ox",
        "protocol": protocol,
        "link": str(link),
        "signal": str(cases / RECORDING),
        "signal_key": "pleth",
        "rate": RATE,
    }
    config.write_text(
        "[[sensor]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in sensor.items())
    )
    process = home.process("sensors", [VEILLEUSE, "sensors", "run", "--config", str(config)])
    process.start().wait_text('"ready":true')
    return process


def samples(home: Home, seconds: float) -> list[tuple[int, int]]:
    """Return (time, sample) of the stored curve, once so much of it is there."""

    def enough() -> list[tuple[int, int]] | None:
        with home.client() as client:
            blocks = client.get("/api/v1/residents/r1/waveforms", metric="pleth")
        found = [
            (block["time"] + round(index * SECOND / block["rate"]), sample)
            for block in blocks
            for index, sample in enumerate(block["samples"])
        ]
        return found if blocks and len(found) >= seconds * blocks[0]["rate"] else None

    return wait_for(f"{seconds} s of curve are stored", enough, 60, 0.5)


def likeness(found: list[int], recording: Recording, rate: float) -> float:
    """Return the correlation of a piece of curve with the recording, where that is best.

    Each packet is cut from the recording when it is due, which on a busy machine is some milliseconds off.
    """
    starts = np.arange(0, recording.seconds, 0.2 / rate)
    return max(
        float(np.corrcoef(found, recording.pleth(float(start), len(found), rate))[0, 1]) for start in starts
    )


@pytest.mark.parametrize(("protocol", "rate"), [("nonin-df2", 75.0), ("contec", 60.0)])
def test_a_recorded_heart_reaches_the_interface(
    tmp_path: Path, cases: Path, recording: Recording, protocol: str, rate: float
) -> None:
    plan = RoomPlan(1, [{"id": "ox", "protocol": protocol, "link": "ox"}])
    with Home(tmp_path, [plan]) as home:
        virtual_sensors(home, cases, protocol)
        home.start_hub()
        home.edge(plan).start()
        curve = samples(home, 5.0)
        with home.client() as client:
            rates = [point.value for point in client.points("r1", "pulse_rate")]
            (resident,) = client.residents()
    times = [time for time, _ in curve]
    assert times == sorted(set(times))
    piece = [sample for _, sample in curve][: int(4 * rate)]
    assert likeness(piece, recording, rate) > 0.99, "the stored curve is not the recorded one"
    assert likeness(piece[::-1], recording, rate) < 0.95, "this measure cannot tell"
    assert rates
    assert all(abs(value - TRUE_RATE) < 8 for value in rates)
    assert {value.metric for value in resident.values} >= {"pulse_rate", "spo2"}
    assert resident.watched


def newest_is(client: HubClient, value: float) -> bool:
    points = client.points("r1", "spo2")
    return bool(points) and points[-1].value == value


def cleared(alerts: list[AlertView]) -> AlertView | None:
    return next((alert for alert in alerts if alert.condition == "cleared"), None)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    limit = Limit("spo2-low", "spo2", Priority.HIGH, low=88.0, hysteresis=1.0)
    plan = RoomPlan(1, [{"id": "ox", "protocol": "contec", "link": "ox"}], [limit])
    with Home(tmp_path, [plan]) as made:
        yield made


def test_what_a_sensor_says_is_read_back_and_raises_its_alert(home: Home) -> None:
    plan = home.rooms[0]
    said: list[tuple[int, int]] = []
    with Oximeter(home.edge_folder(plan) / "ox", spo2=97) as oximeter:
        home.start_hub()
        home.edge(plan).start()
        with home.client() as client:
            wait_for("the first value", lambda: client.points("r1", "spo2"), 30)
            for spo2 in (95, 93, 84, 91, 96):
                said.append((oximeter.set(spo2=spo2), spo2))
                wait_for(f"{spo2} % is stored", partial(newest_is, client, float(spo2)), 30)
            points = client.points("r1", "spo2")
            alert = wait_for("the alert is over", lambda: cleared(client.alerts(resident="r1")), 30)
    changes = points[:1] + [after for before, after in pairwise(points) if after.value != before.value]
    assert [point.value for point in changes] == [97, *(float(value) for _, value in said)]
    for point, (time, _) in zip(changes[1:], said, strict=True):
        # Samples of one chunk are placed before its arrival, one sample interval apart.
        assert -SECOND // 10 <= point.time - time < 2 * SECOND, "the time is that of reception"
    assert (alert.metric, alert.value, alert.limit) == ("spo2", 84.0, 88.0)
    assert alert.onset == changes[3].time
    assert [step.event for step in alert.history] == ["raised", "cleared"]
    assert alert.raised - alert.onset < 5 * SECOND
    assert alert.raised <= SystemClock().utc()
