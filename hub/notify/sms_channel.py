"""Short messages through a GSM modem of the house: the way out when the network is down.

`Sent` means that the mobile network has the message. A phone that is off gets it later or never, which its status report
says: delivered or failed. Nothing says that anybody read it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from devices.clock import SECOND, Clock
from devices.errors import ConfigError, VeilleuseError
from devices.limits import Priority
from hub.notify import gsm7
from hub.notify.base import GiveUp, Notice, Outcome, Receipt, ReceiptKind, Retry, Sent, State
from hub.notify.budget import Budget
from hub.notify.errands import SEND_LIMIT, Errand, Errands
from hub.notify.gsm_modem import (
    Accepted,
    Modem,
    ModemEvent,
    ModemSettings,
    NotAccepted,
    Phase,
    PinAccepted,
    PinTried,
    Reported,
)
from hub.notify.lines import Line, LineLostError, LineSettings, open_line
from hub.notify.ranges import in_range
from hub.notify.sms_pdu import MAX_OCTETS, MAX_SEPTETS, Coding, Fate, StatusReport, Submit, coding_for
from hub.notify.standing import Standing
from hub.notify.wording import cut, plain
from hub.secret_file import read_secret

MAX_TEXT = 70
"Characters of one message in UCS2; a notice has 60."

_ADDRESS = re.compile(r"\+?[0-9]{3,15}", re.ASCII)
_FATES = {Fate.DELIVERED: ReceiptKind.DELIVERED, Fate.FAILED: ReceiptKind.FAILED}


class SmsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One modem."""

    line: LineSettings
    pin_file: Path | None = None
    "Holds the SIM's PIN, mode 0600. Beside it `.tried` is kept while the SIM has not taken it."
    charset: Literal["auto", "gsm"] = "auto"
    "`auto` writes what the short alphabet lacks (ê) in UCS2, `gsm` without its accent."
    validity: int = 10
    "Minutes after which the network forgets a message that it could not deliver: 5 to 60."
    per_hour: int = 120
    "Messages at most."
    reserve: float = 0.34
    "Share of them that only alarms of high priority may use."
    every: float = 30.0
    "Seconds between looks at network and signal."

    def check(self) -> None:
        """Check what the types cannot say.

        Raises:
            ConfigError: a field is out of range; the text names it.
        """
        self.line.check()
        for name, value, low, high in (
            ("validity", self.validity, 5, 60),
            ("per_hour", self.per_hour, 1, 3600),
            ("reserve", self.reserve, 0, 0.9),
            ("every", self.every, 1, 60),
        ):
            in_range(name, value, low, high)


