r"""A GSM modem's dialogue for short messages in PDU mode (3GPP 27.005): a table, times as arguments, no I/O.

Rules:

- One command at a time; its end is `OK`, an error, or its time over. Lines that nobody asked for come at any moment.
- From `SYNC` to `IDLE` the modem is set up; `TABLE` says what follows what. Before every message `AT+CMGF=0` is said
  again: a modem that restarted unseen would otherwise take our PDU for the text and its length for the number.
- A PIN is tried once. Until the SIM says `READY`, it is never said again, whatever happens: three wrong ones lock a SIM.
  `PinTried` comes before the bytes that try it, so that a shell can write it down first.
- A command without answer leads to `RESTING` (an escape ends a prompt, what still comes is ignored) and a new set-up. After
  three silences in `SYNC` the modem is `lost`.
- "Sent" is what `+CMGS` says: the network has it. A reference that comes after we stopped waiting still counts.

Codes of errors are from memory of 27.005 and 24.011 (annex E-2); those that are not in the table are worth another try.
"""

from __future__ import annotations

import enum
import re
from collections import deque
from dataclasses import dataclass, field

from devices.clock import SECOND
from devices.errors import DecodeError
from hub.notify.base import GiveUp, Outcome, Retry
from hub.notify.sms_pdu import Pdu, StatusReport, Submit

MAX_LINE = 1024
"Characters; a message has at most 400. Bounds memory on a line of noise."

MAX_STORED = 64
"Stored reports and replies waiting to be fetched: more than a SIM holds."

_SYNCS = 3
_END_OF_PDU = b"\x1a"
_ESCAPE = b"\x1b"


class Phase(enum.Enum):
    """Which command is under way."""

    SYNC = enum.auto()
    ECHO = enum.auto()
    ERRORS = enum.auto()
    PIN_ASKED = enum.auto()
    PIN_GIVEN = enum.auto()
    PDU_MODE = enum.auto()
    REPORTS = enum.auto()
    REPORTS_STORED = enum.auto()
    REGISTRATION = enum.auto()
    SIGNAL = enum.auto()
    IDLE = enum.auto()
    MODE_AGAIN = enum.auto()
    OFFER = enum.auto()
    "The length is said; the prompt is awaited."
    BODY = enum.auto()
    "The message is said; its reference is awaited."
    STORE = enum.auto()
    FETCH = enum.auto()
    DELETE = enum.auto()
    RESTING = enum.auto()
    "Nothing is said, what comes is late."
    BLOCKED = enum.auto()
    "Only a person helps; asked again from time to time."


class Answer(enum.Enum):
    """How a command ended."""

    OK = enum.auto()
    ERROR = enum.auto()
    TIMEOUT = enum.auto()
    PROMPT = enum.auto()
    PIN_WANTED = enum.auto()
    LOCKED = enum.auto()


_P, _A = Phase, Answer

