"""Errors of the stores.

VeilleuseError
└── StoreError             the store cannot do what was asked
    ├── StoreVersionError  the database was written by a newer release
    ├── StoreUnavailableError   it cannot be reached or written now; the same call may succeed later
    └── StoreRefusedError       it will never take this; trying again is of no use
"""

from __future__ import annotations

from devices.errors import VeilleuseError


class StoreError(VeilleuseError):
    """A store cannot do what was asked."""


class StoreVersionError(StoreError):
    """The database was written by a newer release of Veilleuse."""


class StoreUnavailableError(StoreError):
    """The store cannot be reached or written now."""


class StoreRefusedError(StoreError):
    """The store will never take this data."""
