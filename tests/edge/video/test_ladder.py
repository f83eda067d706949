"""When the picture becomes smaller and larger, on a clock that is an argument."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from edge.video import ladder as module
from edge.video.ladder import RUNGS, SOUND, Ladder, passed, rungs

HALF = SECOND // 2


class Line:
    """A ladder over a line, looked at twice a second."""

    def __init__(self, height: int = 480, start: int = 600_000, fps: int = 15) -> None:
        self.now = 0
        self.ladder = Ladder(rungs(height, fps), 0, start=start)
        self.seen: list[tuple[float, str]] = []

    def carries(self, bitrate: int, seconds: float, sent: int | None = None) -> None:
        """Let the physician's line carry this for a while; as much is sent as may be, unless less moves."""
        for _ in range(round(seconds * 2)):
            self.now += HALF
            self.ladder.estimate("physician", bitrate)
            if self.ladder.tick(self.now, self.ladder.bitrate if sent is None else sent):
                self.seen.append((self.now / SECOND, self.ladder.rung.name))


def names(height: int, fps: int = 15) -> list[str]:
    return [rung.name for rung in rungs(height, fps)]


def test_a_picture_is_never_made_larger_or_faster_than_the_camera() -> None:
    assert names(1080) == names(720) == ["720p15", "480p15", "360p10", "sound"]
    assert names(480) == ["480p15", "360p10", "sound"]
    assert names(480, 5) == ["480p5", "360p5", "sound"]
    assert names(120) == ["120p10", "sound"]
    assert rungs(120, 15)[0].floor == RUNGS[2].floor


def test_it_begins_with_what_a_line_carries_that_has_not_spoken() -> None:
    assert Line(720).ladder.rung.name == "480p15"
    assert Line(720, start=2_000_000).ladder.rung.name == "720p15"
    assert Line(start=0).ladder.rung is SOUND


def test_a_moment_of_weakness_changes_nothing() -> None:
    line = Line()
    line.carries(50_000, 1.5)
    line.carries(600_000, 5)
    line.carries(50_000, 2)
    assert line.seen == []


def test_a_weak_line_gets_what_fits() -> None:
    line = Line()
    line.carries(200_000, 3)
    assert line.seen == [(2.5, "360p10")]
    assert line.ladder.bitrate == 200_000


def test_a_picture_in_which_little_moves_is_no_weak_line() -> None:
    line = Line()
    line.carries(90_000, 20, sent=60_000)
    assert line.ladder.rung.name == "480p15"
    line.carries(90_000, 3, sent=91_000)
    assert line.seen == [(22.5, "sound")]


def test_a_line_that_carries_no_picture_keeps_its_sound() -> None:
    line = Line()
    line.carries(60_000, 3)
    assert line.seen == [(2.5, "sound")]
    assert (line.ladder.rung, line.ladder.bitrate, line.ladder.best) == (SOUND, 0, False)


def test_attempts_on_a_line_that_stays_weak_become_rarer() -> None:
    line = Line()
    line.carries(60_000, 400)
    tried = [time for time, name in line.seen if name == "360p10"]
    pauses = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert len(tried) >= 4
    assert pauses == sorted(pauses)
    assert pauses[-1] > 100
    assert max(pauses) <= (module.LONGEST + module.GRACE + module.FALL) / SECOND + 1


def test_a_line_that_recovers_has_its_picture_back_and_then_more() -> None:
    line = Line(720)
    line.carries(60_000, 5)
    line.carries(1_500_000, 60)
    assert [name for _, name in line.seen] == ["sound", "360p10", "480p15", "720p15"]
    assert line.ladder.best
    assert line.ladder.bitrate == RUNGS[0].ceiling


def test_a_larger_picture_has_time_to_be_heard_of() -> None:
    line = Line()
    line.carries(150_000, 14)
    assert [name for _, name in line.seen] == ["360p10", "480p15"]
    # The estimate speaks of the small picture for a while, then of the larger one.
    line.carries(150_000, 3)
    line.carries(400_000, 30)
    assert [name for _, name in line.seen] == ["360p10", "480p15"]


def test_nobody_asks_for_more_while_the_line_is_getting_weaker() -> None:
    line = Line(720)
    for step in range(12):
        line.carries(round(600_000 * 0.93**step), 2)
    assert line.seen == []


def test_a_rung_that_held_has_proved_itself() -> None:
    line = Line()
    line.carries(60_000, 3)
    line.carries(300_000, 40)
    assert line.ladder.rung.name == "480p15"
    line.carries(60_000, 3)
    fell = line.now
    line.carries(60_000, 11)
    assert line.seen[-1][1] == "360p10"
    assert line.seen[-1][0] - fell / SECOND <= module.RISE / SECOND + 1


def test_the_weakest_viewer_decides_until_they_leave() -> None:
    line = Line()
    line.ladder.estimate("specialist", 120_000)
    line.carries(900_000, 3)
    assert (line.ladder.rung.name, line.ladder.bitrate) == ("360p10", 120_000)
    line.ladder.leave("specialist")
    line.ladder.leave("specialist")
    line.carries(900_000, 12)
    assert (line.ladder.rung.name, line.ladder.bitrate) == ("480p15", 900_000)


@given(st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(1, 40)), max_size=30), st.integers(16, 1080))
def test_whatever_the_line_does(steps: list[tuple[int, int]], height: int) -> None:
    line = Line(height)
    for bitrate, halves in steps:
        line.carries(bitrate, halves / 2)
        rung = line.ladder.rung
        assert rung.height <= height
        assert rung is SOUND or rung.floor <= line.ladder.bitrate <= rung.ceiling
        assert line.ladder.best == (rung == rungs(height, 15)[0])
    line.carries(3_000_000, 600)
    assert line.ladder.best


def test_a_camera_that_encodes_is_passed_on_or_not_at_all() -> None:
    line = Line()
    line.ladder = Ladder(passed(480, 15, 900_000), 0, start=900_000)
    assert line.ladder.rung.name == "480p15"
    line.carries(600_000, 60, sent=600_000)
    assert line.seen == [], "60 % of what it was asked for is enough: little moves"
    line.carries(400_000, 60, sent=200_000)
    assert line.seen == [], "less than the line carries is sent"
    line.carries(400_000, 3, sent=900_000)
    assert [name for _, name in line.seen] == ["sound"]
    assert line.ladder.bitrate == 0
    line.carries(900_000, 15, sent=0)
    assert [name for _, name in line.seen] == ["sound", "480p15"]
