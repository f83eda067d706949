"""The room's page in Debian's Chromium against the real device: the carers' code, who comes, a page that crashes, no decoder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Error, Page, async_playwright, expect

from devices.wire.messages import Signal, SignalKind
from edge.config import CallConfig
from edge.latest import LatestReadings
from edge.video.call import Phase
from edge.video.service import CallService
from tests.edge.support import until_page
from tests.edge.video.peers import CLOCK, until
from tests.edge.video.test_browser import FIRST_FRAME, FLAGS, GREEN, START, Hub, script

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
__all__ = ["script"]

CODE = "4711"
SPEAKS = "document.querySelector('veilleuse-room').sound.voices.size > 0"
RINGS = "document.querySelector('veilleuse-room').sound.ringing !== null"
GREEN_IMAGE = """() => {
  const image = document.querySelector("veilleuse-room").renderRoot.querySelector("room-picture")?.renderRoot.querySelector("img");
  if (!image || image.naturalWidth < 320) return false;
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight), context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const [red, green] = context.getImageData(canvas.width / 2, canvas.height - 20, 1, 1).data;
  return green > 2 * red + 20;
}"""


def said(text: str) -> str:
    """Return words as the page sets them."""
    return text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        await browser.close()


class Home:
    """A room with its screen, and what it told the hub."""

    def __init__(self, service: CallService, signals: list[Signal]) -> None:
        self.service = service
        self.signals = signals

    def tell(self, kind: SignalKind, epoch: int = 1, **more: str) -> None:
        self.service.handle(Signal("call-1", epoch, kind, CLOCK.utc(), **more))  # type: ignore[arg-type]  # by name

    def declined(self) -> list[tuple[str, str]]:
        return [(one.peer, one.reason) for one in self.signals if one.kind is SignalKind.DECLINED]

    async def open(self, chromium: Chromium, *, script: str = "") -> Page:
        """Open the screen in a process of its own."""
        context = await chromium.new_context(locale="fr-FR", viewport={"width": 1280, "height": 800})
        if script:
            await context.add_init_script(script)
        page = await context.new_page()
        assert self.service.screen is not None
        await page.goto(f"http://127.0.0.1:{self.service.screen.port}/")
        return page


@asynccontextmanager
async def home(hub: Hub | None = None, code: str = "") -> AsyncIterator[Home]:
    signals: list[Signal] = []

    def told(signal: Signal) -> None:
        signals.append(signal)
        if hub is not None:
            hub.heard(signal)

    config = CallConfig(size=(320, 240), ice_loopback=True)
    service = CallService(config, told, CLOCK, LatestReadings())
    if code:
        service.use_carer_code(code)
    await service.start()
    try:
        yield Home(service, signals)
    finally:
        await service.stop()


async def test_only_the_carers_code_opens_a_call_that_needs_it(chromium: Chromium) -> None:
    async with home(code=CODE) as room:
        page = await room.open(chromium)
        room.tell(SignalKind.RING, caller="Dr Amel Benali", caller_role="physician", consent="nurse")
        await expect(page.get_by_text("Un soignant doit accepter")).to_be_visible()
        accept = page.locator("#accept")
        await expect(accept).to_be_disabled()
        for digit in "4712":
            await page.locator(f".keys [data-key='{digit}']").click()
        await expect(page.locator(".digits [data-typed]")).to_have_count(4)
        await accept.click()
        await expect(page.get_by_text(said("Ce n'est pas le bon code."))).to_be_visible()
        await expect(page.locator(".digits [data-typed]")).to_have_count(0)
        assert not room.service.view().camera
        await page.keyboard.type(CODE)
        await page.locator("#refuse").blur()
        await page.keyboard.press("Enter")
        await until(lambda: room.service.view().camera)
        await expect(page.locator(".lamp")).to_have_text("Caméra et micro allumés")


async def test_after_five_wrong_codes_the_pad_waits_and_says_so(chromium: Chromium) -> None:
    async with home(code=CODE) as room:
        page = await room.open(chromium)
        room.tell(SignalKind.RING, caller="Dr Amel Benali", consent="nurse")
        await expect(page.locator(".pad")).to_be_visible()
        for wrong in ("0000", "1111", "2222", "3333", "4444"):
            await expect(page.locator(".digits [data-typed]")).to_have_count(0)
            await page.keyboard.type(wrong)
            await page.locator("#accept").click()
        await expect(page.locator(".said")).to_contain_text(said("Trop d'essais. Réessayez dans"))
        await expect(page.locator(".keys [data-key='1']")).to_be_disabled()
        await page.locator("#refuse").click()
        await expect(page.get_by_role("heading", name=said("Vous avez refusé l'appel."))).to_be_visible()
        assert not room.service.view().camera


async def test_who_comes_is_announced_and_may_be_refused(chromium: Chromium) -> None:
    async with home() as room:
        page = await room.open(chromium)
        room.tell(SignalKind.RING, caller="Dr Amel Benali", caller_role="physician")
        await page.locator("#accept").click()
        room.tell(SignalKind.JOIN, peer="p2", caller="Mme Durand", caller_role="nurse")
        await expect(page.locator(".arrival")).to_contain_text(said("Mme Durand, infirmière rejoint l'appel"))
        await expect(page.locator(".present")).to_contain_text("avec Mme Durand, infirmière")
        room.tell(SignalKind.JOIN, peer="p3", caller="Dr Paul Roux", caller_role="specialist")
        comes = page.locator(".arrival[data-seat=p3]")
        await expect(comes).to_contain_text(said("Le Dr Paul Roux, médecin spécialiste rejoint l'appel"))
        await expect(comes).to_contain_text("Entre dans")
        await comes.get_by_role("button", name="Refuser cette personne").click()
        await expect(page.get_by_text(said("Le Dr Paul Roux n'a pas été admis"))).to_be_visible()
        assert room.declined() == [("p3", "refused")]
        room.tell(SignalKind.LEFT, peer="p2")
        await expect(page.get_by_text(said("Mme Durand a quitté l'appel"))).to_be_visible()
        await expect(page.locator(".present")).not_to_contain_text("Mme Durand")


async def test_a_press_in_the_first_moment_is_no_lost_press(chromium: Chromium) -> None:
    async with home() as room:
        # A busy device, whose next frame takes its time.
        page = await room.open(chromium, script="window.requestAnimationFrame = () => 0;")
        room.tell(SignalKind.RING, caller="Dr Amel Benali", caller_role="physician")
        await page.locator("#accept").click()
        await until(lambda: room.service.view().camera)


async def test_a_volume_is_kept_for_the_next_page(chromium: Chromium) -> None:
    async with home() as room:
        page = await room.open(chromium)
        room.tell(SignalKind.RING, caller="Dr Amel Benali")
        await page.locator("#accept").click()
        for level in (9, 8, 7):
            await page.locator("#quieter").click()
            await expect(page.get_by_role("img", name=f"Volume {level} sur 10")).to_be_visible()
        await page.context.close()
        again = await room.open(chromium)
        await expect(again.get_by_role("img", name="Volume 7 sur 10")).to_be_visible()


@asynccontextmanager
async def talking(chromium: Chromium, script: Path, without: str = "") -> AsyncIterator[tuple[Home, Page]]:
    """A call between a physician's page and a room's."""
    hub = Hub(script)
    async with home(hub) as room:
        hub.room = room.service
        port = await hub.start()
        try:
            physician = await chromium.new_page()
            await physician.goto(f"http://127.0.0.1:{port}/")
            screen = await room.open(chromium, script=without)
            await physician.evaluate(START, hub.view)
            room.tell(SignalKind.RING, caller="Dr Amel Benali", caller_role="physician")
            await screen.locator("#accept").click()
            await physician.wait_for_function(FIRST_FRAME)
            yield room, screen
        finally:
            await hub.stop()


async def test_a_page_that_crashes_comes_back_into_the_call(chromium: Chromium, script: Path) -> None:
    async with talking(chromium, script) as (room, screen):
        await until_page(screen, GREEN)
        await screen.locator("#mute").click()
        await expect(screen.locator("#mute")).to_have_attribute("aria-pressed", "true")
        crashed = asyncio.get_running_loop().create_future()
        screen.on("crash", lambda _page: crashed.done() or crashed.set_result(None))
        with pytest.raises(Error):
            # The navigation ends with the crash or with its own time, and is not what is asked about.
            await screen.goto("chrome://crash", timeout=5_000)
        await asyncio.wait_for(crashed, 30)
        await until(lambda: room.service.screen is not None and room.service.screen.heard == 0)
        assert room.service.view().camera
        again = await room.open(chromium)
        await until_page(again, GREEN)
        await until_page(again, SPEAKS)
        await expect(again.locator("#mute")).to_have_attribute("aria-pressed", "true")
        await expect(again.locator(".lamp")).to_have_text("Caméra allumée, micro coupé")
        assert await again.locator("#accept").count() == 0
        assert not await again.evaluate(RINGS)
        assert [one.kind for one in room.signals].count(SignalKind.RINGING) == 1
        assert room.service.view().phase is Phase.CONNECTED


async def test_a_browser_without_a_decoder_gets_pictures_from_the_device(
    chromium: Chromium, script: Path
) -> None:
    async with talking(chromium, script, "delete globalThis.VideoDecoder") as (room, screen):
        await until_page(screen, GREEN_IMAGE)
        await expect(screen.locator("room-picture[seat=p1][pictured]")).to_have_count(1)
        assert await screen.locator("canvas").count() == 0
        await screen.locator("#hang-up").click()
        await expect(screen.get_by_text(said("Rien n'a été enregistré."))).to_be_visible()
        assert not room.service.view().camera
