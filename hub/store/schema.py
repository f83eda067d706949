"""Tables of the hub's database. Every change to them is also a new file in `migrations/versions`.

Times are integers, microseconds UTC. A dated row is in force in [since, until); `until` NULL is "still".
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"Names are fixed so that a migration can name what it alters on any engine."

_NAME = String(64)
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")
"SQLite numbers rows by itself only when the type is exactly INTEGER."

HOME = Table(
    "home",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
)

ROOMS = Table(
    "rooms",
    METADATA,
    Column("id", _NAME, primary_key=True),
    Column("name", Text, nullable=False),
)

RESIDENTS = Table(
    "residents",
    METADATA,
    Column("id", _NAME, primary_key=True),
    Column("family_name", Text, nullable=False),
    Column("given_name", Text, nullable=False),
    Column("birth_year", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
)

EDGES = Table(
    "edges",
    METADATA,
    Column("id", _NAME, primary_key=True),
    Column("key_version", Integer, nullable=False),
    Column("enrolled", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Column("last_seen", BigInteger),
)

STAYS = Table(
    "stays",
    METADATA,
    Column("id", _SERIAL, primary_key=True),
    Column("resident", _NAME, ForeignKey("residents.id"), nullable=False),
    Column("room", _NAME, ForeignKey("rooms.id"), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Index(None, "resident"),
    Index(None, "room"),
)

PLACEMENTS = Table(
    "placements",
    METADATA,
    Column("id", _SERIAL, primary_key=True),
    Column("edge", _NAME, ForeignKey("edges.id"), nullable=False),
    Column("room", _NAME, ForeignKey("rooms.id"), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Index(None, "edge"),
    Index(None, "room"),
)

LIMITS = Table(
    "limits",
    METADATA,
    Column("id", _NAME, primary_key=True),
    Column("resident", _NAME, ForeignKey("residents.id"), nullable=False),
    Column("metric", _NAME, nullable=False),
    Column("low", Float),
    Column("high", Float),
    Column("delay", Float, nullable=False),
    Column("hysteresis", Float, nullable=False),
    Column("gap", Float, nullable=False),
    Column("priority", String(8), nullable=False),
    Column("author", _NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Index(None, "resident"),
)

CURSORS = Table(
    "cursors",
    METADATA,
    Column("edge", _NAME, primary_key=True),
    Column("spool", _NAME, primary_key=True),
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
    Column("edge", _NAME, nullable=False),
    Column("resident", _NAME),
    Column("onset", BigInteger, nullable=False),
    Column("raised", BigInteger, nullable=False),
    Column("sensor", _NAME),
    Column("metric", _NAME),
    Column("value", Float),
    Column("limit", Float),
    Column("limit_id", _NAME),
    Column("cleared", BigInteger),
    Column("condition", String(16), nullable=False),
    Column("response", String(16), nullable=False),
    Column("suppression", String(16), nullable=False),
    Column("latched", Boolean, nullable=False),
    Column("taken_by", _NAME),
    Column("detail", Text, nullable=False, server_default=""),
    Column("muted_by", String(32)),
    Column("muted_until", BigInteger),
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
    Column("author", _NAME, nullable=False),
    Column("reason", Text, nullable=False),
)

SUPPRESSORS = Table(
    "suppressors",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("author", _NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("alert", String(200), nullable=False),
    Column("edge", _NAME, nullable=False),
    Column("sensor", _NAME, nullable=False),
    Column("resident", _NAME),
    Column("ended", BigInteger),
    Column("ended_by", _NAME, nullable=False),
    Column("ended_reason", Text, nullable=False),
    Index(None, "ended"),
)

RULE_STATES = Table(
    "rule_states",
    METADATA,
    Column("subject", _NAME, primary_key=True),
    Column("limit_id", _NAME, primary_key=True),
    Column("crossed", BigInteger),
    Column("last", BigInteger),
    Column("active", Boolean, nullable=False),
)

USERS = Table(
    "users",
    METADATA,
    Column("username", _NAME, primary_key=True),
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
    Column("username", _NAME, ForeignKey("users.username"), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Index(None, "username"),
)

CALLS = Table(
    "calls",
    METADATA,
    Column("id", _NAME, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("resident", _NAME, ForeignKey("residents.id"), nullable=False),
    Column("edge", _NAME, ForeignKey("edges.id"), nullable=False),
    Column("caller", _NAME, nullable=False),
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
    Column("id", _SERIAL, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("actor", _NAME, nullable=False),
    Column("action", _NAME, nullable=False),
    Column("object", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "time"),
)

LOSSES = Table(
    "losses",
    METADATA,
    Column("id", _SERIAL, primary_key=True),
    Column("edge", _NAME, nullable=False),
    Column("resident", _NAME, nullable=False),
    Column("metric", _NAME, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("reason", _NAME, nullable=False),
    Column("received", BigInteger, nullable=False),
    Index(None, "resident", "since"),
)
"What an edge had to let go."

QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("id", _SERIAL, primary_key=True),
    Column("edge", _NAME, nullable=False),
    Column("spool", _NAME, nullable=False),
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
    Column("edge", _NAME, primary_key=True),
    Column("sensor", _NAME, primary_key=True),
    Column("protocol", _NAME, nullable=False),
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
    Column("id", _SERIAL, primary_key=True),
    Column("edge", _NAME, nullable=False),
    Column("sensor", _NAME, nullable=False),
    Column("resident", _NAME, ForeignKey("residents.id"), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("paired", BigInteger, nullable=False),
    Column("author", _NAME, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_by", _NAME),
    Column("ended_reason", Text),
    Index(None, "edge", "sensor"),
    Index(None, "resident"),
)
"""Whose a personal sensor is in [since, until). `paired` is when it became so for the hub: what a meter has stored
from before is refused."""

REFUSALS = Table(
    "refusals",
    METADATA,
    Column("edge", _NAME, primary_key=True),
    Column("sensor", _NAME, primary_key=True),
    Column("resident", _NAME, primary_key=True),
    Column("metric", _NAME, primary_key=True),
    Column("reason", _NAME, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
)
"Stored records that were kept under nobody, and why. `first` and `last` are the records' own times."

EVENTS = Table(
    "events",
    METADATA,
    Column("edge", _NAME, primary_key=True),
    Column("sensor", _NAME, primary_key=True),
    Column("identity", String(128), primary_key=True),
    Column("resident", _NAME, nullable=False),
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
    Column("id", _SERIAL, primary_key=True),
    Column("edge", _NAME, ForeignKey("edges.id"), nullable=False),
    Column("sensor", _NAME, nullable=False),
    Column("protocol", _NAME, nullable=False),
    Column("address", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("author", _NAME, nullable=False),
    Index(None, "edge", "sensor"),
)
"Sensors that the hub gives to an edge beside those of the edge's own file, in [since, until)."

ENROLMENTS = Table(
    "enrolments",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("salt", LargeBinary(16), nullable=False),
    Column("room", _NAME, ForeignKey("rooms.id"), nullable=False),
    Column("edge", _NAME, nullable=False),
    Column("author", _NAME, nullable=False),
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
    Column("edge", _NAME, primary_key=True),
    Column("subject", _NAME, primary_key=True),
    Column("occurrence", String(128), primary_key=True),
    Column("resident", _NAME, nullable=False),
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
    Column("edge", _NAME, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("touched", BigInteger, nullable=False),
)
"Stretches of time that the hub has to look back at (hub.ingest.hindsight)."

DIFFERENCES = Table(
    "differences",
    METADATA,
    Column("edge", _NAME, primary_key=True),
    Column("limit_id", _NAME, primary_key=True),
    Column("onset", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), primary_key=True),
    Column("resident", _NAME, nullable=False),
    Column("found", BigInteger, nullable=False),
    Column("theirs", Text, nullable=False),
    Column("ours", Text, nullable=False),
    Index(None, "found"),
)
"Where an edge judged otherwise than the hub; both sides as JSON, empty for none."

# ---- embedded time series (hub.store.timeseries_sqlite) ----

ESCALATIONS = Table(
    "escalations",
    METADATA,
    Column("alert", String(200), ForeignKey("alerts.id"), primary_key=True),
    Column("ladder", Text, nullable=False),
    Column("origin", BigInteger, nullable=False),
    Column("round", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("mode", String(16), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("hole", Text, nullable=False),
    Column("inherited", Boolean, nullable=False),
    Index(None, "mode"),
)
"Where every alert stands on its ladder; `ladder` is JSON, as it was when the alert was born."

NOTIFICATIONS = Table(
    "notifications",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("alert", String(200), ForeignKey("alerts.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("recipient", _NAME, nullable=False),
    Column("role", _NAME, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address", Text, nullable=False),
    Column("say", Text, nullable=False),
    Column("rest", Text, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("reference", Text, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Index(None, "alert"),
    Index(None, "stage", "channel"),
)
"Who is told of which alert by which channel, once each; `rest` is JSON: what is tried when this fails."

NOTIFICATION_STEPS = Table(
    "notification_steps",
    METADATA,
    Column("id", _SERIAL, primary_key=True),
    Column("notification", String(32), ForeignKey("notifications.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "notification"),
)
"Everything that became of notifications, in order; rows are never changed."

HEAD = Table(
    "head",
    METADATA,
    Column("id", _SERIAL, primary_key=True),
    Column("resident", _NAME, nullable=False),
    Column("edge", _NAME, nullable=False),
    Column("count", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "resident", "edge"),
)
"One row per edge, resident and commit: its observations as JSON, until they are compacted. Resident '' is nobody."

SERIES = Table(
    "series",
    METADATA,
    Column("id", _SERIAL, primary_key=True),
    Column("resident", _NAME, nullable=False),
    Column("metric", _NAME, nullable=False),
    Column("edge", _NAME, nullable=False),
    Column("sensor", _NAME, nullable=False),
    UniqueConstraint("resident", "metric", "edge", "sensor"),
)

CHUNKS = Table(
    "chunks",
    METADATA,
    Column("id", _SERIAL, primary_key=True),
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
    Column("id", _SERIAL, primary_key=True),
    Column("resident", _NAME, nullable=False),
    Column("metric", _NAME, nullable=False),
    Column("edge", _NAME, nullable=False),
    Column("sensor", _NAME, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("rate", Float, nullable=False),
    Column("scale", Float, nullable=False),
    Column("flags", Integer, nullable=False),
    Column("samples", LargeBinary, nullable=False),
    Index(None, "resident", "metric", "time"),
)
"Blocks of signed 16-bit little-endian samples."
