"""What is counted of calls, for `/metrics`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, Histogram
from prometheus_client import Counter as Metric

DELAYS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"Seconds; the aim is that 99 of 100 signals pass within 0.1."


class CallCounts:
    """Counters that work before anybody registers them."""

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        "Signals that changed nothing, by reason."
        self._dropped: Metric | None = None
        self._delay: Histogram | None = None

    def register(
        self, registry: CollectorRegistry, calls: Callable[[], float], people: Callable[[], float]
    ) -> None:
        """Show them in the hub's metrics."""
        self._dropped = Metric(
            "veilleuse_call_signals_dropped",
            "Signals of calls that changed nothing, by reason.",
            ["reason"],
            registry=registry,
        )
        self._delay = Histogram(
            "veilleuse_call_signal_seconds",
            "Time a signal spends in the hub, by its way.",
            ["way"],
            buckets=DELAYS,
            registry=registry,
        )
        Gauge("veilleuse_calls_open", "Calls that are not over.", registry=registry).set_function(calls)
        Gauge(
            "veilleuse_call_participants", "People in calls, beside residents.", registry=registry
        ).set_function(people)

    def drop(self, reason: str) -> None:
        """Count a signal that changed nothing."""
        self.dropped[reason] += 1
        if self._dropped is not None:
            self._dropped.labels(reason).inc()

    def passed(self, way: str, seconds: float) -> None:
        """Count a signal that was passed on: `to_room`, `to_page` or `between_pages`."""
        if self._delay is not None:
            self._delay.labels(way).observe(seconds)
