import asyncio
import threading

import pytest

from devices.transports.base import Chunk, LinkLostError
from devices.transports.inbox import CAPACITY, Inbox


def chunk(number: int) -> Chunk:
    return Chunk("", number.to_bytes(4, "big"), number)


async def test_chunks_come_in_order() -> None:
    inbox = Inbox(asyncio.get_running_loop())
    for number in range(3):
        inbox.put(chunk(number))
    assert [await inbox.get() for _ in range(3)] == [chunk(0), chunk(1), chunk(2)]


async def test_oldest_chunks_are_dropped_and_counted() -> None:
    inbox = Inbox(asyncio.get_running_loop())
    for number in range(CAPACITY + 5):
        inbox.put(chunk(number))
    assert inbox.overruns == 5
    assert await inbox.get() == chunk(5)


async def test_what_came_before_the_end_is_still_given_out() -> None:
    inbox = Inbox(asyncio.get_running_loop())
    inbox.put(chunk(1))
    inbox.fail(LinkLostError("gone"))
    inbox.put(chunk(2))
    assert await inbox.get() == chunk(1)
    with pytest.raises(LinkLostError, match="gone"):
        await inbox.get()


async def test_the_first_error_counts() -> None:
    inbox = Inbox(asyncio.get_running_loop())
    inbox.fail(LinkLostError("first"))
    inbox.fail(LinkLostError("second"))
    with pytest.raises(LinkLostError, match="first"):
        await inbox.get()


async def test_another_thread_wakes_the_reader() -> None:
    inbox = Inbox(asyncio.get_running_loop())
    thread = threading.Thread(target=lambda: (inbox.put_threadsafe(chunk(7)), None)[1])
    waiting = asyncio.ensure_future(inbox.get())
    await asyncio.sleep(0)
    thread.start()
    assert await asyncio.wait_for(waiting, 5) == chunk(7)
    thread.join()


def test_a_thread_that_outlives_the_loop_does_no_harm() -> None:
    loop = asyncio.new_event_loop()
    inbox = Inbox(loop)
    loop.close()
    inbox.put_threadsafe(chunk(1))
    inbox.fail_threadsafe(LinkLostError("gone"))
    assert inbox.overruns == 0
