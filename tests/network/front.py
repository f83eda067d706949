"""What stands before the hub on port 443: takes TLS off, and hands on. `python -m tests.network.front`."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.CancelledError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    with contextlib.suppress(OSError, RuntimeError):
        sink.close()


async def _serve(address: str, port: int, inner: int, certificate: str) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", inner)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pump(reader, hub_writer), _pump(hub_reader, writer))

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(client, address, port, ssl=context)
    print("front ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    _, address, port, inner, certificate = sys.argv
    asyncio.run(_serve(address, int(port), int(inner), certificate))
