"""What a technician asks of an edge: real bytes over the virtual radio and a pty, a real broker between the two."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from devices.clock import SystemClock
from devices.measurement import Cause, Link
from devices.simulators.ble_base import BleSensor
from devices.simulators.ble_sensors import HeartRateStrap
from devices.simulators.physiology import Patient
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.transports.base import DeviceNotFoundError, LinkLostError
from devices.wire.messages import (
    SensorSet,
    SensorSpec,
    SurveyReport,
    SurveyRequest,
    TrialReport,
    TrialRequest,
)
from edge.app import Edge
from edge.config import load
from edge.survey import cause_of
from tests.edge.pump import Pump
from tests.edge.support import EDGE, AckingHub, Mosquitto, running, until, write_keys
from tests.edge.test_app import plugged

pytestmark = pytest.mark.broker

STRAP = "F1:00:00:00:00:01"
OTHER = "F1:00:00:00:00:02"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with running(Mosquitto(tmp_path / "broker")) as made:
        yield made


@pytest.fixture
def hub(broker: Mosquitto) -> Iterator[AckingHub]:
    made = AckingHub(broker.port)
    yield made
    made.close()


@pytest.fixture
async def hci() -> AsyncIterator[HciServer]:
    """Two straps on the air, and the adapter's socket."""
    air = Radio()
    server = await HciServer.start(air)
    straps: list[BleSensor] = [
        HeartRateStrap("strap", Source(Subject("p", Patient(seed))), air, address)
        for seed, address in enumerate((STRAP, OTHER), 1)
    ]
    for strap in straps:
        await strap.start()
    pump = Pump(*straps)
    yield server
    await pump.end()
    for strap in straps:
        await strap.stop()
    await server.close()


@pytest.fixture
async def edge(tmp_path: Path, broker: Mosquitto, hub: AckingHub, hci: HciServer) -> AsyncIterator[Edge]:
    """An edge with a radio, a folder of ports, and one strap of its own."""
    (tmp_path / "by-id").mkdir()
    write_keys(tmp_path / "edge.key")
    path = tmp_path / "edge.toml"
    path.write_text(
        f'edge = "{EDGE}"\nkey_file = "edge.key"\nspool = "spool.db"\n[broker]\nport = {broker.port}\n'
        f'[ble]\nbackend = "bumble"\nhci = "tcp-client:127.0.0.1:{hci.port}"\n'
        f'[[sensor]]\nid = "own"\nprotocol = "heart-rate"\naddress = "{OTHER}"\n'
    )
    made = Edge(load(path), serial_folder=f"{tmp_path}/by-id/")
    await made.start()
    await until("the room's own strap", lambda: values(hub, "own"))
    yield made
    await made.stop()


def values(hub: AckingHub, sensor: str) -> list[float]:
    return [o.value for e in list(hub.envelopes) for o in e.observations if o.sensor == sensor]


def surveys(hub: AckingHub, survey: str) -> list[SurveyReport]:
    return [each for each in hub.reports if isinstance(each, SurveyReport) and each.survey == survey]


def trials(hub: AckingHub, trial: str) -> list[TrialReport]:
    return [each for each in hub.reports if isinstance(each, TrialReport) and each.trial == trial]


def now() -> int:
    return SystemClock().utc()


async def test_a_survey_shows_what_is_within_reach_and_ends(
    tmp_path: Path, hub: AckingHub, edge: Edge
) -> None:
    async with plugged(tmp_path / "by-id" / "usb-Nonin-if00"):
        hub.tell("command", SurveyRequest(now(), "s1", 4.0))
        await until("the end", lambda: surveys(hub, "s1") and not surveys(hub, "s1")[-1].running)
        last = surveys(hub, "s1")[-1]
        assert last.cause is Cause.NONE
        found = {each.address or each.link: each for each in last.candidates}
        assert found[STRAP].protocol == "heart-rate"
        assert found[STRAP].sensor == ""
        assert found[f"{tmp_path}/by-id/usb-Nonin-if00"].protocol == ""
        if OTHER in found:
            assert found[OTHER].sensor == "own"
        assert len(surveys(hub, "s1")) >= 4, "about one a second"
    assert edge.counters["task_faults"] == 0


async def test_a_new_survey_replaces_the_one_under_way(hub: AckingHub, edge: Edge) -> None:
    hub.tell("command", SurveyRequest(now(), "s1", 100.0))
    await until("the first", lambda: surveys(hub, "s1"))
    hub.tell("command", SurveyRequest(now(), "s2", 100.0))
    await until("the second", lambda: surveys(hub, "s2"))
    assert not surveys(hub, "s1")[-1].running
    hub.tell("command", SurveyRequest(now(), "s2", 0.0))
    await until("its end", lambda: not surveys(hub, "s2")[-1].running)


