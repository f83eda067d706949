"""Fields of a configuration that must lie in a range. Pure."""

from __future__ import annotations

from devices.errors import ConfigError


def in_range(name: str, value: float, low: float, high: float) -> None:
    """Check a field.

    Raises:
        ConfigError: it lies outside; the text names field, value and range.
    """
    if not low <= value <= high:
        raise ConfigError(f"{name} is {value:g}, expected {low:g} to {high:g}")
