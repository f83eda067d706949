"""The alphabet of short messages (3GPP 23.038): 7 bits a character, ten more behind an escape. Pure."""

from __future__ import annotations

from hub.notify.wording import to_ascii

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_EXTENSION = {
    0x0A: "\x0c",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_CODES = {char: bytes([code]) for code, char in enumerate(_BASIC) if code != _ESCAPE} | {
    char: bytes([_ESCAPE, code]) for code, char in _EXTENSION.items()
}


def fits(text: str) -> bool:
    """Tell whether every character has a code."""
    return all(char in _CODES for char in text)


def likeness(text: str) -> str:
    """Write a text in this alphabet; what it does not have loses its accent (`ê`) or becomes `?`."""
    alike = "".join(char if char in _CODES else to_ascii(char) or " " for char in text)
    # The one printable ASCII character that has no code.
    return alike.replace("`", "'")


def encode(text: str) -> bytes:
    """Return a septet a byte.

    Raises:
        ValueError: a character has no code.
    """
    try:
        return b"".join(_CODES[char] for char in text)
    except KeyError as error:
        raise ValueError(f"{error.args[0]!r} is not in the alphabet of short messages") from None


def decode(septets: bytes) -> str:
    """Return the text of septets. An escape before a code that means nothing is left out, as the standard asks."""
    text = []
    escaped = False
    for code in septets:
        if not escaped and code == _ESCAPE:
            escaped = True
            continue
        char = _BASIC[code & 0x7F]
        text.append(_EXTENSION.get(code, char) if escaped else char)
        escaped = False
    return "".join(text).replace("\x1b", " ")


def pack(septets: bytes, fill: int = 0) -> bytes:
    """Put septets side by side, the first in the lowest bits, after `fill` bits of zero."""
    bits = 0
    for place, septet in enumerate(septets):
        bits |= (septet & 0x7F) << (fill + 7 * place)
    return bits.to_bytes((fill + 7 * len(septets) + 7) // 8, "little")


def unpack(data: bytes, count: int | None = None, fill: int = 0) -> bytes:
    """Take septets apart.

    Args:
        data: the octets.
        count: how many there are; fewer come when the octets end before. Without it as many as fit, except a last one
            that is nothing but padding.
        fill: bits before the first.
    """
    whole = max(0, (8 * len(data) - fill) // 7)
    bits = int.from_bytes(data, "little") >> fill
    wanted = whole if count is None else min(count, whole)
    septets = bytes((bits >> (7 * place)) & 0x7F for place in range(wanted))
    padded = count is None and wanted and (8 * len(data) - fill) % 7 == 0 and septets[-1] == 0
    return septets[:-1] if padded else septets
