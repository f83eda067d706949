import { describe, expect, it } from "vitest";
import {
  ActivityApi,
  figureOf,
  isEmpty,
  isMany,
  KINDS,
  money,
  monthColumns,
  monthName,
  monthSpan,
  mostOf,
  OUTCOMES,
  queryOf,
  SPANS,
  summed,
  written,
  type ActivityView,
  type FigureView,
} from "../src/lib/activity";
import { Api, ApiError } from "../src/lib/api";
import { activityFr as words } from "../src/lib/words.activity.fr";
import { NIGHT } from "./people";

/** Spaces that do not break are spaces here. */
const plain = (text: string): string => text.replace(/[\u00A0\u202F]/g, " ");

function figure(area: string, name: string, months: readonly number[], unit = "acts"): FigureView {
  const cells = months.map((value) => ({ value, hidden: false }));
  return { area, figure: name, unit, months: cells, total: { value: months.reduce((sum, value) => sum + value, 0), hidden: false } };
}

function view(...figures: readonly FigureView[]): ActivityView {
  return { home: "Les Tilleuls", months: ["2026-08", "2026-09"], figures, now: NIGHT };
}

describe("a period", () => {
  const at = (iso: string): number => new Date(iso).getTime() * 1000;

  it.each([
    [3, "2026-08", "2026-10"],
    [6, "2026-05", "2026-10"],
    [12, "2025-11", "2026-10"],
    [0, "2026-11", "2026-11"],
  ] as const)("of %i months ends with the last one that is over", (span, from, to) => {
    expect(monthSpan(span, at("2026-11-22T12:00:00"))).toEqual({ from, to });
  });

  it("goes back over the turn of the year, on any day", () => {
    expect(monthSpan(3, at("2027-01-31T23:59:00"))).toEqual({ from: "2026-10", to: "2026-12" });
    expect(monthSpan(0, at("2027-01-01T00:00:00"))).toEqual({ from: "2027-01", to: "2027-01" });
    for (const span of SPANS) expect(queryOf(monthSpan(span, at("2026-03-01T00:00:00")))).toMatch(/^from=\d{4}-\d{2}&to=\d{4}-\d{2}$/);
  });

  it("has months with names, in no zone", () => {
    expect(monthName("2026-09", "fr")).toBe("septembre 2026");
    expect(monthName("2026-09", "en")).toBe("September 2026");
    expect(monthColumns(["2026-08", "2026-09"], "fr")).toEqual(["août 2026", "septembre 2026"]);
    expect(monthColumns(["2026-08", "2026-09", "2026-10", "2026-11", "2026-12"], "fr").slice(0, 2)).toEqual(["août 26", "sept. 26"]);
    expect([4, 5].map((count) => isMany(Array.from({ length: count }, () => "2026-09")))).toEqual([false, true]);
  });
});

describe("a figure", () => {
  it("is read as what it counts", () => {
    const told = (value: number | null, unit: string): string => plain(written({ value, hidden: false }, unit, "fr", words.hidden));
    expect(told(1366, "acts")).toBe("1 366");
    expect(told(0.337, "rate")).toBe("0,3");
    expect(told(null, "microseconds")).toBe("—");
    expect(told(0, "acts")).toBe("0");
    expect(told(27 * 60 * 1e6, "microseconds")).toBe("27 min");
  });

  it("that is hidden is never shown, whatever comes with it", () => {
    expect(written({ value: 3, hidden: true }, "acts", "fr", words.hidden)).toBe("masqué");
  });

  it("of several homes is a lower bound where one hides its part", () => {
    const told = (value: number | null, at_least: boolean): string => summed({ value, at_least }, "acts", "fr", words);
    expect(told(66, false)).toBe("66");
    expect(told(7, true)).toBe("7 ou plus");
    expect(told(0, true)).toBe("masqué");
    expect(told(null, true)).toBe("—");
  });

  it("is found by area and name", () => {
    const held = figure("consultation", "held", [17, 9]);
    expect(figureOf([held], "consultation", "held")).toBe(held);
    expect(figureOf([held], "expertise", "held")).toBeNull();
    expect([mostOf([held]), mostOf([]), mostOf([figure("expertise", "held", [0, 0])])]).toEqual([17, 1, 1]);
  });

  it("has a word for every row of the page", () => {
    const outcome: Readonly<Record<string, Readonly<Record<string, string>>>> = words.outcome;
    for (const [area, name] of OUTCOMES) expect(outcome[area]?.[name], `${area} ${name}`).toBeTruthy();
    for (const kind of KINDS) expect([words.kind[kind], words.bill.kind[kind]]).not.toContain("");
  });
});

describe("an empty period", () => {
  it("is one in which nobody asked for anything", () => {
    expect(isEmpty(view())).toBe(true);
    expect(isEmpty(view(figure("consultation", "asked", [0, 0])))).toBe(true);
    expect(isEmpty(view(figure("regulation", "asked", [0, 1])))).toBe(false);
  });
});

describe("what may be billed", () => {
  it("is written in euros", () => {
    expect(plain(money(105_300, "fr"))).toBe("1 053,00 €");
    expect(plain(money(2505, "en"))).toBe("25.05 €");
    expect(money(null, "fr")).toBe("—");
    expect(plain(money(0, "fr"))).toBe("0,00 €");
  });
});

describe("the hub", () => {
  function asked(answer: Response): { api: ActivityApi; calls: [string, string, unknown][] } {
    const calls: [string, string, unknown][] = [];
    const api = new Api((url, init) => {
      calls.push([init?.method ?? "GET", url, typeof init?.body === "string" ? JSON.parse(init.body) : null]);
      return Promise.resolve(answer);
    });
    return { api: new ActivityApi(api), calls };
  }
  const months = { from: "2026-08", to: "2026-10" };

  it("is asked for sums that name no resident", async () => {
    const { api, calls } = asked(Response.json({ sums: [], refusals: [], years: [], lines: 0, unpriced: 0, cents: 0 }));
    expect((await api.billing(months)).cents).toBe(0);
    expect(calls).toEqual([["GET", "/api/v1/billing/sums?from=2026-08&to=2026-10", null]]);
  });

  it("lays out the pages of several homes", async () => {
    const { api, calls } = asked(new Response("%PDF-1.4", { headers: { "content-type": "application/pdf" } }));
    expect(await (await api.print(months, ["file"])).text()).toBe("%PDF-1.4");
    expect(calls).toEqual([["POST", "/api/v1/activity/region/pdf?from=2026-08&to=2026-10", { files: ["file"] }]]);
  });

  it("says what is wrong with a file", async () => {
    const { api } = asked(Response.json({ code: "bad_file", detail: "line 1", params: {} }, { status: 422 }));
    await expect(api.print(months, ["x"])).rejects.toMatchObject({ code: "bad_file", failure: "refused" });
    const again = asked(Response.json({ code: "bad_file", detail: "line 1", params: {} }, { status: 422 }));
    await expect(again.api.add(months, ["x"])).rejects.toBeInstanceOf(ApiError);
  });
});
