"""`kill -9` of a whole hub while three people are in a call: nobody loses their seat, and each comes back to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from devices.wire.messages import SignalKind
from hub.api.guests import COOKIE
from tests.integration.client import HubClient
from tests.integration.home import Home, RoomPlan
from tests.integration.processes import wait_for
from tests.integration.speaking_room import SpeakingRoom

pytestmark = [pytest.mark.kill, pytest.mark.timeout(600)]

ROOM = RoomPlan(1)
SEATS = {"p1": "Medecin", "p2": "Infirmiere", "p3": "Dr Durand, SAMU 35"}
Seats = dict[str, tuple[str, str]]


class Page:
    """A participant's page: answers every offer of the room."""

    def __init__(self, stack: ExitStack, home: Home, call: str, cookies: dict[str, str]) -> None:
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        address = f"ws://127.0.0.1:{home.http_port}/api/v1/calls/{call}/signal"
        opening = connect(address, additional_headers={"cookie": cookie}, proxy=None)
        self.socket: ClientConnection = stack.enter_context(opening)
        state = self.hear("state")
        self.seat, self.epoch = str(state["seat"]), int(state["epoch"])

    def hear(self, kind: str) -> dict[str, Any]:
        while (said := json.loads(self.socket.recv(60)))["kind"] != kind:
            pass
        return dict(said)

    def connected(self, *, again: bool = False) -> None:
        """Be connected with the room, by a new connection when the page came back."""
        if again:
            self.socket.send(json.dumps({"kind": "restart", "epoch": self.epoch}))
        offer = self.hear("offer")
        while again and offer["epoch"] <= self.epoch:
            offer = self.hear("offer")
        self.socket.send(json.dumps({"kind": "answer", "epoch": offer["epoch"], "sdp": "v=0 answer"}))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home(tmp_path, [ROOM]) as made:
        made.start_hub()
        yield made


def seats(client: HubClient, call: str) -> Seats:
    found = client.get(f"/api/v1/calls/{call}")
    assert found["ended"] is None, found
    return {one["seat"]: (one["name"], one["state"]) for one in found["participants"]}


def reborn(home: Home) -> None:
    """Kill the hub and let another begin on the same data."""
    home.hub.kill()
    # Its broker was its child and notices by itself; whatever is left would keep the port.
    home.hub.sweep()
    home.start_hub()


def online(technician: HubClient) -> bool:
    return any(view["online"] for view in technician.get("/api/v1/edges"))


def begin(home: Home, technician: HubClient, physician: HubClient) -> str:
    wait_for("the room is online", lambda: online(technician), 60)
    answer = physician.http.post(f"/api/v1/residents/{ROOM.resident}/calls", json={"reason": "essai"})
    assert answer.status_code == 201, answer.text
    call = str(answer.json()["id"])
    # Its first offer comes before any page is there: as after a reload, the page asks for another.
    wait_for("the room accepts", lambda: physician.get(f"/api/v1/calls/{call}")["state"] == "accepted")
    return call


def test_everybody_is_still_there_after_a_kill(home: Home) -> None:
    with (
        ExitStack() as stack,
        SpeakingRoom(ROOM.edge, home.keys[ROOM.edge], home.mqtt_port) as room,
        home.client("physician") as physician,
        home.client("nurse") as nurse,
        home.client("technician") as technician,
        HubClient(home.url) as guest,
    ):
        call = begin(home, technician, physician)
        first = Page(stack, home, call, dict(physician.http.cookies))
        first.connected(again=True)
        # On disk when it is answered: a hub that dies at once has kept it.
        assert nurse.http.post(f"/api/v1/calls/{call}/participants").status_code == 200
        reborn(home)
        assert seats(nurse, call)["p2"] == ("Infirmiere", "invited")
        order = {"guest": SEATS["p3"], "role": "regulator"}
        invite = physician.http.post(f"/api/v1/calls/{call}/invites", json=order).json()
        token = {"token": invite["link"].partition("#")[2]}
        assert guest.http.post("/api/v1/guest", json=token).status_code == 200
        reborn(home)
        assert guest.http.post("/api/v1/guest", json=token).json()["code"] == "invite_used"
        passes = {COOKIE: next(each.value for each in guest.http.cookies.jar if each.value)}
        everybody = [dict(physician.http.cookies), dict(nurse.http.cookies), passes]
        pages = [Page(stack, home, call, cookies) for cookies in everybody]
        assert [page.seat for page in pages] == ["p1", "p2", "p3"]
        # Who came is announced until the room answers; what a page asks of a room that is not back yet is lost.
        wait_for("the room is online", lambda: online(technician), 60)
        pages[0].connected(again=True)
        for page in pages[1:]:
            page.connected()
        all_there = {seat: (name, "connected") for seat, name in SEATS.items()}
        wait_for("everybody is connected", lambda: seats(nurse, call) == all_there)
        reborn(home)
        assert seats(nurse, call) == all_there
        for page in (first, *pages):
            with pytest.raises(ConnectionClosed):
                page.hear("none")
        pages = [Page(stack, home, call, cookies) for cookies in everybody]
        assert [page.seat for page in pages] == ["p1", "p2", "p3"]
        wait_for("the room is online", lambda: online(technician), 60)
        pages[2].connected(again=True)
        restarts = [signal for signal in room.signals if signal.kind is SignalKind.RESTART]
        assert (restarts[-1].peer, restarts[-1].epoch) == ("p3", 2)
        wait_for("everybody is connected", lambda: seats(nurse, call) == all_there)
        assert physician.http.post(f"/api/v1/calls/{call}/hangup").json()["state"] == "ended"
        told = physician.get(f"/api/v1/calls/{call}/encounter")
        assert [one["cause"] for one in told["incidents"]].count("hub_restarted") == 3
