"""The channel `push` beside a real push service whose browsers decrypt; devices are kept in a real database."""

from __future__ import annotations

import logging
import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND, SystemClock
from devices.errors import ConfigError
from devices.limits import Priority
from hub.auth.sessions import User
from hub.notify.base import QUESTION_CODE, GiveUp, Receipt, ReceiptKind, Retry, Sent
from hub.notify.push_channel import Gone, PushChannel, judge
from hub.notify.push_config import PushConfig
from hub.notify.push_message import decode64
from hub.notify.vapid import load_or_make
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.errors import StoreError
from hub.store.push import PER_ACCOUNT, Device, Devices
from tests.hub.notify.helpers import notice, running, until
from tests.hub.notify.push_service import Browser, PushService, push_service

CONFIG = PushConfig("mailto:it@tilleuls.example", hosts=("127.0.0.1",))


@dataclass
class Home:
    """A channel, its devices and the service they are at."""

    service: PushService
    devices: Devices
    database: Database
    stack: AsyncExitStack
    receipts: list[Receipt] = field(default_factory=list)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def made(self, config: PushConfig = CONFIG) -> PushChannel:
        return PushChannel(config, self.key, self.devices, SystemClock(), self.receipts.append)

    async def channel(self, config: PushConfig = CONFIG) -> PushChannel:
        """Make a channel and keep it running until the test ends."""
        channel = self.made(config)
        await self.stack.enter_async_context(running(channel, well=False))
        await until(lambda: "not asked yet" not in channel.state.reason)
        return channel

    def subscribe(self, username: str = "anne", label: str = "Téléphone") -> Browser:
        browser = self.service.subscribe()
        said = browser.subscription
        name = browser.endpoint.rpartition("/")[2]
        now = SystemClock().utc()
        self.devices.add(
            Device(
                name, username, browser.endpoint, decode64(said["p256dh"]), decode64(said["auth"]), label, now
            ),
            username,
        )
        return browser


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    database = Database(tmp_path / "hub.db")
    accounts = Accounts(database)
    for name in ("anne", "blanc"):
        accounts.add_user(User(name, name.title(), "nurse", "x", disabled=False, created=1))
    async with push_service() as service, AsyncExitStack() as stack:
        yield Home(service, Devices(database), database, stack)
    database.close()


async def test_every_device_of_the_account_is_told_and_nobody_is_named(home: Home) -> None:
    phone, tablet, other = home.subscribe(), home.subscribe(), home.subscribe("blanc")
    told = notice(address="anne", room="Chambre 12")
    assert await (await home.channel()).send(told) == Sent(told.id, within=90.0)
    for browser in (phone, tablet):
        [message] = browser.received
        assert (message["type"], message["notice"], message["priority"]) == ("alert", told.id, "high")
        assert "room" not in message
        told_of = {key: value for key, value in message.items() if key not in {"token", "device", "notice"}}
        assert all("84" not in str(value) for key, value in told_of.items() if isinstance(value, str))
        [headers] = browser.headers
        assert (headers["ttl"], headers["urgency"]) == ("90", "high")
    assert other.received == []
    # One text for each device, and the same topic so that a second attempt takes the place of the first.
    assert phone.received[0]["token"] != tablet.received[0]["token"]
    assert phone.headers[0]["topic"] == tablet.headers[0]["topic"]
    assert home.service.refused == []


async def test_a_home_may_show_the_room_and_no_more(home: Home) -> None:
    phone = home.subscribe()
    await (await home.channel(_with(show="room"))).send(notice(address="anne", room="Chambre 12"))
    assert phone.received[0]["room"] == "Chambre 12"
    assert "text" not in phone.received[0]


async def test_an_expert_is_told_that_a_question_waits_and_of_no_room(home: Home) -> None:
    phone, said = home.subscribe(), "Avis demandé, sous 24 h, avant le 23/11 à 14 h 02"
    asked = notice(address="anne", code=QUESTION_CODE, priority=Priority.LOW, text=said)
    await (await home.channel(_with(show="room"))).send(asked)
    [message] = phone.received
    assert (message["type"], message["text"], "room" in message) == ("question", said, False)


async def test_the_ttl_is_that_of_the_priority(home: Home) -> None:
    """Trap 17: never 0."""
    phone = home.subscribe()
    for priority, ttl in ((Priority.HIGH, "90"), (Priority.MEDIUM, "300"), (Priority.LOW, "900")):
        found = await (await home.channel()).send(notice(ttl, address="anne", priority=priority))
        assert found == Sent(f"alert-1/step-1/{ttl}", within=float(ttl))
    assert [each["ttl"] for each in phone.headers] == ["90", "300", "900"]
    with pytest.raises(ConfigError, match=r"ttl\.high is 0, expected 30 to 3600"):
        home.made(_with(ttl={"high": 0, "medium": 300, "low": 900}))


