"""The demo home: its files are read by those who will read them, and its processes end with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from devices.clock import SystemClock
from devices.limits import Limit
from devices.simulators.config import load as load_sensors
from edge.config import load_all, read_credentials
from hub import provisioning
from hub.alerting.loosening import loosened
from hub.alerting.prescriptions import DAY, Status
from hub.api.models import Role
from hub.auth.passwords import Passwords
from hub.config import load as load_hub
from hub.config import read_rules
from hub.demo import home as demo
from hub.demo.children import ChildError, Children
from hub.standing import Papers, read_papers
from hub.store import records
from hub.store.accounts import Accounts

PORTS = demo.Ports(18831, 18832, 18833, 18835)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("demo")
    demo.prepare(made, demo.read_home(), SystemClock())
    return made


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_everybody_has_limits_and_every_equipped_room_a_device(folder: Path) -> None:
    home = demo.read_home()
    database = provisioning.open_database(provisioning.DataDirectory(folder / "hub"))
    try:
        with database.read() as connection:
            people = records.residents(connection)
            limits = records.limits_by_resident(records.prescriptions(connection))
            edges = records.edges(connection)
    finally:
        database.close()
    assert len(people) == len(home.resident) == 24
    assert set(limits) == set(people)
    assert set(edges) == {person.edge for person in home.equipped}
    assert limits["r15"] != limits["r12"]


def test_one_prescription_is_about_to_end_and_one_awaits_its_second_signature(folder: Path) -> None:
    database = provisioning.open_database(provisioning.DataDirectory(folder / "hub"))
    try:
        with database.read() as connection:
            now = SystemClock().utc()
            papers = read_papers(connection, now)
            standing = papers.standing(read_rules(None), "r15", now)
    finally:
        database.close()
    waiting = [each for each in papers.limits if each.paper.status is Status.AWAITING]
    assert [(each.resident, each.limit.metric) for each in waiting] == [("r8", "spo2")]
    spo2 = next(limit for limit in home_limits("r8", papers) if limit.metric == "spo2")
    assert loosened([spo2], [waiting[0].limit])
    ending = {each.resident for each in papers.limits if each.paper.end and each.paper.end < now + 7 * DAY}
    assert ending == {"r15"}
    assert (standing.profile.name, standing.settings.spo2_scale) == ("respiratory", 2)
    assert standing.prescribed[0].paper.second_author == "cadre"


def home_limits(resident: str, papers: Papers) -> list[Limit]:
    return [
        each.limit for each in papers.limits if each.resident == resident and each.paper.since is not None
    ]


def test_the_configurations_are_what_their_readers_expect(folder: Path) -> None:
    home = demo.read_home()
    hub = load_hub(demo.write_hub_config(folder, PORTS, 18834))
    assert (hub.data, hub.http.host, hub.broker.port) == (folder / "hub", "127.0.0.1", PORTS.broker)
    sensors = load_sensors(demo.write_sensors_config(folder, home, PORTS))
    paths = demo.write_edge_configs(folder, home, PORTS, {"ch12": 18835})
    edges = load_all(list(paths.values()))
    assert [edge.edge for edge in edges] == [person.edge for person in home.equipped]
    assert [edge.edge for edge in edges if edge.call] == ["ch12"]
    for edge in edges:
        read_credentials(Path(edge.key_file))
    # Every sensor that a room looks for is there to be found, under the same place.
    there = {str((folder / one.link).resolve()) if one.link else one.address for one in sensors.sensor}
    wanted = {str(Path(one.link).resolve()) if one.link else one.address for e in edges for one in e.sensor}
    assert wanted == there


def test_accounts_work_and_are_nobody_elses_to_read(folder: Path) -> None:
    assert (folder / "accounts.json").stat().st_mode & 0o077 == 0
    found = demo.read_accounts(folder)
    assert {account.role for account in found} == set(Role)
    database = provisioning.open_database(provisioning.DataDirectory(folder / "hub"))
    try:
        users = {user.username: user for user in Accounts(database).users()}
    finally:
        database.close()
    for account in found:
        assert Passwords().verify(users[account.username].password_hash, account.password)
        assert account.password not in repr(account)


def test_a_second_start_keeps_the_home_and_a_cut_off_first_one_begins_anew(tmp_path: Path) -> None:
    home = demo.read_home()
    demo.prepare(tmp_path, home, SystemClock())
    before = (tmp_path / "accounts.json").read_bytes()
    demo.prepare(tmp_path, home, SystemClock())
    assert (tmp_path / "accounts.json").read_bytes() == before
    (tmp_path / "accounts.json").unlink()
    demo.prepare(tmp_path, home, SystemClock())
    assert (tmp_path / "accounts.json").read_bytes() != before


def test_a_child_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    children = Children(tmp_path)
    children.start("hub", ["hub", "serve", "--config", str(tmp_path / "absent.toml")])
    until(lambda: _ended(children))
    with pytest.raises(ChildError, match=r"hub ended with status 2:(.|\n)*absent\.toml"):
        children.check()
    children.stop()


def _ended(children: Children) -> bool:
    try:
        children.check()
    except ChildError:
        return True
    return False


PARENT = """
import sys, time
from pathlib import Path
from hub.demo.children import Children
children = Children(Path(sys.argv[1]))
children.start("sensors", ["sensors", "run", "--config", sys.argv[2]])
print("started", flush=True)
time.sleep(60)
"""


def test_children_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    config = tmp_path / "sensors.toml"
    config.write_text('[[sensor]]\nname = "ox"\nprotocol = "contec"\nlink = "ox"\n', "utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(config)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        (child,) = psutil.Process(parent.pid).children()
        until(lambda: b"ready" in (tmp_path / "sensors.log").read_bytes())
        os.kill(parent.pid, signal.SIGKILL)
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert not (tmp_path / "ox").is_symlink()
