"""Two invented homes with three months behind them: each a hub's data folder of its own, filled through the hub's own code.

What people did goes through `hub.acting`, with a clock that stands at the time of each deed and time's own steps between them; what
rang goes through the alarms' ledger and the journal. The same seed and months make the same homes. Nothing of it knows the other
home: homes are apart, as real ones are.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection

from devices.clock import ManualClock
from hub import provisioning
from hub.acting import Acting, Doing, Opening
from hub.acts.activity import before, month_of, period
from hub.acts.model import DAY
from hub.alerting import ledger
from hub.alerting.ledger import Ledger, limit_subject, technical_subject
from hub.alerting.load import Period
from hub.alerting.model import EVENT_CODES, LIMIT_CODES, Alert, Changes
from hub.alerting.responses import Action
from hub.api.models import Role
from hub.api.services import USUAL_ZONE
from hub.config import TimeseriesSettings
from hub.demo.home import add_accounts
from hub.demo.region_acts import EXPERT, NURSE, PHYSICIAN, Alarm, Deed, Invented, InventedRegion, Story
from hub.provisioning import DataDirectory
from hub.store import acts, journal
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.records import Resident, Room
from hub.stores import open_timeseries

_ACTOR: Final = "demo"
_ACCOUNTS: Final = (
    (NURSE.username, Role.NURSE, "Inès Carvalho, infirmière"),
    (PHYSICIAN.username, Role.PHYSICIAN, "Dr Samir Benali"),
    (EXPERT.username, Role.PHYSICIAN, "Dr Anne Roy, dermatologue"),
    ("cadre", Role.COORDINATOR, "Claire Morin, cadre de santé"),
)
_MOVED_IN: Final = 400 * DAY
"How long before the first month everybody came."


@dataclass(frozen=True, slots=True)
class Made:
    """One home of the region, on the disk."""

    name: str
    folder: Path


def read_region() -> InventedRegion:
    """Read what the region is made of."""
    text = Path(__file__).with_name("region.toml").read_bytes()
    return msgspec.toml.decode(text, type=InventedRegion)


def past(region: InventedRegion, now: int) -> Period:
    """Return the last months that are over."""
    last = before(month_of(now, USUAL_ZONE), 1)
    return period(before(last, region.months - 1), last, USUAL_ZONE, now)


def prepare(folder: Path, region: InventedRegion, now: int) -> list[Made]:
    """Make the homes' folders, each once; a home whose accounts are not written was cut off, and is made anew."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = []
    for number, home in enumerate(region.home):
        place = folder / home.folder
        if not (place / "accounts.json").exists():
            if place.exists():
                shutil.rmtree(place)
            place.mkdir(mode=0o700)
            _populate(place, home, Story(home, region, past(region, now), number), past(region, now))
        made.append(Made(home.name, place))
    return made


def write_config(folder: Path, port: int, broker: int) -> Path:
    """Write a home's `hub.toml`: no rooms, so no tablet of a ward and no test alarm are waited for."""
    path = folder / "hub.toml"
    path.write_text(
        f'data = "hub"\n\n[http]\nhost = "127.0.0.1"\nport = {port}\n\n'
        f'[broker]\nhost = "127.0.0.1"\nport = {broker}\n\n'
        "[watch]\ntablets_within = 0\ntest_every = 0\n\n[rounds]\nsettled = 0\n\n"
        '[papers]\naddress = "1 rue de la Démonstration, 21000 Dijon"\nphone = "03 80 00 00 00"\n\n'
        f'[billing.people.{PHYSICIAN.username}]\nstatus = "liberal"\nconsultation = "TCG"\n\n'
        f'[billing.people.{EXPERT.username}]\nstatus = "liberal"\nconsultation = "TCS"\n\n'
        f'[billing.people.{NURSE.username}]\nstatus = "salaried"\n',
        "utf-8",
    )
    return path