async def test_what_a_device_says_is_a_receipt_and_what_anybody_else_says_is_not(home: Home) -> None:
    phone, tablet = home.subscribe(), home.subscribe()
    channel, told = await home.channel(), notice(address="anne")
    await channel.send(told)
    message = phone.received[0]
    said = message["notice"], message["device"], message["token"]
    assert channel.heard(*said, ReceiptKind.DELIVERED)
    assert channel.heard(*said, ReceiptKind.SEEN)
    assert [(each.channel, each.reference, each.kind) for each in home.receipts] == [
        ("push", told.id, ReceiptKind.DELIVERED),
        ("push", told.id, ReceiptKind.SEEN),
    ]
    device = home.devices.find(message["device"])
    assert device is not None
    assert device.delivered is not None
    for wrong in (
        (message["notice"], message["device"], tablet.received[0]["token"]),
        ("another", message["device"], message["token"]),
        (message["notice"], tablet.received[0]["device"], message["token"]),
        (message["notice"], message["device"], "\u00e9"),
    ):
        assert not channel.heard(*wrong, ReceiptKind.DELIVERED)
    assert len(home.receipts) == 2
    # The tokens hold after a restart: they are made of the hub's key.
    assert home.made().heard(*said, ReceiptKind.SEEN)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_device_that_its_service_forgot_is_forgotten_and_told(
    home: Home, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    phone, tablet = home.subscribe(label="Vieux téléphone"), home.subscribe()
    phone.answers = [(status, {})]
    with caplog.at_level(logging.WARNING):
        assert isinstance(await (await home.channel()).send(notice(address="anne")), Sent)
    assert [device.endpoint for device in home.devices.of("anne")] == [tablet.endpoint]
    assert "Vieux téléphone" in caplog.text
    # The address is a capability: who has it can send.
    assert phone.endpoint not in caplog.text
    with home.database.read() as connection:
        audit = connection.exec_driver_sql("SELECT action, detail FROM audit ORDER BY id").all()
    assert audit[-1][0] == "remove push device"
    assert phone.endpoint not in str(audit)
    tablet.answers = [(status, {})]
    assert isinstance(await (await home.channel()).send(notice(2, address="anne")), GiveUp)
    assert await (await home.channel()).send(notice(3, address="anne")) == GiveUp(
        "no device of account anne receives pushes"
    )


async def test_a_busy_service_is_asked_again_when_it_says(home: Home) -> None:
    phone, channel = home.subscribe(), await home.channel()
    phone.answers = [(429, {"retry-after": "17"}), (503, {}), (413, {})]
    assert await channel.send(notice(address="anne")) == Retry("the push service answers 429", after=17.0)
    assert await channel.send(notice(address="anne")) == Retry("the push service answers 503", after=5.0)
    assert await channel.send(notice(address="anne")) == GiveUp("the push service refuses it with 413")
    [device] = home.devices.of("anne")
    assert device.problem == "the push service refuses it with 413"
    assert isinstance(await channel.send(notice(address="anne")), Sent)
    assert home.devices.of("anne")[0].problem == ""


async def test_one_device_that_took_it_is_enough(home: Home) -> None:
    first, second = home.subscribe(), home.subscribe()
    first.answers = [(500, {})]
    assert isinstance(await (await home.channel()).send(notice(address="anne")), Sent)
    assert len(second.received) == 1


async def test_a_service_that_is_away_is_not_now_and_its_address_in_no_text(home: Home) -> None:
    phone = home.subscribe()
    gone = replace_endpoint(home, phone, "http://127.0.0.1:9/push/secret-capability")
    channel = await home.channel()
    found = await channel.send(notice(address="anne"))
    assert isinstance(found, Retry)
    assert "secret-capability" not in found.reason + channel.state.reason + repr(gone)
    assert not channel.state.well


async def test_what_is_over_takes_the_place_of_what_was_shown(home: Home) -> None:
    phone, channel = home.subscribe(), await home.channel()
    told = notice(address="anne")
    await channel.send(told)
    assert isinstance(await channel.recall(told), Sent)
    shown, over = phone.received
    assert (over["type"], over["notice"]) == ("over", told.id)
    assert phone.headers[0]["topic"] == phone.headers[1]["topic"]
    assert phone.headers[1]["urgency"] == "low"
    assert shown["type"] == "alert"


async def test_what_comes_too_late_is_not_sent(home: Home) -> None:
    phone = home.subscribe()
    found = await (await home.channel()).send(notice(address="anne", expires=SystemClock().utc() - SECOND))
    assert found == GiveUp("its time is over")
    assert phone.received == []


async def test_it_knows_without_sending_whether_its_services_can_be_reached(home: Home) -> None:
    channel = home.made()
    async with running(channel, well=False):
        await until(lambda: channel.state.reason == "no device receives pushes")
        phone = home.subscribe()
        channel.look_again()
        await until(lambda: channel.state.well)
    assert phone.received == []


async def test_a_disabled_account_receives_nothing(home: Home) -> None:
    phone = home.subscribe()
    Accounts(home.database).disable("anne")
    assert isinstance(await (await home.channel()).send(notice(address="anne")), GiveUp)
    assert phone.received == []


async def test_a_device_is_one_account_s_and_an_account_has_so_many(home: Home) -> None:
    phone = home.subscribe("anne")
    device = home.devices.of("anne")[0]
    home.devices.add(replace(device, id="again", username="blanc"), "blanc")
    assert home.devices.of("anne") == []
    assert [each.endpoint for each in home.devices.of("blanc")] == [phone.endpoint]
    for _ in range(PER_ACCOUNT):
        home.subscribe("anne")
    with pytest.raises(StoreError, match="has 10 devices already"):
        home.subscribe("anne")
    assert not home.devices.remove("nobody's", "anne", "", 1)


ENDPOINTS = {
    "https://fcm.googleapis.com/fcm/send/abc": "https://fcm.googleapis.com",
    "https://updates.push.services.mozilla.com:443/wpush/v2/x": "https://updates.push.services.mozilla.com:443",
    "http://fcm.googleapis.com/fcm/send/abc": None,
    "https://fcm.googleapis.com.evil.example/x": None,
    "https://evilpush.apple.com/x": None,
    "https://push.services.mozilla.com/x": None,
    "https://user:word@fcm.googleapis.com/x": None,
    "https://192.168.1.10/x": None,
    "https://127.0.0.1/x": None,
    "file:///etc/passwd": None,
    "https://fcm.googleapis.com/\r\nx: y": None,
    "https://fcm.googleapis.com:99999/x": None,
    "https://[::1/x": None,
    "": None,
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_push_goes_to_the_services_that_the_home_allows_and_nowhere_else(endpoint: str) -> None:
    assert PushConfig("mailto:it@tilleuls.example").origin(endpoint) == ENDPOINTS[endpoint]


@given(st.text(max_size=300))
def test_no_text_is_an_address_by_chance(text: str) -> None:
    assert PushConfig("mailto:it@tilleuls.example").origin(f"https://{text}.example/") is None
    assert PushConfig("mailto:it@tilleuls.example").origin(text) is None


@given(st.integers(100, 999), st.text(max_size=12))
def test_any_answer_is_one_of_three(status: int, retry_after: str) -> None:
    outcome = judge(status, retry_after)
    assert isinstance(outcome, Sent) is (200 <= status < 300)
    assert isinstance(outcome, Gone) is (status in {404, 410})
    if isinstance(outcome, Retry):
        assert outcome.after >= 1


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"contact": "it@tilleuls.example"}, "contact is 'it@tilleuls.example', expected mailto"),
        ({"hosts": ()}, "hosts is empty"),
        ({"hosts": ("https://x",)}, "hosts has 'https://x'"),
        ({"ttl": {"high": 60}}, "ttl needs high, medium and low"),
        ({"timeout": 0}, "timeout is 0, expected 0.1 to 20"),
        ({"every": 9999}, "every is 9999"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(config: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        _with(**config).check()


def test_the_hubs_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "vapid"
    first = load_or_make(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_make(path).private_numbers() == first.private_numbers()
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="mode 0640: others may use it"):
        load_or_make(path)
    path.chmod(0o600)
    path.write_text("no key")
    with pytest.raises(ConfigError, match="holds no private key"):
        load_or_make(path)
    with pytest.raises(ConfigError, match="No such file"):
        load_or_make(tmp_path / "none" / "vapid")
    with pytest.raises(ConfigError, match="Is a directory"):
        load_or_make(tmp_path)


def _with(**more: object) -> PushConfig:
    values = {"contact": CONFIG.contact, "hosts": CONFIG.hosts} | more
    return PushConfig(**values)  # type: ignore[arg-type]  # fields by name


def replace_endpoint(home: Home, browser: Browser, endpoint: str) -> Device:
    [device] = [each for each in home.devices.all() if each.endpoint == browser.endpoint]
    home.devices.remove(device.id, "test", "", 1)
    return home.devices.add(replace(device, endpoint=endpoint), "anne")
