"""Rules of the pages' sources that no compiler checks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dashboards import server

ROOT = Path(__file__).parent.parent.parent / "dashboards"
PAGES = sorted(ROOT.glob("*.html"))
SOURCES = sorted((ROOT / "src").rglob("*.ts"))


def test_each_served_page_has_a_source() -> None:
    assert {*server.PAGES.values(), server.ROOM_PAGE} == {page.name for page in PAGES}


def test_the_bottom_line_leads_only_to_pages_that_are_there() -> None:
    text = (ROOT / "src" / "ui" / "nav.ts").read_text()
    addresses = dict(re.findall(r'(\w+): "(/\w+)"', text))
    landed = re.search(r"LANDED: readonly Place\[\] = \[([^\]]*)\]", text)
    assert landed is not None
    places = re.findall(r'"(\w+)"', landed[1])
    assert "ward" in places
    assert {addresses[place] for place in places} <= set(server.PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_needs_nothing_that_the_policy_refuses(page: Path) -> None:
    text = page.read_text()
    assert 'lang="fr"' in text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)
    assert not re.search(r"https?://", text)


def test_no_text_from_data_becomes_markup() -> None:
    for source in SOURCES:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|unsafeHTML|unsafeSVG|document\.write", source.read_text()
        ), source


def test_no_page_speaks_to_another_host() -> None:
    for source in SOURCES:
        hosts = re.findall(r"(?:https?|wss?)://[\w.-]+", source.read_text())
        assert set(hosts) <= {"http://www.w3.org"}, source


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert lock["packages"]
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]


def test_the_manifest_can_be_installed() -> None:
    manifest = json.loads((ROOT / "public" / "manifest.webmanifest").read_text())
    assert manifest["display"] == "standalone"
    assert manifest["start_url"] in server.PAGES
    sizes = {icon["sizes"] for icon in manifest["icons"]}
    assert {"192x192", "512x512"} <= sizes
    for icon in manifest["icons"]:
        assert (ROOT / "public" / icon["src"].lstrip("/")).is_file()
