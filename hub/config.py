"""`hub.toml`, checked: every error names the file, the field and the violation."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from devices.errors import ConfigError
from hub.alerting.escalation.policy import BUILT_IN, Policy, parse
from hub.notify.email_channel import EmailConfig
from hub.notify.espa_channel import EspaConfig
from hub.notify.sms_channel import SmsConfig


class Http(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where pages and interface are served."""

    host: str = "127.0.0.1"
    port: int = 8080
    "0 lets the system choose."
    names: tuple[str, ...] = ()
    "Further host names under which browsers reach the hub, such as that of a proxy in front of it."
    https: bool = False
    "Whether browsers reach it over TLS (through a proxy): cookies are then sent over nothing else."


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
    probe_off: float = 10.0
    skew: float = 5.0
    "How far an edge's clock may be off."
    skew_for: float = 10.0
    "How long it must be off."


class RelaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A TURN server for calls between networks that do not reach each other."""

    urls: tuple[str, ...] = ()
    "Such as `turn:relay.example:3478`."
    secret_file: Path | None = None
    "Holds the secret that the server shares with the hub (`use-auth-secret` of coturn)."


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
    policy = config.escalation.policy
    return msgspec.structs.replace(
        config,
        data=folder / config.data,
        timeseries=msgspec.structs.replace(config.timeseries, token_file=token and folder / token),
        escalation=EscalationSettings(policy and folder / policy),
        notify=_beside(config.notify, folder),
        relay=msgspec.structs.replace(config.relay, secret_file=secret and folder / secret),
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
    return NotifySettings(notify.espa, sms, email)


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
    if bool(config.relay.urls) != (config.relay.secret_file is not None):
        raise ConfigError("relay.urls and relay.secret_file belong together")
    alerting = msgspec.structs.asdict(config.alerting)
    for name, seconds in alerting.items():
        if not 0 < seconds <= 86_400:
            raise ConfigError(f"alerting.{name} is {seconds}, expected more than 0 and at most 86400 seconds")


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
