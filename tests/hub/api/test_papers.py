"""Papers over HTTP: filled from facts, versions, signature, secure mail to a real server; nothing leaves unrecorded."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import email
import email.policy
import hashlib
import io
import ssl
import zipfile
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from devices.clock import SECOND
from hub.acts.documents.xdm import DOCUMENT
from hub.api.services import PaperDesk
from hub.notify.email_channel import EmailConfig
from hub.notify.papers_config import PapersSettings
from hub.notify.secure_mail import SecureMail
from hub.paperwork import Paperwork
from hub.store import records
from tests.hub.api.conftest import RESIDENT
from tests.hub.notify.mail_server import MailServer, Post, certificate

PLACE = f"/api/v1/residents/{RESIDENT}"
BENALI = "karim.benali@medecin.mssante.fr"
MINUTE = 60 * SECOND


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def settings(tmp_path: Path, post: Post) -> Iterator[PapersSettings]:
    """A home with an operator of secure mail."""
    public, private = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(public, private)
    server = MailServer(post, tls=tls, implicit=False, login=False)
    server.start()
    mail = EmailConfig("127.0.0.1", "ehpad@lestilleuls.mssante.fr", port=server.port, ca_file=public)
    yield PapersSettings("12 rue des Lilas", "02 40 00 00 00", "750712184", mail)
    server.stop()


def furnish(home: Any, said: PapersSettings) -> SecureMail | None:
    services = home.services
    work = Paperwork(
        services.database, services.timeseries, services.live.ward, services.accounts, services.clock, said
    )
    mail = None
    if said.mail is not None:
        mail = SecureMail(services.database, services.clock, said, work.parcel, services.health, every=0.1)
    object.__setattr__(services, "papers", PaperDesk(work, mail))
    return mail


@pytest.fixture
async def bare(home: Any) -> Any:
    """A home without secure mail."""
    furnish(home, PapersSettings(phone="02 40 00 00 00"))
    return home


@pytest.fixture
async def posting(home: Any, settings: PapersSettings) -> AsyncIterator[Any]:
    """A home whose secure mail runs."""
    mail = furnish(home, settings)
    assert mail is not None
    task = asyncio.create_task(mail.run())
    yield home
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def measured(home: Any, client: Any) -> None:
    now = home.now()
    home.measure(("spo2", 84.0, now), ("pulse_rate", 118.0, now), ("temperature", 38.7, now - 20 * MINUTE))

    async def seen() -> bool:
        found = (await client.get(PLACE)).json()
        return {value["metric"] for value in found["values"]} >= {"spo2", "pulse_rate", "temperature"}

    await home.until(seen, 20)


async def signed(client: Any, kind: str = "liaison", **fields: str) -> Any:
    made = await client.post(f"{PLACE}/papers", json={"kind": kind, "fields": fields})
    assert made.status_code == 201, made.text
    answer = await client.post(f"/api/v1/papers/{made.json()['id']}/sign")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_sheet_is_filled_from_facts_and_keeps_nothing(bare: Any) -> None:
    ines = await bare.signed_in("ines")
    await measured(bare, ines)
    sheet = (await ines.get(f"{PLACE}/saed")).json()
    text = " ".join(part["text"] for part in sheet["script"]).replace("\u00a0", " ")
    assert [part["letter"] for part in sheet["script"]] == ["S", "A", "E", "D"]
    assert "SpO₂ 84 %" in text
    assert "valeurs anciennes : T° 38,7 il y a 20 min" in text
    assert "NEWS2 au moins 6, échelle 1" in text
    assert "Rappel : 02 40 00 00 00" in text
    assert sheet["seconds"] <= 60
    assert {"reason", "hypothesis", "allergies", "request"} <= set(sheet["missing"])
    typed = {"kind": "saed", "fields": {"reason": "essoufflement", "worry": "3"}}
    again = (await ines.post(f"{PLACE}/saed", json=typed)).json()
    assert "essoufflement" in again["script"][0]["text"]
    assert "inquiet" in again["script"][2]["text"]
    assert (await ines.get(f"{PLACE}/papers")).json() == {"items": [], "mail": False}
    with bare.services.database.read() as connection:
        log = [(each.actor, each.action, each.object) for each in records.audit_log(connection)]
    assert log.count(("ines", "saed_read", RESIDENT)) == 2


async def test_versions_signature_and_file(bare: Any) -> None:
    benali = await bare.signed_in("benali")
    first = (
        await benali.post(f"{PLACE}/papers", json={"kind": "report", "fields": {"conclusion": "rhume"}})
    ).json()
    assert (first["version"], first["signed"], first["author_name"]) == (1, None, "Benali")
    order = {"kind": "report", "fields": {"conclusion": "grippe"}, "replaces": first["id"]}
    second = (await benali.post(f"{PLACE}/papers", json=order)).json()
    assert (second["version"], second["document"]) == (2, first["id"])
    stale = await benali.post(f"{PLACE}/papers", json=order)
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_meanwhile")
    address = f"/api/v1/papers/{second['id']}"
    early = await benali.get(f"{address}/cda")
    assert (early.status_code, early.json()["code"]) == (409, "not_signed")
    done = (await benali.post(f"{address}/sign")).json()
    assert (done["signed_by"], done["signed_name"]) == ("benali", "Benali")
    again = await benali.post(f"{address}/sign")
    assert (again.status_code, again.json()["code"]) == (409, "already_signed")
    file = await benali.get(f"{address}/pdf")
    assert file.headers["content-type"] == "application/pdf"
    assert hashlib.sha256(file.content).hexdigest() == done["digest"]
    envelope = fromstring((await benali.get(f"{address}/cda")).content)
    assert base64.b64decode(envelope.findtext(".//{*}nonXMLBody/{*}text") or "") == file.content
    assert [each.get("value") for each in envelope.findall("{*}versionNumber")] == ["2"]
    assert envelope.find(".//{*}relatedDocument") is not None
    listed = (await benali.get(f"{PLACE}/papers")).json()["items"]
    assert [(each["version"], each["fields"]) for each in listed] == [
        (2, {"conclusion": "grippe"}),
        (1, {"conclusion": "rhume"}),
    ]
    with bare.services.database.read() as connection:
        log = [(each.actor, each.action) for each in records.audit_log(connection)]
    assert ("benali", "paper_signed") in log
    assert ("benali", "paper_read") in log


async def test_what_is_refused(bare: Any) -> None:
    ines, benali = await bare.signed_in("ines"), await bare.signed_in("benali")
    odd = await ines.post(f"{PLACE}/papers", json={"kind": "saed", "fields": {"shoe": "42"}})
    assert (odd.status_code, odd.json()["params"]["where"]) == (422, "body.fields.shoe")
    nobody = await ines.post("/api/v1/residents/nobody/papers", json={"kind": "saed"})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown_resident")
    other = await ines.post(f"{PLACE}/papers", json={"kind": "report", "call": "call-none"})
    assert (other.status_code, other.json()["code"]) == (404, "unknown_call")
    act = await ines.post(f"{PLACE}/papers", json={"kind": "report", "act": "act-none"})
    assert (act.status_code, act.json()["code"]) == (404, "unknown_act")
    report = (await ines.post(f"{PLACE}/papers", json={"kind": "report"})).json()
    mine = await ines.post(f"/api/v1/papers/{report['id']}/sign")
    assert (mine.status_code, mine.json()["code"]) == (403, "may_not_sign")
    wrong = (
        await benali.post(f"{PLACE}/papers", json={"kind": "report", "fields": {"rpps": "12345678901"}})
    ).json()
    bad = await benali.post(f"/api/v1/papers/{wrong['id']}/sign")
    assert (bad.status_code, bad.json()["code"]) == (422, "paper_refused")
    none = await benali.get("/api/v1/papers/none/pdf")
    assert (none.status_code, none.json()["code"]) in {(404, "unknown_paper"), (403, "not_in_care")}
    unsent = await ines.post(f"/api/v1/papers/{report['id']}/send", json={"recipient": BENALI})
    assert (unsent.status_code, unsent.json()["code"]) == (409, "no_mail_operator")
    assert "no secure mail operator is configured" in unsent.json()["detail"]


async def test_a_letter_arrives_and_parses_back(posting: Any, post: Post) -> None:
    ines = await posting.signed_in("ines")
    paper = await signed(ines, reason="chute")
    address = f"/api/v1/papers/{paper['id']}"
    answer = await ines.post(f"{address}/send", json={"recipient": BENALI, "name": "Dr Benali"})
    assert answer.status_code == 202, answer.text
    assert answer.json()["dispatches"][0]["address"] == BENALI

    async def sent() -> Any:
        [only] = (await ines.get(address)).json()["dispatches"]
        return only if only["state"] == "sent" else None

    done = await posting.until(sent, 30)
    assert (done["recipient"], done["attempts"], done["due"]) == ("Dr Benali", 1, None)
    [envelope] = post.letters
    assert envelope.rcpt_tos == [BENALI]
    assert isinstance(envelope.content, bytes)
    letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    assert letter["Subject"] == "XDM/1.0/DDM+Dossier de liaison d'urgence (DLU)"
    parts = {part.get_filename(): part.get_content() for part in letter.iter_attachments()}
    file = (await ines.get(f"{address}/pdf")).content
    document = (await ines.get(f"{address}/cda")).content
    assert parts["document.pdf"] == file
    with zipfile.ZipFile(io.BytesIO(parts["IHE_XDM.ZIP"])) as archive:
        assert archive.read(DOCUMENT) == document
    assert base64.b64decode(fromstring(document).findtext(".//{*}nonXMLBody/{*}text") or "") == file
    # Whom it is about stands in the attachment alone.
    assert b"Jeanne" not in letter["Subject"].encode() + (letter.get_body() or letter).as_bytes()


async def test_refusals_are_tried_again_or_recorded(posting: Any, post: Post) -> None:
    ines = await posting.signed_in("ines")
    paper = await signed(ines)
    address = f"/api/v1/papers/{paper['id']}"
    post.on["RCPT"] = "550 no such box"
    await ines.post(f"{address}/send", json={"recipient": BENALI})

    async def settled(number: int, state: str) -> Any:
        found = (await ines.get(address)).json()["dispatches"]
        return (
            found[number]
            if len(found) > number and found[number]["state"] == state and found[number]["attempts"]
            else None
        )

    gone = await posting.until(lambda: settled(0, "failed"), 30)
    assert "550" in gone["detail"]
    post.on["RCPT"] = "451 later"
    await ines.post(f"{address}/send", json={"recipient": BENALI})
    later = await posting.until(lambda: settled(1, "waiting"), 30)
    assert "451" in later["detail"]
    assert later["due"] > later["time"]
    assert post.letters == []


async def test_nothing_leaves_to_an_open_address_or_unsigned(posting: Any) -> None:
    ines = await posting.signed_in("ines")
    draft = (await ines.post(f"{PLACE}/papers", json={"kind": "liaison"})).json()
    early = await ines.post(f"/api/v1/papers/{draft['id']}/send", json={"recipient": BENALI})
    assert (early.status_code, early.json()["code"]) == (409, "not_signed")
    await ines.post(f"/api/v1/papers/{draft['id']}/sign")
    for outside in ("benali@example.com", "x@notmssante.fr", "nobody"):
        plain = await ines.post(f"/api/v1/papers/{draft['id']}/send", json={"recipient": outside})
        assert (plain.status_code, plain.json()["code"]) == (422, "not_secure")
    unknown = await ines.post(f"/api/v1/papers/{draft['id']}/send", json={"recipient": "treating"})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "no_address")
    assert (await ines.get(f"/api/v1/papers/{draft['id']}")).json()["dispatches"] == []
    assert dataclasses.is_dataclass(posting.services)
