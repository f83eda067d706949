"""What is wrong with a field that somebody filled in: its place and a code that pages have a sentence for. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One violation."""

    field: str
    "Where, as `items[0].rpps`; empty for the whole."
    code: str
    params: Mapping[str, str | float] = dataclasses.field(default_factory=dict, hash=False)
