"""By which ways each person can be told now."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.alerting.escalation.policy import Contact, Policy
from hub.alerting.escalation.rota import Rota
from hub.notify.base import State
from hub.notify.reach import DeviceState, WayState, reach

WELL, DEAF = State(well=True, since=0), State(well=False, since=0, reason="the modem does not answer")


def policy(**people: dict[str, str]) -> Policy:
    return Policy({}, {name: Contact(name.title(), address) for name, address in people.items()}, {}, Rota())


def test_a_way_works_when_its_channel_carries() -> None:
    found = reach(
        policy(anne={"sms": "+33612345601", "email": "anne@tilleuls.example"}, luc={}),
        {"sms": DEAF, "email": WELL},
        (),
        now=5,
    )
    assert found == {
        "anne": (
            WayState("sms", "+33612345601", works=False, reason="the modem does not answer"),
            WayState("email", "anne@tilleuls.example", works=True),
        ),
        "luc": (),
    }


def test_a_channel_that_the_hub_has_not_is_no_way() -> None:
    found = reach(policy(anne={"espa": "101"}), {}, (), now=5)
    assert found["anne"] == (WayState("espa", "101", works=False, reason="the hub has no such channel"),)


def test_a_push_needs_a_device_that_takes_it() -> None:
    who, channels = policy(anne={"push": "anne"}), {"push": WELL}

    def why(*devices: DeviceState) -> str:
        return reach(who, channels, devices, now=10)["anne"][0].reason

    assert why() == "no device of this account receives pushes"
    assert why(DeviceState("luc")) == "no device of this account receives pushes"
    assert why(DeviceState("anne", expires=10)) == "its subscription is over"
    assert why(DeviceState("anne", problem="refused with 403")) == "refused with 403"
    assert why(DeviceState("anne", problem="refused with 403"), DeviceState("anne", expires=11)) == ""
    assert why(DeviceState("anne"), DeviceState("anne", expires=10)) == ""


devices = st.builds(
    DeviceState,
    st.sampled_from(["anne", "luc"]),
    st.none() | st.integers(0, 20),
    st.sampled_from(["", "refused"]),
)


@given(st.lists(devices))
def test_one_device_is_enough_in_any_order(found: list[DeviceState]) -> None:
    works = reach(policy(anne={"push": "anne"}), {"push": WELL}, found, now=10)["anne"][0].works
    good = [
        d for d in found if d.username == "anne" and not d.problem and (d.expires is None or d.expires > 10)
    ]
    assert works is bool(good)
