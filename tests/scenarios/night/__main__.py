"""`make night`: one night as a page, or several as a summary."""

from __future__ import annotations

import argparse
import gc
import sys
import time

from tests.scenarios.night.figures import Figures, figures
from tests.scenarios.night.page import page, summary
from tests.scenarios.night.plan import plan
from tests.scenarios.night.rules import default
from tests.scenarios.night.ward import run


def main() -> int:
    """Run what the command line asks for."""
    asked = _arguments()
    # Millions of small objects without cycles: the collector would look at all of them again and again.
    gc.disable()
    found: list[Figures] = []
    for seed in range(asked.seed, asked.seed + asked.seeds):
        started = time.monotonic()
        outcome = run(plan(seed, asked.residents, asked.hours), default())
        found.append(figures(outcome))
        wall = time.monotonic() - started
        if asked.seeds == 1 and not asked.digest:
            print(page(outcome, found[-1], wall))
        elif not asked.digest:
            print(f"tirage {seed} : {wall:.0f} s, {found[-1]}", file=sys.stderr, flush=True)
        if asked.digest:
            print(outcome.digest)
    if asked.seeds > 1:
        print(summary(found))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make night", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="so many nights, one after the other")
    parser.add_argument("--residents", type=int, default=75)
    parser.add_argument("--hours", type=float, default=12.0)
    parser.add_argument("--digest", action="store_true", help="print the hash of the log alone")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
