"""What became of those who started a questionnaire: the figures of sheet 09, part 1, as counts and shares. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts over a time. A share is `None` while there is nothing to share."""

    started: int
    seen: int
    "By a physician, whatever came of it."
    reoriented: int
    "Of those seen, emergencies too."
    missed: int
    "Emergencies that came up only once the physician was there."

    @property
    def billable(self) -> int:
        """Return how many may be billed."""
        return self.seen - self.reoriented

    @property
    def see_rate(self) -> float | None:
        """Return the share of those who started that a physician saw; 0.50 to 0.60 is typical of the public."""
        return _share(self.seen, self.started)

    @property
    def handled_rate(self) -> float | None:
        """Return the share of those seen who needed nobody else; about 0.90 is typical."""
        return _share(self.billable, self.seen)

    @property
    def missed_rate(self) -> float | None:
        """Return the share of those seen who were an emergency that nobody had found before."""
        return _share(self.missed, self.seen)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
