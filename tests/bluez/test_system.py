"""The edge against real bluetoothd and the real kernel Bluetooth stack. One guest runs all tests of `inner`.

Each of them is a test here too, so that a failure names it: `pytest -m bluez -k glucose` boots a guest for those alone.
Without what the guest needs the tests fail; nothing is skipped.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bluez import guest

# All of them may have to wait for one guest, and the first guest of a machine for its kernel.
pytestmark = [pytest.mark.bluez, pytest.mark.timeout(guest.PROVIDING + guest.LIMIT)]

INNER = guest.HERE / "inner"

EACH = 240
"Seconds of one test in the guest."


def inner_tests() -> list[str]:
    """Return the tests in `inner` by file and name; they are not imported, since they import nothing that is here."""
    return [
        f"{path.name}::{node.name}"
        for path in sorted(INNER.glob("test_*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]


@dataclass(frozen=True)
class Result:
    """How one test ended in the guest."""

    passed: bool
    text: str


def read_results(told: Path) -> dict[str, Result]:
    """Return the results that the guest has told, by file and name; `inner/conftest.py` writes a line for each step."""
    found: dict[str, Result] = {}
    called: set[str] = set()
    for line in told.read_text(encoding="utf-8").splitlines():
        step = json.loads(line)
        name = step["name"]
        before = found.get(name, Result(True, ""))
        found[name] = Result(before.passed and step["passed"], before.text + step["text"] + step["said"])
        called |= {name} if step["called"] else set()
    # A test that the guest's end broke off was prepared and never ended.
    return {name: result for name, result in found.items() if name in called or not result.passed}


class GuestRun:
    """One guest's run of some inner tests."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self.results: dict[str, Result] = {}
        self.fault = ""

    def run(self, heard: Path | None) -> None:
        """Boot, run, and read the results; what goes wrong is kept for the tests to tell."""
        with guest.shared_folder() as shared:
            try:
                machine = guest.Machine.provide()
                outcome = guest.run(machine, self._command(), shared, heard=_show)
                self.fault = f"pytest in the guest ended with {outcome.status}"
            except guest.GuestError as error:
                self.fault = str(error)
            if (shared / "results.jsonl").exists():
                self.results = read_results(shared / "results.jsonl")
            if heard is not None:
                _keep(shared, heard)

    def _command(self) -> list[str]:
        return [
            *("python", "-m", "pytest", "-p", "no:cacheprovider", "-v", "--tb=short", "-rP"),
            f"--timeout={EACH}",
            *(str(INNER / name) for name in self._names),
        ]


def _show(text: str) -> None:
    # Past pytest's capture: minutes without a word look like a machine that hangs.
    sys.__stderr__.write(text)
    sys.__stderr__.flush()


def _keep(shared: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("output", "console", "bluetoothd.log", "results.jsonl"):
        if (shared / name).exists():
            (folder / name).write_bytes((shared / name).read_bytes())


@pytest.fixture(scope="module")
def guest_run(request: pytest.FixtureRequest) -> GuestRun:
    wanted = [
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path and hasattr(item, "callspec")
    ]
    run = GuestRun(wanted)
    kept = os.environ.get("VEILLEUSE_BLUEZ_RESULTS")
    run.run(Path(kept) if kept else None)
    return run


@pytest.mark.parametrize("name", inner_tests())
def test_in_the_guest(guest_run: GuestRun, name: str) -> None:
    result = guest_run.results.get(name)
    assert result is not None, f"{name} did not run: {guest_run.fault}"
    assert result.passed, f"{name} failed in the guest:\n{result.text}"
    for line in result.text.splitlines():
        if line.startswith("FIGURE"):
            _show(line + "\n")
