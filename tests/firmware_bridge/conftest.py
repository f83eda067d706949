"""The node's core, compiled for this machine once for all tests."""

from __future__ import annotations

import ctypes

import pytest

from tests.firmware_bridge.host_board import build_library


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    return build_library(tmp_path_factory.mktemp("board"))
