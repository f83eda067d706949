"""Every mistake in a configuration is refused with the file, the field and the violation."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices.errors import ConfigError
from devices.wire.seal import Keys, seal
from edge.config import (
    BleConfig,
    BrokerConfig,
    ClockConfig,
    EdgeConfig,
    LightConfig,
    SensorConfig,
    SpoolLimits,
    load,
    load_all,
    read_carer_code,
    read_credentials,
)
from tests.edge.support import PASSWORD, SECRET, write_keys

SMALLEST = 'edge = "edge-0001"\nkey_file = "edge.key"\nspool = "spool.db"\n'


def write(folder: Path, text: str, name: str = "edge.toml") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_the_smallest_configuration_has_safe_defaults(tmp_path: Path) -> None:
    config = load(write(tmp_path, SMALLEST))
    assert config.broker == BrokerConfig("127.0.0.1", 1883, None, "auto")
    assert config.clock == ClockConfig("system")
    assert config.spool_limits == SpoolLimits(512, 20)
    assert config.sensor == ()
    assert config.call is None


def test_paths_count_from_the_files_folder(tmp_path: Path) -> None:
    text = SMALLEST + (
        '[broker]\ntls_ca = "ca.crt"\n[call]\ncamera = "file:room.mp4"\n'
        '[[sensor]]\nid = "a"\nprotocol = "contec"\nlink = "ports/a"\n'
        '[[sensor]]\nid = "b"\nprotocol = "contec"\nlink = "/dev/ttyUSB0"\n'
        '[[sensor]]\nid = "c"\nprotocol = "contec"\nlink = "socket://127.0.0.1:9"\n'
    )
    config = load(write(tmp_path, text))
    assert config.key_file == str(tmp_path / "edge.key")
    assert config.spool == str(tmp_path / "spool.db")
    assert config.broker.tls_ca == str(tmp_path / "ca.crt")
    assert config.call is not None
    assert config.call.camera == f"file:{tmp_path / 'room.mp4'}"
    assert [each.link for each in config.sensor] == [
        str(tmp_path / "ports/a"),
        "/dev/ttyUSB0",
        "socket://127.0.0.1:9",
    ]


SENSOR = '[[sensor]]\nid = "a"\nprotocol = "contec"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("edge = ", ["Invalid value"]),
        ("\xff", []),
        ('edge = "a"\nspool = "s"\n', ["key_file"]),
        (SMALLEST + "rom = 1\n", ["rom"]),
        (SMALLEST + "[broker]\nport = 70000\n", ["broker.port", "65535"]),
        (SMALLEST + '[broker]\nport = "1883"\n', ["broker.port", "int"]),
        (SMALLEST + '[broker]\nprotocol = "4"\n', ["broker.protocol"]),
        (SMALLEST + "[broker]\ntls = true\n", ["tls", "broker"]),
        (SMALLEST + '[clock]\nsource = "ntp"\n', ["clock.source"]),
        (SMALLEST + "[spool_limits]\nlate_rate = 0\n", ["spool_limits.late_rate"]),
        (SMALLEST.replace("edge-0001", "Edge 1"), ["edge", "'Edge 1'"]),
        (SMALLEST.replace("edge-0001", "a/+"), ["edge", "'a/+'"]),
        (SMALLEST + SENSOR, ["sensor[0]", "exactly one of link and address"]),
        (SMALLEST + SENSOR + 'link = "x"\naddress = "y"\n', ["sensor[0]", "exactly one"]),
        (SMALLEST + 2 * (SENSOR + 'link = "x"\n'), ["sensor[1].id", "twice"]),
        (SMALLEST + SENSOR + 'link = "x"\ninterval = -1\n', ["sensor[0].interval"]),
        (SMALLEST + '[ble]\nbackend = "bumble"\n' + SENSOR + 'address = "x"\n', ["ble.hci"]),
        (SMALLEST + '[call]\nconsent = "never"\n', ["call.consent"]),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "edge.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as raised:
        load(path)
    for word in [str(path), *words]:
        assert word in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.toml: cannot be read"):
        load(tmp_path / "nowhere.toml")


def test_two_rooms_of_one_process_may_not_share_edge_or_spool(tmp_path: Path) -> None:
    first = write(tmp_path / "a", SMALLEST)
    same_edge = write(tmp_path / "b", SMALLEST)
    same_spool = write(tmp_path / "a", SMALLEST.replace("edge-0001", "edge-0002"), "other.toml")
    other = write(tmp_path / "c", SMALLEST.replace("edge-0001", "edge-0003"))
    assert len(load_all([first, other])) == 2
    with pytest.raises(ConfigError, match="edge 'edge-0001' is also that of"):
        load_all([first, same_edge])
    with pytest.raises(ConfigError, match=r"spool .* is also that of"):
        load_all([first, same_spool])


def test_a_key_file_gives_keys_and_password(tmp_path: Path) -> None:
    credentials = read_credentials(write_keys(tmp_path / "key"))
    topic = "veilleuse/1/e/up/live"
    assert seal(credentials.keys, topic, b"{}") == seal(Keys(SECRET), topic, b"{}")
    assert credentials.password == PASSWORD


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = write_keys(tmp_path / "key")
    path.chmod(mode)
    with pytest.raises(ConfigError, match=f"mode {mode:04o} lets others read it, expected 0600"):
        read_credentials(path)


@pytest.mark.parametrize(
    ("text", "violation"),
    [
        (b"", "two lines"),
        (b"00" * 32 + b"\n", "two lines"),
        (b"00" * 32 + b"\n\n", "two lines"),
        (b"00" * 32 + b"\na\nb\n", "two lines"),
        (b"zz" * 32 + b"\nword\n", "not hexadecimal"),
        (b"00" * 31 + b"\nword\n", "31 bytes"),
        (b"\xff\xfe\nword\n", "not plain text"),
    ],
)
def test_a_malformed_key_file_is_refused(tmp_path: Path, text: bytes, violation: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=violation):
        read_credentials(path)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"key file .*none: cannot be read"):
        read_credentials(tmp_path / "none")


def test_the_configuration_that_the_readme_shows_is_valid(tmp_path: Path) -> None:
    readme = Path(__file__).parent.parent.parent / "edge" / "README.md"
    (example,) = readme.read_text().split("```toml\n")[1:]
    config = load(write(tmp_path, example.split("```")[0]))
    assert (config.edge, config.sensor[0].protocol, config.spool_limits.late_rate) == (
        "edge-0001",
        "nonin-df2",
        20,
    )


def test_every_setting_stands_in_the_readme() -> None:
    readme = (Path(__file__).parent.parent.parent / "edge" / "README.md").read_text()
    for struct in (EdgeConfig, BrokerConfig, SensorConfig, BleConfig, ClockConfig, LightConfig, SpoolLimits):
        for field in struct.__struct_fields__:
            assert field in readme, f"{struct.__name__}.{field}"


CLIMATE = '[[sensor]]\nid = "air"\nprotocol = "bthome"\naddress = "A4:C1:38:00:00:07"\n'
KEY = "231d39c1d7cc1ab1aee224cd096db932"


@pytest.mark.parametrize("key", ["231d", KEY + "00", "g" * 32, ""])
def test_a_key_that_is_none_is_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    path = write(tmp_path, SMALLEST + CLIMATE + f'key = "{key}"\n')
    with pytest.raises(
        ConfigError, match=rf"sensor\[0\]\.key \(air\) is not 32 .* it has {len(key)} "
    ) as refused:
        load(path)
    assert not key or key not in str(refused.value)


@pytest.mark.parametrize("secret", [f'key = "{KEY}"', 'pin = "123456"'])
def test_a_file_with_a_secret_is_read_by_its_owner_alone(tmp_path: Path, secret: str) -> None:
    path = write(tmp_path, SMALLEST + CLIMATE + secret)
    config = load(path)
    assert KEY not in repr(config)
    assert "123456" not in repr(config)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=r"sensor .air., and mode 0640 lets others read it.*chmod 600"):
        load(path)
    path.write_text(SMALLEST + CLIMATE)
    assert load(path).sensor[0].key is None, "without a secret anybody may read it"


def test_the_caregivers_code_is_read_from_a_file_of_its_own(tmp_path: Path) -> None:
    config = load(write(tmp_path, SMALLEST + '[call]\nconsent = "nurse"\ncarer_code_file = "carers.code"\n'))
    assert config.call is not None
    assert config.call.carer_code_file == str(tmp_path / "carers.code")
    code = tmp_path / "carers.code"
    with pytest.raises(ConfigError, match=r"carers\.code: cannot be read"):
        read_carer_code(code)
    code.write_text("24680\n")
    code.chmod(0o644)
    with pytest.raises(ConfigError, match=r"mode 0644 lets others read it.*chmod 600"):
        read_carer_code(code)
    code.chmod(0o600)
    assert read_carer_code(code) == "24680"


@pytest.mark.parametrize("text", ["", "123", "12 34", "1" * 17, "secret", "1234\n5678"])
def test_a_code_that_is_none_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    code = tmp_path / "carers.code"
    code.write_text(text)
    code.chmod(0o600)
    with pytest.raises(ConfigError, match="expected one line of 4 to 16 digits") as refused:
        read_carer_code(code)
    assert not text or text not in str(refused.value)
    code.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not plain text"):
        read_carer_code(code)
