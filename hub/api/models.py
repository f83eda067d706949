"""Everything that crosses HTTP and the live WebSocket, as pydantic models.

The OpenAPI document is made of these, and the dashboards' TypeScript types are made of that.
Times are microseconds since 1970-01-01T00:00:00Z (exact in JavaScript). Texts are codes with parameters: the page
says them in French or English.
"""

from __future__ import annotations

import enum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_TIME = 2**53
"Microseconds; the largest whole number that JavaScript holds exactly."


class Model(BaseModel):
    """Base: unknown fields in a request are an error, not a silence."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        # What the hub sends always has every field, and the pages' types may rely on it.
        json_schema_serialization_defaults_required=True,
    )


class Role(enum.StrEnum):
    """What an account may do."""

    NURSE = "nurse"
    PHYSICIAN = "physician"
    TECHNICIAN = "technician"
    COORDINATOR = "coordinator"
    "Coordinating nurse or physician: a carer who also signs, plans and reads how the ward is alarmed."


class Problem(Model):
    """Every error answer."""

    code: str
    "Stable name of what went wrong, such as `forbidden` or `unknown_resident`."
    detail: str
    "English sentence that names the thing and the violation."
    params: dict[str, str | int | float] = {}


class Credentials(Model):
    """A sign-in."""

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class Me(Model):
    """Who is signed in."""

    username: str
    display_name: str
    role: Role
    home: str
    "The home's name, such as `Les Tilleuls`."
    expires: int


class MetricInfo(Model):
    """One row of the nomenclature."""

    name: str
    unit: str
    loinc: str | None
    stale_after: float


class Home(Model):
    """The home and what can be measured in it."""

    name: str
    metrics: list[MetricInfo]


class Value(Model):
    """The newest value of one metric."""

    metric: str
    value: float
    time: int
    flags: list[str]
    "Names of `devices.quality.Quality`."
    sensor: str
    stale_after: float
    "Seconds; an older value is shown as a dash with its date."


class WhyView(Model):
    """Why a sensor is silent, or that it is not; `dashboards/words/why.*.json` say it in a sentence."""

    code: Literal[
        "edge_silent",
        "adapter",
        "updating",
        "unplugged",
        "not_plugged",
        "refused",
        "key_needed",
        "key_wrong",
        "busy",
        "denied",
        "fault",
        "not_seen",
        "link_lost",
        "probe_off",
        "no_readings",
        "connecting",
        "conflict",
        "unassigned",
        "meter_waiting",
        "fine",
    ]
    fault: bool
    "Whether somebody should do something about it."
    params: dict[str, str | int]
    "`sensor`, `kind`, and where known `since` (microseconds UTC) and `battery` (per cent)."


class SensorView(Model):
    """What is known of one sensor."""

    sensor: str
    link: Literal["connecting", "up", "silent", "down", "unknown"]
    last: int | None
    battery: int | None
    flags: list[str]
    detail: str
    kind: str = "sensor"
    "What a nurse calls it: a key of `names` in `dashboards/words/why.*.json`."
    continuous: bool = True
    why: WhyView


class EdgeView(Model):
    """What is known of one room's device."""

    edge: str
    room: str
    online: bool
    last_seen: int | None
    synchronised: bool
    skew: float | None
    "Seconds that the edge's clock is ahead of the hub's."
    pending: int
    sensors: list[SensorView]


class LimitView(Model):
    """A prescribed limit."""

    id: str
    metric: str
    low: float | None
    high: float | None
    delay: float
    hysteresis: float
    gap: float
    area: float
    "As `devices.limits.Limit`: what a trial of another bound keeps."
    priority: Literal["high", "medium", "low"]
    author: str
    reason: str


class ResidentView(Model):
    """One resident as the ward sees them."""

    id: str
    family_name: str
    given_name: str
    birth_year: int
    room: str
    edge: str | None
    "Edge of the room; `None` when no device watches the resident."
    values: list[Value]
    sensors: list[SensorView]
    watched: bool
    "The edge is online and at least one continuous sensor speaks."
    unwatched_reason: str | None = None
    """Code: `no_device`, `edge_silent`, `no_sensor`, `sensors_silent`, `sensors_unassigned`,
    `sensors_out_of_service`."""
    limits: list[LimitView]


class AlertTransition(Model):
    """One step in an alert's life."""

    time: int
    event: Literal[
        "raised",
        "cleared",
        "returned",
        "acknowledged",
        "taken",
        "released",
        "reset",
        "silenced",
        "silence_ended",
    ]
    author: str
    "Username, or `veilleuse`."
    reason: str = ""


