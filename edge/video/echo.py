"""The room's microphone without what the room's loudspeaker says: the physician must not hear themselves.

What is handed to the sound card is the reference; WebRTC's canceller (AEC3, through pywebrtc-audio) takes it out of what the
microphone hears, 10 ms at a time, 48 kHz, one channel. It finds the delay between both by itself. The two devices may have
clocks of their own: when the reference runs ahead by more than `MOST`, the oldest part goes, and the canceller finds
its way again.

Sound that must stay as it is, such as a stethoscope's, never comes through here.
"""

from __future__ import annotations

import threading
from collections import deque
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray
from pywebrtc_audio import EchoCanceller

from edge.video.sources import AUDIO_BLOCK, SAMPLE_RATE

if TYPE_CHECKING:
    from av.frame import Frame

Samples = NDArray[np.int16]

BLOCK: Final = SAMPLE_RATE // 100
"10 ms: what the canceller works on."
MOST: Final = SAMPLE_RATE // 5
"Samples (200 ms) of reference that wait; the loudspeaker itself holds no more than that."


class Reference:
    """What the loudspeaker plays, in order. Put by the loudspeaker's thread, taken by the event loop."""

    def __init__(self) -> None:
        self._blocks: deque[Samples] = deque()
        self._count = 0
        self._lock = threading.Lock()
        self.skipped = 0
        "Samples that were dropped because the microphone fell behind."

    def put(self, samples: Samples) -> None:
        """Add what is handed to the sound card, one channel."""
        with self._lock:
            self._blocks.append(samples)
            self._count += len(samples)
            while self._count > MOST:
                dropped = self._blocks.popleft()
                self._count -= len(dropped)
                self.skipped += len(dropped)

    def take(self, count: int) -> Samples:
        """Return the next samples; silence where nothing was played."""
        found = np.zeros(count, np.int16)
        filled = 0
        with self._lock:
            while filled < count and self._blocks:
                block = self._blocks.popleft()
                part = block[: count - filled]
                found[filled : filled + len(part)] = part
                filled += len(part)
                if len(part) < len(block):
                    self._blocks.appendleft(block[len(part) :])
            self._count -= filled
        return found


class EchoFree(MediaStreamTrack):
    """A microphone without the loudspeaker's part; it ends with the microphone, and the other way round."""

    kind = "audio"

    def __init__(self, microphone: MediaStreamTrack, reference: Reference) -> None:
        super().__init__()
        self._microphone = microphone
        self._reference = reference
        self._canceller = EchoCanceller(sample_rate=SAMPLE_RATE, num_channels=1)
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        self._heard: Samples = np.zeros(0, np.int16)
        self._pts = 0

    async def recv(self) -> Frame:
        """Return the next 20 ms."""
        while len(self._heard) < AUDIO_BLOCK:
            if self.readyState != "live":
                raise MediaStreamError
            frame = await self._microphone.recv()
            if isinstance(frame, av.AudioFrame):
                heard = [resampled.to_ndarray()[0] for resampled in self._resampler.resample(frame)]
                self._heard = np.concatenate([self._heard, *heard])
        block, self._heard = self._heard[:AUDIO_BLOCK], self._heard[AUDIO_BLOCK:]
        clean = [self._cancel(block[start : start + BLOCK]) for start in range(0, AUDIO_BLOCK, BLOCK)]
        frame = av.AudioFrame.from_ndarray(np.concatenate(clean)[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), self._pts
        self._pts += AUDIO_BLOCK
        return frame

    def stop(self) -> None:
        """Close the microphone too: the lamp reads it."""
        super().stop()
        self._microphone.stop()

    def _cancel(self, near: Samples) -> Samples:
        return self._canceller.process(np.ascontiguousarray(near), self._reference.take(BLOCK))
