"""The questionnaire before a teleconsultation: what is known, what is asked, where it leads, and what people decide."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection

from hub.acts.triage.evaluation import alone, assess, pending, revise
from hub.acts.triage.model import Case, Measured, Outcome, Questionnaire, TriageError
from hub.acts.triage.wire import read_answers, said, said_score
from hub.api import triage_models as models
from hub.api.problems import RefusedError, invalid, unknown
from hub.api.security import Account, Carer, Signer, services_of
from hub.api.services import Services
from hub.api.sight import sight_of
from hub.store import acts, records, triages
from hub.store.records import AuditEntry
from hub.store.triages import DecidedMeanwhileError, Decision, Triage
from hub.triage_case import Background, background

router = APIRouter(prefix="/api/v1", tags=["triage"])

_Names = Mapping[str, str]


@router.get("/triage/rules", operation_id="get_triage_rules")
async def get_triage_rules(_account: Carer, request: Request) -> models.TriageRules:
    """Return the questionnaire that is in force: who wrote it, who signed it, and what it asks."""
    return _rules_view(_rules(services_of(request)))


@router.get("/residents/{resident}/triage", operation_id="get_triage_known")
async def get_triage_known(resident: str, account: Carer, request: Request) -> models.TriageKnown:
    """Return what the hub knows of a resident before anything is asked; that the record was read is written down."""
    services = services_of(request)
    rules = _rules(services)
    _lives_here(resident, services)
    now = services.clock.utc()
    found = await run_sync(_look, services, resident, account, now)
    return _known_view(rules, resident, found, now)


@router.post("/residents/{resident}/triage/draft", operation_id="draft_triage")
async def draft_triage(
    resident: str, given: models.TriageDraftIn, _account: Carer, request: Request
) -> models.TriageDraft:
    """Tell where answers lead so far, and what is asked next. Nothing is kept."""
    services = services_of(request)
    rules = _rules(services)
    _lives_here(resident, services)
    found = await run_sync(_background, services, resident, services.clock.utc())
    case = _case(rules, given, found)
    result = models.TriageResult.model_validate(said(assess(rules, case)))
    return models.TriageDraft(result=result, pending=list(pending(rules, case)))


@router.post("/residents/{resident}/triage", operation_id="keep_triage", status_code=HTTPStatus.CREATED)
async def keep_triage(
    resident: str, given: models.TriageIn, account: Carer, request: Request
) -> models.TriageView:
    """Evaluate a questionnaire and keep it, with what was measured and what the record said then.

    Sent again under the same `id` it is the one that was kept.
    """
    services = services_of(request)
    rules = _rules(services)
    _lives_here(resident, services)
    kept = await run_sync(_keep, services, rules, resident, given, account)
    return await run_sync(_view, services, kept.id)


@router.get("/residents/{resident}/triages", operation_id="list_triages")
async def list_triages(resident: str, _account: Carer, request: Request) -> models.TriageList:
    """Return the last questionnaires of a resident, newest first."""
    services = services_of(request)
    _lives_here(resident, services)
    return await run_sync(_list, services, resident)


@router.get("/triages/{triage}", operation_id="get_triage")
async def get_triage(triage: str, _account: Carer, request: Request) -> models.TriageView:
    """Return a questionnaire: where it led, why, and what people decided."""
    return await run_sync(_view, services_of(request), triage)


@router.post("/triages/{triage}/decisions", operation_id="decide_triage")
async def decide_triage(
    triage: str, given: models.TriageDecisionIn, account: Carer, request: Request
) -> models.TriageView:
    """Confirm where a questionnaire led, or lead somewhere else: more is free, less has a typed reason."""
    services = services_of(request)
    await run_sync(_decide, services, triage, given, account)
    return await run_sync(_view, services, triage)


@router.get("/triage/review", operation_id="review_triages")
async def review_triages(
    query: Annotated[models.TriageReviewQuery, Query()], account: Signer, request: Request
) -> models.TriageReview:
    """Return what became of the questionnaires of a time: how many were seen, and those that led the wrong way."""
    services = services_of(request)
    sees = (await sight_of(request, account)).sees
    found = await run_sync(_review, services, query.since, query.until)
    return found.model_copy(update={"items": [each for each in found.items if sees(each.resident)]})


# ---- in a thread ----


def _background(services: Services, resident: str, now: int) -> Background:
    with services.database.read() as connection:
        return background(connection, resident, services.live.ward.values(resident), now)


def _look(services: Services, resident: str, account: Account, now: int) -> Background:
    with services.database.write() as connection:
        entry = AuditEntry(
            now, account.username, "read_dossier", resident, "treatments, directives: questionnaire"
        )
        records.audit(connection, entry)
        return background(connection, resident, services.live.ward.values(resident), now)


def _keep(
    services: Services, rules: Questionnaire, resident: str, given: models.TriageIn, account: Account
) -> Triage:
    now = services.clock.utc()
    with services.database.write() as connection:
        before = triages.find(connection, given.id) if given.id else None
        if before is not None:
            return _same(before, resident, account)
        _of_this_resident(connection, given.act, resident)
        found = background(connection, resident, services.live.ward.values(resident), now)
        case = _case(rules, given, found)
        result = said(assess(rules, case))
        made = Triage(
            id=given.id or secrets.token_hex(8),
            resident=resident,
            time=now,
            author=account.username,
            ruleset=rules.digest,
            motif=given.motif,
            answers=_json(given.answers),
            measured=_json({"vitals": _measured(found.measured), "facts": dict(found.facts)}),
            outcome=Outcome(result["outcome"]),
            reasons=_json(result["reasons"]),
            result=_json(result),
            act=given.act,
        )
        triages.add(connection, made)
        detail = f"{made.id} {made.outcome.value} by rules {rules.digest}"
        records.audit(connection, AuditEntry(now, account.username, "triage_kept", resident, detail))
    return made


def _same(before: Triage, resident: str, account: Account) -> Triage:
    if (before.resident, before.author) != (resident, account.username):
        raise RefusedError(HTTPStatus.CONFLICT, "other_triage", f"triage {before.id!r} is another one")
    return before


def _of_this_resident(connection: Connection, act: str | None, resident: str) -> None:
    if act is None:
        return
    found = acts.find(connection, act)
    if found is None or found.resident != resident:
        raise unknown("act", act)


def _decide(services: Services, key: str, given: models.TriageDecisionIn, account: Account) -> None:
    now = services.clock.utc()
    with services.database.write() as connection:
        found = _found(connection, key)
        before = triages.decisions(connection, [key]).get(key, ())
        chosen, reason = Outcome(given.outcome), given.reason.strip()
        # Against what was proposed, not against what somebody decided meanwhile: going back up and down again needs the reason.
        try:
            highest = max([found.outcome, *(each.outcome for each in before)], key=_rank)
            revise(highest, chosen, reason)
        except TriageError as error:
            raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "reason_missing", str(error)) from None
        made = Decision(key, given.number, now, account.username, chosen, reason)
        try:
            triages.decide(connection, made)
        except DecidedMeanwhileError as error:
            raise RefusedError(HTTPStatus.CONFLICT, "changed_meanwhile", str(error)) from None
        detail = f"{key} {chosen.value}: {reason}"
        records.audit(connection, AuditEntry(now, account.username, "triage_decided", found.resident, detail))


def _rank(outcome: Outcome) -> int:
    return outcome.rank


def _list(services: Services, resident: str) -> models.TriageList:
    rules, names = _rules(services), _names(services)
    with services.database.read() as connection:
        found = triages.of_resident(connection, resident)
        decided = triages.decisions(connection, [each.id for each in found])
    return models.TriageList(
        items=[_triage_view(rules, each, decided.get(each.id, ()), names) for each in found]
    )


def _view(services: Services, key: str) -> models.TriageView:
    with services.database.read() as connection:
        found = _found(connection, key)
        decided = triages.decisions(connection, [key]).get(key, ())
    return _triage_view(_rules(services), found, decided, _names(services))


def _found(connection: Connection, key: str) -> Triage:
    found = triages.find(connection, key)
    if found is None:
        raise unknown("triage", key)
    return found


def _review(services: Services, since: int, until: int) -> models.TriageReview:
    rules = _rules(services)
    with services.database.read() as connection:
        rates = triages.rates(connection, since, until)
        found = triages.reorientations(connection, since, until)
    return models.TriageReview(
        started=rates.started,
        seen=rates.seen,
        reoriented=rates.reoriented,
        missed=rates.missed,
        billable=rates.billable,
        see_rate=rates.see_rate,
        handled_rate=rates.handled_rate,
        missed_rate=rates.missed_rate,
        items=[
            models.TriageReoriented.model_validate(
                {
                    "triage": each.triage,
                    "act": each.act,
                    "resident": each.resident,
                    "asked": each.asked,
                    "closed": each.closed,
                    "motif_title": _title(rules, each.motif),
                    "outcome": each.outcome.value,
                    "state": each.state,
                    "reoriented_to": str(json.loads(each.fields).get("reoriented_to", "")),
                    "reason": each.reason,
                    "ruleset": each.ruleset,
                }
            )
            for each in found
        ],
    )


# ---- what is said ----


def _rules(services: Services) -> Questionnaire:
    if services.questionnaire is None:
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE, "triage_unavailable", "this hub has no questionnaire"
        )
    return services.questionnaire


def _lives_here(resident: str, services: Services) -> None:
    if resident not in services.live.ward.roll.inhabitants:
        raise unknown("resident", resident)


def _case(rules: Questionnaire, given: models.TriageDraftIn, found: Background) -> Case:
    if given.motif and given.motif not in rules.motifs:
        raise unknown("motif", given.motif)
    try:
        answers = read_answers(rules, given.answers)
    except TriageError as error:
        raise invalid("body.answers", str(error)) from None
    known = {name: each for name, each in found.facts.items() if name in rules.risks}
    return Case(answers, found.measured, known, given.motif, found.spo2_scale)


def _measured(vitals: Mapping[str, Measured]) -> dict[str, dict[str, object]]:
    return {name: {"value": each.value, "age": each.age} for name, each in vitals.items()}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _names(services: Services) -> dict[str, str]:
    return {user.username: user.display_name for user in services.accounts.users()}


def _title(rules: Questionnaire, motif: str) -> str:
    """Return the title of a motif; one that the rules do not have any more keeps its name."""
    return rules.motifs[motif].title if motif in rules.motifs else motif


def _triage_view(
    rules: Questionnaire, triage: Triage, decided: tuple[Decision, ...], names: _Names
) -> models.TriageView:
    result: dict[str, Any] = json.loads(triage.result)
    return models.TriageView.model_validate(
        {
            **result,
            "id": triage.id,
            "resident": triage.resident,
            "time": triage.time,
            "author": triage.author,
            "author_name": names.get(triage.author, triage.author),
            "ruleset": triage.ruleset,
            "motif": triage.motif,
            "motif_title": _title(rules, triage.motif),
            "answers": json.loads(triage.answers),
            "measured": json.loads(triage.measured)["vitals"],
            "act": triage.act,
            "decisions": [
                {
                    "number": each.number,
                    "time": each.time,
                    "author": each.author,
                    "author_name": names.get(each.author, each.author),
                    "outcome": each.outcome.value,
                    "reason": each.reason,
                }
                for each in decided
            ],
            "decided": decided[-1].outcome.value if decided else triage.outcome.value,
        }
    )


def _rules_view(rules: Questionnaire) -> models.TriageRules:
    return models.TriageRules.model_validate(
        {
            "version": rules.version,
            "digest": rules.digest,
            "author": rules.author,
            "date": rules.date,
            "signed_by": rules.signed_by,
            "questions": [
                {
                    "id": each.id,
                    "text": each.text,
                    "hint": each.hint,
                    "part": each.part,
                    "number": each.number,
                    "time": each.time,
                    "unit": each.unit,
                    "low": each.low,
                    "high": each.high,
                    "alone": alone(rules, each.id).value if each.part == "screen" else None,
                }
                for each in rules.questions.values()
            ],
            "motifs": [
                {"id": each.id, "title": each.title, "questions": list(each.questions)}
                for each in rules.motifs.values()
            ],
            "risks": [{"id": each.id, "text": each.text} for each in rules.risks.values()],
            "checks": [{"id": name, "text": text} for name, text in rules.checks.items()],
            "paths": [
                {"outcome": each.value, "title": rules.paths[each].title, "next": rules.paths[each].next}
                for each in Outcome
            ],
        }
    )


def _known_view(rules: Questionnaire, resident: str, found: Background, now: int) -> models.TriageKnown:
    scored = assess(rules, Case({}, found.measured, {}, "", found.spo2_scale)).score
    wishes = found.directives
    return models.TriageKnown(
        resident=resident,
        time=now,
        values=[
            models.TriageValue(
                name=name,
                value=each.measured.value,
                age=each.measured.age,
                by_hand=each.by_hand,
                aged=each.measured.age > rules.ages.said_after,
            )
            for name, each in found.vitals.items()
            if each.measured.age <= rules.ages.usable
        ],
        facts=[models.TriageFact(id=name, known=found.facts.get(name)) for name in rules.risks],
        news2=models.TriageScore.model_validate(said_score(scored)),
        spo2_scale=found.spo2_scale,
        plan=None
        if wishes is None
        else models.TriagePlan(
            palliative=wishes.palliative,
            directives=wishes.text,
            limitation=wishes.limitation_text,
            resuscitation=wishes.resuscitation,
            hospital=wishes.hospital,
        ),
    )
