"""Homes for the browser's tests: a real hub on an event loop of its own, beside the test that drives a page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from hub import provisioning
from hub.app import Hub
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.config import BrokerSettings, Http, HubConfig

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "correct horse battery staple"
STAFF = {
    "ines": "nurse",
    "paul": "nurse",
    "benali": "physician",
    "tom": "technician",
    "cadre": "coordinator",
}
WATCH_CSP = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@cache
def _hashed() -> str:
    """Hash the password once: doing it well takes its time."""
    return Passwords().hash(PASSWORD)


class HubHome:
    """A hub with its pages and its accounts. What lives in it, a subclass says."""

    def __init__(self, folder: Path, staff: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.staff = STAFF if staff is None else staff
        self.data = provisioning.DataDirectory(folder / "hub")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="home")
        self._thread.start()
        self.call(self._start)

    @property
    def url(self) -> str:
        return self.hub.url

    def call(self, work: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> Any:
        """Run a coroutine on the home's loop, and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work(*arguments), self._loop).result(120)

    def stop(self) -> None:
        self.call(self._stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        provisioning.initialise(self.data.path, "Les Tilleuls")
        database = provisioning.open_database(self.data)
        self.furnish(database)
        database.close()
        await self.open()
        await self.begin()

    async def open(self) -> None:
        """Start the hub, with every account."""
        self.hub = Hub(HubConfig(self.data.path, Http(port=0), BrokerSettings(port=0)))
        for name, role in self.staff.items():
            password = _hashed()
            self.hub.accounts.add_user(User(name, name.title(), role, password, disabled=False, created=0))
        await self.hub.start()

    async def _stop(self) -> None:
        await self.end()
        await self.hub.stop()

    def furnish(self, database: Any) -> None:
        """Put rooms and residents into the new database."""

    async def begin(self) -> None:
        """Start what sends to the hub, which runs."""

    async def end(self) -> None:
        """Stop that."""


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Return Debian's Chromium. No autoplay flag: a page has to earn its sound, as on a real tablet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *flags])
        yield browser
        browser.close()


def tablet(browser: Browser, home: HubHome, width: int = 1280, height: int = 800) -> BrowserContext:
    """Return a tablet in front of a home's hub, which nobody has signed in at."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="fr-FR", base_url=home.url
    )
    context.add_init_script(WATCH_CSP)
    return context


def sign_in(context: BrowserContext, who: str) -> Page:
    """Sign in, and return the page of that role."""
    page = context.new_page()
    page.goto("/connexion")
    page.fill("input[name=username]", who)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(lambda url: "connexion" not in url)
    return page
