"""`make cover`: every branch of the pure packages of the alarm chain, by the tests of these packages alone.

Which packages are pure says the contract "codecs and engines are sans-I/O" of `pyproject.toml`; those of the alarm chain
are the ones below. A branch that only a whole hub happens to walk through is not tested by it, so only their own tests run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = "codecs and engines are sans-I/O"
CHAIN = (
    "hub.alerting",
    "hub.notify",
    "devices.limits",
    "devices.occurrences",
    "edge.alarms",
    "edge.pipeline",
)
TESTS = (
    "tests/hub/alerting",
    "tests/hub/notify/test_budget.py",
    "tests/hub/notify/test_channel_configuration.py",
    "tests/hub/notify/test_email_channel.py",
    "tests/hub/notify/test_espa.py",
    "tests/hub/notify/test_espa_master.py",
    "tests/hub/notify/test_gsm_modem.py",
    "tests/hub/notify/test_push_channel.py",
    "tests/hub/notify/test_push_message.py",
    "tests/hub/notify/test_reach.py",
    "tests/hub/notify/test_sms_pdu.py",
    "tests/hub/notify/test_trying.py",
    "tests/hub/notify/test_wording.py",
    "tests/devices/test_limits.py",
    "tests/edge/test_alarms.py",
    "tests/edge/test_pipeline.py",
)


def modules() -> list[str]:
    """Return the pure modules of the alarm chain, as the contract names them."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    [contract] = [each for each in read["tool"]["importlinter"]["contracts"] if each["name"] == CONTRACT]
    return [name for name in contract["source_modules"] if name.startswith(CHAIN)]


def pattern(module: str) -> str:
    """Return which files a module is."""
    path = module.replace(".", "/")
    return f"{path}/*" if (ROOT / path).is_dir() else f"{path}.py"


def main() -> int:
    """Run the tests, print what is not walked through, and fail when anything is."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "coverage"
        settings.write_text("[run]\nbranch = true\n[report]\nfail_under = 100\nshow_missing = true\n")
        coverage = [sys.executable, "-m", "coverage"]
        around = os.environ | {"COVERAGE_FILE": str(Path(folder) / "data")}
        include = "--include=" + ",".join(map(pattern, modules()))
        asked = [
            *coverage,
            "run",
            f"--rcfile={settings}",
            include,
            "-m",
            "pytest",
            "-q",
            "-m",
            "not kill",
            *TESTS,
        ]
        ran = subprocess.run(asked, cwd=ROOT, env=around, check=False).returncode
        told = subprocess.run(
            [*coverage, "report", f"--rcfile={settings}"], cwd=ROOT, env=around, check=False
        ).returncode
    return ran or told


if __name__ == "__main__":
    raise SystemExit(main())
