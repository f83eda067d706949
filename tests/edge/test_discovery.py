"""What a survey shows: which driver fits what was heard, and why none does."""

from __future__ import annotations

from bleak.backends.device import BLEDevice

from devices.clock import BUILD_FLOOR, SECOND, SystemClock
from devices.simulators.ble_sensors import HeartRateStrap
from devices.simulators.physiology import Patient
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.transports.air import Sighting
from edge.config import BleConfig
from edge.discovery import RECENT, candidate, candidates, listening
from edge.radio import LinkOpener, Radios
from edge.timekeeping import Timekeeper
from tests.edge.support import until


def sighting(
    number: int = 1,
    name: str = "",
    services: tuple[str, ...] = (),
    service_data: tuple[str, ...] = (),
    rssi: int | None = -60,
    seen: int = 0,
) -> Sighting:
    address = f"F1:00:00:00:00:{number:02X}"
    data = dict.fromkeys(service_data, b"\x40")
    return Sighting(address, name, frozenset(services), data, {}, rssi, seen, BLEDevice(address, name, None))


def timekeeper() -> Timekeeper:
    made = Timekeeper()
    made.observe(BUILD_FLOOR + SECOND, SECOND)
    return made


def test_a_strap_is_recognised_by_its_service() -> None:
    found = candidate(sighting(name="HR", services=("180d", "180f"), seen=SECOND), timekeeper())
    assert (found.protocol, found.address, found.name, found.rssi, found.problem) == (
        "heart-rate",
        "F1:00:00:00:00:01",
        "HR",
        -60,
        "",
    )
    assert found.seen == BUILD_FLOOR + SECOND
    assert found.services == ("180d", "180f")


def test_a_climate_sensor_is_recognised_by_what_it_broadcasts() -> None:
    found = candidate(sighting(service_data=("fcd2",)), timekeeper())
    assert (found.protocol, found.services) == ("bthome", ("fcd2",))


def test_what_fits_nothing_is_shown_without_a_protocol() -> None:
    found = candidate(sighting(name="telephone", services=("fe9f",)), timekeeper())
    assert (found.protocol, found.problem) == ("", "")


def test_what_fits_two_equally_says_so() -> None:
    found = candidate(sighting(name="wrist", services=("180d", "1822")), timekeeper())
    assert found.protocol == ""
    assert "equally" in found.problem


def test_the_strongest_comes_first_and_what_has_gone_is_left_out() -> None:
    heard = [
        sighting(1, rssi=-80, seen=RECENT),
        sighting(2, rssi=-40, seen=RECENT),
        sighting(3, rssi=None, seen=RECENT),
        sighting(4, rssi=-30, seen=-1),
    ]
    found = candidates(heard, timekeeper(), RECENT)
    assert [each.address[-2:] for each in found] == ["02", "01", "03"]


async def test_a_survey_of_the_virtual_air() -> None:
    air, clock, keeper = Radio(), SystemClock(), Timekeeper()
    hci = await HciServer.start(air)
    strap = HeartRateStrap("strap", Source(Subject("p", Patient(1))), air, "F1:00:00:00:00:01")
    await strap.start()
    radios = Radios()
    links = LinkOpener(BleConfig("bumble", f"tcp-client:127.0.0.1:{hci.port}"), radios)
    assert links.heard("F1:00:00:00:00:01") is None
    async with listening(links, keeper, clock.monotonic) as heard:
        await until("the strap", lambda: list(heard()))
        found = list(heard())
    assert (found[0].protocol, found[0].name) == ("heart-rate", "strap")
    assert links.heard("f1:00:00:00:00:01") is not None
    await radios.close()
    await strap.stop()
    await hci.close()
