"""Opens the store of measurements that a hub's configuration names."""

from __future__ import annotations

from pathlib import Path

from devices.errors import ConfigError
from hub.config import TimeseriesSettings
from hub.store.database import Database
from hub.store.ports import TimeSeries
from hub.store.revised import RevisedTimeSeries
from hub.store.timeseries_sqlite import SqliteTimeSeries


def open_timeseries(settings: TimeseriesSettings, database: Database) -> TimeSeries:
    """Return the store of measurements, without what people took back.

    Raises:
        ConfigError: its token cannot be read.
    """
    if settings.kind == "sqlite":
        return RevisedTimeSeries(SqliteTimeSeries(database), database)
    from hub.store.timeseries_influx import InfluxTimeSeries  # noqa: PLC0415 - a tenth of a hub's start

    token = _read_token(settings.token_file)
    inner = InfluxTimeSeries(settings.url, settings.org, settings.bucket, token)
    return RevisedTimeSeries(inner, database)


def _read_token(path: Path | None) -> str:
    if path is None:
        raise ConfigError("timeseries.token_file is missing")
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"timeseries.token_file {path}: {error}") from error
