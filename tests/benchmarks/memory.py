"""The peak of a process's memory while something runs."""

from __future__ import annotations

import threading

import psutil


class Memory:
    """Watches a process's memory while a benchmark runs."""

    def __init__(self, pid: int) -> None:
        self._process, self._stop, self.peak = psutil.Process(pid), threading.Event(), 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Return the peak in MB."""
        self._stop.set()
        self._thread.join()
        return self.peak / 1e6

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            self.peak = max(self.peak, self._process.memory_info().rss)
