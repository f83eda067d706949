import { describe, expect, it } from "vitest";
import { wordsOf } from "../src/lib/i18n";
import {
  beginOf,
  byMetric,
  dayOf,
  dayRange,
  daysUntil,
  draftOf,
  emptyLimit,
  faultsOf,
  judgeable,
  limitSentence,
  looseningSentence,
  orderOf,
  scaleSpan,
  seconds,
  soon,
  sorted,
  timeOf,
  typed,
  type Draft,
} from "../src/lib/limits";
import type { Speech } from "../src/lib/say";
import { DAY, type LimitValues, type MeasurementPage, type PrescriptionPaper, type ResidentLimits } from "../src/lib/types";

const NOW = Date.UTC(2026, 10, 22, 12) * 1000;
const speech: Speech = { words: wordsOf("fr"), language: "fr", now: NOW };
const range = { metric: "spo2", unit: "%", lowest: 35, highest: 100 };
const spo2: LimitValues = { id: "a", metric: "spo2", priority: "high", low: 88, high: null, delay: 30, hysteresis: 1, gap: 60, area: 0 };
const plain = (text: string): string => text.replace(/[\u00A0\u202F]/g, " ");

function draft(change: Partial<Draft> = {}): Draft {
  return { ...draftOf(spo2, null, NOW, "fr"), reason: "why", ...change };
}

const faults = (change: Partial<Draft>): ReturnType<typeof faultsOf> => faultsOf(draft(change), range, NOW, 366);

