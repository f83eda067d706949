"""What the interface counts, for `/metrics`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class ApiMetrics:
    """The interface's own counters, in the hub's registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.problems = Counter(
            "veilleuse_api_problems",
            "Requests answered with an error, by its code.",
            ["code"],
            registry=registry,
        )
        self.signins = Counter(
            "veilleuse_api_signins",
            "Attempts to sign in, by what came of them.",
            ["outcome"],
            registry=registry,
        )
        self.subscribers = Gauge(
            "veilleuse_live_subscribers", "Screens on the live stream.", ["role"], registry=registry
        )
        self.resynchronised = Counter(
            "veilleuse_live_resynchronised",
            "Screens that fell behind and were given a new snapshot.",
            registry=registry,
        )
