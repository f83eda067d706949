"""Tables of wounds, their pictures and what was found of them (as `hub.store.schema`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from hub.store.schema_base import METADATA, NAME

WOUNDS = Table(
    "wounds",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("cause", String(16), nullable=False),
    Column("region", String(32), nullable=False),
    Column("begun", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("closed", BigInteger),
    Column("closed_by", NAME, nullable=False, server_default=""),
    Column("outcome", String(16), nullable=False, server_default=""),
    Index(None, "resident"),
)
"A wound: of what, where on the body map, and since when as it was said. It is closed when it is healed, or was none."

WOUND_PICTURES = Table(
    "wound_pictures",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("wound", NAME, ForeignKey("wounds.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("view", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("sharpness", Float, nullable=False),
    Column("brightness", Float, nullable=False),
    Column("clipped", Float, nullable=False),
    Column("withdrawn", BigInteger),
    Column("withdrawn_by", NAME, nullable=False, server_default=""),
    Column("withdrawn_for", Text, nullable=False, server_default=""),
    Column("image", LargeBinary, nullable=False),
    Index(None, "wound", "time"),
)
"""Photographs, each encrypted (`hub.sealing`) under `wound/id`. `digest` is of the file that came; a picture that was taken by mistake is
withdrawn and shown no more."""

WOUND_FINDINGS = Table(
    "wound_findings",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("wound", NAME, ForeignKey("wounds.id"), nullable=False),
    Column("picture", NAME, ForeignKey("wound_pictures.id")),
    Column("time", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("length_mm", Float),
    Column("width_mm", Float),
    Column("area_mm2", Float),
    Column("depth_mm", Float),
    Column("stage", String(16), nullable=False),
    Column("points", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("withdrawn", BigInteger),
    Column("withdrawn_by", NAME, nullable=False, server_default=""),
    Column("withdrawn_for", Text, nullable=False, server_default=""),
    Index(None, "wound", "time"),
)
"""What was measured and seen of a wound; rows are never changed but to withdraw one that was a mistake. `points` are those on the
picture from which the measures come, `fields` what else was seen, both JSON; `stage` and `points` are empty for none."""
