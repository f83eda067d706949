"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No property is a matter of speed: a busy machine must not fail one. In CI the examples are the same every time.
settings.register_profile(
    "veilleuse",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("veilleuse")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def cases() -> Path:
    """Real recordings and vectors; they stay outside the repository."""
    folder = ROOT.parent / "shared" / "cases"
    if folder.is_dir():
        return folder
    if os.environ.get("CI") == "true":
        pytest.fail(f"{folder} is missing, and CI must run against it")
    pytest.skip("recorded cases are not beside this checkout")
