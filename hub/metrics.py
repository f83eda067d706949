"""What the hub counts of its ingest and storage, for Prometheus."""

from __future__ import annotations

import re
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REASONS = (
    "topic",
    "unknown_edge",
    "size",
    "form",
    "mac",
    "schema",
    "edge",
    "lane",
    "range",
    "waveform",
    "place",
    "hole",
    "overflow",
)
"Why a message was refused; every one is shown from the start, so that a graph has no gap where nothing happened."

OUTCOMES = ("equal", "edge_only", "hub_only", "other_onset", "other_end", "other_limit")
"What comparing an edge's verdict came to."

_MAX_EDGE_COUNTS = 100
_COUNT_NAME = re.compile("[a-z0-9_]{1,64}")
"Bounds what an edge gone wrong can make the hub remember and show."


class Metrics:
    """The hub's registry and what ingest and stores write into it."""

    def __init__(self) -> None:
        """Make a registry of its own, so that several hubs live in one test process."""
        self.registry = CollectorRegistry()
        self._count_what_comes()
        self._count_what_is_stored()
        self._watch_the_broker()
        self._edge_counts = self._gauge(
            "edge_counts",
            "What an edge refused, lost or repeated since it started, as its heartbeats say.",
            "edge",
            "name",
        )
        self.skew = self._gauge("edge_skew_seconds", "How far an edge's clock is ahead of the hub's.", "edge")

    def _count_what_comes(self) -> None:
        self.refused = self._counter(
            "refused_messages", "Messages from edges that were not taken, by reason.", "reason"
        )
        for reason in REASONS:
            self.refused.labels(reason)
        self.duplicates = self._counter("duplicate_envelopes", "Envelopes that were on the disk already.")
        self.envelopes = self._counter("envelopes", "Envelopes made durable.")
        self.observations = self._counter("observations", "Observations made durable.")
        self.unassigned = self._counter(
            "unassigned_observations", "Observations of an edge that stood in nobody's room."
        )
        self.quarantined = self._counter(
            "quarantined_envelopes", "Authentic envelopes that were kept without being understood."
        )
        self.verdicts = self._counter(
            "compared_verdicts",
            "Verdicts of edges compared with the hub's own on the same measurements, by outcome.",
            "outcome",
        )
        for outcome in OUTCOMES:
            self.verdicts.labels(outcome)
        self.lag_seconds = self._histogram(
            "lag_seconds",
            "From an envelope's sending to its commit, of the oldest live one of each transaction.",
            (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60),
        )

    def _count_what_is_stored(self) -> None:
        self.inbox = self._gauge("inbox_messages", "Messages waiting for the writer.")
        self.commits = self._counter("commits", "Transactions of the writer.")
        self.commit_failures = self._counter(
            "commit_failures", "Transactions that failed and were tried again."
        )
        self.commit_seconds = self._histogram(
            "commit_seconds",
            "Duration of the writer's transactions.",
            (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5),
        )
        self.store_refused = self._counter(
            "store_refused_batches", "Batches that the time-series store will never take; kept in quarantine."
        )
        self.alert_transitions = self._counter("alert_transitions", "Steps in the lives of alerts.")
        self.task_failures = self._counter(
            "task_failures", "Tasks of the hub that ended and were started again, by name.", "task"
        )

    def _watch_the_broker(self) -> None:
        self.broker_connections = self._counter(
            "broker_connections", "Times the hub connected to the broker."
        )
        self.broker_starts = self._counter("broker_starts", "Times the hub started its broker.")
        self.broker_dropped = self._gauge(
            "broker_dropped_messages", "Messages that the broker says it dropped."
        )

    def edge_counts(self, edge: str, counts: Mapping[str, int]) -> None:
        """Show what an edge counted."""
        for name in sorted(counts)[:_MAX_EDGE_COUNTS]:
            if _COUNT_NAME.fullmatch(name):
                self._edge_counts.labels(edge, name).set(counts[name])

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"veilleuse_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"veilleuse_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"veilleuse_{name}", text, buckets=buckets, registry=self.registry)
