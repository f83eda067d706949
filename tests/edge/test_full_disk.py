"""A real disk that is really full: the oldest waveforms go and are told, vital signs never go, and all recovers."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from devices.wire.messages import Lane
from edge.spool import SpoolFullError
from tests.edge.support import measurement
from tests.edge.test_spool import PLACED, batch, opened, values

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What happened on a tmpfs of 12 MB, in a private mount namespace; an own user namespace when we are not root."""
    disk = tmp_path_factory.mktemp("disk")
    namespace = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    argv = [*namespace, sys.executable, str(Path(__file__).with_name("full_disk.py")), str(disk)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT, timeout=100)
    if done.returncode != 0 and "unshare" in done.stderr + done.stdout:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no mount namespace here: {done.stderr}")
        pytest.skip(f"no mount namespace here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    facts = [json.loads(line) for line in done.stdout.splitlines()]
    return {each["step"]: each for each in facts}


def test_the_oldest_curves_go_and_every_one_of_them_is_told(steps: dict[str, dict[str, Any]]) -> None:
    step = steps["curves"]
    assert step["full"]
    assert step["vital"] == list(range(step["sealed"]))
    assert step["lost"] > 0
    assert step["kept"] > 0
    assert step["lost"] + step["kept"] == 5000 * step["sealed"]


def test_vital_signs_go_on_while_there_is_any_curve_to_give_up(steps: dict[str, dict[str, Any]]) -> None:
    before, step = steps["curves"], steps["vital"]
    assert step["vital"] == list(range(step["sealed"]))
    assert step["sealed"] > before["sealed"] + 500
    if step["refused"]:
        assert step["kept"] == 0, "refused only when every curve is gone"


def test_acknowledging_works_on_the_full_disk(steps: dict[str, dict[str, Any]]) -> None:
    sealed = steps["vital"]["sealed"]
    assert steps["acknowledged"]["vital"] == list(range(sealed - 10, sealed + 20))


def test_the_edge_starts_again_on_the_full_disk(steps: dict[str, dict[str, Any]]) -> None:
    assert steps["restarted"]["vital"] == [*steps["acknowledged"]["vital"], steps["restarted"]["sealed"] - 1]


def test_with_room_the_reserve_is_back(steps: dict[str, dict[str, Any]]) -> None:
    step = steps["room"]
    assert (step["full"], step["reserve"], step["kept"]) == (False, True, 5000)


def test_a_batch_that_does_not_fit_leaves_nothing_half_done(tmp_path: Path) -> None:
    """Without any mount: SQLite itself refuses to grow."""
    spool = opened(tmp_path)
    spool._db.execute(f"PRAGMA max_page_count={spool._pragma('page_count')}")
    big = batch(*[measurement(97, 1)] * 200)
    sealed = 0
    with contextlib.suppress(SpoolFullError):
        while sealed < 10_000:
            spool.seal(big, PLACED, Lane.LIVE)
            sealed += 1
    with pytest.raises(SpoolFullError, match="disk is full"):
        spool.seal(big, PLACED, Lane.LIVE)
    assert spool.pending == sealed
    assert spool.position(Lane.LIVE).numbered == sealed
    assert len(values(spool.unacknowledged(Lane.LIVE, 0, 100_000))) == 200 * sealed
    spool.acknowledge(Lane.LIVE, sealed)
    numbered = spool.seal(batch(), PLACED, Lane.LIVE)
    assert numbered is not None
    assert numbered.seq == sealed + 1
