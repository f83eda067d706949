import { describe, expect, it } from "vitest";
import { wordsOf } from "../src/lib/i18n";
import { chosen, csv, dayName, dayTable, differenceSentence, lastDays, loudestHour, matches, mostOf, percent, rate, residentTable, ruleName, ruleTable, shade, sorted, totalOf } from "../src/lib/load";
import type { Speech } from "../src/lib/say";
import { alarmWorst, missedSentence, orderOf, resultSentence, typedNumber, typedOf, wrongWith } from "../src/lib/trial";
import { DAY, HOUR, SECOND, type DifferenceView, type FiguresView, type LimitView, type LoadView, type ResidentLoad, type WhatIfResult } from "../src/lib/types";
import { NIGHT } from "./people";

const speech: Speech = { words: wordsOf("fr"), language: "fr", now: NIGHT };
const english: Speech = { words: wordsOf("en"), language: "en", now: NIGHT };
const plain = (text: string): string => text.replace(/[\u00A0\u202F]/g, " ").replaceAll("’", "'");

function figures(count: number): FiguresView {
  return { count, per_day: count / 7, answered: 0.5, median: 60 * SECOND, ninetieth: 120 * SECOND, alone: null, repeated: 0, chattering: 0 };
}

function person(resident: string, measured: number, more: Partial<ResidentLoad> = {}): ResidentLoad {
  return {
    resident,
    family_name: resident,
    given_name: "Jeanne",
    room: "Chambre 12",
    days: 7,
    counts: { measured, happened: 1, technical: 0 },
    per_day: measured / 7,
    worst: false,
    loudest: { code: "limit_low", metric: "spo2" },
    loudest_count: measured,
    limit_id: "l",
    ...more,
  };
}

function hours(...some: readonly (readonly [number, number])[]): number[] {
  const all = Array.from({ length: 24 }, () => 0);
  for (const [hour, count] of some) all[hour] = count;
  return all;
}

const LOAD: LoadView = {
  since: 0,
  until: NIGHT,
  zone: "Europe/Paris",
  resident_days: 14,
  figures: { measured: figures(7), happened: figures(2), technical: figures(0) },
  rules: [
    { rule: { code: "limit_low", metric: "spo2" }, matter: "measured", count: 7, hours: hours([3, 5], [4, 2]) },
    { rule: { code: "nurse_call", metric: "" }, matter: "happened", count: 2, hours: hours([4, 2]) },
  ],
  days: [{ day: "2026-11-16", counts: { measured: 7, happened: 2, technical: 0 } }],
  residents: [person("Durand", 5, { worst: true }), person("Martin", 2, { room: "", loudest: null, per_day: null })],
  worst: { residents: 1, of: 2, share: 0.6 },
  reference: { per_day: 2.3, source: "Weller" },
};

describe("a period", () => {
  it("begins at midnight, and has no more hours than the hub answers for", () => {
    const { from, to } = lastDays(7, NIGHT);
    expect(to).toBe(NIGHT);
    expect(new Date(from / 1000).getHours()).toBe(0);
    expect((to - from) / DAY).toBeGreaterThan(6);
    for (let hour = 0; hour < 24 * 400; hour += 7) {
      const span = lastDays(90, NIGHT + hour * HOUR);
      expect(span.to - span.from).toBeLessThanOrEqual(90 * DAY);
    }
  });

  it("names its days in no zone", () => {
    expect(dayName("2026-11-16", "fr")).toBe("lundi 16 novembre");
    expect(dayName("2026-11-16", "en", "short")).toBe("16 Nov");
  });
});

describe("rules and numbers", () => {
  it("have names", () => {
    const named = (code: string, metric: string): string => plain(ruleName({ code, metric }, speech));
    expect(named("limit_low", "spo2")).toBe("SpO₂ : sous la limite");
    expect(named("limit_high", "heart_rate")).toBe("FC : au-dessus de la limite");
    expect(named("rate_fall", "spo2")).toBe("SpO₂ baisse vite");
    expect(named("nurse_call", "")).toBe("Appel du résident");
    expect(named("metric_absent", "temperature")).toBe("Mesure attendue absente : T°");
    expect(named("from_the_future", "")).toBe("from_the_future");
    expect(named("constructor", "")).toBe("constructor");
  });

  it("are dashes when there is nothing to divide by", () => {
    expect([percent(null, "fr"), rate(null, "fr")]).toEqual(["—", "—"]);
    expect(plain(percent(0.745, "fr"))).toBe("75 %");
    expect([rate(2.345, "fr"), rate(123.4, "en")]).toEqual(["2,3", "123"]);
  });

  it("have five shades, and none for nothing", () => {
    expect([0, 1, 2, 5, 10].map((count) => shade(count, 10))).toEqual([0, 1, 1, 3, 5]);
    expect(shade(0, 0)).toBe(0);
    expect(mostOf(LOAD)).toBe(5);
    expect(totalOf(LOAD)).toBe(9);
    expect(loudestHour(LOAD)).toEqual({ hour: 3, count: 5 });
    expect(loudestHour({ ...LOAD, rules: [] })).toBeNull();
  });
});