class SensorName(Model):
    """A sensor and what a nurse calls it."""

    sensor: str
    kind: str


class AlertView(Model):
    """One alert. State is four independent fields."""

    id: str
    code: Literal[
        "limit_low",
        "limit_high",
        "sensor_silent",
        "probe_off",
        "edge_silent",
        "clock_skew",
        "spool_full",
        "sensor_unplugged",
        "sensor_updating",
        "sensor_unassigned",
        "sensor_conflict",
        "verdicts_differ",
        "nurse_call",
        "bed_exit",
        "fall",
        "atrial_fibrillation",
        "pause",
        "bradycardia",
        "tachycardia",
        "apnoea",
        "sensor_fault",
        "rota_hole",
        "escalation_late",
        "rate_fall",
        "rate_rise",
        "composite",
        "news2",
        "metric_absent",
        "limit_expired",
        "battery_low",
        "radio_down",
        "loudspeaker_mute",
        "tablet_mute",
        "broker_down",
        "disk_low",
        "watch_hole",
        "synthetic_lost",
        "contact_unreachable",
        "request_unanswered",
        "expertise_due",
        "expertise_late",
    ]
    category: Literal["physiological", "technical"]
    priority: Literal["high", "medium", "low"]
    resident: str | None
    room: str
    edge: str | None
    sensor: str | None = None
    metric: str | None = None
    value: float | None = None
    "The value that declared it; of a limit alert, the worst since."
    limit: float | None = None
    limit_id: str | None = None
    onset: int
    "When the condition began, by the measurements."
    raised: int
    "When the hub declared it."
    cleared: int | None = None
    condition: Literal["active", "cleared"]
    response: Literal["unacknowledged", "acknowledged", "taken"]
    suppression: Literal["none", "silenced", "care", "inhibited", "out_of_service"]
    "Why it does not sound; it is there all the same."
    muted_by: str | None = None
    "Id of the suppression that covers it."
    muted_until: int | None = None
    "When that ends; from then on it sounds, whether the hub has said so or not."
    latched: bool
    "The condition has ended, but nobody has acknowledged it: it stays on the screen."
    taken_by: str | None = None
    about: list[SensorName] = []
    "The sensors it is about."
    other_room: str | None = None
    "Of `sensor_conflict`: the room that owns the sensor."
    detail: str = ""
    "Why, of `news2` and `composite`: as `hub.alerting.model.Code` says; else empty."
    history: list[AlertTransition]


Key = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")]
"Names one request among all of its author's: sent again, it is not carried out again. Empty: carried out each time."


class AlertAction(Model):
    """What a person does about an alert."""

    action: Literal["acknowledge", "take", "release"]
    "`acknowledge` Vu, `take` Je m'en occupe, `release` Passer le relais."
    reason: str = Field(default="", max_length=400)
    key: Key = ""
    asked: int | None = Field(default=None, ge=0, le=MAX_TIME)
    """When the person did it, if the tablet could not reach the hub then, microseconds UTC. A `take` then takes nothing
    out of somebody's hands: it is refused as `held_by_other`."""


class Point(Model):
    """One point of a curve; `low` and `high` are the extremes it stands for when down-sampled."""

    time: int
    value: float
    flags: int = 0
    low: float | None = None
    high: float | None = None


class MeasurementPage(Model):
    """A resident's measurements of one metric. Columns, because a day is 86 400 points."""

    resident: str
    metric: str
    unit: str
    times: list[int]
    values: list[float]
    flags: list[int]
    lows: list[float] | None = None
    highs: list[float] | None = None
    downsampled: bool
    next: int | None = None
    "`from` of the next page, or nothing more."


class Span(Model):
    """Query: which metric, from when to when."""

    metric: str = Field(max_length=64)
    since: int | None = Field(default=None, alias="from", ge=0, le=MAX_TIME)
    "Microseconds UTC, included; a day before `to` when absent."
    until: int | None = Field(default=None, alias="to", ge=0, le=MAX_TIME)
    "Microseconds UTC, excluded; now when absent."


class MeasurementQuery(Span):
    """Query of a resident's measurements."""

    max_points: int | None = Field(default=None, ge=2, le=100_000)
    "Down-sample the whole span into at most so many intervals."
    limit: int = Field(default=10_000, ge=1, le=100_000)
    "Points of one page when not down-sampled."


