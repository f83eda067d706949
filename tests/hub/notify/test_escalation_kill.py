"""`kill -9` of a whole hub at 100 seeded instants while alerts climb their ladders to a pager system and a mail server.

The counterparts live in the test's process and count what reached them; the log in the database is held against that.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Queue
from random import Random

import httpx
import pytest

from devices.clock import SystemClock
from hub import provisioning
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.notify.email_message import message_id
from hub.store import journal, records, tellings
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.records import EdgeRecord, Resident, Room
from hub.store.tellings import Notification, NotificationStep, Stage
from tests.conftest import ROOT
from tests.hub.notify.espa_station import Station
from tests.hub.notify.helpers import notice
from tests.hub.notify.mail_server import MailServer, Post
from tests.integration.broker import TestBroker
from tests.integration.processes import free_port

pytestmark = [pytest.mark.kill, pytest.mark.timeout(900)]

KILLS, SEED = 100, 20261122
ROOMS, STEPS, EVERY = 6, 30, 8.0
"Alerts that climb at once, and the rungs of each one's ladder, so many seconds apart."
ANSWERED = "room-3"
"Whose alert a nurse takes on the way."
STARTING = 0.2
"The part of the lives that end while the hub still starts, within `START` seconds of its fork."
START, LIFE = 1.0, 1.4
"Seconds within which the others end once they serve."
LATEST = 240.0
REACHED = frozenset({Stage.SENT, Stage.DELIVERED, Stage.SEEN, Stage.ACCEPTED})
"Stages of which the counterpart knows."


def policy() -> str:
    """Return a ladder whose rungs go to a set and a mailbox of their own, in turn."""
    rungs, book = [], []
    for number in range(STEPS):
        channel = ("espa", "email")[number % 2]
        address = f"9{number:02}" if channel == "espa" else f"rung{number}@home.test"
        rungs.append(
            f'[[ladder.medium]]\nafter = {number * EVERY}\ntell = ["device:d{number}"]\nchannels = ["{channel}"]\n'
        )
        book.append(f'[device.d{number}]\nname = "Rung {number}"\naddress = {{ {channel} = "{address}" }}\n')
    return "".join([*rungs, "[repeat]\nmedium = 0\n", *book])


class Lives:
    """One hub after another on the same data directory."""

    def __init__(self, config: Path) -> None:
        self._mother = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "escalating_child.py"), str(config)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._said: Queue[str] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        assert self._said.get(timeout=60) == "ready"
        self.life = 0
        self.served = 0
        "Lives that got as far as serving."

    def _listen(self) -> None:
        assert self._mother.stdout is not None
        for line in self._mother.stdout:
            self._said.put(line.strip())

    def begin(self, *, serving: bool = True) -> None:
        """Let a hub begin; return at once, or when it serves."""
        assert self._mother.stdin is not None
        self._mother.stdin.write("live\n")
        self._mother.stdin.flush()
        self.life = int(self._hear("born ").removeprefix("born "))
        if serving:
            self._hear(f"up {self.life}")

    def _hear(self, beginning: str) -> str:
        while not (said := self._said.get(timeout=60)).startswith(beginning):
            pass  # a hub that was killed just as it said that it serves
        self.served += beginning.startswith("up")
        return said

    def kill(self) -> None:
        assert self.life > 1, "no life to kill"
        os.kill(self.life, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while Path(f"/proc/{self.life}").exists():
            assert time.monotonic() < deadline, "a killed hub is still there"
            time.sleep(0.002)
        self.life = 0

    def end(self) -> None:
        if self.life:
            self.kill()
        assert self._mother.stdin is not None
        self._mother.stdin.close()
        self._mother.wait(20)
        assert self._mother.stdout is not None
        self._mother.stdout.close()


@dataclass
class Scene:
    """A home whose rooms nobody hears, its counterparts, and the hub's lives."""

    path: Path
    port: int
    station: Station
    post: Post
    lives: Lives

    def nurse(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=2)


