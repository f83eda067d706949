"""A push in Debian's Chromium: the real service worker shows what a real push service decrypted, and says so to the hub."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import CDPSession, Page, async_playwright, expect

from hub.alerting.escalation.policy import BUILT_IN
from hub.api.app import create_api
from hub.channels import Around, Channels
from hub.config import NotifySettings
from hub.notify.base import QUESTION_CODE, Receipt
from hub.notify.push_config import PushConfig
from hub.store.push import Devices
from tests.edge.support import until_page
from tests.hub.notify.helpers import notice, running, until
from tests.hub.notify.push_service import Browser, push_service

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = os.environ.get("VEILLEUSE_SHOTS")
"Folder into which pictures of each step are put, for documents."
SUBSCRIBE = """
(said => {
  // Chromium would ask its vendor's service for a subscription; this one is at the test's own service.
  const bytes = text => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0)).buffer;
  let made = null;
  PushManager.prototype.getSubscription = async () => made;
  PushManager.prototype.subscribe = async options => made = {
    endpoint: said.endpoint,
    expirationTime: null,
    options,
    getKey: name => bytes(said[name]),
    unsubscribe: async () => { made = null; return true; },
  };
})(%s);
"""
SHOWN = """
async () => {
  const registration = await navigator.serviceWorker.ready;
  return (await registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag }));
}
"""

pytestmark = pytest.mark.browser


@dataclass
class Phone:
    """A page, its service worker, and the push service at which it is subscribed."""

    page: Page
    cdp: CDPSession
    browser: Browser
    channels: Channels
    receipts: list[Receipt]
    url: str
    registrations: list[str] = field(default_factory=list)

    async def deliver(self) -> None:
        """Let the newest message of the push service reach the service worker."""
        await until(lambda: self.registrations and self.browser.received)
        await self.cdp.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": self.url,
                "registrationId": self.registrations[-1],
                "data": json.dumps(self.browser.received[-1]),
            },
        )

    async def shown(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = await self.page.evaluate(SHOWN)
        return found


@pytest.fixture
async def phone(home: Any, tmp_path: Path) -> AsyncIterator[Phone]:
    services, receipts = home.services, list[Receipt]()
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(push_service())
        settings = NotifySettings(push=PushConfig("mailto:it@tilleuls.example", hosts=("127.0.0.1",)))
        around = Around(services.live, home.postman, services.clock, receipts.append)
        channels = Channels(settings, Devices(services.database), tmp_path / "vapid", around)
        assert channels.push is not None
        await stack.enter_async_context(running(channels.push, well=False))
        app = create_api(replace(services, channels=channels, policy=lambda: BUILT_IN), pages=True)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        token = next(iter((await home.signed_in("ines")).cookies.items()))
        playwright = await stack.enter_async_context(async_playwright())
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await chromium.new_context(
            viewport={"width": 1280, "height": 800}, locale="fr-FR", base_url=url
        )
        await context.grant_permissions(["notifications"], origin=url)
        await context.add_cookies([{"name": token[0], "value": token[1], "url": url}])
        browser = service.subscribe()
        await context.add_init_script(SUBSCRIBE % json.dumps(browser.subscription))
        page = await context.new_page()
        made = Phone(page, await context.new_cdp_session(page), browser, channels, receipts, url)

        def registered(event: dict[str, Any]) -> None:
            made.registrations += [each["registrationId"] for each in event["registrations"]]

        made.cdp.on("ServiceWorker.workerRegistrationUpdated", registered)
        await made.cdp.send("ServiceWorker.enable")
        yield made
        await chromium.close()
        server.should_exit = True
        await serving


@pytest.mark.parametrize("home", [True], indirect=True)
async def test_a_telephone_is_subscribed_tried_told_and_removed(phone: Phone) -> None:
    page = phone.page
    await page.goto("/plus")
    element = page.locator("vv-push")
    await element.get_by_label("Nom de cet appareil").fill("Téléphone d'astreinte")
    await picture(page, "push-off")
    await element.get_by_role("button", name="Recevoir les alertes sur cet appareil").click()
    await expect(element).to_contain_text("Cet appareil reçoit vos alertes.")
    await until(lambda: phone.channels.states()["push"].well)
    await element.get_by_role("button", name="Essayer").click()
    await phone.deliver()
    await expect(element).to_contain_text("est arrivé sur cet appareil.")
    await picture(page, "push-on")
    assert [each["title"] for each in await phone.shown()] == ["Essai de Veilleuse"]

    assert phone.channels.push is not None
    told = notice("round 1", address="ines")
    await phone.channels.push.send(told)
    await phone.deliver()
    # It is shown, without a name or a value, and the hub knows it: the receipt of the log.
    await until(lambda: any(each.reference == told.id for each in phone.receipts))
    assert {"title": "Alerte haute", "body": "Ouvrez Veilleuse", "tag": told.id} in await phone.shown()
    assert [each.kind for each in phone.receipts if each.reference == told.id] == ["delivered"]

    await phone.channels.push.recall(told)
    await phone.deliver()
    over = {"title": "Alerte terminée ou prise en charge", "body": "Rien à faire", "tag": told.id}
    await until_page(page, f"({SHOWN})().then((shown) => JSON.stringify(shown).includes('Rien à faire'))")
    assert over in await phone.shown()
    assert len([each for each in await phone.shown() if each["tag"] == told.id]) == 1

    said = "Avis demandé, sous 24 h, avant le 23/11 à 14 h 02"
    asked = notice("question", address="ines", code=QUESTION_CODE, text=said)
    await phone.channels.push.send(asked)
    await phone.deliver()
    await until(lambda: any(each.reference == asked.id for each in phone.receipts))
    assert {"title": "Un avis vous est demandé", "body": said, "tag": asked.id} in await phone.shown()

    await element.get_by_role("button", name="Ne plus recevoir ici").click()
    await expect(element).to_contain_text("Cet appareil ne reçoit plus les alertes.")
    assert phone.channels.devices.all() == []


async def picture(page: Page, name: str) -> None:
    """Keep a picture by day and by night, if asked."""
    if SHOTS is None:
        return
    for theme in ("day", "night"):
        await page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        await page.screenshot(path=Path(SHOTS) / f"{name}-{theme}.png")
