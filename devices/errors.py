"""Errors every room shares.

VeilleuseError
├── DecodeError        bytes from a device or a peer do not follow the format they claim to
├── WireError          a message between edge and hub is malformed, unauthentic or not for us
└── ConfigError        a configuration file, setting or command line is wrong
"""

from __future__ import annotations


class VeilleuseError(Exception):
    """Root of every error that Veilleuse raises on purpose."""


class DecodeError(VeilleuseError, ValueError):
    """Bytes from a device do not follow the format they claim to."""


class WireError(VeilleuseError, ValueError):
    """A message between edge and hub is refused; `reason` is also the metric's label."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ConfigError(VeilleuseError):
    """A configuration names a thing that is missing, unknown or out of range."""
