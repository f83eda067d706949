"""`hub.toml`, checked: every error names the file, the field and the violation."""

from __future__ import annotations

import datetime
import ipaddress
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from devices.errors import ConfigError
from hub.acts.billing import BESIDE, CONSULTATIONS, Biller
from hub.acts.triage import reading as questionnaire_file
from hub.acts.triage.model import Questionnaire
from hub.alerting.escalation.policy import BUILT_IN, Policy, parse
from hub.alerting.rules import file as rules_file
from hub.alerting.rules.file import parse as parse_rules
from hub.alerting.rules.model import RuleSet
from hub.alerting.shifts import USUAL
from hub.notify.email_channel import EmailConfig
from hub.notify.espa_channel import EspaConfig
from hub.notify.papers_config import PapersSettings
from hub.notify.push_config import PushConfig
from hub.notify.sms_channel import SmsConfig

DEFAULT_RULES = Path(rules_file.__file__).with_name("defaults.toml")
"What holds in a home that names no file of rules."


_RELAY_URL = re.compile(r"turns?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(\?transport=(udp|tcp))?")
_GROUP = re.compile(r"[A-Za-z0-9-]{1,40}")
_RELAY_NAME = re.compile(r"[A-Za-z0-9.-]{1,253}")


class Http(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where pages and interface are served."""

    host: str = "127.0.0.1"
    port: int = 8080
    "0 lets the system choose."
    names: tuple[str, ...] = ()
    "Further host names under which browsers reach the hub, such as that of a proxy in front of it."
    https: bool = False
    "Whether browsers reach it over TLS (through a proxy): cookies are then sent over nothing else."

    @property
    def address(self) -> str:
        """Return the address by which browsers outside reach the hub: its first name, over TLS; empty where it has none."""
        return f"https://{self.names[0]}" if self.https and self.names else ""


class BrokerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which MQTT broker."""

    url: str | None = None
    "`mqtt://host:port` or `mqtts://host:port` of a broker of your own; without it the hub starts one."
    start: Literal["auto", "mosquitto", "iotcore"] = "auto"
    "What to start: `auto` is Mosquitto if the machine has it, otherwise iotcore."
    host: str = "127.0.0.1"
    "Where a started broker listens: a loopback address."
    port: int = 1883


class TimeseriesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where observations are kept."""

    kind: Literal["sqlite", "influx"] = "sqlite"
    url: str = ""
    org: str = ""
    bucket: str = ""
    token_file: Path | None = None


class AlertingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds after which a technical condition is declared; see `hub.alerting.technical.Delays`."""

    edge_silent: float = 15.0
    sensor_silent: float = 15.0
    probe_off: float = 60.0
    probe_off_watched: float = 480.0
    "While another sensor measures the person and no alert about them is open."
    skew: float = 5.0
    "How far an edge's clock may be off."
    skew_for: float = 10.0
    "How long it must be off."
    rules: Path | None = None
    "TOML file with profiles, limits and rules (docs/rules.md); without it `hub/alerting/rules/defaults.toml`."


class RelayServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A relay of the home's own: coturn, which the hub starts, or whose file `veilleuse hub relay-config` writes."""

    host: str
    "Address of this machine on which it listens and relays."
    external: str = ""
    "Address by which the world reaches it, where a router translates."
    name: str = ""
    "Host name in the relay's URLs, that of its certificate; without it the address."
    port: int = 3478
    "For UDP and TCP."
    tls_port: int = 5349
    certificate: Path | None = None
    "In PEM, with its chain; without it there is no TLS."
    key: Path | None = None
    first_port: int = 49_160
    last_port: int = 49_959
    "UDP ports of allocations, from `first_port` on; a call of four people takes up to 24."
    realm: str = "veilleuse"
    start: bool = True
    "Whether the hub starts it; false: it is a service of its own, here or elsewhere."


class RelaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A TURN server for calls between networks that do not reach each other."""

    urls: tuple[str, ...] = ()
    "Such as `turn:relay.example:3478?transport=udp`, tried in this order; without them those of `server`."
    secret_file: Path | None = None
    "Holds the secret that the server shares with the hub (`use-auth-secret` of coturn); made for a `server` without one."
    lifetime: int = 4 * 3600
    "Seconds that a name and password are good for: longer than any consultation."
    server: RelayServer | None = None
    "The home's own."


class EnrolmentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a new device is told with its one-time code; `hub.enrolment.Reach`."""

    url: str = ""
    "The hub's address as devices reach it; without it the one by which the technician's browser does."
    certificate: Path | None = None
    "The hub's (its proxy's) certificate in PEM, which devices then insist on."
    broker_host: str = ""
    "The broker as devices reach it; without it that of `broker`."
    broker_port: int = 0
    broker_ca: Path | None = None
    "Authority of the broker's certificate, in PEM; devices then use TLS."


class EscalationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom an alert is passed on to that nobody answers."""

    policy: Path | None = None
    "TOML file with ladders, people and rota; without it only the screens of the ward are asked for, again and again."


class NotifySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The channels by which people are told; one that is not here is not used."""

    espa: EspaConfig | None = None
    "A paging system on a serial line."
    sms: SmsConfig | None = None
    "A GSM modem on a serial line."
    email: EmailConfig | None = None
    "A mail server."
    push: PushConfig | None = None
    "Web Push to people's telephones and tablets, through their browsers' vendors."


class RoundsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often residents are measured by hand, and when shifts change; see `hub.alerting.rounds`."""

    settled: float = 24.0
    "Hours between two sets of observations of who is well; 0: no round."
    raised: float = 6.0
    "Hours after a low score that is above the resident's usual one; the NEWS2 chart says 4 to 6."
    profiles: dict[str, float] = msgspec.field(default_factory=lambda: {"palliative": 0.0})
    "`settled` of residents of a profile, where it is another one."
    shifts: tuple[datetime.time, ...] = USUAL
    "Hours at which shifts begin, local time: `[07:00:00, 14:00:00, 21:00:00]`."


class WatchSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is looked for so that the watching itself is watched; see docs/watch.md."""

    tablets_within: float = 60.0
    "Seconds without a screen of the ward that can be heard before that rings; 0 where the home has no tablets."
    test_every: float | None = None
    """Seconds between two test alarms; 0 sends none. By default 300 with the hub's own broker, and none with another one,
    which first needs an account for them (`veilleuse hub test-account`)."""
    night: datetime.time = datetime.time(20)
    "When the night begins, on the clock on the wall."
    morning: datetime.time = datetime.time(7)
    "When it ends, on the next day."
    ahead: float = 3.0
    "Hours before the night from which on somebody of its rota who cannot be reached by two ways is named."


class ExpertGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Experts who answer for each other."""

    name: str
    "As it is shown."
    members: tuple[str, ...]
    "Their accounts."


class ActsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The acts of telemedicine."""

    questionnaire: Path | None = None
    """TOML file of the questionnaire before a teleconsultation (docs/triage.md); without it
    `hub/acts/triage/questionnaire.toml`."""
    answer_within: float = 24.0
    "Hours after which the answer to a question to an expert is due, up to 168; the home is reminded after three quarters of them."
    experts: dict[str, ExpertGroup] = {}
    "Groups of experts that questions are put to, by a name of letters, digits and `-`."


class BillingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the home says of its professionals, so that lines can be proposed (docs/activity.md)."""

    overseas: bool = False
    "Tariffs of the overseas departments."
    people: dict[str, Biller] = {}
    "By account; of whoever is not here nothing is proposed."


class HubConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    data: Path
    "Directory of everything the hub keeps; relative to the file."
    http: Http = Http()
    broker: BrokerSettings = BrokerSettings()
    timeseries: TimeseriesSettings = TimeseriesSettings()
    alerting: AlertingSettings = AlertingSettings()
    relay: RelaySettings = RelaySettings()
    enrolment: EnrolmentSettings = EnrolmentSettings()
    escalation: EscalationSettings = EscalationSettings()
    notify: NotifySettings = NotifySettings()
    watch: WatchSettings = WatchSettings()
    rounds: RoundsSettings = RoundsSettings()
    papers: PapersSettings = PapersSettings()
    acts: ActsSettings = ActsSettings()
    billing: BillingSettings = BillingSettings()

    @property
    def test_every(self) -> float:
        """Return the seconds between two test alarms; 0 is none."""
        every = self.watch.test_every
        return (300.0 if self.broker.url is None else 0.0) if every is None else every


def load(path: Path) -> HubConfig:
    """Read a configuration file.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or a field is missing, unknown or out of range.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    try:
        config = msgspec.toml.decode(text, type=HubConfig, dec_hook=_path)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    try:
        check(config)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    folder = path.parent
    token, secret = config.timeseries.token_file, config.relay.secret_file
    certificate, authority = config.enrolment.certificate, config.enrolment.broker_ca
    policy, rules = config.escalation.policy, config.alerting.rules
    questionnaire = config.acts.questionnaire
    return msgspec.structs.replace(
        config,
        data=folder / config.data,
        timeseries=msgspec.structs.replace(config.timeseries, token_file=token and folder / token),
        alerting=msgspec.structs.replace(config.alerting, rules=rules and folder / rules),
        escalation=EscalationSettings(policy and folder / policy),
        acts=msgspec.structs.replace(config.acts, questionnaire=questionnaire and folder / questionnaire),
        notify=_beside(config.notify, folder),
        papers=config.papers.beside(folder),
        relay=msgspec.structs.replace(
            config.relay, secret_file=secret and folder / secret, server=_server(config.relay.server, folder)
        ),
        enrolment=msgspec.structs.replace(
            config.enrolment,
            certificate=certificate and folder / certificate,
            broker_ca=authority and folder / authority,
        ),
    )


def _beside(notify: NotifySettings, folder: Path) -> NotifySettings:
    """Let the files that channels name be relative to the configuration's folder."""
    sms, email = notify.sms, notify.email
    if sms is not None:
        sms = msgspec.structs.replace(sms, pin_file=sms.pin_file and folder / sms.pin_file)
    if email is not None:
        password, authority = email.password_file, email.ca_file
        email = msgspec.structs.replace(
            email, password_file=password and folder / password, ca_file=authority and folder / authority
        )
    return msgspec.structs.replace(notify, sms=sms, email=email)


def read_policy(settings: EscalationSettings) -> Policy:
    """Read the policy of escalation, or return the built-in one when no file is named.

    Raises:
        ConfigError: the file cannot be read, or is wrong; with line, field and reason.
    """
    if settings.policy is None:
        return BUILT_IN
    try:
        text = settings.policy.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{settings.policy}: {error}") from error
    return parse(text, str(settings.policy))


def read_rules(path: Path | None) -> RuleSet:
    """Read the home's rules, or the ones that come with the program when no file is named.

    Raises:
        ConfigError: the file cannot be read, or is wrong; with line, field and reason.
    """
    path = path or DEFAULT_RULES
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return parse_rules(text, str(path))


def read_questionnaire(path: Path | None) -> Questionnaire:
    """Read the home's questionnaire before a teleconsultation, or the one that comes with the program.

    Raises:
        ConfigError: the file cannot be read, or is wrong; with line, field and reason.
    """
    path = path or questionnaire_file.DEFAULT
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return questionnaire_file.parse(text, str(path))


def check(config: HubConfig) -> None:
    """Check what the types cannot say.

    Raises:
        ConfigError: a field is out of range; the text names it.
    """
    for name, port in (
        ("http.port", config.http.port),
        ("broker.port", config.broker.port),
        ("enrolment.broker_port", config.enrolment.broker_port),
    ):
        if not 0 <= port <= 65535:
            raise ConfigError(f"{name} is {port}, expected 0 to 65535")
    _check_broker(config.broker)
    _check_timeseries(config.timeseries)
    _check_rounds(config.rounds)
    config.papers.check()
    _check_billing(config.billing)
    _check_relay(config.relay)
    _check_watch(config.watch)
    _check_acts(config.acts)
    alerting = msgspec.structs.asdict(config.alerting)
    del alerting["rules"]
    for name, seconds in alerting.items():
        if not 0 < seconds <= 86_400:
            raise ConfigError(f"alerting.{name} is {seconds}, expected more than 0 and at most 86400 seconds")


def _server(server: RelayServer | None, folder: Path) -> RelayServer | None:
    if server is None:
        return None
    certificate, key = server.certificate, server.key
    return msgspec.structs.replace(
        server, certificate=certificate and folder / certificate, key=key and folder / key
    )


def _check_acts(said: ActsSettings) -> None:
    if not 0 < said.answer_within <= 168:
        raise ConfigError(
            f"acts.answer_within is {said.answer_within:g}, expected more than 0 and at most 168 hours"
        )
    for key, group in said.experts.items():
        if not _GROUP.fullmatch(key):
            raise ConfigError(f"acts.experts.{key}: a name has 1 to 40 letters, digits and '-'")
        if not group.members or not group.name.strip():
            raise ConfigError(f"acts.experts.{key} has no name or no members")


def _check_relay(relay: RelaySettings) -> None:
    if (bool(relay.urls) or relay.server is not None) != (relay.secret_file is not None):
        raise ConfigError("relay.urls (or relay.server) and relay.secret_file belong together")
    for url in relay.urls:
        if not _RELAY_URL.fullmatch(url):
            raise ConfigError(
                f"relay.urls: {url!r} is not turn:host:port or turns:host:port, with ?transport=udp or tcp"
            )
    if not 300 <= relay.lifetime <= 86_400:
        raise ConfigError(f"relay.lifetime is {relay.lifetime}, expected 300 to 86400 seconds")
    if relay.server is not None:
        _check_relay_server(relay.server)


def _check_relay_server(server: RelayServer) -> None:
    for name, address in (("host", server.host), ("external", server.external or server.host)):
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise ConfigError(f"relay.server.{name} {address!r} is not an address") from None
    for name, port in (("port", server.port), ("tls_port", server.tls_port)):
        if not 0 < port <= 65_535:
            raise ConfigError(f"relay.server.{name} is {port}, expected 1 to 65535")
    if not 1024 <= server.first_port < server.last_port <= 65_535:
        raise ConfigError(
            f"relay.server: ports {server.first_port} to {server.last_port} are no range above 1024"
        )
    if (server.certificate is None) != (server.key is None):
        raise ConfigError("relay.server.certificate and relay.server.key belong together")
    for name, text in (("realm", server.realm), ("name", server.name or "localhost")):
        # They become lines of coturn's file.
        if not _RELAY_NAME.fullmatch(text):
            raise ConfigError(f"relay.server.{name} {text!r} is not a host name")


def _check_watch(watch: WatchSettings) -> None:
    for name, seconds, least in (
        ("tablets_within", watch.tablets_within, 10),
        ("test_every", watch.test_every or 0.0, 60),
    ):
        if seconds != 0 and not least <= seconds <= 86_400:
            raise ConfigError(f"watch.{name} is {seconds:g}, expected 0 or {least} to 86400 seconds")
    if not watch.morning < watch.night:
        raise ConfigError(
            f"watch.night {watch.night} is not after watch.morning {watch.morning}: a night ends next day"
        )
    if not 0 <= watch.ahead <= 12:
        raise ConfigError(f"watch.ahead is {watch.ahead:g}, expected 0 to 12 hours")


def broker_url(url: str) -> tuple[str, int, bool]:
    """Return host, port and whether it is TLS of a broker's URL.

    Raises:
        ConfigError: it is no such URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"broker.url {url!r}: {error}") from None
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or parts.path.strip("/"):
        raise ConfigError(f"broker.url {url!r} is not mqtt://host:port or mqtts://host:port")
    if parts.username or parts.password:
        raise ConfigError("broker.url holds a user: the password belongs into secrets/mqtt-hub")
    tls = parts.scheme == "mqtts"
    return parts.hostname, port or (8883 if tls else 1883), tls


def _path(kind: type, value: object) -> Path:
    if kind is not Path or not isinstance(value, str) or not value:
        raise TypeError(f"expected a path, got {value!r}")
    return Path(value)


def _check_broker(broker: BrokerSettings) -> None:
    if broker.url is not None:
        broker_url(broker.url)
        return
    try:
        loopback = ipaddress.ip_address(broker.host).is_loopback
    except ValueError:
        raise ConfigError(f"broker.host {broker.host!r} is not an address") from None
    if not loopback:
        raise ConfigError(
            f"broker.host {broker.host} is not a loopback address: run a broker with TLS as a service "
            "and name it in broker.url"
        )


def _check_rounds(rounds: RoundsSettings) -> None:
    hours = {"settled": rounds.settled} | {f"profiles.{name}": each for name, each in rounds.profiles.items()}
    for name, each in hours.items():
        if each != 0 and not 1 <= each <= 744:
            raise ConfigError(f"rounds.{name} is {each}, expected 0 or 1 to 744 hours")
    if not 1 <= rounds.raised <= 24:
        raise ConfigError(f"rounds.raised is {rounds.raised}, expected 1 to 24 hours")
    if not 1 <= len(set(rounds.shifts)) == len(rounds.shifts) <= 6:
        raise ConfigError(f"rounds.shifts has {len(rounds.shifts)} hours, expected 1 to 6, each once")


def _check_billing(billing: BillingSettings) -> None:
    for name, person in billing.people.items():
        for field, code, known in (
            ("consultation", person.consultation, CONSULTATIONS),
            ("beside", person.beside, BESIDE),
        ):
            if code and code not in known:
                raise ConfigError(
                    f"billing.people.{name}.{field} is {code!r}, expected {', '.join(sorted(known))}"
                )


def _check_timeseries(timeseries: TimeseriesSettings) -> None:
    fields = {
        "url": timeseries.url,
        "org": timeseries.org,
        "bucket": timeseries.bucket,
        "token_file": timeseries.token_file,
    }
    for name, value in fields.items():
        if timeseries.kind == "influx" and not value:
            raise ConfigError(f'timeseries.{name} is missing, which kind = "influx" needs')
        if timeseries.kind == "sqlite" and value:
            raise ConfigError(f'timeseries.{name} is set, but kind is "sqlite"')
