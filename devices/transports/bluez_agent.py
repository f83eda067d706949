"""The pairing agent: `org.bluez.Agent1`, which bluetoothd asks before a sensor bonds. Without one nothing can be paired.

It admits the sensor that is being opened right now, and refuses everybody else: a home is full of phones.
"""

from __future__ import annotations

from typing import Any

from dbus_fast import Message, MessageType

from devices.transports.base import PairingRefusedError
from devices.transports.pairing import Pairings

PATH = "/fr/veilleuse/agent"
INTERFACE = "org.bluez.Agent1"
MANAGER = "org.bluez.AgentManager1"

REJECTED = "org.bluez.Error.Rejected"
"What BlueZ's own documentation of Agent1 asks for."


class Agent:
    """Answers bluetoothd's calls."""

    def __init__(self, pairings: Pairings) -> None:
        self._pairings = pairings
        self.asker = ""
        "bluetoothd's own name on the bus: anybody else who asks is refused, a sensor's number least of all told."

    def answer(self, message: Message) -> Message | None:
        """Return the reply to a call for the agent; `None` when the message is none."""
        ours = message.path == PATH and message.interface == INTERFACE
        if message.message_type is not MessageType.METHOD_CALL or not ours:
            return None
        if not self.asker or message.sender != self.asker:
            self._pairings.counts["pairings_refused"] += 1
            return Message.new_error(message, REJECTED, "only the bluetooth service may ask")
        try:
            signature, body = self._decide(message.member or "", message.body)
        except PairingRefusedError as error:
            return Message.new_error(message, REJECTED, str(error))
        return Message.new_method_return(message, signature, body)

    def _decide(self, member: str, body: list[Any]) -> tuple[str, list[Any]]:
        pairings = self._pairings
        match member:
            case "Release" | "Cancel" | "DisplayPasskey" | "DisplayPinCode":
                return "", []
            case "RequestPasskey":
                return "u", [pairings.passkey(address_of(body[0]))]
            case "RequestPinCode":
                return "s", [f"{pairings.passkey(address_of(body[0])):06d}"]
            case "RequestConfirmation" | "RequestAuthorization" | "AuthorizeService":
                pairings.admit(address_of(body[0]))
                return "", []
        raise PairingRefusedError(f"agent does not know {member!r}")


def address_of(path: str) -> str:
    """Return the address in a device's object path: `/org/bluez/hci0/dev_F1_00_00_00_00_01`."""
    return path.rpartition("/dev_")[2].replace("_", ":").upper()
