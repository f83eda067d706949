"""The key by which push services know this hub (RFC 8292); made at its first use, and kept for as long as there are devices.

Every subscription is bound to it: a hub that lost it has to be subscribed to anew by every device.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from devices.errors import ConfigError
from hub.secret_file import write_secret

MAX_BYTES = 4096
"A key has some 240; a wrong file is not read whole."


def load_or_make(path: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key in a file; made with mode 0600 when there is none.

    Raises:
        ConfigError: the file cannot be read or written, others may read it, or it holds no key of P-256.
    """
    try:
        with path.open("rb") as file:
            mode, content = os.fstat(file.fileno()).st_mode, file.read(MAX_BYTES)
    except FileNotFoundError:
        return _make(path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"{path} has mode {stat.S_IMODE(mode):04o}: others may use it, expected 0600")
    try:
        key = serialization.load_pem_private_key(content, None)
    except (ValueError, TypeError):
        raise ConfigError(f"{path} holds no private key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigError(f"{path} holds a key that is not one of P-256")
    return key


def _make(path: Path) -> ec.EllipticCurvePrivateKey:
    key = ec.generate_private_key(ec.SECP256R1())
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_secret(path, content)
    return key
