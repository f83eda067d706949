"""The yardstick: a bare paho subscriber that throws everything away.

`python -m tests.benchmarks.bare HOST PORT USER PASSWORD FILTER COUNT QOS` prints `ready` once subscribed, then after COUNT
messages one JSON object: when the first and the last came (CLOCK_MONOTONIC seconds), and its own CPU seconds.
"""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion


class Report(msgspec.Struct, frozen=True):
    """Times are CLOCK_MONOTONIC seconds."""

    first: float
    last: float
    cpu: float


def cpu() -> float:
    """Return this process's CPU seconds so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Bare:
    """Counts, and nothing else."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.first = 0.0
        self.last = 0.0

    def on_message(self, client: Client, _userdata: Any, _message: MQTTMessage) -> None:
        if not self.first:
            self.first = time.monotonic()
        self.left -= 1
        if not self.left:
            self.last = time.monotonic()
            client.disconnect()


def main() -> None:
    host, port, user, password, topics, count, qos = sys.argv[1:8]
    bare = Bare(int(count))
    # MQTT 3.1.1 and paho's own acknowledging: the fastest that paho does.
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-bare")
    client.username_pw_set(user, password)
    client.on_message = bare.on_message
    client.on_connect = lambda c, *_rest: c.subscribe(topics, int(qos))
    client.on_subscribe = lambda *_rest: print("ready", flush=True)
    client.connect(host, int(port))
    before = cpu()
    client.loop_forever()
    print(msgspec.json.encode(Report(bare.first, bare.last, cpu() - before)).decode(), flush=True)


if __name__ == "__main__":
    main()
