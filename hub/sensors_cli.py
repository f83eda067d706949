"""`veilleuse sensors why`: why a sensor is silent, in a sentence, from the database alone: the hub need not run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from devices.clock import SECOND, SystemClock
from devices.errors import ConfigError
from devices.measurement import Cause, Link
from hub import config as configuration
from hub import provisioning
from hub.ingest import directory
from hub.ingest.owners import Owners
from hub.store import records, sensors
from hub.store.sensors import SensorRecord
from hub.why import Facts, Ownership, reason
from hub.words import LANGUAGES, kind_of, why_sentence

HEARD = 30 * SECOND
"""An edge whose last word on the disk is older is silent: three heartbeats of 5 s, written every 5 s at least, and a
moment for each."""


def why(
    sensor: Annotated[str, typer.Argument(help="EDGE/SENSOR, or SENSOR alone when only one edge has it.")],
    config: Annotated[Path | None, typer.Option("--config", "-c", help="hub.toml")] = None,
    data: Annotated[Path | None, typer.Option(help="The hub's data directory, instead of hub.toml.")] = None,
    edge: Annotated[str, typer.Option(help="The edge, where several have a sensor of that name.")] = "",
    lang: Annotated[str, typer.Option(help="fr or en.")] = "fr",
) -> None:
    """Say why a sensor is silent, and what to do."""
    if (config is None) == (data is None):
        raise ConfigError("name the hub by --config or by --data, one of the two")
    if lang not in LANGUAGES:
        raise ConfigError(f"language {lang!r} is not one of {', '.join(LANGUAGES)}")
    path = configuration.load(config).data if config is not None else data
    database = provisioning.open_database(provisioning.DataDirectory(path or Path()))
    try:
        with database.read() as connection:
            typer.echo(explain(connection, sensor, edge, SystemClock().utc(), lang))
    finally:
        database.close()


def explain(connection: Connection, name: str, edge: str, now: int, language: str) -> str:
    """Return why a sensor is silent.

    Args:
        connection: of a transaction.
        name: `edge/sensor`, or the sensor alone.
        edge: the edge, empty when it is in the name or there is only one.
        now: microseconds UTC.
        language: `fr` or `en`.

    Raises:
        ConfigError: there is no such sensor, or several.
    """
    record = _find(sensors.sensors(connection).values(), name, edge)
    heard = records.edges(connection)[record.edge].last_seen
    facts = Facts(
        heard is not None and now - heard < HEARD,
        heard,
        Link(record.link) if record.link else None,
        Cause(record.cause),
        record.flags,
        record.continuous,
        record.since,
        record.last,
        record.seen,
        record.battery,
        _ownership(connection, record, now),
    )
    return why_sentence(reason(facts, now), kind_of(record.protocol), record.sensor, now, language)


def _find(known: Iterable[SensorRecord], name: str, edge: str) -> SensorRecord:
    place, slash, sensor = name.rpartition("/")
    wanted = place if slash else edge
    found = [row for row in known if row.sensor == sensor and (not wanted or row.edge == wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(f"{row.edge}/{row.sensor}" for row in found)
        raise ConfigError(f"sensor {name!r} is several: {places}")
    raise ConfigError(f"sensor {name!r} was never heard{f' at edge {wanted!r}' if wanted else ''}")


def _ownership(connection: Connection, record: SensorRecord, now: int) -> Ownership:
    spans = directory.spans(records.placements(connection), records.stays(connection))
    owners = Owners(spans, sensors.sensors(connection), sensors.assignments(connection))
    return owners.ownership(record.edge, record.sensor, now)
