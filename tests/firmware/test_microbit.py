"""The same core on a 32-bit Cortex-M0: QEMU's micro:bit, its UART on a TCP port, its buttons through qtest."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from devices.clock import SystemClock
from devices.measurement import Event, EventKind, Reading
from devices.transports.serial_stream import SerialStream
from firmware_bridge.driver import NodeDriver
from tests.edge.support import free_port, until
from tests.firmware.conftest import Built

pytestmark = pytest.mark.firmware

BUTTON_A, BUTTON_B = 17, 26


@dataclass
class Microbit:
    """A running machine: what it said, and its pins."""

    driver: NodeDriver
    qtest: socket.socket
    readings: list[Reading] = field(default_factory=list)

    def pin(self, number: int, *, high: bool) -> None:
        self.qtest.sendall(f"set_irq_in /machine/nrf51 unnamed-gpio-in {number} {int(high)}\n".encode())
        assert self.qtest.recv(100).startswith(b"OK")

    def events(self) -> list[Event]:
        return [reading for reading in self.readings if isinstance(reading, Event)]


def _qemu(elf: Path, port: int, control: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(
                "qemu-system-arm",
                "-M",
                "microbit",
                "-kernel",
                str(elf),
                "-display",
                "none",
                "-monitor",
                "none",
            ),
            *("-serial", f"tcp:127.0.0.1:{port},server=on,wait=on", "-accel", "tcg"),
            *("-qtest", f"unix:{control},server=on,wait=off", "-qtest-log", "/dev/null"),
        ],
        stderr=subprocess.DEVNULL,
    )


@contextlib.asynccontextmanager
async def microbit(elf: Path, folder: Path) -> AsyncIterator[Microbit]:
    port, control = free_port(), folder / "qtest"
    with _qemu(elf, port, control) as process:
        try:
            await until("qemu listens", lambda: control.exists() and process.poll() is None)
            clock, driver = SystemClock(), NodeDriver("node", lambda: 0xBEEF)
            settings = driver.needs.serial
            assert settings is not None
            with socket.socket(socket.AF_UNIX) as qtest:
                async with SerialStream.open(f"socket://127.0.0.1:{port}", settings, clock) as stream:
                    qtest.settimeout(10)
                    qtest.connect(str(control))
                    machine = Microbit(driver, qtest)
                    tasks = [
                        asyncio.create_task(_read(machine, stream, clock)),
                        asyncio.create_task(_poll(machine, stream, clock)),
                    ]
                    try:
                        yield machine
                    finally:
                        for task in tasks:
                            task.cancel()
                        await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            process.kill()


async def _read(machine: Microbit, stream: SerialStream, clock: SystemClock) -> None:
    for write in machine.driver.start(clock.utc()):
        await stream.write(write)
    async for chunk in stream.chunks():
        readings = machine.driver.receive(chunk.source, chunk.data, chunk.arrival)
        machine.readings += readings
        if any(isinstance(reading, Event) for reading in readings):
            for write in machine.driver.confirm():
                await stream.write(write)


async def _poll(machine: Microbit, stream: SerialStream, clock: SystemClock) -> None:
    while True:
        await asyncio.sleep(0.25)
        for write in machine.driver.poll(clock.utc()):
            await stream.write(write)


async def test_the_core_runs_on_32_bits(built: Built, tmp_path: Path) -> None:
    async with microbit(built.microbit, tmp_path) as machine:
        session = machine.driver.session
        machine.pin(BUTTON_A, high=True)
        machine.pin(BUTTON_B, high=False)
        await until("it says what it is", lambda: session.descriptor and session.run == (0xBEEF, 1))
        assert session.descriptor is not None
        assert session.descriptor.board == "microbit"
        assert session.descriptor.streams == ()
        await until("its heart beats", lambda: session.beat is not None and session.beat.uptime >= 2)
        machine.readings.clear()
        for count in range(1, 6):
            machine.pin(BUTTON_A, high=False)
            await asyncio.sleep(0.1)
            machine.pin(BUTTON_A, high=True)
            await until("the press arrived", lambda count=count: len(machine.events()) == count)
            await asyncio.sleep(0.1)
        machine.pin(BUTTON_B, high=True)
        await until("the bed is left", lambda: len(machine.events()) == 6)
        beat = session.beat
        await until(
            "nothing waits", lambda: session.beat is not beat and session.beat and not session.beat.waiting
        )
        kinds = [event.kind for event in machine.events()]
        assert kinds == [EventKind.NURSE_CALL] * 5 + [EventKind.BED_EXIT]
        assert len({event.identity for event in machine.events()}) == 6
        assert session.counts.missing == 0
        assert machine.driver.rejected == 0
        assert session.beat is not None
        assert session.beat.faults == 0
        assert session.beat.free_stack > 4000
