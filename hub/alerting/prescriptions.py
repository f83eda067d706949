"""A limit is a prescription: who may write it, who must sign it, how long it is in force, and what ends it. Pure.

| state | sign | sign first | sign second | refuse | take back | withdraw | ask withdrawal | supersede | its end |
|---|---|---|---|---|---|---|---|---|---|
| draft | in force | awaiting | | refused | withdrawn | | | | lapsed |
| awaiting | | | in force | refused | withdrawn | | | | lapsed |
| coming | | | | | | withdrawn | | superseded | |
| in force | | | | | | withdrawn | leaving | superseded | expired |
| leaving | | | withdrawn | in force | in force | | | superseded | expired |

`expired` can be settled: somebody says that the safe default is fine. What is not in the table is refused.
What loosens a critical limit (`hub.alerting.loosening`) is signed first and needs a second signature by somebody else;
the rest is in force with one. A limit that is in force stays so while its withdrawal waits (`leaving`).
A change of a resident's settings is signed in the same way, and has no end.
What is to begin later is `coming` from its last signature until then: that is what the time says, as for an end. The one
in whose place it comes knows it (`followed_by`) and is superseded at that instant, whether anybody is there or not.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, replace

from devices.clock import SECOND
from devices.errors import VeilleuseError
from devices.limits import Limit
from devices.nomenclature import METRICS

DAY = 24 * 3600 * SECOND
LONGEST = 366 * DAY
"A prescription of télésurveillance is for at most a year, renewable (sheet 06 part 4)."
MAX_DELAY = 3600.0
"Seconds. Longer than an hour is no alarm but a report."
MAX_AREA = 10_000.0
"Unit x seconds; ten points below the bound for longer than a quarter of an hour."
MAX_REASON = 500
"Characters."

METRICS_WITH_LIMITS = (
    "spo2",
    "pulse_rate",
    "heart_rate",
    "respiration_rate",
    "temperature",
    "systolic",
    "diastolic",
    "glucose",
    "weight",
)
"What a limit can be prescribed for, in the order of the screens: what a person reads as one number."


class Status(enum.StrEnum):
    """Where a prescription stands."""

    DRAFT = "draft"
    "Proposed; nobody who may has signed it."
    AWAITING = "awaiting"
    "It loosens a critical limit and awaits its second signature."
    COMING = "coming"
    "Signed; it begins later."
    IN_FORCE = "in_force"
    LEAVING = "leaving"
    "In force; its withdrawal would loosen a critical limit and awaits the second signature."
    EXPIRED = "expired"
    "It was in force until its end."
    LAPSED = "lapsed"
    "Its end came before it was signed."
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    REFUSED = "refused"


WAITING = frozenset({Status.DRAFT, Status.AWAITING, Status.LEAVING})
"States that ask somebody for a signature."
STANDING = frozenset({Status.IN_FORCE, Status.LEAVING})
"States in which it decides about alarms."


class Act(enum.StrEnum):
    """What is done to a prescription; its history is a list of these."""

    PROPOSE = "propose"
    SIGN = "sign"
    SIGN_FIRST = "sign_first"
    SIGN_SECOND = "sign_second"
    REFUSE = "refuse"
    TAKE_BACK = "take_back"
    WITHDRAW = "withdraw"
    ASK_WITHDRAWAL = "ask_withdrawal"
    SUPERSEDE = "supersede"
    SETTLE = "settle"


_TABLE: dict[tuple[Status, Act], Status] = {
    (Status.DRAFT, Act.SIGN): Status.IN_FORCE,
    (Status.DRAFT, Act.SIGN_FIRST): Status.AWAITING,
    (Status.DRAFT, Act.REFUSE): Status.REFUSED,
    (Status.DRAFT, Act.TAKE_BACK): Status.WITHDRAWN,
    (Status.AWAITING, Act.SIGN_SECOND): Status.IN_FORCE,
    (Status.AWAITING, Act.REFUSE): Status.REFUSED,
    (Status.AWAITING, Act.TAKE_BACK): Status.WITHDRAWN,
    (Status.COMING, Act.WITHDRAW): Status.WITHDRAWN,
    (Status.COMING, Act.SUPERSEDE): Status.SUPERSEDED,
    (Status.IN_FORCE, Act.WITHDRAW): Status.WITHDRAWN,
    (Status.IN_FORCE, Act.ASK_WITHDRAWAL): Status.LEAVING,
    (Status.IN_FORCE, Act.SUPERSEDE): Status.SUPERSEDED,
    (Status.LEAVING, Act.SIGN_SECOND): Status.WITHDRAWN,
    (Status.LEAVING, Act.REFUSE): Status.IN_FORCE,
    (Status.LEAVING, Act.TAKE_BACK): Status.IN_FORCE,
    (Status.LEAVING, Act.SUPERSEDE): Status.SUPERSEDED,
    (Status.EXPIRED, Act.SETTLE): Status.EXPIRED,
}

SIGNERS = frozenset({"physician", "coordinator"})
"Roles that sign. Prescribing is a medical act (sheet 06 part 1); the home says who coordinates."
PROPOSERS = SIGNERS | {"nurse"}
"Roles that may propose."


class Fault(enum.StrEnum):
    """Why something cannot be done; the pages have words for each."""

    NOT_ALLOWED = "not_allowed"
    SAME_PERSON = "same_person"
    "The second signature is somebody else's."
    NOT_POSSIBLE = "not_possible"
    "Not in this state."
    NOT_YOURS = "not_yours"
    "Only who wrote it takes it back."
    UNKNOWN = "unknown_prescription"
    UNKNOWN_PROFILE = "unknown_profile"
    NO_CHANGE = "no_change"
    "It is so already."
    NO_REASON = "no_reason"
    UNKNOWN_METRIC = "unknown_metric"
    NO_BOUND = "no_bound"
    IMPLAUSIBLE = "implausible"
    CROSSED_BOUNDS = "crossed_bounds"
    OUT_OF_RANGE = "out_of_range"
    BEGIN_PAST = "begin_past"
    BEGIN_AFTER_END = "begin_after_end"
    END_PAST = "end_past"
    END_TOO_FAR = "end_too_far"
    REVIEW_PAST = "review_past"
    REVIEW_BEFORE_BEGIN = "review_before_begin"
    REVIEW_AFTER_END = "review_after_end"


class PrescriptionError(VeilleuseError):
    """Something that cannot be prescribed or signed; nothing was changed."""

    def __init__(self, fault: Fault, text: str, field: str = "", **params: str | float) -> None:
        """Take why, a sentence, the field it is about, and what the sentence speaks of."""
        super().__init__(text)
        self.fault = fault
        self.field = field
        self.params = params


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something."""

    username: str
    role: str


