"""The conversation with a cuff: asked, answered late, never, or with noise."""

from devices.clock import SECOND
from devices.drivers.beurer import ATTEMPTS, PATIENCE, ROUND, Beurer
from devices.serial.beurer import Record

NOW = Record(100, 50, 60, 2097, 1, 2, 3, 4).utc() + 86400 * SECOND
KEPT = [Record(120 + n, 70, 60 + n, 2097, 1, 2, 3, n) for n in range(4)]


class Cuff:
    """Answers questions; counts them."""

    def __init__(self, records, silent_for=0):
        self.records, self.silent, self.asked = records, silent_for, []

    def answer(self, question):
        self.asked.append(question)
        if self.silent:
            self.silent -= 1
            return b""
        match question[0]:
            case 0xAA:
                return b"\x55"
            case 0xA2:
                return bytes([len(self.records)])
            case _:
                index = question[1] - 1
                return bytes(self.records[index]) if index < len(self.records) else b"\xa9"


def converse(driver, cuff, seconds, now=NOW):
    """Run the shell's part: start, receive, confirm once stored readings came, poll twice a second."""
    told, queue = [], driver.start(now)
    for tick in range(int(seconds * 2)):
        at = now + tick * SECOND // 2
        while queue:
            data = cuff.answer(queue.pop(0).data)
            readings = driver.receive("", data, at) if data else []
            told += readings
            if readings:
                queue += driver.confirm()
        queue += driver.poll(at)
    return told


def systolics(told):
    return [each.value for each in told if each.metric == "systolic"]


def test_every_record_is_fetched_in_its_order():
    cuff = Cuff(KEPT)
    assert systolics(converse(Beurer("cuff"), cuff, 10)) == [120, 121, 122, 123]
    assert [each.hex() for each in cuff.asked] == ["aa", "a2", "a301", "a302", "a303", "a304"]


def test_all_are_asked_for_again_after_a_while_because_the_cuff_tells_nothing_by_itself():
    driver, cuff = Beurer("cuff"), Cuff(KEPT[:1])
    cuff_later = converse(driver, cuff, 5)
    cuff.records = KEPT[:2]
    cuff_later += converse_on(driver, cuff, ROUND // SECOND + 5)
    assert systolics(cuff_later) == [120, 120, 121]


def converse_on(driver, cuff, seconds):
    told, queue = [], []
    for tick in range(int(seconds * 2)):
        at = NOW + 5 * SECOND + tick * SECOND // 2
        while queue:
            data = cuff.answer(queue.pop(0).data)
            readings = driver.receive("", data, at) if data else []
            told += readings
            if readings:
                queue += driver.confirm()
        queue += driver.poll(at)
    return told


def test_a_cuff_without_records_is_left_in_peace():
    cuff = Cuff([])
    assert converse(Beurer("cuff"), cuff, 30) == []
    assert [each.hex() for each in cuff.asked] == ["aa", "a2"]


def test_an_answer_that_stays_out_is_asked_for_again():
    driver, cuff = Beurer("cuff"), Cuff(KEPT, silent_for=2)
    assert systolics(converse(driver, cuff, 20)) == [120, 121, 122, 123]
    assert driver.rejected == 2
    assert driver.last_error == "cuff gave no answer to hello"


def test_a_cuff_that_never_answers_is_asked_a_few_times_and_then_each_round():
    driver, cuff = Beurer("cuff"), Cuff(KEPT, silent_for=1000)
    converse(driver, cuff, ATTEMPTS * PATIENCE // SECOND + 5)
    assert len(cuff.asked) == ATTEMPTS
    converse_on(driver, cuff, ROUND // SECOND + 20)
    assert ATTEMPTS < len(cuff.asked) <= 2 * ATTEMPTS


def test_a_torn_record_is_asked_for_again():
    driver = Beurer("cuff")
    assert [each.data for each in driver.start(NOW)] == [b"\xaa"]
    driver.receive("", b"\x55", NOW)
    assert [each.data for each in driver.poll(NOW)] == [b"\xa2"]
    driver.receive("", b"\x01" + bytes(KEPT[0])[:4], NOW)
    assert [each.data for each in driver.poll(NOW)] == [b"\xa3\x01"]
    assert driver.receive("", bytes(KEPT[0])[:6], NOW + SECOND) == []
    assert [each.data for each in driver.poll(NOW + 6 * SECOND)] == [b"\xa3\x01"]
    assert systolics(driver.receive("", bytes(KEPT[0]), NOW + 7 * SECOND)) == [120]
    assert driver.confirm() == []


def test_what_was_not_asked_for_is_counted():
    driver = Beurer("cuff")
    driver.start(NOW)
    assert driver.receive("", bytes(KEPT[0]), NOW) != []
    assert driver.last_error == "cuff said Record unasked"
    driver.receive("", bytes.fromhex("AC 2B 56 41 01 02 0B 34 08"), NOW)
    assert driver.rejected == 2
    assert driver.confirm() == []
