import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import WireError
from devices.wire import topics
from devices.wire.topics import DOWN, UP, Topic, all_down, down, up

edges = st.from_regex(r"\A[a-z0-9]([a-z0-9_-]{0,46}[a-z0-9])?\Z")


@given(edges, st.sampled_from(sorted(UP)))
def test_round_trip_up(edge, kind):
    topic = Topic.parse(up(edge, kind))
    assert topic == Topic(edge, up=True, kind=kind)
    assert str(topic) == up(edge, kind)


@given(edges, st.sampled_from(sorted(DOWN)))
def test_round_trip_down(edge, kind):
    topic = Topic.parse(down(edge, kind))
    assert topic == Topic(edge, up=False, kind=kind)
    assert str(topic) == down(edge, kind)


@given(st.text(max_size=80))
def test_any_text_is_a_topic_or_a_wire_error(text):
    try:
        topic = Topic.parse(text)
    except WireError as error:
        refusal = error.reason
    else:
        assert str(topic) == text
        return
    assert refusal == "topic"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "topic '' is not veilleuse/1/<edge>/<up|down>/<kind>"),
        ("veilleuse/2/a/up/live", "topic 'veilleuse/2/a/up/live' is not veilleuse/1/<edge>/<up|down>/<kind>"),
        ("other/1/a/up/live", "topic 'other/1/a/up/live' is not veilleuse/1/<edge>/<up|down>/<kind>"),
        (
            "veilleuse/1/a/up/live/x",
            "topic 'veilleuse/1/a/up/live/x' is not veilleuse/1/<edge>/<up|down>/<kind>",
        ),
        ("veilleuse/1/a/up/ack", "topic 'veilleuse/1/a/up/ack' has no kind up/ack"),
        ("veilleuse/1/a/down/live", "topic 'veilleuse/1/a/down/live' has no kind down/live"),
        ("veilleuse/1/a/side/live", "topic 'veilleuse/1/a/side/live' has no kind side/live"),
        (
            "veilleuse/1/+/up/live",
            "topic 'veilleuse/1/+/up/live': edge '+' is not 1 to 48 lower-case letters, digits, - or _",
        ),
    ],
)
def test_refused(text, message):
    with pytest.raises(WireError) as caught:
        Topic.parse(text)
    assert (caught.value.reason, str(caught.value)) == ("topic", message)


def test_filters_hold_every_topic_and_only_those_of_the_edge():
    assert topics.ALL_UP == "veilleuse/1/+/up/#"
    assert all_down("room-1") == "veilleuse/1/room-1/down/+"