class SmsChannel:
    """The channel `sms`. An address is a telephone number, best as `+33612345678`."""

    name = "sms"

    def __init__(
        self,
        config: SmsConfig,
        clock: Clock,
        receipts: Callable[[Receipt], None],
        *,
        limit: float = SEND_LIMIT,
        times: ModemSettings | None = None,
    ) -> None:
        """Make a channel; `receipts` is told what the network reports of messages.

        Raises:
            ConfigError: the configuration cannot work, or the PIN's file is none.
        """
        config.check()
        self._config = config
        self._clock = clock
        self._receipts = receipts
        self._times = times or ModemSettings(check=config.every)
        self._pin = None if config.pin_file is None else _Pin(config.pin_file)
        if self._pin is not None:
            self._pin.read()
        self._errands = Errands(clock, self._wake, limit=limit)
        self._budget = Budget(config.per_hour, config.reserve, clock.monotonic())
        self._line: Line | None = None
        self._under_way: dict[str, Errand] = {}
        self._standing = Standing(clock, "the line was not opened yet")

    @property
    def state(self) -> State:
        """Whether the modem was in a network with a signal when it was last asked."""
        return self._standing.state

    async def send(self, notice: Notice) -> Outcome:
        """Hand a message to the network."""
        if not _ADDRESS.fullmatch(notice.address):
            return GiveUp(f"{notice.address!r} is no telephone number")
        if self._line is None or not self._standing.state.well:
            return Retry(self._standing.state.reason or "the modem's line is closed", after=10.0)
        return await self._errands.run(Errand(notice))

    async def run(self) -> None:
        """Serve the modem.

        Raises:
            LineError: its line cannot be opened or is lost, or the modem does not answer at all.
            ConfigError: the PIN's file is none any more.
        """
        try:
            async with open_line(self._config.line) as line:
                self._line = line
                await self._serve(line)
        except VeilleuseError as error:
            self._standing.say(str(error))
            raise
        finally:
            self._line = None
            self._under_way.clear()
            if self._standing.state.well:
                self._standing.say("the modem's line is closed")
            self._errands.abandon(Retry("the modem's line is lost", after=10.0))

    def _wake(self) -> None:
        if self._line is not None:
            self._line.wake()

    async def _serve(self, line: Line) -> None:
        pin = "" if self._pin is None else self._pin.usable()
        modem = Modem(_with_pin(self._times, pin), self._clock.monotonic())
        while True:
            now = self._clock.monotonic()
            modem.tick(now)
            self._begin(modem, now)
            for event in modem.events():
                self._note(event)
            self._judge(modem)
            if data := modem.data_to_send():
                await line.write(data)
            if modem.phase is Phase.BLOCKED and self._pin is not None and self._pin.usable() not in ("", pin):
                raise LineLostError("another PIN was given: the modem is set up anew")
            if modem.lost:
                raise LineLostError(f"line {self._config.line.link}: the modem does not answer")
            wait = max(0, modem.deadline - self._clock.monotonic()) / SECOND
            modem.receive(await line.read(wait), self._clock.monotonic())

    def _begin(self, modem: Modem, now: int) -> None:
        while modem.idle and not modem.trouble and (errand := self._errands.next()) is not None:
            wait = self._budget.take(now, urgent=errand.notice.priority is Priority.HIGH)
            if wait:
                self._errands.finish(errand, Retry("the hour's messages are used up", after=wait))
                continue
            try:
                modem.send(errand.notice.id, self._submit(errand.notice), now)
            except ValueError as error:
                self._errands.finish(errand, GiveUp(str(error)))
            else:
                # Of earlier messages only one can still be told of late.
                self._under_way = {errand.notice.id: errand}

    def _note(self, event: ModemEvent) -> None:
        if isinstance(event, Accepted):
            errand = self._under_way.get(event.key)
            if errand is not None:
                number = errand.notice.address
                self._errands.finish(errand, Sent(reference(number, event.reference)))
        elif isinstance(event, NotAccepted):
            self._errands.finish(self._under_way[event.key], event.outcome)
        elif isinstance(event, Reported):
            self._report(event.report)
        elif self._pin is not None:
            self._pin.note(event)

    def _report(self, report: StatusReport) -> None:
        kind = _FATES.get(report.fate)
        if kind is not None:
            name = reference(report.number, report.reference)
            detail = f"status {report.status:#04x}"
            self._receipts(Receipt(self.name, name, kind, self._clock.utc(), detail))

    def _submit(self, notice: Notice) -> Submit:
        text = _with_link(cut(plain(notice.text), MAX_TEXT), plain(notice.link))
        coding = coding_for(text)
        # Some characters take two of the 70 places of UCS2.
        long = len(text.encode("utf-16-be", "replace")) > MAX_OCTETS
        if coding is not Coding.GSM7 and (long or self._config.charset == "gsm"):
            text, coding = gsm7.likeness(text), Coding.GSM7
        left = (notice.expires - self._clock.utc()) // SECOND
        validity = min(self._config.validity * 60, left)
        return Submit(notice.address, text, coding, validity=validity, report=True)

    def _judge(self, modem: Modem) -> None:
        trouble = modem.trouble
        self._standing.say(trouble)
        if trouble:
            # What waits would wait for a network; other channels can be tried now.
            for errand in iter(self._errands.next, None):
                self._errands.finish(errand, Retry(trouble, after=10.0))


def reference(number: str, modem: int | None) -> str:
    """Name a message as its report does: the end of the number, and the modem's reference.

    The modem counts to 255 and begins again: of two messages with the same name the newer is meant. Empty when the
    modem told no reference, because then no report can be matched.
    """
    return "" if modem is None else f"{number[-9:]}/{modem}"


def _with_link(text: str, link: str) -> str:
    """Return a text with the address of its page behind it, where one message in the short alphabet holds both."""
    both = f"{text} {link}"
    short = gsm7.fits(both) and len(gsm7.encode(both)) <= MAX_SEPTETS
    return both if link and short else text


def _with_pin(times: ModemSettings, pin: str) -> ModemSettings:
    return ModemSettings(pin, times.command, times.body, times.rest, times.blocked, times.check)


@dataclass(frozen=True, slots=True)
class _Pin:
    """A PIN's file, and beside it what says that it was tried: a restart must not try a wrong one a second time."""

    path: Path

    @property
    def _mark(self) -> Path:
        return self.path.with_name(self.path.name + ".tried")

    def read(self) -> str:
        pin = read_secret(self.path)
        if not re.fullmatch(r"[0-9]{4,8}", pin, re.ASCII):
            raise ConfigError(f"{self.path} does not hold 4 to 8 digits")
        return pin

    def usable(self) -> str:
        """Return the PIN, or nothing if this very file was tried and the SIM did not open."""
        pin = self.read()
        try:
            tried = self._mark.read_text("ascii", "replace")
        except OSError:
            return pin
        return "" if tried == self._version() else pin

    def note(self, event: PinTried | PinAccepted) -> None:
        """Write down a trial before it is made, and forget it when the SIM is open.

        Raises:
            ConfigError: it cannot be written down.
        """
        if isinstance(event, PinAccepted):
            self._mark.unlink(missing_ok=True)
            return
        try:
            handle = os.open(self._mark, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(self._version())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise ConfigError(
                f"{self._mark}: {error.strerror}; a PIN is tried only if that can be noted"
            ) from None

    def _version(self) -> str:
        return str(self.path.stat().st_mtime_ns)
