"""Files that a home writes in TOML: where in them a problem lies. Pure."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from devices.errors import ConfigError

_T = TypeVar("_T")
_PATH = re.compile(r" - at `\$\.?(.*)`$")


class WrongError(Exception):
    """The first thing that is wrong with a file; whoever reads it says where that stands (`where`)."""

    def __init__(self, field: str, problem: str) -> None:
        """Make it; `field` is the way to it from the top of the file, `problem` a text that continues it."""
        super().__init__(f"{field} {problem}")
        self.field = field


def decode(text: str, name: str, kind: type[_T]) -> _T:
    """Read a file into a type.

    Args:
        text: TOML.
        name: the file's, for errors.
        kind: what it must be.

    Raises:
        ConfigError: with file, line where one is known, field and reason.
    """
    try:
        return msgspec.toml.decode(text, type=kind)
    except msgspec.DecodeError as error:
        field, _ = split(error)
        raise ConfigError(where(text, name, field, str(error))) from error


def split(error: msgspec.DecodeError) -> tuple[str, str]:
    """Return the field that an error names, empty for none, and what is wrong with it."""
    said = str(error)
    found = _PATH.search(said)
    return (found[1], said[: found.start()]) if found else ("", said)


def where(text: str, name: str, field: str, problem: str) -> str:
    """Put file and line before a problem; the line is that of the innermost table which holds the field."""
    lines = text.splitlines()
    numbered = re.findall(r"[\w-]+(?:\[\d+\])?", field)
    for count in range(len(numbered), 0, -1):
        table, _, number = numbered[count - 1].partition("[")
        path = [part.partition("[")[0] for part in numbered[: count - 1]] + [table]
        head = re.compile(rf"\s*\[+\s*{re.escape('.'.join(path))}\s*\]+\s*(#.*)?")
        heads = [line for line, content in enumerate(lines, 1) if head.fullmatch(content)]
        index = int(number.rstrip("]")) if number else 0
        if index < len(heads):
            return f"{name}:{heads[index]}: {problem}"
    return f"{name}: {problem}"
