"""Passwords, the throttle and the account store by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from hub.auth.passwords import Passwords
from hub.auth.sessions import Session, User
from hub.auth.throttle import FORGET, LONGEST, MAX_KEYS, Throttle
from hub.store.accounts import Accounts
from hub.store.errors import StoreError


def test_a_hash_is_argon2id_and_salted(passwords: Passwords) -> None:
    one, other = passwords.hash("x"), passwords.hash("x")
    assert one.startswith("$argon2id$")
    assert one != other
    assert passwords.verify(one, "x")
    assert not passwords.verify(one, "y")


@pytest.mark.parametrize("stored", [None, "", "no hash at all", "$argon2id$v=19$m=8,t=1,p=1$broken"])
def test_without_a_sound_hash_no_password_is_right(passwords: Passwords, stored: str | None) -> None:
    for password in ("", "nobody has this password", "None"):
        assert not passwords.verify(stored, password)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 100 * SECOND)), max_size=80))
def test_a_wait_is_bounded_and_ends(steps: list[tuple[str, int]]) -> None:
    throttle, now = Throttle(free=2), 0
    for key, pause in steps:
        now += pause
        throttle.failed(key, now)
        wait = throttle.wait(key, now)
        assert 0 <= wait <= LONGEST
        assert throttle.wait(key, now + wait) == 0


def test_failures_are_forgotten(passwords: Passwords) -> None:
    throttle = Throttle(free=1)
    throttle.failed("a", 0)
    throttle.failed("a", FORGET + 1)
    assert throttle.wait("a", FORGET + 1) == SECOND
    assert throttle.wait("a", 3 * FORGET) == 0


def test_made_up_names_do_not_fill_the_memory() -> None:
    throttle = Throttle(free=1)
    for number in range(MAX_KEYS + 100):
        throttle.failed(str(number), 0)
    assert len(throttle._failures) == MAX_KEYS
    assert throttle.wait(str(MAX_KEYS + 99), 0) > 0


def test_accounts_have_one_name_each(accounts: Accounts) -> None:
    user = User("ines", "Another", "nurse", "", False, 0)
    with pytest.raises(StoreError, match="'ines' exists already"):
        accounts.add_user(user)
    assert [(found.username, found.display_name) for found in accounts.users()] == [("ines", "Inès Moreau")]


def test_an_unknown_account_cannot_be_changed(accounts: Accounts) -> None:
    for change in (accounts.disable, lambda name: accounts.set_password(name, "")):
        with pytest.raises(StoreError, match="'paul' is unknown"):
            change("paul")


def test_expired_sessions_leave_with_the_next_sign_in(accounts: Accounts) -> None:
    accounts.open_session(Session(b"1" * 32, "ines", 0, 10, 0))
    accounts.open_session(Session(b"2" * 32, "ines", 10, 20, 10))
    assert accounts.session(b"1" * 32) is None
    assert accounts.session(b"2" * 32) is not None