def _populate(folder: Path, home: Invented, story: Story, when: Period) -> None:
    data = DataDirectory(folder / "hub")
    provisioning.initialise(data.path, home.name)
    database = provisioning.open_database(data)
    try:
        with database.write() as connection:
            _move_in(connection, story, when)
        live(database, story.deeds(), when)
        ring(database, story.alarms())
        # Last of all: without them the home is not whole.
        add_accounts(folder, Accounts(database), when.since - _MOVED_IN, _ACCOUNTS)
    finally:
        database.close()


def _move_in(connection: Connection, story: Story, when: Period) -> None:
    came = when.since - _MOVED_IN
    for person in story.people():
        provisioning.add_room(connection, Room(person.room, person.room), _ACTOR, came)
        resident = Resident(person.id, person.family_name, person.given_name, person.birth_year, came)
        provisioning.add_resident(connection, resident, person.room, _ACTOR, came)


def live(database: Database, deeds: Iterable[Deed], when: Period) -> None:
    """Let people do what they did, and time what it does, once a night."""
    clock = ManualClock(when.since)
    acting = Acting(database, open_timeseries(TimeseriesSettings(), database), clock)
    midnight = when.since + DAY
    for deed in deeds:
        while midnight <= deed.time:
            clock.set_utc(midnight)
            acting.tick()
            midnight += DAY
        clock.set_utc(deed.time)
        _do(database, acting, deed)
    while midnight <= when.until:
        clock.set_utc(midnight - 1)
        acting.tick()
        midnight += DAY


def _do(database: Database, acting: Acting, deed: Deed) -> None:
    if deed.kind is not None:
        wish = Opening(deed.kind, deed.resident, deed.reason, deed.act, from_act=deed.from_act)
        acting.open(wish, deed.actor)
        return
    with database.read() as connection:
        known = acts.find(connection, deed.act)
    number = 1 if known is None else known.version
    acting.step(deed.act, Doing(deed.event, number, deed.reason, deed.fields), deed.actor)


def ring(database: Database, alarms: Iterable[Alarm]) -> None:
    """Let what rang ring, be answered and be over, and keep it as the writer does: a day at a time."""
    book, day = Ledger(()), 0
    for alarm in alarms:
        if alarm.time // DAY != day:
            _keep(database, book)
            day = alarm.time // DAY
        _ring(book, alarm)
    _keep(database, book)


def _ring(book: Ledger, alarm: Alarm) -> None:
    edge = f"ch{alarm.room}"
    limit = f"{alarm.resident}-{alarm.metric}" if alarm.code in LIMIT_CODES else None
    subject = (
        limit_subject(alarm.resident, limit) if limit else technical_subject(alarm.code, edge, "capteur")
    )
    if book.active(subject) is not None:
        # It rings already: the same thing is one alarm.
        return
    name = ledger.identity(subject, alarm.time)
    if alarm.code in EVENT_CODES:
        name = ledger.event_identity(subject, str(alarm.time))
    book.raise_alert(
        Alert(
            name,
            alarm.code,
            alarm.priority,
            edge,
            alarm.resident,
            alarm.time,
            alarm.time,
            sensor=None if limit else "capteur",
            metric=alarm.metric,
            value=alarm.value,
            limit_id=limit,
        )
    )
    for time, what in _order(alarm):
        if what is Action.ACKNOWLEDGE and book.knows(name):
            book.act(name, Action.ACKNOWLEDGE, NURSE.username, "", time)
        elif what is None:
            book.clear(subject, time)


def _order(alarm: Alarm) -> list[tuple[int, Action | None]]:
    """Return the answer and the end of an alarm, whichever came first; what happened at an instant ends with its answer."""
    found: list[tuple[int, Action | None]] = []
    if alarm.answered is not None:
        found.append((alarm.answered, Action.ACKNOWLEDGE))
    end = alarm.cleared if alarm.cleared is not None else alarm.answered
    if end is not None:
        found.append((end, None))
    return sorted(found, key=lambda each: each[0])


def _keep(database: Database, book: Ledger) -> None:
    if book.changes:
        with database.write() as connection:
            journal.save_changes(connection, book.changes)
        book.changes = Changes()
