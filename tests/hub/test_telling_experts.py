"""An expert is told that a question waits: over real channels, across restarts, and with what stood in between on the act."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from devices.clock import SECOND, ManualClock, SystemClock
from hub.acting import Acting, Doing, Opening
from hub.acts.machines import expertise
from hub.acts.model import Act, Actor, Kind, Role
from hub.alerting.escalation.policy import Policy, parse
from hub.auth.sessions import User
from hub.config import NotifySettings
from hub.expertises import NO_EXPERTS, Experts
from hub.notify.base import QUESTION_CODE, Channel, GiveUp, Retry
from hub.notify.email_channel import EmailChannel, EmailConfig
from hub.store import expert_tellings, records
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.errors import StoreUnavailableError
from hub.store.expert_tellings import Stand, Telling
from hub.store.push import Device, Devices
from hub.store.records import Resident
from hub.store.schema import AUDIT
from hub.store.timeseries_sqlite import SqliteTimeSeries
from hub.telling_experts import AT_ONCE, TellingExperts, Ways
from tests.hub.keeping import Line
from tests.hub.notify.helpers import running, until
from tests.hub.notify.mail_server import MailServer, Post
from tests.hub.watching import whole

HOUR = 3600 * SECOND
INES, ROUX = Actor("ines", Role.NURSE), Actor("roux", Role.PHYSICIAN)
EXPERTS = Experts({"derm": "Dermatologie"}, {"derm": frozenset({"roux", "weber", "left", "gone"})})
QUESTION = "Faut-il biopsier Mme Martin ?"
PEOPLE = """
[[ladder.medium]]
after = 0
tell = ["device:screens"]
channels = ["screen"]
[person.roux]
name = "Dr Roux"
address = { tablet = "roux", email = "roux@chu.example", sms = "+33612345601" }
[person.weber]
name = "Dr Weber"
address = { push = "weber" }
"""


class House:
    def __init__(self, path: Path, clock: ManualClock | SystemClock) -> None:
        self.path, self.clock = path, clock
        self.policy: Policy = parse(PEOPLE, "policy.toml")
        self.changed: list[str] = []
        self.open()
        now = clock.utc()
        with self.database.write() as connection:
            records.add_resident(connection, Resident("jeanne", "MARTIN", "Jeanne", 1935, now))
        for name in ("roux", "weber", "left"):
            self.accounts.add_user(User(name, f"Dr {name}", "physician", "", name == "left", now))

    def open(self) -> None:
        """Open what is on the disk, as a hub that starts does."""
        self.database = Database(self.path)
        self.accounts = Accounts(self.database)
        self.devices = Devices(self.database)
        self.acting = Acting(self.database, SqliteTimeSeries(self.database), self.clock)

    def restart(self) -> None:
        self.database.close()
        self.open()

    def telling(self, *channels: Channel, address: str = "", experts: Experts = EXPERTS) -> TellingExperts:
        ways = Ways(lambda: self.policy, lambda: channels, self.devices, address)
        return TellingExperts(
            self.database, self.clock, experts, ways, lambda act: self.changed.append(act.id)
        )

    def ask(self, to: str = "roux", urgency: str = "routine") -> Act:
        act = self.acting.open(Opening(Kind.EXPERTISE, "jeanne", "Plaque du front"), INES)
        return self.send(act, to, urgency)

    def send(self, act: Act, to: str, urgency: str = "routine") -> Act:
        fields = {
            "to": to,
            "topic": "dermatology",
            "urgency": urgency,
            "question": QUESTION,
            "consent": "oral",
            "consent_by": "Mme Martin",
        }
        facts = expertise.sending(self.clock.utc(), 24 * HOUR)
        return self.acting.step(act.id, Doing("send", act.version, fields=fields, facts=facts), INES)

    def told(self, act: Act) -> list[Telling]:
        with self.database.read() as connection:
            return expert_tellings.of_acts(connection, [act.id])

    def audited(self) -> list[tuple[str, str]]:
        with self.database.read() as connection:
            rows = connection.execute(
                select(AUDIT.c.action, AUDIT.c.detail).where(AUDIT.c.action.like("expert%"))
            )
            return [(row.action, row.detail) for row in rows]

    def has_device(self, who: str) -> None:
        point = b"\x04" + bytes(64)
        self.devices.add(
            Device(f"d-{who}", who, f"https://push.example/{who}", point, bytes(16), "Téléphone", 1), who
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "hub.db", ManualClock())
    yield made
    made.database.close()


def later(house: House, seconds: float) -> None:
    assert isinstance(house.clock, ManualClock)
    house.clock.advance(round(seconds * SECOND))


async def test_an_expert_is_told_on_their_devices_and_in_writing_once_and_of_nobody(house: House) -> None:
    push, mail, sms = Line("push"), Line("email"), Line("sms")
    house.has_device("roux")
    act = house.ask()
    telling = house.telling(push, mail, sms, address="https://hub.example")
    await telling.look()
    await telling.look()
    [one], [letter] = push.sent, mail.sent
    assert (one.address, letter.address, sms.sent) == ("roux", "roux@chu.example", [])
    for notice in (one, letter):
        assert (notice.code, notice.room, notice.alert) == (QUESTION_CODE, "", "")
        assert notice.link == "https://hub.example/avis"
        for secret in ("MARTIN", "Martin", "jeanne", "biopsier", "Plaque", "dermat"):
            assert secret not in repr(notice)
    assert {(row.channel, row.state) for row in house.told(act)} == {
        ("email", Stand.SENT),
        ("push", Stand.SENT),
    }
    assert sorted(house.audited()) == [
        ("expert_told", "roux asked by email"),
        ("expert_told", "roux asked by push"),
    ]
    assert set(house.changed) == {act.id}


async def test_a_restart_tells_nobody_again_and_tells_what_was_sent_just_before(house: House) -> None:
    mail = Line("email", Retry("server busy"))
    first = house.ask()
    await house.telling(mail).look()
    house.restart()
    second = house.ask()
    await house.telling(mail).look()
    assert [row.state for row in house.told(first)] == [Stand.TRYING]
    assert [row.state for row in house.told(second)] == [Stand.SENT]
    # How often it was tried, and when it is tried again, outlives the process.
    later(house, 30)
    house.restart()
    await house.telling(mail).look()
    [row] = house.told(first)
    assert (row.state, row.tries, len(mail.sent)) == (Stand.SENT, 2, 3)
    assert mail.sent[0].id == mail.sent[2].id
    house.restart()
    await house.telling(mail).look()
    assert len(mail.sent) == 3


async def test_everybody_of_a_group_who_can_sign_in_is_told_until_one_takes_it(house: House) -> None:
    push, mail = Line("push"), Line("email", Retry("server busy"))
    house.has_device("weber")
    act = house.ask("@derm")
    telling = house.telling(push, mail)
    await telling.look()
    assert {(row.expert, row.channel, row.state) for row in house.told(act)} == {
        ("roux", "email", Stand.TRYING),
        ("weber", "push", Stand.SENT),
    }
    house.acting.step(act.id, Doing("accept", act.version), Actor("weber", Role.PHYSICIAN))
    later(house, 13 * 3600)
    await telling.look()
    assert (len(push.sent), len(mail.sent)) == (1, 1)


async def test_who_has_not_taken_it_is_reminded_and_what_came_back_is_told(house: House) -> None:
    mail = Line("email")
    act = house.ask()
    telling = house.telling(mail)
    await telling.look()
    later(house, 12 * 3600)
    await telling.look()
    await telling.look()
    act = house.acting.step(act.id, Doing("ask_more", act.version, fields={"wanted": "?"}), ROUX)
    await telling.look()
    house.acting.step(act.id, Doing("complete", act.version, fields={"information": "6 mois"}), INES)
    await telling.look()
    await telling.look()
    assert [notice.text.split(",")[0] for notice in mail.sent] == [
        "Avis demandé",
        "Rappel",
        "Précisions arrivées",
    ]
    assert len({notice.id for notice in mail.sent}) == 3
    # A letter bears the date of what it tells: a reminder that of half time.
    asked, reminded, _ = (notice.born for notice in mail.sent)
    assert reminded - asked == 12 * HOUR


async def test_without_an_address_it_is_written_down_why_until_somebody_writes_one(house: House) -> None:
    mail = Line("email")
    act = house.ask("weber")
    telling = house.telling(mail)
    await telling.look()
    await telling.look()
    [row] = house.told(act)
    assert (row.expert, row.channel, row.state, row.reason) == ("weber", "", Stand.NOWHERE, "address")
    assert house.audited() == [("expert_not_told", "weber asked: address")]
    assert house.changed == [act.id]
    house.policy = parse(
        PEOPLE.replace('push = "weber"', 'push = "weber", email = "w@chu.example"'), "policy.toml"
    )
    await telling.look()
    assert [notice.address for notice in mail.sent] == ["w@chu.example"]
    assert {row.state for row in house.told(act)} == {Stand.NOWHERE, Stand.SENT}


async def test_what_is_refused_for_ever_is_kept_with_its_reason_and_the_next_way_is_taken(
    house: House,
) -> None:
    mail, sms = Line("email", GiveUp("550 no such user")), Line("sms")
    act = house.ask()
    telling = house.telling(mail, sms)
    await telling.look()
    await telling.look()
    await telling.look()
    assert {(row.channel, row.state, row.reason) for row in house.told(act)} == {
        ("email", Stand.FAILED, "550 no such user"),
        ("sms", Stand.SENT, ""),
    }
    assert house.audited() == [
        ("expert_not_told", "roux asked by email: 550 no such user"),
        ("expert_told", "roux asked by sms"),
    ]
    assert (len(mail.sent), len(sms.sent)) == (1, 1)


async def test_whoever_cannot_sign_in_is_told_nothing_and_that_is_to_be_seen(house: House) -> None:
    mail = Line("email")
    act, group, stranger = house.ask("left"), house.ask("@old"), house.ask("Pr Lenoir, au CHU")
    telling = house.telling(mail, experts=Experts({"old": "Ancien groupe"}, {"old": frozenset({"gone"})}))
    await telling.look()
    await telling.look()
    assert mail.sent == []
    for asked, expert in ((act, "left"), (group, "gone"), (stranger, "Pr Lenoir, au CHU")):
        [row] = house.told(asked)
        assert (row.expert, row.state, row.reason) == (expert, Stand.NOWHERE, "account")


async def test_a_store_that_takes_nothing_lets_nobody_be_told_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = Line("email")
    act = house.ask()
    telling = house.telling(mail)

    def full(*_: object) -> None:
        raise StoreUnavailableError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(expert_tellings, "save", full)
        await telling.look()
        await telling.look()
    assert (len(mail.sent), house.told(act)) == (1, [])
    await telling.look()
    assert (len(mail.sent), [row.state for row in house.told(act)]) == (1, [Stand.SENT])


async def test_a_long_backlog_is_told_in_parts(house: House) -> None:
    mail = Line("email")
    for _ in range(AT_ONCE + 1):
        house.ask()
    telling = house.telling(mail, experts=NO_EXPERTS)
    await telling.look()
    assert len(mail.sent) == AT_ONCE
    await telling.look()
    assert len(mail.sent) == AT_ONCE + 1


async def test_a_real_mail_server_gets_one_letter_that_says_where_and_not_about_whom(tmp_path: Path) -> None:
    post = Post()
    server = MailServer(post, tls=None, implicit=False, login=False)
    server.start()
    house = House(tmp_path / "hub.db", SystemClock())
    config = EmailConfig("127.0.0.1", "veilleuse@ehpad.example", port=server.port, security="none")
    mail = EmailChannel(config, house.clock)
    try:
        async with running(mail):
            house.ask(urgency="within_24h")
            telling = house.telling(mail, address="https://hub.example")
            working = asyncio.create_task(telling.run())
            await until(lambda: post.letters and house.changed)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await telling.look()
    finally:
        server.stop()
        house.database.close()
    [envelope] = post.letters
    assert isinstance(envelope.content, bytes)
    letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    assert letter["To"] == "roux@chu.example"
    assert letter["Subject"].startswith("[Veilleuse] Avis demandé, sous 24 h, avant le ")
    text = letter.get_content().replace("\r\n", "\n")
    assert "\nhttps://hub.example/avis\n" in text
    assert "nomme aucune personne" in text
    for absent in ("Chambre", "Alerte", "tablette", "Martin", "MARTIN", "biopsier"):
        assert absent not in text


@pytest.mark.broker
async def test_a_whole_hub_tells_an_expert_by_letter_and_who_asked_of_it(tmp_path: Path) -> None:
    post = Post()
    server = MailServer(post, tls=None, implicit=False, login=False)
    server.start()
    mail = EmailConfig("127.0.0.1", "veilleuse@ehpad.example", port=server.port, security="none")
    try:
        async with whole.running(tmp_path, PEOPLE, notify=NotifySettings(email=mail)) as hub:
            hub.accounts.add_user(User("roux", "Dr Roux", "physician", "", disabled=False, created=0))
            async with whole.browser(hub) as nurse:
                opened = await nurse.post(
                    "/api/v1/residents/r1/acts", json={"kind": "expertise", "reason": "Plaque du front"}
                )
                address = f"/api/v1/acts/{opened.json()['head']['id']}"
                fields = {
                    "to": "roux",
                    "topic": "dermatology",
                    "urgency": "today",
                    "question": QUESTION,
                    "consent": "oral",
                    "consent_by": "Mme Martin",
                }
                sent = await nurse.post(
                    f"{address}/steps", json={"event": "send", "number": 1, "fields": fields}
                )
                assert sent.is_success, sent.text
                await until(lambda: post.letters)
                told = []
                async with asyncio.timeout(60):
                    while not told:
                        told = (await nurse.get(address)).json()["told"]
    finally:
        server.stop()
    [one] = told
    assert (one["name"], [(way["channel"], way["state"]) for way in one["ways"]]) == (
        "Dr Roux",
        [("email", "sent")],
    )
    assert [envelope.rcpt_tos for envelope in post.letters] == [["roux@chu.example"]]
