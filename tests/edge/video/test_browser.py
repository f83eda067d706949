"""A call between the room and Debian's Chromium: both pages, fake camera, real WebRTC over 127.0.0.1."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, async_playwright
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from dashboards.server import room_files
from devices.measurement import Measurement, Waveform
from devices.wire.messages import Signal, SignalKind
from edge.config import CallConfig
from edge.latest import LatestReadings
from edge.video.service import CallService
from edge.video.sources import HEART_TONE, TONE
from tests.edge.video.peers import CLOCK

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    # On a machine without any network Chromium has no address to connect from, unless it may use 127.0.0.1.
    "--allow-loopback-in-peer-connection",
]
STATES = {
    SignalKind.RINGING: "ringing",
    SignalKind.ACCEPTED: "accepted",
    SignalKind.CONNECTED: "connected",
    SignalKind.LOST: "reconnecting",
    SignalKind.BYE: "ended",
}
START = """async (view) => {
  const { Call } = await import("/call.js");
  const api = { startCall: async () => view, hangUpCall: async () => view };
  const call = (window.call = new Call(api, view.resident)), heard = (window.heard = { vitals: [], waveform: [] });
  const video = document.querySelector("video");
  call.addEventListener("remote", (event) => {
    video.srcObject = event.detail;
    if (event.detail) call.watchFirstFrame(video);
  });
  for (const kind of Object.keys(heard)) call.addEventListener(kind, (event) => heard[kind].push(event.detail));
  await call.start();
}"""
FIRST_FRAME = "performance.getEntriesByName('call:first-frame').length > 0"
LATENCY = """async () => {
  const video = document.querySelector("video"), canvas = new OffscreenCanvas(256, 8);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  await new Promise((done) => video.requestVideoFrameCallback(done));
  context.drawImage(video, 0, 8, video.videoWidth, 16, 0, 0, 256, 8);
  const row = context.getImageData(0, 4, 256, 1).data;
  let stamp = 0;
  for (let bit = 0; bit < 32; bit += 1) stamp = stamp * 2 + (row[(bit * 8 + 4) * 4] > 125 ? 1 : 0);
  return (((Math.floor(performance.timeOrigin + performance.now()) - stamp) % 2 ** 32) + 2 ** 32) % 2 ** 32;
}"""
PITCH = """async ([wanted, role]) => {
  // A machine under load stretches and patches the sound now and then: wait for a moment in which it is whole.
  const context = new AudioContext({ sampleRate: 48000 }), analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  const stream = role === "" ? call.remote : call.second.get(role);
  // Chromium lets a remote sound through to WebAudio only while an element plays it.
  const audio = new Audio();
  audio.srcObject = stream;
  audio.muted = true;
  await audio.play();
  context.createMediaStreamSource(stream).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  let heard = 0;
  for (let turn = 0; turn < 200 && Math.abs(heard - wanted) > 6; turn += 1) {
    await new Promise((done) => setTimeout(done, 50));
    analyser.getFloatFrequencyData(bins);
    const peak = bins.reduce((best, level, index) => (level > -60 && level > bins[best] ? index : best), 0);
    heard = (peak * 48000) / 8192;
  }
  return heard;
}"""
HAND = """async () => {
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = call.second.get("hand");
  document.body.append(video);
  await video.play();
  const times = [];
  while (times.length < 3) await new Promise((done) => video.requestVideoFrameCallback((_, { mediaTime }) => done(times.push(mediaTime))));
  video.remove();
  return { width: video.videoWidth, moves: times[2] > times[0] };
}"""
GREEN = """() => {
  const picture = document.querySelector("veilleuse-room").renderRoot.querySelector("room-picture[seat=p1]");
  const canvas = picture?.renderRoot.querySelector("canvas") ?? null;
  if (canvas === null || canvas.width < 320) return false;
  const [red, green] = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height - 20, 1, 1).data;
  return green > 2 * red + 20;
}"""


class Hub:
    """Stands between page and room as the hub does, without accounts and disk."""

    def __init__(self, script: Path) -> None:
        self._script = script
        self._page: ServerConnection | None = None
        self._server: Server | None = None
        self.room: CallService | None = None
        self.view: dict[str, Any] = {
            "id": "call-1",
            "epoch": 1,
            "resident": "jeanne",
            "room": "12",
            "edge": "room-12",
            "caller": "benali",
            "caller_name": "Dr Benali",
            "state": "requested",
            "reason": "",
            "requested": CLOCK.utc(),
            "ended": None,
        }

    async def start(self) -> int:
        self._server = await serve(self._joined, "127.0.0.1", 0, process_request=self._file)
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def _file(self, _connection: ServerConnection, request: Request) -> Response | None:
        if request.path.endswith("/signal"):
            return None
        script = request.path == "/call.js"
        body = (
            self._script.read_bytes()
            if script
            else b"<!doctype html><video muted autoplay playsinline></video>"
        )
        headers = Headers()
        headers["content-type"] = "text/javascript" if script else "text/html"
        headers["content-length"] = str(len(body))
        return Response(HTTPStatus.OK.value, "OK", headers, body)

    async def _joined(self, page: ServerConnection) -> None:
        self._page = page
        await self._tell("state")
        async for text in page:
            said = json.loads(text)
            kind, epoch = SignalKind(said.pop("kind")), said.pop("epoch")
            assert self.room is not None
            self.room.handle(Signal("call-1", epoch, kind, CLOCK.utc(), **said))

    async def _tell(self, kind: str, sdp: str = "", roles: dict[str, str] | None = None) -> None:
        assert self._page is not None
        message = {
            "kind": kind,
            "epoch": self.view["epoch"],
            "call": self.view,
            "sdp": sdp,
            "roles": roles or {},
        }
        # A page that is gone hears nothing more.
        with contextlib.suppress(ConnectionClosed):
            await self._page.send(json.dumps(message))

    def heard(self, signal: Signal) -> None:
        """Take what the room says."""
        self.view = {**self.view, "epoch": signal.epoch}
        if signal.kind is SignalKind.OFFER:
            self._soon(self._tell("offer", signal.sdp, signal.roles))
        else:
            self.view = {**self.view, "state": STATES[signal.kind], "reason": signal.reason}
            if self._page is not None:
                self._soon(self._tell("state"))

    def _soon(self, telling: Any) -> None:
        self._telling = asyncio.ensure_future(telling)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`lib/call.ts` as one module."""
    out = tmp_path_factory.mktemp("call")
    dashboards = Path(__file__).parents[3] / "dashboards"
    node = Path(sys.executable).with_name("node")
    build = Path(__file__).with_name("build_call.mjs")
    subprocess.run([node, build, dashboards, out], check=True, timeout=60)
    return out / "call.js"


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    """Debian's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        await browser.close()


async def rings(hub: Hub, room: CallService, physician: Page, screen: Page) -> None:
    """Let the physician call and the room's screen ring."""
    await screen.goto(f"http://127.0.0.1:{room.screen.port if room.screen else 0}/")
    await physician.evaluate(START, hub.view)
    room.handle(Signal("call-1", 1, SignalKind.RING, CLOCK.utc(), caller="Dr Amel Benali"))
    await screen.bring_to_front()
    await screen.wait_for_selector("#accept")


