"""A message that tries a way: what became of it is what the counterpart said, and nothing else."""

from __future__ import annotations

import datetime

import pytest

from devices.clock import SECOND, ManualClock
from hub.notify.base import TEST_CODE, GiveUp, Notice, Outcome, Receipt, ReceiptKind, Retry, Sent
from hub.notify.email_message import Address, compose
from hub.notify.trying import PAUSE, TEXT, TooSoonError, Tries, Way

T = 1_790_000_000 * SECOND
WAY = Way("anne", "sms", "+33612345601")


class Counter:
    """Takes notices, and answers what it is told to."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.notices: list[Notice] = []

    async def __call__(self, notice: Notice) -> Outcome:
        self.notices.append(notice)
        return self.outcomes.pop(0)


async def test_what_is_sent_is_a_test_without_name_and_room() -> None:
    tries, counter = Tries(ManualClock(T)), Counter(Sent("7"))
    made = await tries.send(WAY, "cadre", counter)
    [notice] = counter.notices
    assert (notice.code, notice.text, notice.room, notice.alert, notice.address) == (
        TEST_CODE,
        TEXT,
        "",
        "",
        "+33612345601",
    )
    assert (made.outcome, made.reference, made.author, made.receipt) == ("sent", "7", "cadre", None)


async def test_the_best_that_the_counterpart_says_is_kept() -> None:
    clock = ManualClock(T)
    tries = Tries(clock)
    await tries.send(WAY, "cadre", Counter(Sent("7")))
    for kind, when in (
        (ReceiptKind.DELIVERED, T + 5),
        (ReceiptKind.SEEN, T + 6),
        (ReceiptKind.DELIVERED, T + 7),
    ):
        tries.receipt(Receipt("sms", "7", kind, when))
    tries.receipt(Receipt("sms", "8", ReceiptKind.ACCEPTED, T + 8))
    tries.receipt(Receipt("espa", "7", ReceiptKind.ACCEPTED, T + 8))
    tries.receipt(Receipt("sms", "7", ReceiptKind.ACCEPTED, T - 1))
    [found] = tries.all()
    assert (found.receipt, found.received) == (ReceiptKind.SEEN, T + 6)


@pytest.mark.parametrize(
    ("outcome", "said"), [(Retry("no network"), "later"), (GiveUp("number unknown"), "failed")]
)
async def test_what_does_not_go_says_why(outcome: Outcome, said: str) -> None:
    tries = Tries(ManualClock(T))
    made = await tries.send(WAY, "cadre", Counter(outcome))
    tries.receipt(Receipt("sms", "", ReceiptKind.DELIVERED, T + 1))
    assert isinstance(outcome, Retry | GiveUp)
    assert (made.outcome, made.reason) == (said, outcome.reason)
    assert tries.all() == [made]


async def test_nobody_is_rung_at_again_and_again() -> None:
    clock = ManualClock(T)
    tries, counter = Tries(clock), Counter(Sent("1"), Sent("2"), Sent("3"))
    await tries.send(WAY, "cadre", counter)
    clock.advance(PAUSE - 1)
    with pytest.raises(TooSoonError):
        await tries.send(WAY, "cadre", counter)
    await tries.send(Way("anne", "espa", "7"), "cadre", counter)
    clock.advance(1)
    await tries.send(WAY, "cadre", counter)
    assert [each.reference for each in tries.all()] == ["3", "2"]


async def test_a_letter_says_that_it_is_a_test() -> None:
    counter = Counter(Sent())
    await Tries(ManualClock(T)).send(Way("anne", "email", "anne@tilleuls.example"), "cadre", counter)
    letter = compose(
        counter.notices[0],
        Address("", "veilleuse", "tilleuls.example"),
        Address("", "anne", "tilleuls.example"),
        datetime.UTC,
    )
    text = letter.get_content()
    assert text.startswith("Message d'essai")
    assert "Alerte de priorité" not in text
