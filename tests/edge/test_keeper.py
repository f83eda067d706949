"""The kiosk's browser is started again when it ends, when its tab crashes, and when its page hangs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from dashboards.server import CONTENT_SECURITY_POLICY, room_files
from devices.clock import SECOND, ManualClock, SystemClock
from edge.kiosk.keeper import BEGINNING, LONGEST, PATIENCE, Keeper, Step, Watch
from edge.kiosk.screen import RoomScreen, Settings
from tests.edge.test_kiosk import Calls
from tests.edge.video.peers import until

CHROMIUM = "/usr/bin/chromium"


def started() -> Watch:
    watch = Watch()
    assert watch.step(running=False, glass=None, now=0) is Step.START
    return watch


def test_a_page_that_lives_is_left_alone() -> None:
    watch = started()
    steps = {watch.step(running=True, glass=True, now=now * SECOND) for now in range(3600)}
    assert steps == {Step.NOTHING}


@pytest.mark.parametrize(("seen", "patience"), [(True, PATIENCE), (False, BEGINNING)])
def test_a_page_that_says_nothing_is_ended_after_its_patience(patience: int, *, seen: bool) -> None:
    watch = started()
    if seen:
        watch.step(running=True, glass=True, now=0)
    assert watch.step(running=True, glass=False, now=patience - 1) is Step.NOTHING
    assert watch.step(running=True, glass=False, now=patience) is Step.END


def test_an_agent_that_does_not_answer_is_no_fault_of_the_page() -> None:
    watch = started()
    watch.step(running=True, glass=True, now=0)
    assert watch.step(running=True, glass=None, now=1000 * SECOND) is Step.NOTHING
    assert watch.step(running=True, glass=False, now=1000 * SECOND + PATIENCE - 1) is Step.NOTHING


def test_a_browser_that_ends_again_and_again_is_started_ever_more_slowly() -> None:
    watch, now, waits = started(), 0, []
    for _ in range(7):
        since = now
        while watch.step(running=False, glass=None, now=now) is Step.NOTHING:
            now += SECOND // 4
        waits.append((now - since) / SECOND)
    assert waits == [1, 2, 4, 8, 16, LONGEST / SECOND, LONGEST / SECOND]
    watch.step(running=True, glass=True, now=now)
    assert watch.step(running=False, glass=None, now=now) is Step.NOTHING
    assert watch.step(running=False, glass=None, now=now + SECOND) is Step.START


# ---- with processes ----


@contextlib.asynccontextmanager
async def kept(argv: list[str], port: int) -> AsyncIterator[Keeper]:
    stop = asyncio.Event()
    keeper = Keeper(argv, port, SystemClock())
    running = asyncio.create_task(keeper.run(stop))
    try:
        yield keeper
    finally:
        stop.set()
        await running


async def test_a_browser_that_ends_is_started_again_and_ends_with_its_keeper(unused_tcp_port: int) -> None:
    argv = [sys.executable, "-c", "import time; time.sleep(600)"]
    async with kept(argv, unused_tcp_port) as keeper:
        await until(lambda: keeper.pid, 20)
        first = keeper.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: keeper.pid not in {None, first}, 20)
        assert keeper.starts == 2
        last = keeper.pid
    assert last is not None
    assert not psutil.pid_exists(last)


async def test_a_browser_that_is_not_there_is_said(unused_tcp_port: int) -> None:
    with pytest.raises(FileNotFoundError):
        await Keeper(["/nowhere/chromium"], unused_tcp_port, ManualClock()).run(asyncio.Event())


@pytest.fixture
async def screen() -> AsyncIterator[RoomScreen]:
    """The room's own screen, with its real page."""
    settings = Settings(0, "page", room_files(), CONTENT_SECURITY_POLICY)
    made = RoomScreen(settings, Calls(), SystemClock(), lambda: True)
    await made.start()
    yield made
    await made.stop()


def tabs(browser: int) -> list[psutil.Process]:
    """Return the processes that draw pages."""
    found = []
    for each in psutil.Process(browser).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "--type=renderer" in each.cmdline():
                found.append(each)
    return found


@pytest.mark.browser
@pytest.mark.timeout(240)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_tab_that_crashes_or_hangs_is_there_again(
    screen: RoomScreen, tmp_path: Path, how: signal.Signals
) -> None:
    argv = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"]
    async with kept(argv, screen.port) as keeper:
        await until(lambda: screen.alive, 90)
        first = keeper.pid
        assert first is not None
        for each in tabs(first):
            each.send_signal(how)
        await until(lambda: not screen.alive, 60)
        await until(lambda: screen.alive, 120)
        assert keeper.pid not in {None, first}
        assert keeper.starts == 2
