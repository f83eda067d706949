"""The OpenAPI document from which the pages' types are made, and what routes say when the hub itself is unwell."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest

from devices.clock import SECOND
from devices.measurement import Waveform
from devices.wire.messages import Envelope, Lane, waveform_block
from hub.api.app import create_api, openapi_document
from hub.store.errors import StoreUnavailableError
from hub.store.records import CallRecord


def references(node: Any) -> set[str]:
    """Return every schema that a document refers to."""
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(child) for child in node.values()))
    if isinstance(node, list):
        return set().union(*(references(child) for child in node))
    return set()


def test_the_document_needs_no_hub_and_is_whole() -> None:
    document = openapi_document()
    schemas = document["components"]["schemas"]
    assert references(document) <= {f"#/components/schemas/{name}" for name in schemas}
    assert {"LiveMessage", "TabletState", "CallSignal", "Problem", "CallView"} <= schemas.keys()
    json.dumps(document)


def test_every_operation_has_a_name_and_says_how_it_refuses() -> None:
    paths = openapi_document()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) >= 12
    for operation in operations:
        refused = operation["responses"]["4XX"]["content"]["application/json"]["schema"]
        assert refused == {"$ref": "#/components/schemas/Problem"}


def test_what_the_hub_sends_has_every_field() -> None:
    schemas = openapi_document()["components"]["schemas"]
    for name in ("LiveSnapshot", "LiveAlert", "AlertView", "ResidentView", "Value", "EdgeView"):
        assert set(schemas[name]["required"]) == schemas[name]["properties"].keys(), name


async def test_the_document_is_served(home: Any) -> None:
    answer = await home.client().get("/api/v1/openapi.json")
    assert answer.json() == openapi_document()


async def test_stored_samples_come_back(home: Any) -> None:
    nurse = await home.signed_in("ines")
    now = home.now()
    block = waveform_block(Waveform("ox", "pleth", now - SECOND, 75.0, (1, -2, 32767), 0.5))
    home._send("live", Envelope("room-12", "s1", Lane.LIVE, 1, now, True, waveforms=(block,)))
    address = "/api/v1/residents/jeanne/waveforms?metric=pleth"

    async def there() -> Any:
        return (await nurse.get(address)).json()

    [found] = await home.until(there)
    assert (found["samples"], found["rate"], found["scale"]) == ([1, -2, 32767], 75.0, 0.5)
    assert np.int16(found["samples"][2]) == 32767
    assert (await nurse.get(f"{address}&from={now + SECOND}&to={now + 2 * SECOND}")).json() == []
    missing = await nurse.get("/api/v1/residents/paul/waveforms?metric=pleth")
    assert missing.json()["code"] == "unknown_resident"


class Broken:
    """A time-series store that fails in a given way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, *_args: object, **_more: object) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StoreUnavailableError("hub.db: disk I/O error at /secret/path"), 503, "store_unavailable"),
        (ZeroDivisionError("a mistake of ours at /secret/path"), 500, "internal"),
    ],
)
async def test_a_failure_of_the_hub_tells_no_secret(
    home: Any, error: Exception, status: int, code: str
) -> None:
    nurse = await home.signed_in("ines")
    app = create_api(replace(home.services, timeseries=Broken(error)), pages=False)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", cookies=dict(nurse.cookies)
    ) as client:
        answer = await client.get("/api/v1/residents/jeanne/measurements?metric=spo2")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "secret" not in answer.text


async def test_over_tls_the_cookie_travels_over_nothing_else(home: Any) -> None:
    app = create_api(replace(home.services, https=True), pages=False)
    credentials = {"username": "ines", "password": "correct horse battery staple"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://localhost") as client:
        answer = await client.post("/api/v1/session", json=credentials)
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "max-age" in answer.headers["strict-transport-security"]


async def test_a_call_reaches_the_screens(home: Any) -> None:
    nurse, technician = await home.signed_in("ines"), await home.signed_in("tom")
    call = CallRecord("c1", 1, "jeanne", "room-12", "benali", "ringing", "", home.now())
    async with home.live(nurse) as socket, home.live(technician) as blind:
        await socket.recv()
        await blind.recv()
        home.services.live.call_changed(call, "Dr Benali")
        async with asyncio.timeout(60):
            while (message := json.loads(await socket.recv()))["type"] != "call":
                pass
            said = [json.loads(await blind.recv()) for _ in range(2)]
    assert (message["call"]["caller_name"], message["call"]["room"]) == ("Dr Benali", "ch. 12")
    assert {other["type"] for other in said} == {"heartbeat"}
