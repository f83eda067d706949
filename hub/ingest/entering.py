"""What a person enters becomes part of a turn: stored like what a sensor measured, evaluated, shown. No clock, no store."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import replace

from devices.clock import SECOND
from devices.errors import VeilleuseError
from devices.wire.messages import Observation
from hub.alerting.entry import ENTERED
from hub.ingest.turn import AlertEngine, Turn
from hub.store.ports import Block
from hub.store.spot_checks import SpotCheck, voided_by

NOW = 20 * SECOND
"Age up to which a set is judged by its own time; the engine takes nothing for now that is 30 s old."
SENT_LATE = 900 * SECOND
"""Age up to which a set that waited for the network is judged as if it were of now: nobody was told of it before. What is
older is history, as what a sensor's device had to keep."""


class Refused(enum.StrEnum):
    """Why a set is not taken; also the code of the interface."""

    KEY_USED = "key_used"
    "Something else was entered under the same name."
    CHANGED_MEANWHILE = "changed_meanwhile"
    "Somebody corrected it since it was read."
    WITHDRAWN = "withdrawn"
    "It was taken back: there is nothing to correct."
    UNKNOWN = "unknown_set"


class EntryError(VeilleuseError):
    """A set is not taken; nothing was changed."""

    def __init__(self, refused: Refused, detail: str) -> None:
        super().__init__(detail)
        self.refused = refused


def enter(
    check: SpotCheck, known: Sequence[SpotCheck], edge: str, turn: Turn, engine: AlertEngine
) -> SpotCheck:
    """Put a version of a set into a turn, and return it as it is stored; one that is known already changes nothing.

    Args:
        check: what was entered; `entered` is set here.
        known: its versions so far, oldest first, of the disk and of this turn.
        edge: edge that watches the resident now, empty for none: alerts ring for its room.
        turn: the transaction in the making.
        engine: judges the values.

    Raises:
        EntryError: it cannot be taken.
    """
    again = next((each for each in known if each.key == check.key), None)
    if again is not None:
        if replace(again, entered=check.entered) != check:
            raise EntryError(Refused.KEY_USED, f"key {check.key[:64]!r} was used for something else")
        return again
    _must_follow(check, known)
    made = replace(check, entered=turn.now)
    turn.entered.append(made)
    if known:
        turn.voided += voided_by(known[-1])
        turn.restated[made.resident] = None
    written = tuple(
        Observation(ENTERED, each.metric, made.time_of(each), each.value)
        for each in made.readings
        if each.by_hand and not made.withdrawn
    )
    if written:
        turn.batch.blocks.append(Block(made.resident, edge, written))
        turn.news.observations.append((edge, made.resident, written))
        _judge(written, made.resident, edge, turn, engine)
    return made


def _must_follow(check: SpotCheck, known: Sequence[SpotCheck]) -> None:
    name = repr(check.id[:64])
    if known and known[-1].resident != check.resident:
        raise EntryError(Refused.UNKNOWN, f"set {name} is another resident's")
    if known and known[-1].withdrawn:
        raise EntryError(Refused.WITHDRAWN, f"set {name} was taken back")
    if check.version > 1 and not known:
        raise EntryError(Refused.UNKNOWN, f"set {name} is unknown")
    if check.version != len(known) + 1:
        refused = Refused.KEY_USED if check.version == 1 else Refused.CHANGED_MEANWHILE
        raise EntryError(refused, f"set {name} has version {len(known)} already")


def _judge(
    written: tuple[Observation, ...], resident: str, edge: str, turn: Turn, engine: AlertEngine
) -> None:
    now = turn.now
    for seen in written:
        age = now - seen.time
        judged = seen if age <= NOW else Observation(seen.sensor, seen.metric, now, seen.value)
        engine.observe(edge, resident, judged, now, late=age > SENT_LATE)
