"""CDA R2 level 1: a header of codes around the PDF (HL7 CDA R2 `nonXMLBody`). Pure.

Identifiers of people and places are sheet 06's. Codes marked "mem" in `CODES` and the templates are from memory of the public
CI-SIS and LOINC tables: check them against the current ones before a document is fed to the DMP.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring
from zoneinfo import ZoneInfo

from devices.clock import to_datetime
from hub.acts.documents.model import Home, Identity, Kind, PaperError, Professional, Sex
from hub.acts.numbers import NumberError, parse_finess, parse_rpps

NAMESPACE = "urn:hl7-org:v3"
LOINC = "2.16.840.1.113883.6.1"
PERSON_OID = "1.2.250.1.71.4.2.1"
"Professionals: `8` and the RPPS (IDNPS, sheet 06 part 7)."
STRUCTURE_OID = "1.2.250.1.71.4.2.2"
"Structures: `1` and the FINESS (sheet 06 part 7)."
TEMPLATES = ("2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1", "1.3.6.1.4.1.19376.1.2.20")
"Header of HL7 France, of the CI-SIS, and IHE XDS-SD for a body that is a file (mem)."


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of document in LOINC."""

    loinc: str
    name: str


CODES: Mapping[Kind, Code] = {
    Kind.REPORT: Code("11488-4", "Compte rendu de consultation"),  # mem
    Kind.LIAISON: Code("34133-9", "Dossier de liaison d'urgence"),  # mem: summary of an episode
    Kind.SAED: Code("18761-7", "Fiche de transfert SAED"),  # mem: transfer summary
}


@dataclass(frozen=True, slots=True)
class Header:
    """What a document says of itself. Times are microseconds UTC."""

    id: uuid.UUID
    "Of this version."
    set_id: uuid.UUID
    "Of all versions of the paper."
    version: int
    kind: Kind
    title: str
    made: int
    home: Home
    resident: Identity
    local_id: str
    "By which the home knows the resident; the only identifier of who has no qualified identity."
    author: Professional
    signed_by: Professional | None = None
    signed: int | None = None
    began: int | None = None
    ended: int | None = None
    replaces: uuid.UUID | None = None
    "The version before."


def cda(header: Header, pdf: bytes, zone: ZoneInfo) -> bytes:
    """Return the document.

    Raises:
        PaperError: a number of a professional or of the home is none.
    """
    register_namespace("", NAMESPACE)
    root = Element(_("ClinicalDocument"), {"classCode": "DOCCLIN", "moodCode": "EVN"})
    _about(root, header, zone)
    _patient(root, header)
    _author(root, header, zone)
    _custodian(root, header.home)
    _authenticator(root, header, zone)
    _event(root, header, zone)
    _replaced(root, header)
    _encounter(root, header, zone)
    body = _add(_add(root, "component"), "nonXMLBody")
    text = _add(body, "text", mediaType="application/pdf", representation="B64")
    text.text = base64.b64encode(pdf).decode()
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def oid(key: uuid.UUID) -> str:
    """Return a UUID as an OID (X.667): nobody has to assign it."""
    return f"2.25.{key.int}"


def stamp(time: int, zone: ZoneInfo) -> str:
    """Return a time with its offset, as HL7 writes it."""
    return f"{to_datetime(time).astimezone(zone):%Y%m%d%H%M%S%z}"


