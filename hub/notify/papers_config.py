"""`[papers]` of `hub.toml`: how papers are headed, and the secure mail operator that takes them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from devices.errors import ConfigError
from hub.acts.numbers import NumberError, parse_finess
from hub.notify.email_channel import EmailConfig


class PapersSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section."""

    address: str = ""
    "Of the home, on one line."
    phone: str = ""
    "At which the home is called back."
    finess: str = ""
    "Of the home, geographic."
    mail: EmailConfig | None = None
    "The operator's server; without it no paper leaves by mail, and the interface says so."
    spaces: tuple[str, ...] = ("mssante.fr",)
    "Domains of the secure mail space; an address outside of them gets nothing (every MSSanté box is below this one: memory)."

    def check(self) -> None:
        """Check what the types cannot say.

        Raises:
            ConfigError: a field is out of range; the text names it.
        """
        if self.finess:
            try:
                parse_finess(self.finess)
            except NumberError as error:
                raise ConfigError(f"papers.finess: {error}") from None
        if self.mail is not None:
            self.mail.check()
            if not self.spaces:
                raise ConfigError("papers.spaces is empty: nobody could be written to")

    def beside(self, folder: Path) -> PapersSettings:
        """Return it with the files that it names relative to a folder."""
        if self.mail is None:
            return self
        password, authority = self.mail.password_file, self.mail.ca_file
        mail = msgspec.structs.replace(
            self.mail,
            password_file=password and folder / password,
            ca_file=authority and folder / authority,
        )
        return msgspec.structs.replace(self, mail=mail)

    def secure(self, address: str) -> bool:
        """Tell whether an address lies in the secure mail space."""
        domain = address.rpartition("@")[2].lower()
        return any(domain == space or domain.endswith(f".{space}") for space in self.spaces)
