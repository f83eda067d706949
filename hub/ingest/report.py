"""What an edge reports to a technician, and of its lamp: verified, bounded, and never stored. Pure."""

from __future__ import annotations

import math

from devices.errors import WireError
from devices.wire.messages import Candidate, LightReport, Observation, Report, SurveyReport, decode_report
from devices.wire.seal import Keys, unseal
from devices.wire.topics import Topic
from hub.ingest.intake import MAX_TIME

MAX_REPORT = 65_536
"Bytes; an edge sends at most 60 candidates, which are 20 kB."
MAX_CANDIDATES = 100
MAX_VALUES = 64
_MAX_NAME = 64
_MAX_TEXT = 260
_MAX_SERVICES = 32


def take_report(topic: Topic, keys: Keys, text: str, payload: bytes) -> Report:
    """Verify, decode and check a report.

    Raises:
        WireError: it is too big, not authentic, malformed, another edge's, or out of bounds.
    """
    if len(payload) > MAX_REPORT:
        raise WireError("size", f"report of {len(payload)} bytes, at most {MAX_REPORT} allowed")
    report = decode_report(unseal(keys, text, payload))
    if report.edge != topic.edge:
        raise WireError("edge", f"report of {report.edge[:64]!r} on the topic of {topic.edge!r}")
    if not 0 <= report.time < MAX_TIME:
        raise WireError("range", f"report of {topic.edge!r} has time {report.time}")
    if isinstance(report, LightReport):
        sound = len(report.notice) <= _MAX_NAME and len(report.problem) <= _MAX_TEXT
    elif isinstance(report, SurveyReport):
        sound = len(report.survey) <= _MAX_NAME and len(report.candidates) <= MAX_CANDIDATES
        sound = sound and all(_sound_candidate(each) for each in report.candidates)
    else:
        sound = len(report.trial) <= _MAX_NAME and len(report.values) <= MAX_VALUES
        sound = sound and 0 <= report.flags <= 0xFFFF and len(report.detail) <= _MAX_TEXT
        sound = sound and all(_sound_value(each) for each in report.values)
    if not sound:
        raise WireError("range", f"report of {topic.edge!r} is out of bounds")
    return report


def _sound_candidate(each: Candidate) -> bool:
    texts = (each.protocol, each.address, each.name, each.sensor)
    named = (
        all(len(text) <= _MAX_NAME for text in texts) and max(len(each.link), len(each.problem)) <= _MAX_TEXT
    )
    heard = each.rssi is None or -200 <= each.rssi <= 100
    services = len(each.services) <= _MAX_SERVICES and all(len(name) <= _MAX_NAME for name in each.services)
    return named and heard and services and 0 <= each.seen < MAX_TIME


def _sound_value(each: Observation) -> bool:
    named = 0 < len(each.metric) <= _MAX_NAME and len(each.sensor) <= _MAX_NAME
    return named and 0 <= each.time < MAX_TIME and math.isfinite(each.value) and 0 <= each.flags <= 0xFFFF
