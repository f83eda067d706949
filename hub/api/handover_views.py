"""From the facts of a shift to what crosses the wire."""

from __future__ import annotations

from collections.abc import Sequence

from hub.alerting.handover import Answer, answer
from hub.api import handover_models as models
from hub.api.rounds_views import Names, score_view
from hub.api.views import alert_view, resident_view, suppression_view
from hub.handover import Facts, Shift, Story
from hub.rounds import score_of
from hub.store.handover import WARD, Note, Receipt
from hub.store.prescribing import Prescribed
from hub.ward import Told, Ward


def handover_view(
    shift: Shift,
    facts: Facts,
    stories: Sequence[Story],
    receipts: Sequence[Receipt],
    ward: Ward,
    names: Names,
) -> models.HandoverView:
    """Return what one shift tells the next."""
    told = [_resident(story, shift, ward, names) for story in stories]
    alone = [_alert(each, ward, names) for each in facts.alerts.get(WARD, ())]
    inherited = [each for one in told for each in one.alerts if each.inherited]
    return models.HandoverView(
        since=shift.since,
        until=shift.until,
        time=shift.now,
        running=shift.now < shift.until,
        residents=told,
        calm=len(ward.roll.inhabitants) - len(told),
        inherited=len(inherited) + sum(each.inherited for each in alone),
        ward=alone,
        notes=[note_view(versions, names) for versions in facts.notes.get(WARD, ())],
        receipts=[receipt_view(each, names) for each in receipts],
        before=shift.since - 1,
        after=shift.until if shift.until <= shift.now else None,
    )


def note_view(versions: Sequence[Note], names: Names) -> models.NoteHistory:
    """Return a note with what it was before."""
    views = [_note(note, names) for note in versions]
    return models.NoteHistory(now=views[-1], before=views[-2::-1])


def _note(note: Note, names: Names) -> models.NoteView:
    return models.NoteView(
        id=note.id,
        version=note.version,
        resident=note.resident,
        time=note.time,
        entered=note.entered,
        author=note.author,
        author_name=names.get(note.author, note.author),
        data=note.data,
        action=note.action,
        result=note.result,
        withdrawn=note.withdrawn,
    )


def receipt_view(receipt: Receipt, names: Names) -> models.ReceiptView:
    """Return who has read a hand-over."""
    name = names.get(receipt.reader, receipt.reader)
    return models.ReceiptView(reader=receipt.reader, reader_name=name, read=receipt.read)


def _resident(story: Story, shift: Shift, ward: Ward, names: Names) -> models.ResidentTold:
    seen = resident_view(ward, story.resident, shift.now)
    return models.ResidentTold(
        resident=seen.id,
        family_name=seen.family_name,
        given_name=seen.given_name,
        birth_year=seen.birth_year,
        room=seen.room,
        alerts=[_alert(told, ward, names) for told in story.alerts],
        excursions=[
            models.ExcursionView(metric=each.metric, worst=each.worst, minutes=each.minutes)
            for each in story.excursions
        ],
        news2=_score(story, names),
        orders=[suppression_view(order, ward.roll, anonymous=False) for order in story.orders],
        limits=[_limit(each, shift, names) for each in story.limits],
        calls=[
            models.CallTold(
                caller_name=names.get(call.caller, call.caller),
                state=call.state,
                requested=call.requested,
                answered=call.answered,
                ended=call.ended,
            )
            for call in story.calls
        ],
        silent=[
            models.SilentSensor(sensor=sensor.sensor, kind=sensor.kind, why=sensor.why.code)
            for sensor in seen.sensors
            if sensor.why.fault
        ],
        unwatched_reason=story.unwatched,
        notes=[note_view(versions, names) for versions in story.notes],
    )


def _alert(told: Told, ward: Ward, names: Names) -> models.ToldAlert:
    found: Answer | None = answer(told.history)
    return models.ToldAlert(
        alert=alert_view(told, ward.roll, anonymous=False),
        answered_by="" if found is None else names.get(found.author, found.author),
        answered_after=None if found is None else found.after,
        inherited=told.alert.open,
    )


def _score(story: Story, names: Names) -> models.ScoreTold | None:
    if not story.checks:
        return None
    last = story.checks[0]
    return models.ScoreTold(
        score=score_view(score_of(last), None),
        time=last.time,
        author_name=names.get(last.author, last.author),
        sets=len(story.checks),
        before=None if story.earlier is None else score_of(story.earlier).total,
    )


def _limit(each: Prescribed, shift: Shift, names: Names) -> models.LimitChange:
    paper = each.paper

    def within(time: int | None) -> int | None:
        return time if time is not None and shift.since <= time < shift.until else None

    author = paper.author or paper.proposed_by
    return models.LimitChange(
        metric=each.limit.metric,
        low=each.limit.low,
        high=each.limit.high,
        priority=each.limit.priority.value,
        author_name=names.get(author, author),
        reason=paper.reason,
        began=within(paper.since),
        ended=within(paper.until),
    )
