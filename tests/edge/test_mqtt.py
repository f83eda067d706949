"""The edge's connection to a broker, as its socket is."""

from __future__ import annotations

import asyncio
import socket

from edge.config import BrokerConfig
from edge.mqtt import Login, MqttLink

CONNACK = bytes.fromhex("20020000")
LOGIN = Login("r1", "r1", "secret", "down/#", "gone", b"")


async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Let anybody in, and grant one subscription (MQTT 3.1.1)."""
    await reader.readexactly((await reader.readexactly(2))[1])
    writer.write(CONNACK)
    subscribe = await reader.readexactly((await reader.readexactly(2))[1])
    writer.write(bytes([0x90, 3]) + subscribe[:2] + bytes([1]))
    await reader.read()
    writer.close()


async def test_an_answer_does_not_wait_for_the_acknowledgement_before_it() -> None:
    async with await asyncio.start_server(broker, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        link = MqttLink(BrokerConfig(port=port), LOGIN, "3.1.1", lambda _topic, _message: None)
        await link.open()
        connected = link._client.socket()
        assert isinstance(connected, socket.socket)
        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await link.close()
