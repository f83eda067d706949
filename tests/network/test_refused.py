"""A relay that refuses, because the secret is another one or the names have ended: both sides are told why there is no picture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Page

from tests.network.conftest import Browsers, Call, visit
from tests.network.house import House
from tests.network.people import accept, within
from tests.network.people import call as ring
from tests.network.spaces import World

pytestmark = [pytest.mark.network, pytest.mark.timeout(180)]


@pytest.fixture(params=["wrong", "expired"])
def refused(
    request: pytest.FixtureRequest,
    networks: World,
    browsers: Browsers,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Call]]:
    kind = request.param
    folder = tmp_path_factory.mktemp(kind)
    house = House(folder, networks, expired=kind == "expired", foreign_secret=kind == "wrong")
    try:
        house.start()
        for made in visit(house, browsers):
            yield kind, made
    finally:
        house.stop()


WORDS = {"wrong": "le relais refuse le boîtier", "expired": "l'accès au relais est échu"}
ROOM = "n'a pas pu s'établir"


def test_a_relay_that_refuses_is_told_on_both_sides(refused: tuple[str, Call]) -> None:
    kind, call = refused
    ring(call.physician)
    accept(call.screen)
    began = time.monotonic()
    for page, said in ((call.physician, WORDS[kind]), (call.screen, ROOM)):
        within(page, f"{kind} is explained", partial(explained, page, said), 40)
    print(f"{kind} credentials: explained {time.monotonic() - began:.1f} s after the room accepted")
    assert call.screen.locator(".lamp").count() == 0


def explained(page: Page, said: str) -> bool:
    """Tell whether a page says this, in whatever inner page."""
    text: str = page.evaluate(TEXT)
    return said in text.replace("\u2019", "'")


TEXT = """() => {
  const of = (root) => [...root.childNodes].map((one) =>
    one.nodeType === Node.TEXT_NODE ? one.textContent : one.shadowRoot ? of(one.shadowRoot) + of(one) : of(one)).join(" ");
  return of(document.body);
}"""
