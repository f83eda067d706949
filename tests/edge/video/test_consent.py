"""Nothing gets around the room: every sequence of messages, presses and delays, beside a guard that knows the rules only.

The guard remembers what people in the room saw and pressed. It does not know how `RoomCall` works: it says of every camera that
opens, and of everybody who is connected, whether the rule allowed it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.wire.messages import Signal, SignalKind
from edge.video.admission import CarerCode, Rule
from edge.video.call import ROOM, RoomCall, Timing
from edge.video.steps import OPEN, Close, Connect, Drop, Effect, Pass, Phase, Say

CODE = "2468"
ROLES = {
    "p1": "physician",
    "p2": "nurse",
    "p3": "specialist",
    "p4": "regulator",
    "p5": "nurse",
    "p6": "specialist",
}
HOME = {"nurse", "physician", "coordinator"}
Run = Callable[[RoomCall, int], list[Effect]]


@dataclass(frozen=True)
class Step:
    """Something that happens."""

    what: str
    run: Run
    call: str = "a"
    seat: str = ""
    code: str = ""
    signal: Signal | None = None


@dataclass
class Guard:
    """What was seen and pressed in the room."""

    room: Rule
    rule: Rule = Rule.NURSE
    call: str = ""
    ring_shown: int | None = None
    screen: bool = False
    asked: set[str] = field(default_factory=set)
    "Seats that the hub has announced, and not taken back."
    refused: set[str] = field(default_factory=set)
    named: dict[str, int] = field(default_factory=dict)
    "Since when a screen shows these names."

    def rings(self, signal: Signal) -> None:
        """A call rings."""
        self.call, self.ring_shown, self.screen = signal.call, None, False
        self.asked, self.refused, self.named = set(), set(), {}
        self.rule = self._holds(signal)

    def _holds(self, signal: Signal) -> Rule:
        sent = {"nurse": 0, "ask": 1, "emergency": 3 if signal.urgent else 1}.get(signal.consent, 0)
        room = {"nurse": 0, "ask": 1, "announce": 2, "emergency": 3}[self.room]
        if signal.consent == "":
            sent = min(room, 2) if self.room is not Rule.EMERGENCY else 1
        if self.room is Rule.EMERGENCY and not (signal.consent == "emergency" and signal.urgent):
            room = 1
        return list(Rule)[min(sent, room)]

    def may_open(self, step: Step, now: int) -> bool:
        """Tell whether the camera may open by this step."""
        if self.ring_shown is None:
            return False
        if self.rule is Rule.NURSE:
            return step.what == "accept" and step.code == CODE
        if step.what == "accept":
            return True
        noticed = now - self.ring_shown >= 10 * SECOND
        return step.what == "tick" and noticed and self.rule in {Rule.ANNOUNCE, Rule.EMERGENCY}

    def may_connect(self, seat: str, now: int) -> bool:
        """Tell whether somebody may be connected for the first time."""
        if seat == "p1":
            return True
        if seat not in self.asked or seat in self.refused:
            return False
        if self.rule is Rule.EMERGENCY:
            return True
        if self.rule is Rule.ANNOUNCE or ROLES[seat] in HOME:
            return self.screen
        return seat in self.named and now - self.named[seat] >= 8 * SECOND

    def before(self, step: Step, room: RoomCall, now: int) -> None:
        """Take what people see and press, before the room acts on it."""
        live = room.phase not in {Phase.IDLE, Phase.ENDED}
        if step.what == "gone":
            self.ring_shown, self.screen, self.named = None, False, {}
        elif step.what == "shown" and step.call == self.call and live:
            self.screen = True
            self.ring_shown = now if self.ring_shown is None else self.ring_shown
            if step.seat in room.waiting:
                self.named.setdefault(step.seat, now)
        elif (
            step.what == "decline"
            and step.call == self.call
            and step.seat in {*room.waiting, *room.links} - {"p1"}
        ):
            self.refused.add(step.seat)
        elif step.signal is not None and step.signal.call == self.call and live:
            seat = step.signal.peer
            if step.signal.kind is SignalKind.JOIN:
                self.asked.add(seat)
            elif step.signal.kind is SignalKind.LEFT and seat not in room.links:
                self.asked.discard(seat)
                self.named.pop(seat, None)


def _steps() -> st.SearchStrategy[Step]:
    calls, seats = st.sampled_from([*"aaaaaaaaa", "b"]), st.sampled_from([*ROLES])
    later = st.sampled_from(["p2", "p3", "p4"])

    def wire(kind: SignalKind, call: str, seat: str, epoch: int) -> Step:
        return _sent(Signal(call, epoch, kind, 0, peer=seat, caller_role=ROLES[seat]))

    joins = st.builds(lambda seat: wire(SignalKind.JOIN, "a", seat, 1), later)
    messages = st.builds(wire, st.sampled_from(SignalKind), calls, seats, st.integers(0, 3))
    shown = st.builds(
        lambda call, seat: Step("shown", lambda room, now: room.shown(call, now, seat), call, seat),
        calls,
        st.sampled_from(["", "p2", "p3", "p4"]),
    )
    accept = st.builds(
        lambda call, code: Step("accept", lambda room, now: room.accept(call, now, code), call, code=code),
        calls,
        st.sampled_from(["", CODE, CODE, "1357"]),
    )
    decline = st.builds(
        lambda call, seat: Step("decline", lambda room, _: room.decline(call, seat), call, seat), calls, later
    )
    media = st.builds(
        lambda name, seat, epoch: Step(name, lambda room, now: getattr(room, name)(seat, epoch, now)),
        st.sampled_from(["heard", "heard", "failed", "unreachable"]),
        seats,
        st.integers(0, 3),
    )
    mute = st.builds(
        lambda by, on: Step("mute", lambda room, _: _mute(room, by, on=on)),
        st.sampled_from([ROOM, *ROLES]),
        st.booleans(),
    )
    others = st.sampled_from(
        [
            Step("tick", lambda room, now: room.tick(now)),
            Step("tick", lambda room, now: room.tick(now)),
            Step("heard", _all_heard),
            Step("heard", _all_heard),
            Step("gone", lambda room, now: room.screen_gone(now)),
            Step("refuse", lambda room, now: room.refuse("a", now)),
            Step("hang_up", lambda room, now: room.hang_up("room_hung_up", now)),
            Step("fault", lambda room, now: room.fault("p2", now)),
        ]
    )
    return st.one_of(messages, joins, joins, shown, shown, accept, decline, media, mute, others, others)


def _mute(room: RoomCall, by: str, *, on: bool) -> list[Effect]:
    room.mute(by, on=on)
    return []


def _all_heard(room: RoomCall, now: int) -> list[Effect]:
    return [effect for link in tuple(room.links.values()) for effect in link.heard(link.epoch, now)]


def _sent(signal: Signal) -> Step:
    return Step("wire", lambda room, now: room.receive(signal, now), signal.call, signal.peer, signal=signal)


def _beginnings() -> st.SearchStrategy[list[tuple[int, Step]]]:
    """Return nothing, a ring, a ring that is shown, or a call that was accepted: what follows meets each of them often."""

    def begin(length: int, consent: str, *, urgent: bool, nothing_yet: int) -> list[tuple[int, Step]]:
        ring = Signal("a", 1, SignalKind.RING, 0, caller_role="physician", consent=consent, urgent=urgent)
        whole = [
            (0, _sent(ring)),
            (nothing_yet, Step("shown", lambda room, now: room.shown("a", now), "a")),
            (0, Step("accept", lambda room, now: room.accept("a", now, CODE), "a", code=CODE)),
            (0, Step("heard", _all_heard)),
        ]
        return whole[:length]

    return st.builds(
        begin,
        st.sampled_from([0, 1, 2, 4, 4]),
        st.sampled_from(["", "ask", "nurse", "emergency", "announce", "other"]),
        urgent=st.booleans(),
        nothing_yet=st.integers(0, 3),
    )


def _check(room: RoomCall, guard: Guard, step: Step, now: int) -> None:
    call_before, open_before = room.id, room.may_open
    links_before, waiting_before = set(room.links), set(room.waiting)
    guard.before(step, room, now)
    effects = step.run(room, now)
    if room.id != call_before and room.phase is Phase.RINGING:
        assert step.signal is not None
        guard.rings(step.signal)
    assert room.may_open == (room.phase in OPEN)
    if room.may_open and not open_before:
        assert room.id == call_before
        assert guard.may_open(step, now)
    if open_before and not room.may_open:
        assert Close() in effects
    _check_people(room, guard, effects, links_before, now)
    for seat in waiting_before - set(room.waiting) - set(room.links):
        guard.asked.discard(seat)
    assert not set(room.links) & guard.refused
    assert not room.muted or room.may_open


def _check_people(
    room: RoomCall, guard: Guard, effects: list[Effect], links_before: set[str], now: int
) -> None:
    for effect in effects:
        match effect:
            case Connect():
                assert room.may_open
                assert effect.peer in room.links
                assert effect.peer in links_before or guard.may_connect(effect.peer, now)
            case Pass():
                assert room.may_open
                assert effect.signal.peer in links_before
            case Say(kind=SignalKind.ACCEPTED):
                assert room.may_open
    for seat in set(room.links) - links_before:
        assert guard.may_connect(seat, now)
    for seat in links_before - set(room.links):
        assert Drop(seat) in effects or Close() in effects
        guard.asked.discard(seat)
    assert len(room.links) <= 4
    assert len(room.links) + len(room.waiting) <= 4


@settings(max_examples=400)
@given(
    st.sampled_from(Rule),
    _beginnings(),
    st.lists(st.tuples(st.sampled_from([0, 0, 1, 3, 8, 10]), _steps()), min_size=15, max_size=40),
)
def test_nothing_opens_and_nobody_comes_in_without_the_rooms_consent(
    rule: Rule, opening: list[tuple[int, Step]], steps: list[tuple[int, Step]]
) -> None:
    room, guard, now = RoomCall(Timing(rule)), Guard(rule), 0
    room.code = CarerCode(CODE)
    for seconds, step in [*opening, *steps]:
        now += seconds * SECOND
        _check(room, guard, step, now)
