"""The policy of a home: ladders by priority, who can be reached how, and the rota; read from one TOML file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from devices.errors import ConfigError
from devices.limits import Priority
from hub.alerting.escalation.model import Ladder, Step, Way
from hub.alerting.escalation.rota import DAYS, Exchange, Rota, Shift, on_duty
from hub.alerting.model import TEST_EDGE
from hub.alerting.tables import decode, where

CHANNELS = ("screen", "tablet", "light", "push", "espa", "sms", "email")
"What a policy may name."
EMERGENCY = frozenset({"15", "17", "18", "112", "114", "115", "116117", "119"})
"The hub never dials these: a step may only tell a human to."
_NAME = re.compile(r"[a-z0-9_-]{1,40}", re.ASCII)
_FORMS = {
    "screen": re.compile("ward"),
    # An account's name, or all screens of the ward: as `screen`.
    "tablet": re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII),
    # The edge whose light is meant, or that of the alert's own room.
    "light": re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII),
    # An account's name: all of its devices.
    "push": re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII),
    "espa": re.compile(r"[0-9A-Za-z*#]{1,16}", re.ASCII),
    "sms": re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII),
    "email": re.compile(r"[^@\s<>,;]{1,64}@[A-Za-z0-9.-]{1,190}", re.ASCII),
}
_MAX_AFTER = 86_400


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person of the staff, or a device of the house."""

    name: str
    address: dict[str, str]
    "By channel."


def account_is(contact: Contact, username: str) -> bool:
    """Tell whether a person of the policy is an account: their tablet and their pushes are the account's."""
    return username in {contact.address.get("tablet"), contact.address.get("push")}


class Repeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds after the last step at which a ladder begins again; 0 is never."""

    high: float = 900.0
    medium: float = 1800.0
    low: float = 0.0


class _Ladders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    high: tuple[Step, ...] = ()
    medium: tuple[Step, ...] = ()
    low: tuple[Step, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ladder: _Ladders
    zone: str = "Europe/Paris"
    repeat: Repeat = Repeat()
    person: dict[str, Contact] = {}
    device: dict[str, Contact] = {}
    shift: tuple[Shift, ...] = ()
    exchange: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be told, or what stands in the way."""

    recipient: str
    role: str
    ways: tuple[Way, ...]
    problem: str = ""
    "Why there is no way; English."


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that a step asks."""

    ladders: Mapping[Priority, Ladder]
    people: Mapping[str, Contact]
    devices: Mapping[str, Contact]
    rota: Rota

    def resolve(self, step: Step, time: int) -> Iterator[Recipient]:
        """Yield everybody whom a step tells at a time, each once."""
        told = set()
        for target in step.tell:
            kind, _, name = target.partition(":")
            role = name if kind == "role" else ""
            names = on_duty(self.rota, role, time) if role else (name,)
            if not names:
                yield Recipient(target, role, (), f"nobody has the role {role} at this time")
            book = self.devices if kind == "device" else self.people
            for who in names:
                if (book is self.devices, who) not in told:
                    told.add((book is self.devices, who))
                    yield _reach(who, role, book.get(who), step)

    def channels(self) -> set[str]:
        """Return the channels that any ladder names."""
        return {channel for ladder in self.ladders.values() for s in ladder.steps for channel in s.channels}


def _reach(who: str, role: str, contact: Contact | None, step: Step) -> Recipient:
    addresses = {} if contact is None else contact.address
    ways = tuple((channel, addresses[channel]) for channel in step.channels if channel in addresses)
    return Recipient(who, role, ways, "" if ways else f"{who} has no address for {', '.join(step.channels)}")


SCREENS = Contact("Écrans du service", {"screen": "ward"})
"Every screen of the ward that is open and can be heard."
LIGHT = Contact("Lumière de la chambre", {"light": "room"})
"The light of the room that an alert is about, if its edge has one."
BUILT_IN_DEVICES = {"screens": SCREENS, "light": LIGHT}
"Devices that every policy has; its file may give them other addresses."
_PROBE = {TEST_EDGE: Contact("Alarme d'essai", {"probe": "ward"})}
"Where the test alarm goes: a hardly audible sound of the ward's screens, and nothing else (hub.synthetic)."
TEST_LADDER = Ladder((Step(0.0, (f"device:{TEST_EDGE}",), ("probe",)),))
_FIRST = (Step(0.0, ("device:screens",), ("screen",)),)
BUILT_IN = Policy(
    {Priority.HIGH: Ladder(_FIRST, 300.0), Priority.MEDIUM: Ladder(_FIRST, 900.0)},
    {},
    BUILT_IN_DEVICES | _PROBE,
    Rota(),
)
"Without a file: nobody is known to be told but who sees a screen of the ward; that is asked for again and again."


def parse(text: str, name: str) -> Policy:
    """Read a policy.

    Args:
        text: TOML.
        name: the file's, for errors.

    Raises:
        ConfigError: with file, line where one is known, field and reason.
    """
    read = decode(text, name, _File)
    for field, problem in _problems(read):
        raise ConfigError(where(text, name, field, f"{field} {problem}"))
    climbed = {key: getattr(read.ladder, key) for key in Priority}
    ladders = {key: Ladder(steps, getattr(read.repeat, key)) for key, steps in climbed.items() if steps}
    devices = BUILT_IN_DEVICES | read.device | _PROBE
    return Policy(ladders, read.person, devices, Rota(read.zone, read.shift, read.exchange))


def _problems(read: _File) -> Iterator[tuple[str, str]]:
    try:
        ZoneInfo(read.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield "zone", f"is {read.zone!r}, which is no time zone"
    for key, value in msgspec.structs.asdict(read.repeat).items():
        if value != 0 and not 60 <= value <= _MAX_AFTER:
            yield f"repeat.{key}", f"is {value:g}, expected 0 or 60 to {_MAX_AFTER} seconds"
    for kind, book in (("person", read.person), ("device", read.device)):
        for key, contact in book.items():
            yield from _contact(f"{kind}.{key}", key, contact)
    roles = {shift.role for shift in read.shift} | {exchange.role for exchange in read.exchange}
    for priority in Priority:
        yield from _ladder(f"ladder.{priority}", getattr(read.ladder, priority), read, roles)
    yield from _rota(read)


def _contact(field: str, key: str, contact: Contact) -> Iterator[tuple[str, str]]:
    if not _NAME.fullmatch(key):
        yield field, "is no name: a-z, 0-9, _ and -, at most 40"
    for channel, address in contact.address.items():
        if problem := address_problem(channel, address):
            yield f"{field}.address", problem


def address_problem(channel: str, address: str) -> str:
    """Return why an address cannot be one of a channel; empty when it can."""
    form = _FORMS.get(channel)
    if form is None:
        return f"names channel {channel!r}, expected one of {', '.join(CHANNELS)}"
    if address.strip() in EMERGENCY:
        return f"is {address}: the hub dials no emergency number, a human does"
    return "" if form.fullmatch(address) else f"{address!r} is no address of channel {channel}"


def _ladder(field: str, steps: tuple[Step, ...], read: _File, roles: set[str]) -> Iterator[tuple[str, str]]:
    known = {"role": roles, "person": set(read.person), "device": {*BUILT_IN_DEVICES, *read.device}}
    before = -1.0
    for number, step in enumerate(steps):
        place = f"{field}[{number}]"
        if not before < step.after <= _MAX_AFTER:
            yield (
                f"{place}.after",
                f"is {step.after:g}, expected more than {max(before, 0):g} and at most a day",
            )
        before = step.after
        if not step.tell or not step.channels:
            yield place, "tells nobody: tell and channels need one entry each"
        for target in step.tell:
            kind, _, name = target.partition(":")
            if name not in known.get(kind, ()):
                yield f"{place}.tell", f"names {target!r}, which the file does not have"
        for channel in step.channels:
            if channel not in CHANNELS:
                yield f"{place}.channels", f"names {channel!r}, expected one of {', '.join(CHANNELS)}"
        if len(step.say) > 24:
            yield (
                f"{place}.say",
                "is longer than 24 characters: a small display shows no more beside the alert",
            )


def _rota(read: _File) -> Iterator[tuple[str, str]]:
    rows = [(f"shift[{n}]", shift.who) for n, shift in enumerate(read.shift)]
    rows += [(f"exchange[{n}]", exchange.who) for n, exchange in enumerate(read.exchange)]
    for place, who in rows:
        for name in who:
            if name not in read.person:
                yield f"{place}.who", f"names {name!r}, which is no person of the file"
    for number, shift in enumerate(read.shift):
        if unknown := set(shift.days) - set(DAYS):
            yield f"shift[{number}].days", f"has {min(unknown)!r}, expected {', '.join(DAYS)}"
    for number, exchange in enumerate(read.exchange):
        if exchange.start.tzinfo or exchange.end.tzinfo:
            yield f"exchange[{number}]", "has a time zone: it is the home's local time"
        elif exchange.start >= exchange.end:
            yield f"exchange[{number}].to", "is not after from"
