import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import ConfigError
from devices.identity import identifier


@pytest.mark.parametrize("name", ["a", "0", "room-12", "home1_room2", "a" * 48])
def test_accepts(name):
    assert identifier(name, "edge") == name


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "_", "A", "é", "a b", "a/b", "a+b", "#", "a\n", "a.b", "a" * 49]
)
def test_refuses(name):
    with pytest.raises(ConfigError) as caught:
        identifier(name, "edge")
    assert str(caught.value) == f"edge {name!r} is not 1 to 48 lower-case letters, digits, - or _"


@given(st.text(max_size=60))
def test_nothing_accepted_widens_a_topic(name):
    try:
        identifier(name, "sensor")
    except ConfigError:
        return
    assert not set(name) & set("/+#$ \0")
    assert 1 <= len(name) <= 48
