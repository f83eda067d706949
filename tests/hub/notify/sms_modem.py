"""A GSM modem on a pty: written from the sheet alone, it shares no code with what it tests."""

from __future__ import annotations

import os
import select
import threading
import tty
from collections import deque


class FakeModem:
    """Answers AT commands; `faults` says what goes wrong with the next messages."""

    def __init__(self, pin: str = "") -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.link = os.ttyname(self._slave)
        self.pin = pin
        self.tries: list[str] = []
        self.faults: deque[str] = deque()
        "For the next messages: a CMS error's number, `hang`, `late`, `reboot`, `deaf`."
        self.taken: list[tuple[int, str]] = []
        self.network = "0,1"
        self.silent = False
        self.commands: list[str] = []
        self.reference = 40
        self._late: list[bytes] = []
        self._buffer = b""
        self._reset()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="gsm modem", daemon=True)
        self._thread.start()

    def _reset(self) -> None:
        self._locked = bool(self.pin)
        self._echo = True
        self._pdu_mode = False
        self._length: int | None = None

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5)
        for end in (self.master, self._slave):
            if end >= 0:
                os.close(end)
        self.master = self._slave = -1

    def say(self, text: str) -> None:
        if not self.silent:
            os.write(self.master, f"\r\n{text}\r\n".encode())

    def report(self, reference: int, number: str, status: int) -> None:
        digits = number.lstrip("+") + ("F" if len(number.lstrip("+")) % 2 else "")
        swapped = "".join(digits[at + 1] + digits[at] for at in range(0, len(digits), 2))
        stamp = "62112210000040"
        pdu = f"0006{reference:02X}{len(number.lstrip('+')):02X}91{swapped}{stamp}{stamp}{status:02X}"
        self.say(f"+CDS: {len(pdu) // 2 - 1}\r\n{pdu}")

    def reboot(self) -> None:
        """Start anew without a word, as after a dip of the supply."""
        self._reset()

    def release(self) -> None:
        """Say what was held back."""
        while self._late:
            os.write(self.master, self._late.pop(0))

    def _serve(self) -> None:
        while not self._stop.is_set():
            ready, _, _ = select.select([self.master], [], [], 0.02)
            if not ready:
                continue
            try:
                data = os.read(self.master, 1024)
            except OSError:
                return
            self._buffer += data
            while self._step():
                pass

    def _step(self) -> bool:
        if self._buffer.startswith(b"\x1b"):
            self._buffer = self._buffer[1:]
            self._length = None
            return True
        if self._length is not None:
            body, found, rest = self._buffer.partition(b"\x1a")
            if b"\x1b" in body and not found:
                self._buffer = body[body.index(b"\x1b") :]
                return True
            if found:
                self._buffer = rest
                self._message(self._length, body.decode("ascii"))
                self._length = None
            return bool(found)
        command, found, rest = self._buffer.partition(b"\r")
        if not found:
            return False
        self._buffer = rest
        if self._echo and not self.silent:
            os.write(self.master, command + b"\r")
        self._command(command.decode("ascii"))
        return True

    def _command(self, command: str) -> None:
        self.commands.append(command)
        if command.startswith("AT+CPIN="):
            self.tries.append(command[9:-1])
            self._locked = self._locked and command[9:-1] != self.pin
            self.say("+CME ERROR: 16" if self._locked else "OK")
        elif command == "AT+CPIN?":
            self.say("+CPIN: SIM PIN" if self._locked else "+CPIN: READY")
            self.say("OK")
        elif command == "ATE0":
            self._echo = False
            self.say("OK")
        elif command == "AT+CMGF=0":
            self._pdu_mode = True
            self.say("OK")
        elif command == "AT+CREG?":
            self.say(f"+CREG: {self.network}\r\n\r\nOK")
        elif command == "AT+CSQ":
            self.say("+CSQ: 17,0\r\n\r\nOK")
        elif command.startswith("AT+CMGS="):
            if self.faults and self.faults[0] == "deaf":
                self.faults.popleft()
                return
            self._length = int(command[8:])
            if not self.silent:
                os.write(self.master, b"\r\n> ")
        else:
            self.say("OK")

    def _message(self, length: int, body: str) -> None:
        fault = self.faults.popleft() if self.faults else ""
        if fault.isdecimal():
            self.say(f"+CMS ERROR: {fault}")
        elif not self._pdu_mode or len(body) // 2 - 1 - int(body[:2], 16) != length:
            self.say("+CMS ERROR: 304")
        elif fault == "reboot":
            self._reset()
            self.say("RDY")
        elif fault != "hang":
            self.reference += 1
            self.taken.append((length, body))
            answer = f"\r\n+CMGS: {self.reference}\r\n\r\nOK\r\n".encode()
            if fault == "late":
                self._late.append(answer)
            else:
                os.write(self.master, answer)