describe("a limit in plain words", () => {
  it.each([
    [{}, "Alerte si SpO₂ < 88 % pendant 30 s"],
    [{ high: 98, delay: 0 }, "Alerte si SpO₂ < 88 % ou > 98 % dès la première mesure"],
    [{ area: 50, delay: 15 }, "Alerte si SpO₂ < 88 % quand l’écart cumulé atteint 50 % × s et au moins 15 s"],
    [{ delay: 90 }, "Alerte si SpO₂ < 88 % pendant 1 min 30 s"],
  ])("%o", (change, sentence) => {
    expect(plain(limitSentence({ ...spo2, ...change }, speech)).replace(/'/g, "’")).toBe(sentence);
  });

  it("says lengths of time shortly", () => {
    expect([0, 59, 60, 61, 120].map(seconds)).toEqual(["0 s", "59 s", "1 min", "1 min 1 s", "2 min"]);
  });

  it("says what is loosened", () => {
    const found = { metric: "spo2", side: "low", way: "bound", before: 90, after: 86, since: NOW } as const;
    expect(plain(looseningSentence(found, speech))).toBe("SpO₂ trop bas : la borne passe de 90 % à 86 %");
    expect(plain(looseningSentence({ ...found, way: "delay", before: 10, after: 60 }, speech))).toContain("de 10 s à 1 min");
    expect(plain(looseningSentence({ ...found, way: "gone", after: null }, speech))).toContain("plus rien");
  });
});

describe("what is typed", () => {
  it("takes numbers as French hands write them", () => {
    expect([typed("38,2"), typed(" 38.2 "), typed("8x"), typed(""), typed("−3")]).toEqual([38.2, 38.2, null, null, -3]);
  });

  it.each([
    [{ low: "8x" }, { low: "number" }],
    [{ low: "20" }, { low: "range" }],
    [{ low: "", high: "" }, { low: "none" }],
    [{ low: "90", high: "89" }, { high: "crossed" }],
    [{ delay: "" }, { delay: "number" }],
    [{ delay: "3601" }, { delay: "range" }],
    [{ area: "x" }, { area: "number" }],
    [{ area: "10001" }, { area: "range" }],
    [{ end: "" }, { end: "missing" }],
    [{ end: "2026-11-20", review: "2026-11-24" }, { end: "past", review: "after" }],
    [{ end: "2028-01-01" }, { end: "far" }],
    [{ review: "2026-11-20" }, { review: "past" }],
    [{ review: "2027-11-20" }, { review: "after" }],
    [{ begin: "2026-11-21" }, { begin: "past" }],
    [{ begin: "2026-11-22" }, {}],
    [{ begin: "2026-12-01" }, {}],
    [{ begin: "2027-05-23" }, { begin: "beyond" }],
    [{ begin: "2027-03-01" }, { review: "early" }],
    [{ reason: "  " }, { reason: "missing" }],
    [{}, {}],
  ] as const)("%o", (change, expected) => {
    expect(faults(change)).toEqual(expected);
  });

  it("can be compared before there is a reason", () => {
    expect(judgeable(faults({ reason: "" }))).toBe(true);
    expect(judgeable(faults({ low: "x" }))).toBe(false);
  });

  it("goes to the hub in the hub's units, with what the form does not show", () => {
    const glucose: LimitValues = { ...emptyLimit("glucose"), low: 70, hysteresis: 5 };
    const shown = draftOf(glucose, null, NOW, "fr");
    expect(shown.low).toBe("0,7");
    expect(orderOf({ ...shown, low: "0,65" }, glucose)).toMatchObject({ low: 65, high: null, hysteresis: 5, gap: 60 });
  });

  it("keeps the end of the prescription that it takes the place of", () => {
    const paper = { end: NOW + 40 * DAY } as PrescriptionPaper;
    expect(draftOf(spo2, paper, NOW, "fr").end).toBe(dayOf(NOW + 40 * DAY));
    expect(draftOf(spo2, { end: NOW + DAY } as PrescriptionPaper, NOW, "fr").end).toBe("2027-05-22");
  });

  it("begins at once unless it is told a later day", () => {
    expect([beginOf(draft(), NOW), beginOf(draft({ begin: "2026-11-22" }), NOW)]).toEqual([null, null]);
    const begin = beginOf(draft({ begin: "2026-11-25" }), NOW) ?? 0;
    expect([dayOf(begin), dayOf(begin - 1)]).toEqual(["2026-11-25", "2026-11-24"]);
  });

  it("puts what is to come in the order in which it comes", () => {
    const paper = (status: string, since: number): PrescriptionPaper => ({ id: `${status}${since}`, status, since }) as PrescriptionPaper;
    const papers = [paper("coming", 9), paper("in_force", 1), paper("coming", 5), paper("superseded", 0), paper("draft", 2)];
    const found = sorted({ papers } as unknown as ResidentLimits);
    expect(found.coming.map((each) => each.since)).toEqual([5, 9]);
    expect([found.waiting.length, found.past.length]).toEqual([1, 1]);
  });

  it("reads days of this place", () => {
    expect(timeOf("2026-11", "end")).toBeNull();
    const end = timeOf("2026-11-22", "end") ?? 0;
    expect(dayOf(end)).toBe("2026-11-22");
    expect(dayOf(end + 1e6)).toBe("2026-11-23");
  });
});

describe("the scale", () => {
  const page = (flags: number[]): MeasurementPage =>
    ({ resident: "r", metric: "spo2", unit: "%", times: [1, 2, 3], values: [90, 95, 60], flags, lows: [89, 94, 50], highs: [91, 96, 61], downsampled: true, next: null });

  it("leaves out what decides on nothing", () => {
    expect(dayRange(page([0, 0, 1]))).toEqual({ lowest: 89, middle: 95, highest: 96 });
    expect(dayRange(page([0, 0, 32]))).toMatchObject({ lowest: 50 });
    expect(dayRange(page([1, 2, 64]))).toBeNull();
  });

  it("shows every bound and the whole day, and nothing that cannot be", () => {
    const span = scaleSpan([spo2], { lowest: 80, middle: 90, highest: 99 }, range);
    expect(span.from).toBeLessThan(80);
    expect(span.to).toBe(100);
    expect(scaleSpan([], null, range)).toEqual({ from: 35, to: 100 });
  });
});

it("puts the most urgent limit of a metric first", () => {
  const low = { limit: { ...spo2, id: "b", priority: "medium" as const }, prescription: null, expired: null };
  const high = { limit: spo2, prescription: null, expired: null };
  const rows = byMetric([low, high], [range]);
  expect(rows.map((row) => [row.metric, row.limits.map((each) => each.limit.id)])).toEqual([["spo2", ["a", "b"]]]);
});

it("counts days as people do", () => {
  expect([daysUntil(NOW + 1, NOW), daysUntil(NOW + DAY, NOW), daysUntil(NOW - DAY, NOW)]).toEqual([1, 1, 0]);
  expect([soon(NOW + DAY, NOW, 14), soon(NOW + 20 * DAY, NOW, 14), soon(null, NOW, 14)]).toEqual([true, false, false]);
});
