"""A minimal client of Marionette, Firefox's own remote control, for Debian's Firefox: Playwright drives only its own build.

The protocol (Firefox source docs, "testing/marionette/Protocol"): a message is its length in decimal, a colon, and JSON. Firefox greets;
a command is `[0, id, name, parameters]`, its answer `[1, id, error, result]`. Commands are WebDriver's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

PROGRAM: Final = "firefox-esr"
START_SECONDS: Final = 60.0
PREFS: Final[dict[str, object]] = {
    "marionette.port": 0,
    # A camera and a microphone that are drawn, without a question.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    # Everything is on this machine.
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    # Nothing is fetched from outside, OpenH264 included.
    "media.gmp-manager.updateEnabled": False,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.unified": False,
}


class MarionetteError(Exception):
    """Firefox answered with an error."""


class Firefox:
    """One headless Firefox with one window."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0

    async def command(self, name: str, **parameters: object) -> Any:
        """Send a command and return its result.

        Raises:
            MarionetteError: Firefox refuses it.
        """
        self._number += 1
        data = json.dumps([0, self._number, name, parameters]).encode()
        self._writer.write(b"%d:%b" % (len(data), data))
        await self._writer.drain()
        _, number, error, result = await self.receive()
        assert number == self._number
        if error is not None:
            raise MarionetteError(f"{name}: {error['error']}: {error['message']}")
        return result

    async def receive(self) -> Any:
        """Return the next message."""
        length = await self._reader.readuntil(b":")
        return json.loads(await self._reader.readexactly(int(length[:-1])))

    async def goto(self, url: str) -> None:
        """Open a page and wait until it is loaded."""
        await self.command("WebDriver:Navigate", url=url)

    async def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page, awaited if it is a promise; `None` of a page that goes away meanwhile."""
        script = (
            "const done = arguments[arguments.length - 1];"
            f"Promise.resolve((0, eval)({json.dumps(expression)}))"
            ".then((value) => done({ value }), (error) => done({ error: String(error) }));"
        )
        # The page's own window, without a sandbox in front of it: what it made is what is seen.
        answer = await self.command("WebDriver:ExecuteAsyncScript", script=script, args=[], sandbox=None)
        result = answer["value"]
        if result is None:
            return None
        if "error" in result:
            raise MarionetteError(result["error"])
        return result.get("value")

    async def until(self, expression: str, seconds: float = 60.0) -> Any:
        """Wait until an expression is true in the page; return its value."""
        try:
            async with asyncio.timeout(seconds):
                value = await self.evaluate(expression)
                while not value:
                    await asyncio.sleep(0.1)
                    value = await self.evaluate(expression)
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s: {expression}") from None
        return value


@contextlib.asynccontextmanager
async def firefox(profile: Path, flags: Sequence[str] = ()) -> AsyncIterator[Firefox]:
    """Run Firefox with a profile of its own."""
    log = _furnish(profile)
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        "--headless",
        "--no-remote",
        "--marionette",
        "--profile",
        str(profile),
        *flags,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env={**os.environ, "HOME": str(profile), "MOZ_HEADLESS": "1"},
    )
    log.close()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", await _port(profile, process))
        browser = Firefox(reader, writer)
        assert (await browser.receive())["marionetteProtocol"] == 3
        await browser.command("WebDriver:NewSession")
        await browser.command("WebDriver:SetTimeouts", script=30_000, pageLoad=60_000)
        yield browser
        writer.close()
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 15)
            except TimeoutError:
                process.kill()
                await process.wait()


def _furnish(profile: Path) -> BinaryIO:
    """Write the settings of a new profile; return the file that Firefox speaks to."""
    profile.mkdir(parents=True)
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFS.items()]
    (profile / "user.js").write_text("\n".join(lines))
    return (profile / "firefox.log").open("wb")


async def _port(profile: Path, process: asyncio.subprocess.Process) -> int:
    """Wait until Firefox says where it listens."""
    found = profile / "MarionetteActivePort"
    async with asyncio.timeout(START_SECONDS):
        while not found.exists() or not found.read_text().strip():
            assert process.returncode is None, (profile / "firefox.log").read_text()
            await asyncio.sleep(0.05)
    return int(found.read_text())
