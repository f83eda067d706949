"""Web Push as bytes, beside the values of RFC 8291 and a browser's own code."""

from __future__ import annotations

import json
import secrets

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from hub.notify.push_message import (
    MAX_TEXT,
    PushMessageError,
    Target,
    decode64,
    encode64,
    encrypt,
    point_of,
    token,
)
from tests.hub.notify.push_service import open_body, raw_point, unpad

# RFC 8291, section 5 and appendix A.
TEXT = b"When I grow up, I want to be a watermelon"
SERVER_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SERVER_POINT = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
DEVICE_KEY = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
DEVICE_POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unpad(text), "big"), ec.SECP256R1())


def target(key: ec.EllipticCurvePrivateKey, secret: bytes) -> Target:
    return Target(raw_point(key), secret)


def test_the_rfcs_own_message() -> None:
    key = private(SERVER_KEY)
    assert encode64(point_of(key.public_key())) == SERVER_POINT
    made = encrypt(TEXT, Target(decode64(DEVICE_POINT), decode64(SECRET)), key, decode64(SALT))
    assert encode64(made) == BODY
    assert open_body(made, private(DEVICE_KEY), decode64(SECRET)) == TEXT


@given(st.binary(max_size=MAX_TEXT), st.binary(min_size=16, max_size=16))
def test_only_the_device_reads_it(text: bytes, secret: bytes) -> None:
    device, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    made = encrypt(
        text, target(device, secret), ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
    )
    assert open_body(made, device, secret) == text
    with pytest.raises(InvalidTag):
        open_body(made, other, secret)


@given(st.binary(max_size=80), st.binary(max_size=20))
def test_any_keys_are_keys_or_refused(point: bytes, secret: bytes) -> None:
    try:
        Target(point, secret).check()
    except PushMessageError:
        return
    assert (len(point), len(secret)) == (65, 16)


def test_what_is_too_long_or_off_the_curve_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(PushMessageError, match="at most"):
        encrypt(b"x" * (MAX_TEXT + 1), target(key, bytes(16)), key, bytes(16))
    for point in (b"\x04" + bytes(63), bytes(65), b""):
        with pytest.raises(PushMessageError, match="no uncompressed point"):
            Target(point, bytes(16)).check()
    with pytest.raises(PushMessageError, match="not on the curve"):
        Target(b"\x04" + bytes(64), bytes(16)).check()


@given(st.text(max_size=40))
def test_any_text_is_base64url_or_refused(text: str) -> None:
    try:
        data = decode64(text)
    except PushMessageError:
        return
    assert decode64(encode64(data)) == data


def test_the_claim_is_signed() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    head, body, signature = token(
        "https://push.example", "mailto:it@tilleuls.example", 1_800_000_000, key
    ).split(".")
    raw = unpad(signature)
    made = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.public_key().verify(made, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(unpad(body)) == {
        "aud": "https://push.example",
        "exp": 1_800_000_000,
        "sub": "mailto:it@tilleuls.example",
    }
