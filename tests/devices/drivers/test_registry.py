import pytest

from devices.drivers.base import Signature
from devices.drivers.heart_rate import open_driver as open_heart_rate
from devices.drivers.registry import ENTRIES, Entry, open_driver, protocols, recognise, signature
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
        ConfigError, match=r"protocol 'modbus' is unknown; known are blood-pressure, contec, "
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
