"""Device information (Bluetooth GATT service 0x180A): texts, System ID (0x2A23) and PnP ID (0x2A50), read.

The layouts of System ID and PnP ID are from memory; the latter is confirmed by a case of another project's tests.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.errors import DecodeError
from devices.gatt.fields import Fields

TEXTS = {
    "2a24": "model number",
    "2a25": "serial number",
    "2a26": "firmware revision",
    "2a27": "hardware revision",
    "2a28": "software revision",
    "2a29": "manufacturer name",
}
"16-bit characteristic numbers of the texts, and what each tells."

SYSTEM_ID_UUID = "2a23"
PNP_ID_UUID = "2a50"

MAX_TEXT = 512
"Octets: the longest value an attribute may have."

_VENDOR_SOURCES = {1: "bluetooth_sig", 2: "usb_if"}


@dataclass(frozen=True, slots=True)
class Text:
    """One text about a sensor."""

    text: str

    @classmethod
    def parse(cls, data: bytes) -> Text:
        """Parse a characteristic value: UTF-8, which sensors pad with zeros; nothing is a text too.

        Raises:
            DecodeError: it is longer than a value can be, or no UTF-8.
        """
        if len(data) > MAX_TEXT:
            raise DecodeError(f"device information text is {len(data)} bytes, at most {MAX_TEXT} fit")
        try:
            return cls(data.decode().rstrip("\0"))
        except UnicodeDecodeError as error:
            raise DecodeError(
                f"device information text is no UTF-8: {error.reason} at {error.start}"
            ) from None

    def __bytes__(self) -> bytes:
        return self.text.encode()


@dataclass(frozen=True, slots=True)
class SystemId:
    """The maker's number of one device."""

    manufacturer: int
    "Given by the maker, 40 bits."
    organisation: int
    "IEEE number of the maker, 24 bits."

    @classmethod
    def parse(cls, data: bytes) -> SystemId:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than eight octets.
        """
        fields = Fields("system id", data)
        return cls(fields.uint(5, "manufacturer's number"), fields.uint(3, "organisation"))

    def __bytes__(self) -> bytes:
        return self.manufacturer.to_bytes(5, "little") + self.organisation.to_bytes(3, "little")


@dataclass(frozen=True, slots=True)
class PnpId:
    """Maker, product and version as numbers."""

    vendor_id_source: int
    "1: Bluetooth SIG's numbers, 2: USB's."
    vendor_id: int
    product_id: int
    product_version: int
    "0xJJMN: version JJ.M.N."

    @classmethod
    def parse(cls, data: bytes) -> PnpId:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than seven octets.
        """
        fields = Fields("pnp id", data)
        return cls(
            fields.uint(1, "vendor id source"),
            fields.uint(2, "vendor id"),
            fields.uint(2, "product id"),
            fields.uint(2, "product version"),
        )

    def __bytes__(self) -> bytes:
        numbers = (self.vendor_id, self.product_id, self.product_version)
        return bytes([self.vendor_id_source]) + b"".join(each.to_bytes(2, "little") for each in numbers)

    @property
    def notes(self) -> dict[str, object]:
        """What a reader would otherwise look up."""
        return {"vendor_id_source_name": _VENDOR_SOURCES.get(self.vendor_id_source, "reserved")}
