"""The system's D-Bus: calls with a limit, and an end to calls for an object of ours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, DBusError
from dbus_fast.unpack import unpack_variants

from devices.transports.base import AdapterError
from devices.transports.operations import within

_log = logging.getLogger(__name__)

CALL_TIMEOUT = 10.0
"Seconds for an answer; switching an adapter on takes 1 to 2."

DBUS = "org.freedesktop.DBus"
PROPERTIES = "org.freedesktop.DBus.Properties"


class BusRefusalError(AdapterError):
    """A call was answered with an error; `name` is D-Bus's name of it."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}" if text else name)
        self.name = name


class SystemBus:
    """A connection that is made when first needed, and again after it was lost."""

    def __init__(self, service: str, answer: Callable[[Message], Message | None]) -> None:
        """Describe it; nothing is opened yet.

        Args:
            service: whom to call, such as `org.bluez`.
            answer: given every message that comes in; returns a reply to a call for an object of ours.
        """
        self._service = service
        self._answer = answer
        self._bus: MessageBus | None = None
        self._opening = asyncio.Lock()
        self._end: asyncio.Task[None] | None = None

    async def call(
        self, path: str, interface: str, member: str, signature: str = "", body: Sequence[Any] = ()
    ) -> list[Any]:
        """Return what the service answers.

        Raises:
            BusRefusalError: it answers with an error.
            AdapterError: the bus is not there.
            LinkTimeoutError: no answer came.
        """
        return await self._call(self._service, path, interface, member, signature, body)

    async def owner(self) -> str:
        """Return the service's own name on the bus, another one after each of its starts; empty when it is away.

        Raises:
            AdapterError: the bus is not there.
            LinkTimeoutError: no answer came.
        """
        try:
            answer = await self._call(
                DBUS, "/org/freedesktop/DBus", DBUS, "GetNameOwner", "s", [self._service]
            )
        except BusRefusalError:
            return ""
        return str(answer[0])

    async def close(self) -> None:
        """Let go of the connection."""
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.disconnect()
        if self._end is not None:
            await asyncio.gather(self._end, return_exceptions=True)
            self._end = None

    async def _call(
        self, service: str, path: str, interface: str, member: str, signature: str, body: Sequence[Any]
    ) -> list[Any]:
        bus = await self._opened()
        message = Message(
            destination=service,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        try:
            reply = await within(CALL_TIMEOUT, bus.call(message), f"bluetooth service: {member}")
        except (OSError, EOFError) as error:
            raise AdapterError(f"bluetooth service: {member}: the bus is gone: {error}") from error
        if reply.message_type is MessageType.ERROR:
            raise BusRefusalError(reply.error_name or "error", " ".join(str(each) for each in reply.body))
        answer: list[Any] = unpack_variants(reply.body)
        return answer

    async def _opened(self) -> MessageBus:
        async with self._opening:
            if self._bus is not None and self._bus.connected:
                return self._bus
            await self.close()
            bus = MessageBus(bus_type=BusType.SYSTEM)
            try:
                await within(CALL_TIMEOUT, bus.connect(), "system bus: connecting")
            except (OSError, EOFError, AuthError, DBusError) as error:
                bus.disconnect()
                raise AdapterError(f"system bus cannot be reached: {error}") from error
            except BaseException:
                bus.disconnect()
                raise
            bus.add_message_handler(self._answer)
            self._bus = bus
            self._end = asyncio.create_task(_ended(bus), name="system bus/end")
            return bus


async def _ended(bus: MessageBus) -> None:
    """Fetch the connection's end: nobody else would, and the loop would complain of it."""
    with suppress(OSError, EOFError):
        # dbus-fast leaves this one untyped.
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
    _log.debug("the system bus is gone")
