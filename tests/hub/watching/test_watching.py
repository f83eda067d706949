"""Who watches, on the injected clock: what rings for the whole home, when, and when it ends."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest

from devices.clock import SECOND, ManualClock
from devices.measurement import Link
from devices.wire.messages import Presence, SensorFact
from hub.alerting.escalation.climb import Trouble
from hub.alerting.escalation.policy import Policy, parse
from hub.alerting.model import Code
from hub.alerting.preflight import Way
from hub.alerting.watch import Place
from hub.health import Health
from hub.live import PROVEN_FOR, Live, Subscription, Tablet
from hub.notify.base import State
from hub.store.ports import Latest
from hub.store.records import Resident
from hub.synthetic import Place as Stage
from hub.synthetic import Trial
from hub.ward import Inhabitant, News, Roll
from hub.watching import BROKER_FOR, Staff, Watching, WatchTimes, room_of

NOON = round(datetime.datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("Europe/Paris")).timestamp()) * SECOND
POLICY = parse(
    """
[[ladder.high]]
after = 0
tell = ["device:screens", "device:pager", "role:ide"]
channels = ["screen", "espa", "sms"]
[device.pager]
name = "Bip de l'unité"
address = { espa = "101" }
[person.anne]
name = "Anne Petit"
address = { sms = "+33612345601", email = "anne@tilleuls.example" }
[[shift]]
role = "ide"
who = ["anne"]
""",
    "escalation.toml",
)


class Bell:
    """Keeps what was said to the writer."""

    def __init__(self) -> None:
        self.system_now: dict[Code, str | None] = {}
        self.rung: dict[Code, list[Trouble]] = {}
        self.words = 0
        self.cuts: list[bool] = []

    def ring(self, code: Code, troubles: Sequence[Trouble]) -> None:
        self.words += 1
        self.rung[code] = list(troubles)

    def system(self, code: Code, trouble: str | None) -> None:
        self.words += 1
        self.system_now[code] = trouble

    def cut_off(self, *, cut: bool) -> None:
        self.cuts.append(cut)


class Home:
    """One resident in room 1, watched by edge e1; time moves only when it is told to."""

    def __init__(self, policy: Policy = POLICY, *, tablets_within: float = 60.0) -> None:
        self.clock = ManualClock(NOON)
        self.health = Health()
        self.bell = Bell()
        self.live = Live(self.clock, fell_behind=lambda: None)
        person = Resident("r1", "Roux", "Simone", 1934, 0)
        self.live.load(Roll("Les Tilleuls", {"r1": Inhabitant(person, "1", "e1")}, {"e1": "1"}), {}, [])
        self.channels: dict[str, State] = {}
        self.ways: dict[str, tuple[Way, ...]] = {}
        staff = Staff(lambda: policy, lambda: self.channels, lambda: self.ways)
        times = WatchTimes(tablets_within, datetime.time(20), datetime.time(7), 3.0)
        self.watching = Watching(self.live, self.clock, self.health, self.bell, staff, times)
        self.screens: list[Subscription] = []

    def after(self, seconds: float) -> Bell:
        self.clock.advance(round(seconds * SECOND))
        self.watching.look()
        return self.bell

    def open_screen(self, audio: str = "ready", *, ward: bool = True) -> None:
        with self.live.subscribe("ines", devices=False) as screen:
            self.screens.append(screen)
        # Kept open: it is the test's own to close.
        self.live._subscriptions.add(screen)
        self.say(audio, ward=ward)

    def say(self, audio: str = "ready", *, ward: bool = True) -> None:
        self.screens[-1].tablet = Tablet("ines", audio, True, None, self.clock.utc(), ward, "Inès Martin")

    def hear(self, *facts: SensorFact) -> None:
        presence = Presence("e1", "s1", "online", self.clock.utc(), sensors=facts)
        self.live.ward.hear(presence, self.clock.utc(), News())

    def fact(self, **more: object) -> SensorFact:
        values: dict[str, object] = {"sensor": "ox", "link": Link.UP, "last": self.clock.utc()} | more
        return SensorFact(**values)  # type: ignore[arg-type]  # fields by name, of the right types


@pytest.fixture
async def home() -> Home:
    return Home()


async def test_a_ward_without_a_screen_that_can_be_heard_rings_after_a_minute(home: Home) -> None:
    assert home.after(0).system_now[Code.TABLET_MUTE] is None
    assert home.after(59.9).system_now[Code.TABLET_MUTE] is None
    assert home.after(0.1).system_now[Code.TABLET_MUTE] == "0 open"
    home.open_screen()
    assert home.after(0).system_now[Code.TABLET_MUTE] is None


@pytest.mark.parametrize("audio", ["locked", "failed"])
async def test_a_screen_whose_sound_is_not_proven_is_none(home: Home, audio: str) -> None:
    home.open_screen(audio)
    assert home.after(60).system_now[Code.TABLET_MUTE] == "1 open"


async def test_a_page_that_froze_is_none_though_its_line_is_open(home: Home) -> None:
    home.open_screen()
    home.after(PROVEN_FOR / SECOND - 0.1)
    assert len(home.live.audible()) == 1
    home.after(0.1)
    assert home.live.audible() == []
    assert home.after(60).system_now[Code.TABLET_MUTE] == "1 open"
    assert home.live.probe("x") == 0


async def test_the_screen_of_a_physician_elsewhere_is_none_of_the_ward(home: Home) -> None:
    home.open_screen(ward=False)
    assert home.after(60).system_now[Code.TABLET_MUTE] == "1 open"


async def test_a_home_without_tablets_is_not_rung_for() -> None:
    home = Home(tablets_within=0)
    assert home.after(3600).system_now[Code.TABLET_MUTE] is None


async def test_the_rooms_are_not_held_to_be_silent_from_the_moment_the_broker_is_away(home: Home) -> None:
    home.after(0.1)
    assert home.bell.cuts == []
    home.health.failing("broker", "no connection")
    home.after(2)
    home.after(2)
    assert home.bell.cuts == [True]
    home.health.well("broker")
    home.after(2)
    assert home.bell.cuts == [True, False]


async def test_a_broker_that_stays_away_rings(home: Home) -> None:
    home.health.failing("broker", "no connection")
    assert home.after(0).system_now[Code.BROKER_DOWN] is None
    assert home.after(BROKER_FOR / SECOND - 0.1).system_now[Code.BROKER_DOWN] is None
    assert home.after(0.1).system_now[Code.BROKER_DOWN] == "broker"
    home.health.well("broker")
    assert home.after(0).system_now[Code.BROKER_DOWN] is None


async def test_a_disk_that_fills_rings_in_steps_and_not_with_each_megabyte(home: Home) -> None:
    for free in (990, 970, 951):
        home.watching.disk(free)
    assert (home.bell.system_now[Code.DISK_LOW], home.bell.words) == ("950", 1)
    home.watching.disk(None)
    assert home.bell.system_now[Code.DISK_LOW] is None


async def test_nothing_is_said_twice(home: Home) -> None:
    home.open_screen()
    home.after(0)
    words = home.bell.words
    for _ in range(5):
        home.say()
        home.after(2)
    assert home.bell.words == words


async def test_who_can_be_reached_is_a_screen_or_a_way_that_works(home: Home) -> None:
    home.after(0)
    assert home.watching.humans == ()
    home.channels = {"espa": State(well=True, since=0), "sms": State(well=False, since=0, reason="no modem")}
    home.ways = {"anne": (Way("sms", "down"),)}
    home.after(0)
    assert [(human.name, human.way) for human in home.watching.humans] == [("Bip de l'unité", "espa")]
    home.channels["sms"] = State(well=True, since=0)
    home.ways = {"anne": (Way("sms"),)}
    home.open_screen()
    home.after(0)
    assert [(human.name, human.way) for human in home.watching.humans] == [
        ("Inès Martin", "tablet"),
        ("Bip de l'unité", "espa"),
        ("Anne Petit", "sms"),
    ]


async def test_who_is_not_ready_for_the_night_is_named_three_hours_before(home: Home) -> None:
    home.ways = {"anne": (Way("sms"), Way("email", "missing"))}
    assert home.after(5 * 3600 - 1).system_now[Code.CONTACT_UNREACHABLE] is None
    assert home.after(1).system_now[Code.CONTACT_UNREACHABLE] == "Anne Petit"
    home.ways = {"anne": (Way("sms"), Way("email"))}
    assert home.after(0).system_now[Code.CONTACT_UNREACHABLE] is None
    # And it holds through the night, until the next one is the next.
    home.ways = {"anne": ()}
    assert home.after(13 * 3600).system_now[Code.CONTACT_UNREACHABLE] == "Anne Petit"
    assert home.after(2 * 3600).system_now[Code.CONTACT_UNREACHABLE] is None


async def test_a_resident_is_watched_while_something_fresh_comes(home: Home) -> None:
    home.open_screen()
    home.hear(home.fact())
    home.after(0)
    assert home.watching.watched["r1"].hole is None
    # Up by the edge's word, and nothing measured: not healthy (trap 6).
    home.clock.advance(61 * SECOND)
    home.hear(home.fact(last=NOON))
    home.say()
    home.after(0)
    hole = home.watching.watched["r1"].hole
    assert hole is not None
    assert (hole.place, hole.reason) == (Place.SENSOR, "sensors_stale")
    # It rings once it has lasted, in that room alone.
    for _ in range(24):
        home.clock.advance(5 * SECOND)
        home.hear(home.fact(last=NOON))
        home.say()
        home.watching.look()
    assert home.bell.rung[Code.WATCH_HOLE] == [Trouble("e1", "r1", "sensors_stale")]


async def test_a_value_counts_for_as_long_as_its_metric_says(home: Home) -> None:
    def fresh(metric: str, age: float) -> bool:
        home.live.ward.restate(
            "r1", [Latest(metric, 1.0, home.clock.utc() - round(age * SECOND), 0, "ox", "e1")]
        )
        return room_of(home.live.ward, "r1", home.clock.utc()).fresh

    home.hear(home.fact(last=None))
    assert fresh("spo2", 14.9)
    assert not fresh("spo2", 15)
    assert fresh("respiration_rate", 59)
    assert fresh("made_up", 59.9)
    assert not fresh("made_up", 60)
    # The air of the room says nothing of who breathes it, nor does a sensor of another room.
    home.hear(home.fact(protocol="environment", last=home.clock.utc()))
    assert not fresh("spo2", 1)


async def test_a_room_that_was_never_heard_is_a_hole_and_one_without_a_device_is_not(home: Home) -> None:
    home.open_screen()
    home.after(0)
    watched = home.watching.watched["r1"]
    assert watched.hole is not None
    assert watched.hole.reason == "edge_silent"
    home.live.ward.enroll(
        Roll("Les Tilleuls", {"r1": Inhabitant(Resident("r1", "Roux", "Simone", 1934, 0), "1", None)}, {})
    )
    home.after(0)
    assert home.watching.watched["r1"].rounds


@pytest.mark.parametrize(
    ("part", "problem"),
    [("commit", "commit"), ("task_dispatcher", "task_dispatcher"), ("synthetic", "path"), ("edges", "")],
)
async def test_what_the_hub_cannot_do_is_a_hole_of_everybody(home: Home, part: str, problem: str) -> None:
    home.health.failing(part, "made up")
    home.after(0)
    assert home.watching.problem == problem


async def test_a_test_alarm_that_was_lost_rings_with_its_place_and_ends_with_the_next(home: Home) -> None:
    home.watching.take(Trial(NOON, NOON + 30 * SECOND, Stage.WRITER))
    assert home.bell.system_now[Code.SYNTHETIC_LOST] == "writer"
    assert home.health.report().status == "failing"
    assert home.watching.arrived is None
    home.watching.take(Trial(NOON, NOON + SECOND, Stage.SCREEN))
    assert home.bell.system_now[Code.SYNTHETIC_LOST] is None
    assert home.watching.arrived == home.watching.trial
    assert home.health.report().status == "ok"
    # Nobody listens: `tablet_mute` says it, and what arrived last stays known.
    home.watching.take(Trial(NOON, NOON + SECOND, Stage.DISPATCHER, unheard=True))
    assert home.bell.system_now[Code.SYNTHETIC_LOST] is None
    assert home.watching.arrived.place is Stage.SCREEN


async def test_a_probe_goes_to_the_screens_that_can_be_heard_alone(home: Home) -> None:
    home.open_screen()
    home.open_screen("locked")
    for screen in home.screens:
        screen.take()
    assert home.live.probe("p1") == 1
    assert [
        len([due for due in screen.take() if type(due).__name__ == "ProbeDue"]) for screen in home.screens
    ] == [1, 0]
