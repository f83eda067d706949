"""One-time codes: any misreading is told, nothing but the right code opens the answer."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import WireError
from devices.wire.enrolment import (
    NONCE_BYTES,
    Code,
    Confirmation,
    Credentials,
    Invitation,
    Redeemed,
    Redemption,
    answer,
    ask,
    confirmation,
    hub_address,
    is_asked,
    is_confirmed,
    opened,
)

NONCE = bytes(range(NONCE_BYTES))
BOX = bytes(12)
CREDENTIALS = Credentials("edge-12", "12", "00" * 32, "password", "hub.local", 8883, "PEM")
codes = st.builds(Code.make, st.binary(min_size=3, max_size=3), st.binary(min_size=17, max_size=17))


@given(codes)
def test_a_code_survives_being_typed(code: Code) -> None:
    assert Code.parse(str(code)) == code
    typed = str(code).lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert Code.parse(typed) == code


@given(codes, st.integers(min_value=0, max_value=31), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_misread_letter_is_told_nearly_always(code: Code, place: int, letter: str) -> None:
    plain = str(code).replace("-", "")
    misread = plain[:place] + letter + plain[place + 1 :]
    with contextlib.suppress(WireError):
        # One in 1024 misreadings has the same two letters at its end; the hub refuses it then.
        assert (Code.parse(misread) == code) == (misread == plain)


@given(st.text(max_size=300))
def test_any_text_is_a_code_an_invitation_or_the_one_error(text: str) -> None:
    for parse in (Code.parse, Invitation.parse):
        with contextlib.suppress(WireError):
            assert str(parse(text))


@given(
    codes,
    st.sampled_from(["http://hub:8080", "https://hub.local", "http://[::1]:80"]),
    st.sampled_from(["", "ab" * 32]),
)
def test_an_invitation_survives_the_scan(code: Code, hub: str, fingerprint: str) -> None:
    invitation = Invitation(hub, code, fingerprint)
    assert Invitation.parse(f" {invitation}\n") == invitation


@pytest.mark.parametrize(
    "text",
    [
        "veilleuse-enrol:2?hub=http://h&code=x",
        "veilleuse-enrol:1?hub=http://h",
        "veilleuse-enrol:1?code=x",
        "otpauth:1?hub=http://h&code=x",
    ],
)
def test_what_is_no_invitation_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        Invitation.parse(text)


@pytest.mark.parametrize(
    "address",
    ["ftp://hub", "hub:80", "http://", "http://u:p@hub", "http://hub/x", "http://hub:99999", "http://[x"],
)
def test_a_hub_is_a_host_and_nothing_else(address: str) -> None:
    with pytest.raises(WireError):
        hub_address(address)


@given(codes, codes)
def test_only_the_code_asks_and_opens(code: Code, other: Code) -> None:
    asked = ask(code, NONCE)
    assert is_asked(code, asked) == NONCE
    redeemed = answer(code, NONCE, CREDENTIALS, BOX)
    assert opened(code, NONCE, redeemed) == CREDENTIALS
    assert code.secret not in asked.proof + asked.nonce + redeemed.box
    if other != code:
        assert is_asked(other, asked) is None
        with pytest.raises(WireError, match="not the hub"):
            opened(other, NONCE, redeemed)


@given(codes, st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_answer_is_refused(code: Code, place: int, change: int) -> None:
    box = bytearray(base64.b64decode(answer(code, NONCE, CREDENTIALS, BOX).box))
    box[place % len(box)] ^= change
    with pytest.raises(WireError):
        opened(code, NONCE, Redeemed(base64.b64encode(box).decode()))
    with pytest.raises(WireError):
        opened(code, bytes(NONCE_BYTES), answer(code, NONCE, CREDENTIALS, BOX))


@given(codes, st.text(max_size=60), st.text(max_size=60))
def test_any_proof_is_refused_in_peace(code: Code, nonce: str, proof: str) -> None:
    assert is_asked(code, Redemption(nonce, proof)) is None
    assert not is_confirmed(bytes(32), code.name, Confirmation(proof))


def test_a_confirmation_is_of_one_key_and_one_code() -> None:
    said = confirmation(bytes(32), "ABCD")
    assert is_confirmed(bytes(32), "ABCD", said)
    assert not is_confirmed(bytes(32), "ABCE", said)
    assert not is_confirmed(bytes([1]) * 32, "ABCD", said)
