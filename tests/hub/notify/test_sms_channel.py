"""The channel against a modem on a pty."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.clock import SECOND, SystemClock
from devices.errors import ConfigError
from devices.limits import Priority
from hub.notify.base import GiveUp, Receipt, ReceiptKind, Retry, Sent
from hub.notify.budget import Budget
from hub.notify.gsm_modem import ModemSettings
from hub.notify.lines import LineLostError, LineRefusedError, LineSettings
from hub.notify.sms_channel import SmsChannel, SmsConfig, reference
from hub.notify.sms_pdu import Submit, coding_for
from tests.hub.notify.helpers import NOW, notice, running, until
from tests.hub.notify.sms_modem import FakeModem

QUICK = ModemSettings(command=1.0, body=1.0, rest=0.1, blocked=0.2, check=0.3)
NUMBER = "+33612345678"


@pytest.fixture
def modem() -> Iterator[FakeModem]:
    made = FakeModem()
    yield made
    made.close()


@pytest.fixture
def locked() -> Iterator[FakeModem]:
    made = FakeModem(pin="4321")
    yield made
    made.close()


def channel(
    modem: FakeModem, receipts: list[Receipt] | None = None, /, limit: float = 30.0, **more: object
) -> SmsChannel:
    taken = [] if receipts is None else receipts
    config = SmsConfig(LineSettings(modem.link, 115_200), **more)  # type: ignore[arg-type]  # fields by name
    return SmsChannel(config, SystemClock(), taken.append, limit=limit, times=QUICK)


def pin_file(folder: Path, pin: str, mode: int = 0o600) -> Path:
    # As an editor does: nobody reads a file that is half written.
    new = folder / "sim-pin.new"
    new.write_text(pin + "\n")
    new.chmod(mode)
    return new.replace(folder / "sim-pin")


def names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_a_message_goes_to_the_network(modem: FakeModem) -> None:
    made = channel(modem)
    async with running(made):
        assert await made.send(notice(address=NUMBER, text="ALERTE CH12 SPO2 84%")) == Sent("612345678/41")
    # The sheet's vector, but for its validity (30 min), and with a report asked for.
    assert modem.taken == [(32, "0031000B913316325476F8000001144166514A2D8286C8980C34853E65201CAD04")]


@pytest.mark.parametrize(
    ("charset", "text", "pdu"),
    [
        ("auto", "\u00ea", "0031000B913316325476F80008010200EA"),
        ("gsm", "\u00ea", "0031000B913316325476F800000101" + "65"),
        ("auto", "\u00e9\x00\n", "0031000B913316325476F800000101" + "05"),
    ],
)
async def test_how_a_text_is_written(modem: FakeModem, charset: str, text: str, pdu: str) -> None:
    made = channel(modem, charset=charset)
    async with running(made):
        await made.send(notice(address=NUMBER, text=text))
    assert modem.taken[0][1] == pdu


async def test_a_text_too_long_for_ucs2_is_written_without_accents(modem: FakeModem) -> None:
    made = channel(modem)
    async with running(made):
        await made.send(notice(address=NUMBER, text="\U0001f6a8" * 60))
    assert modem.taken[0][1].startswith("0031000B913316325476F80000013C")


async def test_a_text_that_no_message_holds_is_given_up(modem: FakeModem) -> None:
    made = channel(modem, charset="gsm")
    async with running(made):
        # One character that stands for a whole sentence.
        outcome = await made.send(notice(address=NUMBER, text="\ufdfa" * 60))
        assert isinstance(outcome, GiveUp)
        assert "does not fit" in outcome.reason
        assert isinstance(await made.send(notice(2, address=NUMBER)), Sent)


@pytest.mark.parametrize(
    ("text", "link", "written"),
    [
        ("Avis demandé", "https://hub.example/avis", "Avis demandé https://hub.example/avis"),
        ("Avis demandé", "", "Avis demandé"),
        # Neither leaves out an accent of the text nor makes two messages of one.
        ("Avis demandê", "https://hub.example/avis", "Avis demandê"),
        ("Avis demandé", "https://" + "x" * 150, "Avis demandé"),
    ],
)
async def test_the_address_of_a_page_goes_with_the_text_where_one_message_holds_both(
    modem: FakeModem, text: str, link: str, written: str
) -> None:
    made = channel(modem)
    async with running(made):
        assert isinstance(await made.send(notice(address=NUMBER, text=text, link=link)), Sent)
    sent = Submit(NUMBER, written, coding_for(written), validity=600, report=True)
    assert modem.taken[0][1] == "00" + bytes(sent).hex().upper()


async def test_a_message_does_not_live_longer_than_its_alert(modem: FakeModem) -> None:
    made, now = channel(modem, validity=60), SystemClock().utc()
    async with running(made):
        await made.send(notice(1, address=NUMBER, text="a", expires=now + 16 * 60 * SECOND))
        await made.send(notice(2, address=NUMBER, text="a", expires=now + 7 * 24 * 3600 * SECOND))
    # (n + 1) times 5 minutes.
    assert [body[26:28] for _, body in modem.taken] == ["02", "0B"]


async def test_what_the_network_reports_becomes_a_receipt(modem: FakeModem) -> None:
    receipts: list[Receipt] = []
    made = channel(modem, receipts)
    async with running(made):
        sent = await made.send(notice(address=NUMBER))
        modem.report(41, NUMBER, 0x30)
        modem.report(41, NUMBER, 0x00)
        modem.report(42, NUMBER, 0x46)
        await until(lambda: len(receipts) == 2)
    assert [(each.reference, each.kind, each.detail) for each in receipts] == [
        ("612345678/41", ReceiptKind.DELIVERED, "status 0x00"),
        ("612345678/42", ReceiptKind.FAILED, "status 0x46"),
    ]
    assert isinstance(sent, Sent)
    assert sent.reference == receipts[0].reference


async def test_a_report_is_matched_after_a_restart_of_the_hub(modem: FakeModem) -> None:
    receipts: list[Receipt] = []
    async with running(first := channel(modem)):
        sent = await first.send(notice(address=NUMBER))
    async with running(channel(modem, receipts)):
        modem.report(41, NUMBER, 0x00)
        await until(lambda: receipts)
    assert sent == Sent(receipts[0].reference)


@pytest.mark.parametrize(
    ("fault", "kind"), [("28", GiveUp), ("42", Retry), ("hang", Retry), ("deaf", Retry), ("reboot", Retry)]
)
async def test_what_goes_wrong_once_goes_well_the_next_time(modem: FakeModem, fault: str, kind: type) -> None:
    made = channel(modem)
    async with running(made):
        modem.faults.append(fault)
        assert isinstance(await made.send(notice(address=NUMBER)), kind)
        await until(lambda: made.state.well)
        assert await made.send(notice(address=NUMBER)) == Sent("612345678/41")
    assert len(modem.taken) == 1


async def test_a_modem_that_restarted_unseen_sends_nothing_wrong(modem: FakeModem) -> None:
    made = channel(modem)
    async with running(made):
        modem.reboot()
        outcome = await made.send(notice(address=NUMBER))
        assert outcome == Retry("the modem has restarted", after=10.0)
        await until(lambda: made.state.well)
        assert await made.send(notice(address=NUMBER)) == Sent("612345678/41")


async def test_a_success_that_came_late_is_not_sent_again(modem: FakeModem) -> None:
    made = channel(modem, limit=0.3)
    async with running(made):
        modem.faults.append("late")
        assert await made.send(notice(address=NUMBER)) == Retry("not taken within 0.3 s")
        await until(lambda: modem._late)
        modem.release()
        await until(lambda: made._errands._taken)
        await until(lambda: made.state.well)
        assert await made.send(notice(address=NUMBER)) == Sent("612345678/41")
    assert len(modem.taken) == 1


async def test_the_same_notice_twice_is_one_message(modem: FakeModem) -> None:
    made = channel(modem)
    async with running(made):
        both = await asyncio.gather(*(made.send(notice(address=NUMBER)) for _ in range(2)))
        assert both == [Sent("612345678/41")] * 2
        assert await made.send(notice(address=NUMBER)) == both[0]
    assert len(modem.taken) == 1


async def test_what_is_over_or_has_no_number_is_not_sent(modem: FakeModem) -> None:
    made = channel(modem)
    async with running(made):
        assert isinstance(await made.send(notice(address=NUMBER, expires=NOW - 1)), GiveUp)
        for address in ("", "+", "12", '+336"1', "+33 6", "\u0661\u0661\u0661\u0661"):
            assert isinstance(await made.send(notice(address=address)), GiveUp)
    assert modem.taken == []


async def test_a_network_that_goes_and_comes(modem: FakeModem) -> None:
    made = channel(modem)
    async with running(made):
        modem.network = "0,2"
        await until(lambda: not made.state.well)
        assert await made.send(notice(address=NUMBER)) == Retry(
            "the modem is not registered in a network", after=10.0
        )
        modem.network = "0,5"
        await until(lambda: made.state.well)
        assert isinstance(await made.send(notice(address=NUMBER)), Sent)


async def test_a_modem_that_hangs_ends_the_run(modem: FakeModem) -> None:
    made = channel(modem)
    async with running(made) as task:
        modem.silent = True
        with pytest.raises(LineLostError, match="does not answer"):
            await task
    assert not made.state.well
    modem.silent = False
    async with running(made):
        assert isinstance(await made.send(notice(address=NUMBER)), Sent)


async def test_a_line_that_is_not_there(tmp_path: Path) -> None:
    made = SmsChannel(SmsConfig(LineSettings(str(tmp_path / "none"))), SystemClock(), [].append)
    with pytest.raises(LineRefusedError):
        await made.run()
    assert "No such file" in made.state.reason
    assert isinstance(await made.send(notice(address=NUMBER)), Retry)


async def test_a_file_that_is_no_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    made = SmsChannel(SmsConfig(LineSettings(str(tmp_path / "file"))), SystemClock(), [].append)
    with pytest.raises(LineRefusedError, match="no serial line"):
        await made.run()


async def test_an_hour_has_so_many_messages_and_some_are_for_alarms(modem: FakeModem) -> None:
    made = channel(modem, per_hour=3, reserve=0.34)
    async with running(made):
        low = [await made.send(notice(each, address=NUMBER, priority=Priority.LOW)) for each in range(3)]
        assert [type(each) for each in low] == [Sent, Retry, Retry]
        high = [await made.send(notice(each, address=NUMBER)) for each in range(10, 13)]
        assert [type(each) for each in high] == [Sent, Sent, Retry]
        assert isinstance(high[2], Retry)
        assert 1000 < high[2].after <= 1200
    assert len(modem.taken) == 3


def test_a_budget_refills_evenly() -> None:
    budget = Budget(60, 0.5, 0)
    assert [budget.take(0, urgent=False) for _ in range(30)] == [0.0] * 30
    assert budget.take(0, urgent=False) == pytest.approx(60)
    assert [budget.take(0, urgent=True) for _ in range(30)] == [0.0] * 30
    assert budget.take(0, urgent=True) == pytest.approx(60)
    assert budget.take(60 * SECOND, urgent=True) == 0.0
    assert budget.take(60 * SECOND, urgent=True) > 0
    assert [budget.take(9000 * SECOND, urgent=True) for _ in range(60)] == [0.0] * 60
    assert budget.take(9000 * SECOND, urgent=True) > 0


async def test_a_pin_opens_the_sim(locked: FakeModem, tmp_path: Path) -> None:
    made = channel(locked, pin_file=pin_file(tmp_path, "4321"))
    async with running(made):
        assert isinstance(await made.send(notice(address=NUMBER)), Sent)
    async with running(made):
        pass
    assert locked.tries == ["4321"]
    assert names(tmp_path) == ["sim-pin"]


async def test_a_wrong_pin_is_tried_once_whatever_restarts(locked: FakeModem, tmp_path: Path) -> None:
    file = pin_file(tmp_path, "1111")
    for _ in range(4):
        made = channel(locked, pin_file=file)
        async with running(made, well=False):
            await until(lambda made=made: "PIN" in made.state.reason)
            await until(lambda: locked.commands.count("AT+CPIN?") % 5 == 4)
    assert locked.tries == ["1111"]
    file.write_text("4321\n")
    async with running(channel(locked, pin_file=file)):
        assert locked.tries == ["1111", "4321"]


async def test_a_pin_that_is_put_right_is_noticed(locked: FakeModem, tmp_path: Path) -> None:
    made = channel(locked, pin_file=pin_file(tmp_path, "1111"))
    async with running(made, well=False) as task:
        await until(lambda: "refuses the PIN" in made.state.reason)
        pin_file(tmp_path, "4321")
        with pytest.raises(LineLostError, match="another PIN"):
            await task
    async with running(made):
        pass
    assert locked.tries == ["1111", "4321"]


def test_a_pin_does_not_show_in_a_log() -> None:
    assert "4321" not in repr(ModemSettings(pin="4321"))


async def test_a_pin_is_not_tried_if_that_cannot_be_noted(locked: FakeModem, tmp_path: Path) -> None:
    made = channel(locked, pin_file=pin_file(tmp_path, "4321"))
    (tmp_path / "sim-pin.tried").mkdir()
    with pytest.raises(ConfigError, match="only if that can be noted"):
        await made.run()
    assert locked.tries == []
    assert "can be noted" in made.state.reason


@pytest.mark.parametrize(
    ("pin", "mode", "reason"),
    [
        ("4321", 0o640, "mode 0640"),
        ("43211234567", 0o600, "4 to 8 digits"),
        ("", 0o600, "one line"),
        ('1"2', 0o600, "digits"),
    ],
)
async def test_a_pin_file_that_is_none(
    modem: FakeModem, tmp_path: Path, pin: str, mode: int, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        channel(modem, pin_file=pin_file(tmp_path, pin, mode))


@pytest.mark.parametrize(
    "more", [{"validity": 4}, {"validity": 1440}, {"per_hour": 0}, {"reserve": 1.0}, {"every": 600.0}]
)
async def test_a_configuration_that_cannot_work(modem: FakeModem, more: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(more))):
        channel(modem, **more)


def test_no_reference_no_receipt() -> None:
    assert reference(NUMBER, None) == ""
    assert reference("0612345678", 3) == reference(NUMBER, 3)
