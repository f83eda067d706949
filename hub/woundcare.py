"""What people do about wounds: each is one transaction, with its place in the audit trail.

A photograph is looked at and written anew (`hub.photographs`) and lies encrypted (`hub.sealing`); measures are computed here from
the points that somebody set on it, whatever the page computed (`hub.acts.wounds`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Connection

from devices.clock import Clock
from hub.acts.wounds import (
    REGIONS,
    Cause,
    Measure,
    Scale,
    Stage,
    StageError,
    WoundError,
    agree,
    may_follow,
    measure,
)
from hub.photographs import take
from hub.sealing import Sealing
from hub.store import records, wounds
from hub.store.database import Database
from hub.store.records import AuditEntry
from hub.store.wounds import Finding, Picture, Points, Wound

WOUND_NAME: Final = "w:"
"How an act's names of pictures begin that are of a wound, `w:wound/picture`; the others are `call/picture`."
MOST_WOUNDS: Final = 100
"Of a resident; stops a client from filling the disk."
MOST_PICTURES: Final = 300
"Of a wound: 300 MB, five years with one a week."


class UnknownWoundError(WoundError):
    """There is no such wound, picture or finding, or it is another one's."""

    code = "unknown_wound"


class WoundClosedError(WoundError):
    """Nothing more is written about a wound that is closed."""

    code = "wound_closed"


class TooManyError(WoundError):
    """There are as many as are kept."""

    code = "too_many"


class WoundKeyError(WoundError):
    """The name was given to something else."""

    code = "key_used"


class BadFindingError(WoundError):
    """A finding says nothing, or something that does not go together."""

    code = "bad_finding"


