"""One visit to a mail server, in a thread of its own: smtplib blocks, and may be broken off from the event loop."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Literal

from hub.notify.base import GiveUp, Outcome, Retry, Sent


@dataclass(frozen=True, slots=True)
class Server:
    """Where letters are handed in."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    context: ssl.SSLContext
    name: str
    "What we call ourselves."
    timeout: float
    "Seconds for each step."
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """What a visit brought."""

    outcome: Outcome
    trouble: str = ""
    "Why no letter at all can be handed in; empty when that is this letter's matter alone."
    refused: bool = False
    "The server refuses our login: knocking again and again would lock the account."


class Visit:
    """A visit that hands in one letter, or none, which only shows that one could be."""

    def __init__(self, server: Server, letter: EmailMessage | None = None, envelope: str = "") -> None:
        self._server = server
        self._letter = letter
        self._envelope = envelope
        self._client: smtplib.SMTP | None = None
        self.broken_off = False

    def run(self) -> Report:
        """Go there. Blocks; never raises on what a server does."""
        try:
            return self._run()
        except smtplib.SMTPAuthenticationError as error:
            trouble = f"the mail server refuses our login (code {error.smtp_code})"
            return Report(_judge(error.smtp_code, trouble), trouble, refused=error.smtp_code >= 500)
        except smtplib.SMTPNotSupportedError as error:
            trouble = f"the mail server does not offer what we need: {error}"
            return Report(Retry(trouble, after=300.0), trouble)
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _)] = error.recipients.values()
            return Report(_judge(code, f"the mail server refuses the recipient (code {code})"))
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            return Report(
                _judge(error.smtp_code, f"the mail server refuses the letter (code {error.smtp_code})")
            )
        except smtplib.SMTPResponseException as error:
            trouble = f"the mail server turns us away (code {error.smtp_code})"
            return Report(_judge(error.smtp_code, trouble), trouble)
        except ssl.SSLCertVerificationError as error:
            trouble = f"the mail server's certificate is not trusted: {error.verify_message}"
            return Report(Retry(trouble, after=300.0), trouble)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            # ValueError: a socket that was shut down under smtplib, or an answer that is no text.
            trouble = f"the mail server cannot be talked to: {error}"
            return Report(Retry(trouble, after=30.0), trouble)

    def break_off(self) -> None:
        """Have `run` end soon, from another thread."""
        self.broken_off = True
        sock = None if self._client is None else self._client.sock
        if sock is not None:
            with suppress(OSError):
                # Below TLS: a farewell would wait for the far end that is being cut.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def knows(self, client: smtplib.SMTP) -> None:
        """Learn of the connection before it stands, so that it can be broken off."""
        self._client = client

    def _run(self) -> Report:
        if self.broken_off:
            raise smtplib.SMTPServerDisconnected("broken off before it began")
        client = _connect(self._server, self)
        try:
            self._converse(client)
            # The letter is accepted, whatever the server says to our leaving.
            with suppress(smtplib.SMTPException, OSError, ValueError):
                client.quit()
        finally:
            client.close()
        return Report(Sent())

    def _converse(self, client: smtplib.SMTP) -> None:
        server, letter = self._server, self._letter
        if self.broken_off:
            raise smtplib.SMTPServerDisconnected("broken off")
        if server.security == "starttls":
            client.starttls(context=server.context)
        if server.user:
            client.login(server.user, server.password)
        if letter is None:
            client.noop()
            return
        client.ehlo_or_helo_if_needed()
        dsn = client.has_extn("dsn")
        client.sendmail(
            letter["From"].addresses[0].addr_spec,
            [letter["To"].addresses[0].addr_spec],
            letter.as_bytes(),
            ["RET=HDRS", f"ENVID={self._envelope}"] if dsn else [],
            ["NOTIFY=SUCCESS,FAILURE,DELAY"] if dsn else [],
        )


class _Client(smtplib.SMTP):
    def __init__(self, visit: Visit, **arguments: Any) -> None:
        self._visit = visit
        super().__init__(**arguments)

    def connect(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self._visit.knows(self)
        return super().connect(*args, **kwargs)


class _TlsClient(smtplib.SMTP_SSL):
    def __init__(self, visit: Visit, **arguments: Any) -> None:
        self._visit = visit
        super().__init__(**arguments)

    def connect(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self._visit.knows(self)
        return super().connect(*args, **kwargs)


def _connect(server: Server, visit: Visit) -> smtplib.SMTP:
    to = {
        "host": server.host,
        "port": server.port,
        "local_hostname": server.name,
        "timeout": server.timeout,
    }
    if server.security == "tls":
        return _TlsClient(visit, context=server.context, **to)
    return _Client(visit, **to)


def _judge(code: int, reason: str) -> Outcome:
    """5xx is for ever, everything else is for now (RFC 5321)."""
    return GiveUp(reason) if 500 <= code <= 599 else Retry(reason, after=60.0)
