"""A real SMTP server (aiosmtpd) with TLS, a login, delivery reports, and faults."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import socket
import ssl
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1; return its file and its key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "server.pem", folder / "server.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return public, private


class Post:
    """What the server does and what it got."""

    def __init__(self) -> None:
        self.letters: list[Envelope] = []
        self.visits = 0
        self.logins = 0
        self.options: list[str] = []
        self.dsn = True
        self.on: dict[str, str] = {}
        "Answers by stage: `EHLO`, `MAIL`, `RCPT`, `DATA`."
        self.delay = 0.0

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.visits += 1
        if "EHLO" in self.on:
            return [self.on["EHLO"]]
        return [*responses[:-1], *(["250-DSN"] if self.dsn else []), responses[-1]]

    async def handle_MAIL(
        self, server: Any, session: Session, envelope: Envelope, sender: str, options: list[str]
    ) -> str:
        envelope.mail_from = sender
        return self.on.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, recipient: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(recipient)
        return self.on.get("RCPT", "250 OK")

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.delay)
        answer = self.on.get("DATA", "250 taken")
        if answer.startswith("250"):
            self.letters.append(envelope)
        return answer

    async def handle_QUIT(self, server: Any, session: Session, envelope: Envelope) -> str:
        return self.on.get("QUIT", "221 Bye")

    def login(
        self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.logins += 1
        return AuthResult(success=data.login == b"hub" and data.password == b"secret", handled=False)


class _Reporting(SMTP):
    """aiosmtpd knows no delivery reports (RFC 3461): their parameters are noted and taken off."""

    def _strip(self, arg: str) -> str:
        words = arg.split(" ")
        noted = [word for word in words if word.startswith(("NOTIFY=", "RET=", "ENVID="))]
        self.event_handler.options += noted
        return " ".join(word for word in words if word not in noted)

    async def smtp_MAIL(self, arg: str) -> None:
        await super().smtp_MAIL(self._strip(arg))

    async def smtp_RCPT(self, arg: str) -> None:
        await super().smtp_RCPT(self._strip(arg))


class MailServer(Controller):
    """A running server; `port` is where."""

    def __init__(self, post: Post, *, tls: ssl.SSLContext | None, implicit: bool, login: bool) -> None:
        self._options: dict[str, Any] = {"ident": "test", "timeout": 30}
        if tls is not None and not implicit:
            self._options |= {"tls_context": tls, "require_starttls": True}
        if login:
            self._options |= {"authenticator": post.login, "auth_required": True, "auth_require_tls": True}
        super().__init__(post, hostname="127.0.0.1", port=0, ssl_context=tls if implicit else None)

    def factory(self) -> SMTP:
        return _Reporting(self.handler, **self._options)

    def _trigger_server(self) -> None:
        # The port is the system's choice; the base class would knock at 0.
        self.port = self.server.sockets[0].getsockname()[1]
        if self.ssl_context is None:
            super()._trigger_server()
            return
        knocking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        knocking.check_hostname = False
        knocking.verify_mode = ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", self.port), 5) as plain,
            knocking.wrap_socket(plain) as line,
        ):
            line.recv(100)
