"""Calls to pagers and DECT sets through a paging system that speaks ESPA 4.4.4.

The station's ACK says that the paging system has the call, not that anybody was reached. Stations that report what became
of a call (status blocks) give receipts; most do not.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from devices.clock import SECOND, Clock
from devices.errors import ConfigError
from devices.limits import Priority
from hub.notify.base import GiveUp, Notice, Outcome, Receipt, ReceiptKind, Retry, Sent, State
from hub.notify.errands import SEND_LIMIT, Errand, Errands
from hub.notify.espa import Block, Header, Record, RecordKind
from hub.notify.espa_master import Master, Result, Timing
from hub.notify.lines import Line, LineError, LineSettings, open_line
from hub.notify.ranges import in_range
from hub.notify.standing import Standing
from hub.notify.wording import cut, to_ascii, to_latin1

MAX_DISPLAYS = 1024
"Displays whose last call is remembered; a home has some dozens."

_ADDRESS = re.compile(r"[0-9A-Za-z*#]{1,16}", re.ASCII)
_KNOWN = {Result.BUSY: "is busy", Result.GARBLED: "does not understand us", Result.SILENT: "does not answer"}


class EspaCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a call of one alarm priority is coded. Vendors differ; a field without value is not sent."""

    priority: int | None = 3
    "1 alarm, 2 high, 3 normal."
    beep: int | None = 1
    "The set's tone."
    call_type: int | None = 3
    "3 is a standard call."
    transmissions: int | None = 1


def _usual_calls() -> dict[Priority, EspaCall]:
    return {
        Priority.HIGH: EspaCall(priority=1, beep=7, transmissions=2),
        Priority.MEDIUM: EspaCall(priority=2, beep=3),
        Priority.LOW: EspaCall(priority=3, beep=1),
    }


def _usual_statuses() -> dict[int, ReceiptKind]:
    # From memory of the standard: 1 busy, 2 in queue, 3 paged, 4 absent, 5 terminated, 6 acknowledged, 7 speech channel.
    return {3: ReceiptKind.DELIVERED, 4: ReceiptKind.FAILED, 6: ReceiptKind.SEEN}


class EspaConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One paging system."""

    line: LineSettings
    own: str = "1"
    "Our address on the line."
    station: str = "2"
    "The paging system's."
    charset: Literal["ascii", "latin-1"] = "ascii"
    width: int = 32
    "Characters that a set's display shows."
    calls: dict[Priority, EspaCall] = msgspec.field(default_factory=_usual_calls)
    "Coding by alarm priority: all three."
    statuses: dict[int, ReceiptKind] = msgspec.field(default_factory=_usual_statuses)
    "What a call status of the station means."
    cancel_type: int | None = 1
    "Call type that takes a call back; without it none is taken back."
    supervision: Literal["select", "poll"] = "select"
    "How the link is proved: by selecting the station without a block, or by polling it."
    every: float = 15.0
    "Seconds without traffic after which the link is proved."
    answer: float = 2.5
    "Seconds for an answer."
    message: float = 15.0
    "Seconds for a message with all its attempts."

    def check(self) -> None:
        """Check what the types cannot say.

        Raises:
            ConfigError: a field is out of range; the text names it.
        """
        self.line.check()
        for name, address in (("own", self.own), ("station", self.station)):
            if not re.fullmatch(r"[0-9A-Za-z]", address, re.ASCII):
                raise ConfigError(f"{name} is {address!r}, expected one digit or letter")
        if self.own == self.station:
            raise ConfigError(f"own and station are both {self.own!r}")
        if self.charset == "latin-1" and self.line.bytesize == 7:
            raise ConfigError("charset latin-1 does not go through a line of 7 bits")
        if missing := set(Priority) - set(self.calls):
            raise ConfigError(f"calls has no row for {', '.join(sorted(missing))}")
        for priority, call in self.calls.items():
            for field, number in msgspec.structs.asdict(call).items():
                if number is not None and not 0 <= number <= 99:
                    raise ConfigError(f"calls.{priority}.{field} is {number}, expected 0 to 99")
        for name, value, low, high in (
            ("width", self.width, 8, 60),
            ("every", self.every, 1, 60),
            ("answer", self.answer, 0.1, 10),
            ("message", self.message, self.answer, 20),
        ):
            in_range(name, value, low, high)


class EspaChannel:
    """The channel `espa`. An address is a set's number, up to 16 digits."""

    name = "espa"

    def __init__(
        self,
        config: EspaConfig,
        clock: Clock,
        receipts: Callable[[Receipt], None],
        *,
        limit: float = SEND_LIMIT,
    ) -> None:
        """Make a channel; `receipts` is told what the station reports of calls.

        Raises:
            ConfigError: the configuration cannot work.
        """
        config.check()
        self._config = config
        self._clock = clock
        self._receipts = receipts
        self._errands = Errands(clock, self._wake, limit=limit)
        self._line: Line | None = None
        self._current: Errand | None = None
        self._due = 0
        self._shown: OrderedDict[str, str] = OrderedDict()
        "What each display was called for last."
        self._standing = Standing(clock, "the line was not opened yet")

    @property
    def state(self) -> State:
        """Whether the station answered when it was last asked, at most `every` and a message's time ago."""
        return self._standing.state

    async def send(self, notice: Notice) -> Outcome:
        """Call a display."""
        if not _ADDRESS.fullmatch(notice.address):
            return GiveUp(f"{notice.address!r} is no address of a pager")
        return await self._run(Errand(notice))

    def remember(self, shown: Mapping[str, str]) -> None:
        """Take from the log what each display was called for last: receipts and recalls outlive a restart."""
        for address, notice in shown.items():
            self._shown.setdefault(address, notice)

    async def recall(self, notice: Notice) -> Outcome:
        """Take a call back, if it is the last that its display got: the station knows calls by display alone."""
        if self._config.cancel_type is None:
            return GiveUp("this station takes no call back")
        if self._errands.drop(notice.id, "taken back before its turn came"):
            return Sent()
        if self._shown.get(notice.address, notice.id) != notice.id:
            return GiveUp("the display shows something else by now")
        return await self._run(Errand(notice, recall=True))

    async def run(self) -> None:
        """Serve the line.

        Raises:
            LineError: it cannot be opened, or is lost.
        """
        try:
            async with open_line(self._config.line) as line:
                self._line = line
                await self._serve(line)
        except LineError as error:
            self._standing.say(str(error))
            raise
        finally:
            self._line = None
            self._current = None
            if self._standing.state.well:
                self._standing.say("the line to the paging system is closed")
            self._errands.abandon(Retry("the line to the paging system is lost"))

    async def _run(self, errand: Errand) -> Outcome:
        if self._line is None:
            return Retry(self._standing.state.reason or "the line to the paging system is closed")
        return await self._errands.run(errand)

    def _wake(self) -> None:
        if self._line is not None:
            self._line.wake()

    async def _serve(self, line: Line) -> None:
        config = self._config
        master = Master(
            Timing(
                own=config.own.encode(),
                station=config.station.encode(),
                answer=config.answer,
                message=config.message,
                baudrate=config.line.baudrate,
            )
        )
        self._due = self._clock.monotonic()
        while True:
            self._begin(master, self._clock.monotonic())
            if data := master.data_to_send():
                await line.write(data)
            until = self._due if master.deadline is None else master.deadline
            data = await line.read(max(0, until - self._clock.monotonic()) / SECOND)
            now = self._clock.monotonic()
            if data:
                master.receive(data, now)
            master.tick(now)
            for block in master.received():
                self._report(block)
            for result in master.results():
                self._end(result, now, master.blocks)

    def _begin(self, master: Master, now: int) -> None:
        if not master.idle:
            return
        self._current = self._errands.next()
        if self._current is not None:
            master.call(self._block(self._current), now)
        elif now >= self._due:
            master.probe(now, poll=self._config.supervision == "poll")

    def _end(self, result: Result, now: int, blocks: int) -> None:
        """Take note of how a dialogue of ours ended, in which the block went out so many times."""
        self._due = now + round(self._config.every * SECOND)
        deaf = result in (Result.SILENT, Result.GARBLED)
        self._standing.say(f"the paging system {_KNOWN[result]}" if deaf else "")
        errand, self._current = self._current, None
        if errand is not None:
            again = f"the call went over the line {blocks} times: it may be shown twice" if blocks > 1 else ""
            self._errands.finish(errand, self._outcome(errand, result, again))
        if result is Result.SILENT:
            # What waits would only wait for its turn to meet the same silence; other channels can be tried now.
            self._errands.abandon(Retry("the paging system does not answer", after=self._config.every))

    def _outcome(self, errand: Errand, result: Result, again: str) -> Outcome:
        if result is Result.REFUSED:
            return GiveUp("the paging system refuses the call")
        if result is not Result.TAKEN:
            return Retry("; ".join(filter(None, (f"the paging system {_KNOWN[result]}", again))))
        notice = errand.notice
        if errand.recall:
            if self._shown.get(notice.address) == notice.id:
                del self._shown[notice.address]
            return Sent(note=again)
        self._shown[notice.address] = notice.id
        self._shown.move_to_end(notice.address)
        if len(self._shown) > MAX_DISPLAYS:
            self._shown.popitem(last=False)
        return Sent(notice.id, note=again)

    def _report(self, block: Block) -> None:
        """Pass on what a station says of a call."""
        address, status = block.get(RecordKind.ADDRESS), block.get(RecordKind.CALL_STATUS)
        if block.header != Header.STATUS or address is None or status is None or not status.isdigit():
            return
        kind = self._config.statuses.get(int(status))
        notice = self._shown.get(address.decode("latin-1"))
        if kind is None or notice is None:
            return
        detail = f"call status {int(status)}"
        self._receipts(Receipt(self.name, notice, kind, self._clock.utc(), detail))

    def _block(self, errand: Errand) -> Block:
        notice = errand.notice
        address = Record(RecordKind.ADDRESS, notice.address.encode("ascii"))
        if errand.recall:
            return Block(Header.CALL, (address, _digits(RecordKind.CALL_TYPE, self._config.cancel_type or 0)))
        call = self._config.calls[notice.priority]
        fields = (
            (RecordKind.BEEP, call.beep),
            (RecordKind.CALL_TYPE, call.call_type),
            (RecordKind.TRANSMISSIONS, call.transmissions),
            (RecordKind.PRIORITY, call.priority),
        )
        coding = tuple(_digits(kind, value) for kind, value in fields if value is not None)
        return Block(Header.CALL, (address, Record(RecordKind.MESSAGE, self._text(notice.text)), *coding))

    def _text(self, text: str) -> bytes:
        latin = self._config.charset == "latin-1"
        shown = cut(to_latin1(text) if latin else to_ascii(text), self._config.width)
        return shown.encode("latin-1")


def _digits(kind: int, value: int) -> Record:
    return Record(kind, b"%d" % value)
