"""Acts as they come from the store, for what counts and bills them."""

from __future__ import annotations

from hub.acts.activity import Story
from hub.acts.model import OPENED, Act, Kind, Step
from hub.acts.registry import MACHINES


def story(
    kind: Kind, resident: str, *steps: tuple[int, str, str] | tuple[int, str, str, dict[str, object]]
) -> Story:
    """Return an act whose steps are (time, event, author, fields); the first opens it. States follow the machine's table."""
    machine, key = MACHINES[kind], f"{kind}-{resident}-{steps[0][0]}"
    state, made = str(machine.start), []
    for number, step in enumerate(steps, 1):
        time, event, author = step[:3]
        fields = step[3] if len(step) == 4 else {}
        if event != OPENED:
            state = str(machine.table[state, event])
        made.append(Step(key, number, time, event, author, "", state, fields))
    first = made[0]
    closed = made[-1].time if state in machine.final else None
    act = Act(key, kind, resident, state, first.time, first.author, "", closed, version=len(made))
    return Story(act, tuple(made))
