"""Looking back: the same verdicts as when it was measured, the same as the edge's, and every way of differing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from devices.clock import SECOND
from devices.limits import Limit, Priority
from devices.measurement import Measurement
from devices.quality import NO_DOUBT, Quality
from devices.wire.messages import Observation, Verdict
from edge.alarms.room import RoomAlarms, verdict_of
from hub.alerting.engine import Engine, Settings
from hub.alerting.hindsight import Difference, compare, history, judge, told_before
from hub.alerting.model import Alert, Code, Condition, Response, Suppression
from hub.alerting.responses import Action

T = 1_790_000_000 * SECOND
LOW = Limit("low", "spo2", Priority.HIGH, low=88, delay=2, hysteresis=2)
BOTH = Limit("both", "spo2", Priority.MEDIUM, low=88, high=98, delay=3, gap=5)
PLAIN = Limit("plain", "spo2", Priority.LOW, high=97)
LIMITS = (LOW, BOTH, PLAIN)

Step = tuple[float, float, Quality]
steps = st.lists(
    st.tuples(
        st.integers(80, 100).map(float),
        st.sampled_from([0.5, 1.0, 2.0, 4.0, 6.0, 61.0]),
        st.sampled_from([NO_DOUBT, NO_DOUBT, NO_DOUBT, Quality.MOTION]),
    ),
    max_size=80,
)


def line(taken: list[Step]) -> list[tuple[int, float, int]]:
    now, points = T, []
    for value, pause, flags in taken:
        now += round(pause * SECOND)
        points.append((now, value, int(flags)))
    return points


def of_hub(points: list[tuple[int, float, int]]) -> set[tuple[str, int, int | None]]:
    engine = Engine({"r": LIMITS}, {}, (), Settings(T, {"e": "r"}))
    seen: dict[str, Alert] = {}
    ends: dict[str, int] = {}
    for time, value, flags in points:
        engine.observe("e", "r", Observation("ox", "spo2", time, value, flags), time, late=False)
        for key, alert in engine.take_changes().alerts.items():
            seen[key] = alert
            if alert.condition is Condition.CLEARED:
                ends.setdefault(key, alert.cleared or 0)
    return {(alert.limit_id or "", alert.onset, ends.get(key)) for key, alert in seen.items()}


def of_edge(points: list[tuple[int, float, int]]) -> dict[tuple[str, int], Verdict]:
    room, told = RoomAlarms(), {}
    room.set_limits(LIMITS, T)
    for time, value, flags in points:
        for verdict in room.take(Measurement("ox", "spo2", value, time, Quality(flags)), time):
            told[verdict.limit, verdict.onset] = verdict
    return told


@given(steps)
def test_edge_and_hub_and_hindsight_give_the_same_onsets_and_ends(taken: list[Step]) -> None:
    points = line(taken)
    hub, edge = of_hub(points), of_edge(points)
    late = [(time, value, flags | Quality.LATE) for time, value, flags in points]
    back = [own for limit in LIMITS for own in judge(limit, late)]
    assert {(v.limit, v.onset, v.cleared) for v in edge.values()} == hub
    assert {(own.limit.id, own.onset, own.cleared) for own in back} == hub
    compared = compare(list(edge.values()), back)
    assert not compared.differing
    assert len(compared.equal) == len(hub)


def occurrence(low: float = 88, *values: float) -> list[Verdict]:
    limit = Limit("low", "spo2", Priority.HIGH, low=low)
    points = [(T + second * SECOND, value, 0) for second, value in enumerate(values)]
    return [replace(verdict_of(own), sensor="ox") for own in judge(limit, points)]


OURS = judge(
    Limit("low", "spo2", Priority.HIGH, low=88), [(T + n * SECOND, v, 0) for n, v in enumerate((85, 84, 95))]
)


def test_every_way_of_differing_is_named() -> None:
    (same,) = occurrence(88, 85, 84, 95)
    cases = {
        Difference.OTHER_ONSET: occurrence(85, 85, 84, 95),
        Difference.OTHER_END: [replace(same, cleared=T + 9 * SECOND)],
        Difference.OTHER_LIMIT: [replace(same, bound=87.0)],
    }
    for kind, theirs in cases.items():
        (found,) = compare(theirs, OURS).differing
        assert (found.kind, found.theirs, found.ours) == (kind, theirs[0], OURS[0])
    (alone,) = compare([], OURS).differing
    assert (alone.kind, alone.theirs, alone.onset) == (Difference.HUB_ONLY, None, T)
    (unknown,) = compare([replace(same, limit="gone")], []).differing
    # What another limit says at the same time is no answer to it.
    assert len(compare([replace(same, limit="gone")], OURS).differing) == 2
    assert (unknown.kind, unknown.ours, unknown.onset) == (Difference.EDGE_ONLY, None, T)
    assert compare([same], OURS).equal == (same,)


def test_another_time_is_no_other_onset() -> None:
    (same,) = occurrence(88, 85, 84, 95)
    later = replace(same, onset=T + 60 * SECOND, cleared=T + 61 * SECOND)
    kinds = [each.kind for each in compare([later], OURS).differing]
    assert kinds == [Difference.EDGE_ONLY, Difference.HUB_ONLY]


def test_a_withdrawn_limit_and_an_end_not_yet_told_are_no_difference() -> None:
    (same,) = occurrence(88, 85, 84, 95)
    withdrawn = replace(same, cleared=T + SECOND, ending="withdrawn")
    open_still = replace(same, cleared=None, ending="")
    assert len(compare([withdrawn], OURS).equal) == len(compare([open_still], OURS).equal) == 1


def test_what_a_meter_kept_decides_nothing() -> None:
    assert judge(PLAIN, [(T, 99.0, int(Quality.DEVICE_TIME))]) == []


def test_history_never_sounds_and_stays_until_it_was_seen() -> None:
    engine = Engine({"r": (LOW,)}, {}, (), Settings(T))
    alert = history(OURS[0], "e", "r", T + 2 * SECOND, T + 600 * SECOND)
    assert (alert.code, alert.onset, alert.cleared, alert.value) == (Code.LIMIT_LOW, T, T + 2 * SECOND, 84)
    engine.remember(alert)
    engine.remember(alert)
    engine.tick(T + 601 * SECOND)
    (shown,) = engine.open_alerts()
    assert shown.suppression is Suppression.INHIBITED
    assert shown.condition is Condition.CLEARED
    assert shown.latched
    assert shown.priority is Priority.MEDIUM
    assert [step.number for step in engine.take_changes().transitions] == [1, 2]
    engine.act(alert.id, Action.TAKE, "nurse", "", T + 602 * SECOND)
    engine.act(alert.id, Action.RELEASE, "nurse", "", T + 603 * SECOND)
    assert engine.open_alerts()[0].response is Response.UNACKNOWLEDGED
    engine.act(alert.id, Action.ACKNOWLEDGE, "nurse", "", T + 604 * SECOND)
    assert engine.open_alerts() == []


def test_the_present_is_judged_beside_history() -> None:
    engine = Engine({"r": (LOW,)}, {}, (), Settings(T))
    engine.remember(history(OURS[0], "e", "r", T, T + 600 * SECOND))
    for second in (601, 603):
        now = T + second * SECOND
        engine.observe("e", "r", Observation("ox", "spo2", now, 80), now, late=False)
    active = [alert for alert in engine.open_alerts() if alert.condition is Condition.ACTIVE]
    assert [(alert.onset, alert.suppression) for alert in active] == [(T + 601 * SECOND, Suppression.NONE)]


def test_an_occurrence_within_an_alert_was_told_before() -> None:
    alert = history(OURS[0], "e", "r", T, T)
    assert told_before(OURS[0], [alert])
    other = judge(Limit("other", "spo2", Priority.HIGH, low=88), [(T, 85.0, 0)])[0]
    assert not told_before(other, [alert])
    later = judge(Limit("low", "spo2", Priority.HIGH, low=88), [(T + 9 * SECOND, 85.0, 0)])[0]
    assert not told_before(later, [alert])


def test_differing_is_one_alert_until_both_agree() -> None:
    engine = Engine({}, {}, (), Settings(T, {"e": "r"}))
    engine.differ("e", "r", "edge_only", T)
    engine.differ("e", "r", "other_end", T + SECOND)
    (shown,) = engine.open_alerts()
    assert (shown.code, shown.priority, shown.detail, shown.technical) == (
        Code.VERDICTS_DIFFER,
        Priority.LOW,
        "other_end",
        True,
    )
    engine.agree("e", T + 2 * SECOND)
    assert engine.open_alerts() == []
