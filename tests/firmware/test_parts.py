"""The parts around the node: what they measure, how they fail, and that the button does not care."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from devices.measurement import Cause, EventKind, Waveform
from devices.quality import Quality
from firmware_bridge.messages import Part
from tests.firmware.board import CALL, ECG, LEAD_MINUS, LEAD_PLUS, MAT, MS, Board, S, lockstep
from tests.firmware.conftest import Built
from tests.firmware.host import Host

pytestmark = pytest.mark.firmware

GAIN = 100
"Of the AD8232."


class Collected:
    """Waveforms of a while, by metric."""

    def __init__(self, host: Host) -> None:
        self.blocks: dict[str, list[Waveform]] = {}
        host.on_waveform = lambda wave: self.blocks.setdefault(wave.metric, []).append(wave)

    def values(self, metric: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.concatenate([np.array(block.samples) * block.scale for block in self.blocks[metric]])

    def flags(self, metric: str) -> list[Quality]:
        return [block.flags for block in self.blocks[metric]]


def started(board: Board) -> Host:
    board.idle_inputs()
    host = Host(board)
    host.run(5 * S)
    return host


def press(host: Host) -> None:
    host.board.pin(CALL, high=False)
    host.run(50 * MS)
    host.board.pin(CALL, high=True)
    host.run(50 * MS)


def test_a_recorded_heart_comes_through(built: Built, cases: Path, tmp_path: Path) -> None:
    """A minute of record 100 at the electrodes, amplified, converted, sent, decoded: the same curve in millivolts."""
    with np.load(cases / "ecg" / "mitdb_100.npz") as record:
        rate = float(record["fs"])
        counts = record["adc"][: round(60 * rate)].astype(float)
        heart = (counts - float(record["baseline"])) / float(record["gain"])
    path = tmp_path / "heart"
    np.savetxt(path, 1650 + heart * GAIN, "%.2f")
    with lockstep(built.simhost, built.node) as board:
        host = started(board)
        board.command(f"wave {ECG} {rate} {path}")
        start = host.utc
        collected = Collected(host)
        host.run(55 * S)
        blocks = [block for block in collected.blocks["ecg"] if block.time > start]
        times = np.concatenate([block.time + np.arange(len(block.samples)) * 4000 for block in blocks])
        seen = np.concatenate([np.array(block.samples) * block.scale for block in blocks])
        true = np.interp((times - start) / S, np.arange(len(heart)) / rate, heart)
        error = seen - true - np.median(seen - true)
        print(
            f"error of {len(seen)} samples: {error.std() * 1000:.1f} uV, worst {abs(error).max() * 1000:.0f} uV"
        )
        # The converter's steps are 32 uV; a time wrong by 2 ms would cost 100 uV and more at each beat.
        assert error.std() < 0.02
        assert abs(error).max() < 0.12


def test_the_pulse_of_a_finger_is_in_both_colours(built: Built) -> None:
    with lockstep(built.simhost, built.node) as board:
        host = started(board)
        board.command("oximeter bpm 84")
        board.command("oximeter ratio 0.6")
        host.run(1 * S)
        collected = Collected(host)
        host.run(30 * S)
        red, infrared = collected.values("ppg_red"), collected.values("ppg_infrared")
        assert len(red) == len(infrared) == pytest.approx(3000, abs=20)
        spectrum = abs(np.fft.rfft(infrared - infrared.mean(), 1 << 16))
        frequencies = np.fft.rfftfreq(1 << 16, 0.01) * 60
        band = (frequencies > 40) & (frequencies < 200)
        assert frequencies[band][spectrum[band].argmax()] == pytest.approx(84, abs=0.7)
        # What SpO2 is computed from: the ratio of the two relative pulses.
        assert (np.ptp(red) / red.mean()) / (np.ptp(infrared) / infrared.mean()) == pytest.approx(
            0.6, abs=0.03
        )


def test_a_finger_off_is_said(built: Built) -> None:
    with lockstep(built.simhost, built.node) as board:
        host = started(board)
        board.command("oximeter finger 0")
        host.run(1 * S)
        collected = Collected(host)
        host.run(2 * S)
        assert all(Quality.PROBE_OFF in flags for flags in collected.flags("ppg_infrared"))
        assert all(Quality.PROBE_OFF not in flags for flags in collected.flags("ecg"))
        assert any("finger" in status.detail for status in host.statuses)
        board.command("oximeter finger 1")
        host.run(1 * S)
        collected = Collected(host)
        host.run(2 * S)
        assert all(Quality.PROBE_OFF not in flags for flags in collected.flags("ppg_infrared"))


@pytest.mark.parametrize("pin", [LEAD_PLUS, LEAD_MINUS])
def test_an_electrode_off_is_said_while_it_is_off(built: Built, pin: int) -> None:
    with lockstep(built.simhost, built.node) as board:
        host = started(board)
        board.pin(pin, high=True)
        board.command(f"adc {ECG} 3300")
        host.run(500 * MS)
        collected = Collected(host)
        host.run(2 * S)
        assert all(Quality.PROBE_OFF in flags for flags in collected.flags("ecg"))
        assert len(collected.values("ecg")) == pytest.approx(500, abs=26)  # it is measured on, and counted
        board.pin(pin, high=False)
        board.command(f"adc {ECG} 1650")
        host.run(1500 * MS)
        collected = Collected(host)
        host.run(2 * S)
        assert all(Quality.PROBE_OFF not in flags for flags in collected.flags("ecg"))


def test_an_oximeter_that_fails_is_said_and_comes_back(built: Built) -> None:
    with lockstep(built.simhost, built.node) as board:
        host = started(board)
        board.command("oximeter absent 1")
        host.run(3 * S)
        faults = [event for event in host.events if event.kind is EventKind.SENSOR_FAULT]
        assert [fault.detail for fault in faults] == [Part.OXIMETER.name.lower()]
        assert host.statuses[-1].cause is Cause.FAULT
        ecg = host.waveforms["ecg"]
        press(host)
        host.run(900 * MS)
        assert len(host.calls()) == 1
        assert host.waveforms["ecg"] - ecg == pytest.approx(250, abs=26)
        ppg = host.waveforms["ppg_red"]
        board.command("oximeter absent 0")
        host.run(5 * S)
        assert host.waveforms["ppg_red"] - ppg > 300
        assert host.statuses[-1].cause is Cause.NONE
        assert all(stream.lost == 0 for number, stream in host.driver.session.streams.items() if number != 2)


def test_an_oximeter_that_lost_its_power_is_set_up_again(built: Built) -> None:
    """The node goes on, the part has forgotten everything: its registers say so by silence."""
    with lockstep(built.simhost, built.node) as board:
        host = started(board)
        board.command("oximeter power 1")
        host.run(3 * S)
        ppg = host.waveforms["ppg_red"]
        host.run(5 * S)
        assert host.waveforms["ppg_red"] - ppg == pytest.approx(500, abs=30)


@pytest.mark.parametrize("celsius", [5.0, 17.5, 21.0, 26.0, 38.0])
def test_the_room_has_its_temperature(built: Built, celsius: float) -> None:
    with lockstep(built.simhost, built.node) as board:
        board.idle_inputs()
        board.room(celsius)
        host = Host(board)
        host.run(12 * S)
        values = [each.value for each in host.measurements if each.metric == "room_temperature"]
        assert values
        # A step of the converter is 0.32 degrees; the sensor itself is good for 2.
        assert values[-1] == pytest.approx(celsius, abs=0.25)


def test_a_broken_wire_is_no_temperature(built: Built) -> None:
    with lockstep(built.simhost, built.node) as board:
        host = started(board)
        board.command("adc 1 0")
        host.run(12 * S)
        before = len(host.measurements)
        host.run(10 * S)
        assert len(host.measurements) == before
        assert any(event.detail == "temperature" for event in host.events)


def test_bed_left_and_taken_again(built: Built) -> None:
    with lockstep(built.simhost, built.node) as board:
        host = started(board)
        host.events.clear()
        board.pin(MAT, high=True)
        left = host.utc
        host.run(2 * S)
        board.pin(MAT, high=False)
        taken = host.utc
        host.run(2 * S)
        assert [event.kind for event in host.events] == [EventKind.BED_EXIT, EventKind.BED_RETURN]
        assert abs(host.events[0].time - left) < 3 * MS
        assert abs(host.events[1].time - taken) < 3 * MS


def test_a_bouncing_contact_is_one_press(built: Built) -> None:
    with lockstep(built.simhost, built.node) as board:
        host = started(board)
        first = host.utc
        for _ in range(4):  # 1 ms on, 1 ms off, before it rests
            board.pin(CALL, high=False)
            host.run(1 * MS)
            board.pin(CALL, high=True)
            host.run(1 * MS)
        press(host)
        for _ in range(4):
            board.pin(CALL, high=False)
            host.run(1 * MS)
            board.pin(CALL, high=True)
            host.run(1 * MS)
        host.run(1 * S)
        assert len(host.calls()) == 1
        assert -3 * MS < host.calls()[0].time - first < 10 * MS
