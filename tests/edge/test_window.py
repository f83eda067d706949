"""What was numbered, sent and acknowledged, on a time line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from edge.window import ANSWER, BEHIND_LIMIT, BEHIND_TIME, PATIENCE, WINDOW, Verdict, Window


def sent(*numbers: int, at: int = 0) -> Window:
    window = Window()
    for number in numbers:
        window.number(number, at)
        window.went_out(number, at)
    return window


def test_an_idle_hub_is_taken_to_answer() -> None:
    assert Window().answers(10**12)


def test_the_hub_answers_until_something_waits_too_long() -> None:
    window = sent(1)
    assert window.answers(ANSWER)
    assert not window.answers(ANSWER + 1)


def test_later_batches_do_not_renew_the_wait() -> None:
    window = sent(1)
    for second in range(1, 5):
        window.number(second + 1, second * SECOND)
        window.went_out(second + 1, second * SECOND)
    assert not window.answers(ANSWER + 1)


def test_an_acknowledgement_proves_the_hub_alive() -> None:
    window = sent(1, 2)
    assert window.acknowledge(1, 20 * SECOND) is Verdict.PROGRESS
    assert window.answers(24 * SECOND)
    assert window.acknowledge(2, 24 * SECOND) is Verdict.PROGRESS
    assert window.answers(10**12)


def test_what_was_outstanding_at_the_start_does_not_prove_the_hub_alive() -> None:
    window = Window(acknowledged=3, numbered=5)
    assert not window.answers(0)
    window.heard(0)
    assert window.answers(1)


def test_a_reconnection_sends_everything_again_and_proves_nothing() -> None:
    window = sent(1, 2, 3)
    window.acknowledge(1, 0)
    window.reconnect()
    assert window.sent == 1
    assert not window.answers(ANSWER + 1)


def test_patience_ends_once_and_doubles() -> None:
    window = sent(1, 2)
    assert not window.overdue(PATIENCE - 1)
    assert window.overdue(PATIENCE)
    assert window.sent == 0
    assert not window.overdue(PATIENCE), "nothing is under way"
    window.went_out(1, PATIENCE)
    assert not window.overdue(3 * PATIENCE - 1)
    assert window.overdue(3 * PATIENCE)


def test_progress_renews_patience() -> None:
    window = sent(1, 2)
    window.acknowledge(1, 4 * SECOND)
    assert not window.overdue(8 * SECOND)
    assert window.overdue(9 * SECOND)


def test_a_repeated_cursor_sends_again_but_not_at_once() -> None:
    window = sent(1, 2, 3)
    window.acknowledge(1, 0)
    assert window.acknowledge(1, SECOND // 2) is Verdict.REPEATED
    assert window.sent == 3
    assert window.acknowledge(1, SECOND) is Verdict.REPEATED
    assert window.sent == 1


def test_the_window_is_bounded() -> None:
    window = Window()
    for number in range(1, WINDOW + 1):
        assert window.has_room()
        window.number(number, 0)
    assert not window.has_room()


def test_a_cursor_ahead_of_our_numbers_is_another_past() -> None:
    assert sent(1).acknowledge(2, 0) is Verdict.FOREIGN_PAST


def test_one_old_acknowledgement_is_an_accident_and_many_are_a_loss() -> None:
    window = sent(1, 2, 3)
    window.acknowledge(3, 0)
    for number in range(BEHIND_LIMIT + 3):
        assert window.acknowledge(1, SECOND + number) is Verdict.BEHIND
    assert window.acknowledge(3, 2 * SECOND) is Verdict.REPEATED
    verdicts = [window.acknowledge(1, (3 + 4 * number) * SECOND) for number in range(BEHIND_LIMIT)]
    assert verdicts == [Verdict.BEHIND] * (BEHIND_LIMIT - 1) + [Verdict.LOST_PAST]
    assert 4 * (BEHIND_LIMIT - 1) * SECOND >= BEHIND_TIME


def test_a_numbering_begun_anew_has_no_past() -> None:
    window = sent(1, 2, 3)
    window.begin_anew()
    assert (window.acknowledged, window.numbered, window.sent, window.answers(10**12)) == (0, 0, 0, True)


@given(st.lists(st.sampled_from(["number", "send", "ack", "tick", "reconnect"]), max_size=200), st.randoms())
def test_every_number_goes_out_in_order_and_none_is_skipped(steps: list[str], random: object) -> None:
    """Against a hub that takes only the next number, whatever is lost on the way."""
    window, now, cursor = Window(), 0, 0
    for step in steps:
        now += SECOND
        if step == "number":
            window.number(window.numbered + 1, now)
        elif step == "send" and window.sent < window.numbered:
            number = window.sent + 1
            window.went_out(number, now)
            lost = random.random() < 0.5  # type: ignore[attr-defined]
            if not lost and number == cursor + 1:
                cursor = number
        elif step == "ack":
            assert window.acknowledge(cursor, now) in {Verdict.PROGRESS, Verdict.REPEATED}
        elif step == "tick":
            window.overdue(now)
        else:
            window.reconnect()
        assert window.acknowledged <= window.sent <= window.numbered
    # With the losses over, everything arrives.
    window.reconnect()
    while window.sent < window.numbered:
        number = window.sent + 1
        window.went_out(number, now)
        cursor += number == cursor + 1
    assert cursor == window.numbered
