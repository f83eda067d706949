"""Any request gets an answer that is not the hub's fault; every refusal is a `Problem`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.api.models import Health, Problem

PATHS = (
    "/api/v1/session",
    "/api/v1/home",
    "/api/v1/residents",
    "/api/v1/residents/{}",
    "/api/v1/residents/{}/measurements",
    "/api/v1/residents/{}/waveforms",
    "/api/v1/residents/{}/calls",
    "/api/v1/alerts",
    "/api/v1/alerts/{}",
    "/api/v1/calls/{}",
    "/api/v1/calls/{}/hangup",
    "/api/v1/calls",
    "/api/v1/calls/{}/participants",
    "/api/v1/calls/{}/participants/leave",
    "/api/v1/calls/{}/invites",
    "/api/v1/calls/{}/invites/x",
    "/api/v1/calls/{}/encounter",
    "/api/v1/calls/{}/snapshots",
    "/api/v1/calls/{}/snapshots/x",
    "/api/v1/guest",
    "/api/v1/residents/{}/call-requests",
    "/api/v1/residents/{}/call-consent",
    "/api/v1/call-requests",
    "/api/v1/call-requests/{}/withdraw",
    "/api/v1/edges",
    "/api/v1/rooms",
    "/api/v1/edges/{}/surveys",
    "/api/v1/edges/{}/trials",
    "/api/v1/edges/room-12/trials",
    "/api/v1/inquiries/{}",
    "/api/v1/edges/{}/sensors",
    "/api/v1/edges/room-12/sensors",
    "/api/v1/edges/room-12/sensors/{}/unlink",
    "/api/v1/edges/room-12/sensors/{}/assignment",
    "/api/v1/enrolments",
    "/api/v1/enrolments/{}",
    "/api/v1/enrolments/{}/redeem",
    "/api/v1/enrolments/{}/confirm",
    "/healthz",
    "/metrics",
    "/{}",
)
NAMES = ("source", "note", "metric", "from", "to", "max_points", "limit", "state", "resident", "x")

words = st.one_of(
    st.sampled_from(
        ["jeanne", "spo2", "pleth", "open", "all", "", "0", "-1", "1", str(2**53), "9" * 40, "nan", "1e9"]
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80),
)
structures = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["username", "password", "action", "reason", "more"]), inner, max_size=4
        ),
    ),
    max_leaves=10,
)
actions = st.fixed_dictionaries(
    {"action": st.sampled_from(["acknowledge", "take", "release", "burn"])}, optional={"reason": st.text()}
)
orders = st.fixed_dictionaries(
    {},
    optional={
        "protocol": st.sampled_from(["heart-rate", "", "x" * 65]) | st.text(max_size=10),
        "address": st.sampled_from(["F1:00:00:00:00:01", "f1:00", ""]) | st.text(max_size=20),
        "link": st.text(max_size=20),
        "resident": st.sampled_from(["jeanne", "paul"]) | st.text(max_size=10),
        "seconds": st.floats() | st.integers(),
        "room": st.sampled_from(["12", "14", "99"]) | st.text(max_size=10),
        "nonce": st.text(max_size=70),
        "proof": st.text(max_size=130),
    },
)
bodies = st.one_of(
    st.binary(max_size=200),
    st.one_of(structures, actions, orders).map(lambda made: json.dumps(made).encode()),
)


class Fuzzed:
    """An application in this process, and three people who are signed in to it."""

    def __init__(self, runner: asyncio.Runner, app: Any, cookies: dict[str, dict[str, str]]) -> None:
        self._runner = runner
        self._app = app
        self._cookies = cookies

    def ask(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self._ask(who, method, path, **more))

    async def _ask(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", cookies=self._cookies[who]
        ) as client:
            return await client.request(method, path, **more)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory, application: Any) -> Iterator[Fuzzed]:
    with asyncio.Runner() as runner, contextlib.ExitStack() as stack:

        async def start() -> tuple[Any, dict[str, dict[str, str]]]:
            app, people, stop = application(Path(tmp_path_factory.mktemp("hub")))
            stack.callback(stop)
            cookies: dict[str, dict[str, str]] = {"nobody": {}}
            for name, password in people.items():
                async with httpx.AsyncClient(
                    transport=httpx.ASGITransport(app), base_url="http://localhost"
                ) as client:
                    credentials = {"username": name, "password": password}
                    answer = await client.post("/api/v1/session", json=credentials)
                    assert answer.status_code == 200
                    cookies[name] = dict(client.cookies)
            return app, cookies

        app, cookies = runner.run(start())
        yield Fuzzed(runner, app, cookies)


asked = st.tuples(
    st.sampled_from(["nobody", "ines", "benali", "tom"]),
    st.sampled_from(["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"]),
    st.sampled_from(PATHS),
    # Signing out would make everything after it a refusal.
).filter(lambda made: made[1:] != ("DELETE", "/api/v1/session"))


@settings(max_examples=400, deadline=None)
@given(
    asked=asked,
    part=words,
    query=st.lists(st.tuples(st.sampled_from(NAMES), words), max_size=4),
    body=bodies,
)
@example(("ines", "POST", "/api/v1/alerts/{}"), "x", [], b"[" * 60_000)
@example(("nobody", "POST", "/api/v1/session"), "", [], b'{"username": "\\ud800", "password": "x"}')
@example(
    ("ines", "GET", "/api/v1/residents/{}/measurements"), "jeanne", [("metric", "spo2"), ("from", "0")], b""
)
@example(("benali", "POST", "/api/v1/residents/{}/calls"), "jeanne", [], b'{"reason": ""}')
def test_no_request_is_the_hubs_fault(
    fuzzed: Fuzzed, asked: tuple[str, str, str], part: str, query: list[tuple[str, str]], body: bytes
) -> None:
    who, method, path = asked
    address = path.format(quote(part, safe=""))
    headers = {"content-type": "application/json"}
    answer = fuzzed.ask(who, method, address, params=query, content=body, headers=headers)
    if answer.status_code >= 400:
        problem = Problem.model_validate_json(answer.content)
        # A hub without a call service says so; nothing else may fail.
        assert answer.status_code < 500 or problem.code == "calls_unavailable", problem
        assert problem.detail


def test_the_people_of_these_tests_are_still_signed_in(fuzzed: Fuzzed) -> None:
    for who in ("ines", "benali", "tom"):
        assert fuzzed.ask(who, "GET", "/api/v1/session").status_code == 200


@settings(max_examples=100, deadline=None)
@given(
    headers=st.dictionaries(
        st.sampled_from(["host", "origin", "cookie", "content-type", "content-length", "accept", "range"]),
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
        max_size=4,
    )
)
def test_no_header_is_the_hubs_fault(fuzzed: Fuzzed, headers: dict[str, str]) -> None:
    answer = fuzzed.ask("ines", "GET", "/healthz", headers=headers)
    if answer.status_code == 200:
        Health.model_validate_json(answer.content)
    else:
        assert Problem.model_validate_json(answer.content).code == "unknown_host"