@dataclass(frozen=True, slots=True)
class Shot:
    """A photograph that somebody took."""

    view: str
    note: str
    file: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody measured and saw."""

    id: str
    picture: str | None = None
    points: Points | None = None
    shown: Measure | None = None
    "What the page computed from the points, and its reader saw."
    length_mm: float | None = None
    width_mm: float | None = None
    "As measured by hand; from points they are computed."
    depth_mm: float | None = None
    stage: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Course:
    """A wound with everything that was kept of it, oldest first; what was withdrawn is in it."""

    wound: Wound
    pictures: Sequence[Picture]
    findings: Sequence[Finding]


class WoundCare:
    """The wounds of a home. Every method blocks."""

    def __init__(self, database: Database, clock: Clock, sealing: Sealing) -> None:
        self._database = database
        self._clock = clock
        self._sealing = sealing

    def read(self, resident: str, author: str) -> list[Course]:
        """Return the wounds of a resident; that they were read is written down."""
        with self._database.write() as connection:
            found = wounds.of_resident(connection, resident)
            self._audit(connection, author, "wounds_read", resident, f"{len(found)}")
            return _courses(connection, found)

    def course(self, key: str) -> Course:
        """Return one wound.

        Raises:
            UnknownWoundError: there is none.
        """
        with self._database.read() as connection:
            return _courses(connection, [_known(connection, key)])[0]

    def open(self, wound: Wound) -> Wound:
        """Write down that a resident has a wound; asked again under the same name it changes nothing.

        Raises:
            WoundError: it is not written down.
            StoreError: the store cannot take it.
        """
        if wound.region not in REGIONS:
            raise BadFindingError(f"region {wound.region[:64]!r} is not on the body map")
        made = replace(wound, id=wound.id or secrets.token_hex(8), time=self._clock.utc())
        with self._database.write() as connection:
            before = wounds.find(connection, made.id)
            if before is not None:
                if replace(before, time=made.time) != made:
                    raise WoundKeyError(f"wound {made.id!r} is another one")
                return before
            if len(wounds.of_resident(connection, made.resident)) >= MOST_WOUNDS:
                raise TooManyError(f"a resident has {MOST_WOUNDS} wounds at most")
            wounds.add(connection, made)
            detail = f"{made.id} {made.cause} {made.region}"
            self._audit(connection, made.author, "wound_opened", made.resident, detail)
        return made

    def close(self, key: str, outcome: str, author: str) -> None:
        """Write down how a wound ended; once more changes nothing.

        Raises:
            UnknownWoundError: there is none.
            WoundClosedError: it ended otherwise.
        """
        with self._database.write() as connection:
            wound = _known(connection, key)
            if wounds.close(connection, key, outcome, author, self._clock.utc()):
                self._audit(connection, author, "wound_closed", wound.resident, f"{key} {outcome}")
            elif wound.outcome != outcome:
                raise WoundClosedError(f"wound {key!r} was closed as {wound.outcome}")

    def keep(self, key: str, shot: Shot, author: str) -> Picture:
        """Keep a photograph of a wound; the same file again is the same picture.

        Raises:
            PhotographError: it is no picture that is kept.
            WoundError: the wound takes none.
            StoreError: the store cannot take it.
        """
        # Long before the write lock is taken: it takes half a second.
        taken = take(shot.file)
        made = Picture(
            secrets.token_hex(8),
            key,
            self._clock.utc(),
            author,
            shot.view,
            shot.note.strip(),
            taken.width,
            taken.height,
            taken.digest,
            taken.sharpness,
            taken.brightness,
            taken.clipped,
        )
        box = self._sealing.close(_place(made), taken.jpeg)
        with self._database.write() as connection:
            wound = _open(connection, key)
            before = wounds.same(connection, key, made.digest)
            if before is not None:
                return before
            if wounds.count(connection, key) >= MOST_PICTURES:
                raise TooManyError(f"a wound has {MOST_PICTURES} pictures at most")
            wounds.keep(connection, made, box)
            detail = f"{made.id} of {key}, {made.view} {made.width}x{made.height}"
            self._audit(connection, author, "wound_picture_kept", wound.resident, detail)
        return made

    def look(self, key: str, picture: str, author: str) -> bytes:
        """Return a picture as JPEG; who looked is written down.

        Raises:
            UnknownWoundError: there is none, or it was withdrawn.
            SealError: it cannot be opened.
        """
        with self._database.write() as connection:
            wound = _known(connection, key)
            known, box = wounds.picture(connection, picture), wounds.image(connection, picture)
            if known is None or box is None or known.wound != key:
                raise UnknownWoundError(f"picture {picture[:64]!r} of this wound is unknown")
            self._audit(connection, author, "wound_picture_seen", wound.resident, f"{picture} of {key}")
        return self._sealing.open(_place(known), box)

    def note(self, key: str, seen: Seen, author: str) -> Finding:
        """Write down what somebody measured and saw; asked again under the same name it changes nothing.

        Raises:
            WoundError: it is not written down.
            StoreError: the store cannot take it.
        """
        made = Finding(
            seen.id or secrets.token_hex(8),
            key,
            seen.picture,
            self._clock.utc(),
            author,
            seen.length_mm,
            seen.width_mm,
            None,
            seen.depth_mm,
            seen.stage,
            seen.points,
            dict(seen.fields),
        )
        with self._database.write() as connection:
            wound = _open(connection, key)
            made = self._measured(connection, made, seen)
            before = wounds.finding(connection, made.id)
            if before is not None:
                if replace(before, time=made.time) != made:
                    raise WoundKeyError(f"finding {made.id!r} is another one")
                return before
            _staged(connection, wound, made.stage)
            wounds.note(connection, made)
            measured = "" if made.area_mm2 is None else f" {made.area_mm2:.0f} mm2"
            detail = f"{made.id} of {key}{measured} {made.stage}".rstrip()
            self._audit(connection, author, "wound_found", wound.resident, detail)
        return made

    def withdraw(self, key: str, what: str, author: str, reason: str) -> None:
        """Write down that a picture or a finding was a mistake; once more changes nothing.

        What was measured on a picture is withdrawn with it.

        Raises:
            UnknownWoundError: there is none of this wound.
        """
        now = self._clock.utc()
        with self._database.write() as connection:
            wound = _known(connection, key)
            found = wounds.picture(connection, what) or wounds.finding(connection, what)
            if found is None or found.wound != key:
                raise UnknownWoundError(f"{what[:64]!r} of this wound is unknown")
            on_it = [each for each in wounds.findings(connection, [key])[key] if each.picture == what]
            for each in (found, *on_it):
                if wounds.withdraw(connection, each, author, reason, now):
                    detail = f"{each.id} of {key}: {reason}"
                    self._audit(connection, author, "wound_withdrawn", wound.resident, detail)

    def _measured(self, connection: Connection, made: Finding, seen: Seen) -> Finding:
        """Return a finding with the measures that its points give."""
        if seen.picture is None and seen.points is not None:
            raise BadFindingError("points are on no picture")
        if seen.picture is not None:
            picture = wounds.picture(connection, seen.picture)
            if picture is None or picture.wound != made.wound or picture.withdrawn is not None:
                raise UnknownWoundError(f"picture {seen.picture[:64]!r} of this wound is unknown")
            if seen.points is not None:
                if seen.shown is None:
                    raise BadFindingError("what the points were shown to measure is missing")
                points = seen.points
                scale = Scale(*points.scale, points.scale_mm)
                found = measure(scale, points.outline, (picture.width, picture.height))
                agree(seen.shown, found)
                made = replace(
                    made, length_mm=found.length_mm, width_mm=found.width_mm, area_mm2=found.area_mm2
                )
        if (made.length_mm, made.depth_mm, made.stage) == (None, None, "") and not made.fields:
            raise BadFindingError("nothing was found")
        return made

    def _audit(self, connection: Connection, author: str, action: str, resident: str, detail: str) -> None:
        records.audit(connection, AuditEntry(self._clock.utc(), author, action, resident, detail))


def _courses(connection: Connection, found: Sequence[Wound]) -> list[Course]:
    keys = [wound.id for wound in found]
    pictures, findings = wounds.pictures(connection, keys), wounds.findings(connection, keys)
    return [Course(wound, pictures[wound.id], findings[wound.id]) for wound in found]


def _place(picture: Picture) -> str:
    return f"{picture.wound}/{picture.id}"


def _known(connection: Connection, key: str) -> Wound:
    found = wounds.find(connection, key)
    if found is None:
        raise UnknownWoundError(f"wound {key[:64]!r} is unknown")
    return found


def _open(connection: Connection, key: str) -> Wound:
    found = _known(connection, key)
    if found.closed is not None:
        raise WoundClosedError(f"wound {key!r} is closed")
    return found


def _staged(connection: Connection, wound: Wound, stage: str) -> None:
    """Hold a stage to the wound's cause and to the stages before it."""
    if not stage:
        return
    if wound.cause != Cause.PRESSURE:
        raise StageError(f"a wound of cause {wound.cause} has no stage")
    before = wounds.findings(connection, [wound.id])[wound.id]
    may_follow([Stage(each.stage) for each in before if each.stage and each.withdrawn is None], Stage(stage))