TABLE: dict[tuple[Phase, Answer], Phase] = {
    (_P.SYNC, _A.OK): _P.ECHO,
    (_P.SYNC, _A.ERROR): _P.ECHO,
    (_P.SYNC, _A.TIMEOUT): _P.SYNC,
    (_P.ECHO, _A.OK): _P.ERRORS,
    (_P.ECHO, _A.ERROR): _P.ERRORS,
    (_P.ERRORS, _A.OK): _P.PIN_ASKED,
    (_P.ERRORS, _A.ERROR): _P.PIN_ASKED,
    (_P.PIN_ASKED, _A.OK): _P.PDU_MODE,
    (_P.PIN_ASKED, _A.PIN_WANTED): _P.PIN_GIVEN,
    (_P.PIN_ASKED, _A.LOCKED): _P.BLOCKED,
    (_P.PIN_ASKED, _A.ERROR): _P.BLOCKED,
    (_P.PIN_GIVEN, _A.OK): _P.PIN_ASKED,
    (_P.PIN_GIVEN, _A.ERROR): _P.BLOCKED,
    (_P.PDU_MODE, _A.OK): _P.REPORTS,
    (_P.PDU_MODE, _A.ERROR): _P.BLOCKED,
    (_P.REPORTS, _A.OK): _P.REGISTRATION,
    (_P.REPORTS, _A.ERROR): _P.REPORTS_STORED,
    (_P.REPORTS_STORED, _A.OK): _P.REGISTRATION,
    (_P.REPORTS_STORED, _A.ERROR): _P.REGISTRATION,
    (_P.REGISTRATION, _A.OK): _P.SIGNAL,
    (_P.REGISTRATION, _A.ERROR): _P.SIGNAL,
    (_P.SIGNAL, _A.OK): _P.IDLE,
    (_P.SIGNAL, _A.ERROR): _P.IDLE,
    (_P.IDLE, _A.TIMEOUT): _P.REGISTRATION,
    (_P.MODE_AGAIN, _A.OK): _P.OFFER,
    (_P.MODE_AGAIN, _A.ERROR): _P.RESTING,
    (_P.OFFER, _A.PROMPT): _P.BODY,
    (_P.OFFER, _A.OK): _P.RESTING,
    (_P.OFFER, _A.ERROR): _P.IDLE,
    (_P.BODY, _A.OK): _P.IDLE,
    (_P.BODY, _A.ERROR): _P.IDLE,
    (_P.STORE, _A.OK): _P.FETCH,
    (_P.STORE, _A.ERROR): _P.FETCH,
    (_P.FETCH, _A.OK): _P.DELETE,
    (_P.FETCH, _A.ERROR): _P.DELETE,
    (_P.DELETE, _A.OK): _P.IDLE,
    (_P.DELETE, _A.ERROR): _P.IDLE,
    (_P.RESTING, _A.TIMEOUT): _P.SYNC,
    (_P.BLOCKED, _A.TIMEOUT): _P.PIN_ASKED,
}
"Every other silence leads to `RESTING`; every other answer was not ours and changes nothing."

COMMANDS = {
    Phase.SYNC: "AT",
    Phase.ECHO: "ATE0",
    Phase.ERRORS: "AT+CMEE=1",
    Phase.PIN_ASKED: "AT+CPIN?",
    Phase.PDU_MODE: "AT+CMGF=0",
    Phase.REPORTS: "AT+CNMI=2,1,0,1,0",
    Phase.REPORTS_STORED: "AT+CNMI=2,1,0,2,0",
    Phase.REGISTRATION: "AT+CREG?",
    Phase.SIGNAL: "AT+CSQ",
    Phase.MODE_AGAIN: "AT+CMGF=0",
}
"What is said in a phase, where that is always the same."

_GONE = frozenset({1, 8, 10, 21, 28, 29, 30, 50, 69, 302, 303, 304, 305})
_WORDS = {
    1: "number is not assigned",
    8: "operator bars it",
    10: "calls are barred",
    21: "message is rejected",
    27: "phone is off or out of reach",
    28: "subscriber is unidentified",
    30: "subscriber is unknown",
    38: "network is out of order",
    41: "network fails for the moment",
    42: "network is congested",
    304: "message is refused as malformed",
    310: "no SIM",
    311: "SIM wants its PIN",
    331: "no network",
    332: "network does not answer",
}
_SIM = frozenset({310, 311, 312, 313, 314, 315, 316, 317, 318})
"Errors after which the SIM is asked how it is."

_RESTARTED = ("RDY", "^SYSSTART", "+SYSSTART", "+CPIN: SIM PIN", "+CPIN: NOT READY", "+CPIN: SIM REMOVED")
_REGISTERED = frozenset({1, 5, 6, 7})
_ERROR = re.compile(r"\+CM([ES]) ERROR: *(.*)")
_STORED = re.compile(r'\+(CMTI|CDSI): *"([A-Z]{2})", *([0-9]{1,5})')


