"""The machine's own adapter: bleak's BlueZ backend and ours against an `org.bluez` that fails on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.constants import BusType

from devices.clock import SECOND, ManualClock
from devices.drivers.base import Needs, Write
from devices.transports import air, bleak_gatt
from devices.transports.base import (
    AdapterError,
    BlePlace,
    Chunk,
    DeviceNotFoundError,
    DiscoveryRaceError,
    LinkTimeoutError,
    PairingRefusedError,
    SensorRefusedError,
    Transport,
    TransportError,
)
from devices.transports.bluez import NOT_DISCOVERING, BluezRadio
from devices.transports.opening import open_radio, open_transport
from tests.devices.transports.bluez_fake import FakeBluez, FakeDevice, RefusalError, Value, private_bus
from tests.edge.support import until

ADDRESS = "F1:00:00:00:00:01"
PLACE = BlePlace(ADDRESS)
NEEDS = Needs(notify=("2a37",))
BONDED = Needs(notify=("2a37",), read=("2a51",), pair=True, continuous=False)


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[None]:
    async with private_bus(tmp_path):
        yield


@pytest.fixture
async def bluez(bus: None) -> AsyncIterator[FakeBluez]:
    fake = await FakeBluez().start()
    yield fake
    await fake.stop()


@pytest.fixture
async def radio(bus: None) -> AsyncIterator[BluezRadio]:
    async with BluezRadio() as made:
        yield made


@pytest.fixture
def strap(bluez: FakeBluez) -> FakeDevice:
    return bluez.add(ADDRESS, "strap", {"180d": {"2a37": Value(["notify"]), "2a39": Value(["write"])}})


@pytest.fixture
def meter(bluez: FakeBluez) -> FakeDevice:
    values = {"2a37": Value(["notify"]), "2a51": Value(["read"], b"\x01\x00")}
    return bluez.add(ADDRESS, "meter", {"1808": values})


async def first(link: Transport) -> Chunk:
    async with asyncio.timeout(60):
        async for chunk in link.chunks():
            return chunk
    raise AssertionError


async def test_values_come_and_go(bluez: FakeBluez, strap: FakeDevice, radio: BluezRadio) -> None:
    written: list[bytes] = []
    strap.values["180d"]["2a39"].on_write = written.append
    clock = ManualClock()
    async with open_transport(PLACE, NEEDS, clock, radio) as link:
        bluez.notify(strap, "2a37", b"\x00\x50")
        assert await first(link) == Chunk("2a37", b"\x00\x50", clock.utc())
        await link.write(Write(b"\x01", "2a39"))
        assert written == [b"\x01"]
        strap.values["180d"]["2a39"].refuses = RefusalError("Failed", "Operation failed with ATT error: 0x80")
        with pytest.raises(SensorRefusedError, match="writing 2a39"):
            await link.write(Write(b"\x07", "2a39"))
    assert not bluez.connected(strap)


async def test_the_race_in_the_discovery_of_services_is_tried_again_at_once(
    bluez: FakeBluez, strap: FakeDevice, radio: BluezRadio
) -> None:
    strap.connect = ["race", "race"]
    async with open_transport(PLACE, NEEDS, ManualClock(), radio) as link:
        bluez.notify(strap, "2a37", b"\x00\x50")
        assert (await first(link)).data == b"\x00\x50"
    assert radio.counts["discovery_races"] == 2
    assert bluez.calls["Connect"] == 3


async def test_the_race_is_not_tried_for_ever(strap: FakeDevice, radio: BluezRadio) -> None:
    strap.connect = ["race"] * bleak_gatt.ATTEMPTS
    with pytest.raises(DiscoveryRaceError, match="failed to discover services"):
        async with open_transport(PLACE, NEEDS, ManualClock(), radio):
            pass
    assert radio.slots.taken == radio.turns.taken == 0


async def test_what_bluez_answers_is_told(strap: FakeDevice, radio: BluezRadio) -> None:
    strap.connect = [RefusalError("Failed", "le-connection-abort-by-remote")]
    with pytest.raises(TransportError, match=r"connecting: .*le-connection-abort-by-remote"):
        async with open_transport(PLACE, NEEDS, ManualClock(), radio):
            pass


async def test_an_operation_that_hangs_is_named_and_called_off(
    monkeypatch: pytest.MonkeyPatch, strap: FakeDevice, bluez: FakeBluez, radio: BluezRadio
) -> None:
    monkeypatch.setattr(bleak_gatt, "CONNECT_TIMEOUT", 0.3)
    strap.connect = ["hang"]
    with pytest.raises(LinkTimeoutError, match=f"{ADDRESS}: connecting did not end in"):
        async with open_transport(PLACE, NEEDS, ManualClock(), radio):
            pass
    assert bluez.calls["Disconnect"] >= 1
    assert radio.turns.taken == 0


async def test_an_adapter_that_is_off_is_switched_on(bus: None, radio: BluezRadio) -> None:
    fake = await FakeBluez(powered=False).start()
    fake.add(ADDRESS, "strap", {"180d": {"2a37": Value(["notify"])}})
    assert (await radio.find(PLACE, 5)).name == "strap"
    await fake.stop()


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (RefusalError("Blocked", "Blocked through rfkill"), "hci0 cannot be switched on, it is blocked by"),
        (RefusalError("Failed", ""), "hci0 cannot be switched on, it stays as it is"),
    ],
)
async def test_an_adapter_that_stays_off(
    bus: None, radio: BluezRadio, refusal: RefusalError, message: str
) -> None:
    fake = await FakeBluez(powered=False).start()
    fake.refusals["Powered"] = refusal
    with pytest.raises(AdapterError, match=message):
        await radio.find(PLACE, 5)
    await fake.stop()


async def test_without_an_adapter_until_it_is_plugged(bus: None, radio: BluezRadio) -> None:
    fake = await FakeBluez().start(with_adapter=False)
    fake.add(ADDRESS, "strap", {"180d": {"2a37": Value(["notify"])}})
    with pytest.raises(AdapterError, match="no bluetooth adapter that can connect"):
        await radio.find(PLACE, 5)
    fake.plug_adapter()
    assert (await radio.find(PLACE, 5)).address == ADDRESS
    fake.unplug_adapter()
    with pytest.raises(AdapterError):
        await radio.find(BlePlace("F1:00:00:00:00:02"), 5)
    await fake.stop()


async def test_the_configured_adapter_is_missing(bluez: FakeBluez) -> None:
    async with open_radio("hci7") as radio:
        with pytest.raises(AdapterError, match="adapter hci7 is missing; there is hci0"):
            await radio.find(PLACE, 5)


async def test_without_a_bluetooth_service(bus: None, radio: BluezRadio) -> None:
    with pytest.raises(AdapterError, match="bluetooth service does not run"):
        await radio.find(PLACE, 5)


async def test_without_a_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nothing'}")
    async with BluezRadio() as radio:
        with pytest.raises(AdapterError, match="system bus cannot be reached"):
            await radio.find(PLACE, 5)


async def test_a_service_that_starts_again_is_scanned_anew(bluez: FakeBluez, radio: BluezRadio) -> None:
    bluez.add(ADDRESS, "strap", {})
    await radio.find(PLACE, 5)
    await bluez.stop()
    again = await FakeBluez().start()
    again.add("F1:00:00:00:00:02", "cuff", {})
    assert (await radio.find(BlePlace("F1:00:00:00:00:02"), 5)).name == "cuff"
    assert again.default_agent
    await again.stop()


async def test_a_scan_that_somebody_ended_is_started_again(bluez: FakeBluez, strap: FakeDevice) -> None:
    clock = ManualClock()
    async with BluezRadio(clock=clock) as radio:
        await radio.find(PLACE, 5)
        bluez._quiet()
        clock.advance(SECOND)
        await radio.air.ensure()
        assert bluez.calls["StartDiscovery"] == 1
        clock.advance(NOT_DISCOVERING)
        await radio.air.ensure()
        assert bluez.calls["StartDiscovery"] == 2


async def test_a_change_that_is_no_advertisement_is_none(
    bluez: FakeBluez, strap: FakeDevice, radio: BluezRadio
) -> None:
    del strap.properties["RSSI"]
    strap.audible = False
    async with radio.air.hold():
        bluez._add(strap.path, {"org.bluez.Device1": strap.properties})
        bluez._set(strap.path, "org.bluez.Device1", Connected=Variant("b", False))
        with pytest.raises(DeviceNotFoundError):
            await radio.find(PLACE, 0.2)
    assert radio.air.sightings() == ()


async def test_an_adapter_that_hears_nothing_is_reset(
    monkeypatch: pytest.MonkeyPatch, bluez: FakeBluez, strap: FakeDevice
) -> None:
    monkeypatch.setattr(air, "LOOK", 0.02)
    clock = ManualClock()
    async with BluezRadio(clock=clock) as radio:
        bluez.deaf = True
        waiting = asyncio.create_task(radio.find(PLACE, 30))
        await until("scan", lambda: radio.air._waiting)
        clock.advance(air.DEAF - SECOND)
        await asyncio.sleep(0.1)
        assert radio.counts["adapter_resets"] == 0
        clock.advance(SECOND)
        assert (await waiting).address == ADDRESS
        assert radio.counts["adapter_resets"] == 1
        assert bluez.calls["Set"] == 2


async def test_resets_become_rarer_in_a_house_without_any_radio(
    monkeypatch: pytest.MonkeyPatch, bluez: FakeBluez
) -> None:
    monkeypatch.setattr(air, "LOOK", 0.02)
    clock = ManualClock()
    async with BluezRadio(clock=clock) as radio, radio.air.hold():
        clock.advance(air.DEAF)
        await until("first reset", lambda: radio.counts["adapter_resets"] == 1 and radio.air.scanning)
        await asyncio.sleep(0.1)
        clock.advance(air.DEAF)
        await asyncio.sleep(0.1)
        assert radio.counts["adapter_resets"] == 1
        clock.advance(air.DEAF)
        await until("second reset", lambda: radio.counts["adapter_resets"] == 2)


async def test_while_a_link_delivers_only_the_scan_is_started_again(
    monkeypatch: pytest.MonkeyPatch, bluez: FakeBluez, strap: FakeDevice
) -> None:
    monkeypatch.setattr(air, "LOOK", 0.02)
    clock = ManualClock()
    async with (
        BluezRadio(clock=clock) as radio,
        open_transport(PLACE, NEEDS, clock, radio) as link,
        radio.air.hold(),
    ):
        clock.advance(air.DEAF - SECOND)
        bluez.notify(strap, "2a37", b"\x00\x50")
        await first(link)
        clock.advance(SECOND)
        await until("scan started again", lambda: radio.counts["scan_restarts"] == 1)
        assert radio.counts["adapter_resets"] == 0
        bluez.notify(strap, "2a37", b"\x00\x51")
        assert (await first(link)).data == b"\x00\x51"


async def test_a_reset_that_fails_is_told_to_those_who_wait(
    monkeypatch: pytest.MonkeyPatch, bluez: FakeBluez
) -> None:
    monkeypatch.setattr(air, "LOOK", 0.02)
    clock = ManualClock()
    async with BluezRadio(clock=clock) as radio:
        waiting = asyncio.create_task(radio.find(PLACE, 30))
        await until("scan", lambda: radio.air._waiting)
        bluez.refusals["Powered"] = RefusalError("Failed", "stuck")
        clock.advance(air.DEAF)
        with pytest.raises(AdapterError, match="cannot be switched off"):
            await waiting


async def test_the_scan_ends_when_nobody_waits_any_more(
    monkeypatch: pytest.MonkeyPatch, bluez: FakeBluez, strap: FakeDevice
) -> None:
    monkeypatch.setattr(air, "LOOK", 0.02)
    clock = ManualClock()
    async with BluezRadio(clock=clock) as radio:
        await radio.find(PLACE, 5)
        assert radio.air.scanning
        clock.advance(air.LINGER)
        await until("end of the scan", lambda: bluez.calls["StopDiscovery"] == 1)
        assert not radio.air.scanning
        await radio.find(PLACE, 5)
        assert bluez.calls["StartDiscovery"] == 2


# Bonds


async def test_a_bond_is_made_by_the_agent_and_kept(
    bluez: FakeBluez, meter: FakeDevice, radio: BluezRadio
) -> None:
    for _ in range(2):
        async with open_transport(PLACE, BONDED, ManualClock(), radio) as link:
            assert await first(link) == Chunk("2a51", b"\x01\x00", ManualClock().utc())
    assert bluez.calls["Pair"] == 1
    assert [each[2] for each in bluez.agents] == ["NoInputNoOutput"]
    assert radio.counts["pairings_refused"] == 0


async def test_a_number_printed_on_the_sensor_is_given_and_without_one_it_is_refused(
    bluez: FakeBluez, meter: FakeDevice, radio: BluezRadio
) -> None:
    meter.passkey = True
    with pytest.raises(PairingRefusedError, match="AuthenticationFailed"):
        async with open_transport(PLACE, BONDED, ManualClock(), radio):
            pass
    assert radio.counts["pairings_without_pin"] == 1
    async with open_transport(BlePlace(ADDRESS, pin="123456"), BONDED, ManualClock(), radio) as link:
        assert (await first(link)).data == b"\x01\x00"
    assert [each[2] for each in bluez.agents] == ["KeyboardOnly"]


async def test_a_sensor_that_refuses_to_pair(meter: FakeDevice, radio: BluezRadio) -> None:
    meter.pair = [RefusalError("AuthenticationRejected", "Authentication Rejected")]
    with pytest.raises(PairingRefusedError, match=r"pairing: .*AuthenticationRejected"):
        async with open_transport(PLACE, BONDED, ManualClock(), radio):
            pass
    assert radio.counts["bonds_renewed"] == 0


async def test_a_bond_that_the_sensor_lost_is_made_anew_once(
    bluez: FakeBluez, meter: FakeDevice, radio: BluezRadio
) -> None:
    meter.properties["Paired"] = Variant("b", True)
    meter.connect = [RefusalError("AuthenticationFailed", "Authentication Failed")]
    async with open_transport(PLACE, BONDED, ManualClock(), radio) as link:
        assert (await first(link)).data == b"\x01\x00"
    assert radio.counts["bonds_renewed"] == 1
    assert bluez.calls["RemoveDevice"] == bluez.calls["Pair"] == 1


async def test_a_sensor_that_ends_every_link_has_lost_its_bond(
    bluez: FakeBluez, meter: FakeDevice, radio: BluezRadio
) -> None:
    meter.properties["Paired"] = Variant("b", True)
    meter.connect = ["abort"] * bleak_gatt.REFUSALS
    async with open_transport(PLACE, BONDED, ManualClock(), radio) as link:
        assert (await first(link)).data == b"\x01\x00"
    assert radio.counts["bonds_renewed"] == 1
    assert bluez.calls["RemoveDevice"] == bluez.calls["Pair"] == 1


async def test_a_bond_outlives_some_links_that_end_as_they_are_made(
    bluez: FakeBluez, meter: FakeDevice, radio: BluezRadio
) -> None:
    meter.properties["Paired"] = Variant("b", True)
    meter.connect = ["abort"] * (bleak_gatt.REFUSALS - 1)
    async with open_transport(PLACE, BONDED, ManualClock(), radio) as link:
        assert (await first(link)).data == b"\x01\x00"
    assert radio.counts["bonds_renewed"] == bluez.calls["RemoveDevice"] == 0


async def test_a_sensor_without_bond_is_tried_for_as_long_as_it_may_take(
    bluez: FakeBluez, strap: FakeDevice, radio: BluezRadio
) -> None:
    strap.connect = ["abort"] * (bleak_gatt.REFUSALS + 1)
    async with open_transport(PLACE, NEEDS, ManualClock(), radio) as link:
        bluez.notify(strap, "2a37", b"\x00\x50")
        assert (await first(link)).data == b"\x00\x50"


async def test_a_sensor_that_never_accepts_its_bond_loses_it_once_only(
    bluez: FakeBluez, meter: FakeDevice, radio: BluezRadio
) -> None:
    meter.properties["Paired"] = Variant("b", True)
    meter.values["1808"]["2a51"].refuses = RefusalError("Failed", "Operation failed with ATT error: 0x0f")
    for _ in range(2):
        with pytest.raises(PairingRefusedError):
            async with open_transport(PLACE, BONDED, ManualClock(), radio):
                pass
    assert radio.counts["bonds_renewed"] == bluez.calls["RemoveDevice"] == 1


@pytest.mark.parametrize(
    ("member", "signature", "more"),
    [
        ("RequestAuthorization", "o", []),
        ("RequestConfirmation", "ou", [123456]),
        ("RequestPasskey", "o", []),
        ("RequestPinCode", "o", []),
        ("AuthorizeService", "os", ["0000110b-0000-1000-8000-00805f9b34fb"]),
        ("Invented", "o", []),
    ],
)
async def test_a_stranger_is_not_paired(
    bluez: FakeBluez, strap: FakeDevice, radio: BluezRadio, member: str, signature: str, more: list[object]
) -> None:
    await radio.find(PLACE, 5)
    reply = await bluez.ask_agent(member, signature, ["/org/bluez/hci0/dev_AA_BB_CC_DD_EE_FF", *more])
    assert reply.message_type is MessageType.ERROR
    assert reply.error_name == "org.bluez.Error.Rejected"
    if member != "Invented":
        assert radio.counts["pairings_refused"] == 1


async def test_only_the_bluetooth_service_may_ask_for_a_number(
    bluez: FakeBluez, strap: FakeDevice, radio: BluezRadio
) -> None:
    await radio.find(PLACE, 5)
    owner, path, _ = bluez.agents[-1]
    thief = await MessageBus(bus_type=BusType.SYSTEM).connect()
    with radio.pairings.awaiting(ADDRESS, "123456"):
        body = [strap.path]
        ask = Message(
            destination=owner,
            path=path,
            interface="org.bluez.Agent1",
            member="RequestPasskey",
            signature="o",
            body=body,
        )
        reply = await thief.call(ask)
        assert reply is not None
        assert reply.message_type is MessageType.ERROR
        assert (await bluez.ask_agent("RequestPasskey", "o", body)).body == [123456]
        assert (await bluez.ask_agent("RequestPinCode", "o", body)).body == ["123456"]
        assert (await bluez.ask_agent("Cancel", "", [])).message_type is MessageType.METHOD_RETURN
    thief.disconnect()
    await thief.wait_for_disconnect()


async def test_without_an_agent_what_needs_no_bond_works(
    bluez: FakeBluez, strap: FakeDevice, radio: BluezRadio
) -> None:
    bluez.refusals["RegisterAgent"] = RefusalError("AlreadyExists")
    async with open_transport(PLACE, NEEDS, ManualClock(), radio):
        assert radio.counts["agent_failures"] >= 1
    with pytest.raises(AdapterError, match="AlreadyExists"):
        async with open_transport(PLACE, BONDED, ManualClock(), radio):
            pass


async def test_the_agent_is_taken_back(bluez: FakeBluez, strap: FakeDevice) -> None:
    async with BluezRadio() as radio:
        await radio.find(PLACE, 5)
        assert bluez.default_agent
    assert bluez.agents == []
