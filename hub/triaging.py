"""`veilleuse triage`: what is known of residents in, where the questionnaire leads them out, one JSON line each.

In:   {"answers": {"stroke": "yes"}, "vitals": {"spo2": 96, "pulse": {"value": 88, "age": 40}, "spo2_scale": 1},
       "facts": {"anticoagulant": true}, "motif": "fall"}
Out:  {"outcome": "EMERGENCY", "priority": "P1", "reasons": [{"rule": ..., "text": ..., "source": ...}], "to_measure": [...], ...}
      {"error": "..."}

Every field may be missing. A question that is not answered is one of which nobody knows the answer; ages are in seconds.
No line ends the program; a line with an error makes its exit status 1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from devices.errors import VeilleuseError
from hub.acts.triage.evaluation import assess
from hub.acts.triage.model import Questionnaire, TriageError
from hub.acts.triage.wire import read_case, said
from hub.config import read_questionnaire


def triage(
    *,
    rules: Annotated[
        Path | None, typer.Option(help="A file of rules; without it, the one that comes with the program.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what the file of rules says.")] = False,
) -> None:
    """Run the questionnaire: JSON lines on standard input, one JSON line out for each."""
    read = read_questionnaire(rules)
    if check:
        typer.echo(summary(read))
    elif not run(read, sys.stdin.buffer, sys.stdout):
        sys.exit(1)


def summary(rules: Questionnaire) -> str:
    """Return one line about a questionnaire: whose it is, and who answers for it."""
    signed = f"signed by {rules.signed_by}" if rules.signed_by else "signed by nobody"
    return (
        f"questionnaire {rules.version} ({rules.digest}) of {rules.author}, {rules.date}, {signed}: "
        f"{len(rules.rules)} rules, {len(rules.questions)} questions, {len(rules.motifs)} motifs"
    )


def run(rules: Questionnaire, source: Iterable[bytes], sink: TextIO) -> bool:
    """Answer every line that is not blank; tell whether all of them were sound."""
    sound = True
    for line in source:
        if not line.strip():
            continue
        answer: dict[str, Any]
        try:
            answer = said(assess(rules, read_case(rules, _json(line))))
        except VeilleuseError as error:
            answer, sound = {"error": str(error)}, False
        sink.write(json.dumps(answer, allow_nan=False, ensure_ascii=False) + "\n")
        sink.flush()
    return sound


def _json(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise TriageError(f"line is not JSON: {error}") from None
