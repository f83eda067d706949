"""The channel against a real SMTP server, with real TLS."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import ssl
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from devices.clock import SECOND, SystemClock
from devices.errors import ConfigError
from devices.limits import Priority
from hub.notify.base import QUESTION_CODE, GiveUp, Notice, Outcome, Retry, Sent
from hub.notify.email_channel import EmailChannel, EmailConfig
from hub.notify.email_message import address
from hub.notify.smtp import Visit
from tests.hub.notify.helpers import NOW, notice, running, until
from tests.hub.notify.mail_server import MailServer, Post, certificate

NURSE = "garde@ehpad.example"
BORN = 1_795_000_000 * SECOND
"2026-11-18, 12:06:40 in Paris."


class Site:
    """Files and servers of one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public, private = certificate(folder)
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(self.public, private)
        self.password = folder / "password"
        self.write("secret")
        self.post = Post()
        self.servers: list[MailServer] = []

    def write(self, password: str, mode: int = 0o600) -> None:
        self.password.write_text(password)
        self.password.chmod(mode)

    def serve(self, *, tls: bool = True, implicit: bool = False, login: bool = True) -> int:
        server = MailServer(self.post, tls=self.tls if tls else None, implicit=implicit, login=login)
        server.start()
        self.servers.append(server)
        return server.port

    def stop(self) -> None:
        for server in self.servers:
            server.stop()

    def channel(self, port: int, *, limit: float = 30.0, visit: float = 25.0, **more: object) -> EmailChannel:
        values: dict[str, object] = {
            "host": "127.0.0.1",
            "port": port,
            "sender": "veilleuse@ehpad.example",
            "user": "hub",
            "password_file": self.password,
            "ca_file": self.public,
            "timeout": 5.0,
        }
        config = EmailConfig(**(values | more))  # type: ignore[arg-type]  # fields by name, of the right types
        return EmailChannel(config, SystemClock(), limit=limit, visit=visit)

    def letter(self, number: int = 0) -> EmailMessage:
        content = self.post.letters[number].content
        assert isinstance(content, bytes)
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.stop()


def mail(number: int = 1, **more: object) -> Notice:
    return notice(number, address=NURSE, **more)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(("security", "implicit"), [("starttls", False), ("tls", True)])
async def test_a_letter_over_tls(site: Site, *, security: str, implicit: bool) -> None:
    # aiosmtpd knows of no TLS that began before it, and then offers no login.
    login = {"user": "", "password_file": None} if implicit else {}
    made = site.channel(site.serve(implicit=implicit, login=not implicit), security=security, **login)
    async with running(made):
        sent = mail(
            text="Ch 12 fi\u00e8vre \u00e9lev\u00e9e 39,4 \u00b0C",
            born=BORN,
            expires=BORN + 10 * 365 * 86_400 * SECOND,
        )
        assert await made.send(sent) == Sent()
    letter = site.letter()
    assert letter["From"] == "Veilleuse <veilleuse@ehpad.example>"
    assert letter["To"] == NURSE
    assert letter["Subject"] == "[Veilleuse] !!! Ch 12 fi\u00e8vre \u00e9lev\u00e9e 39,4 \u00b0C"
    assert letter["Importance"] == "high"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@ehpad.example>")
    text = letter.get_content().replace("\r\n", "\n")
    assert "Alerte de priorit\u00e9 haute" in text
    assert "Chambre : 12\n" in text
    assert "Code : limit_low\n" in text
    assert "D\u00e9clar\u00e9e : le 18/11/2026 \u00e0 12:06:40" in text
    assert letter.get_content_type() == "text/plain"
    content = site.post.letters[0].content
    assert isinstance(content, bytes)
    assert content.isascii()


async def test_a_report_of_delivery_is_asked_for_where_there_is_one(site: Site) -> None:
    made = site.channel(site.serve())
    async with running(made):
        await made.send(mail(1))
        assert [word.partition("=")[0] for word in site.post.options] == ["RET", "ENVID", "NOTIFY"]
        assert "NOTIFY=SUCCESS,FAILURE,DELAY" in site.post.options
        site.post.dsn = False
        await made.send(mail(2))
    assert len(site.post.options) == 3
    assert len(site.post.letters) == 2


async def test_the_same_notice_is_the_same_letter_and_is_handed_in_once(site: Site) -> None:
    port = site.serve()
    for _ in range(2):
        made = site.channel(port)
        async with running(made):
            both = await asyncio.gather(made.send(mail()), made.send(mail()))
            assert both == [Sent(), Sent()]
            assert await made.send(mail()) == Sent()
    # One by each of two processes, which know nothing of each other.
    first, second = site.letter(0), site.letter(1)
    assert len(site.post.letters) == 2
    assert first["Message-ID"] == second["Message-ID"]
    assert site.post.letters[0].content == site.post.letters[1].content


