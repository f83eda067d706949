"""An alert, or a word to an expert, as a letter: French, plain text, no person. Pure."""

from __future__ import annotations

import hashlib
import re
from datetime import tzinfo
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from devices.clock import to_datetime
from devices.errors import ConfigError
from devices.limits import Priority
from hub.notify.base import QUESTION_CODE, REMINDER_CODE, TEST_CODE, Notice
from hub.notify.wording import plain

_ADDRESS = re.compile(
    r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@((?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)",
    re.ASCII,
)
MAX_ADDRESS = 254
"Characters of an address (RFC 5321)."

_HEADINGS = {TEST_CODE: "Message d'essai", REMINDER_CODE: "Rappel"}
"Of what is no alert."
_CLOSING = "Ce message ne nomme aucune personne. Ne pas y répondre : personne ne lit les réponses.\n"
_PRIORITIES = {
    Priority.HIGH: ("!!!", "haute"),
    Priority.MEDIUM: ("!!", "moyenne"),
    Priority.LOW: ("!", "basse"),
}

# Seven bits whatever the server offers; lines end as SMTP wants them.
_POLICY = SMTP.clone(cte_type="7bit")


def address(text: str) -> Address | None:
    """Read an address without display name, quotes or comments; `None` if it is none."""
    found = _ADDRESS.fullmatch(text) if len(text) <= MAX_ADDRESS else None
    return None if found is None else Address(username=found[1], domain=found[2])


def sender(name: str, text: str) -> Address:
    """Make a sender.

    Raises:
        ConfigError: the address is none.
    """
    found = address(text)
    if found is None:
        raise ConfigError(f"sender {text!r} is no e-mail address")
    return Address(plain(name), found.username, found.domain)


def message_id(notice: Notice, domain: str) -> str:
    """Return the letter's identity: the same notice sent again is the same letter."""
    return f"<{hashlib.sha256(notice.id.encode()).hexdigest()[:40]}@{domain}>"


def compose(notice: Notice, origin: Address, recipient: Address, zone: tzinfo) -> EmailMessage:
    """Write the letter; the same notice gives the same bytes."""
    marks, _ = _PRIORITIES[notice.priority]
    text, question = plain(notice.text), notice.code == QUESTION_CODE
    letter = EmailMessage(policy=_POLICY)
    letter["From"] = origin
    letter["To"] = recipient
    letter["Subject"] = f"[Veilleuse] {text}" if question else f"[Veilleuse] {marks} {text}"
    letter["Date"] = to_datetime(notice.born).astimezone(zone)
    letter["Message-ID"] = message_id(notice, origin.domain)
    letter["Auto-Submitted"] = "auto-generated"
    letter["Importance"] = "high" if notice.priority is Priority.HIGH else "normal"
    letter.set_content(_question(notice) if question else _alert(notice, zone))
    return letter


def _alert(notice: Notice, zone: tzinfo) -> str:
    marks, priority = _PRIORITIES[notice.priority]
    text, room, code = plain(notice.text), plain(notice.room), plain(notice.code)
    heading = _HEADINGS.get(code, f"{marks} Alerte de priorité {priority}")
    born = to_datetime(notice.born).astimezone(zone)
    ends = to_datetime(notice.expires).astimezone(zone)
    return (
        f"{heading}\n\n"
        f"{text}\n\n"
        f"Chambre : {room}\n"
        f"Code : {code}\n"
        f"Déclarée : le {born:%d/%m/%Y} à {born:%H:%M:%S}\n"
        f"Valable : jusqu'au {ends:%d/%m/%Y} à {ends:%H:%M:%S}\n\n"
        "Un courriel peut arriver en retard : l'état actuel est sur la tablette du service.\n"
        f"{_CLOSING}"
    )


def _question(notice: Notice) -> str:
    """Write to an expert, who has no tablet of the ward."""
    place = plain(notice.link) or "la page « Avis demandés » de Veilleuse"
    return (
        f"{plain(notice.text)}.\n\n"
        "Une question d'un établissement attend votre avis. Elle se lit ici :\n"
        f"{place}\n\n"
        "Un courriel peut arriver en retard : la page dit si la question attend encore.\n"
        f"{_CLOSING}"
    )
