"""What the interface is made with; the composition root fills it in."""

from __future__ import annotations

from dataclasses import dataclass

from devices.clock import Clock
from hub.api.metrics import ApiMetrics


@dataclass(frozen=True, slots=True)
class Services:
    """Everything behind the interface."""

    clock: Clock
    metrics: ApiMetrics
