"""For whom each open act waits: every state of every act has a row or goes on by itself, and what is late stands first."""

from __future__ import annotations

from devices.clock import SECOND
from hub.acts.machines import assistance, consultation, expertise, regulation, surveillance
from hub.acts.model import DAY, Act, Kind, Step
from hub.acts.registry import MACHINES
from hub.acts.waiting import MINUTE, TABLE, Whom, order, waiting

NOW = 1_790_000_000 * SECOND
BY_ITSELF = {
    (Kind.SURVEILLANCE, surveillance.State.RUNNING),
    (Kind.ASSISTANCE, assistance.State.GUIDING),
    (Kind.CONSULTATION, consultation.State.RUNNING),
}
"What goes on, or only its own time does something to."


def act(kind: Kind, state: str, **fields: object) -> Act:
    return Act("a1", kind, "jeanne", state, NOW, "ines", "Toux", fields=fields)


def step(number: int, event: str, state: str, later: int = 0) -> Step:
    return Step("a1", number, NOW + later, event, "ines", "", state)


def test_every_state_that_is_no_end_waits_for_somebody_or_goes_on_by_itself() -> None:
    states = {
        (kind, str(state))
        for kind, machine in MACHINES.items()
        for state in {before for before, _ in machine.table} - machine.final
    }
    assert states == {(kind, str(state)) for kind, state in TABLE} | {(k, str(s)) for k, s in BY_ITSELF}
    for kind, state in BY_ITSELF:
        assert waiting(act(kind, state), ()).whom is Whom.NOBODY


def test_the_wait_begins_with_the_state_and_not_with_the_last_note() -> None:
    steps = [
        step(1, "opened", "asked"),
        step(2, "finish", "seen", 5 * MINUTE),
        step(3, "note", "seen", 9 * MINUTE),
    ]
    found = waiting(act(Kind.CONSULTATION, consultation.State.SEEN), steps)
    assert (found.since, found.due, found.whom) == (NOW + 5 * MINUTE, NOW + 5 * MINUTE + DAY, Whom.PHYSICIAN)


def test_a_planned_consultation_is_late_from_its_hour_on() -> None:
    found = waiting(act(Kind.CONSULTATION, consultation.State.PLANNED, at=NOW + 30 * MINUTE), ())
    assert (found.late(NOW + 30 * MINUTE), found.late(NOW + 30 * MINUTE + 1)) == (False, True)
    assert waiting(act(Kind.CONSULTATION, consultation.State.PLANNED), ()).due is None


def test_a_question_is_due_a_day_after_it_was_sent_last_and_names_whom_it_asks() -> None:
    steps = [step(1, "opened", "draft"), step(2, "send", "sent", MINUTE), step(3, "accept", "accepted", DAY)]
    found = waiting(act(Kind.EXPERTISE, expertise.State.SENT, to="@derm"), steps[:2])
    assert (found.due, found.named) == (NOW + MINUTE + expertise.ANSWER_WITHIN, "@derm")
    # Who of the group took it is known from then on; the home may give more time than a day.
    within = expertise.sending(NOW + MINUTE, 2 * DAY)
    found = waiting(act(Kind.EXPERTISE, expertise.State.ACCEPTED, to="@derm", **within), steps)
    assert (found.due, found.named) == (NOW + MINUTE + 2 * DAY, "ines")


def test_late_ones_come_first_then_the_earliest_due_and_what_goes_on_last() -> None:
    states = [
        (Kind.SURVEILLANCE, surveillance.State.RUNNING),
        (Kind.CONSULTATION, consultation.State.ASKED),
        (Kind.REGULATION, regulation.State.PREPARED),
        (Kind.SURVEILLANCE, surveillance.State.REVIEW_DUE),
    ]
    now = NOW + 20 * MINUTE
    rows = sorted(
        (waiting(act(kind, state), ()) for kind, state in states), key=lambda each: order(each, now)
    )
    assert [row.due for row in rows] == [NOW, NOW + 15 * MINUTE, NOW + DAY, None]
