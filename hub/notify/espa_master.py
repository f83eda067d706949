"""The alarm system's side of an ESPA 4.4.4 dialogue: a table, times as arguments, no I/O.

Rules:

- One dialogue at a time. We select the station, wait for its ACK, send one block, wait for its ACK, and end with EOT. A
  link is proved by a selection without a block (`PROBE`) or by a poll (`POLL`).
- A station that has something to tell selects us; its block is acknowledged when its check is right, refused when not.
- No answer in `answer` seconds, or one that means "again", is tried again after EOT and a pause, at most `attempts` times
  and never beyond `message` seconds in all: then the dialogue ends with the result in its row.
- What has no row changes nothing and is counted in `strays`: a line has noise, and stations have manners of their own.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.clock import SECOND
from hub.notify.espa import ACK, ENQ, EOT, NAK, Block, Damaged, Decoder, Signal, Token


class State(enum.Enum):
    """Where the dialogue stands."""

    IDLE = enum.auto()
    SELECTING = enum.auto()
    SENDING = enum.auto()
    PROBING = enum.auto()
    POLLING = enum.auto()
    PAUSING = enum.auto()
    "EOT was sent; a new attempt follows."
    RECEIVING = enum.auto()
    "The station has selected us."


class Input(enum.Enum):
    """What moves it: a wish of ours, something from the line, or the end of a wait."""

    CALL = enum.auto()
    PROBE = enum.auto()
    POLL = enum.auto()
    ACKED = enum.auto()
    GARBLED = enum.auto()
    "NAK, alone or with 1: a transmission error."
    BUSY = enum.auto()
    INVALID = enum.auto()
    EOT = enum.auto()
    SELECTED = enum.auto()
    BLOCK = enum.auto()
    DAMAGED = enum.auto()
    TIMEOUT = enum.auto()


class Result(enum.Enum):
    """How a dialogue of ours ended."""

    TAKEN = enum.auto()
    "The station acknowledged the block."
    ANSWERED = enum.auto()
    "A probe or poll was answered, whatever the answer."
    BUSY = enum.auto()
    REFUSED = enum.auto()
    "The station understood the block and does not want it."
    GARBLED = enum.auto()
    "The station did not understand it, every time."
    SILENT = enum.auto()


class Send(enum.Enum):
    """What goes over the line."""

    SELECT = enum.auto()
    POLL = enum.auto()
    BLOCK = enum.auto()
    ACK = enum.auto()
    NAK = enum.auto()
    EOT = enum.auto()


@dataclass(frozen=True, slots=True)
class Move:
    """A row of the table: where to, and what is sent."""

    to: State
    send: tuple[Send, ...] = ()
    result: Result | None = None
    "How the dialogue ends; with `again`, only when no attempt is left."
    again: bool = False
    "One attempt is used up."


_S, _I, _R = State, Input, Result
_AGAIN_SILENT = Move(_S.PAUSING, (Send.EOT,), _R.SILENT, again=True)
_AGAIN_BUSY = Move(_S.PAUSING, (Send.EOT,), _R.BUSY, again=True)
_ALIVE = Move(_S.IDLE, (Send.EOT,), _R.ANSWERED)
_HEARD = Move(_S.RECEIVING, (Send.ACK,))

TABLE: dict[tuple[State, Input], Move] = {
    (_S.IDLE, _I.CALL): Move(_S.SELECTING, (Send.SELECT,)),
    (_S.IDLE, _I.PROBE): Move(_S.PROBING, (Send.SELECT,)),
    (_S.IDLE, _I.POLL): Move(_S.POLLING, (Send.POLL,)),
    (_S.IDLE, _I.SELECTED): _HEARD,
    (_S.SELECTING, _I.ACKED): Move(_S.SENDING, (Send.BLOCK,)),
    (_S.SELECTING, _I.GARBLED): _AGAIN_BUSY,
    (_S.SELECTING, _I.BUSY): _AGAIN_BUSY,
    (_S.SELECTING, _I.INVALID): _AGAIN_BUSY,
    (_S.SELECTING, _I.EOT): _AGAIN_BUSY,
    (_S.SELECTING, _I.TIMEOUT): _AGAIN_SILENT,
    (_S.SENDING, _I.ACKED): Move(_S.IDLE, (Send.EOT,), _R.TAKEN),
    (_S.SENDING, _I.GARBLED): Move(_S.SENDING, (Send.BLOCK,), _R.GARBLED, again=True),
    (_S.SENDING, _I.BUSY): _AGAIN_BUSY,
    (_S.SENDING, _I.INVALID): Move(_S.IDLE, (Send.EOT,), _R.REFUSED),
    (_S.SENDING, _I.EOT): _AGAIN_BUSY,
    (_S.SENDING, _I.TIMEOUT): _AGAIN_SILENT,
    (_S.PROBING, _I.ACKED): _ALIVE,
    (_S.PROBING, _I.GARBLED): _ALIVE,
    (_S.PROBING, _I.BUSY): _ALIVE,
    (_S.PROBING, _I.INVALID): _ALIVE,
    (_S.PROBING, _I.EOT): _ALIVE,
    (_S.PROBING, _I.TIMEOUT): _AGAIN_SILENT,
    (_S.POLLING, _I.ACKED): _ALIVE,
    (_S.POLLING, _I.GARBLED): _ALIVE,
    (_S.POLLING, _I.BUSY): _ALIVE,
    (_S.POLLING, _I.INVALID): _ALIVE,
    (_S.POLLING, _I.EOT): Move(_S.IDLE, (), _R.ANSWERED),
    (_S.POLLING, _I.SELECTED): _HEARD,
    (_S.POLLING, _I.TIMEOUT): _AGAIN_SILENT,
    # The wish is put again when the pause is over.
    (_S.PAUSING, _I.CALL): Move(_S.SELECTING, (Send.SELECT,)),
    (_S.PAUSING, _I.PROBE): Move(_S.PROBING, (Send.SELECT,)),
    (_S.PAUSING, _I.POLL): Move(_S.POLLING, (Send.POLL,)),
    (_S.RECEIVING, _I.SELECTED): _HEARD,
    (_S.RECEIVING, _I.BLOCK): _HEARD,
    (_S.RECEIVING, _I.DAMAGED): Move(_S.RECEIVING, (Send.NAK,)),
    (_S.RECEIVING, _I.EOT): Move(_S.IDLE, (), _R.ANSWERED),
    (_S.RECEIVING, _I.TIMEOUT): Move(_S.IDLE, (Send.EOT,), _R.ANSWERED),
}

_WISHES = frozenset({_I.CALL, _I.PROBE, _I.POLL})
_DIGITS = {b"2": _I.BUSY, b"3": _I.INVALID}
_CODES = {ACK: _I.ACKED, EOT: _I.EOT}


@dataclass(frozen=True, slots=True)
class Timing:
    """Addresses and times of a site; seconds."""

    own: bytes = b"1"
    station: bytes = b"2"
    answer: float = 2.5
    "For an answer; of public code."
    message: float = 15.0
    "For a message with all its attempts; of public code."
    pause: float = 0.5
    "Between EOT and the next attempt."
    attempts: int = 3
    baudrate: int = 9600


class Master:
    """One dialogue after the other. Times are monotonic, microseconds."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._decoder = Decoder()
        self._wish: Input | None = None
        self._block: Block | None = None
        self._left = 0
        self._end = 0
        self._out = bytearray()
        self._results: list[Result] = []
        self._received: list[Block] = []
        self.state = State.IDLE
        self.deadline: int | None = None
        "When `tick` has something to do."
        self.strays = 0
        "Messages that did not belong where they came."
        self.blocks = 0
        "How often the block of the last call went over the line: what was not acknowledged may have been shown all the same."

    @property
    def idle(self) -> bool:
        """Whether a dialogue can begin."""
        return self.state is State.IDLE

    @property
    def noise(self) -> int:
        """Bytes that belonged to nothing."""
        return self._decoder.noise

    def call(self, block: Block, now: int) -> None:
        """Begin to send a block; the line must be idle."""
        self._block, self.blocks = block, 0
        self._begin(Input.CALL, now)

    def probe(self, now: int, *, poll: bool = False) -> None:
        """Begin to find out whether the station is there; the line must be idle."""
        self._begin(Input.POLL if poll else Input.PROBE, now)

    def receive(self, data: bytes, now: int) -> None:
        """Take what came from the line."""
        for token in self._decoder.receive(data):
            self._take(token, now)
        if self.state is State.RECEIVING:
            # A slow line is not a silent one, but not for ever.
            self._wait(self._timing.answer, now)

    def tick(self, now: int) -> None:
        """Do what is due."""
        if self.deadline is None or now < self.deadline:
            return
        self._decoder.reset()
        if self.state is State.PAUSING and self._wish is not None:
            self._apply(TABLE[State.PAUSING, self._wish], now)
        else:
            self._apply(TABLE[self.state, Input.TIMEOUT], now)

    def data_to_send(self) -> bytes:
        """Return what is to go over the line."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def results(self) -> list[Result]:
        """Return how dialogues of ours ended since the last time: one at most, unless a new one was begun."""
        results, self._results = self._results, []
        return results

    def received(self) -> list[Block]:
        """Return what the station told since the last time."""
        received, self._received = self._received, []
        return received

    def _begin(self, wish: Input, now: int) -> None:
        if not self.idle:
            raise RuntimeError(f"the line is not idle but {self.state.name}")
        self._wish = wish
        self._left = self._timing.attempts - 1
        self._end = now + round(self._timing.message * SECOND)
        self._apply(TABLE[State.IDLE, wish], now)

    def _take(self, token: Token, now: int) -> None:
        if token == Signal(ENQ, self._timing.station):
            # The first half of a selection says who selects.
            return
        said = self._input(token)
        move = None if said is None else TABLE.get((self.state, said))
        if move is None:
            self.strays += 1
            return
        if self.idle:
            self._end = now + round(self._timing.message * SECOND)
        if isinstance(token, Block):
            self._received.append(token)
        self._apply(move, now)

    def _input(self, token: Token) -> Input | None:
        if isinstance(token, Block):
            return Input.BLOCK
        if isinstance(token, Damaged):
            return Input.DAMAGED
        if token.code == NAK:
            return _DIGITS.get(token.prefix[-1:], Input.GARBLED)
        if token.code == ENQ:
            return Input.SELECTED if token.prefix == self._timing.own else None
        return _CODES[token.code]

    def _apply(self, move: Move, now: int) -> None:
        if move.again and (not self._left or now + round(self._timing.pause * SECOND) >= self._end):
            move = Move(State.IDLE, (Send.EOT,), move.result)
        elif move.again:
            self._left -= 1
        ended = move.to is State.IDLE
        sent = b"".join(self._bytes(each) for each in move.send)
        self.blocks += move.send.count(Send.BLOCK)
        self._out += sent
        self.state = move.to
        if ended:
            self.deadline = None
            if self._wish is not None and move.result is not None:
                self._results.append(move.result)
            self._wish = None
            return
        pause = self._timing.pause if move.to is State.PAUSING else self._timing.answer
        # Ten or eleven bits go for a byte; the wait begins when the last has left.
        self._wait(pause + len(sent) * 11 / self._timing.baudrate, now)

    def _wait(self, seconds: float, now: int) -> None:
        self.deadline = min(now + round(seconds * SECOND), max(self._end, now))

    def _bytes(self, what: Send) -> bytes:
        own, station = self._timing.own, self._timing.station
        if what is Send.SELECT:
            return bytes(Signal(ENQ, own)) + bytes(Signal(ENQ, station))
        if what is Send.POLL:
            return bytes(Signal(ENQ, station))
        if what is Send.BLOCK:
            return bytes(self._block) if self._block is not None else b""
        return bytes([{Send.ACK: ACK, Send.NAK: NAK, Send.EOT: EOT}[what]])
