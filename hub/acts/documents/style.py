"""How papers look: A4, black on white, dark enough for a fax; red only for what is missing, and never red alone."""

from __future__ import annotations

FONT = "Lato"
"Debian's `fonts-lato`. Where it is not installed the machine's own sans serif is taken; whichever it is, it is embedded."

SIZES = (9.6, 8.8, 8.0)
"Points of running text, the first that lets a paper fit its pages. Below 8 nobody reads a photocopy."

_SHEET = """
@page { size: A4; margin: 13mm 14mm 17mm 14mm; font-family: FONT, 'DejaVu Sans', sans-serif;
  @bottom-left { content: element(foot); width: 88%; }
  @bottom-right { content: "Page " counter(page) " / " counter(pages); font-size: 7.5pt; color: #3d4752; width: 12%; } }
html { font: SIZEpt/1.32 FONT, 'DejaVu Sans', sans-serif; color: #14181d; font-variant-numeric: tabular-nums; }
body { margin: 0; }
.foot { position: running(foot); font-size: 7.5pt; color: #3d4752; }
header { border-bottom: 1.6pt solid #14304f; padding-bottom: 2mm; margin-bottom: 2.5mm; }
header .made { float: right; }
header::after { content: ""; display: block; clear: both; }
header .home { font-size: 12pt; font-weight: bold; color: #14304f; }
header .where { font-size: 8.2pt; color: #3d4752; }
header .made { text-align: right; font-size: 8.2pt; color: #3d4752; }
h1 { font-size: 16pt; line-height: 1.1; margin: 0 0 1mm; color: #14181d; }
.subtitle { font-size: 9pt; color: #3d4752; margin: 0 0 2.5mm; }
h2 { font-size: 10.4pt; margin: 2.6mm 0 0.8mm; padding-bottom: 0.4mm; color: #14304f; border-bottom: 0.6pt solid #8d99a6;
  break-after: avoid; }
p { margin: 0 0 1.2mm; }
.missing { color: #b3121a; font-weight: bold; }
.old { font-weight: bold; }
.who { border: 0.8pt solid #14304f; border-radius: 1.5mm; padding: 1.6mm 2.4mm; margin-bottom: 2mm; }
.who .name { font-size: 13pt; font-weight: bold; }
.who small { font-size: 9.5pt; font-weight: normal; }
.facts { margin: 0.6mm 0 0; }
.facts span { white-space: nowrap; margin-right: 4mm; }
.facts i { font-style: normal; color: #3d4752; }
.halves > div { float: left; width: 47.5%; }
.halves > div:last-child { float: right; }
.halves::after { content: ""; display: block; clear: both; }
.first { border: 1.6pt solid #14181d; border-radius: 1.5mm; padding: 1.4mm 2.4mm; margin: 0 0 2mm; background: #f2f4f6;
  break-inside: avoid; }
.first h2 { margin: 0 0 0.6mm; border: 0; padding: 0; color: #14181d; }
.band .first { margin-top: 1.6mm; }
.flag { font-weight: bold; font-size: 1.15em; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.55mm 1.6mm 0.55mm 0; }
.rows th { width: 30%; font-weight: normal; color: #3d4752; }
.rows tr { border-bottom: 0.3pt solid #c9d0d7; break-inside: avoid; }
.grid th { font-weight: bold; border-bottom: 0.6pt solid #8d99a6; }
.grid td { border-bottom: 0.3pt solid #c9d0d7; }
.grid td.value { font-weight: bold; font-size: 1.1em; white-space: nowrap; }
.score { font-size: 1.2em; margin: 1.2mm 0 0.4mm; }
.score b { font-size: 1.25em; }
.columns { column-count: 2; column-gap: 7mm; }
.part { break-inside: avoid; }
.band { margin-bottom: 2.2mm; border: 0.6pt solid #8d99a6; border-left: 11mm solid #14304f; padding: 0.8mm 2.4mm 1.4mm; }
.letter { float: left; width: 11mm; margin: 0 0 0 -13.4mm; color: #ffffff; font-size: 22pt; line-height: 1.2; font-weight: bold;
  text-align: center; }
.band h2 { margin-top: 0.4mm; }
.blank td { height: 7mm; }
.line { border-bottom: 0.5pt solid #8d99a6; height: 6mm; }
.signed { margin-top: 3mm; border-top: 0.8pt solid #14181d; padding-top: 1.2mm; break-inside: avoid; }
.draft { font-weight: bold; color: #b3121a; }
.note { font-size: 7.8pt; color: #3d4752; margin-top: 1.5mm; }
.script { break-before: page; }
.script h2 { font-size: 15pt; }
.script p { font-size: 16pt; line-height: 1.6; margin: 3mm 0 0; }
.script p + p { margin-top: 4mm; }
.script p { padding-left: 10mm; }
.spoken { float: left; width: 10mm; margin-left: -10mm; color: #14304f; }
.script p.note { padding: 0; font-size: 9pt; line-height: 1.3; }
.apart { break-before: page; }
.tally { margin: 1mm 0 3mm; }
.tally td { width: 20%; padding: 1.6mm 2mm; border: 0.8pt solid #14304f; }
.tally b { display: block; font-size: 19pt; line-height: 1.1; }
.figures { margin-bottom: 3mm; }
.figures th { font-weight: normal; }
.figures th, .figures td { padding: 1.1mm 0 1.1mm 3mm; }
.figures th:first-child { padding-left: 0; }
.months { table-layout: fixed; }
.months th:first-child { width: 29%; }
.months th:last-child { width: 15%; }
.figures tbody th { border-bottom: 0.3pt solid #c9d0d7; }
.figures .right { text-align: right; }
.track { height: 1.6mm; margin-top: 0.5mm; background: #e6eaee; }
.bar { height: 1.6mm; background: #14304f; }
"""


def sheet(size: float) -> str:
    """Return the style sheet for a size of running text, points."""
    return _SHEET.replace("FONT", FONT).replace("SIZE", f"{size:g}")
