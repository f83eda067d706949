"""What crosses HTTP about papers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hub.api.models import Model

Text = Annotated[str, Field(max_length=4000)]
Fields = Annotated[dict[Annotated[str, Field(max_length=32)], Text], Field(max_length=60)]
Id = Annotated[str, Field(max_length=64)]


class PaperIn(Model):
    """Somebody asks for a paper; what the hub knows is not typed."""

    kind: Literal["report", "liaison", "saed"]
    act: Id | None = None
    call: Id | None = None
    "A report may say which call it is of; without it, the act's."
    fields: Fields = Field(default_factory=dict)
    "What is typed, by the name of the field; each kind of paper has its own."
    replaces: Id | None = None
    "The version that this one corrects: the newest of its document."


class PaperSend(Model):
    """To whom a paper goes; recorded before it leaves."""

    recipient: Annotated[str, Field(min_length=1, max_length=254)]
    "An address of the secure mail space, or `treating`: the resident's médecin traitant, as the dossier says."
    name: Annotated[str, Field(max_length=120)] = ""


class DispatchView(Model):
    """Where a paper went."""

    id: int
    recipient: str
    address: str
    author: str
    time: int
    state: Literal["waiting", "sent", "failed"]
    "`sent`: the operator's server took it; whether it was read is another fact."
    detail: str
    attempts: int
    due: int | None
    "When it is tried again."
    settled: int | None


class PaperView(Model):
    """A version of a paper."""

    id: str
    document: str
    version: int
    resident: str
    kind: Literal["report", "liaison", "saed"]
    title: str
    time: int
    author: str
    author_name: str
    fields: dict[str, str]
    act: str | None
    call: str | None
    signed_by: str | None
    signed_name: str | None
    signed: int | None
    digest: str | None
    "SHA-256 of the signed file."
    dispatches: list[DispatchView]


class PaperList(Model):
    """Papers, the newest first."""

    items: list[PaperView]
    mail: bool
    "Whether an operator of secure mail is configured."


class SpokenPart(Model):
    """A part of what is read out on the phone."""

    letter: Literal["S", "A", "E", "D"]
    text: str


class SaedView(Model):
    """The SAED sheet of now, not kept: what is read out, what is known, what is missing."""

    resident: str
    time: int
    script: list[SpokenPart]
    seconds: float
    "Which reading it out takes."
    fields: dict[str, str]
    "What may be typed, with what the hub filled in."
    missing: list[str]
    "Names of fields that nobody filled in."
    news2: int | None
    "A lower bound while something is missing in it."
    alert: str
