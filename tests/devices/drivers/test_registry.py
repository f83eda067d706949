import sys
from pathlib import Path

import pytest

import devices.drivers
from devices.drivers import registry
from devices.drivers.base import Entry, Signature
from devices.drivers.heart_rate import open_driver as open_heart_rate
from devices.drivers.registry import (
    ENTRIES,
    open_driver,
    protocols,
    recognise,
    recognise_advertisement,
    signature,
)
from devices.errors import ConfigError


def entry(protocol: str, *services: str, name: str = "", transport: str = "ble") -> Entry:
    return Entry(Signature(protocol, transport, frozenset(services), name), open_heart_rate)


def test_every_protocol_opens_a_driver_that_fits_its_transport() -> None:
    for name in protocols():
        driver = open_driver(name, "s1")
        assert (driver.needs.serial is not None) == (signature(name).transport == "serial")
        assert bool(driver.needs.notify) == (signature(name).transport == "ble")
        assert driver.rejected == 0
        assert driver.last_error == ""


def test_names_are_unique() -> None:
    assert len(protocols()) == len(ENTRIES)


def test_unknown_protocol_lists_the_known_ones() -> None:
    with pytest.raises(
        ConfigError, match=r"protocol 'modbus' is unknown; known are ([a-z0-9-]+, )*blood-pressure, "
    ):
        open_driver("modbus", "s1")


@pytest.mark.parametrize(
    ("services", "protocol"),
    [
        ({"180d", "180f"}, "heart-rate"),
        ({"1822"}, "pulse-oximeter"),
        ({"1809", "180a"}, "thermometer"),
        ({"1810"}, "blood-pressure"),
    ],
)
def test_standard_sensors_are_recognised(services: set[str], protocol: str) -> None:
    found = recognise(frozenset(services), "anything")
    assert found is not None
    assert found.protocol == protocol


def test_unknown_sensor_fits_nothing() -> None:
    assert recognise(frozenset({"180f"}), "Toaster") is None


def test_two_equal_fits_are_an_error_and_no_toss_of_a_coin() -> None:
    with pytest.raises(ConfigError, match="fits the protocols heart-rate, pulse-oximeter equally"):
        recognise(frozenset({"180d", "1822"}), "Wrist")


def test_more_services_win() -> None:
    table = (entry("plain", "180d"), entry("both", "180d", "1822"), entry("other", "1822"))
    found = recognise(frozenset({"180d", "1822"}), "Wrist", table)
    assert found is not None
    assert found.protocol == "both"


def test_the_longer_name_wins() -> None:
    table = (entry("maker", "180d", name="Po"), entry("model", "180d", name="Polar"), entry("plain", "180d"))
    found = recognise(frozenset({"180d"}), "Polar H10", table)
    assert found is not None
    assert found.protocol == "model"


def test_serial_protocols_are_never_recognised_by_radio() -> None:
    assert recognise(frozenset({"180d"}), "x", (entry("wired", "180d", transport="serial"),)) is None


def test_a_signature_that_asks_for_nothing_fits_nothing() -> None:
    assert recognise(frozenset({"180d"}), "x", (entry("greedy"),)) is None


def broadcast(protocol: str, *services: str, makers: tuple[str, ...] = (), name: str = "") -> Entry:
    found = Signature(
        protocol,
        "advertisement",
        name_prefix=name,
        service_data=frozenset(services),
        manufacturers=frozenset(makers),
    )
    return Entry(found, open_heart_rate)


def heard(services: set[str], makers: set[str], name: str, *table: Entry) -> str | None:
    found = recognise_advertisement(frozenset(services), frozenset(makers), name, table)
    return found.protocol if found else None


def test_one_of_the_broadcast_services_is_enough() -> None:
    climate = broadcast("climate", "fcd2", "181c")
    assert heard({"fcd2"}, set(), "", climate) == "climate"
    assert heard({"181c", "fe95"}, {"0499"}, "x", climate) == "climate"
    assert heard({"fe95"}, set(), "", climate) is None


def test_a_maker_beside_a_service_is_more_specific() -> None:
    table = (broadcast("any", "fcd2"), broadcast("maker", "fcd2", makers=("0499",)))
    assert heard({"fcd2"}, {"0499"}, "", *table) == "maker"
    assert heard({"fcd2"}, {"004c"}, "", *table) == "any"


def test_a_name_decides_between_broadcasts() -> None:
    table = (broadcast("any", "fcd2"), broadcast("model", "fcd2", name="SBHT"))
    assert heard({"fcd2"}, set(), "SBHT-003C", *table) == "model"
    assert heard({"fcd2"}, set(), "", *table) == "any"


def test_two_equal_broadcasts_are_an_error() -> None:
    with pytest.raises(ConfigError, match="fits the protocols a, b equally"):
        heard({"fcd2", "fe95"}, set(), "x", broadcast("a", "fcd2"), broadcast("b", "fe95"))


def test_links_and_broadcasts_do_not_mix() -> None:
    climate = broadcast("climate", "fcd2")
    assert recognise(frozenset({"fcd2"}), "x", (climate,)) is None
    assert heard({"180d"}, set(), "x", entry("strap", "180d")) is None
    assert heard({"fcd2"}, {"0499"}, "x", broadcast("greedy", name="x")) is None


NEW_SENSOR = """
from devices.drivers.base import Entry, Signature
from devices.drivers.heart_rate import open_driver

ENTRIES = (Entry(Signature("toaster", "ble", services=frozenset({"fff0"})), open_driver),)
"""


def test_a_new_sensor_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toaster.py").write_text(NEW_SENSOR)
    (tmp_path / "shared_helper.py").write_text("")
    monkeypatch.setattr(devices.drivers, "__path__", [*devices.drivers.__path__, str(tmp_path)])
    try:
        table = registry._found()
    finally:
        for name in ("toaster", "shared_helper"):
            sys.modules.pop(f"devices.drivers.{name}", None)
            vars(devices.drivers).pop(name, None)
    assert set(protocols(table)) - set(protocols()) == {"toaster"}
    assert open_driver("toaster", "s1", table).rejected == 0
