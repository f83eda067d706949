"""Fixtures every test may use."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import leftovers

# No property is a matter of speed: a busy machine must not fail one. In CI the examples are the same every time.
settings.register_profile(
    "veilleuse",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("veilleuse")

ROOT = Path(__file__).parent.parent


PATIENCE = 60_000
"Milliseconds in which a page shows what is expected: not what a resident is promised, but what a busy machine needs."


def pytest_configure(config: pytest.Config) -> None:
    """Let what this run leaves behind be found; the processes that it shares its tests with are part of it."""
    leftovers.watch(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give pages time; only where there are any, because Playwright takes a while to load."""
    if any(item.get_closest_marker("browser") or item.get_closest_marker("network") for item in items):
        for name in ("playwright.async_api", "playwright.sync_api"):
            importlib.import_module(name).expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def cases() -> Path:
    """Real recordings and vectors; they stay outside the repository."""
    folder = ROOT.parent / "shared" / "cases"
    if folder.is_dir():
        return folder
    if os.environ.get("CI") == "true":
        pytest.fail(f"{folder} is missing, and CI must run against it")
    pytest.skip("recorded cases are not beside this checkout")
