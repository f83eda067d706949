from __future__ import annotations

from hub.health import Health


def test_nothing_wrong_is_an_empty_list() -> None:
    health = Health()
    health.fact("disk", "10 MB free")
    report = health.report()
    assert (report.status, report.problems, report.checks) == ("ok", [], {"disk": "10 MB free"})


def test_the_worst_problem_decides_and_comes_first() -> None:
    health = Health()
    health.degraded("edges", "2 edges are not heard")
    assert health.report().status == "degraded"
    health.failing("commit", "nothing can be stored")
    report = health.report()
    assert report.status == "failing"
    assert report.problems == ["nothing can be stored", "2 edges are not heard"]
    health.well("commit")
    health.well("never was ill")
    assert health.report().status == "degraded"


def test_a_part_has_one_problem_at_a_time() -> None:
    health = Health()
    health.failing("broker", "away")
    health.degraded("broker", "slow")
    assert health.report().problems == ["slow"]
