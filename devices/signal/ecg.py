"""What one lead of an ECG says, second by second: beats, rate, rhythm, and nothing while the signal is not good."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from devices.signal import fibrillation
from devices.signal.filters import Samples
from devices.signal.peaks import QRS, Beat, PeakDetector, Step
from devices.signal.quality import ECG, GOOD, Judge
from devices.signal.respiration import MOST_BEATS, Breathing, Respiration
from devices.signal.rhythm import DEFAULT, Finding, RhythmLimits, RhythmWatch

JUDGED_EVERY = 10.0
"Seconds between two verdicts on rhythm and breathing."

GOOD_SHARE = 0.8
"Of the seconds of a window must have been good before its rhythm is judged."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said at one second of the stream; `None` is withheld."""

    sample: int
    "Number of the sample up to which the signal was judged."
    quality: float
    "0 to 1; below `devices.signal.quality.GOOD` all that follows is `None`."
    heart_rate: float | None
    "Beats per minute."
    rhythm: fibrillation.Rhythm | None
    "Every ten seconds, once 30 s of rhythm were good."
    respiration: Respiration | None
    "Every ten seconds, once its window is full."
    findings: tuple[Finding, ...]
    beats: tuple[Beat, ...]
    "Beats that became certain in this second, whatever the quality."


class EcgMonitor:
    """Follows one lead."""

    def __init__(self, rate: float, limits: RhythmLimits = DEFAULT) -> None:
        """Begin a stream.

        Args:
            rate: samples per second.
            limits: from when on a rhythm is told.

        Raises:
            DecodeError: there are no filters for the rate.
        """
        self._rate = rate
        self._detector = PeakDetector(rate, QRS)
        self._judge = Judge(rate, ECG)
        self._watch = RhythmWatch(rate, limits)
        self._breathing = Breathing(rate)
        self._rhythm: deque[Beat] = deque(maxlen=MOST_BEATS)
        self._beats: list[Beat] = []
        self._found: list[Finding] = []
        self._fed = 0
        self._next_second, self._next_verdict = rate, JUDGED_EVERY * rate
        self._gap = -1
        self._good_at = -1
        self._good: deque[bool] = deque(maxlen=round(fibrillation.WINDOW))

    def feed(self, samples: Samples) -> list[Verdict]:
        """Take samples in any unit (NaN where one is missing), return a verdict for every second that is over."""
        return [verdict for step in self._detector.steps(samples) for verdict in self._step(step)]

    def finish(self) -> list[Beat]:
        """End the stream: return the beats that no verdict has named."""
        return [*self._beats, *self._detector.finish()]

    def _step(self, step: Step) -> Iterator[Verdict]:
        self._fed += step.samples.size
        if self._judge.take(step):
            self._gap = self._fed
        for beat in step.beats:
            self._beat(beat)
        self._found.extend(self._silence(step.decided))
        if self._fed >= self._next_second:
            self._next_second += self._rate
            yield self._second(step.decided)

    def _beat(self, beat: Beat) -> None:
        last = self._watch.last
        if last is None or last < self._gap <= beat.sample + self._rate:
            # What was lost before it may have held beats: it is nobody's successor.
            beat = replace(beat, missing=True)
        self._watch.beat(beat.sample, missing=beat.missing)
        self._breathing.beat(beat)
        self._rhythm.append(beat)
        self._beats.append(beat)

    def _second(self, now: int) -> Verdict:
        quality = self._judge.quality()
        beats, self._beats = tuple(self._beats), []
        self._good.append(quality >= GOOD)
        if quality >= GOOD:
            self._good_at = now
        found, self._found = self._found, []
        if quality < GOOD:
            return Verdict(now, quality, None, None, None, tuple(found), beats)
        rate = self._watch.heart_rate(now)
        if rate is not None:
            found.extend(self._watch.pace(now, rate))
        rhythm, respiration = None, None
        if self._fed >= self._next_verdict:
            self._next_verdict = self._fed + JUDGED_EVERY * self._rate
            rhythm = self._judged(now)
            irregular = rhythm is None or rhythm.probability >= 0.5
            respiration = self._breathing.estimate(now, irregular=irregular)
        if rhythm is not None:
            # Where every third beat is ectopic, intervals speak neither for nor against it.
            certain = rhythm.ectopic <= fibrillation.ECTOPIC
            found.extend(self._watch.fibrillation(now, rhythm.probability if certain else 0.5))
        return Verdict(now, quality, rate, rhythm, respiration, tuple(found), beats)

    def _silence(self, now: int) -> Iterator[Finding]:
        """A silence of the heart is believed after a good signal, and while nothing of the signal is lost."""
        last = self._watch.last
        if last is not None and self._good_at >= last > self._gap:
            yield from self._watch.silence(now)

    def _judged(self, now: int) -> fibrillation.Rhythm | None:
        while self._rhythm and self._rhythm[0].sample <= now - fibrillation.WINDOW * self._rate:
            self._rhythm.popleft()
        enough = len(self._good) >= fibrillation.SHORTEST and sum(self._good) >= GOOD_SHARE * len(self._good)
        return fibrillation.judge(self._rhythm, self._rate) if enough else None
