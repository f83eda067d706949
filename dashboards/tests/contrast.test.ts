import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const CSS = readFileSync(new URL("../src/ui/tokens.css", import.meta.url), "utf8");

function tokens(selector: string): Map<string, string> {
  const start = CSS.indexOf(`${selector} {`);
  const body = CSS.slice(start, CSS.indexOf("}", start));
  return new Map([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((found) => [found[1] ?? "", found[2] ?? ""]));
}

const DAY = tokens(":root");
const NIGHT = new Map([...DAY, ...tokens(':root[data-theme="night"]')]);

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ["ground", "surface", "raised", "high-ground", "medium-ground", "low-ground", "technical-ground"];
/** [ink, ground, least contrast]: 7 for values and names, 4.5 for other text, 3 for marks and borders (WCAG AAA, AA, 1.4.11). */
const PAIRS: (readonly [string, string, number])[] = [
  ...GROUNDS.map((ground) => ["text", ground, 7] as const),
  ...["ground", "surface", "high-ground", "medium-ground", "low-ground", "technical-ground"].map((ground) => ["quiet", ground, 4.5] as const),
  ...["high", "medium", "low", "technical"].flatMap((hue) => [
    [hue, "surface", 4.5] as const,
    [hue, `${hue}-ground`, 4.5] as const,
  ]),
  ["on-high", "high", 4.5],
  ["on-medium", "medium-mark", 7],
  ["on-low", "low", 4.5],
  ["on-technical", "technical", 4.5],
  ["on-action", "action", 7],
  ["curve", "surface", 7],
  ["curve-late", "surface", 4.5],
  ["edge", "surface", 3],
  ["focus", "ground", 3],
  ["focus", "surface", 3],
];

describe.each([
  ["day", DAY],
  ["night", NIGHT],
])("%s", (_name, theme) => {
  it.each(PAIRS)("%s on %s has %s : 1", (ink, ground, least) => {
    const [a, b] = [theme.get(ink), theme.get(ground)];
    if (a === undefined || b === undefined) throw new Error(`no token ${ink} or ${ground}`);
    expect(contrast(a, b)).toBeGreaterThanOrEqual(least);
  });
});

it("knows black on white", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
});
