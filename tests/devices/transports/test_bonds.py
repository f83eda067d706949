"""Bonds over real SMP bytes: bumble's host, a glucose meter that tells its records to bonded hosts alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.clock import ManualClock
from devices.drivers.base import Needs, Write
from devices.errors import ConfigError
from devices.simulators.ble_glucose import GlucoseMeter
from devices.simulators.physiology import Patient
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.transports.base import BlePlace, PairingRefusedError, Transport
from devices.transports.bumble_backend import BumbleRadio
from devices.transports.opening import open_transport

PLACE = BlePlace("F1:00:00:00:00:07")
NEEDS = Needs(notify=("2a18", "2a52"), read=("2a51",), continuous=False, pair=True)
REPORT_ALL = Write(b"\x01\x01", "2a52")


@pytest.fixture
async def air() -> Radio:
    return Radio()


@pytest.fixture
async def hci(air: Radio) -> AsyncIterator[HciServer]:
    server = await HciServer.start(air)
    yield server
    await server.close()


@pytest.fixture
async def meter(air: Radio) -> AsyncIterator[GlucoseMeter]:
    sensor = GlucoseMeter("meter", Source(Subject("p", Patient(1))), air, PLACE.address, records=3)
    await sensor.start()
    await sensor.tick(1_800_000_000.0)
    yield sensor
    await sensor.stop()


def radio_of(hci: HciServer, bonds: Path | None = None) -> BumbleRadio:
    return BumbleRadio(f"tcp-client:127.0.0.1:{hci.port}", bonds=bonds)


async def records(link: Transport) -> list[bytes]:
    """Ask for all records; return them."""
    await link.write(REPORT_ALL)
    found = []
    async with asyncio.timeout(20):
        async for chunk in link.chunks():
            if chunk.source == "2a18":
                found.append(chunk.data)
            elif chunk.source == "2a52":
                return found
    raise AssertionError


async def test_a_bonded_meter_tells_its_records_and_the_bond_is_used_again(
    hci: HciServer, meter: GlucoseMeter
) -> None:
    async with radio_of(hci) as radio:
        for _ in range(2):
            async with open_transport(PLACE, NEEDS, ManualClock(), radio) as link:
                assert len(await records(link)) >= 3
        assert meter.bonded
        assert await radio.bonded(PLACE.address)
        assert radio.counts["bonds_renewed"] == 0


async def test_a_bond_survives_a_restart(tmp_path: Path, hci: HciServer, meter: GlucoseMeter) -> None:
    bonds = tmp_path / "bonds.json"
    for _ in range(2):
        async with radio_of(hci, bonds) as radio:
            async with open_transport(PLACE, NEEDS, ManualClock(), radio) as link:
                assert len(await records(link)) >= 3
            assert radio.counts["bonds_renewed"] == 0
    assert bonds.stat().st_mode & 0o077 == 0


async def test_a_bond_that_the_meter_lost_is_made_anew(hci: HciServer, meter: GlucoseMeter) -> None:
    async with radio_of(hci) as radio:
        async with open_transport(PLACE, NEEDS, ManualClock(), radio):
            pass
        await meter.lose_bond()
        async with open_transport(PLACE, NEEDS, ManualClock(), radio) as link:
            assert len(await records(link)) >= 3
        assert radio.counts["bonds_renewed"] == 1


async def test_the_number_printed_on_the_meter(hci: HciServer, meter: GlucoseMeter) -> None:
    meter.pin = 4711
    async with radio_of(hci) as radio:
        wrong = BlePlace(PLACE.address, pin="123456")
        with pytest.raises(PairingRefusedError, match="pairing"):
            async with open_transport(wrong, NEEDS, ManualClock(), radio):
                pass
        right = BlePlace(PLACE.address, pin="004711")
        async with open_transport(right, NEEDS, ManualClock(), radio) as link:
            assert len(await records(link)) >= 3


async def test_without_a_bond_nothing_is_told(hci: HciServer, meter: GlucoseMeter) -> None:
    unpaired = Needs(notify=("2a18", "2a52"), continuous=False)
    async with radio_of(hci) as radio:
        with pytest.raises(PairingRefusedError):
            async with open_transport(PLACE, unpaired, ManualClock(), radio) as link:
                await records(link)


@pytest.mark.parametrize("text", ["[1", "7", "\xff"])
async def test_a_file_that_holds_no_bonds_is_an_error(tmp_path: Path, hci: HciServer, text: str) -> None:
    bonds = tmp_path / "bonds.json"
    bonds.write_bytes(text.encode("latin-1"))
    async with radio_of(hci, bonds) as radio:
        with pytest.raises(ConfigError, match=r"bonds .*bonds\.json: cannot be read"):
            await radio.find(PLACE)
