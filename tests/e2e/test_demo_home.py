"""The whole path as people live it: `veilleuse demo`, a tablet, a physician's computer, and the room's own screen.

A resident's saturation falls; the tablet sounds; the nurse takes it; the physician opens the video and sees the room and
the vital signs; they hang up and the camera is off. The screenshots that the README shows are taken here:
`VEILLEUSE_SCREENSHOTS=docs/images make browser`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]

LISTEN = """
// Beside whatever the page plays to its loudspeaker, listen: the loudest sample so far is window.loudest.
window.loudest = 0;
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
  if (target instanceof AudioDestinationNode) {
    const ear = this.context.createAnalyser();
    connect.call(this, ear);
    const heard = new Float32Array(ear.fftSize);
    setInterval(() => {
      ear.getFloatTimeDomainData(heard);
      for (const sample of heard) window.loudest = Math.max(window.loudest, Math.abs(sample));
    }, 20);
  }
  return connect.call(this, target, ...rest);
};
"""


@dataclass
class Demo:
    """A running demo home."""

    process: subprocess.Popen[str]
    url: str
    data: Path
    control: str
    screen: str

    def happen(self, target: str, scenario: str) -> None:
        """Make something happen to a virtual patient."""
        arguments = ["sensors", "scenario", "--control", self.control, target, scenario]
        subprocess.run([*veilleuse(), *arguments], check=True, timeout=30)

    def account(self, role: str) -> dict[str, str]:
        """Return the account of a role."""
        rows: list[dict[str, str]] = json.loads((self.data / "accounts.json").read_bytes())
        return next(row for row in rows if row["role"] == role)


def veilleuse() -> list[str]:
    return [sys.executable, str(Path(sysconfig.get_path("scripts")) / "veilleuse")]


def start(data: Path) -> Demo:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*veilleuse(), "demo", "--data", str(data), "--port", str(port), "--no-story"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ""
    for line in process.stdout or ():
        said += line
        if "--control" in line:
            break
    found = {
        "url": re.search(r"^veilleuse: ready (http://\S+)$", said, re.MULTILINE),
        "screen": re.search(r"screen of room 12\s+(http://\S+)", said),
        "control": re.search(r"--control (\S+)", said),
    }
    assert all(found.values()), f"the demo said: {said}"
    return Demo(process, data=data, **{key: match.group(1) for key, match in found.items() if match})


def stop(demo: Demo) -> list[psutil.Process]:
    """Press Ctrl-C and return what is left running afterwards."""
    family = psutil.Process(demo.process.pid).children(recursive=True)
    demo.process.send_signal(signal.SIGINT)
    status = demo.process.wait(60)
    if demo.process.stdout is not None:
        demo.process.stdout.close()
    assert status == 0
    _, alive = psutil.wait_procs(family, timeout=10)
    return alive


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = start(tmp_path_factory.mktemp("demo"))
    yield running
    if running.process.poll() is None:
        stop(running)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=CHROMIUM
        )
        yield browser
        browser.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("VEILLEUSE_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def context(browser: Browser, width: int, height: int, **more: Any) -> BrowserContext:
    return browser.new_context(
        viewport={"width": width, "height": height}, locale="fr-FR", timezone_id="Europe/Paris", **more
    )


def sign_in(page: Page, demo: Demo, role: str) -> None:
    account = demo.account(role)
    page.goto(demo.url)
    page.fill("input[name=username]", account["username"])
    page.fill("input[name=password]", account["password"])
    page.keyboard.press("Enter")


def test_from_a_falling_saturation_to_the_video_and_back(
    demo: Demo, chromium: Browser, pictures: Path
) -> None:
    tablet = context(chromium, 1280, 800, color_scheme="dark")
    tablet.add_init_script(LISTEN)
    ward = tablet.new_page()
    violations: list[str] = []
    ward.on("console", lambda said: violations.append(said.text) if "Content Security" in said.text else None)
    sign_in(ward, demo, "nurse")

    # Alive: every equipped room has its tile with values, and the one without a device says so.
    tiles = ward.locator("[data-resident]")
    expect(tiles).to_have_count(24)
    expect(ward.locator("[data-resident=r12]")).to_contain_text("MARTIN")
    expect(ward.locator("[data-resident=r12]")).to_contain_text(re.compile(r"9\d\s*SpO₂"))
    expect(ward.locator("[data-resident=r25]")).to_contain_text("—")
    ward.mouse.click(640, 780)  # a hand on the tablet: browsers let no page sound before one
    expect(ward.get_by_text("Son prêt")).to_be_visible()
    ward.screenshot(path=pictures / "ward-calm.png")
    quiet = ward.evaluate("window.loudest = 0")
    assert quiet == 0

    # The saturation falls: an alarm on the screen, and in the loudspeaker.
    demo.happen("p12", "hypoxia")
    strip = ward.get_by_role("button", name=re.compile("Je m.en occupe")).first
    expect(strip).to_be_visible(timeout=90_000)
    expect(ward.get_by_text("sous la limite de 90").first).to_be_visible()
    until(ward, "window.loudest > 0.05", 10)
    ward.screenshot(path=pictures / "ward-alarm.png")
    strip.click()
    expect(ward.get_by_role("button", name=re.compile("Passer le relais")).first).to_be_visible()
    ward.screenshot(path=pictures / "ward-taken.png")

    call_the_room(demo, chromium, pictures)
    assert violations == []
    tablet.close()


def call_the_room(demo: Demo, chromium: Browser, pictures: Path) -> None:
    room = context(chromium, 1280, 800, color_scheme="dark").new_page()
    room.goto(demo.screen)
    desk = context(chromium, 1440, 900, color_scheme="light", permissions=["camera", "microphone"])
    physician = desk.new_page()
    sign_in(physician, demo, "physician")
    physician.locator("[data-resident=r12]").first.click()
    expect(physician.get_by_role("heading", name=re.compile("MARTIN Jeanne")).first).to_be_visible(
        timeout=10_000
    )
    physician.get_by_role("button", name="Ouvrir la visio").click()

    # The room rings and says who calls, before anything is filmed.
    expect(room.get_by_text("Dr Samir Benali").first).to_be_visible()
    room.screenshot(path=pictures / "room-ringing.png")
    assert physician.evaluate(first_video("videoWidth")) in (None, 0)

    # The physician sees the room, moving, and the vital signs beside it; the room sees the lamp.
    until(physician, f"{first_video('videoWidth')} > 0", 30)
    before = physician.evaluate(first_video("currentTime"))
    until(physician, f"{first_video('currentTime')} > {before} + 1", 10)
    expect(physician.get_by_text("SpO₂").first).to_be_visible()
    expect(room.get_by_text(re.compile("caméra (et micro )?allumée?s?", re.IGNORECASE)).first).to_be_visible(
        timeout=5_000
    )
    physician.wait_for_timeout(3_000)
    physician.screenshot(path=pictures / "physician-call.png")
    room.screenshot(path=pictures / "room-call.png")

    physician.get_by_role("button", name="Raccrocher").click()
    expect(room.get_by_text(re.compile("caméra est éteinte", re.IGNORECASE)).first).to_be_visible(
        timeout=10_000
    )
    physician.screenshot(path=pictures / "physician-after.png")
    desk.close()
    room.context.close()


def until(page: Page, expression: str, seconds: float) -> None:
    """Wait for a truth about a page (whose policy forbids the browser's own way of waiting for an expression)."""
    for _ in range(int(seconds * 10)):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{expression} was not true within {seconds} s")


def first_video(attribute: str) -> str:
    """An expression for an attribute of the room's picture, wherever in the page's shadow trees it is."""
    return (
        "(() => { const find = (root) => { for (const each of root.querySelectorAll('*')) {"
        " if (each.id === 'room' && each.tagName === 'VIDEO') return each;"
        " const inner = each.shadowRoot && find(each.shadowRoot); if (inner) return inner; } return null; };"
        f" return find(document)?.{attribute} ?? null; }})()"
    )


def test_ctrl_c_leaves_nothing_running_and_a_second_start_finds_everything(demo: Demo) -> None:
    accounts = (demo.data / "accounts.json").read_bytes()
    assert stop(demo) == []
    again = start(demo.data)
    try:
        assert (again.data / "accounts.json").read_bytes() == accounts
    finally:
        assert stop(again) == []
