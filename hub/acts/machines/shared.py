"""What several acts ask for: consent before anything (CSP L1111-4), and the call in which it happens."""

from __future__ import annotations

from typing import Final

from hub.acts.fields import Field, Type
from hub.acts.model import CALL, DAY

CONSENT: Final = (
    Field("consent", Type.CHOICE, options=("oral", "written", "representative", "emergency")),
    Field("consent_by", Type.TEXT),
)
"In which form, and who gave it: the resident, or who speaks for them."
IN_CALL: Final = Field(CALL, Type.TEXT, required=False)
"The video call, when there is one."
YEAR: Final = 366 * DAY
"The longest prescription of a télésurveillance (CSS L162-52 ff., sheet 06), in microseconds."
