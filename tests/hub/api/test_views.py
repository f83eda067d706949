"""What of an alert crosses the wire."""

from __future__ import annotations

import pytest

from devices.limits import Priority
from hub.alerting.model import Alert, Code
from hub.api.views import alert_view
from hub.ward import Roll, Told

ROLL = Roll("Les Tilleuls", {}, {"e1": "Chambre 12", "e2": "Chambre 4"})


@pytest.mark.parametrize(
    ("code", "detail", "shown"),
    [
        (Code.NEWS2, "spo2=3,pulse=1;temperature;red", "spo2=3,pulse=1;temperature;red"),
        (Code.COMPOSITE, "Fièvre;temperature>38.3", "Fièvre;temperature>38.3"),
        (Code.CONTACT_UNREACHABLE, "anne", ""),
        (Code.SENSOR_CONFLICT, "e2", ""),
    ],
)
def test_only_reasons_that_name_nobody_are_told(code: Code, detail: str, shown: str) -> None:
    told = Told(Alert("a", code, Priority.MEDIUM, "e1", None, 0, 0, detail=detail), ())
    assert alert_view(told, ROLL, anonymous=False).detail == shown
