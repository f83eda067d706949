"""What becomes of a link: lost, mute, refused, raced, and the adapter or its daemon taken away."""

from __future__ import annotations

from collections import Counter

from bumble.hci import HCI_LE_Create_Connection_Command

from devices.measurement import Cause, Link
from devices.simulators.ble_sensors import HeartRateStrap, PulseOximeter
from devices.transports.bleak_gatt import ATTEMPTS
from tests.bluez.inner.room import DEAF, Room, report

PAUSE = 0.3
"""Seconds in which bluetoothd gets no time while a link is made. The link stands and its socket is ready before bluetoothd
reads the kernel's message that there is a link; it serves the socket first, then finds the device "already connected", and
never tells that it is."""

RACES = (1, ATTEMPTS)
"How often in a row each strap's link meets the race: once is tried again at once, the last is a failure to the edge."


async def strap_that_delivers(room: Room, name: str = "strap", more: str = "") -> HeartRateStrap:
    """Have one strap and an edge that has its values."""
    strap = await room.sensor(HeartRateStrap, name)
    room.start_edge({name: "heart-rate"}, more)
    await room.until("first values", lambda: room.count(name) >= 2)
    return strap


async def test_a_lost_link_is_told_and_built_again(room: Room) -> None:
    strap = await strap_that_delivers(room)
    await strap.unplug()
    down = await room.until("down is told", lambda: room.links("strap")[-1] is Link.DOWN)
    before = room.count("strap")
    await strap.plug()
    up = await room.until("values again", lambda: room.count("strap") > before + 2, 60)
    assert room.links("strap")[-1] is Link.UP
    report(down_told_after=round(down, 2), values_after=round(up, 2))


async def test_a_mute_sensor_is_told_and_its_link_rebuilt(room: Room) -> None:
    strap = await strap_that_delivers(room)
    strap.mute = True
    silent = await room.until("silence is told", lambda: room.links("strap")[-1] is Link.SILENT)
    assert room.statuses("strap")[-1].cause is Cause.NO_READINGS
    rebuilt = await room.until("the link is built anew", lambda: strap.connects >= 2 and strap.connected, 60)
    before = room.count("strap")
    strap.mute = False
    again = await room.until("values again", lambda: room.count("strap") > before + 2, 60)
    report(silence_told_after=round(silent, 1), rebuilt_after=round(rebuilt, 1), values_after=round(again, 1))


async def test_a_sensor_that_ends_every_link_heals(room: Room) -> None:
    strap = await strap_that_delivers(room)
    strap.refusing = True
    await strap.drop()
    await room.until("several attempts", lambda: strap.connects >= 4, 60)
    assert room.links("strap")[-1] is Link.DOWN
    strap.refusing = False
    before = room.count("strap")
    again = await room.until("values again", lambda: room.count("strap") > before + 2, 60)
    report(values_after=round(again, 1))


async def test_the_discovery_race_is_survived(room: Room) -> None:
    room.air.feature_delay = 0.0
    straps = [await room.sensor(HeartRateStrap, name) for name in ("first", "second")]
    stalls = stalling(room)
    met, longest = room.bluetoothd.races, 0.0
    for number, races in enumerate(RACES):
        stalls.update({strap.place: races for strap in straps})
        if number == 0:
            room.start_edge({strap.name: "heart-rate" for strap in straps})
        for strap in straps:
            await strap.drop()
        stalled = await room.until("every race", lambda: stalls.total() == 0, 60)
        before = {strap.name: room.count(strap.name) for strap in straps}
        recovered = await room.until_all(
            "every strap's values",
            lambda before=before: {name for name, count in before.items() if room.count(name) <= count + 2},
            60,
        )
        longest = max(longest, stalled + recovered)
    wanted, made = len(straps) * len(RACES), sum(strap.connects for strap in straps)
    forced, met = len(straps) * sum(RACES), room.bluetoothd.races - met
    report(links_wanted=wanted, links_made=made, forced=forced, races=met, longest_recovery=round(longest, 1))
    assert met >= forced / 2, f"bluetoothd met {met} races of {forced}: it was not stalled when it should be"
    assert made >= wanted + met, "each race costs a link"


def stalling(room: Room) -> Counter[str]:
    """Have bluetoothd stalled while links are made; returns how many are to come, by address."""
    to_come: Counter[str] = Counter()
    controller = room.adapter.controller
    connect = controller.on_hci_le_create_connection_command

    def stalled(command: HCI_LE_Create_Connection_Command) -> None:
        address = command.peer_address.to_string(with_type_qualifier=False)
        if to_come[address] > 0:
            to_come[address] -= 1
            room.bluetoothd.pause(PAUSE)
        connect(command)

    controller.on_hci_le_create_connection_command = stalled
    return to_come


async def test_bluetoothd_may_be_killed_and_started_again(room: Room) -> None:
    await strap_that_delivers(room)
    room.bluetoothd.stop(kill=True)
    await room.until("the loss is told", lambda: room.links("strap")[-1] is not Link.UP, 60)
    before = room.count("strap")
    room.bluetoothd.start()
    again = await room.until("values again", lambda: room.count("strap") > before + 2, 90)
    report(values_after=round(again, 1))


async def test_the_adapter_may_be_pulled_out_and_put_back(room: Room) -> None:
    await strap_that_delivers(room)
    room.pull_adapter()
    await room.until("the loss is told", lambda: room.links("strap")[-1] is not Link.UP, 60)
    before = room.count("strap")
    await room.put_adapter_back()
    again = await room.until("values again", lambda: room.count("strap") > before + 2, 90)
    report(values_after=round(again, 1))


async def test_an_adapter_that_hears_nothing_is_reset(room: Room) -> None:
    strap = await room.sensor(HeartRateStrap, "strap")
    oximeter = await room.sensor(PulseOximeter, "oximeter")
    await strap.unplug()
    # The watchdog's 90 s are shortened; everything else is as in a home.
    room.start_edge({"strap": "heart-rate", "oximeter": "pulse-oximeter"}, patience=DEAF)
    await room.until("first values", lambda: room.count("oximeter", "spo2"))
    await oximeter.unplug()
    room.adapter.controller.deaf = True
    await strap.plug()
    await oximeter.plug()
    again = await room.until(
        "values of both", lambda: room.count("strap") and room.links("oximeter")[-1] is Link.UP, 120
    )
    assert not room.adapter.controller.deaf, "it was reset"
    report(values_after=round(again, 1), patience=DEAF)
