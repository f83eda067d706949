"""The host's side of one node's line: bytes in, events once, samples counted, bytes to send. Pure.

Rules:
- Who the node is (`node`, `boot`) is said by HELLO and by every heartbeat. A change means that it started anew: the clock's
  model, the sequence and the sample indexes begin again; what was delivered stays known.
- An event is handed out once, and again only if nobody confirmed it for two seconds. Its ACK goes out when `confirm` is
  called; a repetition of a confirmed one is acknowledged again by the next `poll`.
- Events of a node without a name are not taken: it is named first, and repeats them under its name.
- No heartbeat for `LOST_AFTER`: the node is lost, and its samples are withheld until the next one, whatever else it sends.
- Another major version: nothing is taken but HELLO.
"""

from __future__ import annotations

import enum
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from devices.clock import SECOND
from devices.errors import DecodeError
from firmware_bridge.descriptor import Descriptor, Stream
from firmware_bridge.frames import MAJOR, Deframer, Frame
from firmware_bridge.ledger import EventLedger, SampleLedger
from firmware_bridge.messages import (
    AGE_UNKNOWN,
    FROM_NODE,
    MINOR,
    PAGE,
    Code,
    Describe,
    Happened,
    Heartbeat,
    Hello,
    HostHello,
    HostMessage,
    Identify,
    Kind,
    Mode,
    Name,
    NodeMessage,
    Page,
    Restart,
    Result,
    Samples,
    SetStream,
    SyncReply,
    SyncRequest,
    from_node,
)
from firmware_bridge.timing import Timing

BAUDRATE = 115_200

BYTE = 10 * SECOND / BAUDRATE
"Microseconds of one byte on the line."

SYNC_EVERY = 900_000
"Microseconds between two clock exchanges; the shell asks about twice a second."

ANSWER_WITHIN = SECOND
"An answer to a clock question that takes longer says nothing."

LOST_AFTER = 3 * SECOND
"Without a heartbeat."

HELLO_AFTER = 2 * SECOND
"Silence before the node is asked again who it is."

PAGES_AT_ONCE = 2
"Descriptor pages asked for in one go: three questions fit the node's receiving ring many times over."

MAX_DESCRIPTOR = 4096
"Bytes; what a HELLO says beyond it is not fetched. Bounds memory."

_SYNC_LINE = round((len(bytes(Frame(2, bytes(4)))) + len(bytes(Frame(0x82, bytes(8))))) * BYTE)


class Says(enum.Enum):
    """What a session tells that is no reading."""

    STARTED = enum.auto()
    "The node started anew; `detail` says why."
    DESCRIBED = enum.auto()
    "The descriptor is known."
    ALIVE = enum.auto()
    "It answered the question for the time: a sign of life between two heartbeats."
    LOST = enum.auto()
    "No heartbeat for three seconds, though bytes come."
    INCOMPATIBLE = enum.auto()
    "It speaks another major version."
    UPDATING = enum.auto()
    "It goes into its loader, as it was told."


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the node itself."""

    says: Says
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event, to be handed on once."""

    message: Happened
    time: int
    "When it happened, in the host's time."
    identity: str
    dated: bool
    "False if its time is that of its arrival: it happened in an earlier run."


@dataclass(frozen=True, slots=True)
class Block:
    """Samples of one stream."""

    stream: Stream
    message: Samples
    time: int
    "Of the first sample, in the host's time."
    lost: int
    "Samples missing right before it."


@dataclass(frozen=True, slots=True)
class Beat:
    """The node is well, or says what is not."""

    message: Heartbeat


Output = Note | Occurrence | Block | Beat


@dataclass(slots=True)
class Counts:
    """What went wrong on the line, and how much of it."""

    frames: int = 0
    "Whole frames received."
    missing: int = 0
    "Frames that the sequence says were sent and that did not arrive."
    malformed: int = 0
    echoes: int = 0
    "Frames that a host must have sent: the line echoes."
    unknown: int = 0
    "Frames of types that a newer version brought."
    foreign: int = 0
    "Frames of another major version."
    unnamed: int = 0
    "Events of a node that has no name yet; it repeats them."
    unused: int = 0
    "Blocks of streams that no descriptor named."


