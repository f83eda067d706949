"""Papers made, signed and sent on their way: what the hub knows is put together with what somebody typed.

Everything here blocks on the store, and a paper takes a core for about a second: one at a time, in a thread.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from devices.clock import Clock
from devices.errors import VeilleuseError
from hub.acts.documents import from_dossier as source
from hub.acts.documents.cda import Header, cda
from hub.acts.documents.from_dossier import Registered
from hub.acts.documents.liaison import ROWS
from hub.acts.documents.model import (
    Attendance,
    Happened,
    Home,
    Identity,
    Issue,
    Kind,
    Liaison,
    Professional,
    Report,
    Saed,
    Validation,
)
from hub.acts.documents.printing import Paper, Printed, printed
from hub.acts.documents.xdm import xdm
from hub.acts.dossier import Dossier
from hub.notify.papers_config import PapersSettings
from hub.notify.secure_mail import Parcel
from hub.paper_facts import Facts, gather
from hub.store import acts, consult, dossier, papers, records
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.papers import PaperRecord, Signature
from hub.store.ports import TimeSeries
from hub.store.records import AuditEntry
from hub.ward import Inhabitant, Ward

REPORT_FIELDS: Final = frozenset(
    {"reason", "severity", "consent", "findings", "limits", "conclusion", "follows", "outcome", "rpps"}
)
SAED_FIELDS: Final = frozenset(
    {
        "callback", "place", "reason", "onset", "admitted", "history", "allergies", "treatments", "oxygen", "usual",
        "weight", "results", "hypothesis", "done", "worry", "request", "delay", "meanwhile",
    }
)  # fmt: skip
FIELDS: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.REPORT: REPORT_FIELDS,
    Kind.SAED: SAED_FIELDS,
    Kind.LIAISON: frozenset(ROWS),
}
"What may be typed on each paper; everything else comes from the hub."
ROLES: Final = {"nurse": "infirmier(ère)", "physician": "médecin", "coordinator": "infirmière coordinatrice"}
_TYPES: Final[Mapping[Kind, type[Paper]]] = {Kind.REPORT: Report, Kind.LIAISON: Liaison, Kind.SAED: Saed}


class PaperworkError(VeilleuseError):
    """Something about a paper is not done; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wish:
    """A paper that somebody asks for."""

    resident: str
    kind: Kind
    author: str
    fields: Mapping[str, str]
    act: str | None = None
    call: str | None = None
    replaces: str | None = None
    "The newest version of a paper, that this one corrects."


