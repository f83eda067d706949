"""Documentation is tested: what it names exists, and what exists is named."""

import re
import tomllib
from pathlib import Path

import pytest

from devices.cli import HELP, load
from edge.protocols import ENTRIES

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = ["devices", "firmware_bridge", "edge", "hub", "dashboards", "deploy"]


def text(page: Path) -> str:
    return page.read_text("utf-8")


def requirements() -> set[str]:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]
    listed = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        listed += extra
    return {re.split(r"[<>=\[]", each)[0] for each in listed}


def documented() -> set[str]:
    rows = [
        line.split("|")[1]
        for line in text(ROOT / "docs/dependencies.md").splitlines()
        if line.startswith("|")
    ]
    return {re.sub(r"\(.*\)", "", name).strip() for row in rows for name in row.split(",")}


def test_every_dependency_has_its_reason() -> None:
    assert requirements() - documented() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"`veilleuse ([a-z0-9]+)", text(page)))
    assert named <= set(HELP), f"{page.name} names {sorted(named - set(HELP))}"


def test_every_command_is_in_the_readme_and_can_be_loaded() -> None:
    readme = text(ROOT / "README.md")
    for name in HELP:
        assert f"veilleuse {name}" in readme
        assert load(name) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_target_of_make_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text(page), re.MULTILINE))
    assert named <= targets, f"{page.name} names {sorted(named - targets)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_path_leads_somewhere(page: Path) -> None:
    said = text(page)
    for target in re.findall(r"\]\(([^)#]+)\)", said):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
    for path in re.findall(r"`((?:docs|tests|deploy|devices|edge|hub|dashboards)/[\w./-]+)`", said):
        if "*" not in path and "<" not in path:
            assert (ROOT / path).exists(), f"{page.name} names {path}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_says_what_lives_there(folder: str) -> None:
    for place in [ROOT / folder, *(ROOT / folder).iterdir()]:
        if (place / "__init__.py").exists():
            assert (place / "README.md").exists(), f"{place} has no README"


def test_every_protocol_has_its_row_among_the_sensors():
    rows = [
        line for line in (ROOT / "docs" / "sensors.md").read_text().splitlines() if line.startswith("| `")
    ]
    named = {name for row in rows for name in re.findall(r"`([a-z0-9-]+)`", row.split("|")[1])}
    assert named == {entry.signature.protocol for entry in ENTRIES}
