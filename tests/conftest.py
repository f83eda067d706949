"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
