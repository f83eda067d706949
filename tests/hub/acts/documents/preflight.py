"""Apache PDFBox's Preflight, of Debian: a checker of PDF/A-1b that knows nothing of how our files are made."""

from __future__ import annotations

import subprocess
from pathlib import Path

_JARS = ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "javax.activation", "jaxb-api")
_CLASSPATH = ":".join(f"/usr/share/java/{name}.jar" for name in _JARS)


def check(*files: Path) -> str:
    """Return what Preflight says of files; it says one line of each that is right."""
    said = [
        subprocess.run(
            ["java", "-cp", _CLASSPATH, "org.apache.pdfbox.preflight.Validator_A1b", str(file)],
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        for file in files
    ]
    return "\n".join((each.stdout + each.stderr).strip() for each in said)
