"""The room's loudspeaker on an ALSA device, for rooms whose screen has no sound of its own: every voice of a call, mixed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from devices.errors import ConfigError
from edge.media.names import find_alsa
from edge.video.mixing import Rounds
from edge.video.sources import SAMPLE_RATE

_log = logging.getLogger(__name__)

CHANNELS: Final = 2


class Voice:
    """Decodes one person's Opus packets, which build on each other."""

    def __init__(self) -> None:
        self._decoder = av.CodecContext.create("libopus", "r")
        self._resampler = av.AudioResampler(format="s16", layout="stereo", rate=SAMPLE_RATE)

    def decode(self, packet: bytes) -> NDArray[np.int16]:
        """Return the packet's samples, both channels interleaved.

        Raises:
            FFmpegError: it is no Opus.
        """
        frames = self._decoder.decode(av.Packet(packet))
        parts = [part.to_ndarray()[0] for frame in frames for part in self._resampler.resample(frame)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def mixed(voices: list[NDArray[np.int16]]) -> NDArray[np.int16]:
    """Return the sum of what is spoken at once, clipped to what a sound card takes."""
    whole = np.zeros(max((len(voice) for voice in voices), default=0), np.int32)
    for voice in voices:
        whole[: len(voice)] += voice
    return np.clip(whole, -32_768, 32_767).astype(np.int16)


class Speaker:
    """Decodes and mixes Opus packets and plays them, in a thread of its own: a sound device blocks."""

    def __init__(self, device: str, played: Callable[[NDArray[np.int16]], None] | None = None) -> None:
        """Open a device by its ALSA name.

        Args:
            device: its name.
            played: given every sample that is handed to the device, one channel at 48 kHz; called by a thread.

        Raises:
            ConfigError: it cannot be opened.
        """
        find_alsa()
        try:
            self._output: OutputContainer = av.open(device, "w", format="alsa")
            self._stream = self._output.add_stream("pcm_s16le", rate=SAMPLE_RATE)
            self._stream.layout = "stereo"
            # Opens the device now, while somebody can still be told.
            self._output.start_encoding()
        except (OSError, av.FFmpegError, ValueError) as error:
            raise ConfigError(f"loudspeaker {device!r} cannot be opened: {error}") from None
        self._played = played
        self._voices: dict[str, Voice] = {}
        self._rounds = Rounds()
        self._malformed = 0
        self._thread = threading.Thread(target=self._play, name="loudspeaker", daemon=True)
        self._thread.start()

    @property
    def skipped(self) -> int:
        """How many packets came faster than the device played, or were no Opus."""
        return self._rounds.skipped + self._malformed

    def play(self, seat: str, packet: bytes) -> None:
        """Play an Opus packet of one seat, soon."""
        self._rounds.put(seat, packet)

    def forget(self, seat: str) -> None:
        """Drop what waits of somebody who has left."""
        self._rounds.forget(seat)

    def close(self) -> None:
        """Fall silent."""
        self._rounds.close()

    def _play(self) -> None:
        try:
            while (packets := self._rounds.take()) is not None:
                samples = mixed([self._decoded(seat, packet) for seat, packet in packets.items()])
                if len(samples):
                    self._hand_over(samples)
        except (OSError, av.FFmpegError) as error:
            _log.error("the loudspeaker failed: %s", error)
        finally:
            self._output.close()

    def _hand_over(self, samples: NDArray[np.int16]) -> None:
        if self._played is not None:
            channels = samples.reshape(-1, CHANNELS).astype(np.int32)
            self._played((channels.sum(axis=1) // CHANNELS).astype(np.int16))
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        for encoded in self._stream.encode(frame):
            self._output.mux(encoded)

    def _decoded(self, seat: str, packet: bytes) -> NDArray[np.int16]:
        voice = self._voices.get(seat)
        if voice is None:
            voice = self._voices[seat] = Voice()
        try:
            return voice.decode(packet)
        except av.FFmpegError:
            self._malformed += 1
            return np.zeros(0, np.int16)
