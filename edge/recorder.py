"""Puts readings on disk: the shell around `edge.pipeline` and `edge.spool`.

What cannot be written waits in memory, bounded, oldest first, without its waveforms, and is written when there is room.
Should the bound be reached, the oldest vital signs are lost: counted as `vital_signs_lost`, logged as an error and told
to the hub as a loss.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace as changed

from msgspec.structs import replace

from devices.clock import SECOND
from devices.measurement import Reading
from devices.wire.messages import Loss, Verdict, WaveformBlock, waveform_samples
from edge.alarms.room import RoomAlarms
from edge.analysis import Analysis
from edge.counters import Counters
from edge.latest import LatestReadings
from edge.pipeline import Batch, Content, Pipeline
from edge.placing import place_content, place_item
from edge.spool import Placement, SpoolError, SpoolFullError
from edge.supervisor import Attempt
from edge.uplink import Parts, Uplink

_log = logging.getLogger(__name__)

HELD = 3_600
"Batches kept in memory while the disk takes nothing: an hour, some megabytes."

RETRY = 1.0
"Seconds between attempts to write what is held."


@dataclass(slots=True)
class _Held:
    batch: Batch
    generation: int


class Recorder:
    """Takes readings on the event loop, and makes them durable."""

    def __init__(
        self,
        parts: Parts,
        pipeline: Pipeline,
        uplink: Uplink,
        latest: LatestReadings,
        boot: str,
        alarms: RoomAlarms | None = None,
    ) -> None:
        """Begin with nothing collected.

        Args:
            parts: clock, spool and the thread it runs on.
            pipeline: collects.
            uplink: is offered every sealed batch.
            latest: is told every reading as it was kept.
            boot: identity of the machine's boot, for readings whose time is unknown.
            alarms: judges every reading; its verdicts go to the disk with what they are about.
        """
        self._parts = parts
        self._pipeline = pipeline
        self._uplink = uplink
        self._latest = latest
        self._boot = boot
        self._analysis = Analysis(parts.counters, boot)
        self._alarms = alarms or RoomAlarms(boot)
        self._held: deque[_Held] = deque()
        self._stuck = False
        self._wake = asyncio.Event()
        self._recorded = 0
        self._durable = 0
        self._became_durable = asyncio.Condition()
        self._writing = asyncio.Lock()

    @property
    def held(self) -> int:
        """Batches in memory alone."""
        return len(self._held)

    @property
    def stuck(self) -> bool:
        """Whether the disk refused the newest attempt to write; a batch on its way to the disk is no trouble."""
        return self._stuck

    @property
    def counters(self) -> Counters:
        """Where sensors count what they refuse."""
        return self._parts.counters

    def record(self, readings: Iterable[Reading]) -> None:
        """Take readings and what their curves mean; they are sealed within a second, or at once when urgent."""
        now = self._parts.clock.monotonic()
        before = self._pipeline.due()
        kept: list[Reading] = []
        for reading in readings:
            self._recorded += 1
            kept.extend(self._pipeline.add(reading, now))
        # What curves mean comes after what was measured, so that no curve keeps a reading from the disk.
        for reading in tuple(kept):
            for found in self._analysis.take(reading):
                self._recorded += 1
                kept.extend(self._pipeline.add(found, now))
        self._judge(kept, now)
        if self._pipeline.due() != before:
            self._wake.set()
        # Last: whoever only looks on must not stand between a reading and the disk.
        for reading in kept:
            self._latest.put(reading)

    def tell(self, verdicts: Iterable[Verdict]) -> None:
        """Record what the room's own judgement came to; sealed at once."""
        now = self._parts.clock.monotonic()
        for verdict in verdicts:
            self._pipeline.tell(verdict, now)
            self._wake.set()

    def _judge(self, kept: Iterable[Reading], now: int) -> None:
        keeper = self._parts.timekeeper
        if keeper.offset is not None:
            self._alarms.place(keeper.offset)
        present = keeper.place(now)
        for reading in kept:
            for verdict in self._alarms.take(reading, present):
                self._pipeline.tell(verdict, now)

    async def durable(self) -> None:
        """Wait until everything recorded so far is on disk; it is sealed at once for that."""
        wanted = self._recorded
        self._pipeline.urgent = True
        self._wake.set()
        async with self._became_durable:
            await self._became_durable.wait_for(lambda: self._durable >= wanted)

    async def run(self, attempt: Attempt) -> None:
        """Seal batches as they are due, for ever.

        Raises:
            SpoolError: the disk fails; what was collected is held and tried again.
        """
        while True:
            await self._wait_due()
            await self._write_due(final=False)
            attempt.works()

    async def close(self) -> None:
        """Seal everything; call when nothing is recorded any more."""
        try:
            await self._write_due(final=True)
        except SpoolError as error:
            _log.error("%d batches could not be written at the end: %s", len(self._held), error)

    async def _wait_due(self) -> None:
        due = self._pipeline.due()
        timeout = RETRY if self._held else None
        if due is not None:
            until = max(0.0, (due - self._parts.clock.monotonic()) / SECOND)
            timeout = until if timeout is None else min(timeout, until)
        try:
            async with asyncio.timeout(timeout):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    async def _write_due(self, *, final: bool) -> None:
        async with self._writing:
            while True:
                now = self._parts.clock.monotonic()
                due = self._pipeline.due()
                if due is not None and (final or due <= now):
                    self._hold(now)
                if not self._held or not await self._write_held():
                    return

    def _hold(self, now: int) -> None:
        batch = self._pipeline.take(now)
        if batch is None:
            return
        if self._alarms.changed:
            batch = changed(batch, alarms=self._alarms.kept())
        # What exceeded the batch's bounds is in the next one, so this one does not complete the generation.
        generation = self._durable if self._pipeline.due() is not None else self._recorded
        self._held.append(_Held(batch, generation))

    async def _write_held(self) -> bool:
        """Write the oldest held batch; tell whether it was written."""
        first = self._held[0]
        parts = self._parts
        offset = parts.timekeeper.offset
        batch = first.batch if offset is None else _placed(first.batch, offset)
        placement = Placement(parts.timekeeper.synchronised, self._boot if offset is None else "")
        lane = self._uplink.live() if len(self._held) == 1 else None
        try:
            numbered = await parts.writer.run(parts.spool.seal, batch, placement, lane)
        except SpoolFullError:
            self._stuck = True
            parts.counters.add("spool_full")
            for held in self._held:
                held.batch = _without_waveforms(held.batch)
            while len(self._held) > HELD:
                self._lose_oldest()
            return False
        self._stuck = False
        self._held.remove(first)
        self._uplink.sealed(numbered)
        async with self._became_durable:
            self._durable = max(self._durable, first.generation)
            self._became_durable.notify_all()
        return True

    def _lose_oldest(self) -> None:
        gone, heir = self._held.popleft().batch, self._held[0]
        lost = gone.content
        self._parts.counters.add("vital_signs_lost", len(lost.observations))
        _log.error("the disk takes nothing: %d of the oldest vital signs are lost", len(lost.observations))
        losses = tuple(Loss(each.metric, 1, each.time, each.time, "disk_full") for each in lost.observations)
        content = heir.batch.content
        losses = _merged((*lost.losses, *losses, *content.losses))
        kept = replace(
            content,
            losses=losses,
            events=(*lost.events, *content.events),
            verdicts=(*lost.verdicts, *content.verdicts),
        )
        heir.batch = Batch(kept, alarms=heir.batch.alarms or gone.alarms)


def _placed(batch: Batch, offset: int) -> Batch:
    blocks = tuple(place_item(block, offset) for block in batch.waveforms)
    return Batch(place_content(batch.content, offset), blocks, batch.alarms)


def _without_waveforms(batch: Batch) -> Batch:
    if not batch.waveforms:
        return batch
    losses = tuple(_loss_of(block) for block in batch.waveforms)
    content: Content = replace(batch.content, losses=_merged((*batch.content.losses, *losses)))
    return Batch(content, alarms=batch.alarms)


def _loss_of(block: WaveformBlock) -> Loss:
    samples = len(waveform_samples(block)) // 2
    return Loss(
        block.metric, samples, block.time, block.time + round(samples * SECOND / block.rate), "disk_full"
    )


def _merged(losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Sum up losses of the same metric and reason, so that a long outage of the disk stays a few lines."""
    sums: dict[tuple[str, str], Loss] = {}
    for loss in losses:
        key = (loss.metric, loss.reason)
        known = sums.get(key, loss)
        count = loss.count if known is loss else loss.count + known.count
        since, until = min(loss.since, known.since), max(loss.until, known.until)
        sums[key] = replace(loss, count=count, since=since, until=until)
    return tuple(sums.values())
