"""Secrets come from files that nobody else may read."""

from pathlib import Path

import pytest

from devices.errors import ConfigError
from hub.secret_file import read_secret, write_secret


def secret(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    file = folder / "secret"
    file.write_bytes(content)
    file.chmod(mode)
    return file


@pytest.mark.parametrize("content", [b"abc", b"abc\n", b" abc \r\n"])
def test_one_line(tmp_path: Path, content: bytes) -> None:
    assert read_secret(secret(tmp_path, content)) == "abc"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_use(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigError, match=f"mode {mode:04o}"):
        read_secret(secret(tmp_path, b"abc", mode))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "one line"),
        (b"\n", "one line"),
        (b"a\nb\n", "one line"),
        (b"a" * 1025, "one line"),
        (b"\xff", "plain text"),
    ],
)
def test_what_is_no_secret(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as raised:
        read_secret(secret(tmp_path, content))
    assert "aaa" not in str(raised.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_secret(tmp_path / "none")
    with pytest.raises(ConfigError, match="Is a directory"):
        read_secret(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        write_secret(tmp_path / "missing" / "edge.key", b"x")


def test_it_is_written_for_nobody_else_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("old", "utf-8")
    file.chmod(0o644)
    write_secret(file, b"abc")
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_secret(file) == "abc"
    assert [each.name for each in tmp_path.iterdir()] == ["key"]