@dataclass(frozen=True, slots=True)
class ModemSettings:
    """Times of a modem, seconds, and its PIN."""

    pin: str = field(default="", repr=False)
    "Empty for a SIM without one, or one that may not be tried any more."
    command: float = 5.0
    body: float = 25.0
    "For the network to take a message."
    rest: float = 1.0
    blocked: float = 30.0
    "Until a modem that needs help is asked again."
    check: float = 30.0
    "Between looks at network and signal."


@dataclass(frozen=True, slots=True)
class Accepted:
    """The network has a message."""

    key: str
    reference: int | None
    "`None` if the modem did not say it; there will be no receipt."


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """It has not, as far as is known."""

    key: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Reported:
    """A status report came."""

    report: StatusReport


@dataclass(frozen=True, slots=True)
class PinTried:
    """The next bytes try the PIN."""


@dataclass(frozen=True, slots=True)
class PinAccepted:
    """The SIM is open."""


ModemEvent = Accepted | NotAccepted | Reported | PinTried | PinAccepted


def failure(code: int | None) -> Outcome:
    """Say what an error after `AT+CMGS` means for the message."""
    if code is None:
        return Retry("the modem refuses the message without a reason")
    reason = f"error {code}: {_WORDS.get(code, 'no word for it')}"
    return GiveUp(reason) if code in _GONE else Retry(reason, after=15.0)


