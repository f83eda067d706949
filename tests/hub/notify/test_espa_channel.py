"""The channel against a station on a pty."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator

import pytest

from devices.clock import SECOND, SystemClock
from devices.errors import ConfigError
from devices.limits import Priority
from hub.notify.base import GiveUp, Recalling, Receipt, ReceiptKind, Retry, Sent
from hub.notify.espa_channel import EspaCall, EspaChannel, EspaConfig
from hub.notify.lines import LineError, LineLostError, LineRefusedError, LineSettings
from tests.hub.notify.espa_station import Station
from tests.hub.notify.helpers import NOW, notice, running, until


@pytest.fixture
def station() -> Iterator[Station]:
    made = Station()
    yield made
    made.close()


def config(station: Station, /, **more: object) -> EspaConfig:
    values: dict[str, object] = {"line": LineSettings(station.link), "answer": 0.8, "every": 30.0}
    return EspaConfig(**(values | more))  # type: ignore[arg-type]  # fields by name, of the right types


def channel(station: Station, receipts: list[Receipt] | None = None, /, **more: object) -> EspaChannel:
    taken = [] if receipts is None else receipts
    return EspaChannel(config(station, **more), SystemClock(), taken.append)


async def test_a_call_is_shown_as_configured(station: Station) -> None:
    made: Recalling = channel(station)
    async with running(made):
        assert await made.send(notice()) == Sent(notice().id)
        low = notice(2, priority=Priority.LOW, address="31", text="Ch 7 capteur muet")
        assert await made.send(low) == Sent(low.id)
    assert station.calls == [
        {
            "header": b"1",
            "1": b"204",
            "2": b"Ch 12 SpO2 basse 84 %",
            "3": b"7",
            "4": b"3",
            "5": b"2",
            "6": b"1",
        },
        {"header": b"1", "1": b"31", "2": b"Ch 7 capteur muet", "3": b"1", "4": b"3", "5": b"1", "6": b"3"},
    ]


@pytest.mark.parametrize(
    ("charset", "width", "shown"),
    [
        ("ascii", 60, b"Ch 12 Therese-wing: fievre elevee >= 39 C oe"),
        (
            "latin-1",
            60,
            "Ch 12 Th\u00e9r\u00e8se-wing: fi\u00e8vre \u00e9lev\u00e9e >= 39 \u00b0C oe".encode("latin-1"),
        ),
        ("ascii", 33, b"Ch 12 Therese-wing: fievre elevee"),
        ("ascii", 36, b"Ch 12 Therese-wing: fievre elevee >="),
        ("ascii", 38, b"Ch 12 Therese-wing: fievre elevee >="),
    ],
)
async def test_texts_fit_the_display(station: Station, charset: str, width: int, shown: bytes) -> None:
    made = channel(station, charset=charset, width=width)
    async with running(made):
        told = notice(
            text="Ch 12 Th\u00e9r\u00e8se-wing:\x03\x1e fi\u00e8vre \u00e9lev\u00e9e \u2265 39\u00a0\u00b0C \u0153"
        )
        async with asyncio.timeout(30):
            # A machine under load may be too slow for the station's first turn.
            while not isinstance(await made.send(told), Sent):
                pass
    assert station.calls[0]["2"] == shown


async def test_fields_that_a_site_does_not_know_are_left_out(station: Station) -> None:
    bare = EspaCall(priority=None, beep=None, call_type=None, transmissions=None)
    made = channel(station, calls=dict.fromkeys(Priority, bare))
    async with running(made):
        await made.send(notice())
    assert station.calls == [{"header": b"1", "1": b"204", "2": b"Ch 12 SpO2 basse 84 %"}]


@pytest.mark.parametrize("manner", ["silent", "garbage", "1", "2", "3", "late", "eot"])
async def test_a_selection_that_fails_once_is_tried_again(station: Station, manner: str) -> None:
    made = channel(station)
    async with running(made):
        station.on_select.append(manner)
        assert await made.send(notice()) == Sent(notice().id)
    assert len(station.calls) == 1


@pytest.mark.parametrize("manner", ["silent", "garbage", "1", "2", "late", "eot"])
async def test_a_block_that_fails_once_is_tried_again(station: Station, manner: str) -> None:
    made = channel(station)
    async with running(made):
        station.on_block.append(manner)
        outcome = await made.send(notice())
    assert isinstance(outcome, Sent)
    # An answer that is late enough to cross the pause counts, and nothing goes out again.
    assert manner == "late" or re.fullmatch(
        r"the call went over the line [23] times: it may be shown twice", outcome.note
    )
    assert len(station.calls) == 1


@pytest.mark.parametrize(
    ("manner", "outcome"),
    [
        ("2", Retry("the paging system is busy")),
        ("1", Retry("the paging system does not understand us")),
        ("3", GiveUp("the paging system refuses the call")),
        ("silent", Retry("the paging system does not answer")),
    ],
)
async def test_a_block_that_always_fails(station: Station, manner: str, outcome: Retry | GiveUp) -> None:
    made = channel(station)
    async with running(made):
        station.on_block.extend([manner] * 3)
        said = await made.send(notice())
        assert type(said) is type(outcome)
        assert not isinstance(said, Sent)
        assert said.reason.startswith(outcome.reason)
        assert ("over the line" in said.reason) == isinstance(outcome, Retry)
        station.on_block.clear()
        assert await made.send(notice()) == Sent(notice().id)
        assert made.state.well


async def test_a_dead_station_is_known_without_sending(station: Station) -> None:
    made = channel(station, answer=0.1, every=1.0, message=1.5)
    async with running(made) as task:
        station.always = "silent"
        await until(lambda: not made.state.well)
        assert made.state.reason == "the paging system does not answer"
        first, second = await asyncio.gather(made.send(notice()), made.send(notice(2)))
        assert isinstance(first, Retry)
        assert isinstance(second, Retry)
        station.always = None
        await until(lambda: made.state.well)
        assert not task.done()
    assert not made.state.well


async def test_the_usual_configuration_knows_a_dead_link_within_thirty_seconds(station: Station) -> None:
    usual = EspaConfig(LineSettings(station.link))
    usual.check()
    assert usual.every + 3 * usual.answer + 2 * 0.5 < 30


async def test_a_station_that_is_polled(station: Station) -> None:
    made = channel(station, supervision="poll", every=1.0)
    async with running(made):
        await until(lambda: station.polls >= 2)
        assert station.selections == 0
        assert await made.send(notice()) == Sent(notice().id)


async def test_an_unplugged_line_ends_the_run_and_answers_who_waits(station: Station) -> None:
    made = channel(station)
    async with running(made) as task:
        station.always = "silent"
        sending = asyncio.create_task(made.send(notice()))
        await until(lambda: station.selections >= 2)
        station.unplug()
        assert isinstance(await sending, Retry)
        with pytest.raises(LineLostError, match="is gone"):
            await task
    assert not made.state.well
    assert "is gone" in made.state.reason
    assert isinstance(await made.send(notice()), Retry)


async def test_it_is_served_again_after_it_was_lost(station: Station) -> None:
    made = channel(station)
    async with running(made):
        pass
    async with running(made):
        assert await made.send(notice()) == Sent(notice().id)


async def test_a_line_that_is_not_there() -> None:
    made = EspaChannel(EspaConfig(LineSettings("/dev/does-not-exist")), SystemClock(), [].append)
    assert isinstance(await made.send(notice()), Retry)
    with pytest.raises(LineRefusedError, match="No such file"):
        await made.run()
    assert "No such file" in made.state.reason


async def test_a_station_behind_a_serial_server() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        station = Station(server)
        made = channel(station)
        async with running(made) as task:
            assert await made.send(notice()) == Sent(notice().id)
            station.close()
            with pytest.raises(LineLostError, match="closed by the far end"):
                await task
    assert len(station.calls) == 1


async def test_the_same_notice_twice_is_one_call(station: Station) -> None:
    made = channel(station)
    async with running(made):
        station.on_block.append("late")
        both = await asyncio.gather(made.send(notice()), made.send(notice()))
        assert both == [Sent(notice().id)] * 2
        assert await made.send(notice()) == Sent(notice().id)
    assert len(station.calls) == 1


async def test_the_most_urgent_goes_first(station: Station) -> None:
    made = channel(station)
    async with running(made):
        station.on_select.append("late")
        first = asyncio.create_task(made.send(notice(1, address="1")))
        await until(lambda: station.selections == 2)
        rest = [
            made.send(notice(2, address="2", priority=Priority.LOW)),
            made.send(notice(3, address="3", priority=Priority.MEDIUM)),
            made.send(notice(4, address="4")),
        ]
        await asyncio.gather(first, *rest)
    assert [call["1"] for call in station.calls] == [b"1", b"4", b"3", b"2"]


async def test_what_outlives_its_time_is_cut_and_its_late_success_is_kept(station: Station) -> None:
    made = EspaChannel(config(station), SystemClock(), [].append, limit=0.2)
    async with running(made):
        station.on_select.append("silent")
        assert await made.send(notice()) == Retry("not taken within 0.2 s")
        await until(lambda: station.calls)
        await until(lambda: made._shown)
        assert await made.send(notice()) == Sent(notice().id)
    assert len(station.calls) == 1


async def test_what_is_over_is_not_sent(station: Station) -> None:
    made = channel(station)
    async with running(made):
        assert await made.send(notice(expires=NOW - SECOND)) == GiveUp("its time is over")
    assert station.calls == []


@pytest.mark.parametrize("address", ["", "12 34", "1\x03", "\u0661", "12345678901234567"])
async def test_what_is_no_address_is_given_up(station: Station, address: str) -> None:
    assert isinstance(await channel(station).send(notice(address=address)), GiveUp)


async def test_a_call_is_taken_back(station: Station) -> None:
    made = channel(station)
    async with running(made):
        await made.send(notice())
        assert await made.recall(notice()) == Sent()
        assert await made.recall(notice()) == Sent()
    assert station.calls[1:] == [{"header": b"1", "1": b"204", "4": b"1"}]


async def test_what_another_process_showed_is_taken_back_as_the_log_has_it(station: Station) -> None:
    made = channel(station)
    made.remember({"204": notice(1).id, "205": "another"})
    async with running(made):
        assert isinstance(await made.recall(notice(1, address="205")), GiveUp)
        assert await made.recall(notice(1)) == Sent()
    assert station.calls == [{"header": b"1", "1": b"204", "4": b"1"}]


async def test_taking_back_does_not_wipe_the_next_alert_off_the_display(station: Station) -> None:
    made = channel(station)
    async with running(made):
        await made.send(notice(1))
        await made.send(notice(2))
        assert await made.recall(notice(1)) == GiveUp("the display shows something else by now")
    assert len(station.calls) == 2


async def test_what_waits_is_taken_back_without_a_call(station: Station) -> None:
    made = channel(station)
    async with running(made):
        station.on_select.append("late")
        first = asyncio.create_task(made.send(notice(1)))
        await until(lambda: station.selections == 2)
        second = asyncio.create_task(made.send(notice(2)))
        await asyncio.sleep(0)
        assert await made.recall(notice(2)) == Sent()
        assert await second == GiveUp("taken back before its turn came")
        await first
    assert len(station.calls) == 1


async def test_stations_that_take_nothing_back(station: Station) -> None:
    made = channel(station, cancel_type=None)
    assert await made.recall(notice()) == GiveUp("this station takes no call back")


async def test_what_the_station_reports_becomes_a_receipt(station: Station) -> None:
    receipts: list[Receipt] = []
    made = channel(station, receipts)
    async with running(made):
        await made.send(notice())
        for status in (b"2", b"3", b"x", b"6"):
            station.tell((b"1", b"204"), (b"7", status))
            await until(lambda: not station.outbox)
        station.tell((b"1", b"999"), (b"7", b"3"))
        await until(lambda: len(receipts) >= 2)
    assert [(each.channel, each.reference, each.kind) for each in receipts] == [
        ("espa", notice().id, ReceiptKind.DELIVERED),
        ("espa", notice().id, ReceiptKind.SEEN),
    ]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"own": "12"}, "own is '12'"),
        ({"station": ""}, "station is ''"),
        ({"station": "1"}, "are both '1'"),
        ({"width": 2}, "width is 2"),
        ({"every": 500.0}, "every is 500"),
        ({"answer": 0.0}, "answer is 0"),
        ({"message": 60.0}, "message is 60"),
        ({"calls": {}}, "no row for high, low, medium"),
        ({"calls": dict.fromkeys(Priority, EspaCall(beep=100))}, "beep is 100"),
        ({"line": LineSettings("espa")}, "neither a device path"),
        ({"line": LineSettings("socket://x")}, "neither a device path"),
        ({"line": LineSettings("socket://x:99999999")}, "link 'socket"),
        ({"line": LineSettings("/dev/tty", baudrate=9601)}, "baudrate 9601"),
        ({"line": LineSettings("/dev/tty", bytesize=7), "charset": "latin-1"}, "7 bits"),
    ],
)
async def test_a_configuration_that_cannot_work(
    station: Station, more: dict[str, object], reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        channel(station, **more)


def test_lost_and_refused_are_line_errors() -> None:
    assert issubclass(LineLostError, LineError)
    assert issubclass(LineRefusedError, LineError)
