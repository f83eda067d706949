"""Debian's Firefox as the physician's browser: hub, edge, sensor and pages are real, and so is the call.

The room's screen is a second window of the same Firefox. What Firefox does otherwise than Chromium is in docs/calls.md.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.home import PASSWORD, USERS, Home, RoomPlan
from tests.integration.processes import wait_for
from tests.integration.sensors import Oximeter
from tests.marionette import Firefox, firefox

pytestmark = [pytest.mark.firefox, pytest.mark.timeout(300)]

CALL = """
[call]
size = [320, 240]
ice_loopback = true
"""
HELPERS = """
window.all = (root = document, found = []) => {
  for (const each of root.querySelectorAll("*")) {
    found.push(each);
    if (each.shadowRoot) all(each.shadowRoot, found);
  }
  return found;
};
window.button = (words) => all().find((each) => each.tagName === "BUTTON" && each.textContent.includes(words));
window.connections = [];
window.said = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...configuration) {
    super(...configuration);
    connections.push(this);
    this.addEventListener("datachannel", ({ channel }) => channel.addEventListener("message", ({ data }) => {
      if (typeof data === "string") said.push(JSON.parse(data));
    }));
  }
};
true
"""
SIGN_IN = """
(() => {
  const set = (name, value) => {
    const input = all().find((each) => each.tagName === "INPUT" && each.name === name);
    input.value = value;
    input.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
    return input;
  };
  set("username", %s);
  set("password", %s).form.requestSubmit();
  return true;
})()
"""
PICTURE = """
(async () => {
  const tracks = connections.at(-1).getReceivers().map((each) => each.track);
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = new MediaStream([tracks.find((each) => each.kind === "video")]);
  document.body.append(video);
  await video.play();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [256, 8];
  const context = canvas.getContext("2d", { willReadFrequently: true }), stamps = [];
  // The bars in the picture: Firefox says 0 for every picture's `mediaTime`.
  while (stamps.length < 4) {
    await new Promise((done) => video.requestVideoFrameCallback(done));
    context.drawImage(video, 0, 8, video.videoWidth, 16, 0, 0, 256, 8);
    const row = context.getImageData(0, 4, 256, 1).data;
    let stamp = 0;
    for (let bit = 0; bit < 32; bit += 1) stamp = stamp * 2 + (row[(bit * 8 + 4) * 4] > 125 ? 1 : 0);
    stamps.push(stamp);
  }
  const now = Math.floor(performance.timeOrigin + performance.now());
  return { width: video.videoWidth, moves: stamps[3] !== stamps[0], age: (((now - stamps[3]) % 2 ** 32) + 2 ** 32) % 2 ** 32 };
})()
"""
SOUND = """
(async () => {
  const track = connections.at(-1).getReceivers().map((each) => each.track).find((each) => each.kind === "audio");
  // Recorded and decoded: an AudioContext that plays stays suspended where there is no sound device.
  const recorder = new MediaRecorder(new MediaStream([track])), parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  recorder.start();
  await new Promise((done) => setTimeout(done, 2000));
  await new Promise((done) => { recorder.addEventListener("stop", done); recorder.stop(); });
  const decoder = new OfflineAudioContext(1, 48000, 48000);
  const sound = await decoder.decodeAudioData(await new Blob(parts).arrayBuffer());
  const samples = sound.getChannelData(0).subarray(-48000);
  const share = (frequency) => {
    let real = 0, imaginary = 0;
    samples.forEach((value, index) => {
      const angle = (2 * Math.PI * frequency * index) / sound.sampleRate;
      real += value * Math.cos(angle);
      imaginary += value * Math.sin(angle);
    });
    return (2 * Math.hypot(real, imaginary)) / samples.length;
  };
  return { tone: share(440), beside: share(587) };
})()
"""
"Amplitudes of the room's tone, and where there is none; full scale is 1."

SPO2 = 'said.some(({ type, values }) => type === "vitals" && values.some(({ metric, value }) => metric === "spo2" && value === 93))'

SENT = """
(async () => {
  const sent = new Map();
  (await connections.at(-1).getStats()).forEach(({ type, kind, packetsSent }) => type === "outbound-rtp" && sent.set(kind, packetsSent));
  return sent.get("audio") > 20 && sent.get("video") > 20;
})()
"""
"Firefox's own camera and voice go out."


@pytest.fixture
def plan() -> RoomPlan:
    return RoomPlan(1, [{"id": "clip", "protocol": "contec", "link": "clip"}], extra=CALL)


@pytest.fixture
def home(tmp_path: Path, plan: RoomPlan) -> Iterator[Home]:
    with Home(tmp_path / "home", [plan]) as furnished:
        furnished.start_hub()
        yield furnished


@pytest.fixture
def screen(home: Home, plan: RoomPlan) -> Iterator[str]:
    """The edge runs, with a sensor; the address of the room's screen."""
    with Oximeter(home.edge_folder(plan) / "clip", spo2=93):
        said = home.edge(plan).start().wait_text("the room's screen is at")
        with home.client() as client:
            wait_for("the room is online", lambda: client.get("/api/v1/edges")[0]["online"], 30, 0.2)
        yield re.findall(r"screen is at (http://\S+)", said)[-1]


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Firefox]:
    async with firefox(tmp_path / "profile") as running:
        yield running


async def physician(browser: Firefox, home: Home) -> None:
    """Open a second window and sign in there."""
    window = await browser.command("WebDriver:NewWindow", type="window")
    await browser.command("WebDriver:SwitchToWindow", handle=window["handle"])
    await browser.goto(home.url)
    await browser.evaluate(HELPERS)
    username = next(name for name, role in USERS if role == "physician")
    await browser.until('all().some((each) => each.name === "password")')
    await browser.evaluate(SIGN_IN % (json.dumps(username), json.dumps(PASSWORD)))
    # Another page, which knows nothing of these helpers.
    await browser.until('typeof all === "undefined" && document.readyState === "complete"')
    await browser.evaluate(HELPERS)


async def test_a_physician_with_firefox_sees_and_hears_the_room(
    browser: Firefox, home: Home, screen: str
) -> None:
    await browser.goto(screen)
    await browser.evaluate(HELPERS)
    # Somebody in the room, who accepts.
    await browser.evaluate(
        'Boolean(setInterval(() => all().find((each) => each.id === "accept")?.click(), 200))'
    )
    await physician(browser, home)
    async with asyncio.timeout(100):
        await browser.until(
            'Boolean(all().find((each) => each.dataset.resident === "r1")?.click() ?? button("Ouvrir la visio"))'
        )
        await browser.evaluate('button("Ouvrir la visio").click()')
        await browser.until("connections.at(-1)?.connectionState === 'connected'")
    picture = await browser.evaluate(PICTURE)
    assert (picture["width"], picture["moves"]) == (320, True)
    assert picture["age"] < 10_000
    sound = await browser.evaluate(SOUND)
    assert sound["tone"] > 0.01
    assert sound["tone"] > 20 * sound["beside"]
    await browser.until(SPO2)
    await browser.until(SENT)
    assert await browser.evaluate(
        '!RTCRtpSender.getCapabilities("video").codecs.some(({ mimeType }) => mimeType === "video/H264")'
    )