@dataclass(frozen=True, slots=True)
class Paper:
    """Who wrote and signed something, why, and when it is in force."""

    status: Status
    reason: str
    proposed_by: str
    proposed: int
    end: int | None = None
    "When it is over, microseconds UTC; `None` for settings, and for limits of before there were ends."
    review: int | None = None
    "By when somebody looks at it again."
    author: str | None = None
    "Who signed it first: it is their prescription."
    signed: int | None = None
    second_author: str | None = None
    second_signed: int | None = None
    since: int | None = None
    "In force in [since, until)."
    until: int | None = None
    ended_by: str | None = None
    "Who ended it, or asks for its end while it is `LEAVING`."
    ended_reason: str | None = None
    settled: int | None = None
    "When somebody said that the safe default is fine."
    begin: int | None = None
    "Not before this it is in force; `None` from its last signature on."
    followed_by: str | None = None
    "The prescription that takes its place at `until`, before its own end."


def state(paper: Paper, now: int) -> Status:
    """Return where it stands at a time: nobody has to be there when its end comes."""
    if paper.status in STANDING:
        return _standing(paper, now)
    over = paper.end is not None and now >= paper.end
    return Status.LAPSED if over and paper.status in WAITING else paper.status


def _standing(paper: Paper, now: int) -> Status:
    """Return where something stands that was signed and that nobody has ended."""
    if paper.followed_by is not None and paper.until is not None and now >= paper.until:
        return Status.SUPERSEDED
    if paper.end is not None and now >= paper.end:
        return Status.EXPIRED
    return Status.COMING if paper.since is not None and now < paper.since else paper.status


def sign(paper: Paper, actor: Actor, now: int, *, loosens: bool) -> tuple[Paper, Act]:
    """Sign what waits, and return it with what was done.

    Args:
        paper: what waits.
        actor: who signs.
        now: when.
        loosens: it loosens a critical limit, as things stand now.

    Raises:
        PrescriptionError: the role may not, the person signed already, or it waits for no signature.
    """
    _must(actor, SIGNERS)
    standing = state(paper, now)
    if standing is Status.DRAFT:
        act = Act.SIGN_FIRST if loosens else Act.SIGN
        signed = replace(paper, author=actor.username, signed=now)
        done = _step(signed, act, now)
        return done if act is Act.SIGN_FIRST else _begun(done, now), act
    first = paper.ended_by if standing is Status.LEAVING else paper.author
    if standing in WAITING and _same(first, actor):
        raise PrescriptionError(Fault.SAME_PERSON, f"{actor.username!r} signed already: somebody else must")
    done = _step(paper, Act.SIGN_SECOND, now)
    if done.status is Status.WITHDRAWN:
        return _over(done, now), Act.SIGN_SECOND
    return _begun(replace(done, second_author=actor.username, second_signed=now), now), Act.SIGN_SECOND


