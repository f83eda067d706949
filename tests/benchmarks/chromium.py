"""Debian's Chromium with a fake camera, driven by Playwright, for the benchmarks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from tests.integration.home import PASSWORD, USERS, Home

FLAGS = [
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


@contextmanager
def chromium(more: Sequence[str] = ()) -> Iterator[Browser]:
    """Run one browser, with more flags."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=[*FLAGS, *more]
        )
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page, home: Home, role: str) -> None:
    """Sign in on the page, as a person does."""
    username = next(name for name, its in USERS if its == role)
    page.goto(home.url)
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