class Paperwork:
    """The home's papers. Call it in a thread."""

    def __init__(
        self,
        database: Database,
        series: TimeSeries,
        ward: Ward,
        accounts: Accounts,
        clock: Clock,
        settings: PapersSettings,
    ) -> None:
        self._database = database
        self._series = series
        self._ward = ward
        self._accounts = accounts
        self._clock = clock
        self.settings = settings
        self.zone = ZoneInfo("Europe/Paris")
        self._press = threading.Lock()

    def saed(self, resident: str, author: str, fields: Mapping[str, str]) -> Saed:
        """Return the SAED sheet of now, not kept; reading the dossier for it is written down.

        Raises:
            PaperworkError: `unknown_resident`.
        """
        with self._database.write() as connection:
            now = self._clock.utc()
            records.audit(connection, AuditEntry(now, author, "saed_read", resident))
            return self._saed(connection, Wish(resident, Kind.SAED, author, fields), now)

    def make(self, wish: Wish) -> PaperRecord:
        """Make a paper, or the next version of one, and keep it.

        Raises:
            PaperworkError: `unknown_resident`, `unknown_act`, `unknown_call`, or `changed_meanwhile`.
            PaperError: it cannot be made.
        """
        now = self._clock.utc()
        with self._database.read() as connection:
            before = self._before(connection, wish)
            paper = self._paper(connection, wish, now)
        version = 1 if before is None else before.version + 1
        made = self._print(paper, Issue(version))
        key = secrets.token_hex(16)
        record = PaperRecord(
            key,
            key if before is None else before.document,
            version,
            wish.resident,
            wish.kind.value,
            made.title,
            now,
            wish.author,
            msgspec.json.encode(wish.fields).decode(),
            msgspec.json.encode(paper).decode(),
            made.text,
            wish.act,
            wish.call,
        )
        with self._database.write() as connection:
            # Somebody may have corrected it while this one was laid out.
            self._before(connection, wish)
            papers.add(connection, record, made.pdf)
            detail = f"{wish.kind.value} version {version}"
            records.audit(connection, AuditEntry(now, wish.author, "paper_made", key, detail))
        return record

    def sign(self, key: str, author: str) -> PaperRecord:
        """Sign a paper: its file is made anew with the signature on it, from what was on it.

        Raises:
            PaperworkError: `unknown_paper`.
            SignedError: it is signed already.
            PaperError: it cannot be made, or a number on it is wrong.
        """
        now = self._clock.utc()
        with self._database.read() as connection:
            record = self.find(connection, key)
            earlier = None if record.version == 1 else record.document
        kind = Kind(record.kind)
        paper = msgspec.json.decode(record.content, type=_TYPES[kind])
        signer = self._person(author, paper)
        made = self._print(paper, Issue(record.version, signer.name, now))
        header = self._header(record, paper, signer, now)
        envelope = cda(header, made.pdf, self.zone)
        signature = Signature(author, now, hashlib.sha256(made.pdf).hexdigest())
        with self._database.write() as connection:
            papers.sign(connection, key, signature, made.pdf, envelope)
            detail = f"sha256 {signature.digest}" + ("" if earlier is None else f", version {record.version}")
            records.audit(connection, AuditEntry(now, author, "paper_signed", key, detail))
        return replace(record, signed_by=author, signed=now, digest=signature.digest)

    def header(self, record: PaperRecord) -> Header:
        """Return what the signed document says of itself, as its envelope does."""
        paper = msgspec.json.decode(record.content, type=_TYPES[Kind(record.kind)])
        signer = None if record.signed_by is None else self._person(record.signed_by, paper)
        return self._header(record, paper, signer, record.signed)

    def find(self, connection: Connection, key: str) -> PaperRecord:
        """Return a paper.

        Raises:
            PaperworkError: `unknown_paper`.
        """
        found = papers.find(connection, key)
        if found is None:
            raise PaperworkError("unknown_paper", f"paper {key[:64]!r} is unknown")
        return found

    def parcel(self, key: str) -> Parcel:
        """Return what a letter with a signed paper carries.

        Raises:
            PaperworkError: `unknown_paper`, or it is not signed.
        """
        with self._database.read() as connection:
            record = self.find(connection, key)
            found = papers.files(connection, key)
        if found is None or found[1] is None:
            raise PaperworkError("not_signed", f"paper {key[:64]!r} is not signed")
        header = self.header(record)
        return Parcel(header.home.name, record.title, xdm(header, found[1], self.zone), found[0])

    def treating(self, resident: str) -> Professional | None:
        """Return the resident's médecin traitant, as the dossier says."""
        with self._database.read() as connection:
            return source.physician(dossier.read(connection, resident))

    # ---- what is on them ----

    def _paper(self, connection: Connection, wish: Wish, now: int) -> Paper:
        if wish.kind is Kind.SAED:
            return self._saed(connection, wish, now)
        if wish.kind is Kind.LIAISON:
            return self._liaison(connection, wish, now)
        return self._report(connection, wish, now)

    def _saed(self, connection: Connection, wish: Wish, now: int) -> Saed:
        who, known, facts = self._about(connection, wish.resident, now)
        given = dict(wish.fields)
        worry = given.pop("worry", "")
        filled = {
            "admitted": source.admitted(known.history),
            "history": source.diseases(known.history),
            "allergies": source.allergies(known.allergies),
            "treatments": source.medicines(known.treatments),
            "oxygen": source.oxygen(known.treatments),
            "usual": source.usual(known.usual),
            "weight": source.weight(known.usual),
            "callback": self.settings.phone,
        }
        texts = filled | {key: text for key, text in given.items() if text.strip()}
        return Saed(
            self._home(connection),
            who,
            now,
            self._author(wish.author),
            alert=facts.alert,
            vitals=facts.vitals,
            score=facts.score,
            anticoagulant=known.treatments.anticoagulant,
            directives=source.directives(known.directives),
            worry=int(worry) if worry in {"0", "1", "2", "3"} else None,
            **texts,
        )

    def _liaison(self, connection: Connection, wish: Wish, now: int) -> Liaison:
        who, known, facts = self._about(connection, wish.resident, now)
        looked = dossier.validation(connection, wish.resident)
        validated = None if looked is None else Validation(looked.time, self._author(looked.author).name)
        typed = {key: text for key, text in wish.fields.items() if text.strip()}
        return Liaison(
            self._home(connection),
            who,
            now,
            self._author(wish.author).name,
            source.directives(known.directives),
            validated,
            source.entries(known) | typed,
            facts.vitals,
            facts.score,
        )

    def _report(self, connection: Connection, wish: Wish, now: int) -> Report:
        who, _, facts = self._about(connection, wish.resident, now)
        given: dict[str, Any] = {key: text for key, text in wish.fields.items() if text.strip()}
        author = replace(self._author(wish.author), rpps=given.pop("rpps", ""))
        report = Report(self._home(connection), who, now, author, vitals=facts.vitals, score=facts.score)
        if wish.act is not None:
            report = _with_act(connection, report, wish)
        call = wish.call
        if call is None and wish.act is not None:
            act = acts.find(connection, wish.act)
            call = None if act is None else act.call
        if call is not None:
            report = _with_call(connection, report, call, wish.resident)
        return replace(report, **given)

    def _about(self, connection: Connection, resident: str, now: int) -> tuple[Identity, Dossier, Facts]:
        inhabitant = self._inhabitant(resident)
        person = inhabitant.resident
        known = dossier.read(connection, resident)
        registered = Registered(person.family_name, person.given_name, person.birth_year, inhabitant.room)
        facts = gather(connection, self._series, self._ward, resident, now)
        return source.identity(known, registered), known, facts

    def _inhabitant(self, resident: str) -> Inhabitant:
        found = self._ward.roll.inhabitants.get(resident)
        if found is None:
            raise PaperworkError("unknown_resident", f"resident {resident[:64]!r} is unknown")
        return found

    def _home(self, connection: Connection) -> Home:
        said = self.settings
        return Home(records.home_name(connection) or "", said.address, said.phone, said.finess)

    def _author(self, username: str) -> Professional:
        user = self._accounts.user(username)
        if user is None:
            return Professional(username)
        return Professional(user.display_name, ROLES.get(user.role, ""))

    def _person(self, username: str, paper: Paper) -> Professional:
        """Return who signs; with the number under which they wrote it, if they did."""
        signer = self._author(username)
        if isinstance(paper, Report) and paper.author.name == signer.name:
            return paper.author
        return signer

    def _before(self, connection: Connection, wish: Wish) -> PaperRecord | None:
        if wish.replaces is None:
            return None
        found = self.find(connection, wish.replaces)
        newest = papers.newest(connection, found.document)
        if newest is None or newest.id != found.id:
            raise PaperworkError("changed_meanwhile", f"paper {found.id!r} is not the newest version")
        if (found.resident, found.kind) != (wish.resident, wish.kind.value):
            raise PaperworkError(
                "unknown_paper", f"paper {found.id!r} is another resident's, or of another kind"
            )
        return found

    def _header(
        self, record: PaperRecord, paper: Paper, signer: Professional | None, signed: int | None
    ) -> Header:
        report = paper if isinstance(paper, Report) else None
        return Header(
            uuid.UUID(record.id),
            uuid.UUID(record.document),
            record.version,
            Kind(record.kind),
            record.title,
            record.time,
            paper.home,
            paper.resident,
            record.resident,
            report.author if report else self._author(record.author),
            signer,
            signed,
            None if report is None else report.began,
            None if report is None else report.ended,
            self._earlier(record),
        )

    def _earlier(self, record: PaperRecord) -> uuid.UUID | None:
        if record.version == 1:
            return None
        with self._database.read() as connection:
            known = papers.of_resident(connection, record.resident, 1000)
        found = next(
            each for each in known if each.document == record.document and each.version == record.version - 1
        )
        return uuid.UUID(found.id)

    def lay_out(self, work: Callable[[], bytes]) -> bytes:
        """Lay out something that is kept nowhere, while no other paper is: all share fonts.

        Raises:
            PaperError: it cannot be made.
        """
        with self._press:
            return work()

    def _print(self, paper: Paper, issue: Issue) -> Printed:
        with self._press:
            return printed(paper, self.zone, issue)