def furnish(data: provisioning.DataDirectory) -> dict[str, str]:
    """Make a home of rooms with a device each; return the broker's accounts."""
    now = SystemClock().utc() - 3_600_000_000
    database = provisioning.open_database(data)
    with database.write() as connection:
        for number in range(1, ROOMS + 1):
            records.add_room(connection, Room(f"{number}", f"Chambre {number}"))
            records.add_resident(connection, Resident(f"r{number}", "Martin", "Jeanne", 1932, now))
            records.save_edge(connection, EdgeRecord(f"room-{number}", 1, now))
            records.move_resident(connection, f"r{number}", f"{number}", now)
            records.place_edge(connection, f"room-{number}", f"{number}", now)
    Accounts(database).add_user(
        User("ines", "Ines", "nurse", Passwords().hash("secret of the night"), disabled=False, created=now)
    )
    with database.read() as connection:
        users = provisioning.accounts(connection, provisioning.read_secrets(data))
    database.close()
    return users


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    folder = tmp_path / "hub"
    provisioning.initialise(folder, "Les Tilleuls")
    data = provisioning.DataDirectory(folder)
    broker = TestBroker(tmp_path / "broker")
    broker.start(furnish(data))
    station, post, port = Station(), Post(), free_port()
    mail = MailServer(post, tls=None, implicit=False, login=False)
    mail.start()
    (tmp_path / "escalation.toml").write_text(policy())
    (tmp_path / "hub.toml").write_text(
        f'data = "hub"\n[http]\nport = {port}\n[broker]\nurl = "mqtt://127.0.0.1:{broker.port}"\n'
        '[alerting]\nedge_silent = 1.0\n[watch]\ntablets_within = 0.0\n[escalation]\npolicy = "escalation.toml"\n'
        # A station that a busy machine keeps waiting must not be asked again within one telling: this is about kills.
        f'[notify.espa]\nline = {{ link = "{station.link}" }}\nanswer = 10.0\nmessage = 20.0\n'
        f'[notify.email]\nhost = "127.0.0.1"\nport = {mail.port}\nsecurity = "none"\nsender = "hub@home.test"\n'
    )
    lives = Lives(tmp_path / "hub.toml")
    yield Scene(data.database, port, station, post, lives)
    lives.end()
    mail.stop()
    station.close()
    broker.stop()


def take(scene: Scene, database: Database) -> bool:
    """Let a nurse take the alert of one room; tell whether it is known to be done. A hub may die under her."""
    with database.read() as connection:
        found = [
            a for a, _ in journal.open_alerts(connection) if a.edge == ANSWERED and a.code == "edge_silent"
        ]
    if not found:
        return False
    try:
        with scene.nurse() as nurse:
            nurse.post("/api/v1/session", json={"username": "ines", "password": "secret of the night"})
            answer = nurse.post(f"/api/v1/alerts/{found[0].id}", json={"action": "take", "reason": ""})
    except httpx.HTTPError:
        return False
    # A second gesture after a first whose answer was lost finds it taken.
    return answer.status_code in {200, 409}


@dataclass
class Log:
    """What is on the disk in the end."""

    rooms: dict[str, list[str]]
    "Edges, and the alerts of their silence."
    raised: Counter[str]
    taken: dict[str, int]
    "When somebody took an alert."
    told: dict[str, list[Notification]]
    steps: dict[str, list[NotificationStep]]
    "By notification."


def read(database: Database) -> Log:
    with database.read() as connection:
        query = "SELECT id, edge FROM alerts WHERE code = 'edge_silent'"
        rooms: dict[str, list[str]] = defaultdict(list)
        for alert, edge in connection.exec_driver_sql(query).all():
            rooms[edge].append(alert)
        every = connection.exec_driver_sql("SELECT id FROM alerts").scalars().all()
        happened = connection.exec_driver_sql("SELECT alert, event, time FROM transitions").all()
        steps: dict[str, list[NotificationStep]] = defaultdict(list)
        for alert in every:
            for step in tellings.steps(connection, alert):
                steps[step.notification].append(step)
        return Log(
            rooms,
            Counter(alert for alert, event, _ in happened if event == "raised"),
            {alert: time for alert, event, time in happened if event == "taken"},
            {alert: tellings.notifications(connection, alert) for alert in every},
            steps,
        )


def settled(database: Database) -> bool:
    """Tell whether no room's alert has anything left to climb or to be told; one in somebody's hands waits."""
    climbing = "FROM escalations JOIN alerts ON alerts.id = escalations.alert WHERE code = 'edge_silent' AND mode = 'climbing'"
    waiting = f"SELECT alerts.id {climbing}"
    with database.read() as connection:
        left = connection.exec_driver_sql(f"SELECT count(*) {climbing} AND step < ?", (STEPS,)).scalar_one()
        told = connection.exec_driver_sql(
            f"SELECT count(*) FROM notifications WHERE stage IN ('queued', 'sending') AND alert IN ({waiting})"
        ).scalar_one()
        return not left and not told


