"""The conversation with a glucose meter: every record once, with its time, whatever is lost on the way."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.drivers.glucose import AGAIN, ATTEMPTS, PATIENCE, SETTLING, GlucoseMeter
from devices.gatt.current_time import CurrentTime
from devices.gatt.date_time import DateTime
from devices.gatt.glucose import GlucoseContext, GlucoseMeasurement
from devices.gatt.record_access import Opcode, Operator, RecordAccess, Result
from devices.ieee11073 import SFloat

NOW = BUILD_FLOOR + 100 * 24 * 3600 * SECOND
HOUR = 3600 * SECOND


def record(number, at, mg_dl=120):
    return GlucoseMeasurement(
        number, DateTime.of(at), concentration=SFloat(mg_dl, -5), type=1, location=1, context_follows=True
    )


class Meter:
    """A meter behind the air: holds records, loses what it is told to lose."""

    def __init__(self, records, *, ahead=0, has_clock=True, knows_at_least=True):
        self.records, self.ahead = records, ahead
        self.has_clock, self.knows_at_least = has_clock, knows_at_least
        self.asked: list[RecordAccess] = []
        self.clock_set: list[int] = []
        self.silent = 0
        self.cut_after = None

    def clock(self, now):
        return [("2a2b", bytes(CurrentTime.of(now + self.ahead)))] if self.has_clock else []

    def answer(self, write, now):
        if write.target == "2a2b":
            self.clock_set.append(CurrentTime.parse(write.data).utc)
            self.ahead = self.clock_set[-1] - now
            return []
        request = RecordAccess.parse(write.data)
        self.asked.append(request)
        if request.opcode == Opcode.ABORT:
            return [("2a52", bytes(RecordAccess.response(Opcode.ABORT, Result.SUCCESS)))]
        if self.silent:
            self.silent -= 1
            return []
        return self.report(request)

    def report(self, request):
        chosen = self.records
        if request.operator == Operator.AT_LEAST:
            if not self.knows_at_least:
                refused = RecordAccess.response(Opcode.REPORT, Result.OPERATOR_NOT_SUPPORTED)
                return [("2a52", bytes(refused))]
            chosen = [
                each for each in chosen if each.sequence >= int.from_bytes(request.operand[1:], "little")
            ]
        told = []
        for each in chosen:
            told += [("2a18", bytes(each)), ("2a34", bytes(GlucoseContext(each.sequence, meal=1)))]
        if self.cut_after is not None:
            told, self.cut_after = told[: self.cut_after], None
            return told
        result = Result.SUCCESS if chosen else Result.NO_RECORDS
        return [*told, ("2a52", bytes(RecordAccess.response(Opcode.REPORT, result)))]


def converse(driver, meter, seconds, now=NOW, *, begin=True):
    told = []
    queue = driver.start(now) if begin else []
    for source, data in meter.clock(now) if begin else []:
        told += driver.receive(source, data, now)
    for second in range(seconds):
        at = now + second * SECOND
        queue += driver.poll(at)
        while queue:
            for source, data in meter.answer(queue.pop(0), at):
                told += driver.receive(source, data, at)
            queue += driver.confirm()
    return told


def test_every_record_with_its_own_time_and_identity():
    meter = Meter([record(1, NOW - 48 * HOUR), record(2, NOW - 24 * HOUR, 55)])
    driver = GlucoseMeter("g")
    told = converse(driver, meter, 10)
    assert [(r.metric, r.value, r.time, r.stored, r.flags.names()) for r in told] == [
        ("glucose", 120, NOW - 48 * HOUR, True, ["late"]),
        ("glucose", 55, NOW - 24 * HOUR, True, ["late"]),
    ]
    assert len({r.record for r in told}) == 2
    assert meter.asked == [RecordAccess.report_all()]
    assert driver.rejected == 0
    assert driver.needs.pair


def test_a_wrong_clock_is_corrected_before_the_records_are_asked_for():
    meter = Meter([record(1, NOW - HOUR)], ahead=HOUR + 50 * SECOND)
    told = converse(GlucoseMeter("g"), meter, 10)
    assert meter.clock_set == [NOW + HOUR], "the zone is what people set"
    assert told[0].time == NOW - 2 * HOUR - 50 * SECOND


def test_the_same_record_has_one_identity_before_and_after_the_correction():
    meter = Meter([record(1, NOW - 5 * HOUR)], ahead=-400 * 24 * HOUR)
    first = converse(GlucoseMeter("g"), meter, 10)
    second = converse(GlucoseMeter("g"), meter, 10, NOW + HOUR)
    assert first[0].record == second[0].record
    assert meter.clock_set == [NOW]


def test_a_meter_without_a_clock_is_asked_all_the_same():
    meter = Meter([record(1, NOW - HOUR)], has_clock=False)
    told = converse(GlucoseMeter("g"), meter, SETTLING + 1)
    assert [r.flags.names() for r in told] == [["late", "device_time"]]


def test_new_records_come_while_the_link_stands_and_old_ones_not_again():
    meter, driver = Meter([record(1, NOW - HOUR)]), GlucoseMeter("g")
    converse(driver, meter, 5)
    meter.records.append(record(2, NOW + 30 * SECOND, 48))
    told = converse(driver, meter, AGAIN + 5, NOW + 5 * SECOND, begin=False)
    assert [(r.value, r.flags.names()) for r in told] == [(48, [])], "just measured: it must be able to alarm"
    assert meter.asked[-1] == RecordAccess.report_from(1)


def test_a_meter_that_knows_no_numbers_is_asked_for_all():
    meter, driver = Meter([record(1, NOW - HOUR)], knows_at_least=False), GlucoseMeter("g")
    converse(driver, meter, 5)
    meter.records.append(record(2, NOW - HOUR // 2))
    told = converse(driver, meter, AGAIN + 5, NOW, begin=False)
    assert [r.record.split("@")[0] for r in told] == ["2"]
    assert [each.operator for each in meter.asked] == [Operator.ALL, Operator.AT_LEAST, Operator.ALL]
    assert driver.last_error == "meter ended its report with result 4"


def test_a_report_that_stops_is_asked_for_again_and_nothing_is_doubled():
    records = [record(n, NOW - n * HOUR) for n in range(1, 6)]
    meter, driver = Meter(records), GlucoseMeter("g")
    meter.cut_after = 5
    told = converse(driver, meter, PATIENCE + 6)
    assert [r.record.split("@")[0] for r in told] == ["1", "2", "3", "4", "5"]
    assert [each.opcode for each in meter.asked] == [Opcode.REPORT, Opcode.ABORT, Opcode.REPORT]
    assert driver.last_error == "meter did not end its report of records"


def test_a_silent_meter_is_left_alone_for_a_while_after_some_attempts():
    meter, driver = Meter([record(1, NOW - HOUR)]), GlucoseMeter("g")
    meter.silent = ATTEMPTS
    assert converse(driver, meter, ATTEMPTS * (PATIENCE + 2) + 5) == []
    asked = [each.opcode for each in meter.asked]
    assert asked == [Opcode.REPORT, Opcode.ABORT] * ATTEMPTS
    assert len(converse(driver, meter, AGAIN + 5, begin=False)) == 1


def test_no_records_is_an_end():
    driver = GlucoseMeter("g")
    assert converse(driver, Meter([]), 10) == []
    assert driver.rejected == 0


def test_an_answer_that_nobody_asked_for_changes_nothing():
    driver = GlucoseMeter("g")
    driver.start(NOW)
    for answer in (
        RecordAccess.response(Opcode.REPORT, Result.SUCCESS),
        RecordAccess.response(Opcode.DELETE, Result.SUCCESS),
        RecordAccess.number(3),
    ):
        assert driver.receive("2a52", bytes(answer), NOW) == []
    meter = Meter([record(1, NOW - HOUR)])
    assert len(converse(driver, meter, 10)) == 1


def test_battery_and_rubbish():
    driver = GlucoseMeter("g")
    assert driver.receive("2a19", b"\x32", NOW)[0].value == 50
    assert driver.receive("2a18", b"\x00", NOW) == []
    assert (
        driver.receive("2a18", bytes(replace(record(1, NOW), base_time=DateTime(0, 0, 0, 1, 1, 1))), NOW)
        == []
    )
    assert driver.rejected == 2


def test_mol_per_litre_and_kilogram_per_litre_say_the_same():
    grams = replace(record(1, NOW), concentration=SFloat.of(Decimal("0.0009")))
    mol = replace(record(2, NOW), concentration=SFloat(5, -3), mol_per_litre=True)
    assert grams.mg_dl == 90
    assert mol.mg_dl == Decimal("90.08")


@given(st.data())
def test_whatever_is_lost_no_record_is_told_twice_and_all_come_in_the_end(data):
    count = data.draw(st.integers(1, 6))
    meter = Meter([record(n, NOW - n * HOUR) for n in range(1, count + 1)])
    driver = GlucoseMeter("g")
    told, now = [], NOW
    for _ in range(data.draw(st.integers(0, 3))):
        meter.cut_after = data.draw(st.integers(0, 2 * count))
        meter.silent = data.draw(st.integers(0, 1))
        told += converse(driver, meter, data.draw(st.integers(1, 30)), now)
    meter.cut_after, meter.silent = None, 0
    told += converse(driver, meter, AGAIN + PATIENCE + SETTLING + 5, now)
    names = [r.record for r in told]
    assert len(names) == len(set(names)) == count
