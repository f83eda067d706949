"""Secrets travel and rest in boxes that only their device, for their sensor, can open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import WireError
from devices.wire.confidence import Secrets, close, keeping, open_box
from devices.wire.seal import Keys

MASTER = bytes(range(32))
KEY = Keys(MASTER).confidence
PLACE = "A4:C1:38:00:00:07"
SECRETS = Secrets("231d39c1d7cc1ab1aee224cd096db932", "123456")


@given(st.builds(Secrets, st.text(max_size=32), st.text(max_size=6)), st.text(max_size=64))
def test_what_goes_in_comes_out(secrets: Secrets, place: str) -> None:
    assert open_box(KEY, place, close(KEY, place, secrets)) == secrets


def test_the_same_secrets_are_the_same_box_and_none_are_none() -> None:
    assert close(KEY, PLACE, SECRETS) == close(KEY, PLACE, SECRETS)
    assert close(KEY, PLACE, Secrets()) == ""
    assert "231d" not in repr(SECRETS)
    assert "123456" not in str([SECRETS])


def test_another_device_another_sensor_and_the_hubs_disk_have_other_boxes() -> None:
    box = close(KEY, PLACE, SECRETS)
    assert "231d" not in box
    for key, place in (
        (Keys(bytes(32)).confidence, PLACE),
        (KEY, "A4:C1:38:00:00:08"),
        (keeping(MASTER), PLACE),
    ):
        with pytest.raises(WireError, match="secrets are not for this device and sensor") as refused:
            open_box(key, place, box)
        assert refused.value.reason == "box"


@given(st.text(max_size=700))
def test_any_text_is_a_refusal_at_most(box: str) -> None:
    if not box:
        assert open_box(KEY, PLACE, box) == Secrets()
        return
    with pytest.raises(WireError):
        open_box(KEY, PLACE, box)
