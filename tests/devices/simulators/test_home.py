"""Configuration, control and the command, with real processes, ptys and sockets."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND, SystemClock
from devices.drivers.registry import open_driver, protocols
from devices.errors import ConfigError
from devices.measurement import Measurement
from devices.simulators import config, control
from devices.simulators.control import Answer, Request, command
from devices.simulators.home import VirtualHome
from devices.simulators.physiology import Scenario
from devices.transports.base import BlePlace, LinkLostError, Place, SerialPlace
from devices.transports.opening import open_radio, open_transport

HOME = """
[[sensor]]
name = "ch12-ox"
protocol = "nonin-df2"
link = "ports/ch12-ox"
patient = "p12"
seed = 12

[[sensor]]
name = "ch12-spot"
protocol = "contec-old"
link = "ports/ch12-spot"
patient = "p12"

[[sensor]]
name = "ch14-ox"
protocol = "contec"
link = "ports/ch14-ox"
"""

STRAP = """
[[sensor]]
name = "ch12-strap"
protocol = "heart-rate"
address = "F1:00:00:00:12:01"
patient = "p12"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "sensors.toml"
    path.write_text(text)
    return path


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[VirtualHome]:
    made = VirtualHome(config.load(written(tmp_path, HOME + STRAP)), tmp_path, SystemClock())
    await made.start()
    yield made
    await made.stop()


def left_in(folder: Path) -> list[Path]:
    return list(folder.glob("ports/*"))


def scenarios(home: VirtualHome) -> dict[str, tuple[str, str]]:
    return {state.name: (state.scenario, state.probe) for state in home.states()}