async def test_a_physician_sees_and_hears_the_room_and_the_room_the_physician(
    chromium: Chromium, script: Path
) -> None:
    latest, hub = LatestReadings(), Hub(script)
    room = CallService(CallConfig(ice_loopback=True), hub.heard, CLOCK, latest)
    assert room_files().is_dir()
    hub.room = room
    await room.start()
    port = await hub.start()
    physician, screen = await chromium.new_page(), await chromium.new_page()
    try:
        await physician.goto(f"http://127.0.0.1:{port}/")
        await rings(hub, room, physician, screen)
        assert not room.view().camera
        assert await screen.locator(".lamp").count() == 0
        await screen.wait_for_selector("text=Dr Amel Benali souhaite vous voir")
        await screen.click("#accept")
        await physician.wait_for_function(FIRST_FRAME)
        await screen.wait_for_selector(".lamp >> text=Caméra et micro allumés")
        await screen.wait_for_function(GREEN)
        await physician.bring_to_front()
        assert await physician.evaluate(LATENCY) < 10_000
        assert abs(await physician.evaluate(PITCH, [TONE, ""]) - TONE) <= 6
        latest.put(Measurement("oximeter", "spo2", 97, CLOCK.utc()))
        latest.put(Waveform("oximeter", "pleth", CLOCK.utc(), 75, (1, -2, 3)))
        await physician.wait_for_function(
            "heard.vitals.flat().some((one) => one.metric === 'spo2' && one.value === 97)"
        )
        await physician.wait_for_function(
            "heard.waveform.some((one) => [...one.samples].join() === '1,-2,3')"
        )
        await screen.bring_to_front()
        await screen.click("#hang-up")
        await physician.wait_for_function("call.state === 'ended' && call.local === null")
        await screen.wait_for_selector("text=La caméra est éteinte.")
        assert await screen.locator(".lamp").count() == 0
        assert not room.view().camera
        assert await physician.evaluate("call.dropped") == 0
    finally:
        await room.stop()
        await hub.stop()


async def test_a_hand_camera_and_a_stethoscope_join_a_call_and_leave_it(
    chromium: Chromium, script: Path
) -> None:
    hub = Hub(script)
    config = CallConfig(size=(320, 240), hand_camera="generated", stethoscope="generated", ice_loopback=True)
    hub.room = room = CallService(config, hub.heard, CLOCK, LatestReadings())
    await room.start()
    port = await hub.start()
    physician, screen = await chromium.new_page(), await chromium.new_page()
    try:
        await physician.goto(f"http://127.0.0.1:{port}/")
        await rings(hub, room, physician, screen)
        await screen.click("#accept")
        await physician.wait_for_function(FIRST_FRAME)
        await physician.wait_for_function("call.extras.available.join() === 'hand,stethoscope'")
        assert await physician.evaluate("call.extras.active.length") == 0
        await physician.bring_to_front()
        for _ in range(2):
            await physician.evaluate("call.want('hand', true)")
            await physician.wait_for_function("call.extras.active.includes('hand')")
            assert await physician.evaluate(HAND) == {"width": 320, "moves": True}
            await physician.evaluate("call.want('hand', false)")
            await physician.wait_for_function("call.extras.active.length === 0")
        await physician.evaluate("call.want('stethoscope', true)")
        heard = await physician.evaluate(PITCH, [HEART_TONE, "stethoscope"])
        assert abs(heard - HEART_TONE) <= 6
        assert await physician.evaluate(LATENCY) < 10_000
        await screen.bring_to_front()
        await screen.wait_for_selector(".lamp >> text=Stéthoscope écouté")
        await screen.click("#hang-up")
        await physician.wait_for_function("call.state === 'ended'")
        assert room.view().extras == ()
        assert await physician.evaluate("call.dropped") == 0
    finally:
        await room.stop()
        await hub.stop()
