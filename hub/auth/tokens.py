"""Session tokens: 256 random bits for the browser, their SHA-256 for the disk."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """Return a token nobody can guess, URL-safe."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_digest(token: str) -> bytes:
    """Return what is stored of a token: a copied database opens no session."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
