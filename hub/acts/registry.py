"""The machine of every kind of act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.acts.machines import assistance, consultation, expertise, regulation, surveillance
from hub.acts.model import Kind, Machine

MACHINES: Final[Mapping[Kind, Machine]] = {
    machine.kind: machine
    for machine in (
        surveillance.MACHINE,
        assistance.MACHINE,
        consultation.MACHINE,
        expertise.MACHINE,
        regulation.MACHINE,
    )
}
