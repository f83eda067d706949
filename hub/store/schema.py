"""Tables of the hub's database. Every change to them is also a new file in `migrations/versions`.

Times are integers, microseconds UTC. A dated row is in force in [since, until); `until` NULL is "still".
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.schema_base import METADATA, NAME, SERIAL


def _paper() -> list[Column[Any]]:
    """Return the columns of `hub.alerting.prescriptions.Paper`: who wrote and signed it, and when it is in force."""
    return [
        Column("author", NAME),
        Column("reason", Text, nullable=False),
        Column("since", BigInteger),
        Column("until", BigInteger),
        Column("status", String(16), nullable=False, server_default="in_force"),
        Column("proposed_by", NAME, nullable=False, server_default=""),
        Column("proposed", BigInteger, nullable=False, server_default="0"),
        Column("ends", BigInteger),
        Column("review", BigInteger),
        Column("signed", BigInteger),
        Column("second_author", NAME),
        Column("second_signed", BigInteger),
        Column("ended_by", NAME),
        Column("ended_reason", Text),
        Column("settled", BigInteger),
        Column("begins", BigInteger),
        Column("followed_by", NAME),
    ]


HOME = Table(
    "home",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
)

ROOMS = Table(
    "rooms",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("name", Text, nullable=False),
)

RESIDENTS = Table(
    "residents",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("family_name", Text, nullable=False),
    Column("given_name", Text, nullable=False),
    Column("birth_year", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
)

EDGES = Table(
    "edges",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("key_version", Integer, nullable=False),
    Column("enrolled", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Column("last_seen", BigInteger),
)

STAYS = Table(
    "stays",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("room", NAME, ForeignKey("rooms.id"), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Index(None, "resident"),
    Index(None, "room"),
)

PLACEMENTS = Table(
    "placements",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("edge", NAME, ForeignKey("edges.id"), nullable=False),
    Column("room", NAME, ForeignKey("rooms.id"), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Index(None, "edge"),
    Index(None, "room"),
)

LIMITS = Table(
    "limits",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("metric", NAME, nullable=False),
    Column("low", Float),
    Column("high", Float),
    Column("delay", Float, nullable=False),
    Column("hysteresis", Float, nullable=False),
    Column("gap", Float, nullable=False),
    Column("area", Float, nullable=False, server_default="0"),
    Column("priority", String(8), nullable=False),
    *_paper(),
    Index(None, "resident"),
    Index(None, "status"),
)
"Prescribed limits (hub.store.prescribing). One that was never in force has no `since`."

RESIDENT_SETTINGS = Table(
    "resident_settings",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("profile", NAME, nullable=False),
    Column("spo2_scale", Integer, nullable=False),
    Column("on_oxygen", Boolean),
    Column("usual_score", Integer),
    *_paper(),
    Index(None, "resident"),
    Index(None, "status"),
)
"Profile, NEWS2 scale and what is usual for a resident, each change with who signed it."

PAPER_STEPS = Table(
    "paper_steps",
    METADATA,
    Column("paper", NAME, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("act", String(16), nullable=False),
    Column("author", NAME, nullable=False),
    Column("reason", Text, nullable=False),
)
"What was done to a prescription or to a change of settings; never changed."

CURSORS = Table(
    "cursors",
    METADATA,
    Column("edge", NAME, primary_key=True),
    Column("spool", NAME, primary_key=True),
    Column("lane", String(8), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("id", String(200), primary_key=True),
    Column("code", String(32), nullable=False),
    Column("priority", String(8), nullable=False),
    Column("edge", NAME, nullable=False),
    Column("resident", NAME),
    Column("onset", BigInteger, nullable=False),
    Column("raised", BigInteger, nullable=False),
    Column("sensor", NAME),
    Column("metric", NAME),
    Column("value", Float),
    Column("limit", Float),
    Column("limit_id", NAME),
    Column("cleared", BigInteger),
    Column("condition", String(16), nullable=False),
    Column("response", String(16), nullable=False),
    Column("suppression", String(16), nullable=False),
    Column("latched", Boolean, nullable=False),
    Column("taken_by", NAME),
    Column("detail", Text, nullable=False, server_default=""),
    Column("muted_by", String(32)),
    Column("muted_until", BigInteger),
    Index(None, "raised"),
    Index(None, "resident", "raised"),
    Index(None, "condition", "latched", "response"),
)

TRANSITIONS = Table(
    "transitions",
    METADATA,
    Column("alert", String(200), ForeignKey("alerts.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("event", String(16), nullable=False),
    Column("author", NAME, nullable=False),
    Column("reason", Text, nullable=False),
)

SUPPRESSORS = Table(
    "suppressors",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("author", NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("alert", String(200), nullable=False),
    Column("edge", NAME, nullable=False),
    Column("sensor", NAME, nullable=False),
    Column("resident", NAME),
    Column("ended", BigInteger),
    Column("ended_by", NAME, nullable=False),
    Column("ended_reason", Text, nullable=False),
    Index(None, "ended"),
)

DEEDS = Table(
    "deeds",
    METADATA,
    Column("author", NAME, primary_key=True),
    Column("key", NAME, primary_key=True),
    Column("action", String(32), nullable=False),
    Column("target", String(200), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("result", String(32), nullable=False),
    Index(None, "time"),
)
"What was asked for under a key, so that asking again does nothing."

RULE_STATES = Table(
    "rule_states",
    METADATA,
    Column("subject", NAME, primary_key=True),
    Column("limit_id", NAME, primary_key=True),
    Column("crossed", BigInteger),
    Column("last", BigInteger),
    Column("active", Boolean, nullable=False),
    Column("area", Float, nullable=False, server_default="0"),
)

RULE_MEMORIES = Table(
    "rule_memories",
    METADATA,
    Column("subject", NAME, primary_key=True),
    Column("rule_id", NAME, primary_key=True),
    Column("body", Text, nullable=False),
)

USERS = Table(
    "users",
    METADATA,
    Column("username", NAME, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("username", NAME, ForeignKey("users.username"), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Index(None, "username"),
)

CALLS = Table(
    "calls",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("edge", NAME, ForeignKey("edges.id"), nullable=False),
    Column("caller", NAME, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("requested", BigInteger, nullable=False),
    Column("answered", BigInteger),
    Column("ended", BigInteger),
    Index(None, "resident", "requested"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("actor", NAME, nullable=False),
    Column("action", NAME, nullable=False),
    Column("object", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "time"),
    Index(None, "object"),
)

LOSSES = Table(
    "losses",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("edge", NAME, nullable=False),
    Column("resident", NAME, nullable=False),
    Column("metric", NAME, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("reason", NAME, nullable=False),
    Column("received", BigInteger, nullable=False),
    Index(None, "resident", "since"),
)
"What an edge had to let go."

QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("edge", NAME, nullable=False),
    Column("spool", NAME, nullable=False),
    Column("lane", String(8), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"Authentic envelopes that the hub does not understand: kept as they came, so that the lane behind them moves on."

# ---- sensors, and whose they are (hub.store.sensors) ----

SENSORS = Table(
    "sensors",
    METADATA,
    Column("edge", NAME, primary_key=True),
    Column("sensor", NAME, primary_key=True),
    Column("protocol", NAME, nullable=False),
    Column("address", Text, nullable=False),
    Column("personal", Boolean, nullable=False),
    Column("continuous", Boolean, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("first_heard", BigInteger, nullable=False),
    Column("link", String(16), nullable=False),
    Column("cause", String(16), nullable=False),
    Column("flags", Integer, nullable=False),
    Column("since", BigInteger),
    Column("last", BigInteger),
    Column("seen", BigInteger),
    Column("battery", Integer),
    Column("rssi", Integer),
    Column("detail", Text, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Index(None, "address"),
)
"What an edge last said of each of its sensors, so that why one is silent can be told without a running hub."

ASSIGNMENTS = Table(
    "assignments",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("edge", NAME, nullable=False),
    Column("sensor", NAME, nullable=False),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("paired", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_by", NAME),
    Column("ended_reason", Text),
    Index(None, "edge", "sensor"),
    Index(None, "resident"),
)
"""Whose a personal sensor is in [since, until). `paired` is when it became so for the hub: what a meter has stored
from before is refused."""

REFUSALS = Table(
    "refusals",
    METADATA,
    Column("edge", NAME, primary_key=True),
    Column("sensor", NAME, primary_key=True),
    Column("resident", NAME, primary_key=True),
    Column("metric", NAME, primary_key=True),
    Column("reason", NAME, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
)
"Stored records that were kept under nobody, and why. `first` and `last` are the records' own times."

EVENTS = Table(
    "events",
    METADATA,
    Column("edge", NAME, primary_key=True),
    Column("sensor", NAME, primary_key=True),
    Column("identity", String(128), primary_key=True),
    Column("resident", NAME, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("value", Float),
    Column("detail", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("late", Boolean, nullable=False),
    Index(None, "resident", "time"),
)
"What happened once, each once. Resident '' is nobody."

# ---- what a technician did: sensors given to edges, edges to be enrolled (hub.store.given, hub.store.enrolments) ----

GIVEN = Table(
    "given",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("edge", NAME, ForeignKey("edges.id"), nullable=False),
    Column("sensor", NAME, nullable=False),
    Column("protocol", NAME, nullable=False),
    Column("address", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("author", NAME, nullable=False),
    Index(None, "edge", "sensor"),
)
"Sensors that the hub gives to an edge beside those of the edge's own file, in [since, until)."

ENROLMENTS = Table(
    "enrolments",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("salt", LargeBinary(16), nullable=False),
    Column("room", NAME, ForeignKey("rooms.id"), nullable=False),
    Column("edge", NAME, nullable=False),
    Column("author", NAME, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Column("used", BigInteger),
    Column("key_version", Integer),
    Column("confirmed", BigInteger),
    Index(None, "expires"),
)
"""One-time codes with which an edge fetches its keys. The code itself is nowhere: it is derived from `salt` and the
hub's master secret, so a copied database opens nothing."""