def _with_act(connection: Connection, report: Report, wish: Wish) -> Report:
    """Add what people noted on the way."""
    act = acts.find(connection, wish.act or "")
    if act is None or act.resident != wish.resident:
        raise PaperworkError("unknown_act", f"act {(wish.act or '')[:64]!r} is unknown")
    steps = acts.steps(connection, [act.id])[act.id]

    def noted(name: str) -> list[tuple[int, str]]:
        return [(step.time, str(step.fields[name])) for step in steps if step.fields.get(name)]

    incidents = tuple(Happened(time, text) for time, text in noted("incident"))
    return replace(
        report,
        began=act.opened,
        ended=act.closed,
        reason=act.reason,
        findings="\n".join(text for name in ("finding", "findings", "gesture") for _, text in noted(name)),
        conclusion=noted("conclusion")[-1][1] if noted("conclusion") else "",
        follows=noted("follow_up")[-1][1] if noted("follow_up") else "",
        incidents=incidents,
    )


def _with_call(connection: Connection, report: Report, key: str, resident: str) -> Report:
    """Add who was in the call, when, and what interrupted it."""
    call = consult.call(connection, key)
    if call is None or call.resident != resident:
        raise PaperworkError("unknown_call", f"call {key[:64]!r} is unknown")
    opening = consult.opening(connection, key)
    seats = consult.participants(connection, [key]).get(key, ())
    people = tuple(
        Attendance(Professional(seat.name, ROLES.get(seat.role, seat.role)), seat.admitted, seat.left)
        for seat in seats
    )
    went_wrong = tuple(
        Happened(each.time, INCIDENTS.get(each.cause, each.cause), each.ended)
        for each in consult.incidents(connection, key)
    )
    return replace(
        report,
        act="Compte rendu de téléconsultation",
        began=call.answered or call.requested,
        ended=call.ended,
        reason=report.reason or opening.reason or call.reason,
        attendance=people,
        incidents=(*(report.incidents or ()), *went_wrong),
    )


INCIDENTS: Final = {
    "connection_lost": "liaison perdue",
    "room_lost": "liaison avec la chambre perdue",
    "hub_restarted": "serveur redémarré",
}
"What interrupted a call, in words; a cause that is none of these is named by its code."
