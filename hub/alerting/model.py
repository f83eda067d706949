"""An alert, its transitions, and what one evaluation changed. Pure data, shared by the engine, the store and the screens."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from devices.limits import LimitState, Priority


class Code(enum.StrEnum):
    """What an alert is about; the screens put it into words."""

    LIMIT_LOW = "limit_low"
    LIMIT_HIGH = "limit_high"
    SENSOR_SILENT = "sensor_silent"
    PROBE_OFF = "probe_off"
    EDGE_SILENT = "edge_silent"
    CLOCK_SKEW = "clock_skew"
    SPOOL_FULL = "spool_full"
    SENSOR_UNPLUGGED = "sensor_unplugged"
    SENSOR_UPDATING = "sensor_updating"
    "Its firmware is being replaced for longer than that takes."
    SENSOR_UNASSIGNED = "sensor_unassigned"
    "Sensors of a room wait for somebody to say whose they are; `detail` names them, with commas between."
    SENSOR_CONFLICT = "sensor_conflict"
    "Another edge owns the same sensor; `detail` is that edge."
    VERDICTS_DIFFER = "verdicts_differ"
    "An edge judges the same measurements otherwise than the hub; `detail` says how (hub.alerting.hindsight)."
    NURSE_CALL = "nurse_call"
    BED_EXIT = "bed_exit"
    FALL = "fall"
    ATRIAL_FIBRILLATION = "atrial_fibrillation"
    PAUSE = "pause"
    BRADYCARDIA = "bradycardia"
    TACHYCARDIA = "tachycardia"
    APNOEA = "apnoea"
    SENSOR_FAULT = "sensor_fault"
    ROTA_HOLE = "rota_hole"
    "An alert climbs its ladder and somebody it should reach cannot be found; `detail` names whom."
    ESCALATION_LATE = "escalation_late"
    "Somebody should have been told of an alert and was not; `detail` says what is late."
    RATE_FALL = "rate_fall"
    "A value falls faster than its rule allows; `value` is the newest, `limit` the change allowed."
    RATE_RISE = "rate_rise"
    "As `RATE_FALL`, upwards."
    COMPOSITE = "composite"
    "Several values together; `detail` is the rule's name and what holds: `Fièvre et pouls;temperature>38.3,pulse_rate>100`."
    NEWS2 = "news2"
    """The score asks for somebody; `value` is the total, a lower bound while something is missing. `detail` is the points, what
    is missing and why beside the total: `spo2=3,pulse=1;temperature,consciousness;red,usual=1`."""
    METRIC_ABSENT = "metric_absent"
    "What should be measured of a resident is not, or never was; `metric` says what."
    LIMIT_EXPIRED = "limit_expired"
    "A prescribed limit is over and its safe default is in force; `limit_id` names it."
    BATTERY_LOW = "battery_low"
    "Of a sensor; `value` is percent."
    RADIO_DOWN = "radio_down"
    "The room's device hears no Bluetooth any more."
    LOUDSPEAKER_MUTE = "loudspeaker_mute"
    "The room's device cannot prove that its loudspeaker sounds."
    TABLET_MUTE = "tablet_mute"
    "No tablet of the ward is open and can be heard; `edge` is empty."
    BROKER_DOWN = "broker_down"
    "The hub has no broker; `edge` is empty."
    DISK_LOW = "disk_low"
    "Of the hub, or of an edge; `value` is megabytes free."
    WATCH_HOLE = "watch_hole"
    "A link of the chain that watches a resident is missing; `detail` names which (docs/watch.md)."
    SYNTHETIC_LOST = "synthetic_lost"
    "The test alarm did not come through; `detail` names the last place it was seen."
    CONTACT_UNREACHABLE = "contact_unreachable"
    "Somebody on the rota has fewer than two working channels; `detail` names whom."
    REQUEST_UNANSWERED = "request_unanswered"
    "A physician was asked for, and nobody took it in half an hour; `detail` is the request (hub.consult.overdue)."
    EXPERTISE_DUE = "expertise_due"
    "A question to an expert runs short of time; `detail` is the act (hub.expertises)."
    EXPERTISE_LATE = "expertise_late"
    "A question to an expert was not answered in time; `detail` is the act."


LIMIT_CODES = frozenset({Code.LIMIT_LOW, Code.LIMIT_HIGH})
RULE_CODES = frozenset({Code.RATE_FALL, Code.RATE_RISE, Code.COMPOSITE, Code.NEWS2})
"Alerts about a person that a rule other than a limit raises; `limit_id` is the rule."
OF_RESIDENTS = LIMIT_CODES | RULE_CODES | {Code.METRIC_ABSENT}
"Alerts whose subject is a resident and a rule (`limit_id`), whatever equipment said it."
EVENT_CODES = frozenset(
    {
        Code.NURSE_CALL,
        Code.BED_EXIT,
        Code.FALL,
        Code.ATRIAL_FIBRILLATION,
        Code.PAUSE,
        Code.BRADYCARDIA,
        Code.TACHYCARDIA,
        Code.APNOEA,
        Code.SENSOR_FAULT,
    }
)
"Alerts of something that happened at an instant: they stay until somebody has seen them."


TEST_EDGE = "veilleuse-essai"
"""Reserved: the edge of the test alarm (hub.synthetic). It is nobody's room: no screen shows it, no list and no figure counts
what it says, and only the screens' own sound is tried for it."""