VERDICTS = Table(
    "verdicts",
    METADATA,
    Column("edge", NAME, primary_key=True),
    Column("subject", NAME, primary_key=True),
    Column("occurrence", String(128), primary_key=True),
    Column("resident", NAME, nullable=False),
    Column("onset", BigInteger, nullable=False),
    Column("acknowledged", BigInteger),
    Column("body", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("answered", Boolean, nullable=False),
    Index(None, "edge", "onset"),
)
"What edges judged by themselves, as JSON. `subject` is a limit or, for an event, its sensor."

WINDOWS = Table(
    "windows",
    METADATA,
    Column("edge", NAME, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("touched", BigInteger, nullable=False),
)
"Stretches of time that the hub has to look back at (hub.ingest.hindsight)."

DIFFERENCES = Table(
    "differences",
    METADATA,
    Column("edge", NAME, primary_key=True),
    Column("limit_id", NAME, primary_key=True),
    Column("onset", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), primary_key=True),
    Column("resident", NAME, nullable=False),
    Column("found", BigInteger, nullable=False),
    Column("theirs", Text, nullable=False),
    Column("ours", Text, nullable=False),
    Index(None, "found"),
)
"Where an edge judged otherwise than the hub; both sides as JSON, empty for none."

# ---- what people enter by hand (hub.store.spot_checks) ----

SPOT_CHECKS = Table(
    "spot_checks",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("key", NAME, nullable=False),
    Column("resident", NAME, ForeignKey("residents.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("entered", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("spo2_scale", Integer, nullable=False),
    Column("readings", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Index(None, "resident", "time"),
    Index(None, "time"),
)
"Sets of observations, every version of each; the last one holds. `readings` is JSON."

VOIDED = Table(
    "voided",
    METADATA,
    Column("resident", NAME, primary_key=True),
    Column("metric", NAME, primary_key=True),
    Column("time", BigInteger, primary_key=True, autoincrement=False),
)
"Points of the time series that somebody took back."

NOTES = Table(
    "notes",
    METADATA,
    Column("id", NAME, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("key", NAME, nullable=False),
    Column("resident", NAME, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("entered", BigInteger, nullable=False),
    Column("author", NAME, nullable=False),
    Column("data", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Index(None, "time"),
)
"Notes of a shift for the next one, every version of each; resident '' is the whole ward."

RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("reader", NAME, primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("read", BigInteger, nullable=False),
)
"Who has read the hand-over of the shift that began at `since`, and when first."

# ---- embedded time series (hub.store.timeseries_sqlite) ----

HEAD = Table(
    "head",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("resident", NAME, nullable=False),
    Column("edge", NAME, nullable=False),
    Column("count", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "resident", "edge"),
)
"One row per edge, resident and commit: its observations as JSON, until they are compacted. Resident '' is nobody."

SERIES = Table(
    "series",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("resident", NAME, nullable=False),
    Column("metric", NAME, nullable=False),
    Column("edge", NAME, nullable=False),
    Column("sensor", NAME, nullable=False),
    UniqueConstraint("resident", "metric", "edge", "sensor"),
)

CHUNKS = Table(
    "chunks",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("series", BigInteger, ForeignKey("series.id"), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "series", "last", "first"),
)
"Points of one series, sorted by time and compressed (hub.store.chunks); chunks may overlap in time."

WAVEFORMS = Table(
    "waveforms",
    METADATA,
    Column("id", SERIAL, primary_key=True),
    Column("resident", NAME, nullable=False),
    Column("metric", NAME, nullable=False),
    Column("edge", NAME, nullable=False),
    Column("sensor", NAME, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("rate", Float, nullable=False),
    Column("scale", Float, nullable=False),
    Column("flags", Integer, nullable=False),
    Column("samples", LargeBinary, nullable=False),
    Index(None, "resident", "metric", "time"),
)
"Blocks of signed 16-bit little-endian samples."
