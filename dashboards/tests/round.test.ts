import { describe, expect, it } from "vitest";
import * as drafts from "../src/lib/draft";
import type { Speech } from "../src/lib/say";
import { wordsOf } from "../src/lib/i18n";
import { alertLine, limitLines, orderLine, scoreLine, type ResidentTold, type ToldAlert } from "../src/lib/handover";
import { doubtText, dueText, ENTERED, following, nextText, offers, totalText, type FieldRange, type RoundEntry, type SetView } from "../src/lib/round";
import { HOUR, MINUTE, SECOND, type ResidentView, type Value } from "../src/lib/types";

const T = Date.UTC(2026, 10, 22, 3, 12) * 1000;
const SPEECH: Speech = { words: wordsOf("fr"), language: "fr", now: T };
const plain = (text: string): string => text.replace(/[\u00A0\u202F]/g, " ");
const SPO2: FieldRange = { metric: "spo2", low: 35, high: 100, decimals: 0, news2: true };
const TEMPERATURE: FieldRange = { metric: "temperature", low: 25, high: 45, decimals: 1, news2: true };
const OXYGEN: FieldRange = { metric: "on_oxygen", low: 0, high: 1, decimals: 0, news2: true };
const FIELDS = [SPO2, TEMPERATURE, OXYGEN];

const value = (metric: string, number: number, more: Partial<Value> = {}): Value => ({ metric, value: number, time: T, flags: [], sensor: "ox", stale_after: 15, ...more });
const entry = (resident: string, state: RoundEntry["state"], at: number | null = null): RoundEntry => ({
  resident,
  state,
  why: "settled",
  at,
  last: null,
  author_name: "",
  score: null,
  streaming: [],
});

describe("what sensors offer", () => {
  it("is fresh, fit and a sensor's", () => {
    const values = [
      value("spo2", 96.4),
      value("pulse_rate", 72, { time: T - 16 * MINUTE }),
      value("respiration_rate", 16, { flags: ["motion"] }),
      value("temperature", 37, { sensor: ENTERED }),
    ];
    const found = offers({ values } as unknown as ResidentView, T);
    expect([...found.values()]).toEqual([{ metric: "spo2", value: 96, time: T, sensor: "ox" }]);
  });
});

describe("a draft", () => {
  const empty = drafts.blank("set-1", "ines", "jeanne", T);
  const offer = { metric: "spo2", value: 96, time: T - SECOND, sensor: "ox" };

  it("tells the hub what was understood, and which sensor measured", () => {
    let draft = drafts.taken(empty, offer, T);
    for (const key of "378") draft = drafts.pressed(draft, "temperature", key, T);
    draft = drafts.chosen(draft, "on_oxygen", 0, T);
    expect(drafts.readings(draft, FIELDS, "room-12")).toEqual([
      { metric: "spo2", value: 96, source: { edge: "room-12", sensor: "ox", time: T - SECOND } },
      { metric: "temperature", value: 37.8, source: null },
      { metric: "on_oxygen", value: 0, source: null },
    ]);
  });

  it("begins anew when somebody types over a sensor's value", () => {
    const draft = drafts.pressed(drafts.taken(empty, offer, T), "spo2", "9", T);
    expect(drafts.cellOf(draft, "spo2")).toEqual({ text: "9", source: null, confirmed: false });
  });

  it("takes a choice back by the same tap", () => {
    const draft = drafts.chosen(empty, "on_oxygen", 1, T);
    expect(drafts.isBegun(draft)).toBe(true);
    expect(drafts.isBegun(drafts.chosen(draft, "on_oxygen", 1, T))).toBe(false);
  });

  it("says what stands in the way of recording", () => {
    const doubt = { metric: "spo2", fault: "unusual", value: 70, low: 80, high: 100, before: null, refused: false } as const;
    expect(drafts.obstacle(empty, FIELDS, [])).toBe("nothing");
    let draft = drafts.pressed(drafts.pressed(empty, "spo2", "7", T), "spo2", "0", T);
    expect(drafts.obstacle(draft, FIELDS, [doubt])).toBe("unconfirmed");
    draft = drafts.confirmed(draft, "spo2", T);
    expect(drafts.obstacle(draft, FIELDS, [doubt])).toBeNull();
    expect(drafts.confirmations(draft)).toEqual(["spo2"]);
    expect(drafts.obstacle(drafts.pressed(draft, "temperature", "9", T), FIELDS, [])).toBe("impossible");
    // Another key is another value: it is asked again.
    expect(drafts.obstacle(drafts.pressed(draft, "spo2", "<", T), [OXYGEN, SPO2], [doubt])).toBe("impossible");
    expect(drafts.asks(drafts.taken(empty, offer, T), doubt)).toBe(false);
  });

  it("moves on to the next empty field, in a circle", () => {
    const draft = drafts.pressed(drafts.pressed(empty, "spo2", "9", T), "spo2", "7", T);
    expect(drafts.nextField(draft, FIELDS, "spo2")).toBe("temperature");
    expect(drafts.nextField(draft, FIELDS, "on_oxygen")).toBe("temperature");
  });

  it("is kept for its person and forgotten after an hour", () => {
    const text = JSON.stringify([empty, { ...empty, by: "lea" }, { resident: 3 }]);
    expect(drafts.parseDrafts(text, "ines", T + MINUTE)).toEqual([empty]);
    expect(drafts.parseDrafts(text, "ines", T + drafts.FORGOTTEN)).toEqual([]);
    expect(drafts.parseDrafts("{", "ines", T)).toEqual([]);
  });

  it("of a correction begins with what the set says", () => {
    const set = {
      id: "set-1",
      version: 2,
      resident: "jeanne",
      time: T,
      readings: [
        { metric: "temperature", value: 34, by_hand: true, sensor: ENTERED, kind: "", time: T },
        { metric: "spo2", value: 96, by_hand: false, sensor: "ox", kind: "oximeter", time: T },
        { metric: "on_oxygen", value: 1, by_hand: true, sensor: ENTERED, kind: "", time: T },
      ],
    } as unknown as SetView;
    const draft = drafts.correction("fix-1", "ines", set, "Erreur de saisie", T);
    expect(draft.correcting).toMatchObject({ set: "set-1", version: 2 });
    expect(drafts.readings(draft, FIELDS, "e").map((each) => [each.metric, each.value, each.source === null])).toEqual([
      ["spo2", 96, false],
      ["temperature", 34, true],
      ["on_oxygen", 1, true],
    ]);
  });
});