class Condition(enum.StrEnum):
    """Whether the cause is there now."""

    ACTIVE = "active"
    CLEARED = "cleared"


class Response(enum.StrEnum):
    """What a human has done about it."""

    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    TAKEN = "taken"


class Suppression(enum.StrEnum):
    """Why it does not sound though it is there."""

    NONE = "none"
    SILENCED = "silenced"
    CARE = "care"
    "Somebody is with the resident and disturbs what is measured."
    INHIBITED = "inhibited"
    OUT_OF_SERVICE = "out_of_service"


class Kind(enum.StrEnum):
    """What a person may order (hub.alerting.suppressions)."""

    SILENCE = "silence"
    CARE = "care"
    OUT_OF_SERVICE = "out_of_service"


class Event(enum.StrEnum):
    """What happened to an alert."""

    RAISED = "raised"
    CLEARED = "cleared"
    RETURNED = "returned"
    """The same thing happened again before anybody had seen the alert, such as a second press of a call button. Only
    alerts of events say it: a limit's condition that comes back is a new alert (hub.alerting.ledger)."""
    ACKNOWLEDGED = "acknowledged"
    TAKEN = "taken"
    RELEASED = "released"
    RESET = "reset"
    "A newer alert of the same limit took the place of one that was latched."
    SILENCED = "silenced"
    "A person's order covers it: author and reason are the order's."
    SILENCE_ENDED = "silence_ended"
    "No order covers it any more, and it sounds if nobody has answered it."


SYSTEM = "veilleuse"
"Author of what no human did."

RANK = {Priority.LOW: 0, Priority.MEDIUM: 1, Priority.HIGH: 2}
OUTRANKED = "outranked"
"`Alert.detail` of an alert of a value that has not sounded, since a limit of higher priority says the same."
IN_HAND = "in_hand"
"`Alert.detail` of an alert of a value that has not sounded, since somebody has taken the one before it and is at it still."
UNHEARD = frozenset({OUTRANKED, IN_HAND})


@dataclass(frozen=True, slots=True)
class Alert:
    """One occurrence of one condition. Its identity is made from (rule, subject, onset): raising it again is a no-op."""

    id: str
    code: Code
    priority: Priority
    edge: str
    resident: str | None
    onset: int
    "When the condition began by the measurements, microseconds UTC."
    raised: int
    "When the hub declared it, microseconds UTC."
    sensor: str | None = None
    metric: str | None = None
    value: float | None = None
    """Of a limit alert, the worst value since it was declared; of a clock, the seconds it is ahead; of an event, what
    goes with it."""
    limit: float | None = None
    limit_id: str | None = None
    cleared: int | None = None
    condition: Condition = Condition.ACTIVE
    response: Response = Response.UNACKNOWLEDGED
    suppression: Suppression = Suppression.NONE
    latched: bool = False
    taken_by: str | None = None
    detail: str = ""
    "What belongs to the code."
    muted_by: str | None = None
    "The order that covers it, also while it is inhibited."
    muted_until: int | None = None
    "End of that order, microseconds UTC."

    @property
    def technical(self) -> bool:
        """Whether it is about equipment rather than a person."""
        return self.code is Code.SENSOR_FAULT or self.code not in LIMIT_CODES | RULE_CODES | EVENT_CODES

    @property
    def open(self) -> bool:
        """Whether it still belongs on a screen: active, or ended unseen, or in somebody's hands."""
        return self.condition is Condition.ACTIVE or self.latched or self.response is Response.TAKEN


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of one alert; (alert, number) is its identity."""

    alert: str
    number: int
    "1, 2, 3 ... within the alert."
    time: int
    event: Event
    author: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Suppressor:
    """A person's order that something does not sound until its end."""

    id: str
    kind: Kind
    author: str
    reason: str
    since: int
    until: int
    alert: str = ""
    "Of a silence."
    edge: str = ""
    sensor: str = ""
    "Of a sensor that is out of service."
    resident: str | None = None
    "Whom it concerns."
    ended: int | None = None
    ended_by: str = ""
    ended_reason: str = ""


StateKey = tuple[str, str]
"(subject, limit id): a resident's id, and the limit."


@dataclass(slots=True)
class Changes:
    """Everything one evaluation changed; committed with the observations that caused it, or not at all."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    states: dict[StateKey, LimitState] = field(default_factory=dict)
    memories: dict[StateKey, str] = field(default_factory=dict)
    "What rules other than limits keep of the recent past: JSON, by (resident, rule)."
    suppressors: dict[str, Suppressor] = field(default_factory=dict)
    "Orders that began or ended."

    def __bool__(self) -> bool:
        return bool(self.alerts or self.transitions or self.states or self.memories or self.suppressors)
