"""What goes over the data channel."""

from __future__ import annotations

import json
import struct

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR
from devices.measurement import Link, Measurement, SensorStatus, Waveform
from devices.quality import Quality
from edge.latest import LatestReadings
from edge.video.vitals import MAX_SAMPLES, VitalsFeed, beat_message, values_message, waveform_messages

SPO2 = Measurement("oximeter", "spo2", 97, BUILD_FLOOR, Quality.MOTION | Quality.LOW_BATTERY)
PULSE = Measurement("oximeter", "pulse_rate", 72, BUILD_FLOOR)


def read_waveform(message: bytes) -> Waveform:
    """Read a message back, by the words of docs/calls.md and not by the code that wrote it."""
    kind, name, count, rate, scale, time = struct.unpack_from("<BBHffd", message)
    assert kind == 1
    start = 20 + name + name % 2
    samples = struct.unpack(f"<{count}h", message[start:])
    return Waveform("", message[20 : 20 + name].decode("ascii"), int(time), rate, samples, scale)


def test_values_carry_their_time_and_doubt() -> None:
    assert json.loads(values_message([SPO2])) == {
        "type": "vitals",
        "values": [{"metric": "spo2", "value": 97, "time": BUILD_FLOOR, "flags": ["motion", "low_battery"]}],
    }


def test_a_heartbeat_carries_the_time() -> None:
    assert json.loads(beat_message(5)) == {"type": "beat", "time": 5}


@given(
    st.sampled_from(["ecg", "pleth"]),
    st.lists(st.integers(-32768, 32767), max_size=3 * MAX_SAMPLES),
    st.sampled_from([60.0, 75.0, 250.0]),
)
def test_a_waveform_arrives_whole_and_in_order(metric: str, samples: list[int], rate: float) -> None:
    sent = Waveform("chest", metric, BUILD_FLOOR, rate, tuple(samples), 0.5)
    got = [read_waveform(message) for message in waveform_messages(sent)]
    assert tuple(sample for block in got for sample in block.samples) == sent.samples
    after = 0
    for block in got:
        assert (block.metric, block.rate, block.scale) == (metric, rate, 0.5)
        assert abs(block.time - (sent.time + after / rate * 1_000_000)) <= 1
        after += len(block.samples)


def test_a_feed_sends_what_is_new_once_and_waveforms_at_once() -> None:
    latest, sent = LatestReadings(), list[str | bytes]()
    feed = VitalsFeed(latest, lambda message: sent.append(message) or True)
    feed.flush(everything=True)
    assert sent == []
    latest.put(SPO2)
    latest.put(SensorStatus("oximeter", BUILD_FLOOR, Link.UP))
    latest.put(Measurement("meter", "glucose", 110, BUILD_FLOOR, stored=True))
    feed.flush(everything=False)
    feed.flush(everything=False)
    latest.put(PULSE)
    latest.put(Waveform("oximeter", "pleth", BUILD_FLOOR, 75, (1, 2)))
    feed.flush(everything=False)
    feed.flush(everything=True)
    feed.close()
    latest.put(SPO2)
    feed.flush(everything=False)
    assert [message if isinstance(message, bytes) else _metrics(message) for message in sent] == [
        ["spo2"],
        *waveform_messages(Waveform("oximeter", "pleth", BUILD_FLOOR, 75, (1, 2))),
        ["pulse_rate"],
        ["spo2", "pulse_rate"],
    ]


def test_a_feed_keeps_what_the_channel_did_not_take() -> None:
    latest, sent, takes = LatestReadings(), list[str | bytes](), [False]
    feed = VitalsFeed(latest, lambda message: (sent.append(message) or True) if takes[0] else False)
    latest.put(SPO2)
    feed.flush(everything=False)
    takes[0] = True
    feed.flush(everything=False)
    assert [_metrics(str(message)) for message in sent] == [["spo2"]]


def _metrics(message: str) -> list[str]:
    return [value["metric"] for value in json.loads(message)["values"]]