def received(scene: Scene, rows: list[Notification], room: str) -> Counter[str]:
    """Return how often each notification of a room's alert reached its counterpart."""
    paged = Counter(
        call["1"].decode()
        for call in scene.station.calls
        if call.get("2", b"").startswith(f"Ch {room} boitier".encode())
    )
    mailed: Counter[bytes] = Counter()
    for letter in scene.post.letters:
        assert isinstance(letter.content, bytes)
        found = re.search(rb"^Message-ID:\s*(<[^>]+>)", letter.content, re.MULTILINE | re.IGNORECASE)
        assert found is not None, letter.content
        mailed[found[1]] += 1
    return Counter(
        {
            row.id: paged[row.address]
            if row.channel == "espa"
            else mailed[message_id(replace(notice(), id=row.id), "home.test").encode()]
            for row in rows
        }
    )


def test_a_hundred_kills_lose_no_alert_and_no_step(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    random, pause, began = Random(SEED), threading.Event(), time.monotonic()
    database = Database(scene.path)
    scene.lives.begin()
    until("every alert climbs", lambda: len(read(database).rooms) == ROOMS, pause)
    scene.lives.kill()
    taken, climbing = False, 1
    for number in range(KILLS - 1):
        starting = random.random() < STARTING
        scene.lives.begin(serving=not starting)
        pause.wait(random.uniform(0, START if starting else LIFE))
        if number >= KILLS // 3 and not starting and not taken:
            taken = take(scene, database)
        climbing += not settled(database)
        scene.lives.kill()
    scene.lives.begin()
    until("somebody took it", lambda: taken or take(scene, database), pause)
    until("the ladders are climbed to their end", lambda: settled(database), pause)
    scene.lives.kill()
    took = time.monotonic() - began
    log = read(database)
    database.close()
    figures = judge(scene, log)
    with capsys.disabled():
        print(
            f"\n{KILLS} kills in {took:.0f} s, {climbing} of them while something climbed, {scene.lives.served} hubs that served: {figures}"
        )


def until(what: str, holds: Callable[[], bool], pause: threading.Event) -> None:
    deadline = time.monotonic() + LATEST
    while not holds():
        assert time.monotonic() < deadline, f"not within {LATEST:.0f} s: {what}"
        pause.wait(0.2)


def judge(scene: Scene, log: Log) -> str:
    """Hold the log against what the counterparts got; return the figures."""
    assert set(log.rooms) == {f"room-{number}" for number in range(1, ROOMS + 1)}, "an alert is lost"
    sums: Counter[str] = Counter()
    for edge, alerts in log.rooms.items():
        [alert] = alerts
        assert log.raised[alert] == 1
        rows = log.told[alert]
        numbers = [(row.round, row.step) for row in rows]
        climbed = sorted(numbers)
        assert climbed == [(0, step) for step in range(len(rows))], f"{edge}: a step is skipped or told twice"
        assert all(row.created >= row.due for row in rows)
        if edge == ANSWERED:
            assert 0 < len(rows) < STEPS
            assert all(row.created <= log.taken[alert] for row in rows), (
                "somebody was told after it was taken"
            )
        else:
            assert len(rows) == STEPS
        got = received(scene, rows, edge.removeprefix("room-"))
        for row in rows:
            sums.update(told_once(row, log.steps[row.id], got[row.id]))
    return ", ".join(f"{count} {name}" for name, count in sums.items())


def told_once(row: Notification, steps: list[NotificationStep], times: int) -> Counter[str]:
    """Check one telling, and return what it adds to the figures."""
    stages = Counter(step.stage for step in steps)
    again = [step for step in steps if step.stage == Stage.RESENT]
    # Written down before it is sent: nothing ever came that the log does not know of.
    assert times <= stages[Stage.SENDING], f"{row.id} came {times} times, the log knows of {stages}"
    # Twice is only what the log says may come twice, and why.
    assert times <= 1 + len(again)
    assert all(step.reason for step in again)
    if row.stage in REACHED:
        assert times >= 1, f"{row.id} is {row.stage} and never came"
    return Counter(
        tellings=1,
        received=times,
        resent=len(again),
        came_twice=int(times > 1),
        cancelled=int(row.stage is Stage.CANCELLED),
    )
