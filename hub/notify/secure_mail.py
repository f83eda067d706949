"""Papers to physicians through the operator of secure mail: one letter, its IHE XDM archive and the PDF for who has no software.

A dispatch is on disk before its letter leaves, with its recipient and its author. `sent` means that the operator's server took
the letter; delivery reports go to the sender's box, which nobody reads here. What is refused for now is tried again for a day;
what is refused for ever, or too long, is `failed`, with the reason. A hub that dies between the server's word and its own disk
sends the same letter again, under the same Message-ID.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.policy import SMTP

from devices.clock import SECOND, Clock, to_datetime
from hub.acts.documents.xdm import NAME
from hub.health import Health
from hub.notify.base import Outcome, Retry, Sent
from hub.notify.email_channel import server_of
from hub.notify.email_message import address, sender
from hub.notify.papers_config import PapersSettings
from hub.notify.smtp import Report, Visit
from hub.notify.wording import plain
from hub.store import papers, records
from hub.store.database import Database
from hub.store.papers import DispatchRecord, Sending
from hub.store.records import AuditEntry

LONGEST = 24 * 3600 * SECOND
"Microseconds for which a letter is tried."
VISIT_LIMIT = 120.0
"Seconds for a whole visit: an archive of some megabytes over a home's line."
EVERY = 5.0
"Seconds between two looks at what is due, when nobody says that something is."
_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a letter carries."""

    home: str
    title: str
    archive: bytes
    pdf: bytes


def compose(dispatch: DispatchRecord, parcel: Parcel, settings: PapersSettings) -> EmailMessage:
    """Write the letter; the same dispatch gives the same letter. Its subject names no person.

    Raises:
        ValueError: the recipient's address is none.
    """
    mail = settings.mail
    recipient = address(dispatch.address)
    if mail is None or recipient is None:
        raise ValueError(f"{dispatch.address[:64]!r} cannot be written to")
    origin = sender(mail.sender_name, mail.sender)
    letter = EmailMessage(policy=_POLICY)
    letter["From"] = origin
    letter["To"] = recipient
    # By the prefix a receiver's software knows what is in the zip (IHE XDM, from memory).
    letter["Subject"] = f"XDM/1.0/DDM+{plain(parcel.title)}"
    letter["Date"] = to_datetime(dispatch.time)
    name = hashlib.sha256(f"{dispatch.paper}/{dispatch.id}/{dispatch.time}".encode()).hexdigest()[:40]
    letter["Message-ID"] = f"<{name}@{origin.domain}>"
    letter.set_content(
        f"{plain(parcel.home)}\n\n{plain(parcel.title)}\n\n"
        "Le document est joint deux fois : en archive IHE XDM (CDA R2 niveau 1) et en PDF.\n"
    )
    letter.add_attachment(parcel.archive, "application", "zip", filename=NAME)
    letter.add_attachment(parcel.pdf, "application", "pdf", filename="document.pdf")
    return letter


class SecureMail:
    """Hands in what is due. Lives on the event loop."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: PapersSettings,
        parcel: Callable[[str], Parcel],
        health: Health,
        every: float = EVERY,
    ) -> None:
        """Make it.

        Raises:
            ConfigError: the operator's settings cannot work.
        """
        if settings.mail is None:
            raise ValueError("no operator of secure mail is set")
        self._database = database
        self._clock = clock
        self._settings = settings
        self._parcel = parcel
        self._health = health
        self._every = every
        self._server = server_of(settings.mail)
        self._wakeup = asyncio.Event()

    def look(self) -> None:
        """Say that something is due; on the event loop."""
        self._wakeup.set()

    async def run(self) -> None:
        """Hand in letters as they come, one after the other."""
        while True:
            for dispatch in await asyncio.to_thread(self._due):
                await self._carry(dispatch)
            try:
                async with asyncio.timeout(self._every):
                    await self._wakeup.wait()
            except TimeoutError:
                continue
            self._wakeup.clear()

    def _due(self) -> list[DispatchRecord]:
        with self._database.read() as connection:
            return papers.due(connection, self._clock.utc())

    async def _carry(self, dispatch: DispatchRecord) -> None:
        letter = await asyncio.to_thread(self._letter, dispatch)
        visit = Visit(self._server, letter, letter["Message-ID"].strip("<>").partition("@")[0])
        work = asyncio.get_running_loop().run_in_executor(None, visit.run)
        try:
            done, _ = await asyncio.wait({work}, timeout=VISIT_LIMIT)
        except asyncio.CancelledError:
            visit.break_off()
            raise
        if not done:
            visit.break_off()
        report = await work
        await asyncio.to_thread(self._settle, dispatch, report)
        if report.trouble:
            self._health.degraded("secure mail", report.trouble)
        else:
            self._health.well("secure mail")

    def _letter(self, dispatch: DispatchRecord) -> EmailMessage:
        return compose(dispatch, self._parcel(dispatch.paper), self._settings)

    def _settle(self, dispatch: DispatchRecord, report: Report) -> None:
        now = self._clock.utc()
        tried = replace(dispatch, attempts=dispatch.attempts + 1)
        made = self._after(tried, report.outcome, now)
        with self._database.write() as connection:
            papers.settle(connection, made)
            detail = f"{made.state.value} to {made.address}: {made.detail}"
            records.audit(connection, AuditEntry(now, made.author, "paper_dispatched", made.paper, detail))

    @staticmethod
    def _after(tried: DispatchRecord, outcome: Outcome, now: int) -> DispatchRecord:
        """Return a dispatch after an attempt."""
        if isinstance(outcome, Retry):
            again = now + round(outcome.after * SECOND)
            if again - tried.time <= LONGEST:
                return replace(tried, due=again, detail=outcome.reason)
        if isinstance(outcome, Sent):
            return replace(tried, state=Sending.SENT, due=None, settled=now, detail="taken by the operator")
        return replace(tried, state=Sending.FAILED, due=None, settled=now, detail=outcome.reason)