@pytest.mark.parametrize(
    ("stage", "answer", "kind", "well"),
    [
        ("RCPT", "550 no such user", GiveUp, True),
        ("RCPT", "450 try later", Retry, True),
        ("RCPT", "421 closing", Retry, True),
        ("MAIL", "553 not you", GiveUp, True),
        ("MAIL", "451 not now", Retry, True),
        ("DATA", "554 looks like spam", GiveUp, True),
        ("DATA", "452 no room", Retry, True),
    ],
)
async def test_for_ever_or_for_now(site: Site, stage: str, answer: str, kind: type, *, well: bool) -> None:
    made = site.channel(site.serve())
    async with running(made):
        site.post.on[stage] = answer
        outcome = await made.send(mail())
        assert isinstance(outcome, kind)
        assert answer[:3] in getattr(outcome, "reason", "")
        assert made.state.well is well
        site.post.on.clear()
        assert await made.send(mail()) == Sent()


async def test_a_server_that_is_rude_when_we_leave_has_the_letter(site: Site) -> None:
    made = site.channel(site.serve())
    async with running(made):
        site.post.on["QUIT"] = "500 what"
        assert await made.send(mail()) == Sent()
    assert len(site.post.letters) == 1


async def test_a_login_that_is_refused(site: Site) -> None:
    site.write("wrong")
    made = site.channel(site.serve(), every=1.0)
    async with running(made, well=False):
        await until(lambda: "refuses our login" in made.state.reason)
        assert made._due - SystemClock().monotonic() > 3000 * SECOND
        outcome = await made.send(mail())
        assert outcome == GiveUp("the mail server refuses our login (code 535)")
    assert site.post.letters == []


async def test_a_server_without_tls_gets_nothing(site: Site) -> None:
    made = site.channel(site.serve(tls=False, login=False), user="", password_file=None)
    async with running(made, well=False):
        outcome = await made.send(mail())
        assert isinstance(outcome, Retry)
        assert "STARTTLS" in outcome.reason
        assert not made.state.well
    assert site.post.letters == []


async def test_a_server_on_this_machine_may_do_without_tls(site: Site) -> None:
    made = site.channel(
        site.serve(tls=False, login=False), user="", password_file=None, security="none", ca_file=None
    )
    async with running(made):
        assert await made.send(mail()) == Sent()


@pytest.mark.parametrize(("security", "implicit"), [("starttls", False), ("tls", True)])
async def test_a_certificate_that_nobody_vouches_for(site: Site, *, security: str, implicit: bool) -> None:
    made = site.channel(site.serve(implicit=implicit, login=False), security=security, ca_file=None)
    async with running(made, well=False):
        outcome = await made.send(mail())
        assert isinstance(outcome, Retry)
        assert "certificate is not trusted" in outcome.reason
    assert site.post.logins == 0


