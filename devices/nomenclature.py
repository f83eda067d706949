"""One row per metric: name, UCUM unit, LOINC, IEEE 11073-10101 (MDC) code, plausible range, source.

Names are stable: they stand in wire messages, URLs, databases and the output of `veilleuse decode`.
The plausible range tells a mistaken byte from a person; it is no clinical limit. Its bounds come from the
formats' own value ranges (sheet 04) and from what instruments of this class measure (memory, marked so).
Codes are from sheet 05 part 1, with its tags: V seen in an official copy, S secondary, mem memory.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.errors import DecodeError


@dataclass(frozen=True, slots=True)
class Metric:
    """A thing that is measured."""

    name: str
    unit: str
    "UCUM, case sensitive."
    loinc: str | None
    mdc: int | None
    "32-bit code: partition * 65536 + term."
    plausible: tuple[float, float]
    "Lowest and highest value that can be a person's, in `unit`."
    stale_after: float
    "Seconds after which a value is no longer shown as current."
    source: str


_ROWS = (
    Metric("heart_rate", "/min", "8867-4", 147842, (20, 300), 15, "LOINC, MDC: V; range, staleness: mem"),
    Metric(
        "pulse_rate", "/min", "8889-8", 149530, (20, 300), 15, "LOINC: mem; MDC: V; range, staleness: mem"
    ),
    Metric("spo2", "%", "2708-6", 150456, (35, 100), 15, "LOINC, MDC: V; range, staleness: mem"),
    Metric("perfusion_index", "%", "61006-3", 150488, (0, 20), 15, "LOINC: S; MDC: V; range, staleness: mem"),
    Metric("respiration_rate", "/min", "9279-1", 151562, (2, 80), 60, "LOINC, MDC: V; range, staleness: mem"),
    Metric("systolic", "mm[Hg]", "8480-6", 150021, (40, 300), 43200, "LOINC, MDC: V; range, staleness: mem"),
    Metric("diastolic", "mm[Hg]", "8462-4", 150022, (20, 200), 43200, "LOINC, MDC: V; range, staleness: mem"),
    Metric(
        "mean_pressure", "mm[Hg]", "8478-0", 150023, (25, 250), 43200, "LOINC, MDC: V; range, staleness: mem"
    ),
    Metric("temperature", "Cel", "8310-5", 150364, (25, 45), 43200, "LOINC, MDC: V; range, staleness: mem"),
    Metric("weight", "kg", "29463-7", 188736, (20, 300), 2678400, "LOINC, MDC: V; range, staleness: mem"),
    Metric(
        "glucose", "mg/dL", "2339-0", 160184, (10, 700), 43200, "LOINC: mem; MDC: S; range, staleness: mem"
    ),
    Metric("battery", "%", None, 67996, (0, 100), 86400, "MDC: mem; range: sheet 03 part 11; staleness: mem"),
    Metric("room_temperature", "Cel", None, None, (-20, 60), 1800, "range, staleness: mem"),
    Metric("humidity", "%", None, None, (0, 100), 1800, "relative humidity; range, staleness: mem"),
    Metric(
        "co2", "[ppm]", None, None, (200, 20_000), 1800, "carbon dioxide of room air; range, staleness: mem"
    ),
    Metric(
        "rr_interval",
        "ms",
        None,
        None,
        (200, 4000),
        15,
        "time between two heart beats; range: sheet 10, wider: mem",
    ),
    Metric(
        "body_mass_index",
        "kg/m2",
        "39156-5",
        188752,
        (8, 80),
        2678400,
        "LOINC: V; MDC, range, staleness: mem",
    ),
    Metric("height", "cm", "8302-2", 188740, (50, 250), 31_536_000, "LOINC: V; MDC, range, staleness: mem"),
    Metric("body_fat", "%", None, None, (2, 75), 2678400, "range, staleness: mem"),
    Metric("muscle", "%", None, None, (5, 80), 2678400, "share of the body's mass; range, staleness: mem"),
    Metric("body_water", "kg", None, None, (10, 150), 2678400, "range, staleness: mem"),
    Metric(
        "consciousness",
        "1",
        None,
        None,
        (0, 4),
        43200,
        "0 to 4: A, C, V, P, U of ACVPU (sheet 01); written down by a person; coding, staleness: ours",
    ),
    Metric(
        "on_oxygen",
        "1",
        None,
        None,
        (0, 1),
        43200,
        "1 while breathing any added oxygen (sheet 01); written down by a person; coding, staleness: ours",
    ),
    Metric(
        "af_probability", "1", None, None, (0, 1), 120, "of atrial fibrillation, from the rhythm; our own"
    ),
    Metric("signal_quality", "1", None, None, (0, 1), 15, "of a heart's or pulse's waveform; our own"),
    Metric(
        "ppg_red", "{count}", None, None, (-32768, 32767), 3, "waveform, int16; the converter's counts scaled"
    ),
    Metric(
        "ppg_infrared",
        "{count}",
        None,
        None,
        (-32768, 32767),
        3,
        "waveform, int16; the converter's counts scaled",
    ),
    Metric("respiration", "{a.u.}", None, None, (-32768, 32767), 3, "waveform, int16"),
    Metric("pleth", "{a.u.}", None, 150452, (-32768, 32767), 3, "MDC: V; waveform, int16"),
    Metric("ecg", "mV", "11524-6", 131330, (-32768, 32767), 3, "LOINC: mem; MDC lead II: V; waveform, int16"),
)

METRICS: dict[str, Metric] = {row.name: row for row in _ROWS}
"Every metric by its name."


def metric(name: str) -> Metric:
    """Return the row for `name`.

    Raises:
        DecodeError: no metric has that name.
    """
    try:
        return METRICS[name]
    except KeyError:
        raise DecodeError(f"metric {name!r} is unknown") from None
