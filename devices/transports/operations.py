"""Bounds whatever is asked of a radio stack, and turns what it raises into the project's errors.

A time-out alone is not enough: tidying up after it may hang as well (bleak says good-bye over D-Bus without a limit).
So an operation runs as a task of its own, which is left behind when even its end does not come.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

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

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

GRACE = 5.0
"Seconds for an operation that was called off to tidy up; BlueZ takes 2 to 3 to end a link."

_RACE = ("failed to discover services", "service discovery has not been performed")
_NO_ADAPTER = ("adapter '",)
_UNAUTHENTICATED = frozenset(
    {
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
        BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
    }
)
_PAIRING = "org.bluez.Error.Authentication"
_ADAPTER = frozenset({"org.bluez.Error.NotReady", "org.bluez.Error.Blocked"})
_DENIED = frozenset(
    {
        BleakBluetoothNotAvailableReason.DENIED_BY_USER,
        BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM,
        BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN,
    }
)


async def within(limit: float, operation: Coroutine[Any, Any, _T], what: str) -> _T:
    """Return an operation's result.

    Args:
        limit: seconds.
        operation: runs as a task; it is cancelled when the time is over, or when the caller is.
        what: names it in the error.

    Raises:
        LinkTimeoutError: it did not end in its time.
    """
    task = asyncio.create_task(operation, name=what)
    # An end that nobody waits for any more is no fault of the loop's.
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    try:
        await asyncio.wait({task}, timeout=limit)
        if task.done():
            return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE)
            if not task.done():
                _log.warning("%s: left behind, its end does not come either", what)
    raise LinkTimeoutError(f"{what} did not end in {limit:g} s")


@contextmanager
def translated(name: str, doing: str) -> Iterator[None]:
    """Turn what bleak and its backends raise into the project's errors.

    Args:
        name: the sensor's, or the adapter's.
        doing: what is under way, such as `connecting`.
    """
    try:
        yield
    except BleakDeviceNotFoundError:
        raise DeviceNotFoundError(f"{name} is not within reach") from None
    except BleakBluetoothNotAvailableError as error:
        if error.reason in _DENIED:
            raise DeviceDeniedError(f"bluetooth may not be used: {error}") from error
        raise AdapterError(f"bluetooth is not available: {error}") from error
    except TimeoutError:
        raise LinkTimeoutError(f"{name}: {doing} did not end in its time") from None
    except (BleakError, OSError, EOFError) as error:
        raise _translation(name, doing, error) from error


def _translation(name: str, doing: str, error: Exception) -> TransportError:
    text = f"{name}: {doing}: {str(error) or type(error).__name__}"
    if isinstance(error, BleakGATTProtocolError):
        refused = error.code in _UNAUTHENTICATED
        return PairingRefusedError(text) if refused else SensorRefusedError(text)
    if isinstance(error, BleakDBusError):
        if error.dbus_error.startswith(_PAIRING):
            return PairingRefusedError(text)
        if error.dbus_error in _ADAPTER:
            return AdapterError(text)
    lower = str(error).lower()
    if lower.startswith(_RACE):
        return DiscoveryRaceError(text)
    if lower.startswith(_NO_ADAPTER):
        return AdapterError(text)
    return TransportError(text)
