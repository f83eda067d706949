"""What the README shows as configuration is one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from devices.limits import Priority
from hub.notify.base import ReceiptKind
from hub.notify.email_channel import EmailConfig
from hub.notify.espa_channel import EspaConfig
from hub.notify.sms_channel import SmsConfig

README = Path(__file__).parents[3] / "hub" / "notify" / "README.md"


def shown(name: str) -> Any:
    [block] = re.findall(r"```toml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    return tomllib.loads(block)[name]


def convert(name: str, kind: type) -> Any:
    return msgspec.convert(shown(name), kind, str_keys=True, dec_hook=lambda made, value: made(value))


def test_what_the_readme_shows() -> None:
    espa = convert("espa", EspaConfig)
    espa.check()
    assert espa.calls == EspaConfig(espa.line).calls
    assert espa.calls[Priority.HIGH].beep == 7
    assert espa.statuses == EspaConfig(espa.line).statuses
    assert espa.statuses[6] is ReceiptKind.SEEN
    sms = convert("sms", SmsConfig)
    sms.check()
    assert sms.pin_file == Path("secrets/sim-pin")
    convert("email", EmailConfig).check()


@pytest.mark.parametrize("kind", [EspaConfig, SmsConfig, EmailConfig])
def test_every_field_is_in_the_readme(kind: type[msgspec.Struct]) -> None:
    text = README.read_text("utf-8")
    missing = [name for name in kind.__struct_fields__ if f"`{name}`" not in text]
    assert missing == []


@pytest.mark.parametrize(("name", "kind"), [("espa", EspaConfig), ("sms", SmsConfig), ("email", EmailConfig)])
def test_a_field_that_is_unknown_is_an_error(name: str, kind: type) -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown"):
        msgspec.convert(
            shown(name) | {"pin": "1234"}, kind, str_keys=True, dec_hook=lambda made, value: made(value)
        )
