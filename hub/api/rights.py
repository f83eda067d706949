"""Who may what: one row for every address of the hub, whoever adds it. `hub.api.gate` holds requests to it.

A row says which roles may, whose data it is about, and, where no session is needed, what is asked for instead. An address
without a row is refused, and `tests/hub/api/test_rights.py` names it. To add one, put a row into the part of its area:

    "POST /api/v1/residents/{resident}/acts": Right(CARERS),
    "GET /api/v1/acts/{act}": Right(CARERS, about=("act", "act")),

Whoever is asked for by `{resident}` in the address needs no `about`. `about` is the name of the address's part and the kind
of thing it names; `hub.store.whose` knows of which resident each kind is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.api.models import Role

ALL: Final = frozenset(Role)
CARERS: Final = frozenset({Role.NURSE, Role.PHYSICIAN, Role.COORDINATOR})
"Those who may know residents."
GIVERS: Final = frozenset({Role.NURSE, Role.COORDINATOR})
"Those who give care, and write down what they measured and did."
SIGNERS: Final = frozenset({Role.PHYSICIAN, Role.COORDINATOR})
"Those who may sign a limit."
COORDINATORS: Final = frozenset({Role.COORDINATOR})
"Those who plan the ward."
PHYSICIANS: Final = frozenset({Role.PHYSICIAN})
STAFF: Final = frozenset({Role.NURSE, Role.TECHNICIAN})
"Those who look after the devices."
TECHNICIANS: Final = frozenset({Role.TECHNICIAN})
"Those who add devices and link sensors."


@dataclass(frozen=True, slots=True)
class Right:
    """Who may ask for one address."""

    roles: frozenset[Role]
    about: tuple[str, str] | None = None
    "Part of the address and the kind of thing it names, by which the resident is found."
    unseen: bool = False
    "A physician may ask for it about a resident whom they do not see."
    instead: str = ""
    "What opens it in place of a session; empty where a session is needed."


_FILES: Final = Right(ALL, instead="nothing: pages and their files hold no data, they ask for it")

_SYSTEM: Mapping[str, Right] = {
    "GET /healthz": Right(ALL, instead="nothing: it tells of machines, never of people"),
    "GET /metrics": Right(TECHNICIANS, instead="a request from this machine"),
    "GET /api/v1/openapi.json": Right(ALL, instead="nothing: it is the interface's description"),
    "POST /api/v1/session": Right(ALL, instead="name and password"),
    "GET /api/v1/session": Right(ALL),
    "DELETE /api/v1/session": Right(ALL),
    "GET /api/v1/home": Right(ALL),
    "WS /api/v1/live": Right(ALL),
}
"What each sees in the live stream differs: `hub.api.stream`."

_RESIDENTS: Mapping[str, Right] = {
    "GET /api/v1/residents": Right(CARERS),
    "GET /api/v1/residents/{resident}": Right(CARERS),
    "GET /api/v1/residents/{resident}/measurements": Right(CARERS),
    "GET /api/v1/residents/{resident}/waveforms": Right(CARERS),
    "GET /api/v1/watch": Right(CARERS),
}

_CARE: Mapping[str, Right] = {
    "GET /api/v1/care": Right(CARERS),
    "POST /api/v1/residents/{resident}/care": Right(COORDINATORS),
    "DELETE /api/v1/residents/{resident}/care/{username}": Right(COORDINATORS),
    "POST /api/v1/residents/{resident}/break-glass": Right(PHYSICIANS, unseen=True),
    "GET /api/v1/break-glass": Right(COORDINATORS),
    "GET /api/v1/residents/{resident}/break-glass": Right(CARERS),
    "GET /api/v1/audit/residents/{resident}": Right(COORDINATORS),
}

_ALERTS: Mapping[str, Right] = {
    "GET /api/v1/alerts": Right(ALL),
    "POST /api/v1/alerts/{alert}": Right(CARERS, about=("alert", "alert")),
    "GET /api/v1/alerts/{alert}/notifications": Right(CARERS, about=("alert", "alert")),
    "GET /api/v1/suppressions": Right(ALL),
    "POST /api/v1/suppressions": Right(STAFF),
    "DELETE /api/v1/suppressions/{suppression}": Right(STAFF),
    "GET /api/v1/channels": Right(ALL),
    "GET /api/v1/duty": Right(CARERS),
    "GET /api/v1/duty/contacts": Right(COORDINATORS),
    "PUT /api/v1/duty/contacts/{person}": Right(COORDINATORS),
    "DELETE /api/v1/duty/contacts/{person}/{number}": Right(COORDINATORS),
    "POST /api/v1/duty/contacts/{person}/tests": Right(COORDINATORS),
    "POST /api/v1/duty/exchanges": Right(CARERS),
    "DELETE /api/v1/duty/exchanges/{exchange}": Right(CARERS),
    "GET /api/v1/push/key": Right(ALL),
    "GET /api/v1/push/devices": Right(ALL),
    "POST /api/v1/push/devices": Right(ALL),
    "DELETE /api/v1/push/devices/{device}": Right(ALL),
    "POST /api/v1/push/devices/{device}/test": Right(ALL),
    "POST /api/v1/push/receipts": Right(ALL, instead="the secret that only the pushed message held"),
}

_LIMITS: Mapping[str, Right] = {
    "GET /api/v1/prescriptions/waiting": Right(CARERS),
    "GET /api/v1/residents/{resident}/prescriptions": Right(CARERS),
    "POST /api/v1/residents/{resident}/prescriptions": Right(CARERS),
    "POST /api/v1/residents/{resident}/prescriptions/preview": Right(CARERS),
    "POST /api/v1/residents/{resident}/settings": Right(CARERS),
    "POST /api/v1/residents/{resident}/settings/preview": Right(CARERS),
    "POST /api/v1/prescriptions/{paper}/sign": Right(SIGNERS, about=("paper", "limit")),
    "POST /api/v1/prescriptions/{paper}/refuse": Right(SIGNERS, about=("paper", "limit")),
    "POST /api/v1/prescriptions/{paper}/take-back": Right(CARERS, about=("paper", "limit")),
    "POST /api/v1/prescriptions/{paper}/withdraw": Right(SIGNERS, about=("paper", "limit")),
    "POST /api/v1/prescriptions/{paper}/renew": Right(CARERS, about=("paper", "limit")),
    "POST /api/v1/prescriptions/{paper}/settle": Right(SIGNERS, about=("paper", "limit")),
    "GET /api/v1/load": Right(SIGNERS),
    "GET /api/v1/differences": Right(SIGNERS),
    "POST /api/v1/what-if": Right(SIGNERS),
    "GET /api/v1/what-if": Right(SIGNERS),
    "GET /api/v1/what-if/{job}": Right(SIGNERS),
    "DELETE /api/v1/what-if/{job}": Right(SIGNERS),
}
"What is proposed, signed or refused by whom is decided in `hub.alerting.prescriptions`."

_CALLS: Mapping[str, Right] = {
    "POST /api/v1/residents/{resident}/calls": Right(SIGNERS),
    "GET /api/v1/residents/{resident}/calls": Right(CARERS),
    "GET /api/v1/calls": Right(CARERS),
    "GET /api/v1/calls/{call}": Right(CARERS, about=("call", "call")),
    "POST /api/v1/calls/{call}/hangup": Right(CARERS, about=("call", "call")),
    "POST /api/v1/calls/{call}/participants": Right(CARERS, about=("call", "call")),
    "POST /api/v1/calls/{call}/participants/leave": Right(CARERS, about=("call", "call")),
    "POST /api/v1/calls/{call}/invites": Right(SIGNERS, about=("call", "call")),
    "GET /api/v1/calls/{call}/invites": Right(CARERS, about=("call", "call")),
    "GET /api/v1/calls/{call}/invitable": Right(SIGNERS, about=("call", "call")),
    "DELETE /api/v1/calls/{call}/invites/{invite}": Right(SIGNERS, about=("call", "call")),
    "GET /api/v1/calls/{call}/encounter": Right(CARERS, about=("call", "call")),
    "POST /api/v1/calls/{call}/snapshots": Right(CARERS, about=("call", "call")),
    "GET /api/v1/calls/{call}/snapshots/{snapshot}": Right(CARERS, about=("call", "call")),
    "WS /api/v1/calls/{call}/signal": Right(CARERS, instead="a guest's cookie of this call"),
    "POST /api/v1/guest": Right(ALL, instead="the one-time link of an invitation"),
    "GET /api/v1/guest": Right(ALL, instead="a guest's cookie"),
    "POST /api/v1/residents/{resident}/call-requests": Right(GIVERS),
    "GET /api/v1/call-requests": Right(CARERS),
    "POST /api/v1/call-requests/{key}/withdraw": Right(GIVERS),
    "GET /api/v1/residents/{resident}/call-consent": Right(CARERS),
    "PUT /api/v1/residents/{resident}/call-consent": Right(SIGNERS),
}

_ACTS: Mapping[str, Right] = {
    "POST /api/v1/residents/{resident}/acts": Right(CARERS),
    "GET /api/v1/residents/{resident}/acts": Right(CARERS),
    "GET /api/v1/acts/{act}": Right(CARERS, about=("act", "act")),
    "POST /api/v1/acts/{act}/steps": Right(CARERS, about=("act", "act")),
    "GET /api/v1/residents/{resident}/timeline": Right(CARERS),
}
"Which step of an act is whose is decided in `hub.acts.machines`."

_WOUNDS: Mapping[str, Right] = {
    "GET /api/v1/experts": Right(CARERS),
    "GET /api/v1/expertises": Right(CARERS),
    "GET /api/v1/residents/{resident}/wounds": Right(CARERS),
    "POST /api/v1/residents/{resident}/wounds": Right(CARERS),
    "POST /api/v1/wounds/{wound}/end": Right(CARERS, about=("wound", "wound")),
    "POST /api/v1/wounds/{wound}/pictures": Right(CARERS, about=("wound", "wound")),
    "GET /api/v1/wounds/{wound}/pictures/{picture}": Right(CARERS, about=("wound", "wound")),
    "POST /api/v1/wounds/{wound}/findings": Right(CARERS, about=("wound", "wound")),
    "POST /api/v1/wounds/{wound}/withdrawals/{what}": Right(CARERS, about=("wound", "wound")),
}

_AGENDA: Mapping[str, Right] = {
    "GET /api/v1/agenda": Right(CARERS),
    "GET /api/v1/agenda/reoriented": Right(SIGNERS),
    "POST /api/v1/agenda/reoriented/{act}": Right(COORDINATORS, about=("act", "act")),
    "GET /api/v1/slots": Right(CARERS),
    "POST /api/v1/slots": Right(SIGNERS),
    "DELETE /api/v1/slots/{slot}": Right(SIGNERS),
    "POST /api/v1/acts/{act}/booking": Right(CARERS, about=("act", "act")),
    "POST /api/v1/residents/{resident}/booking": Right(CARERS),
    "GET /api/v1/acts/{act}/adherence": Right(CARERS, about=("act", "act")),
    "GET /api/v1/acts/{act}/follow-up": Right(CARERS, about=("act", "act")),
    "GET /api/v1/calendar": Right(CARERS),
    "POST /api/v1/calendar": Right(CARERS),
    "DELETE /api/v1/calendar": Right(CARERS),
    "GET /api/v1/calendars/{secret}/teleconsultations.ics": Right(
        ALL, instead="the secret of the link; it tells times and rooms, no name"
    ),
}
"A physician gives and withdraws their own slots alone: `hub.booking`."

_DOSSIER: Mapping[str, Right] = {
    "GET /api/v1/residents/{resident}/dossier": Right(CARERS),
    "PUT /api/v1/residents/{resident}/dossier/{section}": Right(CARERS),
    "GET /api/v1/residents/{resident}/dossier/{section}/versions": Right(CARERS),
    "POST /api/v1/residents/{resident}/dossier/validation": Right(PHYSICIANS),
    "GET /api/v1/professionals": Right(CARERS),
}
"Which section is written by whom is decided in `hub.acts.dossier`."

_PAPERS: Mapping[str, Right] = {
    "GET /api/v1/residents/{resident}/saed": Right(CARERS),
    "POST /api/v1/residents/{resident}/saed": Right(CARERS),
    "POST /api/v1/residents/{resident}/papers": Right(CARERS),
    "GET /api/v1/residents/{resident}/papers": Right(CARERS),
    "GET /api/v1/papers/{paper}": Right(CARERS, about=("paper", "paper")),
    "GET /api/v1/papers/{paper}/pdf": Right(CARERS, about=("paper", "paper")),
    "GET /api/v1/papers/{paper}/cda": Right(CARERS, about=("paper", "paper")),
    "POST /api/v1/papers/{paper}/sign": Right(CARERS, about=("paper", "paper")),
    "POST /api/v1/papers/{paper}/send": Right(CARERS, about=("paper", "paper")),
}
"Which paper is signed by whom is decided in `hub.api.papers`."

_TRIAGE: Mapping[str, Right] = {
    "GET /api/v1/triage/rules": Right(CARERS),
    "GET /api/v1/triage/review": Right(SIGNERS),
    "GET /api/v1/residents/{resident}/triage": Right(CARERS),
    "POST /api/v1/residents/{resident}/triage": Right(CARERS),
    "POST /api/v1/residents/{resident}/triage/draft": Right(CARERS),
    "GET /api/v1/residents/{resident}/triages": Right(CARERS),
    "GET /api/v1/triages/{triage}": Right(CARERS, about=("triage", "triage")),
    "POST /api/v1/triages/{triage}/decisions": Right(CARERS, about=("triage", "triage")),
}

_ACTIVITY: Mapping[str, Right] = {
    "GET /api/v1/activity": Right(COORDINATORS),
    "GET /api/v1/activity/file": Right(COORDINATORS),
    "GET /api/v1/activity/pdf": Right(COORDINATORS),
    "POST /api/v1/activity/region": Right(COORDINATORS),
    "POST /api/v1/activity/region/pdf": Right(COORDINATORS),
    "GET /api/v1/billing": Right(COORDINATORS),
    "GET /api/v1/billing/file": Right(COORDINATORS),
    "GET /api/v1/billing/sums": Right(COORDINATORS),
}
"Who runs the home; what of it may leave is decided in `hub.acts.disclosure`."

_ROUNDS: Mapping[str, Right] = {
    "GET /api/v1/rounds": Right(CARERS),
    "GET /api/v1/rounds/{resident}": Right(CARERS),
    "POST /api/v1/rounds/{resident}/draft": Right(CARERS),
    "POST /api/v1/rounds/{resident}/sets": Right(GIVERS),
    "POST /api/v1/rounds/{resident}/sets/{key}": Right(GIVERS),
    "POST /api/v1/rounds/{resident}/sets/{key}/withdrawal": Right(GIVERS),
    "GET /api/v1/rounds/{resident}/sets": Right(CARERS),
    "GET /api/v1/handover": Right(CARERS),
    "POST /api/v1/handover/notes": Right(CARERS),
    "POST /api/v1/handover/notes/{note}": Right(GIVERS),
    "POST /api/v1/handover/receipts": Right(CARERS),
}

_DEVICES: Mapping[str, Right] = {
    "GET /api/v1/edges": Right(STAFF),
    "GET /api/v1/rooms": Right(STAFF),
    "POST /api/v1/edges/{edge}/surveys": Right(TECHNICIANS),
    "POST /api/v1/edges/{edge}/trials": Right(TECHNICIANS),
    "DELETE /api/v1/inquiries/{inquiry}": Right(TECHNICIANS),
    "WS /api/v1/inquiries/{inquiry}": Right(TECHNICIANS),
    "POST /api/v1/edges/{edge}/sensors": Right(TECHNICIANS),
    "POST /api/v1/edges/{edge}/sensors/{sensor}/unlink": Right(TECHNICIANS),
    "POST /api/v1/edges/{edge}/sensors/{sensor}/assignment": Right(STAFF),
    "POST /api/v1/edges/{edge}/assignments": Right(STAFF),
    "POST /api/v1/edges/{edge}/assignments/undo": Right(STAFF),
    "GET /api/v1/enrolments": Right(TECHNICIANS),
    "POST /api/v1/enrolments": Right(TECHNICIANS),
    "GET /api/v1/enrolments/{enrolment}": Right(TECHNICIANS),
    "DELETE /api/v1/enrolments/{enrolment}": Right(TECHNICIANS),
    "POST /api/v1/enrolments/{enrolment}/redeem": Right(ALL, instead="proof of the one-time code"),
    "POST /api/v1/enrolments/{enrolment}/confirm": Right(ALL, instead="proof of the edge's keys"),
}

_PAGES: Mapping[str, Right] = {
    f"GET {path}": _FILES
    for path in (
        "/",
        "/connexion",
        "/service",
        "/service/resident/{resident}",
        "/tournee",
        "/tournee/resident/{resident}",
        "/transmissions",
        "/service/alarme/{alert}",
        "/plus",
        "/appel/demande/{request}",
        "/appel/{call}",
        "/invitation",
        "/medecin",
        "/medecin/resident/{resident}",
        "/coordination",
        "/coordination/ecarts",
        "/coordination/acces",
        "/coordination/essai",
        "/coordination/essai/{resident}",
        "/coordination/signatures",
        "/limites/{resident}",
        "/questionnaire/{resident}",
        "/dossier/{resident}",
        "/documents/{resident}",
        "/plaies/{resident}",
        "/actes/{resident}",
        "/actes/{resident}/{act}",
        "/activite",
        "/agenda",
        "/agenda/creneaux",
        "/agenda/reorientees",
        "/agenda/suivi/{act}",
        "/avis",
        "/garde",
        "/technicien",
        "/technicien/chambre/{room}",
        "/sw.js",
        "/manifest.webmanifest",
        "/assets",
        "/icons",
    )
}
"What a page shows comes from the addresses above; each page tells a role that it is not for that it is not."

RIGHTS: Mapping[str, Right] = {
    **_SYSTEM,
    **_RESIDENTS,
    **_CARE,
    **_ALERTS,
    **_LIMITS,
    **_CALLS,
    **_ACTS,
    **_AGENDA,
    **_WOUNDS,
    **_PAPERS,
    **_DOSSIER,
    **_TRIAGE,
    **_ACTIVITY,
    **_ROUNDS,
    **_DEVICES,
    **_PAGES,
}
"`METHOD /address` to who may; `WS` is a WebSocket."


def right_of(method: str, path: str) -> Right | None:
    """Return the row of an address as it was declared; `HEAD` is asked for like `GET`."""
    return RIGHTS.get(f"{'GET' if method == 'HEAD' else method} {path}")
