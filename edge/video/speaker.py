"""The room's loudspeaker on an ALSA device, for rooms whose screen has no sound of its own."""

from __future__ import annotations

import logging
import queue
import threading
from typing import Final

import av
from av.container import OutputContainer

from devices.errors import ConfigError
from edge.video.sources import SAMPLE_RATE, find_alsa

_log = logging.getLogger(__name__)

MAX_WAITING: Final = 10
"Packets (200 ms) that wait; beyond, the oldest go: an answer that comes late is worse than a gap."


class Speaker:
    """Decodes Opus packets and plays them, in a thread of its own: a sound device blocks."""

    def __init__(self, device: str) -> None:
        """Open a device by its ALSA name.

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
        self._decoder = av.CodecContext.create("libopus", "r")
        self._waiting: queue.Queue[bytes | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._play, name="loudspeaker", daemon=True)
        self._thread.start()
        self.skipped = 0
        "Packets that came faster than the device played, or that were no Opus."

    def play(self, packet: bytes) -> None:
        """Play an Opus packet, soon."""
        try:
            self._waiting.put_nowait(packet)
        except queue.Full:
            self.skipped += 1

    def close(self) -> None:
        """Fall silent."""
        while True:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
        self._waiting.put_nowait(None)

    def _play(self) -> None:
        try:
            while (packet := self._waiting.get()) is not None:
                for frame in self._decoded(packet):
                    frame.pts = None
                    for encoded in self._stream.encode(frame):
                        self._output.mux(encoded)
        except (OSError, av.FFmpegError) as error:
            _log.error("the loudspeaker failed: %s", error)
        finally:
            self._output.close()

    def _decoded(self, packet: bytes) -> list[av.AudioFrame]:
        try:
            return self._decoder.decode(av.Packet(packet))
        except av.FFmpegError:
            self.skipped += 1
            return []