def test_every_protocol_of_the_registry_has_a_virtual_sensor() -> None:
    assert sorted(config.SERIAL | config.BLE) == protocols()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "missing required field `sensor`"),
        ("sensor = 3", "Expected `array`"),
        ("[[sensor]", "cannot be read"),
        (HOME + "[colour]\n", "unknown field `colour`"),
        (HOME.replace("link =", "lnik =", 1), "unknown field `lnik`"),
        (HOME + HOME, "two sensors have the name 'ch12-ox'"),
        (HOME.replace("ports/ch14-ox", "ports/ch12-ox"), "two sensors have the link 'ports/ch12-ox'"),
        (HOME.replace("contec-old", "modbus"), "protocol 'modbus' is unknown; known are beurer-bm58, "),
        (HOME + STRAP.replace("address", "link"), "needs an address, no link"),
        (HOME.replace('link = "ports/ch14-ox"', 'address = "F1:00:00:00:00:01"'), "needs a link, no address"),
        (HOME.replace("ch14-ox", "CH14 ox"), "is not 1 to 48 lower-case letters"),
        (HOME + "every = 0.0\n", "every 0 s is not above 0"),
        (HOME + STRAP + "battery = 120\n", "battery 120 is not 0 to 100"),
        (HOME + STRAP + "seed = 13\n", "patient 'p12' has two seeds"),
        (HOME + "usual = { spo2 = 990.0 }\n", "usual spo2 990 is not 35 to 100"),
        (HOME + "usual = { mood = 9.0 }\n", "unknown field `mood`"),
        (
            HOME.replace("seed = 12", "usual = { spo2 = 90.0 }") + STRAP + "usual = { spo2 = 91.0 }\n",
            "patient 'p12' has two usual states",
        ),
        (HOME + 'signal_kind = "ecg"\n', "speaks contec and cannot replay an ecg"),
        (HOME + 'scenario = "plague"\n', "Invalid enum value 'plague'"),
    ],
)
def test_wrong_configurations(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config.load(written(tmp_path, text))


async def test_a_signal_that_is_not_there_starts_nothing(tmp_path: Path) -> None:
    text = HOME + 'signal = "none.npz"\n'
    home = VirtualHome(config.load(written(tmp_path, text)), tmp_path, SystemClock())
    with pytest.raises(ConfigError, match="cannot be read"):
        await home.start()
    assert not (tmp_path / "ports").exists()


async def test_a_taken_port_is_an_error_and_leaves_no_links(tmp_path: Path) -> None:
    taken = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    async with taken:
        port = taken.sockets[0].getsockname()[1]
        for section in (f"[control]\nport = {port}\n", f"[radio]\nhci_port = {port}\n"):
            home = VirtualHome(
                config.load(written(tmp_path, section + HOME + STRAP)), tmp_path, SystemClock()
            )
            with pytest.raises(ConfigError, match=str(port)):
                await home.start()
            assert left_in(tmp_path) == []


async def test_a_patient_has_values_of_their_own(tmp_path: Path) -> None:
    text = HOME + "usual = { spo2 = 90.0, heart_rate = 104.0 }\n"
    home = VirtualHome(config.load(written(tmp_path, text)), tmp_path, SystemClock())
    await home.start()
    vitals = home._sensors["ch14-ox"].source.vitals(1_800_000_000)
    assert vitals.spo2 == pytest.approx(90, abs=2)
    assert vitals.heart_rate > 95
    assert home._sensors["ch12-ox"].source.vitals(1_800_000_000).spo2 > 93
    await home.stop()


async def test_scenarios_happen_to_the_patient_and_probes_to_the_sensor(home: VirtualHome) -> None:
    assert await home.handle(Request(sensor="ch12-ox", scenario="hypoxia")) == Answer(ok=True)
    assert await home.handle(Request(sensor="ch12-spot", scenario="probe_off")) == Answer(ok=True)
    assert scenarios(home) == {
        "ch12-ox": ("hypoxia", "well"),
        "ch12-spot": ("hypoxia", "probe_off"),
        "ch12-strap": ("hypoxia", "well"),
        "ch14-ox": ("well", "well"),
    }
    await home.handle(Request(target="p12", scenario="well"))
    assert set(scenarios(home).values()) == {("well", "well")}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Request(sensor="ch99", scenario="hypoxia"), "no sensor or patient 'ch99'"),
        (Request(patient="p99", scenario="hypoxia"), "no sensor or patient 'p99'"),
        (Request(scenario="hypoxia"), "no sensor or patient ''"),
        (
            Request(sensor="ch12-ox", scenario="plague"),
            "scenario 'plague' is unknown; known are well, hypoxia",
        ),
        (Request(patient="p12", scenario="unplug"), "unplug is for a sensor"),
    ],
)
async def test_wrong_commands(home: VirtualHome, request_: Request, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        await home.handle(request_)


async def test_control_over_tcp(home: VirtualHome) -> None:
    answer = await asyncio.to_thread(command, home.control, Request(list=True))
    assert [state.name for state in answer.sensors] == ["ch12-ox", "ch12-spot", "ch14-ox", "ch12-strap"]
    refused = await asyncio.to_thread(command, home.control, Request(sensor="x", scenario="well"))
    assert refused == Answer(ok=False, error="there is no sensor or patient 'x'")


async def test_control_survives_malformed_lines(home: VirtualHome) -> None:
    host, port = home.control.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for line in (b"nonsense\n", b'{"colour":1}\n', b"\xff\xfe\n", b'{"list":true}\n'):
        writer.write(line)
    answers = [json.loads(await reader.readline()) for _ in range(4)]
    assert [answer["ok"] for answer in answers] == [False, False, False, True]
    assert "unknown field `colour`" in answers[1]["error"]
    writer.write(b"x" * (control.MAX_LINE + 10))
    assert "longer than" in json.loads(await reader.readline())["error"]
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_control_over_a_unix_socket(tmp_path: Path) -> None:
    text = '[control]\nsocket = "control.sock"\n' + HOME
    home = VirtualHome(config.load(written(tmp_path, text)), tmp_path, SystemClock())
    await home.start()
    answer = await asyncio.to_thread(command, home.control, Request(target="p12", scenario="sepsis"))
    assert answer.ok
    await home.stop()
    assert not (tmp_path / "control.sock").exists()
    with pytest.raises(ConfigError, match="does not answer"):
        command(str(tmp_path / "control.sock"), Request(list=True))


@given(st.text(max_size=30), st.sampled_from(["sensor", "patient", "target"]))
def test_requests_survive_the_wire(text: str, key: str) -> None:
    request = Request(**{key: text}, scenario="well")
    line = control._encoder.encode(request)
    assert b"\n" not in line
    assert control._requests.decode(line) == request


async def first(place: Place, protocol: str, metric: str, hci: str) -> Measurement:
    """Return the first measurement of a metric that a sensor tells."""
    driver, clock = open_driver(protocol, "s"), SystemClock()
    async with (
        asyncio.timeout(30),
        open_radio(f"bumble:{hci}") as radio,
        open_transport(place, driver.needs, clock, radio) as link,
    ):
        for write in driver.start(clock.utc()):
            await link.write(write)
        async for chunk in link.chunks():
            for reading in driver.receive(chunk.source, chunk.data, chunk.arrival):
                if isinstance(reading, Measurement) and reading.metric == metric:
                    return reading
    raise AssertionError


VEILLEUSE = [str(Path(sys.executable).with_name("veilleuse")), "sensors"]


def said(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a sub-command that ends by itself."""
    return subprocess.run([*VEILLEUSE, *arguments], capture_output=True, text=True, check=False, timeout=30)


async def test_the_command_from_start_to_end(tmp_path: Path) -> None:
    path = written(tmp_path, HOME + STRAP)
    process = await asyncio.create_subprocess_exec(
        *VEILLEUSE, "run", "--config", str(path), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            ready = json.loads(await process.stdout.readline())
        assert ready["ready"] is True
        places = {sensor["name"]: sensor["place"] for sensor in ready["sensors"]}
        assert places["ch12-ox"] == str(tmp_path / "ports" / "ch12-ox")

        before = SystemClock().utc()
        pulse = await first(SerialPlace(places["ch12-ox"]), "nonin-df2", "pulse_rate", ready["hci"])
        strap = await first(BlePlace(places["ch12-strap"]), "heart-rate", "heart_rate", ready["hci"])
        assert pulse.value == pytest.approx(strap.value, abs=4)
        assert before - SECOND < pulse.time <= SystemClock().utc()

        hypoxia = await asyncio.to_thread(said, "scenario", "--control", ready["control"], "p12", "hypoxia")
        assert (hypoxia.returncode, hypoxia.stderr) == (0, "")
        listed = await asyncio.to_thread(said, "list", "--control", ready["control"])
        states = [json.loads(line) for line in listed.stdout.splitlines()]
        assert {s["name"]: s["scenario"] for s in states}["ch12-ox"] == Scenario.HYPOXIA
        plague = await asyncio.to_thread(said, "scenario", "--control", ready["control"], "p12", "plague")
        assert plague.returncode == 1
        assert "scenario 'plague' is unknown" in plague.stderr

        driver = open_driver("contec-old", "s")
        place = SerialPlace(places["ch12-spot"])
        async with open_transport(place, driver.needs, SystemClock()) as link, asyncio.timeout(30):
            chunks = link.chunks()
            await anext(chunks)
            process.send_signal(signal.SIGTERM)
            with pytest.raises(LinkLostError):
                await drain(chunks)
        async with asyncio.timeout(30):
            assert await process.wait() == 0
        assert left_in(tmp_path) == []
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def drain(chunks: AsyncIterator[object]) -> None:
    while True:
        await anext(chunks)


def test_the_command_names_what_is_wrong(tmp_path: Path) -> None:
    for arguments, message in (
        (["run", "--config", str(tmp_path / "none.toml")], "cannot be read"),
        (["scenario", "--control", "127.0.0.1:1", "p12", "well"], "control 127.0.0.1:1 does not answer"),
    ):
        result = said(*arguments)
        assert result.returncode == 2
        assert message in result.stderr
        assert "Traceback" not in result.stderr
