"""The modem's dialogue on a time line, and a recorded modem."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from hub.notify.base import GiveUp, Retry
from hub.notify.gsm_modem import (
    TABLE,
    Accepted,
    Answer,
    Modem,
    ModemEvent,
    ModemSettings,
    NotAccepted,
    Phase,
    PinAccepted,
    PinTried,
    Reported,
    failure,
)
from hub.notify.sms_pdu import Deliver, Pdu, StatusReport, Submit

HOLA = Submit("+34616585119", "hola")
REPORT = StatusReport(7, "+34616585119", None, None, 0)


class Bench:
    """A modem of which every answer is given by hand."""

    def __init__(self, **settings: object) -> None:
        self.now = 0
        self.modem = Modem(ModemSettings(**settings), 0)  # type: ignore[arg-type]  # fields by name
        self.seen: list[ModemEvent] = []

    def said(self) -> str:
        self.seen += self.modem.events()
        return self.modem.data_to_send().decode("ascii")

    def hear(self, *lines: str) -> None:
        for line in lines:
            self.modem.receive(f"\r\n{line}\r\n".encode(), self.now)

    def raw(self, data: bytes) -> None:
        self.modem.receive(data, self.now)

    def wait(self) -> str:
        self.now = self.modem.deadline
        self.modem.tick(self.now - 1)
        self.modem.tick(self.now)
        return self.said()

    def expect(self, command: str, *answer: str) -> None:
        assert self.said() == command
        self.hear(*answer)

    def wake(self) -> None:
        """From the first byte to the question for the PIN."""
        self.wait()
        self.hear("OK")
        self.expect("ATE0\r", "OK")
        self.expect("AT+CMEE=1\r", "OK")

    def attach(self, network: str = "0,1", signal: str = "20,0") -> None:
        self.expect("AT+CMGF=0\r", "OK")
        self.expect("AT+CNMI=2,1,0,1,0\r", "OK")
        self.expect("AT+CREG?\r", f"+CREG: {network}", "OK")
        self.expect("AT+CSQ\r", f"+CSQ: {signal}", "OK")
        assert self.said() == ""
        assert self.modem.idle

    def ready(self) -> Bench:
        self.wake()
        self.expect("AT+CPIN?\r", "+CPIN: READY", "OK")
        self.attach()
        assert self.modem.trouble == ""
        self.seen.clear()
        return self

    def offer(self) -> None:
        self.modem.send("a", HOLA, self.now)
        self.expect("AT+CMGF=0\r", "OK")
        assert self.said() == "AT+CMGS=17\r"

    def body(self) -> None:
        self.offer()
        self.raw(b"\r\n> ")
        assert self.said() == "0001000B914316565811F9000004E8373B0C\x1a"


def test_a_message_is_sent() -> None:
    bench = Bench().ready()
    bench.body()
    bench.hear("+CMGS: 7", "OK")
    bench.said()
    assert bench.seen == [Accepted("a", 7)]
    assert bench.modem.idle
    assert bench.modem.signal == -73


def test_a_modem_is_not_well_before_it_was_heard() -> None:
    bench = Bench()
    assert bench.modem.trouble
    assert bench.wait() == "\x1bAT\r"
    assert bench.modem.trouble


def test_a_modem_that_never_answers_is_lost() -> None:
    bench = Bench()
    while not bench.modem.lost:
        bench.wait()
    assert bench.now / SECOND <= 15
    assert bench.modem.trouble == "the modem does not answer"
    bench.modem.tick(bench.now + SECOND)
    assert bench.said() == ""


@pytest.mark.parametrize("line", ["ERROR", "+CME ERROR: 100", "+CMS ERROR: 500", "+CME ERROR: what"])
def test_what_a_modem_does_not_know_of_the_set_up_does_not_stop_it(line: str) -> None:
    bench = Bench()
    bench.wait()
    bench.hear(line)
    bench.expect("ATE0\r", line)
    bench.expect("AT+CMEE=1\r", line)
    bench.expect("AT+CPIN?\r", "+CPIN: READY", "OK")
    bench.expect("AT+CMGF=0\r", "OK")
    bench.expect("AT+CNMI=2,1,0,1,0\r", line)
    bench.expect("AT+CNMI=2,1,0,2,0\r", line)
    bench.expect("AT+CREG?\r", line)
    bench.expect("AT+CSQ\r", line)
    assert bench.modem.idle
    assert not bench.modem.with_reports
    assert bench.modem.trouble == "the modem is not registered in a network"


@pytest.mark.parametrize(
    ("network", "signal", "trouble"),
    [
        ("0,1", "20,0", ""),
        ("0,5", "99,99", ""),
        ('2,1,"00C3","A0F1"', "31,0", ""),
        ("0,2", "20,0", "not registered"),
        ("0,3", "20,0", "not registered"),
        ("", "20,0", "not registered"),
        ("0,1", "0,0", "no signal"),
        ("0,1", "", ""),
    ],
)
def test_network_and_signal(network: str, signal: str, trouble: str) -> None:
    bench = Bench()
    bench.wake()
    bench.expect("AT+CPIN?\r", "+CPIN: READY", "OK")
    bench.attach(network, signal)
    assert trouble in bench.modem.trouble
    assert bool(trouble) is bool(bench.modem.trouble)


def test_the_network_is_looked_at_every_thirty_seconds() -> None:
    bench = Bench().ready()
    before = bench.now
    assert bench.wait() == "AT+CREG?\r"
    assert bench.now - before == 30 * SECOND
    bench.hear("+CREG: 0,2", "OK")
    bench.expect("AT+CSQ\r", "+CSQ: 99,99", "OK")
    assert bench.modem.trouble == "the modem is not registered in a network"
    assert bench.modem.signal is None


@pytest.mark.parametrize("asked", [("+CPIN: SIM PIN", "OK"), ("+CME ERROR: 11",)])
def test_a_pin_is_given(asked: tuple[str, ...]) -> None:
    bench = Bench(pin="1234")
    bench.wake()
    bench.expect("AT+CPIN?\r", *asked)
    assert bench.modem.events() == [PinTried()]
    bench.expect('AT+CPIN="1234"\r', "OK")
    bench.expect("AT+CPIN?\r", "+CPIN: READY", "OK")
    assert bench.modem.events() == [PinAccepted()]
    bench.attach()


def test_a_wrong_pin_is_never_tried_again() -> None:
    bench = Bench(pin="1234")
    bench.wake()
    bench.expect("AT+CPIN?\r", "+CPIN: SIM PIN", "OK")
    bench.expect('AT+CPIN="1234"\r', "+CME ERROR: 16")
    assert "refuses the PIN" in bench.modem.trouble
    said = ""
    for _ in range(20):
        said += bench.wait()
        bench.hear("+CPIN: SIM PIN", "OK")
    bench.hear("RDY")
    bench.wake()
    bench.expect("AT+CPIN?\r", "+CPIN: SIM PIN", "OK")
    said += bench.said()
    assert "1234" not in said
    assert bench.seen.count(PinTried()) == 1
    assert "wants a PIN" in bench.modem.trouble


def test_a_pin_whose_answer_was_lost_is_not_tried_again() -> None:
    bench = Bench(pin="1234")
    bench.wake()
    bench.expect("AT+CPIN?\r", "+CPIN: SIM PIN", "OK")
    assert bench.said() == 'AT+CPIN="1234"\r'
    assert bench.wait() == "\x1b"
    bench.wake()
    bench.expect("AT+CPIN?\r", "+CPIN: SIM PIN", "OK")
    assert "1234" not in bench.said()


def test_a_pin_that_was_right_is_given_again_after_a_restart() -> None:
    bench = Bench(pin="1234")
    for _ in range(2):
        bench.wake()
        bench.expect("AT+CPIN?\r", "+CPIN: SIM PIN", "OK")
        bench.expect('AT+CPIN="1234"\r', "OK")
        bench.expect("AT+CPIN?\r", "+CPIN: READY", "OK")
        bench.attach()
        bench.hear("+CPIN: SIM PIN")
        assert bench.said() == "\x1b"


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (("+CPIN: SIM PIN", "OK"), "wants a PIN"),
        (("+CPIN: SIM PUK", "OK"), "wants SIM PUK"),
        (("+CME ERROR: 12",), "wants SIM PUK"),
        (("+CME ERROR: 10",), "no SIM that answers (error 10)"),
        (("ERROR",), "no SIM that answers"),
    ],
)
def test_what_only_a_person_can_help_with(answer: tuple[str, ...], trouble: str) -> None:
    bench = Bench()
    bench.wake()
    bench.expect("AT+CPIN?\r", *answer)
    assert trouble in bench.modem.trouble
    assert bench.modem.phase is Phase.BLOCKED
    assert bench.wait() == "AT+CPIN?\r"
    bench.hear("+CPIN: READY", "OK")
    bench.attach()
    assert bench.modem.trouble == ""


def test_a_modem_without_pdu_mode() -> None:
    bench = Bench()
    bench.wake()
    bench.expect("AT+CPIN?\r", "+CPIN: READY", "OK")
    bench.expect("AT+CMGF=0\r", "ERROR")
    assert bench.modem.trouble == "the modem has no PDU mode"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (28, GiveUp("error 28: subscriber is unidentified")),
        (1, GiveUp("error 1: number is not assigned")),
        (304, GiveUp("error 304: message is refused as malformed")),
        (42, Retry("error 42: network is congested", after=15.0)),
        (331, Retry("error 331: no network", after=15.0)),
        (500, Retry("error 500: no word for it", after=15.0)),
        (None, Retry("the modem refuses the message without a reason")),
    ],
)
@pytest.mark.parametrize("prompted", [False, True])
def test_what_errors_mean(*, code: int | None, outcome: GiveUp | Retry, prompted: bool) -> None:
    assert failure(code) == outcome
    bench = Bench().ready()
    if prompted:
        bench.body()
    else:
        bench.offer()
    bench.hear("ERROR" if code is None else f"+CMS ERROR: {code}")
    bench.said()
    assert bench.seen == [NotAccepted("a", outcome)]
    assert bench.modem.idle


def test_a_sim_that_was_pulled_is_asked_how_it_is() -> None:
    bench = Bench().ready()
    bench.body()
    bench.hear("+CMS ERROR: 310")
    bench.expect("AT+CPIN?\r", "+CME ERROR: 10")
    assert bench.seen == [NotAccepted("a", Retry("error 310: no SIM", after=15.0))]
    assert "no SIM" in bench.modem.trouble


def test_a_prompt_that_does_not_come() -> None:
    bench = Bench().ready()
    bench.offer()
    assert bench.wait() == "\x1b"
    assert bench.seen == [NotAccepted("a", Retry("the modem does not answer", after=10.0))]
    bench.wake()


def test_an_answer_instead_of_a_prompt() -> None:
    bench = Bench().ready()
    bench.offer()
    bench.hear("OK")
    assert bench.said() == "\x1b"
    assert bench.modem.phase is Phase.RESTING
    assert [type(each) for each in bench.seen] == [NotAccepted]


def test_a_reference_that_comes_late_still_counts() -> None:
    bench = Bench().ready()
    bench.body()
    bench.wait()
    assert [type(each) for each in bench.seen] == [NotAccepted]
    bench.hear("+CMGS: 9", "OK")
    bench.hear("+CMGS: 9")
    bench.said()
    assert bench.seen[1:] == [Accepted("a", 9)]
    bench.wake()


@pytest.mark.parametrize("said", [(), ("+CMGS: what",), ("+CMGS: 9999",)])
def test_a_message_without_a_reference(said: tuple[str, ...]) -> None:
    bench = Bench().ready()
    bench.body()
    bench.hear(*said, "OK")
    bench.said()
    assert bench.seen == [Accepted("a", None)]


@pytest.mark.parametrize("line", ["RDY", "^SYSSTART", "+CPIN: NOT READY", "+CPIN: SIM REMOVED"])
def test_a_modem_that_restarts_while_a_message_is_under_way(line: str) -> None:
    bench = Bench().ready()
    bench.body()
    bench.hear(line)
    assert bench.said() == "\x1b"
    assert bench.seen == [NotAccepted("a", Retry("the modem has restarted", after=10.0))]
    assert bench.modem.trouble == "the modem has restarted"
    bench.wake()
    bench.expect("AT+CPIN?\r", "+CPIN: READY", "OK")
    bench.attach()


def test_a_modem_that_restarted_unseen_gets_no_message_in_text_mode() -> None:
    bench = Bench().ready()
    bench.modem.send("a", HOLA, bench.now)
    bench.expect("AT+CMGF=0\r", "AT+CMGF=0", "OK")
    assert bench.said() == "\x1b"
    assert bench.seen == [NotAccepted("a", Retry("the modem has restarted", after=10.0))]


def test_a_modem_that_echoes_while_it_is_asked_not_to_is_no_other_one() -> None:
    bench = Bench()
    bench.wait()
    bench.hear("OK")
    bench.expect("ATE0\r", "ATE0", "OK")
    bench.expect("AT+CMEE=1\r", "OK")
    assert bench.modem.trouble != "the modem has restarted"


def test_a_modem_that_refuses_the_mode_gets_no_message() -> None:
    bench = Bench().ready()
    bench.modem.send("a", HOLA, bench.now)
    bench.expect("AT+CMGF=0\r", "ERROR")
    assert bench.said() == "\x1b"
    bench.wait()
    assert bench.modem.phase is Phase.SYNC


def test_reports_come_at_any_moment() -> None:
    bench = Bench().ready()
    pdu = Pdu(REPORT, "+33609001390").hexadecimal
    bench.hear("+CDS: 25", pdu)
    bench.offer()
    bench.hear("+CDS: 25", pdu)
    bench.raw(b"\r\n> ")
    bench.said()
    bench.hear("+CDS: 25", pdu, "+CMGS: 8", "OK")
    bench.said()
    assert bench.seen == [Reported(REPORT), Reported(REPORT), Reported(REPORT), Accepted("a", 8)]


def test_reports_and_replies_that_the_modem_keeps_are_fetched_and_deleted() -> None:
    bench = Bench().ready()
    bench.hear('+CDSI: "SR",3', '+CMTI: "SM",12')
    assert bench.wait() == 'AT+CPMS="SR"\r'
    bench.hear("+CPMS: 1,10", "OK")
    bench.expect("AT+CMGR=3\r", "+CMGR: 0,,25", Pdu(REPORT).hexadecimal, "OK")
    bench.expect("AT+CMGD=3\r", "OK")
    assert bench.wait() == 'AT+CPMS="SM"\r'
    bench.hear("ERROR")
    bench.expect("AT+CMGR=12\r", "+CMGR: 1,,30", Pdu(Deliver("+33612345678", "ok", None)).hexadecimal, "OK")
    bench.expect("AT+CMGD=12\r", "OK")
    assert bench.said() == ""
    assert bench.seen == [Reported(REPORT)]
    assert bench.modem.replies == 1
    assert bench.wait() == "AT+CREG?\r"


def test_what_is_stored_meanwhile_waits_its_turn_and_is_bounded() -> None:
    bench = Bench().ready()
    bench.body()
    bench.hear(*(f'+CMTI: "SM",{index}' for index in range(200)))
    bench.hear("+CMGS: 1", "OK")
    assert bench.wait() == 'AT+CPMS="SM"\r'
    bench.hear("ERROR")
    bench.expect("AT+CMGR=0\r", "ERROR")
    bench.expect("AT+CMGD=0\r", "ERROR")
    assert len(bench.modem._stored) == 63
    assert bench.modem.replies == 200


def test_a_report_that_is_none_is_counted() -> None:
    bench = Bench().ready()
    bench.hear("+CDS: 25", "not a message", "RING", "OK")
    assert bench.said() == ""
    assert bench.modem.strays == 3


def test_a_line_without_end_is_bounded() -> None:
    bench = Bench().ready()
    bench.raw(b"x" * 100_000)
    assert len(bench.modem._line) == 1024
    bench.raw(b"\r")
    bench.body()


def test_only_an_idle_modem_takes_a_message() -> None:
    bench = Bench()
    with pytest.raises(RuntimeError, match="RESTING"):
        bench.modem.send("a", HOLA, 0)
    bench.ready()
    with pytest.raises(ValueError, match="does not fit"):
        bench.modem.send("a", Submit("1", "a" * 161), 0)
    assert bench.modem.idle


def test_every_phase_says_what_follows_success_or_its_time() -> None:
    for phase in Phase:
        assert (phase, Answer.OK) in TABLE or (phase, Answer.TIMEOUT) in TABLE


def test_a_recorded_modem(cases: Path) -> None:
    [recorded] = json.loads((cases / "gsm_transcripts.json").read_text("utf-8"))["cases"]
    for pin in ("", "1234"):
        bench = Bench(pin=pin)
        locked = bool(pin)
        while not bench.modem.idle:
            said = bench.said() or bench.wait()
            for command in (each + "\r" for each in said.replace("\x1b", "").split("\r") if each):
                if command.startswith("AT+CPIN="):
                    locked = False
                elif locked and command != "AT\r" and command not in recorded["no_pin_required"]:
                    bench.raw("".join(recorded["pin_required_error"]).encode())
                    continue
                known = recorded["responses"].get(command, ["OK\r\n"])
                bench.raw("".join(known).encode())
        bench.raw("".join(recorded["incoming"]).encode())
        assert bench.modem.idle
        assert (PinTried() in bench.seen) is bool(pin)


said_by_modem = st.sampled_from(
    [
        b"\r\nOK\r\n",
        b"\r\nERROR\r\n",
        b"\r\n> ",
        b"\r\n+CMGS: 3\r\n",
        b"\r\n+CPIN: READY\r\n",
        b"\r\n+CPIN: SIM PIN\r\n",
        b"\r\n+CME ERROR: 16\r\n",
        b"\r\n+CMS ERROR: 310\r\n",
        b"\r\n+CDS: 25\r\n",
        b'\r\n+CDSI: "SM",1\r\n',
        b"\r\nRDY\r\n",
        b"\r\n+CREG: 0,1\r\n",
        b"AT+CMGF=0\r",
    ]
)


@given(st.lists(said_by_modem | st.binary(max_size=20) | st.none() | st.just("send"), max_size=80))
def test_whatever_a_modem_says_each_message_ends_and_a_pin_is_not_repeated(
    said: list[bytes | str | None],
) -> None:
    bench = Bench(pin="9876")
    sent = 0
    for each in said:
        if isinstance(each, bytes):
            bench.raw(each)
        elif each is None:
            bench.wait()
        elif bench.modem.idle:
            sent += 1
            bench.modem.send(str(sent), HOLA, bench.now)
        bench.said()
    while bench.modem._key is not None:
        bench.wait()
    ended = [event.key for event in bench.seen if isinstance(event, NotAccepted | Accepted)]
    assert set(ended) == {str(number + 1) for number in range(sent)}
    pins = [event for event in bench.seen if isinstance(event, PinTried | PinAccepted)]
    for first, second in pairwise(pins):
        assert not (isinstance(first, PinTried) and isinstance(second, PinTried))
