"""A person's devices that receive pushes, and what those devices say.

A receipt needs no session: a telephone's may be over when the alarm comes. Its proof is the token that was in the push,
encrypted for that device alone; it can do nothing but say "shown" or "touched" of that one notice.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from hub.api.problems import RefusedError, unknown
from hub.api.push_models import PushDevice, PushKey, PushOrder, PushReceipt, PushTest
from hub.api.security import Anyone, services_of
from hub.api.services import Services
from hub.notify.base import ReceiptKind, Retry, Sent
from hub.notify.push_channel import PushChannel
from hub.notify.push_message import PushMessageError, Target, decode64
from hub.store.errors import StoreError
from hub.store.push import Device, Devices

router = APIRouter(prefix="/api/v1/push", tags=["push"])


@router.get("/key", operation_id="push_key")
async def push_key(_account: Anyone, request: Request) -> PushKey:
    """Return the hub's public key; 503 `push_not_configured` when this home sends no pushes."""
    return PushKey(key=_push(services_of(request))[0].public_key)


@router.get("/devices", operation_id="list_push_devices")
async def list_push_devices(account: Anyone, request: Request) -> list[PushDevice]:
    """List the devices of the account that asks."""
    _, devices = _push(services_of(request))
    return [_view(device) for device in await run_sync(devices.of, account.username)]


@router.post("/devices", operation_id="add_push_device", status_code=HTTPStatus.CREATED)
async def add_push_device(order: PushOrder, account: Anyone, request: Request) -> PushDevice:
    """Let a device receive the pushes of this account."""
    services = services_of(request)
    push, devices = _push(services)
    if not push.allows(order.endpoint):
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "push_service_not_allowed",
            "this home sends to no such push service",
        )
    try:
        target = Target(decode64(order.p256dh), decode64(order.auth))
        target.check()
    except PushMessageError as error:
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_push_keys", str(error)) from None
    device = Device(
        secrets.token_hex(16),
        account.username,
        order.endpoint,
        target.point,
        target.secret,
        order.label,
        services.clock.utc(),
        order.expires,
    )
    try:
        await run_sync(devices.add, device, account.username)
    except StoreError as error:
        raise RefusedError(HTTPStatus.CONFLICT, "too_many_devices", str(error)) from None
    push.look_again()
    return _view(device)


@router.delete("/devices/{device}", operation_id="remove_push_device", status_code=HTTPStatus.NO_CONTENT)
async def remove_push_device(device: str, account: Anyone, request: Request) -> None:
    """Let a device of this account receive nothing any more."""
    services = services_of(request)
    push, devices = _push(services)
    await _own(devices, device, account.username)
    now = services.clock.utc()
    await run_sync(devices.remove, device, account.username, "by its owner", now)
    push.look_again()


@router.post("/devices/{device}/test", operation_id="test_push_device")
async def test_push_device(device: str, account: Anyone, request: Request) -> PushTest:
    """Send a test to a device of this account."""
    push, devices = _push(services_of(request))
    found = await _own(devices, device, account.username)
    outcome = await push.test(found, f"test-{secrets.token_hex(8)}")
    if isinstance(outcome, Sent):
        return PushTest(outcome="sent", reason="")
    return PushTest(outcome="later" if isinstance(outcome, Retry) else "failed", reason=outcome.reason)


@router.post("/receipts", operation_id="push_receipt", status_code=HTTPStatus.NO_CONTENT)
async def push_receipt(receipt: PushReceipt, request: Request) -> None:
    """Take what a device says of a notice; 403 `wrong_token` when it was not told of it."""
    push, _ = _push(services_of(request))
    kind = ReceiptKind(receipt.kind)
    if not await run_sync(push.heard, receipt.notice, receipt.device, receipt.token, kind):
        raise RefusedError(HTTPStatus.FORBIDDEN, "wrong_token", "this device was not told of this notice")


def _push(services: Services) -> tuple[PushChannel, Devices]:
    channels = services.channels
    if channels is None or channels.push is None:
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE, "push_not_configured", "hub.toml has no [notify.push]"
        )
    return channels.push, channels.devices


async def _own(devices: Devices, key: str, username: str) -> Device:
    """Return a device of an account; another's does not exist for it."""
    found = await run_sync(devices.find, key)
    if found is None or found.username != username:
        raise unknown("device", key)
    return found


def _view(device: Device) -> PushDevice:
    return PushDevice(
        id=device.id,
        label=device.label,
        created=device.created,
        expires=device.expires,
        taken=device.taken,
        delivered=device.delivered,
        problem=device.problem,
    )
