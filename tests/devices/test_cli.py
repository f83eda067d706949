import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import typer

from devices import cli
from devices.errors import ConfigError

ROOT = Path(__file__).parent.parent.parent


def run(*arguments, code="from devices.cli import main; main()", stdin=b""):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, cwd=ROOT)


def test_every_command_has_its_line_of_help():
    """The table in the code and the entry points of the project name the same commands."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["entry-points"][cli.GROUP].keys() == cli.HELP.keys()


def test_help_imports_no_room():
    code = (
        "import sys\n"
        "from devices.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print([m for m in sys.modules if m.split('.')[0] in {'edge', 'hub', 'aiortc', 'bleak'}])"
    )
    done = run("--help", code=code)
    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[-1] == "[]"
    for name in cli.HELP:
        assert f" {name} " in done.stdout.decode()


def test_decode_imports_neither_edge_nor_hub():
    code = (
        "import sys\n"
        "from devices.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print([m for m in sys.modules if m.split('.')[0] in {'edge', 'hub', 'aiortc', 'paho', 'numpy'}])"
    )
    done = run("decode", code=code, stdin=b"x\n")
    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[-1] == "[]"


def test_version():
    done = run("--version")
    assert (done.returncode, done.stdout.decode()) == (0, f"veilleuse {version('veilleuse')}\n")


def test_a_sub_command_has_its_own_help():
    done = run("decode", "--help")
    assert done.returncode == 0
    assert b"veilleuse decode" in done.stdout
    assert b"JSON lines on standard input" in done.stdout


def test_an_unknown_command_is_refused():
    done = run("nothing")
    assert done.returncode == 2
    assert b"No such command 'nothing'" in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_unknown_option_of_a_sub_command_is_refused_by_it():
    done = run("decode", "--loud")
    assert done.returncode == 2
    assert b"--loud" in done.stderr


def test_an_error_on_purpose_is_one_line_and_status_2():
    code = (
        "from devices import cli\n"
        "from devices.errors import ConfigError\n"
        "def refuse(name):\n    raise ConfigError('edge.toml: key\\n  \\'room\\' [red] is missing')\n"
        "cli.load = refuse\n"
        "cli.main()"
    )
    done = run("edge", code=code)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.decode() == "veilleuse: edge.toml: key 'room' [red] is missing\n"


def test_a_command_that_is_not_installed():
    with pytest.raises(ConfigError, match=r"^command 'nothing' is not installed$"):
        cli.load("nothing")


@pytest.fixture
def entry(monkeypatch):
    """Make the entry points answer with one value."""

    def install(value):
        point = cli.EntryPoint("thing", value, cli.GROUP)
        monkeypatch.setattr(cli, "entry_points", lambda group, name: [point])

    return install


def test_a_module_that_is_missing_is_named(entry):
    entry("no_such_module:app")
    with pytest.raises(
        ConfigError, match=r"^command 'thing' needs the module 'no_such_module', which is not installed$"
    ):
        cli.load("thing")


def test_a_group_with_one_command_keeps_its_name(entry, monkeypatch):
    """`veilleuse hub serve` must not turn into `veilleuse hub` while the hub has one command."""
    app, seen = typer.Typer(), []

    @app.command()
    def serve(number: int) -> None:
        seen.append(number)

    monkeypatch.setattr(cli, "_test_app", app, raising=False)
    entry("devices.cli:_test_app")
    with pytest.raises(SystemExit) as left:
        cli.load("thing").main(args=["serve", "7"])
    assert (left.value.code, seen) == (0, [7])


def test_a_function_is_one_command(entry, monkeypatch):
    seen = []

    def simulate(homes: int = 1) -> None:
        seen.append(homes)

    monkeypatch.setattr(cli, "_test_command", simulate, raising=False)
    entry("devices.cli:_test_command")
    with pytest.raises(SystemExit) as left:
        cli.load("thing").main(args=["--homes", "3"])
    assert (left.value.code, seen) == (0, [3])


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["--version"], 0), (["--help"], 0), ([], 2), (["nothing"], 2), (["decode", "--help"], 0)],
)
def test_in_process(arguments, status, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["veilleuse", *arguments])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == status
    said = capsys.readouterr()
    assert said.out + said.err


def test_an_error_in_process(monkeypatch, capsys):
    def refuse(name):
        raise ConfigError(f"{name}.toml is missing")

    monkeypatch.setattr(cli, "load", refuse)
    monkeypatch.setattr(sys, "argv", ["veilleuse", "edge", "--config", "x", "--help"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == cli.EXIT_ERROR
    assert capsys.readouterr().err == "veilleuse: edge.toml is missing\n"