def refuse(paper: Paper, actor: Actor, reason: str, now: int) -> tuple[Paper, Act]:
    """Refuse what waits; a withdrawal that is refused leaves the limit in force.

    Raises:
        PrescriptionError: the role may not, without a reason, or nothing waits.
    """
    _must(actor, SIGNERS)
    said = reasoned(reason)
    done = _step(paper, Act.REFUSE, now)
    return _kept(done) if done.status in STANDING else _ended(done, actor, said), Act.REFUSE


def take_back(paper: Paper, actor: Actor, now: int) -> tuple[Paper, Act]:
    """Let who wrote it, or asked for its withdrawal, undo that before it is signed.

    Raises:
        PrescriptionError: it is somebody else's, or nothing waits.
    """
    done = _step(paper, Act.TAKE_BACK, now)
    leaving = done.status in STANDING
    mine = (paper.ended_by,) if leaving else (paper.proposed_by, paper.author)
    if not any(_same(name, actor) for name in mine):
        raise PrescriptionError(Fault.NOT_YOURS, f"{actor.username!r} did not write it")
    return _kept(done) if leaving else _ended(done, actor, ""), Act.TAKE_BACK


def withdraw(paper: Paper, actor: Actor, reason: str, now: int, *, loosens: bool) -> tuple[Paper, Act]:
    """End what is in force; when that loosens a critical limit, ask for it. What has not begun never will.

    Raises:
        PrescriptionError: the role may not, without a reason, or it is not in force.
    """
    _must(actor, SIGNERS)
    said = reasoned(reason)
    act = Act.ASK_WITHDRAWAL if loosens else Act.WITHDRAW
    done = _ended(_step(paper, act, now), actor, said)
    return (done if act is Act.ASK_WITHDRAWAL else _over(done, now)), act


def supersede(paper: Paper, actor: Actor, by: str, now: int) -> tuple[Paper, Act]:
    """End what is in force because `by`, another prescription of the same thing, begins.

    Raises:
        PrescriptionError: it is not in force.
    """
    return _over(_ended(_step(paper, Act.SUPERSEDE, now), actor, by), now), Act.SUPERSEDE


def follow(paper: Paper, by: str, at: int) -> Paper:
    """Let `by`, which begins later, take the place of what is in force then; what is over before stays as it is."""
    over = min((time for time in (paper.until, paper.end) if time is not None), default=None)
    if over is not None and over <= at:
        return paper
    return replace(paper, until=at, followed_by=by)


def unfollow(paper: Paper) -> Paper:
    """Undo `follow`: what was to take its place never begins."""
    return replace(paper, until=paper.end, followed_by=None)


def settle(paper: Paper, actor: Actor, now: int) -> tuple[Paper, Act]:
    """Say of an expired limit that the safe default is fine: nothing asks for it any more.

    Raises:
        PrescriptionError: the role may not, or it is not expired.
    """
    _must(actor, SIGNERS)
    return replace(_step(paper, Act.SETTLE, now), settled=paper.settled or now), Act.SETTLE


def may_propose(actor: Actor) -> None:
    """Check that a role may propose.

    Raises:
        PrescriptionError: it may not.
    """
    _must(actor, PROPOSERS)


# ---- what can be prescribed ----


