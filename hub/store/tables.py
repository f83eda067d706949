"""Every table of the database; who needs all of them asks here, so that none is forgotten."""

from __future__ import annotations

from sqlalchemy import MetaData

from hub.store import (
    schema,
    schema_acts,
    schema_care,
    schema_consult,
    schema_dossier,
    schema_papers,
    schema_slots,
    schema_telling,
    schema_triage,
    schema_wounds,
)
from hub.store.schema_base import METADATA

MODULES = (
    schema,
    schema_acts,
    schema_care,
    schema_dossier,
    schema_telling,
    schema_consult,
    schema_triage,
    schema_papers,
    schema_wounds,
    schema_slots,
)
"Importing them is what puts their tables into the metadata."


def metadata() -> MetaData:
    """Return the metadata with every table."""
    return METADATA
