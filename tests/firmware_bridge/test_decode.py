from __future__ import annotations

import json

import pytest

from devices.errors import DecodeError
from firmware_bridge.decode import MAX_FRAMES, decode
from firmware_bridge.descriptor import Descriptor
from firmware_bridge.frames import Frame
from firmware_bridge.messages import Identify, Page
from tests.firmware_bridge.host_board import TARGET

VECTORS = json.loads((TARGET.parent / "vectors" / "frames.json").read_text())
WIRE = {row["name"]: row["wire"] for row in VECTORS["good"]}


def one(name: str) -> dict:
    answer = decode({"kind": "node", "hex": WIRE[name]})
    (frame,) = answer["frames"]
    assert answer["rejected"] == 0
    return frame


def test_every_golden_frame_is_named_and_json() -> None:
    answer = decode({"hex": "".join(WIRE.values())})
    assert answer["count"] == len(WIRE)
    assert answer["rejected"] == 0
    assert not any(frame["type"].startswith("0x") for frame in answer["frames"])
    assert json.loads(json.dumps(answer)) == answer


def test_a_call() -> None:
    assert one("nurse call") == {
        "type": "event",
        "from": "node",
        "seq": 3,
        "t_us": 1006000,
        "flags": [],
        "node": "5eed0001",
        "boot": 23,
        "event": 7,
        "behind": 0,
        "age": 0,
        "kind": "call",
        "value": 0,
        "count": 1,
    }
    assert one("nurse call again, five seconds later")["flags"] == ["repeat"]
    assert one("oximeter failed")["value"] == "oximeter"


def test_a_heartbeat() -> None:
    beat = one("heartbeat of a poor line")
    assert (beat["reset"], beat["inputs"], beat["faults"]) == (
        "watchdog",
        ["call", "mat"],
        ["oximeter", "temperature"],
    )
    assert one("heartbeat")["streams"][0] == {"stream": 1, "next": 900000}


def test_samples() -> None:
    block = one("ecg block with a lead off")
    assert (block["doubts"], block["channels"]) == (["no_contact", "lead_plus"], [[1023] * 25])
    assert one("frost")["channels"] == [[-525]]


def test_commands() -> None:
    assert one("acknowledgement of two events")["events"] == [7, 256]
    assert one("restart into the loader")["mode"] == "loader"
    assert one("command refused")["code"] == "busy"
    assert one("identify")["from"] == "host"


def test_a_whole_descriptor_is_said_at_its_last_page() -> None:
    pages = [WIRE[name] for name in ("first page of a descriptor", "last page of a descriptor")]
    first, last = decode({"hex": "".join(pages)})["frames"]
    assert "descriptor" not in first
    assert last["descriptor"]["board"] == "m328p"
    assert last["descriptor"]["streams"][0]["kind"] == "ecg"
    assert last["descriptor"]["update"] == {"method": "stk500", "baud": 115200}
    (alone,) = decode({"hex": pages[1]})["frames"]
    assert "descriptor" not in alone


def test_a_descriptor_that_is_nonsense_or_unknown() -> None:
    def pages(data: bytes) -> dict:
        (frame,) = decode({"hex": bytes(Frame(0x85, bytes(Page(0, len(data), data)))).hex()})["frames"]
        return frame

    assert pages(b"\1\5a")["descriptor"] == {"error": "descriptor of 3 bytes breaks off in the record at 0"}
    assert pages(bytes(Descriptor(events=(200,))))["descriptor"]["events"] == [200]
    assert "descriptor" not in pages(b"")


def test_what_is_unknown_or_malformed_is_said_so() -> None:
    wires = [Frame(0xF0, b"\1\2", major=3), Frame(0x83, b"\1"), Frame(0x0F, b"x")]
    answer = decode({"hex": b"".join(map(bytes, wires)).hex()})
    newer, malformed, host = answer["frames"]
    assert (newer["type"], newer["payload"], newer["major"]) == ("0xf0", "0102", 3)
    assert malformed["error"] == "event has 1 bytes, 20 at least are needed"
    assert (host["from"], host["type"]) == ("host", "0x0f")


def test_refused_pieces_are_counted() -> None:
    answer = decode({"hex": "".join(row["wire"] for row in VECTORS["bad"])})
    assert answer["frames"] == []
    assert answer["rejected"] == len(VECTORS["bad"])
    assert sum(answer["refused"].values()) == answer["rejected"]


def test_no_more_is_printed_than_a_person_reads() -> None:
    answer = decode({"hex": (bytes(Frame(8, bytes(Identify(1)))) * (MAX_FRAMES + 5)).hex()})
    assert (len(answer["frames"]), answer["count"]) == (MAX_FRAMES, MAX_FRAMES + 5)


@pytest.mark.parametrize(
    ("request_", "text"), [({}, "missing"), ({"hex": 5}, "string"), ({"hex": "0"}, "pairs")]
)
def test_malformed_requests(request_: dict, text: str) -> None:
    with pytest.raises(DecodeError, match=text):
        decode(request_)
