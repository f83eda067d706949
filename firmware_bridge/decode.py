"""Kind `node` of `veilleuse decode`: bytes captured from a room node's line, either direction or both mixed.

In:   {"kind": "node", "hex": "00..."}
Out:  {"frames": [{"type": "heartbeat", "from": "node", "seq": 7, "t_us": 1000, "flags": [], ...its fields}],
       "count": 1, "rejected": 0, "refused": {"bad_crc": 0, ...}}
"""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

from devices.decoders.request import Request, data
from devices.errors import DecodeError
from firmware_bridge.descriptor import Descriptor, StreamKind, UpdateMethod
from firmware_bridge.frames import MAJOR, Deframer, Flag, Frame
from firmware_bridge.messages import (
    FROM_NODE,
    Ack,
    Code,
    Describe,
    Happened,
    Heartbeat,
    Hello,
    HostHello,
    HostMessage,
    Identify,
    Input,
    Kind,
    Mode,
    Name,
    NodeMessage,
    Page,
    Part,
    Reset,
    Restart,
    Result,
    SampleFlag,
    Samples,
    SetStream,
    SyncReply,
    SyncRequest,
    from_host,
    from_node,
)

MAX_FRAMES = 1000
"Frames printed of one line; all are counted."

_NAMES: dict[type, str] = {
    HostHello: "hello",
    SyncRequest: "sync",
    Ack: "ack",
    Name: "name",
    Describe: "describe",
    SetStream: "stream",
    Restart: "restart",
    Identify: "identify",
    Hello: "hello",
    SyncReply: "sync",
    Happened: "event",
    Result: "result",
    Page: "page",
    Heartbeat: "heartbeat",
    Samples: "samples",
}


def decode(request: Request) -> dict[str, Any]:
    """Return what a captured piece of a line says.

    Args:
        request: `hex`, the bytes. A frame at its beginning counts only if it is whole.

    Raises:
        DecodeError: the request is malformed.
    """
    deframer = Deframer()
    frames = deframer.feed(data(request))
    pages = _Pages()
    return {
        "frames": [_plain(frame, pages) for frame in frames[:MAX_FRAMES]],
        "count": len(frames),
        "rejected": deframer.rejected,
        "refused": {verdict.value: count for verdict, count in deframer.counts.items()},
    }


class _Pages:
    """Puts a descriptor together from the pages of one capture."""

    def __init__(self) -> None:
        self._whole = b""

    def add(self, page: Page) -> dict[str, Any] | None:
        """Return the descriptor if this page ends it."""
        if page.offset == 0:
            self._whole = b""
        if page.offset != len(self._whole):
            return None
        self._whole += page.data
        if not page.data or len(self._whole) != page.total:
            return None
        try:
            return _descriptor(Descriptor.parse(self._whole))
        except DecodeError as error:
            return {"error": str(error)}


def _plain(frame: Frame, pages: _Pages) -> dict[str, Any]:
    node = bool(frame.type & FROM_NODE)
    head: dict[str, Any] = {
        "type": f"{frame.type:#04x}",
        "from": "node" if node else "host",
        "seq": frame.seq,
        "t_us": frame.t_us,
        "flags": _bits(Flag, frame.flags),
    }
    if frame.major != MAJOR:
        head["major"] = frame.major
    try:
        message = from_node(frame) if node else from_host(frame)
    except DecodeError as error:
        return {**head, "error": str(error)}
    if message is None:
        return {**head, "payload": frame.payload.hex()}
    return {**head, "type": _NAMES[type(message)], **_fields(message, pages)}


def _fields(message: NodeMessage | HostMessage, pages: _Pages) -> dict[str, Any]:
    fields = {field.name: getattr(message, field.name) for field in dataclasses.fields(message)}
    if "node" in fields:
        fields["node"] = f"{fields['node']:08x}"
    match message:
        case Hello():
            fields["reset"] = _name(Reset, message.reset)
            fields["descriptor_crc"] = f"{message.descriptor_crc:08x}"
        case Happened():
            fields["kind"] = _name(Kind, message.kind)
            if message.kind in {Kind.FAULT, Kind.REPAIRED}:
                fields["value"] = _name(Part, message.value)
        case Heartbeat():
            fields["reset"] = _name(Reset, message.reset)
            fields["inputs"] = _bits(Input, message.inputs)
            fields["faults"] = [_name(Part, bit) for bit in range(8) if message.faults >> bit & 1]
            fields["streams"] = [{"stream": stream, "next": index} for stream, index in message.streams]
        case Samples():
            del fields["format"], fields["data"]
            # Not `flags`: that is the frame's own.
            fields["doubts"] = _bits(SampleFlag, fields.pop("flags"))
            fields["channels"] = [list(channel) for channel in message.channels()]
        case Page():
            fields["data"] = message.data.hex()
            descriptor = pages.add(message)
            if descriptor is not None:
                fields["descriptor"] = descriptor
        case Result():
            fields["code"] = _name(Code, message.code)
        case Restart():
            fields["mode"] = _name(Mode, message.mode)
            fields["key"] = f"{message.key:08x}"
        case Ack():
            fields["events"] = list(message.events)
    return fields


def _descriptor(descriptor: Descriptor) -> dict[str, Any]:
    streams = [
        {
            "stream": stream.id,
            "kind": _name(StreamKind, stream.kind),
            "channels": stream.format >> 4,
            "bytes": stream.format & 15,
            "rate": stream.rate,
            "zero": stream.zero,
            "scale": stream.scale,
        }
        for stream in descriptor.streams
    ]
    return {
        "board": descriptor.board,
        "firmware": descriptor.firmware,
        "hardware": descriptor.hardware,
        "clock_ppm": descriptor.ppm,
        "streams": streams,
        "events": [_name(Kind, kind) for kind in descriptor.events],
        "update": {"method": _name(UpdateMethod, descriptor.update), "baud": descriptor.baud},
    }


def _name(names: type[enum.IntEnum], value: int) -> str | int:
    return names(value).name.lower() if value in set(names) else value


def _bits(names: type[enum.IntFlag], value: int) -> list[str]:
    return [(flag.name or "").lower() for flag in names if value & flag]
