"""A secret in a file of its own (a SIM's PIN, a mail server's password, an edge's key): nobody else reads it, and it is never half."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from devices.errors import ConfigError

MAX_BYTES = 1024
"A password fits; a wrong file named by mistake is not read whole."


def read_secret(path: Path) -> str:
    """Read the one line of a secret's file.

    Raises:
        ConfigError: the file cannot be read, others may read it, or it does not hold one line of text.
    """
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"{path} has mode {stat.S_IMODE(mode):04o}: others may use it, expected 0600")
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not plain text") from None
    if len(content) > MAX_BYTES or len(lines) != 1 or not lines[0].strip():
        raise ConfigError(f"{path} does not hold one line")
    return lines[0].strip()


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, durably and as a whole.

    Raises:
        ConfigError: it cannot be written.
    """
    new = path.with_name(path.name + ".new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        raise ConfigError(f"{path}: {error.strerror}") from error
