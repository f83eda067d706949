"""Questions about the past, each answered by a process of its own, one at a time.

Bounded: so many wait, so many answers are kept, and none takes longer than `LONGEST`. A process that is ended loses
nothing, because it only reads.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from devices.errors import VeilleuseError
from hub.whatif_worker import Task, encode

LONGEST = 900.0
"Seconds."
MAX_WAITING = 8
MAX_KEPT = 32
"Answers; the oldest is forgotten."
_MAX_LINE = 4 << 20
"Bytes of an answer: three lists of 200 alarms are a fraction of it."

State = Literal["waiting", "running", "done", "failed", "cancelled"]
ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})


class BusyError(VeilleuseError):
    """As many questions wait as may."""


@dataclass(slots=True)
class Job:
    """A question and how far its answer is."""

    id: str
    asked: int
    author: str
    task: Task
    state: State = "waiting"
    progress: float = 0.0
    problem: str = ""
    result: dict[str, Any] | None = None
    running: asyncio.Task[None] | None = field(default=None, repr=False)


class _Line(msgspec.Struct, frozen=True):
    progress: float | None = None
    result: dict[str, Any] | None = None
    problem: str = ""


class WhatIfJobs:
    """See the module. Lives on the event loop."""

    def __init__(
        self,
        make: Callable[[], Task],
        command: Sequence[str] = (sys.executable, "-m", "hub.whatif_worker"),
        longest: float = LONGEST,
    ) -> None:
        """Take what every question has in common, and how a process is started.

        Args:
            make: returns a question about nobody: stores, zone and the present end of the period.
            command: of the process.
            longest: seconds that an answer may take.
        """
        self.make = make
        self._command = tuple(command)
        self._longest = longest
        self._jobs: dict[str, Job] = {}
        self._turn = asyncio.Lock()

    def ask(self, task: Task, author: str, now: int) -> Job:
        """Begin with a question.

        Raises:
            BusyError: too many wait.
        """
        waiting = sum(job.state not in ENDED for job in self._jobs.values())
        if waiting >= MAX_WAITING:
            raise BusyError(f"{waiting} questions wait already")
        job = Job(secrets.token_hex(8), now, author, task)
        self._jobs[job.id] = job
        for key in [key for key, old in self._jobs.items() if old.state in ENDED][:-MAX_KEPT]:
            del self._jobs[key]
        job.running = asyncio.create_task(self._run(job), name=f"what-if {job.id}")
        return job

    def get(self, key: str) -> Job | None:
        """Return a question that was not forgotten."""
        return self._jobs.get(key)

    def jobs(self) -> list[Job]:
        """Return all questions, newest first."""
        return sorted(self._jobs.values(), key=lambda job: (job.asked, job.id), reverse=True)

    async def cancel(self, job: Job) -> None:
        """End a question; one that is answered stays so."""
        if job.running is not None:
            job.running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await job.running
        if job.state not in ENDED:
            job.state = "cancelled"

    async def stop(self) -> None:
        """End all."""
        for job in self.jobs():
            await self.cancel(job)

    async def _run(self, job: Job) -> None:
        async with self._turn:
            job.state = "running"
            try:
                async with asyncio.timeout(self._longest):
                    await self._answer(job)
            except asyncio.CancelledError:
                job.state = "cancelled"
                raise
            except TimeoutError:
                job.state, job.problem = "failed", f"no answer within {self._longest:g} s"
            except (OSError, ValueError) as error:
                job.state, job.problem = "failed", f"the answering process failed: {error}"

    async def _answer(self, job: Job) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_MAX_LINE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(encode(job.task))
            while line := await process.stdout.readline():
                _take(job, msgspec.json.decode(line, type=_Line))
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if job.state not in ENDED:
            job.state, job.problem = "failed", f"the answering process ended with {process.returncode}"


def _take(job: Job, line: _Line) -> None:
    if line.progress is not None:
        job.progress = line.progress
    elif line.result is not None:
        job.state, job.progress, job.result = "done", 1.0, line.result
    else:
        job.state, job.problem = "failed", line.problem