describe("sentences of the round", () => {
  it.each([
    [entry("a", "due"), "maintenant"],
    [entry("a", "due", T - MINUTE), "maintenant"],
    [entry("a", "due", T - 125 * MINUTE), "en retard de 2 h 05"],
    [entry("a", "soon", T + 20 * MINUTE), "dans 20 min"],
    [entry("a", "none"), "pas de tournée prévue"],
  ])("when", (one, said) => {
    expect(plain(dueText(one, SPEECH))).toBe(said);
  });

  it("says when to measure again", () => {
    expect(plain(nextText(T + HOUR, "urgent", SPEECH))).toMatch(/^à \d\d h 12$/);
    expect(plain(nextText(T + 24 * HOUR, "settled", SPEECH))).toMatch(/^demain à \d\d h 12$/);
    expect(nextText(null, "incomplete", SPEECH)).toBe("tout de suite");
    expect(nextText(null, "exempt", SPEECH)).toBe("pas de tournée prévue");
  });

  it("says that a score is a lower bound", () => {
    expect(totalText({ total: 5, missing: [] }, SPEECH)).toBe("5");
    expect(totalText({ total: 5, missing: ["spo2"] }, SPEECH)).toBe("≥ 5");
  });

  it("names the range of what is impossible", () => {
    expect(plain(doubtText({ metric: "temperature", fault: "impossible", low: 25, high: 45, before: null }, SPEECH))).toBe("impossible : entre 25,0 °C et 45,0 °C");
    expect(plain(doubtText({ metric: "weight", fault: "changed", low: null, high: null, before: 62 }, SPEECH))).toContain("62,0 kg");
  });

  it("walks on to who is due, and never back to who is done", () => {
    const entries = [entry("a", "due"), entry("b", "due"), entry("c", "soon"), entry("d", "done")];
    expect(following(entries, "a", new Set())).toBe("b");
    expect(following(entries, "c", new Set(["a"]))).toBe("b");
    expect(following(entries, "a", new Set(["b", "c"]))).toBeNull();
  });
});

describe("sentences of the hand-over", () => {
  const told = (more: Partial<ToldAlert>, cleared: number | null = null): ToldAlert =>
    ({ alert: { onset: T - HOUR, cleared }, answered_by: "", answered_after: null, inherited: false, ...more }) as unknown as ToldAlert;

  it("say how long an alarm lasted and who answered after how long", () => {
    expect(plain(alertLine(told({ answered_by: "Inès", answered_after: 65 * SECOND }, T - 50 * MINUTE), SPEECH))).toMatch(/· a duré 10 min · réponse de Inès après 1 min 05$/);
    expect(plain(alertLine(told({ inherited: true }), SPEECH))).toMatch(/· dure depuis 1 h 00 · personne n’a répondu$/);
  });

  it.each([
    [null, "première série"],
    [2, "en hausse (avant : 2)"],
    [5, "stable"],
    [6, "en baisse (avant : 6)"],
  ])("say where the score goes from %s", (before, said) => {
    const score = { total: 5, missing: [], risk: "medium" };
    expect(plain(scoreLine({ score, time: T, author_name: "Inès", sets: 1, before } as never, SPEECH))).toContain(said);
  });

  it("say until when an order holds, and why", () => {
    const order = { kind: "care", until: T + HOUR, author: "ines", reason: "in_care" } as ResidentTold["orders"][number];
    expect(plain(orderLine(order, SPEECH))).toMatch(/^soin en cours jusqu’à \d\d h 12, par ines \(.+\)$/);
  });

  it("say what became of a limit", () => {
    const change = { metric: "spo2", low: 88, high: null, priority: "high", author_name: "Dr Benali", reason: "BPCO", began: T, ended: T } as ResidentTold["limits"][number];
    expect(limitLines(change, SPEECH)).toHaveLength(2);
  });
});
