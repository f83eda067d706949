from __future__ import annotations

from pathlib import Path

import pytest

from devices.errors import ConfigError
from hub import config
from tests.conftest import ROOT

RELAY = 'data = "x"\n[relay]\nsecret_file = "s"\n[relay.server]\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "hub.toml"
    path.write_text(text)
    return path


def test_a_directory_is_all_it_needs(tmp_path: Path) -> None:
    found = config.load(written(tmp_path, 'data = "data"\n'))
    assert found.data == tmp_path / "data"
    assert (found.http.host, found.http.port) == ("127.0.0.1", 8080)
    assert (found.broker.url, found.broker.start) == (None, "auto")
    assert found.timeseries.kind == "sqlite"


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    text = """
data = "/srv/hub"
[timeseries]
kind = "influx"
url = "http://127.0.0.1:8086"
org = "home"
bucket = "veilleuse"
token_file = "token"
[relay]
urls = ["turn:relay.example:3478"]
secret_file = "turn"
[relay.server]
host = "192.0.2.7"
certificate = "relay.pem"
key = "relay.key"
"""
    found = config.load(written(tmp_path, text))
    assert found.data == Path("/srv/hub")
    assert found.timeseries.token_file == tmp_path / "token"
    assert found.relay.secret_file == tmp_path / "turn"
    assert found.relay.server is not None
    assert (found.relay.server.certificate, found.relay.server.key) == (
        tmp_path / "relay.pem",
        tmp_path / "relay.key",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing required field `data`"),
        ("data = 3", r"`\$\.data`"),
        ('data = "x"\ncolour = "red"', "unknown field `colour`"),
        ('data = "x"\n[http]\nport = "80"', r"`\$\.http\.port`"),
        ('data = "x"\n[http]\nport = 70000', "http.port is 70000"),
        ('data = "x"\n[broker]\nport = -1', "broker.port is -1"),
        ('data = "x"\n[broker]\nhost = "0.0.0.0"', "broker.host 0.0.0.0 is not a loopback address"),
        ('data = "x"\n[broker]\nhost = "here"', "broker.host 'here' is not an address"),
        ('data = "x"\n[broker]\nstart = "emqx"', r"`\$\.broker\.start`"),
        ('data = "x"\n[broker]\nurl = "http://h"', "broker.url 'http://h' is not mqtt://"),
        ('data = "x"\n[broker]\nurl = "mqtt://h:x"', "broker.url"),
        ('data = "x"\n[broker]\nurl = "mqtt://u:p@h"', "holds a user"),
        ('data = "x"\n[rounds]\nsettled = 0.5', "rounds.settled is 0.5, expected 0 or 1 to 744 hours"),
        ('data = "x"\n[rounds.profiles]\nfrail = 800', "rounds.profiles.frail is 800"),
        ('data = "x"\n[rounds]\nraised = 0', "rounds.raised is 0.0, expected 1 to 24 hours"),
        ('data = "x"\n[rounds]\nshifts = []', "rounds.shifts has 0 hours"),
        (
            'data = "x"\n[rounds]\nshifts = [07:00:00, 07:00:00]',
            "rounds.shifts has 2 hours, expected 1 to 6, each",
        ),
        ('data = "x"\n[timeseries]\nkind = "influx"', "timeseries.url is missing"),
        ('data = "x"\n[timeseries]\nbucket = "b"', "timeseries.bucket is set"),
        ('data = "x"\n[alerting]\nskew = 0', "alerting.skew is 0"),
        ('data = "x"\n[relay]\nurls = ["turn:x"]', "belong together"),
        ('data = "x"\n[relay]\nsecret_file = "s"\nurls = ["http://x"]', "'http://x' is not turn:host:port"),
        ('data = "x"\n[relay]\nsecret_file = "s"\nurls = ["turn:x"]\nlifetime = 9', "relay.lifetime is 9"),
        (RELAY + 'host = "here"', "relay.server.host 'here' is not an address"),
        (RELAY + 'host = "10.0.0.2"\nexternal = "x"', "relay.server.external 'x' is not an address"),
        (RELAY + 'host = "10.0.0.2"\ntls_port = 0', "relay.server.tls_port is 0"),
        (RELAY + 'host = "10.0.0.2"\nfirst_port = 80', "ports 80 to 49959 are no range"),
        (RELAY + 'host = "10.0.0.2"\nkey = "k.pem"', "certificate and relay.server.key belong together"),
        (RELAY + 'host = "10.0.0.2"\nrealm = "a\\nb"', "relay.server.realm"),
        ("data = ", "hub.toml"),
        ('data = ""', "expected a path"),
    ],
)
def test_an_error_names_the_file_the_field_and_the_violation(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=said) as raised:
        config.load(path)
    assert str(path) in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"hub\.toml: No such file"):
        config.load(tmp_path / "hub.toml")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("mqtt://h", ("h", 1883, False)),
        ("mqtts://h", ("h", 8883, True)),
        ("mqtt://[::1]:99/", ("::1", 99, False)),
    ],
)
def test_broker_urls(url: str, found: tuple[str, int, bool]) -> None:
    assert config.broker_url(url) == found


def test_the_readme_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    readme = (ROOT / "hub" / "README.md").read_text()
    text = readme.split("```toml\n")[1].split("```")[0]
    shown = config.load(written(tmp_path, text))
    assert shown == config.HubConfig(tmp_path / "data")
    for struct in (config.Http, config.BrokerSettings, config.TimeseriesSettings, config.AlertingSettings):
        for name in struct.__struct_fields__:
            assert name in text


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("", ""),
        ('[http]\nnames = ["hub.example"]', ""),
        ("[http]\nhttps = true", ""),
        ('[http]\nhttps = true\nnames = ["hub.example", "hub.local"]', "https://hub.example"),
    ],
)
def test_the_address_for_browsers_outside_is_the_first_name_over_tls(
    tmp_path: Path, said: str, address: str
) -> None:
    assert config.load(written(tmp_path, f'data = "data"\n{said}')).http.address == address
