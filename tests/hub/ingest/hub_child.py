"""A hub in a process of its own, for tests that kill it: `hub_child.py DATA PORT START`."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from devices.clock import SystemClock
from hub.config import BrokerSettings, HubConfig
from hub.core import Core
from hub.health import Health
from hub.metrics import Metrics
from hub.store.timeseries_sqlite import SqliteTimeSeries


def main() -> None:
    data, port, start = sys.argv[1:]
    config = HubConfig(Path(data), broker=BrokerSettings(port=int(port), start=start))  # type: ignore[arg-type]
    # A low threshold, so that compactions are under way when the process is killed.
    core = Core(config, SystemClock(), Metrics(), Health(), lambda db: SqliteTimeSeries(db, compact=40))
    core.start()
    print("ready", flush=True)
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    told.wait()
    core.stop()


if __name__ == "__main__":
    main()