async def test_a_trial_shows_values_keeps_none_and_lets_the_rooms_sensors_be(
    hub: AckingHub, edge: Edge
) -> None:
    before = len(values(hub, "own"))
    hub.tell("command", TrialRequest(now(), "t1", "heart-rate", 60.0, STRAP))
    await until("values", lambda: any(each.values for each in trials(hub, "t1")))
    report = trials(hub, "t1")[-1]
    assert (report.link, report.running) == (Link.UP, True)
    beats = {v.value for each in trials(hub, "t1") for v in each.values if v.metric == "heart_rate"}
    assert all(30 < beat < 200 for beat in beats)
    await until("the room's own goes on", lambda: len(values(hub, "own")) > before + 3)
    hub.tell("command", TrialRequest(now(), "t1", "heart-rate", 0.0, STRAP))
    await until("the end", lambda: not trials(hub, "t1")[-1].running)
    said = {o.sensor for e in hub.envelopes for o in e.observations}
    said |= {s.sensor for e in hub.envelopes for s in e.statuses}
    assert said == {"own"}, "nothing of a trial is stored"
    assert edge.counters["task_failures"] == 0


async def test_a_linked_sensor_goes_before_its_trial_and_is_not_tried_again(
    hub: AckingHub, edge: Edge
) -> None:
    hub.tell("command", TrialRequest(now(), "t1", "heart-rate", 60.0, STRAP))
    await until("values", lambda: any(each.values for each in trials(hub, "t1")))
    hub.tell("command", SensorSet(now(), (SensorSpec("strap", "heart-rate", STRAP),)))
    await until("the trial's end", lambda: not trials(hub, "t1")[-1].running)
    await until("the sensor's values", lambda: values(hub, "strap"), 30)
    hub.tell("command", TrialRequest(now(), "t2", "heart-rate", 60.0, STRAP))
    await until("refused", lambda: trials(hub, "t2"))
    assert trials(hub, "t2")[0].cause is Cause.BUSY
    assert "'strap'" in trials(hub, "t2")[0].detail
    count = len(values(hub, "strap"))
    await until("the sensor goes on", lambda: len(values(hub, "strap")) > count + 3)


async def test_a_serial_candidate_is_tried_with_the_protocol_that_was_chosen(
    tmp_path: Path, hub: AckingHub, edge: Edge
) -> None:
    port = tmp_path / "by-id" / "usb"
    async with plugged(port) as oximeter:
        oximeter.spo2 = 93
        hub.tell("command", TrialRequest(now(), "t1", "nonin-df2", 30.0, link=str(port)))

        def seen() -> set[float]:
            return {v.value for each in trials(hub, "t1") for v in each.values if v.metric == "spo2"}

        await until("values", lambda: 93 in seen())
        oximeter.spo2 = 95
        await until("they move", lambda: 95 in seen())
        assert seen() >= {93.0, 95.0}


@pytest.mark.parametrize(
    "request_",
    [
        TrialRequest(0, "t1", "klingon", 10.0, STRAP),
        TrialRequest(0, "t1", "nonin-df2", 10.0, link="/etc/shadow"),
        TrialRequest(0, "t1", "nonin-df2", 10.0, STRAP),
        TrialRequest(0, "t1", "heart-rate", 10.0),
    ],
)
async def test_a_trial_that_cannot_be_says_why(hub: AckingHub, edge: Edge, request_: TrialRequest) -> None:
    hub.tell(
        "command",
        TrialRequest(now(), *[getattr(request_, name) for name in request_.__struct_fields__[1:]]),
    )
    await until("an answer", lambda: trials(hub, "t1"))
    report = trials(hub, "t1")[-1]
    assert (report.running, report.link, report.cause) == (
        False,
        Link.DOWN,
        Cause.FAULT,
    )
    assert report.detail
    assert edge.counters["task_faults"] == 0


def test_a_lost_port_and_a_lost_radio_link_have_their_own_words() -> None:
    assert cause_of(LinkLostError("gone"), serial=True) is Cause.UNPLUGGED
    assert cause_of(LinkLostError("gone")) is Cause.LINK_LOST
    assert cause_of(DeviceNotFoundError("gone"), serial=True) is Cause.NOT_PLUGGED
    assert cause_of(DeviceNotFoundError("gone")) is Cause.NOT_SEEN
