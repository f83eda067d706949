"""Drivers that say something themselves."""

from dataclasses import replace

from devices.clock import SECOND
from devices.drivers.base import Write
from devices.drivers.contec import KEEP_ALIVE, KEEP_ALIVE_AFTER, START, Contec
from devices.drivers.contec_old import ContecOld
from devices.drivers.nonin_df2 import NoninDf2
from devices.drivers.nonin_df13 import NoninDf13
from devices.measurement import Measurement
from devices.serial.nonin_df13 import ACK, NO_RATE, NO_SPO2, SELECT, Record, Status, set_clock

NOW = 1_800_000_000 * SECOND
RECORD = Record(2026, 3, 14, 8, 30, 15, Status.SMART_POINT, 72, 97)
OTHER = replace(RECORD, minutes=31)


def test_df2_selects_its_format() -> None:
    assert NoninDf2("s").start(NOW) == [Write(bytes.fromhex("027002020203"))]


def test_contec_old_says_nothing() -> None:
    driver = ContecOld("s")
    assert [driver.start(NOW), driver.confirm(), driver.poll(NOW)] == [[], [], []]


def test_contec_starts_and_keeps_awake_every_four_seconds() -> None:
    driver = Contec("s")
    assert driver.start(NOW) == [START] == [Write(bytes.fromhex("7D81A1808080808080"))]
    assert driver.poll(NOW + KEEP_ALIVE_AFTER - 1) == []
    assert driver.poll(NOW + KEEP_ALIVE_AFTER) == [KEEP_ALIVE] == [Write(bytes.fromhex("7D81AF808080808080"))]
    assert driver.poll(NOW + KEEP_ALIVE_AFTER + SECOND) == []
    # A clock that is set back must not put it to sleep.
    assert driver.poll(NOW - 3600 * SECOND) == [KEEP_ALIVE]


def test_contec_keeps_awake_while_the_time_is_unknown() -> None:
    driver = Contec("s")
    driver.start(0)
    assert driver.poll(0) == [KEEP_ALIVE]
    assert driver.poll(0) == [KEEP_ALIVE]


def test_df13_sets_the_clock_when_it_knows_the_time() -> None:
    assert NoninDf13("s").start(NOW) == [Write(set_clock(NOW)), Write(SELECT)]
    assert NoninDf13("s").start(0) == [Write(SELECT)]
    assert NoninDf13("s").start(5 * SECOND) == [Write(SELECT)]


def test_df13_answers_only_what_was_confirmed() -> None:
    driver = NoninDf13("s")
    readings = driver.receive("", bytes(RECORD), NOW)
    assert [(r.metric, r.value, r.stored) for r in readings if isinstance(r, Measurement)] == [
        ("spo2", 97, True),
        ("pulse_rate", 72, True),
    ]
    assert driver.poll(NOW) == []
    assert driver.confirm() == [Write(ACK)]
    assert driver.confirm() == []


def test_df13_half_a_record_is_not_answered() -> None:
    driver = NoninDf13("s")
    data = bytes(RECORD)
    driver.receive("", data[:-1], NOW)
    assert driver.confirm() == []
    driver.receive("", data[-1:], NOW)
    assert driver.confirm() == [Write(ACK)]


def test_df13_a_record_sent_twice_before_its_answer_is_answered_once() -> None:
    # A second answer would delete the next record unseen.
    driver = NoninDf13("s")
    driver.receive("", bytes(RECORD), NOW)
    driver.receive("", bytes(replace(RECORD, status=RECORD.status | Status.FROM_MEMORY)), NOW)
    assert driver.confirm() == [Write(ACK)]


def test_df13_a_record_that_crossed_with_its_answer_is_not_answered_again() -> None:
    driver = NoninDf13("s")
    driver.receive("", bytes(RECORD), NOW)
    assert driver.confirm() == [Write(ACK)]
    driver.receive("", bytes(RECORD), NOW + 10_000)
    assert driver.confirm() == []
    driver.receive("", bytes(OTHER), NOW + 20_000)
    assert driver.confirm() == [Write(ACK)]


def test_df13_a_lost_answer_is_given_again() -> None:
    driver = NoninDf13("s")
    driver.receive("", bytes(RECORD), NOW)
    driver.confirm()
    driver.receive("", bytes(RECORD), NOW + 2 * SECOND)
    assert driver.confirm() == []
    driver.receive("", bytes(RECORD), NOW + 4 * SECOND)
    assert driver.confirm() == [Write(ACK)]


def test_df13_a_record_without_values_does_not_hold_up_the_others() -> None:
    driver = NoninDf13("s")
    nothing = replace(RECORD, pulse_rate=NO_RATE, spo2=NO_SPO2, status=Status.NO_MEASUREMENT)
    assert driver.receive("", bytes(nothing), NOW) == []
    assert driver.confirm() == []
    assert driver.poll(NOW) == [Write(ACK)]
    assert driver.poll(NOW) == []


def test_df13_a_new_link_starts_afresh() -> None:
    driver = NoninDf13("s")
    driver.receive("", bytes(RECORD), NOW)
    driver.start(NOW)
    assert driver.confirm() == []
