"""What is doubtful about a value."""

from __future__ import annotations

import enum


class Quality(enum.IntFlag):
    """Doubts a sensor or the edge has about one value; 0 is none."""

    PROBE_OFF = 1
    "The probe is not on the person."
    MOTION = 2
    "Movement or another artefact disturbs the signal."
    LOW_PERFUSION = 4
    "Too little blood flow at the probe."
    LOW_BATTERY = 8
    "The sensor says that its battery is low."
    HELD = 16
    "The sensor repeats its last value; nothing was measured now."
    LATE = 32
    "Sent after an interruption; tells about the past."
    IMPLAUSIBLE = 64
    "Outside the range that `devices.nomenclature` calls plausible."
    QUESTIONABLE = 128
    "The sensor itself says that the value is questionable."
    DEVICE_TIME = 256
    "The time was given by the sensor's own clock, which nobody has checked."

    def names(self) -> list[str]:
        """Return the flags' lower-case names, lowest bit first."""
        return [(flag.name or "").lower() for flag in Quality if flag in self]


NO_DOUBT = Quality(0)
"Nothing is doubtful."

UNFIT = Quality.PROBE_OFF | Quality.MOTION | Quality.HELD | Quality.IMPLAUSIBLE | Quality.QUESTIONABLE
"A value with one of these is shown with its doubt and never decides on a limit."
