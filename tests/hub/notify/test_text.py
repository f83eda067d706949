"""What a small display shows: short, French, and no name."""

from __future__ import annotations

import pytest

from devices.limits import Priority
from hub.alerting.model import Alert, Code
from hub.notify.text import _WORDS, WIDTH, short_text


def alert(code: Code, **more: object) -> Alert:
    return Alert("a", code, Priority.HIGH, "e1", "r1", 0, 0, **more)  # type: ignore[arg-type]  # fields of Alert


@pytest.mark.parametrize(
    ("made", "room", "say", "text"),
    [
        (alert(Code.LIMIT_LOW, metric="spo2", value=84.0), "Chambre 12", "", "Ch 12 SpO2 bas 84 %"),
        (
            alert(Code.LIMIT_HIGH, metric="temperature", value=39.25),
            "Chambre 3",
            "",
            "Ch 3 Température haut 39,2 °C",
        ),
        (alert(Code.LIMIT_HIGH, metric="co2", value=None), "12", "", "12 co2 haut"),
        (alert(Code.LIMIT_LOW, value=0.0), "12", "", "12 mesure bas 0"),
        (alert(Code.NEWS2, value=7.0), "Chambre 12", "", "Ch 12 NEWS2 7"),
        (alert(Code.NEWS2), "Chambre 12", "", "Ch 12 score NEWS2 élevé"),
        (alert(Code.FALL), "Chambre 12", "APPELER LE 15", "APPELER LE 15 Ch 12 chute"),
        (alert(Code.NURSE_CALL), "", "", "Chambre inconnue appel du résident"),
        (alert(Code.FALL), "Salon\r\n\x03 bleu", "", "Salon bleu chute"),
    ],
)
def test_what_is_shown(made: Alert, room: str, say: str, text: str) -> None:
    assert short_text(made, room, say) == text


@pytest.mark.parametrize("code", list(Code))
def test_every_kind_of_alert_fits(code: Code) -> None:
    shown = short_text(
        alert(code, metric="respiration_rate", value=123.4), "Chambre 112 bis du premier étage", "x" * 24
    )
    assert len(shown) <= WIDTH
    assert shown.startswith("x" * 24 + " Ch 112")


def test_every_code_has_its_words():
    """A pager that says "alerte" alone sends somebody to look for what it is about."""
    assert set(_WORDS) | {Code.LIMIT_LOW, Code.LIMIT_HIGH} == set(Code)