def check_limit(limit: Limit) -> None:
    """Check that a limit can be a person's.

    Raises:
        PrescriptionError: names the field and what is wrong with it.
    """
    if limit.metric not in METRICS_WITH_LIMITS:
        raise PrescriptionError(
            Fault.UNKNOWN_METRIC, f"metric {limit.metric[:64]!r} takes no limit", "metric"
        )
    lowest, highest = METRICS[limit.metric].plausible
    if limit.low is None and limit.high is None:
        raise PrescriptionError(Fault.NO_BOUND, "a limit needs a lower or an upper bound", "low")
    for name, value in (("low", limit.low), ("high", limit.high)):
        if value is not None and not lowest <= value <= highest:
            raise PrescriptionError(
                Fault.IMPLAUSIBLE,
                f"{name} {value:g} is no {limit.metric} of a person, {lowest:g} to {highest:g}",
                name,
                lowest=lowest,
                highest=highest,
            )
    span = math.inf
    if limit.low is not None and limit.high is not None:
        span = limit.high - limit.low
        if span <= 0:
            raise PrescriptionError(
                Fault.CROSSED_BOUNDS, f"low {limit.low:g} is not below high {limit.high:g}", "low"
            )
    _within("delay", limit.delay, 0.0, MAX_DELAY)
    _within("hysteresis", limit.hysteresis, 0.0, min(span, highest - lowest) / 2)
    _within("area", limit.area, 0.0, MAX_AREA)
    _within("gap", limit.gap, 1.0, MAX_DELAY)


def check_validity(now: int, review: int, end: int, begin: int | None = None) -> None:
    """Check that a prescription ends, within a year, is looked at before, and does not begin in the past.

    Args:
        now: when it is written.
        review: by when it is looked at again.
        end: when it is over.
        begin: not before this it is in force; `None` for at once.

    Raises:
        PrescriptionError: names the field and what is wrong with it.
    """
    if end <= now:
        raise PrescriptionError(Fault.END_PAST, "its end is over already", "end")
    if end > now + LONGEST:
        raise PrescriptionError(Fault.END_TOO_FAR, "it ends in more than a year", "end", days=LONGEST // DAY)
    if review <= now:
        raise PrescriptionError(Fault.REVIEW_PAST, "its review is over already", "review")
    if review >= end:
        raise PrescriptionError(Fault.REVIEW_AFTER_END, "its review is not before its end", "review")
    if begin is not None:
        _check_begin(now, begin, review, end)


def _check_begin(now: int, begin: int, review: int, end: int) -> None:
    if begin < now:
        raise PrescriptionError(Fault.BEGIN_PAST, "its begin is over already", "begin")
    if begin >= end:
        raise PrescriptionError(Fault.BEGIN_AFTER_END, "its begin is not before its end", "begin")
    if review <= begin:
        raise PrescriptionError(Fault.REVIEW_BEFORE_BEGIN, "its review is not after its begin", "review")


def reasoned(reason: str) -> str:
    """Return a reason without blanks around it.

    Raises:
        PrescriptionError: there is none, or it is too long.
    """
    said = reason.strip()
    if not said:
        raise PrescriptionError(Fault.NO_REASON, "a reason is needed", "reason")
    if len(said) > MAX_REASON:
        raise PrescriptionError(
            Fault.OUT_OF_RANGE,
            f"reason has {len(said)} characters, at most {MAX_REASON}",
            "reason",
            highest=MAX_REASON,
        )
    return said


# ---- inside ----


def _must(actor: Actor, roles: frozenset[str]) -> None:
    if actor.role not in roles:
        raise PrescriptionError(Fault.NOT_ALLOWED, f"a {actor.role} may not do this", role=actor.role)


def _same(name: str | None, actor: Actor) -> bool:
    return name is not None and name.casefold() == actor.username.casefold()


def _step(paper: Paper, act: Act, now: int) -> Paper:
    standing = state(paper, now)
    after = _TABLE.get((standing, act))
    if after is None:
        raise PrescriptionError(
            Fault.NOT_POSSIBLE,
            f"cannot {act.value.replace('_', ' ')} what is {standing.value}",
            state=standing.value,
        )
    return replace(paper, status=paper.status if after is Status.EXPIRED else after)


def _begun(paper: Paper, now: int) -> Paper:
    return replace(paper, since=now if paper.begin is None else max(now, paper.begin), until=paper.end)


def _over(paper: Paper, now: int) -> Paper:
    """End it now; what has not begun was never in force."""
    begun = paper.since is not None and paper.since <= now
    return replace(paper, until=now, followed_by=None) if begun else replace(paper, since=None, until=None)


def _ended(paper: Paper, actor: Actor, reason: str) -> Paper:
    return replace(paper, ended_by=actor.username, ended_reason=reason)


def _kept(paper: Paper) -> Paper:
    return replace(paper, ended_by=None, ended_reason=None)


def _within(name: str, value: float, lowest: float, highest: float) -> None:
    if not lowest <= value <= highest:
        raise PrescriptionError(
            Fault.OUT_OF_RANGE,
            f"{name} {value:g} is not {lowest:g} to {highest:g}",
            name,
            lowest=lowest,
            highest=highest,
        )
