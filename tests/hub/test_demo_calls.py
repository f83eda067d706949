"""The demo home has something to show of calls from its first second, and nothing that rings by itself."""

from __future__ import annotations

from pathlib import Path

from devices.clock import SystemClock
from hub import provisioning
from hub.consult.consents import in_force
from hub.consult.overdue import overdue, since
from hub.demo.home import populate, read_home
from hub.store import call_requests, consents


def test_a_request_waits_and_rooms_have_rules(tmp_path: Path) -> None:
    home, clock = read_home(), SystemClock()
    populate(tmp_path, home, clock)
    database = provisioning.open_database(provisioning.DataDirectory(tmp_path / "hub"))
    people = {person.id for person in home.resident}
    with database.read() as connection:
        [asked] = call_requests.waiting(connection)
        rules = {
            who: in_force(consents.newest(connection, who), clock.utc()).rule
            for who in sorted(people)
            if consents.newest(connection, who) is not None
        }
    database.close()
    assert asked.resident in people
    assert asked.asked_by == "infirmiere"
    assert rules == {"r4": "emergency", "r7": "nurse"}
    # It may wait for its day: it would otherwise ring before anybody has looked at the demo.
    assert since(asked) is None
    assert overdue([asked], dict.fromkeys(people), clock.utc() + 10**15) == ()
