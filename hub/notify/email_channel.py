"""Letters through the home's mail server. For what may wait: a letter can take minutes, and nobody is woken by one.

`Sent` means that the server took the letter. Delivery reports are asked for and go to the sender's mailbox, which nobody
reads here: there are no receipts.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from devices.clock import SECOND, Clock
from devices.errors import ConfigError
from hub.notify.base import GiveUp, Notice, Outcome, Retry, Sent, State
from hub.notify.email_message import address, compose, message_id, sender
from hub.notify.errands import SEND_LIMIT, Errand, Errands
from hub.notify.ranges import in_range
from hub.notify.smtp import Report, Server, Visit
from hub.notify.standing import Standing
from hub.secret_file import read_secret

AT_ONCE = 4
"Visits side by side: one slow letter must not hold up the others."

VISIT_LIMIT = 25.0
"Seconds for a whole visit."

FAREWELL = 2.0
"Seconds for a visit to end once it is broken off."

LOCKED_OUT = 3600.0
"Seconds before a login that was refused is tried again, unless a letter asks for it."


class EmailConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One mail server."""

    host: str
    sender: str
    "Address from which letters come."
    sender_name: str = "Veilleuse"
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    "`tls` from the first byte (port 465 as a rule); `none` only to a server on this machine."
    user: str = ""
    password_file: Path | None = None
    "Holds the password, mode 0600."
    ca_file: Path | None = None
    "Authority of the server's certificate in PEM; without it those of the system."
    zone: str = "Europe/Paris"
    timeout: float = 10.0
    "Seconds for each step."
    every: float = 300.0
    "Seconds between visits without a letter, which show that one could be handed in."

    def check(self) -> None:
        """Check what the types cannot say.

        Raises:
            ConfigError: a field is out of range; the text names it.
        """
        sender(self.sender_name, self.sender)
        if not 1 <= self.port <= 65535:
            raise ConfigError(f"port is {self.port}, expected 1 to 65535")
        if self.security == "none" and not _loopback(self.host):
            raise ConfigError(
                f"security is none, but {self.host!r} is not this machine: a letter would be open to all"
            )
        if bool(self.user) != (self.password_file is not None):
            raise ConfigError("user and password_file belong together")
        if not self.host or any(char.isspace() or not char.isprintable() for char in self.host + self.user):
            raise ConfigError("host or user is empty or holds blanks or control characters")
        for name, value, low, high in (("timeout", self.timeout, 0.1, 20), ("every", self.every, 1, 3600)):
            in_range(name, value, low, high)
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ConfigError(f"zone {self.zone!r} is none that this machine knows") from None


class EmailChannel:
    """The channel `email`. An address is one without display name."""

    name = "email"

    def __init__(
        self,
        config: EmailConfig,
        clock: Clock,
        *,
        limit: float = SEND_LIMIT,
        visit: float = VISIT_LIMIT,
    ) -> None:
        """Make a channel.

        Raises:
            ConfigError: the configuration cannot work, or a file that it names is none.
        """
        config.check()
        self._config = config
        self._clock = clock
        self._origin = sender(config.sender_name, config.sender)
        self._zone = ZoneInfo(config.zone)
        self._server = server_of(config)
        self._visit_limit = visit
        self._wakeup = asyncio.Event()
        self._errands = Errands(clock, self._wakeup.set, limit=limit)
        self._running = False
        self._threads = ThreadPoolExecutor(AT_ONCE, "mail")
        self._visits = 0
        self._due = 0
        self._standing = Standing(clock, "the mail server was not asked yet")

    @property
    def state(self) -> State:
        """Whether the server would have taken a letter when it was last visited."""
        return self._standing.state

    async def send(self, notice: Notice) -> Outcome:
        """Hand a letter in."""
        if address(notice.address) is None:
            return GiveUp(f"{notice.address!r} is no e-mail address")
        if not self._running:
            return Retry("the channel is not running")
        return await self._errands.run(Errand(notice))

    async def run(self) -> None:
        """Hand in letters as they come, and look now and then whether the server is there."""
        self._running = True
        self._due = self._clock.monotonic()
        self._threads = ThreadPoolExecutor(AT_ONCE, "mail")
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._start(group)
                    wait = (self._due - self._clock.monotonic()) / SECOND
                    try:
                        async with asyncio.timeout(max(0.0, wait)):
                            await self._wakeup.wait()
                    except TimeoutError:
                        continue
                    self._wakeup.clear()
        finally:
            self._running = False
            # A thread that hangs in the system's name service ends by itself; nobody waits for it.
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._standing.say("the channel is not running")
            self._errands.abandon(Retry("the channel was stopped"))

    def _start(self, group: asyncio.TaskGroup) -> None:
        while self._visits < AT_ONCE and (errand := self._errands.next()) is not None:
            self._visits += 1
            group.create_task(self._carry(errand), name="letter")
        now = self._clock.monotonic()
        if now >= self._due:
            self._due = now + round(self._config.every * SECOND)
            if self._visits < AT_ONCE:
                self._visits += 1
                group.create_task(self._carry(None), name="visit to the mail server")

    async def _carry(self, errand: Errand | None) -> None:
        report = Report(Retry("the visit was stopped"))
        try:
            report = await self._visit(errand)
            self._judge(report)
        finally:
            self._visits -= 1
            self._wakeup.set()
            if errand is not None:
                self._errands.finish(errand, report.outcome)

    async def _visit(self, errand: Errand | None) -> Report:
        if errand is None:
            visit = Visit(self._server)
        else:
            notice = errand.notice
            recipient = address(notice.address)
            if recipient is None:
                return Report(GiveUp(f"{notice.address!r} is no e-mail address"))
            letter = compose(notice, self._origin, recipient, self._zone)
            envelope = message_id(notice, "").strip("<>@")
            visit = Visit(self._server, letter, envelope)
        # Threads of their own: those that all of the hub shares must not be held by a name service that hangs.
        work = asyncio.get_running_loop().run_in_executor(self._threads, visit.run)
        try:
            done, _ = await asyncio.wait({work}, timeout=self._visit_limit)
            if not done:
                visit.break_off()
                done, _ = await asyncio.wait({work}, timeout=FAREWELL)
        except asyncio.CancelledError:
            visit.break_off()
            raise
        trouble = f"the mail server did not finish within {self._visit_limit:g} s"
        if done and isinstance(work.result().outcome, Sent):
            return work.result()
        return work.result() if done and not visit.broken_off else Report(Retry(trouble, after=30.0), trouble)

    def _judge(self, report: Report) -> None:
        if isinstance(report.outcome, Sent) or report.trouble:
            self._standing.say(report.trouble)
        if report.refused:
            self._due = self._clock.monotonic() + round(LOCKED_OUT * SECOND)


def server_of(config: EmailConfig) -> Server:
    """Return where letters are handed in, with its password and the authorities that it is known by.

    Raises:
        ConfigError: a file that the configuration names is none.
    """
    password = "" if config.password_file is None else read_secret(config.password_file)
    try:
        context = ssl.create_default_context(cafile=config.ca_file)
    except OSError as error:
        raise ConfigError(f"ca_file {config.ca_file}: {error.strerror or error}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return Server(
        host=config.host,
        port=config.port,
        security=config.security,
        context=context,
        name=config.sender.rpartition("@")[2],
        timeout=config.timeout,
        user=config.user,
        password=password,
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
