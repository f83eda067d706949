"""What is wrong with the hub now, in words."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass


class Severity(enum.StrEnum):
    """How bad a problem is."""

    DEGRADED = "degraded"
    "Something is missing, the rest goes on."
    FAILING = "failing"
    "Nothing new becomes durable, or no alert can be raised."


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    severity: Severity
    text: str
    "English, names the thing and what it means."


@dataclass(frozen=True, slots=True)
class Report:
    """Everything `/healthz` says."""

    status: str
    "`ok`, `degraded` or `failing`."
    problems: list[str]
    checks: dict[str, str]


class Health:
    """Problems by the part that has them, and facts; any thread may write and read."""

    def __init__(self) -> None:
        """Begin with nothing wrong and nothing known."""
        self._lock = threading.Lock()
        self._problems: dict[str, Problem] = {}
        self._facts: dict[str, str] = {}

    def degraded(self, part: str, text: str) -> None:
        """Say that a part is impaired."""
        with self._lock:
            self._problems[part] = Problem(Severity.DEGRADED, text)

    def failing(self, part: str, text: str) -> None:
        """Say that a part fails, and with it what the hub is for."""
        with self._lock:
            self._problems[part] = Problem(Severity.FAILING, text)

    def well(self, part: str) -> None:
        """Say that a part is well again."""
        with self._lock:
            self._problems.pop(part, None)

    def fact(self, name: str, text: str) -> None:
        """Say something that is neither good nor bad."""
        with self._lock:
            self._facts[name] = text

    def failing_parts(self) -> frozenset[str]:
        """Return the parts that fail now."""
        with self._lock:
            found = self._problems.items()
            return frozenset(part for part, problem in found if problem.severity is Severity.FAILING)

    def report(self) -> Report:
        """Return the state of the hub."""
        with self._lock:
            problems = dict(self._problems)
            facts = dict(self._facts)
        worst = {problem.severity for problem in problems.values()}
        status = next((str(level) for level in (Severity.FAILING, Severity.DEGRADED) if level in worst), "ok")
        checks = facts | {part: problem.text for part, problem in problems.items()}
        ordered = sorted(
            problems.values(), key=lambda problem: (problem.severity != Severity.FAILING, problem.text)
        )
        return Report(status, [problem.text for problem in ordered], checks)
