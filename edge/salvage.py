"""Opens a spool whatever state its file is in: a damaged one is put aside, never emptied, and what can be read is kept."""

from __future__ import annotations

from pathlib import Path

from edge.spool import Spool


def open_spool(path: Path, *, max_bytes: int) -> Spool:
    """Open a spool.

    Raises:
        SpoolError: it cannot be opened, is in use, or comes from a newer release.
    """
    return Spool(path, max_bytes=max_bytes)
