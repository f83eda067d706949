"""A limit on every operation, and other people's exceptions in the project's words."""

from __future__ import annotations

import asyncio

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from devices.measurement import Cause
from devices.transports import operations
from devices.transports.base import (
    AdapterError,
    DeviceDeniedError,
    DeviceNotFoundError,
    DiscoveryRaceError,
    LinkTimeoutError,
    PairingRefusedError,
    SensorRefusedError,
    TransportError,
)
from devices.transports.operations import translated, within

Reason = BleakBluetoothNotAvailableReason


async def test_a_result_comes_through() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert await within(1.0, work(), "work") == 7


async def test_an_error_comes_through() -> None:
    async def work() -> None:
        raise BleakError("no")

    with pytest.raises(BleakError, match="no"):
        await within(1.0, work(), "work")


async def test_what_takes_too_long_is_called_off_and_tidies_up() -> None:
    tidied = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            tidied.set()

    with pytest.raises(LinkTimeoutError, match=r"sensor 7: reading did not end in 0\.01 s"):
        await within(0.01, work(), "sensor 7: reading")
    assert tidied.is_set()


async def test_what_does_not_even_end_then_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "GRACE", 0.01)
    release = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            # A good-bye over a bus that does not answer.
            await release.wait()

    with pytest.raises(LinkTimeoutError):
        await within(0.01, work(), "work")
    release.set()


async def test_a_caller_that_is_cancelled_takes_the_operation_along() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    caller = asyncio.create_task(within(60, work(), "work"))
    await asyncio.sleep(0.01)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended.is_set()


@pytest.mark.parametrize(
    ("raised", "kind", "cause"),
    [
        (BleakDeviceNotFoundError("F1"), DeviceNotFoundError, Cause.NOT_SEEN),
        (BleakBluetoothNotAvailableError("off", Reason.POWERED_OFF), AdapterError, Cause.ADAPTER),
        (BleakBluetoothNotAvailableError("no", Reason.DENIED_BY_SYSTEM), DeviceDeniedError, Cause.DENIED),
        (TimeoutError(), LinkTimeoutError, Cause.LINK_LOST),
        (BleakGATTProtocolError(0x05), PairingRefusedError, Cause.REFUSED),
        (BleakGATTProtocolError(0x0F), PairingRefusedError, Cause.REFUSED),
        (BleakGATTProtocolError(0x80), SensorRefusedError, Cause.LINK_LOST),
        (BleakDBusError("org.bluez.Error.AuthenticationTimeout", []), PairingRefusedError, Cause.REFUSED),
        (BleakDBusError("org.bluez.Error.NotReady", ["not ready"]), AdapterError, Cause.ADAPTER),
        (BleakDBusError("org.bluez.Error.InProgress", ["busy"]), TransportError, Cause.LINK_LOST),
        (
            BleakError("failed to discover services, device disconnected"),
            DiscoveryRaceError,
            Cause.LINK_LOST,
        ),
        (BleakError("Service Discovery has not been performed yet"), DiscoveryRaceError, Cause.LINK_LOST),
        (BleakError("adapter 'hci0' not found"), AdapterError, Cause.ADAPTER),
        (BleakError("something else"), TransportError, Cause.LINK_LOST),
        (EOFError(), TransportError, Cause.LINK_LOST),
    ],
)
def test_translations(raised: Exception, kind: type[TransportError], cause: Cause) -> None:
    with pytest.raises(TransportError) as told, translated("sensor F1", "reading 2a19"):
        raise raised
    assert type(told.value) is kind
    assert told.value.cause is cause
    assert str(told.value)


def test_our_own_errors_are_left_alone() -> None:
    with pytest.raises(PairingRefusedError, match=r"^no$"), translated("sensor F1", "reading"):
        raise PairingRefusedError("no")
