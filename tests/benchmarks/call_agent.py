"""A room without consent and hub, for figures: the edge's own media (`edge.video.mesh`), and a page for each viewer.

`python -m tests.benchmarks.call_agent '{"codec":"vp8","size":[640,480],"fps":15,"loss":0.03}'` prints its port and serves until it is
ended. The page is `call_page.js`; what the agent heard is at `/heard`. Loss takes that share of the RTP and RTCP packets out of both
directions, behind SRTP: the kernel here has no netem.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
from aiortc import RTCDtlsTransport
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from devices.clock import SystemClock
from devices.wire.messages import Signal, SignalKind
from edge.config import CallConfig
from edge.media.names import coding
from edge.video import tuning
from edge.video.encoding import SharedEncoder
from edge.video.extras import Extras
from edge.video.mesh import Lent, Mesh
from edge.video.sound import SharedSound
from edge.video.sources import Devices

CLOCK = SystemClock()
LOUD = 4000
"Of 32767: a beep, not what is left of it."
SEED = 5


class Beeps:
    """Finds beeps that begin at whole seconds of the clock, and tells how late each was heard."""

    def __init__(self) -> None:
        self._decoder = av.CodecContext.create("libopus", "r")
        self._mono = av.AudioResampler(format="s16", layout="mono", rate=48_000)
        self._loud_at = 0
        self.late: list[float] = []
        "Seconds."

    def take(self, packet: bytes) -> None:
        """Take an Opus packet, which is about to be played."""
        now = CLOCK.utc()
        for decoded in self._decoder.decode(av.Packet(packet)):
            for frame in self._mono.resample(decoded):  # type: ignore[arg-type]  # sound
                loud = np.flatnonzero(np.abs(frame.to_ndarray()[0].astype(int)) > LOUD)
                if not len(loud):
                    continue
                if now - self._loud_at > 300_000:
                    # The packet holds 20 ms, which would be played from now on.
                    self.late.append(((now + int(loud[0]) * 1_000_000 // 48_000) % 1_000_000) / 1e6)
                self._loud_at = now


class Agent:
    """Connections to every page that comes; `edge.video.engine.Events`."""

    def __init__(self, config: CallConfig) -> None:
        self.beeps = Beeps()
        self.pages = 0
        self.devices = devices = Devices(config, CLOCK)
        tuning.install()
        devices.open()
        assert devices.camera is not None
        assert devices.microphone is not None
        self.pictures = SharedEncoder(
            devices.camera,
            config.size,
            config.fps,
            CLOCK,
            lambda _rung: None,
            coding(config.camera, config.codec),
        )
        self.sound = SharedSound(devices.microphone, tuning.speech_encoder())
        extras = Extras(config, CLOCK, lambda: None)
        self.mesh = Mesh(Lent(self.sound, self.pictures, extras), self, CLOCK, loopback=True)

    def start(self) -> None:
        self.pictures.start()
        self.sound.start()

    async def page(self, page: ServerConnection) -> None:
        """Offer to a page, and take its answer."""
        self.pages += 1
        seat = f"p{self.pages}"
        offer = await self.mesh.connect(seat, 1, ())
        await page.send(json.dumps({"sdp": offer.sdp}))
        async for text in page:
            said = json.loads(text)
            kind = SignalKind.ANSWER if "sdp" in said else SignalKind.CANDIDATE
            await self.mesh.take(Signal("call", 1, kind, CLOCK.utc(), peer=seat, **said))
        await self.mesh.disconnect(seat)

    # ---- `edge.video.engine.Events` ----

    def heard(self, seat: str, epoch: int) -> None:
        """Nobody is told."""

    def failed(self, seat: str, epoch: int) -> None:
        """A page that fails shows in what it measures."""

    def opened(self, seat: str) -> None:
        """Nobody is told."""

    def picture(self, seat: str, data: bytes, timestamp: int) -> None:
        """There is no screen."""

    def voice(self, seat: str, data: bytes, timestamp: int) -> None:
        """Listen for beeps."""
        self.beeps.take(data)

    def said(self, seat: str, text: str) -> None:
        """Nobody listens."""

    def file(self, _connection: ServerConnection, request: Request) -> Response | None:
        """Serve the page and what was heard."""
        if request.path == "/signal":
            return None
        kind = "text/html"
        if request.path == "/call_page.js":
            body, kind = Path(__file__).with_name("call_page.js").read_bytes(), "text/javascript"
        elif request.path == "/heard":
            late, self.beeps.late = self.beeps.late, []
            body, kind = json.dumps({"late": late}).encode(), "application/json"
        else:
            body = b'<!doctype html><title>call</title><video muted autoplay playsinline></video><script src="/call_page.js"></script>'
        headers = Headers({"content-type": kind, "content-length": str(len(body))})
        return Response(HTTPStatus.OK.value, "OK", headers, body)


def lose(share: float) -> None:
    """Take a share of the packets out of both directions, the same ones in every run."""
    dice = random.Random(SEED)
    handle_rtp, handle_rtcp, send = (
        getattr(RTCDtlsTransport, name) for name in ("_handle_rtp_data", "_handle_rtcp_data", "_send_rtp")
    )

    async def rtp(self: RTCDtlsTransport, data: bytes, arrival_time_ms: int) -> None:
        if dice.random() >= share:
            await handle_rtp(self, data, arrival_time_ms=arrival_time_ms)

    async def rtcp(self: RTCDtlsTransport, data: bytes) -> None:
        if dice.random() >= share:
            await handle_rtcp(self, data)

    async def sent(self: RTCDtlsTransport, data: bytes) -> None:
        if dice.random() >= share:
            await send(self, data)

    for name, ours in (("_handle_rtp_data", rtp), ("_handle_rtcp_data", rtcp), ("_send_rtp", sent)):
        setattr(RTCDtlsTransport, name, ours)


async def main() -> None:
    """Serve until somebody ends it."""
    settings: dict[str, Any] = json.loads(sys.argv[1])
    if share := settings.pop("loss", 0):
        lose(share)
    agent = Agent(msgspec.convert({**settings, "ice_loopback": True}, CallConfig))
    agent.start()
    async with serve(agent.page, "127.0.0.1", 0, process_request=agent.file) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
