"""A document as people send it by secure mail: IHE XDM, a zip of the CDA with its metadata (ebRIM). Pure.

Layout and metadata are the profile's least, from memory of IHE ITI: one submission set, one document. The same document
gives the same bytes: no time of packing, no order of chance.
"""

from __future__ import annotations

import hashlib
import io
import uuid
import zipfile
from html import escape
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from zoneinfo import ZoneInfo

from hub.acts.documents.cda import CODES, LOINC, Header, oid, stamp

NAME = "IHE_XDM.ZIP"
DOCUMENT = "IHE_XDM/SUBSET01/DOC0001.XML"
METADATA = "IHE_XDM/SUBSET01/METADATA.XML"
_RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
_DATE = (1980, 1, 1, 0, 0, 0)
"The zip's own epoch."


def xdm(header: Header, document: bytes, zone: ZoneInfo) -> bytes:
    """Return the zip."""
    files = {
        "README.TXT": _readme(header).encode(),
        "INDEX.HTM": _index(header).encode(),
        METADATA: _metadata(header, document, zone),
        DOCUMENT: document,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _readme(header: Header) -> str:
    return (
        f"{header.home.name}\r\n{CODES[header.kind].name}\r\n\r\n"
        "Document au format CDA R2 niveau 1 dans une archive IHE XDM.\r\n"
        f"Le document : {DOCUMENT}. Ses métadonnées : {METADATA}.\r\n"
    )


def _index(header: Header) -> str:
    name = escape(CODES[header.kind].name)
    return (
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>IHE XDM</title></head><body>'
        f'<h1>{escape(header.home.name)}</h1><p><a href="{DOCUMENT}">{name}</a></p></body></html>'
    )


def _metadata(header: Header, document: bytes, zone: ZoneInfo) -> bytes:
    root = Element("{urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0}SubmitObjectsRequest")
    objects = SubElement(root, _("RegistryObjectList"))
    _document(objects, header, document, zone)
    package = SubElement(objects, _("RegistryPackage"), id="SubmissionSet01")
    _slot(package, "submissionTime", stamp(header.made, zone)[:14])
    _identified(package, "SubmissionSet01", "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8", header.set_id)
    association = {
        "id": "Association01",
        "associationType": "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember",
        "sourceObject": "SubmissionSet01",
        "targetObject": "Document01",
    }
    _slot(SubElement(objects, _("Association"), association), "SubmissionSetStatus", "Original")
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _document(objects: Element, header: Header, document: bytes, zone: ZoneInfo) -> None:
    code, who = CODES[header.kind], header.resident
    entry = SubElement(
        objects,
        _("ExtrinsicObject"),
        id="Document01",
        mimeType="text/xml",
        objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1",
    )
    _slot(entry, "creationTime", stamp(header.made, zone)[:14])
    _slot(entry, "languageCode", "fr-FR")
    _slot(entry, "URI", DOCUMENT.rpartition("/")[2])
    _slot(entry, "size", str(len(document)))
    # The profile's own choice: it finds a damaged file, it proves nothing.
    _slot(entry, "hash", hashlib.sha1(document, usedforsecurity=False).hexdigest())
    if who.matricule:
        _slot(entry, "sourcePatientId", f"{who.matricule}^^^&{who.authority}&ISO")
    name = SubElement(SubElement(entry, _("Name")), _("LocalizedString"))
    name.set("value", header.title)
    kind = SubElement(
        entry,
        _("Classification"),
        id="Type01",
        classificationScheme="urn:uuid:f0306f51-975f-434e-a61c-c59651d33983",
        classifiedObject="Document01",
        nodeRepresentation=code.loinc,
    )
    _slot(kind, "codingScheme", LOINC)
    _identified(entry, "Document01", "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab", header.id)


def _identified(parent: Element, of: str, scheme: str, key: uuid.UUID) -> None:
    SubElement(
        parent,
        _("ExternalIdentifier"),
        id=f"{of}-unique",
        identificationScheme=scheme,
        registryObject=of,
        value=oid(key),
    )


def _slot(parent: Element, name: str, value: str) -> None:
    values = SubElement(SubElement(parent, _("Slot"), name=name), _("ValueList"))
    SubElement(values, _("Value")).text = value


def _(name: str) -> str:
    return f"{{{_RIM}}}{name}"
