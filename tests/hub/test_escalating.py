"""The whole hub passes an alert on: a limit, a ladder from a file, a real mail server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from devices.errors import ConfigError
from devices.limits import Priority
from devices.wire.messages import Observation
from hub.alerting.escalation.climb import Trouble
from hub.alerting.escalation.policy import BUILT_IN
from hub.alerting.model import Code
from hub.alerting.responses import Action
from hub.app import Hub
from hub.config import BrokerSettings, EscalationSettings, Http, HubConfig, NotifySettings, load, read_policy
from hub.notify.email_channel import EmailConfig
from hub.store import journal, tellings
from tests.conftest import ROOT
from tests.hub.ingest.home import EdgeStandIn, eventually, make_home
from tests.hub.notify.mail_server import MailServer, Post

POLICY = """
[[ladder.high]]
after = 0.2
tell = ["role:ide"]
channels = ["email"]
[[ladder.high]]
after = 900
tell = ["role:medecin"]
channels = ["email"]
[person.luc]
name = "Luc Petit"
address = { email = "luc@tilleuls.example" }
[[shift]]
role = "ide"
who = ["luc"]
[[shift]]
role = "medecin"
who = []
"""


@pytest.mark.broker
async def test_an_alert_that_nobody_answers_becomes_a_letter_and_stops_when_taken(tmp_path: Path) -> None:
    keys = make_home(tmp_path / "data")
    (tmp_path / "escalation.toml").write_text(POLICY)
    post = Post()
    server = MailServer(post, tls=None, implicit=False, login=False)
    server.start()
    mail = EmailConfig("127.0.0.1", "hub@tilleuls.example", port=server.port, security="none")
    settings = HubConfig(
        tmp_path / "data",
        Http(port=0),
        BrokerSettings(port=0),
        escalation=EscalationSettings(tmp_path / "escalation.toml"),
        notify=NotifySettings(email=mail),
    )
    hub = Hub(settings, pages=False)
    await hub.start()
    try:
        await asyncio.to_thread(_cross, hub, keys["e1"])
        row = await asyncio.to_thread(_sent, hub)
        assert (row.recipient, row.role, row.channel, row.stage) == ("luc", "ide", "email", "sent")
        [letter] = post.letters
        assert letter.rcpt_tos == ["luc@tilleuls.example"]
        assert b"Roux" not in letter.content
        await asyncio.wrap_future(hub.core.writer.act(row.alert, Action.TAKE, "nurse", ""))
        with hub.core.database.read() as connection:
            modes = {climb.alert: climb.mode for climb in tellings.escalations(connection)}
        assert modes[row.alert] == "held"
        # What the auditor finds rings on the ward, and ends with it.
        hub.core.writer.late([Trouble("e1", "r1", "step 2 is late")])
        await asyncio.to_thread(_rings, hub, Code.ESCALATION_LATE, 1)
        hub.core.writer.late([])
        await asyncio.to_thread(_rings, hub, Code.ESCALATION_LATE, 0)
    finally:
        await hub.stop()
        server.stop()


def _cross(hub: Hub, key: str) -> None:
    assert hub.core.edge_port is not None
    edge = EdgeStandIn("e1", key, hub.core.edge_port).connect()
    edge.hello()
    time = edge.clock.utc()
    for second in range(4):
        edge.say(Observation("ox", "spo2", time - (3 - second) * 1_000_000, 80.0))
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    edge.close()


def _sent(hub: Hub) -> tellings.Notification:
    found: list[tellings.Notification] = []

    def look() -> bool:
        with hub.core.database.read() as connection:
            for alert, _ in journal.open_alerts(connection):
                if alert.code is Code.LIMIT_LOW:
                    found[:] = tellings.notifications(connection, alert.id)
        return bool(found) and found[0].stage == "sent"

    eventually(look, "the letter is sent")
    return found[0]


def _rings(hub: Hub, code: Code, number: int) -> None:
    def look() -> bool:
        with hub.core.database.read() as connection:
            ringing = [alert for alert, _ in journal.open_alerts(connection) if alert.code is code]
        assert all(alert.priority is Priority.HIGH for alert in ringing)
        return len(ringing) == number

    eventually(look, f"{number} of {code}")


def test_a_policy_that_names_a_channel_which_is_not_set_up_is_refused(tmp_path: Path) -> None:
    make_home(tmp_path / "data")
    policy = tmp_path / "escalation.toml"
    policy.write_text(POLICY)
    with pytest.raises(ConfigError, match=r"uses channel email, which hub.toml has not: \[notify.email\]"):
        Hub(HubConfig(tmp_path / "data", escalation=EscalationSettings(policy)), pages=False)


def test_files_are_beside_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(
        'data = "data"\n[escalation]\npolicy = "escalation.toml"\n'
        '[notify.email]\nhost = "mail.example"\nsender = "hub@tilleuls.example"\npassword_file = "secrets/mail"\n'
        '[notify.sms]\npin_file = "secrets/pin"\nline = { link = "/dev/modem" }\n'
        '[notify.espa]\nline = { link = "/dev/pagers" }\n'
    )
    found = load(path)
    assert found.escalation.policy == tmp_path / "escalation.toml"
    assert found.notify.email is not None
    assert found.notify.email.password_file == tmp_path / "secrets/mail"
    assert found.notify.email.ca_file is None
    assert found.notify.sms is not None
    assert found.notify.sms.pin_file == tmp_path / "secrets/pin"
    assert found.notify.espa is not None


def test_a_policy_is_read_or_refused_with_the_file_named(tmp_path: Path) -> None:
    assert read_policy(EscalationSettings()) is BUILT_IN
    missing = tmp_path / "none.toml"
    with pytest.raises(ConfigError, match=r"none\.toml"):
        read_policy(EscalationSettings(missing))
    missing.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"none\.toml"):
        read_policy(EscalationSettings(missing))


def test_the_example_of_the_documentation_works(tmp_path: Path) -> None:
    blocks = (ROOT / "docs/escalation.md").read_text("utf-8").split("```toml\n")[1:]
    hub, policy = (block.split("```")[0] for block in blocks)
    (tmp_path / "hub.toml").write_text('data = "data"\n' + hub)
    (tmp_path / "escalation.toml").write_text(policy)
    found = load(tmp_path / "hub.toml")
    used = read_policy(found.escalation).channels()
    always = {"screen", "light"}
    assert used == always | {"push", "espa", "sms", "email"}
    set_up = {name for name in found.notify.__struct_fields__ if getattr(found.notify, name) is not None}
    assert set_up == used - always