class Session:
    """One node, as long as its line stands."""

    def __init__(self, name: Callable[[], int]) -> None:
        """Start before the first byte.

        Args:
            name: makes a new node's name: 32 random bits, never 0.
        """
        self._name = name
        self._deframer = Deframer()
        self._seq = 0
        self._next_seq: int | None = None
        self._events = EventLedger()
        self._asked: tuple[int, int] | None = None
        self._cookie = 0
        self._hello_at = 0
        self._last_beat: int | None = None
        self._heard_at: int | None = None
        self._pages: dict[int, bytes] = {}
        self._given: int | None = None
        self._restarting: int | None = None
        self._incompatible = self._lost = False
        self.timing = Timing()
        self.streams: dict[int, SampleLedger] = {}
        self.counts = Counts()
        self.hello: Hello | None = None
        self.beat: Heartbeat | None = None
        self.descriptor: Descriptor | None = None
        self.last_error = ""

    @property
    def rejected(self) -> int:
        """Pieces of the stream that were no frames, and frames that were malformed or an echo."""
        return self._deframer.rejected + self.counts.malformed + self.counts.echoes

    @property
    def refused(self) -> dict[str, int]:
        """Pieces of the stream that were no frames, by the reason."""
        return {verdict.value: count for verdict, count in self._deframer.counts.items()}

    @property
    def repeated(self) -> int:
        """Events that came more than once."""
        return self._events.repeated

    @property
    def run(self) -> tuple[int, int] | None:
        """Name and number of the start of the node, as last said."""
        newest = self.beat or self.hello
        return (newest.node, newest.boot) if newest else None

    # ---- to the node

    def opened(self, now: int) -> bytes:
        """Return what to send when the line stands."""
        self._hello_at = now
        return b"\0" + self._frame(HostHello(MAJOR, MINOR)) + self._sync(now)

    def poll(self, now: int) -> bytes:
        """Return what to send because time has passed. `now` is 0 while the host's time is unknown."""
        out = [self._frame(ack) for ack in self._events.acks()]
        out += [self._frame(message) for message in self._questions(now)]
        if now == 0 or self._asked is None or abs(now - self._asked[1]) >= SYNC_EVERY:
            out.append(self._sync(now))
        return b"".join(out)

    def confirm(self) -> bytes:
        """Everything handed out so far is on disk: return the acknowledgements."""
        self._events.confirm()
        return b"".join(self._frame(ack) for ack in self._events.acks())

    def restart(self, mode: Mode) -> bytes:
        """Return the command to start anew, into its loader or not."""
        self._restarting = self._seq if mode is Mode.LOADER else None
        return self._frame(Restart(mode))

    def identify(self, seconds: int) -> bytes:
        """Return the command to flash the lamp."""
        return self._frame(Identify(seconds))

    def set_stream(self, stream: int, *, on: bool) -> bytes:
        """Return the command to take samples of a stream, or not."""
        return self._frame(SetStream(stream, int(on)))

    def _frame(self, message: HostMessage) -> bytes:
        seq, self._seq = self._seq, (self._seq + 1) & 0xFFFF
        return bytes(Frame(message.TYPE, bytes(message), seq))

    def _sync(self, now: int) -> bytes:
        self._cookie = self._cookie % 0xFFFF_FFFF + 1
        self._asked = (self._cookie, now)
        return self._frame(SyncRequest(self._cookie))

    def _questions(self, now: int) -> Iterable[HostMessage]:
        run, hello = self.run, self.hello
        if self._incompatible or hello is None or (hello.node, hello.boot) != run:
            # Somebody is there: at once. Nobody was heard: now and then.
            if now == 0 or abs(now - self._hello_at) >= HELLO_AFTER or self.beat is not None:
                self._hello_at = now
                yield HostHello(MAJOR, MINOR)
            return
        if hello.node == 0:
            # The same one until it is taken: a name may have arrived though its answer did not.
            self._given = self._given or self._name()
            yield Name(self._given)
        if self.descriptor is None:
            missing = [at for at in range(0, hello.descriptor_length, PAGE) if at not in self._pages]
            yield from (Describe(at) for at in missing[:PAGES_AT_ONCE])

    # ---- from the node

    def receive(self, data: bytes, now: int) -> list[Output]:
        """Return what these bytes say.

        Args:
            data: bytes as they came.
            now: time of arrival of the first of them.
        """
        out: list[Output] = []
        for frame in self._deframer.feed(data):
            self._take(frame, now + round(frame.end * BYTE), out)
        if self._deframer.last_error:
            self.last_error, self._deframer.last_error = self._deframer.last_error, ""
        self._notice_loss(now, out)
        return out

    def _notice_loss(self, now: int, out: list[Output]) -> None:
        before, self._heard_at = self._heard_at, now
        if self._last_beat is None or before is None or not 0 <= now - before <= LOST_AFTER:
            # The line itself was silent, which the shell notices, or the host's clock was set.
            self._last_beat = now
        silent = now - self._last_beat
        if silent > LOST_AFTER and not self._lost:
            self._lost = True
            out.append(Note(Says.LOST, f"no heartbeat for {silent / SECOND:.1f} s"))

    def _take(self, frame: Frame, now: int, out: list[Output]) -> None:
        if not frame.type & FROM_NODE:
            self.counts.echoes += 1
            self.last_error = "line echoes what the host sends"
            return
        if frame.major != MAJOR and frame.type != Hello.TYPE:
            self.counts.foreign += 1
            return
        self.counts.frames += 1
        try:
            message = from_node(frame)
        except DecodeError as error:
            self.counts.malformed += 1
            self.last_error = str(error)
            return
        if message is None:
            self.counts.unknown += 1
        self._identify(message, out)
        self._sequence(frame)
        if message is not None and not self._incompatible:
            self._dispatch(message, frame, now, out)

    def _sequence(self, frame: Frame) -> None:
        if self._next_seq is not None:
            self.counts.missing += (frame.seq - self._next_seq) & 0xFFFF
        self._next_seq = (frame.seq + 1) & 0xFFFF

    def _identify(self, message: NodeMessage | None, out: list[Output]) -> None:
        """Find out whether the node is another one, or started anew."""
        if not isinstance(message, Hello | Heartbeat):
            return
        before, uptime = self.run, self.beat.uptime if self.beat else 0
        if isinstance(message, Hello):
            self._meet(message, out)
        if before is None:
            return
        same = before[1] == message.boot and before[0] in {0, message.node}
        if same and not (isinstance(message, Heartbeat) and message.uptime < uptime):
            return
        self.timing.restart()
        self._asked = self._next_seq = self._given = self.beat = None
        for account in self.streams.values():
            account.expected = 0
        out.append(Note(Says.STARTED, _cause(message.reset)))

    def _meet(self, hello: Hello, out: list[Output]) -> None:
        self._incompatible = hello.major != MAJOR
        if self._incompatible:
            theirs, ours = f"{hello.major}.{hello.minor}", f"{MAJOR}.{MINOR}"
            out.append(Note(Says.INCOMPATIBLE, f"node speaks version {theirs}, edge {ours}"))
        if self.hello is None or self.hello.descriptor_crc != hello.descriptor_crc:
            self._pages = {}
            fits = 0 < hello.descriptor_length <= MAX_DESCRIPTOR
            self.descriptor = None if fits else Descriptor()
        self.hello = hello
        if self.beat is not None and (self.beat.node, self.beat.boot) != (hello.node, hello.boot):
            self.beat = None

    def _dispatch(self, message: NodeMessage, frame: Frame, now: int, out: list[Output]) -> None:
        match message:
            case Samples():
                self._block(message, frame.t_us, now, out)
            case Happened():
                self._happened(message, frame.t_us, now, out)
            case Heartbeat():
                self._beat(message, frame.t_us, now, out)
            case Hello():
                self.timing.sent(frame.t_us, now)
            case SyncReply():
                self._synced(message, frame.t_us, now)
                if not self._lost:
                    out.append(Note(Says.ALIVE))
            case Page():
                self._page(message, out)
            case _:
                self._result(message, out)

    def _beat(self, message: Heartbeat, t_us: int, now: int, out: list[Output]) -> None:
        self.timing.uptime(t_us, message.uptime, now)
        self.beat = message
        self._last_beat = now
        self._lost = False
        for stream, index in message.streams:
            self._account(stream).reach(index)
        out.append(Beat(message))

    def _account(self, stream: int) -> SampleLedger:
        return self.streams.setdefault(stream, SampleLedger())

    def _block(self, message: Samples, t_us: int, now: int, out: list[Output]) -> None:
        lost = self._account(message.stream).take(message.index, message.count)
        stream = self.descriptor.stream(message.stream) if self.descriptor else None
        if lost is None:
            return
        if stream is None or stream.format != message.format:
            self.counts.unused += 1
            return
        if self._lost:
            return
        placed = self.timing.place(t_us)
        if placed is None:
            placed = now - round(message.count * SECOND * 1000 / max(stream.millihertz, 1))
        out.append(Block(stream, message, placed, lost))

    def _happened(self, message: Happened, t_us: int, now: int, out: list[Output]) -> None:
        if message.node == 0:
            self.counts.unnamed += 1
            return
        if message.node == self._given:
            self._given = None  # taken, and never given a second time
        if not self._events.take(message, now):
            return
        if message.kind not in set(Kind):
            self.counts.unknown += 1
            self._events.settle(message)
            return
        dated = message.age != AGE_UNKNOWN
        placed = self.timing.place(t_us, message.age) if dated else now
        if placed is None:
            placed = now - message.age * SECOND
        identity = f"{message.node:08x}.{message.boot:x}.{message.event:x}"
        out.append(Occurrence(message, placed, identity, dated))

    def settle(self, message: Happened) -> None:
        """Take an event for done that nobody keeps on disk; the next `poll` acknowledges it."""
        self._events.settle(message)

    def _synced(self, message: SyncReply, t_us: int, now: int) -> None:
        asked = self._asked
        if asked is None or asked[0] != message.cookie or asked[1] == 0:
            return
        self._asked = (0, asked[1])  # cookies are never 0: a second copy of the answer fits nothing
        if 0 <= now - asked[1] <= ANSWER_WITHIN:
            self.timing.exchange(asked[1], message.received_us, t_us, now, _SYNC_LINE)

    def _page(self, message: Page, out: list[Output]) -> None:
        hello = self.hello
        if hello is None or self.descriptor is not None or message.offset % PAGE or not message.data:
            return
        total = hello.descriptor_length
        if message.total == hello.descriptor_length and message.offset < total:
            self._pages[message.offset] = message.data
        if any(at not in self._pages for at in range(0, total, PAGE)):
            return
        whole = b"".join(self._pages[at] for at in range(0, total, PAGE))
        self._pages = {}
        if zlib.crc32(whole) != hello.descriptor_crc:
            self.last_error = "descriptor has a wrong CRC"
            return
        try:
            self.descriptor = Descriptor.parse(whole)
        except DecodeError as error:
            self.counts.malformed += 1
            self.last_error = str(error)
            self.descriptor = Descriptor()
        self.timing.trust(self.descriptor.ppm)
        out.append(Note(Says.DESCRIBED, f"{self.descriptor.board} firmware {self.descriptor.firmware}"))

    def _result(self, message: Result, out: list[Output]) -> None:
        if message.seq == self._restarting and message.command == Restart.TYPE:
            self._restarting = None
            if message.code == Code.OK:
                out.append(Note(Says.UPDATING, "node is in its loader"))


def _cause(reset: int) -> str:
    names = {1: "power", 2: "brown-out", 3: "external reset", 4: "watchdog", 5: "command"}
    return f"started anew: {names.get(reset, 'unknown cause')}"
