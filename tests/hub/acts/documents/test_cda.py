"""The CDA and its zip parse back, carry the same bytes, and their codes are the sheets'."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
import zipfile
from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest

from hub.acts.documents.cda import CODES, NAMESPACE, Header, cda, oid
from hub.acts.documents.model import Home, Kind, PaperError
from hub.acts.documents.xdm import DOCUMENT, METADATA, xdm
from hub.acts.identity import OIDS, Authority
from tests.hub.acts.documents.papers import BENALI, HOME, INES, MINUTE, NOW, UNKNOWN, WHO, ZONE

PDF = b"%PDF-1.4 " + bytes(range(256))
KEYS = [uuid.UUID(int=number) for number in (1, 2, 3)]
FULL = Header(
    KEYS[0],
    KEYS[1],
    2,
    Kind.REPORT,
    "Compte rendu & suite",
    NOW,
    replace(HOME, finess="750712184"),
    WHO,
    "jeanne",
    BENALI,
    BENALI,
    NOW,
    NOW - 30 * MINUTE,
    NOW - 5 * MINUTE,
    KEYS[2],
)
BARE = Header(KEYS[0], KEYS[1], 1, Kind.SAED, "Fiche", NOW, Home("EHPAD X"), UNKNOWN, "paul", INES)


def parsed(header: Header) -> Element:
    return fromstring(cda(header, PDF, ZONE))


def at(root: Element, path: str) -> dict[str, str]:
    found = root.find("/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/")))
    assert found is not None, path
    return found.attrib | ({"text": found.text} if found.text and found.text.strip() else {})


def test_the_header_says_what_the_sheets_say() -> None:
    root = parsed(FULL)
    assert root.tag == f"{{{NAMESPACE}}}ClinicalDocument"
    assert at(root, "realmCode") == {"code": "FR"}
    assert at(root, "typeId") == {"root": "2.16.840.1.113883.1.3", "extension": "POCD_HD000040"}
    assert at(root, "id") == {"root": "2.25.1"}
    assert at(root, "setId") == {"root": "2.25.2"}
    assert at(root, "versionNumber") == {"value": "2"}
    assert at(root, "relatedDocument/parentDocument/id") == {"root": "2.25.3"}
    assert at(root, "code")["code"] == "11488-4"
    assert at(root, "code")["codeSystem"] == "2.16.840.1.113883.6.1"
    assert at(root, "title")["text"] == "Compte rendu & suite"
    assert at(root, "effectiveTime") == {"value": "20261122081200+0100"}
    assert at(root, "confidentialityCode")["code"] == "N"
    assert at(root, "languageCode") == {"code": "fr-FR"}
    # Sheet 06: the matricule under its authority, professionals as 8+RPPS, structures as 1+FINESS.
    assert at(root, "recordTarget/patientRole/id") == {
        "root": OIDS[Authority.DEMO],
        "extension": "2380344015012",
    }
    professional = {"root": "1.2.250.1.71.4.2.1", "extension": "810002909371"}
    structure = {"root": "1.2.250.1.71.4.2.2", "extension": "1750712184"}
    assert at(root, "author/assignedAuthor/id") == professional
    assert at(root, "legalAuthenticator/assignedEntity/id") == professional
    assert at(root, "legalAuthenticator/signatureCode") == {"code": "S"}
    assert at(root, "custodian/assignedCustodian/representedCustodianOrganization/id") == structure
    assert at(root, "componentOf/encompassingEncounter/code")["code"] == "VR"
    assert at(root, "documentationOf/serviceEvent/effectiveTime/low") == {"value": "20261122074200+0100"}
    assert at(root, "documentationOf/serviceEvent/effectiveTime/high") == {"value": "20261122080700+0100"}


def test_whom_it_is_about() -> None:
    root = parsed(FULL)
    person = "recordTarget/patientRole/patient"
    families = root.findall(".//{*}recordTarget//{*}family")
    assert [(each.get("qualifier"), each.text) for each in families] == [("BR", "LEFÈVRE"), ("SP", "MARTIN")]
    assert [each.text for each in root.findall(".//{*}recordTarget//{*}given")] == ["Jeanne", "Marie"]
    assert at(root, f"{person}/administrativeGenderCode")["code"] == "F"
    assert at(root, f"{person}/birthTime") == {"value": "19380314"}
    assert at(root, f"{person}/birthplace/place/addr/county")["text"] == "44015"


def test_what_is_not_known_is_said_to_be_so_and_no_number_is_made_up() -> None:
    root = parsed(BARE)
    ids = root.findall(".//{*}patientRole/{*}id")
    assert [each.get("extension") for each in ids] == ["paul"]
    assert ids[0].get("root", "").startswith("2.25.")
    assert at(root, "recordTarget/patientRole/patient/administrativeGenderCode") == {"nullFlavor": "UNK"}
    assert at(root, "recordTarget/patientRole/patient/birthTime") == {"value": "1935"}
    assert at(root, "author/assignedAuthor/id") == {"nullFlavor": "NI"}
    assert root.find(".//{*}legalAuthenticator") is None
    assert root.find(".//{*}relatedDocument") is None
    assert at(root, "documentationOf/serviceEvent/effectiveTime/low") == {"value": "20261122081200+0100"}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_code(kind: Kind) -> None:
    assert at(parsed(replace(BARE, kind=kind)), "code")["code"] == CODES[kind].loinc


def test_wrong_numbers_go_nowhere() -> None:
    with pytest.raises(PaperError, match="RPPS of 'Dr Karim Benali'"):
        cda(replace(FULL, author=replace(BENALI, rpps="12345678901")), PDF, ZONE)
    with pytest.raises(PaperError, match="FINESS of 'EHPAD Les Tilleuls'"):
        cda(replace(FULL, home=replace(HOME, finess="750712185")), PDF, ZONE)


def test_the_body_is_the_file() -> None:
    body = parsed(FULL).find(".//{*}nonXMLBody/{*}text")
    assert body is not None
    assert (body.get("mediaType"), body.get("representation")) == ("application/pdf", "B64")
    assert base64.b64decode(body.text or "") == PDF


def test_the_zip_holds_the_document_and_says_so() -> None:
    document = cda(FULL, PDF, ZONE)
    packed = xdm(FULL, document, ZONE)
    assert packed == xdm(FULL, document, ZONE)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {"README.TXT", "INDEX.HTM", DOCUMENT, METADATA}
        assert archive.read(DOCUMENT) == document
        metadata = fromstring(archive.read(METADATA))
    slots = {
        slot.get("name"): (slot.findtext(".//{*}Value") or "") for slot in metadata.iter() if slot.get("name")
    }
    assert slots["hash"] == hashlib.sha1(document).hexdigest()
    assert slots["size"] == str(len(document))
    assert slots["URI"] == "DOC0001.XML"
    assert slots["sourcePatientId"] == f"2380344015012^^^&{OIDS[Authority.DEMO]}&ISO"
    assert [each.get("nodeRepresentation") for each in metadata.iter() if each.get("nodeRepresentation")] == [
        "11488-4"
    ]
    assert oid(KEYS[0]) in {each.get("value") for each in metadata.iter()}
    with zipfile.ZipFile(io.BytesIO(xdm(BARE, b"<x/>", ZONE))) as archive:
        assert b"sourcePatientId" not in archive.read(METADATA)
