"""A home behind a network: hub, broker, edge and the room's screen in the home, the relay outside, physicians far away."""

from __future__ import annotations

import datetime
import ipaddress
import os
import re
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Browser, BrowserContext, BrowserType

from devices.clock import SystemClock
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.provisioning import open_database
from hub.store.accounts import Accounts
from tests.integration.home import PASSWORD, Home, RoomPlan
from tests.integration.processes import Process, free_port, run, wait_for
from tests.network.spaces import HOME, RELAY, WEB_PORT, World

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    # The certificate is the test's own; so is the relay's, which Chromium trusts by no other way.
    "--ignore-certificate-errors",
]
CALL = '[call]\ncamera = "generated"\nmicrophone = "generated"\nhand_camera = "generated"\nstethoscope = "generated"\n'
ORIGIN = f"https://{HOME}"
EXPIRED = [sys.executable, "-m", "tests.network.expired"]
ROOT = Path(__file__).parents[2]


def certificate(folder: Path) -> Path:
    """Make a certificate for the home's web and the relay, key and all in one file; it is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "veilleuse test")])
    now = datetime.datetime.fromtimestamp(SystemClock().utc() / 1e6, datetime.UTC)
    names = [x509.IPAddress(ipaddress.ip_address(each)) for each in (HOME, RELAY)]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "front.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class House(Home):
    """The processes of one home and of the relay outside; `stop` ends them all."""

    def __init__(
        self,
        folder: Path,
        world: World,
        room: RoomPlan | None = None,
        *,
        expired: bool = False,
        foreign_secret: bool = False,
    ) -> None:
        """Furnish it; nothing runs yet.

        Args:
            folder: of everything.
            world: where it stands.
            room: its only one; a plain one by default.
            expired: names and passwords have ended before they are given out.
            foreign_secret: the relay holds another secret than the hub.
        """
        self.world = world
        self.certificate = certificate(folder)
        self.room = RoomPlan(1, extra=CALL) if room is None else room
        # The screen's browser looks for it at the same place after a restart.
        self.room.extra += f"screen_port = {free_port()}\n"
        relay = (
            f'[relay]\nsecret_file = "relay-secret"\n[relay.server]\nhost = "{RELAY}"\nstart = false\n'
            f'certificate = "{self.certificate}"\nkey = "{self.certificate}"\n'
        )
        super().__init__(folder, [self.room], hub_toml=relay)
        # The room trusts the relay's certificate as it would a public one.
        os.environ["SSL_CERT_FILE"] = str(self.certificate)
        if expired:
            self.hub.argv[:1] = EXPIRED
            self.hub.argv.remove("hub")
            self.hub.argv.remove("serve")
        self.relay = self._relay(foreign_secret=foreign_secret)
        self.front = self.process(
            "front",
            [
                sys.executable,
                "-m",
                "tests.network.front",
                HOME,
                str(WEB_PORT),
                str(self.http_port),
                str(self.certificate),
            ],
        )
        self.edge_process = self.edge(self.room)

    def add_account(self, username: str, name: str, role: str) -> None:
        """Give somebody an account, before the hub runs."""
        database = open_database(self.data)
        made = User(username, name, role, Passwords().hash(PASSWORD), disabled=False, created=0)
        Accounts(database).add_user(made)
        database.close()

    def process(self, name: str, argv: list[str]) -> Process:
        process = Process(name, argv, self.folder / f"{name}.log", cwd=ROOT)
        self.processes.append(process)
        return process

    def start(self) -> None:
        """Start everything, and wait until the room can be called."""
        self.relay.start()
        self.start_hub()
        self.front.start().wait_text("front ready")
        self.start_edge()

    def start_edge(self) -> None:
        """Start the room's device, and wait until the hub hears it."""
        self.edge_process.start()
        with self.client() as client:
            wait_for(
                "the room is online",
                lambda: any(view["online"] for view in client.get("/api/v1/edges")),
                30,
                0.1,
            )

    @property
    def screen(self) -> str:
        """Where the room's screen is."""
        said = self.edge_process.wait_text("the room's screen is at")
        return re.findall(r"screen is at (http://\S+)", said)[-1]

    def _write_hub_toml(self) -> Path:
        path = super()._write_hub_toml()
        text = path.read_text()
        path.write_text(text.replace("[http]\n", f'[http]\nnames = ["{HOME}"]\n'))
        return path

    def _relay(self, *, foreign_secret: bool) -> Process:
        folder = self.folder / "turn"
        folder.mkdir()
        written = run(
            "hub", "relay-config", "--config", str(self.folder / "hub.toml"), "--folder", str(folder)
        ).stdout
        if foreign_secret:
            written = re.sub(r"(?m)^static-auth-secret=.*$", "static-auth-secret=another", written)
        path = folder / "turnserver.conf"
        path.write_text(written)
        return self.process("relay", self.world.outside.argv("turnserver", "-c", str(path)))


def browser_in(
    kind: BrowserType, folder: Path, argv: list[str] | None = None, camera: Path | None = None
) -> Browser:
    """Start Chromium, in another network when told how, with the pictures of a file for its camera or its own drawn ones."""
    path = CHROMIUM
    if argv is not None:
        script = folder / "far-chromium"
        script.write_text(f'#!/bin/sh\nexec {" ".join(argv)} {CHROMIUM} "$@"\n')
        script.chmod(0o700)
        path = str(script)
    drawn = [] if camera is None else [f"--use-file-for-fake-video-capture={camera}"]
    return kind.launch(executable_path=path, headless=True, args=[*FLAGS, *drawn])


def someone(browser: Browser, **size: int) -> BrowserContext:
    """Return a person's browser, which keeps an eye on its connections."""
    context = browser.new_context(
        locale="fr-FR",
        viewport={"width": size.get("width", 1280), "height": size.get("height", 800)},
        permissions=["camera", "microphone"],
        ignore_https_errors=True,
    )
    context.add_init_script(path=str(Path(__file__).with_name("watch.js")))
    return context
