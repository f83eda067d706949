"""A channel for tests of those who send: it keeps what it was given, and answers what it was told to."""

from __future__ import annotations

from hub.notify.base import Notice, Outcome, Sent, State


class Line:
    """A channel that keeps what it was given."""

    def __init__(self, name: str, *answers: Outcome) -> None:
        self.name = name
        self.answers = list(answers)
        self.sent: list[Notice] = []
        self.state = State(True, 0)

    async def run(self) -> None:
        """Need no line."""

    async def send(self, notice: Notice) -> Outcome:
        self.sent.append(notice)
        return self.answers.pop(0) if self.answers else Sent()
