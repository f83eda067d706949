"""A scenario through the real writer into a real store, and out of it again: `hub.replaying` and `veilleuse alerts replay`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from devices.clock import SECOND, ManualClock, to_datetime
from devices.errors import ConfigError
from devices.limits import Limit, Priority
from devices.measurement import EventKind
from devices.wire.messages import Envelope, EventNote, Lane, Observation, encode
from devices.wire.seal import Keys, seal
from devices.wire.topics import up
from hub import provisioning
from hub.alerting.engine import Engine, Settings
from hub.alerting.model import Alert, Kind, Transition
from hub.alerting.replay import Replayed
from hub.alerting.responses import Action
from hub.alerting.suppressions import Wish
from hub.alerts_cli import app
from hub.health import Health
from hub.ingest import directory
from hub.ingest.writer import Parts, Writer
from hub.metrics import Metrics
from hub.replay_cli import instant
from hub.replaying import Past, Period, Run, replay_resident
from hub.standing import NO_RULES
from hub.store import journal, records
from hub.store.database import Database
from hub.store.records import Prescription
from hub.store.timeseries_sqlite import SqliteTimeSeries
from tests.hub.ingest.home import T, make_home

HOUR = 3600 * SECOND
START = T + HOUR
SECONDS = 140


class Silent:
    """Takes what the writer tells edges."""

    def send(self, edge: str, kind: str, message: object) -> None:
        """Forget it."""


@dataclass
class Recorder:
    """The hub's real writer, a turn at a time on a clock that stands still in between."""

    path: Path
    key: str

    def __post_init__(self) -> None:
        self.clock = ManualClock(START)
        self.data = provisioning.DataDirectory(self.path)
        self.master = provisioning.read_secrets(self.data).master
        self.database: Database = provisioning.open_database(self.data)
        self.series = SqliteTimeSeries(self.database, compact=50)
        self.keys = Keys(bytes.fromhex(self.key.split()[0]))
        self.seq = 0
        self.restart()

    def restart(self) -> None:
        now = self.clock.utc()
        with self.database.read() as connection:
            found = directory.load(connection, self.master, now)
            engine = Engine(
                found.limits,
                journal.rule_states(connection),
                journal.open_alerts(connection),
                Settings(now, found.watched(now), memories=journal.rule_memories(connection)),
                journal.suppressors(connection),
                found.people,
            )
        parts = Parts(
            self.clock, self.database, self.series, engine, self.master, found, Silent(), Metrics(), Health()
        )
        self.writer = Writer(parts)

    def turn(self) -> None:
        # The thread would do this; here the test says when.
        self.writer._turn()

    def second(self, spo2: float, *events: EventNote) -> None:
        now = self.clock.utc()
        self.seq += 1
        seen = Observation("ox", "spo2", now, spo2)
        envelope = Envelope("e1", "s1", Lane.LIVE, self.seq, now, True, (seen,), events=events)
        topic = up("e1", "live")
        self.writer.inbox.arrive(topic, seal(self.keys, topic, encode(envelope)))
        self.turn()
        self.clock.advance(SECOND)

    def recorded(self) -> tuple[dict[str, Alert], list[Transition]]:
        with self.database.read() as connection:
            alerts = [a for a in journal.alerts(connection, resident="r1") if not a.technical]
            steps = journal.transitions(connection, [alert.id for alert in alerts])
        return {a.id: a for a in alerts}, [step for found in steps.values() for step in found]


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    """A home in which a night was recorded; the tests only read it."""
    folder = tmp_path_factory.mktemp("home")
    key = make_home(folder / "data", now=T - HOUR)["e1"]
    (folder / "hub.toml").write_text(f'data = "{folder / "data"}"\n')
    made = Recorder(folder / "data", key)
    night(made)
    yield made
    made.database.close()