describe("residents", () => {
  it("are sorted by a column, and the other way round", () => {
    const by = (key: Parameters<typeof chosen>[1], down: boolean): string[] => sorted(LOAD.residents, { key, down }).map((row) => row.resident);
    expect(by("measured", true)).toEqual(["Durand", "Martin"]);
    expect(by("measured", false)).toEqual(["Martin", "Durand"]);
    expect(by("name", false)).toEqual(["Durand", "Martin"]);
    expect(by("room", false)).toEqual(["Martin", "Durand"]);
    expect(by("per_day", true)).toEqual(["Durand", "Martin"]);
    expect(by("happened", true)).toEqual(["Durand", "Martin"]);
  });

  it("begin with the largest number, or the first name", () => {
    expect(chosen({ key: "name", down: false }, "measured")).toEqual({ key: "measured", down: true });
    expect(chosen({ key: "measured", down: true }, "measured")).toEqual({ key: "measured", down: false });
    expect(chosen({ key: "measured", down: true }, "room")).toEqual({ key: "room", down: false });
  });

  it("are found without accents and by room", () => {
    const row = person("Lévêque", 1);
    expect([matches(row, "leveq"), matches(row, "chambre 12"), matches(row, "durand"), matches(row, " ")]).toEqual([true, true, false, true]);
  });
});

describe("a spreadsheet", () => {
  it("opens in the language's own form", () => {
    expect(csv([["a", 1.5, null]], "fr")).toBe("\uFEFFa;1,5;\r\n");
    expect(csv([["a", 1.5, null]], "en")).toBe("\uFEFFa,1.5,\r\n");
    expect(csv([['say "x"; y']], "fr")).toBe('\uFEFF"say ""x""; y"\r\n');
  });

  it("calculates nothing that is a name", () => {
    for (const name of ["=1+1", "+33", "-2", "@SUM(A1)", "\tx"]) expect(csv([[name]], "fr")).toContain(`'${name}`);
    expect(csv([[-2]], "fr")).toContain("\uFEFF-2");
  });

  it("has what the page shows", () => {
    const [head, first, second] = residentTable(LOAD, speech);
    expect(head).toHaveLength(9);
    expect(first?.map((cell) => (typeof cell === "string" ? plain(cell) : cell))).toEqual(["DURAND Jeanne", "Chambre 12", 7, 5, 1, 0, 5 / 7, "SpO₂ : sous la limite", "oui"]);
    expect(second?.slice(-3)).toEqual([null, "", ""]);
    expect(ruleTable(LOAD, speech).map((row) => row.length)).toEqual([26, 26, 26]);
    expect(dayTable(LOAD, english)[1]).toEqual(["2026-11-16", 7, 2, 0]);
  });
});

describe("differences", () => {
  const side = { onset: NIGHT, cleared: NIGHT + 60 * SECOND, side: "low", bound: 88, worst: 84, rang: true } as const;
  const row: DifferenceView = {
    edge: "e",
    room: "Chambre 12",
    resident: "a",
    family_name: "Martin",
    given_name: "Jeanne",
    kind: "other_onset",
    limit_id: "l",
    metric: "spo2",
    onset: NIGHT,
    found: NIGHT,
    edge_side: side,
    hub_side: { ...side, onset: NIGHT + 40 * SECOND },
  };

  it("say what and by how much", () => {
    expect(plain(differenceSentence(row, speech))).toBe("SpO₂ sous 88 %. Les deux l'ont signalé, mais pas à partir du même moment. Écart : 40 s.");
    expect(plain(differenceSentence({ ...row, kind: "other_end", hub_side: { ...side, cleared: null } }, speech))).not.toContain("Écart");
    expect(plain(differenceSentence({ ...row, kind: "edge_only", hub_side: null }, speech))).toContain("La chambre l'a signalé");
    expect(plain(differenceSentence({ ...row, kind: "hub_only", edge_side: null, hub_side: { ...side, side: "high" } }, speech))).toMatch(/^SpO₂ au-dessus de 88 %/);
    expect(plain(differenceSentence({ ...row, kind: "other_limit" }, english))).toBe("SpO₂ below 88 %. Both told of the same thing, but by another limit.");
  });
});

