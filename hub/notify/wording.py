"""What a small display can show of a French text. Pure."""

from __future__ import annotations

import unicodedata

_SPOKEN = str.maketrans(
    {
        "œ": "oe",
        "Œ": "OE",
        "æ": "ae",
        "Æ": "AE",
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "\u2019": "'",
        "\u2018": "'",
        "«": '"',
        "»": '"',
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "≥": ">=",
        "≤": "<=",
        "€": "EUR",
        "°": " ",
        "\u00b7": ".",
        "→": ">",
    }
)


def plain(text: str) -> str:
    """Return a text without control characters and with single blanks: nothing in it can end a field or a line."""
    seen = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)
    return " ".join(seen.split())


def to_ascii(text: str) -> str:
    """Write a text in printable ASCII: accents are left out, what has no likeness becomes `?`."""
    apart = unicodedata.normalize("NFKD", text.translate(_SPOKEN))
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return "".join(char if " " <= char <= "~" else "?" for char in plain(bare))


def to_latin1(text: str) -> str:
    """Write a text in printable Latin-1; what it does not have is written as in ASCII."""
    whole = unicodedata.normalize("NFC", plain(text))
    return "".join(char if _in_latin1(char) else to_ascii(char) for char in whole)


def cut(text: str, width: int) -> str:
    """Cut a text to a display, between words: half a number would be another number."""
    if len(text) <= width:
        return text
    head, blank, _ = text[: width + 1].rpartition(" ")
    return head.rstrip() if blank and head.strip() else text[:width]


def _in_latin1(char: str) -> bool:
    return " " <= char <= "~" or "\xa1" <= char <= "\xff"