class AlertQuery(Model):
    """Query of alerts."""

    state: Literal["open", "all"] = "open"
    resident: str | None = Field(default=None, max_length=64)
    since: int | None = Field(default=None, alias="from", ge=0, le=MAX_TIME)
    "Raised at or after, microseconds UTC."
    limit: int = Field(default=200, ge=1, le=1000)


class WaveformView(Model):
    """Stored samples of one block."""

    sensor: str
    metric: str
    time: int
    rate: float
    scale: float
    flags: int
    samples: list[int]


class Score(Model):
    """What a set of observations scores by NEWS2: a decision aid, no diagnosis."""

    total: int
    "A lower bound while something is missing."
    points: dict[str, int]
    "By parameter of NEWS2."
    missing: list[str]
    risk: Literal["low", "low-medium", "medium", "high"] | None
    "`null`: nothing can be said yet."
    red: bool
    rise: int | None
    "Points above the resident's usual score, below it negative; `null`: not known."


class CallParticipant(Model):
    """Somebody in a call beside the resident."""

    seat: str
    "`p1` is the caller."
    name: str
    role: Literal["physician", "nurse", "coordinator", "specialist", "regulator"]
    state: Literal["invited", "announced", "joined", "connected", "reconnecting", "left", "declined"]
    """`invited`: has a seat, and no page yet; `announced`: their page is here and the room has been told; `joined`: the room admitted
    them; `connected`: the room hears them. Pages connect to each other among those who are `joined`, `connected` or `reconnecting`."""
    guest: bool = False
    "Came by a one-time link."
    since: int
    "When this state began, microseconds UTC."


class CallView(Model):
    """One call."""

    id: str
    epoch: int
    resident: str
    room: str
    edge: str
    caller: str
    caller_name: str
    state: Literal[
        "requested",
        "ringing",
        "accepted",
        "connected",
        "reconnecting",
        "refused",
        "unanswered",
        "ended",
        "failed",
    ]
    reason: str
    participants: list[CallParticipant] = []
    requested: int
    ended: int | None


class CallRequestAlert(Model):
    """What the alert said when somebody asked for a physician because of it."""

    id: str
    code: str
    priority: Literal["high", "medium", "low"]
    metric: str | None
    value: float | None
    limit: float | None
    raised: int
    cleared: int | None
    response: str


class CallRequestView(Model):
    """Somebody of the ward asks for a physician."""

    id: str
    resident: str
    family_name: str
    given_name: str
    room: str
    reason: str
    urgency: Literal["now", "today", "planned"]
    planned: int | None
    asked_by: str
    asked_by_name: str
    asked: int
    alert: str | None
    headline: CallRequestAlert | None
    "The alert, as it was then."
    news2: Score | None
    "The last score of the day before, as it was then."
    news2_time: int | None
    state: Literal["open", "taken", "withdrawn"]
    call: str | None
    "The call that is the answer."
    settled: int | None


class Health(Model):
    """What is wrong, in words; nothing wrong is an empty list."""

    status: Literal["ok", "degraded", "failing"]
    problems: list[str]
    checks: dict[str, str]


class SuppressionOrder(Model):
    """Somebody asks that something does not sound for a while.

    `silence` needs `alert`; `care` needs `edge`, the device of the room; `out_of_service` needs `edge` and `sensor`.
    """

    kind: Literal["silence", "care", "out_of_service"]
    alert: str = Field(default="", max_length=200)
    edge: str = Field(default="", max_length=64)
    sensor: str = Field(default="", max_length=64)
    reason: str = Field(min_length=1, max_length=200, pattern=r"\S")
    "A code that pages put into words (`in_care`, `sensor_moved`, `in_room`, `repair`, `charging`) or free text."
    seconds: int = Field(ge=1, le=86_400)
    "At most 900 of a silence (120 of high priority), 1800 of care, 86 400 out of service."
    key: Key = ""


class SuppressionView(Model):
    """An order that something does not sound."""

    id: str
    kind: Literal["silence", "care", "out_of_service"]
    alert: str | None
    edge: str
    sensor: str | None
    resident: str | None
    room: str
    author: str
    reason: str
    since: int
    until: int
    ended: int | None
    ended_by: str
    ended_reason: str
    "Code of what ended it (`expired`, `lifted`, `renewed`, `alert_over`, `handed_over`, `happened_again`, `moved`)."


# ---- live WebSocket, server to page ----