describe("a trial", () => {
  const limit: LimitView = { id: "l", metric: "spo2", low: 88, high: null, delay: 10, hysteresis: 1, gap: 60, area: 0, priority: "high", author: "x", reason: "" };

  it("reads numbers as hands type them", () => {
    expect([typedNumber("94,5"), typedNumber(" 94.5 "), typedNumber("−3"), typedNumber(""), typedNumber("9x"), typedNumber("1e5")]).toEqual([94.5, 94.5, -3, null, null, null]);
  });

  it("begins with the limit as it is, and says what stands in the way", () => {
    const typed = typedOf(limit, "fr");
    expect(typed).toEqual({ low: "88", high: "", delay: "10" });
    expect(wrongWith(limit, typed)).toBe("same");
    expect(wrongWith(limit, { ...typed, low: "" })).toBe("low");
    expect(wrongWith(limit, { ...typed, low: "abc" })).toBe("low");
    expect(wrongWith(limit, { ...typed, high: "abc" })).toBe("high");
    expect(wrongWith(limit, { ...typed, high: "80" })).toBe("order");
    expect(wrongWith(limit, { ...typed, delay: "" })).toBe("delay");
    expect(wrongWith(limit, { ...typed, delay: "4000" })).toBe("delay");
    expect(wrongWith(limit, { ...typed, low: "86" })).toBeNull();
  });

  it("keeps what nobody changed, in the hub's own units", () => {
    const order = orderOf("a", limit, { low: "86", high: "", delay: "30" }, 30);
    expect(order.changes[0]).toEqual({ replaces: "l", limit: { metric: "spo2", priority: "high", low: 86, high: null, delay: 30, hysteresis: 1, gap: 60, area: 0 } });
    const sugar: LimitView = { ...limit, metric: "glucose", low: 70, high: 250 };
    expect(typedOf(sugar, "fr")).toEqual({ low: "0,7", high: "2,5", delay: "10" });
    expect(wrongWith(sugar, typedOf(sugar, "fr"))).toBe("same");
    expect(orderOf("a", sugar, { low: "0,65", high: "2,5", delay: "10" }, 7).changes[0]?.limit?.low).toBe(65);
  });

  const side = (alarms: number): WhatIfResult["before"] => ({ alarms, high: alarms, medium: 0, low: 0, per_day: alarms / 10 });
  const result = (before: number, after: number, missed: number, answered: number): WhatIfResult => ({
    since: 0,
    until: 1,
    residents: [],
    coverage: [],
    measurements: 0,
    before: side(before),
    after: side(after),
    days: [],
    missed: [],
    missed_count: missed,
    missed_answered: answered,
    appeared: [],
    appeared_count: 0,
    shifted: [],
    shifted_count: 0,
    unchanged: 0,
  });

  it("says what it came to", () => {
    expect(plain(resultSentence(result(61, 42, 0, 0), speech))).toBe("4,2 alarmes par jour au lieu de 6,1.");
    expect(plain(resultSentence(result(61, 61, 0, 0), speech))).toContain("Autant");
    expect(plain(resultSentence(result(0, 0, 0, 0), speech))).toContain("Aucune alarme");
    expect(plain(missedSentence(result(1, 1, 0, 0), speech))).toContain("n'aurait manqué");
    expect(plain(missedSentence(result(9, 1, 1, 0), speech))).toBe("1 alarme n'aurait pas sonné.");
    expect(plain(missedSentence(result(9, 1, 8, 3), speech))).toContain("dont 3");
  });

  it("names the worst value", () => {
    const alarm = { resident: "a", code: "limit_low", priority: "high", metric: "spo2", limit: 88, limit_id: "l", worst: 84, onset: 0, raised: 0, cleared: null, seconds: 1, response: "none" } as const;
    expect(plain(alarmWorst({ ...alarm, responded: null, responded_by: null }, speech))).toBe("SpO₂, au pire 84 %");
    expect(plain(alarmWorst({ ...alarm, worst: null, responded: null, responded_by: null }, speech))).toBe("SpO₂");
  });
});
