"""`veilleuse hub activity`: an agency adds up the files that homes have handed out; no hub is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from devices.clock import to_datetime
from devices.errors import ConfigError
from hub.acts.activity import Activity, Unit
from hub.acts.activity_file import ActivityFileError, add, read
from hub.acts.documents.activity import KINDS, OUTCOMES, PAGES, TITLE, Print, body, span, told
from hub.acts.documents.pdf import pdf
from hub.api.services import USUAL_ZONE


def add_files(files: Sequence[Path], out: Path, now: int) -> Iterator[str]:
    """Write the report of several homes, and return its sums, a line for each.

    Args:
        files: of the homes.
        out: where the report goes.
        now: microseconds UTC.

    Raises:
        ConfigError: a file cannot be read or is wrong, or they do not belong together; with its name.
        PaperError: the report cannot be made.
    """
    homes = [_read(path) for path in files]
    try:
        region = add(homes)
    except ActivityFileError as error:
        raise ConfigError(str(error)) from error
    created = to_datetime(now).astimezone(USUAL_ZONE).isoformat(timespec="seconds")
    out.write_bytes(pdf(TITLE, "Veilleuse", created, body(homes, Print(now, USUAL_ZONE)), pages=PAGES))
    yield f"{', '.join(region.homes)} · {span(region)}"
    for area, words in KINDS.items():
        held, residents = region.row(area, "held"), region.row(area, "residents")
        if held is not None and residents is not None:
            yield f"{words} : {told(held.total, Unit.ACTS)} ; résidents : {told(residents.total, Unit.RESIDENTS)}"
    for area, figure, words in OUTCOMES:
        row = region.row(area, figure)
        if row is not None:
            yield f"{words} : {told(row.total, row.unit)}"
    yield f"wrote {out}"


def _read(path: Path) -> Activity:
    try:
        return read(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ActivityFileError) as error:
        raise ConfigError(f"{path}: {error}") from error
