"""Sign-in and sessions over a real database, on a clock that the test moves."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from devices.clock import BUILD_FLOOR, SECOND, ManualClock
from hub.auth.passwords import Passwords
from hub.auth.sessions import LIFETIME, LONGEST, RENEW_AFTER, Sessions, SignInError
from hub.auth.throttle import FREE
from hub.auth.tokens import token_digest
from hub.store import records
from hub.store.accounts import Accounts

RIGHT = "s3same-ouvre-toi"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def sessions(accounts: Accounts, passwords: Passwords) -> Sessions:
    return Sessions(accounts, passwords)


def sign_in(sessions: Sessions, clock: ManualClock) -> str:
    return sessions.sign_in("ines", RIGHT, "192.0.2.1", clock.utc())[0]


def failed(sessions: Sessions, clock: ManualClock, name: str = "ines", address: str = "192.0.2.1") -> int:
    with pytest.raises(SignInError) as error:
        sessions.sign_in(name, "wrong", address, clock.utc())
    return error.value.wait


def test_a_token_opens_its_session_and_is_not_on_the_disk(
    sessions: Sessions, clock: ManualClock, tmp_path: Path
) -> None:
    token = sign_in(sessions, clock)
    found = sessions.authenticate(token, clock.utc())
    assert found is not None
    assert (found[1].username, found[0].expires) == ("ines", clock.utc() + LIFETIME)
    stored = sqlite3.connect(tmp_path / "hub.db")
    everything = "\n".join(stored.iterdump())
    stored.close()
    assert token not in everything
    assert RIGHT not in everything
    assert token_digest(token).hex() in everything.lower()


def test_tokens_are_never_alike(sessions: Sessions, clock: ManualClock) -> None:
    tokens = {sign_in(sessions, clock) for _ in range(20)}
    assert len(tokens) == 20
    assert min(len(token) for token in tokens) >= 43  # 256 bits in base64


def test_another_token_opens_nothing(sessions: Sessions, clock: ManualClock) -> None:
    token = sign_in(sessions, clock)
    for other in ("", token[:-1], token + "A", "\ud800"):
        assert sessions.authenticate(other, clock.utc()) is None


def test_a_session_slides_with_its_use_and_ends_without_it(sessions: Sessions, clock: ManualClock) -> None:
    token = sign_in(sessions, clock)
    clock.advance(LIFETIME - SECOND)
    assert sessions.authenticate(token, clock.utc()) is not None
    clock.advance(LIFETIME - 1)
    assert sessions.authenticate(token, clock.utc()) is not None
    clock.advance(LIFETIME)
    assert sessions.authenticate(token, clock.utc()) is None


def test_a_session_ends_after_a_week_however_much_it_is_used(sessions: Sessions, clock: ManualClock) -> None:
    token, started = sign_in(sessions, clock), clock.utc()
    while sessions.authenticate(token, clock.utc()) is not None:
        clock.advance(LIFETIME // 2)
    assert LONGEST <= clock.utc() - started < LONGEST + LIFETIME


def test_use_is_written_down_once_a_minute(
    sessions: Sessions, accounts: Accounts, clock: ManualClock
) -> None:
    token = sign_in(sessions, clock)
    for pause, written in ((RENEW_AFTER - 1, False), (1, True)):
        clock.advance(pause)
        sessions.authenticate(token, clock.utc())
        stored = accounts.session(token_digest(token))
        assert stored is not None
        assert (stored.last_seen == clock.utc()) is written


def test_signing_out_ends_one_session(sessions: Sessions, clock: ManualClock) -> None:
    one, other = sign_in(sessions, clock), sign_in(sessions, clock)
    found = sessions.authenticate(one, clock.utc())
    assert found is not None
    sessions.sign_out(found[0], clock.utc())
    assert sessions.authenticate(one, clock.utc()) is None
    assert sessions.authenticate(other, clock.utc()) is not None


def test_a_new_password_and_a_disabled_account_end_every_session(
    sessions: Sessions, accounts: Accounts, passwords: Passwords, clock: ManualClock
) -> None:
    token = sign_in(sessions, clock)
    accounts.set_password("ines", passwords.hash("another one"))
    assert sessions.authenticate(token, clock.utc()) is None
    token, _, _ = sessions.sign_in("ines", "another one", "192.0.2.1", clock.utc())
    accounts.disable("ines")
    assert sessions.authenticate(token, clock.utc()) is None
    with pytest.raises(SignInError):
        sessions.sign_in("ines", "another one", "192.0.2.1", clock.utc())


def test_an_account_disabled_behind_our_back_is_out_at_once(
    sessions: Sessions, clock: ManualClock, tmp_path: Path
) -> None:
    token = sign_in(sessions, clock)
    other = sqlite3.connect(tmp_path / "hub.db")
    with other:
        other.execute("UPDATE users SET disabled = 1")
    other.close()
    assert sessions.authenticate(token, clock.utc()) is None


def test_guesses_wait_longer_and_longer_but_never_for_ever(sessions: Sessions, clock: ManualClock) -> None:
    assert [failed(sessions, clock) for _ in range(FREE)] == [0] * FREE
    waits = []
    for _ in range(9):
        waits.append(failed(sessions, clock) // SECOND)
        clock.advance(waits[-1] * SECOND)
        assert failed(sessions, clock) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_the_right_password_waits_too_and_then_forgives(sessions: Sessions, clock: ManualClock) -> None:
    for _ in range(FREE):
        failed(sessions, clock)
    with pytest.raises(SignInError):
        sign_in(sessions, clock)
    clock.advance(SECOND)
    sign_in(sessions, clock)
    assert failed(sessions, clock) == 0


def test_one_account_under_attack_leaves_the_others_alone(sessions: Sessions, clock: ManualClock) -> None:
    for number in range(FREE):
        assert failed(sessions, clock, "benali", f"192.0.2.{number}") == 0
    assert failed(sessions, clock, "benali", "198.51.100.1") > 0
    sign_in(sessions, clock)


def test_one_address_that_tries_many_names_waits(sessions: Sessions, clock: ManualClock) -> None:
    waits = [failed(sessions, clock, f"name{number}") for number in range(21)]
    assert waits == [0] * 20 + [SECOND]


def test_who_tried_and_who_came_in_is_written_down(
    sessions: Sessions, accounts: Accounts, clock: ManualClock
) -> None:
    failed(sessions, clock, "mallory")
    sign_in(sessions, clock)
    with accounts._database.read() as connection:
        log = [(e.actor, e.action, e.object) for e in records.audit_log(connection)]
    assert log == [("mallory", "sign_in_refused", "192.0.2.1"), ("ines", "sign_in", "192.0.2.1")]
    assert clock.utc() == BUILD_FLOOR