class LiveSnapshot(Model):
    """First message, and again whenever the page fell behind."""

    type: Literal["snapshot"] = "snapshot"
    seq: int
    time: int
    home: str
    metrics: list[MetricInfo]
    residents: list[ResidentView]
    alerts: list[AlertView]
    "Open ones: active, latched, or taken and not yet over."
    edges: list[EdgeView]
    suppressions: list[SuppressionView]
    "In force."


class ResidentValues(Model):
    """New values of one resident."""

    resident: str
    values: list[Value]


class LiveValues(Model):
    """New values, at most 4 messages a second."""

    type: Literal["values"] = "values"
    seq: int
    time: int
    residents: list[ResidentValues]


class LiveAlert(Model):
    """An alert was raised or changed."""

    type: Literal["alert"] = "alert"
    seq: int
    time: int
    alert: AlertView


class LiveEdge(Model):
    """An edge or one of its sensors changed, and with it whether its residents are watched."""

    type: Literal["edge"] = "edge"
    seq: int
    time: int
    edge: EdgeView
    residents: list[ResidentView]


class LiveCall(Model):
    """A call changed."""

    type: Literal["call"] = "call"
    seq: int
    time: int
    call: CallView


class LiveCallRequest(Model):
    """Somebody asked for a physician, or that was taken or withdrawn."""

    type: Literal["call_request"] = "call_request"
    seq: int
    time: int
    request: CallRequestView


class LiveAct(Model):
    """Something happened to an act of a resident: who shows it reads it again, with what this account may do to it."""

    type: Literal["act"] = "act"
    seq: int
    time: int
    act: str
    resident: str


class LiveSuppression(Model):
    """An order that something does not sound was given, or ended."""

    type: Literal["suppression"] = "suppression"
    seq: int
    time: int
    suppression: SuppressionView


class LiveProbe(Model):
    """Play a hardly audible sound, and say in `TabletState.probed` that it passed the loudspeaker's watch."""

    type: Literal["probe"] = "probe"
    seq: int
    time: int
    id: str


class LiveHeartbeat(Model):
    """Every second, so that a page can tell silence from peace."""

    type: Literal["heartbeat"] = "heartbeat"
    seq: int
    time: int


LiveMessage = Annotated[
    LiveSnapshot
    | LiveValues
    | LiveAlert
    | LiveEdge
    | LiveCall
    | LiveCallRequest
    | LiveAct
    | LiveSuppression
    | LiveProbe
    | LiveHeartbeat,
    Field(discriminator="type"),
]


AlertId = Annotated[str, Field(max_length=200)]


class TabletState(Model):
    """Page to server, every 5 s: can this tablet be heard?"""

    type: Literal["tablet"] = "tablet"
    audio: Literal["ready", "locked", "failed"]
    visible: bool
    battery: float | None = None
    probed: str = Field(default="", max_length=64)
    "The last `LiveProbe` that passed."
    showing: list[AlertId] = Field(default=[], max_length=100)
    "Alerts that are drawn on the page while it is in sight, and ask for somebody; the most urgent 100."
    sounding: bool = False
    "Those sound now."
    seen: list[AlertId] = Field(default=[], max_length=100)
    "Those of them that somebody has touched on this page."


# ---- call WebSocket /api/v1/calls/{id}/signal, both ways ----


class CallSignal(Model):
    """One signalling message of a participant's page; the hub passes it to the room or to another page.

    The room offers to every page. Between two pages the one that came last offers. `peer` is whom a message goes to or comes from.
    Server to page: `state` (with `call` and `seat`), `offer`, `answer`, `candidate`, `chat`, `bye`.
    Page to server: `answer`, `candidate`, `restart`, `bye`; to another page also `offer`; `chat` to all pages.
    """

    kind: Literal["state", "offer", "answer", "candidate", "restart", "chat", "bye"]
    epoch: int
    peer: str = Field(default="room", max_length=16)
    "`room`, or a seat."
    seat: str = ""
    "With `state`: the seat of the page that is told."
    text: str = Field(default="", max_length=1_000)
    "Of a `chat`: seen by the participants' pages, not by the room; kept nowhere."
    call: CallView | None = None
    sdp: str = Field(default="", max_length=65_536)
    candidate: str = Field(default="", max_length=2_048)
    sdp_mid: str = Field(default="", max_length=64)
    sdp_mline_index: int | None = None
    reason: str = Field(default="", max_length=400)
    ice_servers: list[dict[str, str]] = []
    roles: dict[str, str] = {}
    "With an offer: what the lines of the room's second devices are for (`hand`, `stethoscope`), by mid."
