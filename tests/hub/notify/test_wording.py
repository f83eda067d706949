"""Texts for small displays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.notify.wording import cut, plain, to_ascii, to_latin1


@pytest.mark.parametrize(
    ("text", "ascii_text", "latin"),
    [
        ("Ch 12 SpO\u2082 basse 84\u00a0%", "Ch 12 SpO2 basse 84 %", "Ch 12 SpO2 basse 84 %"),
        ("fi\u00e8vre \u00c9lev\u00e9e", "fievre Elevee", "fi\u00e8vre \u00c9lev\u00e9e"),
        (
            "c\u0153ur \u2265 120 \u2212 l\u2019\u00e9t\u00e9",
            "coeur >= 120 - l'ete",
            "coeur >= 120 - l'\u00e9t\u00e9",
        ),
        ("39 \u00b0C", "39 C", "39 \u00b0C"),
        ("a\x00\r\n\tb\u2028c", "a b c", "a b c"),
        ("\u4e00!", "?!", "?!"),
        ("e\u0301", "e", "\u00e9"),
    ],
)
def test_writing(text: str, ascii_text: str, latin: str) -> None:
    assert to_ascii(text) == ascii_text
    assert to_latin1(text) == latin


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("Ch 12 SpO2 basse 100 %", 30, "Ch 12 SpO2 basse 100 %"),
        ("Ch 12 SpO2 basse 100 %", 19, "Ch 12 SpO2 basse"),
        ("Ch 12 SpO2 basse 100 %", 20, "Ch 12 SpO2 basse 100"),
        ("Ch 12 SpO2 basse 100 %", 16, "Ch 12 SpO2 basse"),
        ("aaaaaaaaaa", 4, "aaaa"),
        (" aaaaaaaaaa", 4, " aaa"),
    ],
)
def test_cutting(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@given(st.text(max_size=80), st.integers(1, 60))
def test_any_text_becomes_bytes_without_control_characters(text: str, width: int) -> None:
    for written, coding in ((to_ascii(text), "ascii"), (to_latin1(text), "latin-1")):
        shown = cut(written, width)
        assert len(shown) <= width
        assert all(byte >= 0x20 and byte != 0x7F and not 0x80 <= byte < 0xA0 for byte in shown.encode(coding))
    assert plain(plain(text)) == plain(text)