def _about(root: Element, header: Header, zone: ZoneInfo) -> None:
    code = CODES[header.kind]
    _add(root, "realmCode", code="FR")
    _add(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    for template in TEMPLATES:
        _add(root, "templateId", root=template)
    _add(root, "id", root=oid(header.id))
    _add(root, "code", code=code.loinc, displayName=code.name, codeSystem=LOINC, codeSystemName="LOINC")
    _add(root, "title").text = header.title
    _add(root, "effectiveTime", value=stamp(header.made, zone))
    _add(root, "confidentialityCode", code="N", displayName="Normal", codeSystem="2.16.840.1.113883.5.25")
    _add(root, "languageCode", code="fr-FR")
    _add(root, "setId", root=oid(header.set_id))
    _add(root, "versionNumber", value=str(header.version))


def _patient(root: Element, header: Header) -> None:
    who = header.resident
    role = _add(_add(root, "recordTarget"), "patientRole", classCode="PAT")
    if who.matricule:
        _add(role, "id", root=who.authority, extension=who.matricule)
    # The home has no OID of its own from the start: its name makes one that no other home has.
    local = uuid.uuid5(uuid.NAMESPACE_URL, f"veilleuse:{header.home.finess or header.home.name}")
    _add(role, "id", root=oid(local), extension=header.local_id)
    person = _add(role, "patient", classCode="PSN")
    name = _add(person, "name")
    for given in who.given_names.split():
        _add(name, "given").text = given
    _add(name, "family", qualifier="BR").text = who.birth_name
    if who.used_name:
        _add(name, "family", qualifier="SP").text = who.used_name
    gender = {Sex.FEMALE: "F", Sex.MALE: "M"}.get(who.sex) if who.sex else None
    if gender is None:
        _add(person, "administrativeGenderCode", nullFlavor="UNK")
    else:
        _add(person, "administrativeGenderCode", code=gender, codeSystem="2.16.840.1.113883.5.1")
    born = who.birth_date.replace("-", "") if who.birth_date else str(who.birth_year)
    _add(person, "birthTime", value=born)
    if who.birth_place:
        place = _add(_add(_add(person, "birthplace"), "place"), "addr")
        _add(place, "county").text = who.birth_place


def _author(root: Element, header: Header, zone: ZoneInfo) -> None:
    author = _add(root, "author")
    _add(author, "time", value=stamp(header.made, zone))
    assigned = _add(author, "assignedAuthor", classCode="ASSIGNED")
    _professional(assigned, header.author, "assignedPerson")
    _structure(_add(assigned, "representedOrganization"), header.home)


def _custodian(root: Element, home: Home) -> None:
    assigned = _add(_add(root, "custodian"), "assignedCustodian")
    _structure(_add(assigned, "representedCustodianOrganization"), home)


def _authenticator(root: Element, header: Header, zone: ZoneInfo) -> None:
    if header.signed_by is None or header.signed is None:
        return
    legal = _add(root, "legalAuthenticator")
    _add(legal, "time", value=stamp(header.signed, zone))
    _add(legal, "signatureCode", code="S")
    assigned = _add(legal, "assignedEntity", classCode="ASSIGNED")
    _professional(assigned, header.signed_by, "assignedPerson")
    _structure(_add(assigned, "representedOrganization"), header.home)


def _event(root: Element, header: Header, zone: ZoneInfo) -> None:
    event = _add(_add(root, "documentationOf"), "serviceEvent", classCode="ACT")
    _period(event, header, zone)
    performer = _add(event, "performer", typeCode="PRF")
    assigned = _add(performer, "assignedEntity", classCode="ASSIGNED")
    _professional(assigned, header.author, "assignedPerson")
    _structure(_add(assigned, "representedOrganization"), header.home)


def _replaced(root: Element, header: Header) -> None:
    if header.replaces is not None:
        parent = _add(_add(root, "relatedDocument", typeCode="RPLC"), "parentDocument")
        _add(parent, "id", root=oid(header.replaces))


def _encounter(root: Element, header: Header, zone: ZoneInfo) -> None:
    encounter = _add(_add(root, "componentOf"), "encompassingEncounter", classCode="ENC")
    # VR: at a distance (HL7 ActCode, sheet 06 part 1).
    _add(encounter, "code", code="VR", displayName="À distance", codeSystem="2.16.840.1.113883.5.4")
    _period(encounter, header, zone)


def _period(parent: Element, header: Header, zone: ZoneInfo) -> None:
    period = _add(parent, "effectiveTime")
    _add(period, "low", value=stamp(header.made if header.began is None else header.began, zone))
    if header.ended is not None:
        _add(period, "high", value=stamp(header.ended, zone))


def _professional(parent: Element, who: Professional, person: str) -> None:
    if who.rpps:
        try:
            parse_rpps(who.rpps)
        except NumberError as error:
            raise PaperError(f"RPPS of {who.name!r}: {error}") from None
        _add(parent, "id", root=PERSON_OID, extension=f"8{who.rpps}")
    else:
        _add(parent, "id", nullFlavor="NI")
    _add(_add(_add(parent, person), "name"), "family").text = who.name


def _structure(parent: Element, home: Home) -> None:
    if home.finess:
        try:
            parse_finess(home.finess)
        except NumberError as error:
            raise PaperError(f"FINESS of {home.name!r}: {error}") from None
        _add(parent, "id", root=STRUCTURE_OID, extension=f"1{home.finess}")
    else:
        _add(parent, "id", nullFlavor="NI")
    _add(parent, "name").text = home.name


def _(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: Element, name: str, **attributes: str) -> Element:
    return SubElement(parent, _(name), attributes)