def night(recorder: Recorder) -> None:
    """Three dips, a call, a nurse who takes, silences and lifts, another limit, and a restart."""
    values = [95.0] * SECONDS
    values[5:14], values[30:50], values[90:130] = [85.0] * 9, [80.0] * 20, [88.0] * 40
    for number, value in enumerate(values):
        call = [EventNote("bell", EventKind.NURSE_CALL, recorder.clock.utc(), "c1")] if number == 60 else []
        recorder.second(value, *call)
        ours = [a for a in recorder.recorded()[0].values() if a.open] if number in {10, 40} else []
        if number == 10:
            asked = recorder.writer.act(ours[0].id, Action.TAKE, "ines", "j'y vais")
            recorder.turn()
            assert asked.done()
        if number == 40:
            wish = Wish(Kind.SILENCE, "ines", "in_room", 60.0, next(a.id for a in ours if not a.taken_by))
            silenced = recorder.writer.suppress(wish)
            recorder.turn()
            recorder.clock.advance(SECOND // 2)
            lifted = recorder.writer.lift(silenced.result().id, "ines", "")
            recorder.turn()
            recorder.clock.advance(SECOND // 2)
            assert lifted.done()
        if number == 70:
            recorder.restart()
        if number == 80:
            _prescribe(recorder)


def _prescribe(recorder: Recorder) -> None:
    limit = Limit("more", "spo2", Priority.MEDIUM, low=89.0, delay=10)
    row = Prescription(limit, "r1", "doctor", "", recorder.clock.utc())
    recorder.writer.change(lambda connection: records.prescribe(connection, row))
    recorder.turn()


def replayed(recorder: Recorder, period: Period) -> Replayed:
    past = Past(recorder.database, recorder.series)
    story = past.story("r1", period)
    run = Run(lambda time: story.standing(NO_RULES, time), story.moments(period))
    (found,), seen = replay_resident(past, story, period, [run])
    assert seen.values == SECONDS
    assert seen.covered["spo2"] == pytest.approx(SECONDS, abs=61)
    assert found.unmatched == 0
    return found


def test_what_was_recorded_comes_out_again(recorder: Recorder) -> None:
    alerts, steps = recorder.recorded()
    found = replayed(recorder, Period(START - 60 * SECOND, START + HOUR))
    assert len(alerts) >= 5
    assert found.alerts == alerts
    key = [(step.alert, step.number, step.time, step.event, step.author, step.reason) for step in steps]
    assert sorted(
        (s.alert, s.number, s.time, s.event, s.author, s.reason) for s in found.transitions
    ) == sorted(key)


def test_a_part_of_the_past_has_the_alerts_of_that_part(recorder: Recorder) -> None:
    whole, _ = recorder.recorded()
    since = START + 20 * SECOND
    past = Past(recorder.database, recorder.series)
    period = Period(since, START + 75 * SECOND)
    story = past.story("r1", period)
    run = Run(lambda time: story.standing(NO_RULES, time), story.moments(period))
    (found,), _ = replay_resident(past, story, period, [run])
    assert found.alerts.keys() == {key for key, a in whole.items() if since <= a.raised < period.until}
    assert past.residents(period) == ["r1"]
    assert past.residents(Period(0, 1)) == []
    with pytest.raises(ConfigError, match="'nobody' is unknown"):
        past.story("nobody", period)


def test_the_command_tells_what_is_the_same_and_what_is_new(recorder: Recorder, tmp_path: Path) -> None:
    local = to_datetime(START).strftime("%Y-%m-%dT%H:%MZ")
    later = to_datetime(START + HOUR).strftime("%Y-%m-%dT%H:%MZ")
    (tmp_path / "none.toml").write_text('[profile.standard]\ntitle = "Rien"\n')
    command = ["replay", "-c", str(recorder.path.parent / "hub.toml"), "--from", local, "--to", later]
    run = CliRunner().invoke(app, [*command, "--rules", str(tmp_path / "none.toml")])
    assert run.exit_code == 0, run.output
    assert "r1           high     limit_low spo2 80" in run.output
    assert "0 recorded alerts about residents would not have come, 0 are new" in run.output
    rows = CliRunner().invoke(
        app, [*command, "--rules", str(tmp_path / "none.toml"), "--json", "--resident", "r1"]
    )
    told = [json.loads(line) for line in rows.output.splitlines()]
    recorded, _ = recorder.recorded()
    assert {row["id"]: row["recorded"] for row in told} == dict.fromkeys(recorded, True)
    stricter = '[profile.standard]\ntitle = "x"\n[[profile.standard.limit]]\nid = "low"\nmetric = "spo2"\n'
    (tmp_path / "more.toml").write_text(stricter + 'priority = "high"\nlow = 96\n')
    other = CliRunner().invoke(app, [*command, "--rules", str(tmp_path / "more.toml")])
    assert other.exit_code == 0, other.output


@pytest.mark.parametrize(
    ("since", "until", "problem"),
    [
        ("yesterday", "2026-11-22", "--from 'yesterday' is no time"),
        ("2026-11-22", "2026-11-21", "--to is not after --from"),
        ("2026-01-01", "2026-11-21", "by more than 92 days"),
    ],
)
def test_a_wrong_time_is_refused(recorder: Recorder, since: str, until: str, problem: str) -> None:
    command = ["replay", "-c", str(recorder.path.parent / "hub.toml"), "--from", since, "--to", until]
    run = CliRunner().invoke(app, command)
    assert isinstance(run.exception, ConfigError)
    assert problem in str(run.exception)


def test_a_time_without_an_offset_is_the_homes() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert instant("2026-11-21T21:00", paris, "--from") == instant("2026-11-21T20:00Z", paris, "--from")
    assert instant("2026-07-01T21:00", paris, "--from") == instant("2026-07-01T19:00+00:00", paris, "--from")
