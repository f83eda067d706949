import { describe, expect, it } from "vitest";
import { again, alarming, answer, asked, back, begin, chooseMotif, follow, lowers, progress, requestReason, set, tone, typedNumber, vitalText, ageText, type TriageRules, type TriageView } from "../src/lib/triage";
import { wordsOf } from "../src/lib/i18n";

const question = (id: string, part = "screen", more = {}): object => ({ id, text: `${id} ?`, hint: "", part, number: false, time: false, unit: "", low: 0, high: 0, alone: "EMERGENCY", ...more });
const rules = { questions: [question("arrest"), question("fall"), question("worse", "motif"), question("inr", "motif", { number: true, low: 0.5, high: 20, unit: "INR" })], motifs: [], risks: [], paths: [] } as unknown as TriageRules;
const speech = { words: wordsOf("fr"), language: "fr" as const, now: 0 };
const reason = (text: string, outcome: string, unanswered: readonly string[] = []): object => ({ text, outcome, unanswered });
const view = { outcome: "TC_TODAY", needed: "TC_TODAY", motif_title: "Fièvre", decisions: [], news2: { total: 3, missing: ["temperature"] }, reasons: [reason("Fièvre", "TC_TODAY"), reason("Choc", "TC_TODAY", ["circulation"]), reason("NEWS2 de 1 ou plus", "NURSE_CARE")] } as unknown as TriageView;

/** The same text with plain spaces. */
const plain = (text: string): string => text.replace(/[\u00A0\u202F]/g, " ");

describe("the way through the questionnaire", () => {
  it("asks the screen, then why, then what the hub still asks", () => {
    let form = begin(rules);
    expect(asked(form)).toBe("arrest");
    form = answer(form, "no");
    expect([asked(form), progress(form)]).toEqual(["fall", 0.25]);
    form = answer(form, "unknown");
    expect([form.stage, asked(form), form.answers]).toEqual(["motif", null, { arrest: "no", fall: "unknown" }]);
    form = follow(chooseMotif(form, "avk"), ["worse", "inr"]);
    expect([asked(form), form.motif]).toEqual(["worse", "avk"]);
    form = answer(answer(form, "yes"), 3);
    expect([asked(form), form.answers["inr"]]).toEqual([null, 3]);
    form = follow(form, ["late"]);
    expect([asked(form), form.list]).toEqual(["late", ["worse", "inr", "late"]]);
  });

  it("goes back to what was answered, and keeps it", () => {
    let form = follow(chooseMotif(answer(answer(begin(rules), "no"), "no"), "avk"), ["worse", "inr"]);
    form = back(answer(form, "yes"), rules);
    expect([asked(form), form.answers["worse"]]).toEqual(["worse", "yes"]);
    form = back(form, rules);
    expect(form.stage).toBe("motif");
    form = back(form, rules);
    expect([form.stage, asked(form)]).toEqual(["screen", "fall"]);
    expect(back(begin(rules), rules)).toEqual(begin(rules));
  });

  it("answers from the result what is open", () => {
    const form = again(answer(answer(begin(rules), "no"), "unknown"), ["fall"]);
    expect([asked(form), form.stage]).toEqual(["fall", "more"]);
  });

  it("knows which yes is an alarm at once", () => {
    const first = rules.questions[0];
    if (first === undefined) throw new Error("no question");
    expect([alarming(first, "yes"), alarming(first, "unknown"), alarming(first, undefined)]).toEqual([true, false, false]);
  });
});

describe("what is typed and said", () => {
  it("takes numbers as French hands type them, within their range", () => {
    const inr = rules.questions[3];
    if (inr === undefined) throw new Error("no question");
    expect(["3,5", " 4 ", "0.5", "21", "", "x", "-1"].map((text) => typedNumber(inr, text))).toEqual([3.5, 4, 0.5, null, null, null, null]);
  });

  it("says values with unit and age", () => {
    expect(plain(vitalText("spo2", 91, speech))).toBe("SpO₂ 91 %");
    expect(vitalText("on_oxygen", true, speech)).toBe("sous oxygène");
    expect(vitalText("consciousness", "C", speech)).toBe("Conscience C");
    expect([ageText(20, speech), ageText(1500, speech), ageText(3900, speech)].map(plain)).toEqual(["à l’instant", "il y a 25 min", "il y a 1 h 05"]);
  });

  it("carries into a request what led there, and nothing that nobody knows", () => {
    expect(plain(requestReason(view, 400, speech))).toBe("Questionnaire : Fièvre ; NEWS2 ≥ 3 ; Fièvre");
    expect(requestReason(view, 12, speech)).toHaveLength(12);
  });

  it("asks for a reason only for less", () => {
    expect([lowers(view, "EMERGENCY"), lowers(view, "TC_TODAY"), lowers(view, "NURSE_CARE")]).toEqual([false, false, true]);
    const raised = { ...view, decisions: [{ outcome: "EMERGENCY" }] } as unknown as TriageView;
    expect(lowers(raised, "URGENT_TC")).toBe(true);
    expect([tone("EMERGENCY"), tone("TC_TODAY"), tone("NURSE_CARE")]).toEqual(["high", "medium", "low"]);
  });

  it("sets prose alone in French typography", () => {
    const found = set({ id: "l'a", text: "S'étouffe ?", list: [{ care: "Ici : là" }], n: 3, none: null });
    expect([found.id, found.text, found.list[0]?.care, found.n, found.none]).toEqual(["l'a", "S’étouffe\u202F?", "Ici\u00A0: là", 3, null]);
  });
});