async def test_a_server_that_is_not_there_and_comes_back(site: Site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        made = site.channel(taken.getsockname()[1])
        async with running(made, well=False):
            outcome = await made.send(mail())
            assert isinstance(outcome, Retry)
            assert "cannot be talked to" in outcome.reason
            assert not made.state.well


async def test_a_server_that_turns_everybody_away(site: Site) -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 not here\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        made = site.channel(server.sockets[0].getsockname()[1])
        async with running(made, well=False):
            assert await made.send(mail()) == GiveUp("the mail server turns us away (code 554)")


async def test_a_server_that_says_nothing_is_left_in_time(site: Site) -> None:
    met = asyncio.Event()

    async def stare(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(stare, "127.0.0.1", 0)
    async with server:
        made = site.channel(server.sockets[0].getsockname()[1], visit=0.3)
        async with running(made, well=False):
            outcome = await made.send(mail())
            assert met.is_set()
            assert outcome == Retry("the mail server did not finish within 0.3 s", after=30.0)
            assert not made.state.well


async def test_a_visit_that_is_broken_off_before_it_began_hands_nothing_in(site: Site) -> None:
    made = site.channel(site.serve())
    visit = Visit(made._server)
    visit.break_off()
    report = visit.run()
    assert isinstance(report.outcome, Retry)
    assert "broken off" in report.trouble
    assert site.post.visits == 0


async def test_stopping_the_channel_answers_who_waits(site: Site) -> None:
    made = site.channel(site.serve())
    async with running(made):
        site.post.delay = 2.0
        sending = asyncio.create_task(made.send(mail()))
        await until(lambda: site.post.options)
    assert isinstance(await sending, Retry)
    assert made.state.reason == "the channel is not running"


async def test_a_send_that_outlives_its_time_is_cut_and_its_late_success_is_kept(site: Site) -> None:
    made = site.channel(site.serve(), limit=0.3)
    async with running(made):
        site.post.delay = 0.6
        assert await made.send(mail()) == Retry("not taken within 0.3 s")
        await until(lambda: made._errands._taken)
        assert await made.send(mail()) == Sent()
    assert len(site.post.letters) == 1


async def test_letters_do_not_wait_for_a_slow_one(site: Site) -> None:
    made = site.channel(site.serve())
    async with running(made):
        outcomes = await asyncio.gather(*(made.send(mail(each)) for each in range(12)))
    assert outcomes == [Sent()] * 12
    assert len({site.letter(each)["Message-ID"] for each in range(12)}) == 12


async def test_what_is_over_or_has_no_address_is_not_sent(site: Site) -> None:
    made = site.channel(site.serve())
    assert await made.send(mail()) == Retry("the channel is not running")
    async with running(made):
        assert await made.send(mail(expires=NOW - 1)) == GiveUp("its time is over")
        for wrong in (
            "",
            "a",
            "a@",
            "@b",
            "a b@c",
            "a@b\nBcc: x@y",
            "A <a@b>",
            "a@b,c@d",
            "\u00e9@b",
            "a@" + "b" * 255,
        ):
            assert isinstance(await made.send(notice(address=wrong)), GiveUp)
    assert site.post.letters == []
    assert not made.state.well


@pytest.mark.parametrize("field", ["text", "room", "code", "id"])
async def test_no_field_can_add_a_header_or_a_recipient(site: Site, field: str) -> None:
    made = site.channel(site.serve())
    evil = "x\r\nBcc: thief@example.org\r\n.\r\nMAIL FROM:<a@b>\n\x00\u2028Subject: y\ud800"
    sent: Notice = mail(**{field: evil.replace("\ud800", "") if field == "id" else evil})
    async with running(made):
        assert await made.send(sent) == Sent()
    letter = site.letter()
    assert site.post.letters[0].rcpt_tos == [NURSE]
    assert len(site.post.letters) == 1
    assert letter["Bcc"] is None
    assert [value for name, value in letter.items() if name == "Subject"] == [letter["Subject"]]


@pytest.mark.parametrize(
    ("priority", "marks", "word"), [(Priority.MEDIUM, "!!", "moyenne"), (Priority.LOW, "!", "basse")]
)
async def test_priorities(site: Site, priority: Priority, marks: str, word: str) -> None:
    made = site.channel(site.serve())
    async with running(made):
        await made.send(mail(priority=priority))
    letter = site.letter()
    assert letter["Subject"].startswith(f"[Veilleuse] {marks} Ch")
    assert f"{marks} Alerte de priorit\u00e9 {word}\n" in letter.get_content().replace("\r\n", "\n")
    assert letter["Importance"] == "normal"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"port": 0}, "port is 0"),
        ({"sender": "nobody"}, "no e-mail address"),
        ({"security": "none", "host": "mail.example"}, "security is none"),
        ({"security": "none", "host": "192.0.2.1"}, "security is none"),
        ({"user": ""}, "belong together"),
        ({"password_file": None}, "belong together"),
        ({"host": ""}, "host or user"),
        ({"host": "a b"}, "host or user"),
        ({"timeout": 60.0}, "timeout is 60"),
        ({"every": 0.1}, "every is 0.1"),
        ({"zone": "Mars/Base"}, "zone 'Mars/Base'"),
        ({"ca_file": Path("/does/not/exist")}, "ca_file /does/not/exist"),
        ({"password_file": Path("/does/not/exist")}, "No such file"),
    ],
)
def test_a_configuration_that_cannot_work(site: Site, more: dict[str, object], reason: str) -> None:
    change: Callable[..., EmailChannel] = site.channel
    with pytest.raises(ConfigError, match=reason):
        change(**({"port": 25} | more))


def test_a_password_that_others_may_read(site: Site) -> None:
    site.write("secret", 0o644)
    with pytest.raises(ConfigError, match="0644"):
        site.channel(25)


def test_localhost_is_this_machine(site: Site) -> None:
    assert site.channel(25, host="localhost", security="none").name == "email"


def test_addresses() -> None:
    found = address("garde.nuit+12@ehpad-1.example")
    assert found is not None
    assert found.addr_spec == "garde.nuit+12@ehpad-1.example"
    assert address("garde@[127.0.0.1]") is None


def test_a_password_does_not_show_in_a_log(site: Site) -> None:
    assert "secret" not in repr(site.channel(25)._server)


async def test_outcomes_are_of_the_contract(site: Site) -> None:
    outcome: Outcome = await site.channel(25).send(mail())
    assert isinstance(outcome, Retry)


async def test_a_word_to_an_expert_is_no_alert_and_says_where_to_look(site: Site) -> None:
    made = site.channel(site.serve())
    said = "Avis demandé, sous 24 h, avant le 23/11 à 14 h 02"
    async with running(made):
        for number, link in ((1, "https://hub.example/avis"), (2, ""), (3, "https://x/\r\nBcc: a@b.fr")):
            await made.send(
                mail(number, code=QUESTION_CODE, priority=Priority.LOW, room="", text=said, link=link)
            )
    known, unknown, odd = (site.letter(number).get_content().replace("\r\n", "\n") for number in range(3))
    assert site.letter()["Subject"] == f"[Veilleuse] {said}"
    assert f"{said}.\n" in known
    assert "\nhttps://hub.example/avis\n" in known
    assert "« Avis demandés »" in unknown
    assert "https://x/ Bcc: a@b.fr\n" in odd
    for text in (known, unknown, odd):
        assert "Chambre" not in text
        assert "tablette" not in text