class Modem:
    """One modem. Times are monotonic, microseconds."""

    def __init__(self, settings: ModemSettings, now: int) -> None:
        self._settings = settings
        self._line = bytearray()
        # A process before us may have left it at a prompt.
        self._out = bytearray(_ESCAPE)
        self._events: list[ModemEvent] = []
        self._key: str | None = None
        self._late: str | None = None
        self._submit: Submit | None = None
        self._reference: int | None = None
        self._pdu_follows = False
        self._said = ""
        self._stored: deque[tuple[str, int]] = deque()
        self._silences = 0
        self._pin_spent = not settings.pin
        self._trouble = "the modem was not heard yet"
        self._registered: bool | None = None
        self._signal = 99
        self.phase = Phase.RESTING
        self.deadline = now
        "When `tick` has something to do."
        self.lost = False
        "It does not answer at all."
        self.replies = 0
        "Messages that people sent to it; nobody reads them here."
        self.strays = 0
        "Lines and messages that could not be understood."
        self.with_reports = True

    @property
    def idle(self) -> bool:
        """Whether a message can be taken."""
        return self.phase is Phase.IDLE

    @property
    def trouble(self) -> str:
        """Why no message can go now; empty when it can."""
        if self._trouble:
            return self._trouble
        if not self._registered:
            return "the modem is not registered in a network"
        return "there is no signal" if self._signal == 0 else ""

    @property
    def signal(self) -> int | None:
        """Signal in dBm."""
        return None if self._signal > 31 else 2 * self._signal - 113

    def send(self, key: str, submit: Submit, now: int) -> None:
        """Begin to send a message; the modem must be idle.

        Raises:
            ValueError: the message cannot be written.
        """
        if not self.idle:
            raise RuntimeError(f"the modem is not idle but {self.phase.name}")
        bytes(submit)
        self._key, self._submit, self._late, self._reference = key, submit, None, None
        self._enter(Phase.MODE_AGAIN, now)

    def receive(self, data: bytes, now: int) -> None:
        """Take what came from the modem."""
        for byte in data:
            if byte in b"\r\n":
                line = self._line.decode("ascii", "replace").strip()
                self._line.clear()
                if line:
                    self._take(line, now)
            elif len(self._line) < MAX_LINE:
                self._line.append(byte)
            if self.phase is Phase.OFFER and bytes(self._line).strip() == b">":
                self._line.clear()
                self._end(Answer.PROMPT, None, now)

    def tick(self, now: int) -> None:
        """Do what is due."""
        if now < self.deadline or self.lost:
            return
        if self.phase is Phase.SYNC:
            self._silences += 1
            self.lost = self._silences >= _SYNCS
        if self.lost:
            self._trouble = "the modem does not answer"
            return
        self._end(Answer.TIMEOUT, None, now)

    def data_to_send(self) -> bytes:
        """Return what is to go over the line. Take `events` first."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def events(self) -> list[ModemEvent]:
        """Return what happened since the last time."""
        events, self._events = self._events, []
        return events

    def _take(self, line: str, now: int) -> None:
        if self._pdu_follows:
            self._pdu_follows = False
            self._report(line)
        elif line == "OK":
            self._end(Answer.OK, None, now)
        elif line == "ERROR" or (found := _ERROR.fullmatch(line)):
            code = "" if line == "ERROR" else found[2] if found else ""
            self._end(Answer.ERROR, int(code) if code.isdecimal() else None, now)
        elif line == self._said:
            self._echoed(now)
        else:
            self._info(line, now)

    def _info(self, line: str, now: int) -> None:
        name, _, value = line.partition(":")
        value = value.strip()
        if line in _RESTARTED and self.phase not in (Phase.PIN_ASKED, Phase.RESTING):
            self._rest("the modem has restarted", now)
        elif name == "+CPIN" and self.phase is Phase.PIN_ASKED:
            self._sim(value)
        elif name == "+CREG":
            values = [int(part) for part in value.split(",")[:2] if part.strip().isdecimal()]
            self._registered = bool(values) and values[-1] in _REGISTERED
        elif name == "+CSQ":
            first = value.partition(",")[0]
            self._signal = int(first) if first.isdecimal() else 99
        elif name == "+CMGS":
            self._referenced(value)
        elif name == "+CDS" or (name == "+CMGR" and self.phase is Phase.FETCH):
            self._pdu_follows = True
        elif found := _STORED.fullmatch(line):
            self.replies += found[1] == "CMTI"
            if len(self._stored) < MAX_STORED:
                self._stored.append((found[2], int(found[3])))
            if self.idle:
                self.deadline = now
        else:
            self.strays += 1

    def _sim(self, value: str) -> None:
        if value == "READY":
            self._trouble = ""
        else:
            self._trouble = f"the SIM wants {value}"

    def _echoed(self, now: int) -> None:
        # Echo was switched off: a modem that echoes has restarted, and forgotten the rest as well.
        if self.phase is Phase.MODE_AGAIN:
            self._rest("the modem has restarted", now)

    def _referenced(self, value: str) -> None:
        self._reference = int(value) if value.isdecimal() and len(value) <= 3 else None
        if self.phase is not Phase.BODY and self._late is not None:
            self._events.append(Accepted(self._late, self._reference))
            self._late = None

    def _report(self, hexadecimal: str) -> None:
        try:
            tpdu = Pdu.parse(hexadecimal).tpdu
        except DecodeError:
            self.strays += 1
            return
        if isinstance(tpdu, StatusReport):
            self._events.append(Reported(tpdu))

    def _end(self, answer: Answer, code: int | None, now: int) -> None:
        """A command has ended."""
        phase = self.phase
        answer = self._judge(phase, answer, code)
        after = TABLE.get((phase, answer))
        if after is None and answer is not Answer.TIMEOUT:
            self.strays += 1
            return
        if answer is not Answer.TIMEOUT:
            self._silences = 0
        self._settle(phase, answer, code)
        if after is None or after is Phase.RESTING:
            silent = answer is Answer.TIMEOUT
            self._rest("the modem does not answer" + ("" if silent else " as it should"), now)
        elif phase is Phase.IDLE and self._stored:
            self._enter(Phase.STORE, now)
        elif after is Phase.PIN_GIVEN and self._pin_spent:
            self._trouble = "the SIM wants a PIN: none is given, or the one given was refused"
            self._enter(Phase.BLOCKED, now)
        elif code in _SIM and phase in (Phase.OFFER, Phase.BODY):
            self._enter(Phase.PIN_ASKED, now)
        else:
            self._enter(after, now)

    def _judge(self, phase: Phase, answer: Answer, code: int | None) -> Answer:
        """Tell apart what `OK` and errors mean when the SIM is asked."""
        if phase is not Phase.PIN_ASKED or answer is Answer.TIMEOUT:
            return answer
        if code == 11 or (answer is Answer.OK and self._trouble == "the SIM wants SIM PIN"):
            return Answer.PIN_WANTED
        if answer is Answer.OK:
            return Answer.LOCKED if self._trouble.startswith("the SIM wants") else Answer.OK
        return Answer.LOCKED if code == 12 else Answer.ERROR

    def _settle(self, phase: Phase, answer: Answer, code: int | None) -> None:
        """Say what the end of a command means outside."""
        if phase is Phase.PIN_ASKED:
            self._told_of_sim(answer, code)
        elif phase is Phase.PIN_GIVEN and answer is Answer.ERROR:
            self._trouble = "the SIM refuses the PIN; it is not tried again"
        elif phase is Phase.PDU_MODE and answer is Answer.ERROR:
            self._trouble = "the modem has no PDU mode"
        elif phase in (Phase.REPORTS, Phase.REPORTS_STORED):
            self.with_reports = answer is Answer.OK
        elif phase is Phase.FETCH:
            self._pdu_follows = False
        elif phase is Phase.BODY and answer is Answer.OK and self._key is not None:
            self._events.append(Accepted(self._key, self._reference))
            self._key = None
        elif phase in (Phase.OFFER, Phase.BODY) and answer is Answer.ERROR:
            self._fail(failure(code))

    def _told_of_sim(self, answer: Answer, code: int | None) -> None:
        if answer is Answer.OK:
            self._trouble = ""
            if self._settings.pin and self._pin_spent:
                self._events.append(PinAccepted())
            self._pin_spent = not self._settings.pin
        elif answer is Answer.ERROR:
            self._trouble = "the modem has no SIM that answers" + (f" (error {code})" if code else "")
        elif answer is Answer.LOCKED and code == 12:
            self._trouble = "the SIM wants SIM PUK"

    def _fail(self, outcome: Outcome) -> None:
        if self._key is not None:
            self._events.append(NotAccepted(self._key, outcome))
            self._key = None

    def _rest(self, why: str, now: int) -> None:
        """Give up what is under way and set the modem up anew."""
        if self.phase is Phase.BODY:
            self._late = self._key
        self._trouble = why
        self._fail(Retry(why, after=10.0))
        self._enter(Phase.RESTING, now)

    def _enter(self, phase: Phase, now: int) -> None:
        self.phase = phase
        self._said = self._command(phase)
        if phase is Phase.BODY and self._submit is not None:
            self._out += Pdu(self._submit).hexadecimal.encode() + _END_OF_PDU
        elif phase is Phase.RESTING:
            self._line.clear()
            self._out += _ESCAPE
        elif self._said:
            self._out += self._said.encode() + b"\r"
        if phase is Phase.PIN_GIVEN:
            self._pin_spent = True
            self._events.append(PinTried())
        if phase is Phase.DELETE:
            self._stored.popleft()
        settings = self._settings
        waits = {
            Phase.IDLE: 0.0 if self._stored else settings.check,
            Phase.BODY: settings.body,
            Phase.RESTING: settings.rest,
            Phase.BLOCKED: settings.blocked,
        }
        self.deadline = now + round(waits.get(phase, settings.command) * SECOND)

    def _command(self, phase: Phase) -> str:
        if phase is Phase.PIN_GIVEN:
            return f'AT+CPIN="{self._settings.pin}"'
        if phase is Phase.OFFER and self._submit is not None:
            return f"AT+CMGS={Pdu(self._submit).length}"
        if phase is Phase.STORE:
            return f'AT+CPMS="{self._stored[0][0]}"'
        if phase in (Phase.FETCH, Phase.DELETE):
            verb = "R" if phase is Phase.FETCH else "D"
            return f"AT+CMG{verb}={self._stored[0][1]}"
        return COMMANDS.get(phase, "")
