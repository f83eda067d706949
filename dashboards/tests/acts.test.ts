import { describe, expect, it } from "vitest";
import { asked, begun, byDay, consentBy, filled, goingOn, groups, itemText, goneOn, known, mainFirst, saidText, toldOnPhone, type ActHead, type ActView, type GestureView, type TimelineItem } from "../src/lib/acts";
import { wordsOf } from "../src/lib/i18n";
import type { Speech } from "../src/lib/say";
import { DAY } from "../src/lib/types";

const NOW = Date.UTC(2026, 10, 22, 11) * 1000;
const speech: Speech = { words: wordsOf("fr"), language: "fr", now: NOW };

type Part = Partial<GestureView["fields"][number]> & { readonly name: string };

function gesture(fields: readonly Part[], reason = false): GestureView {
  const field = (part: Part): GestureView["fields"][number] => ({ type: "text", required: true, options: [], low: 0, high: 10, must: false, ...part });
  return { event: "note", reason, fields: fields.map(field) };
}

function item(kind: TimelineItem["kind"], time: number, title_key: string, params: TimelineItem["params"] = {}): TimelineItem {
  return { kind, time, title_key, params, author: "ines", author_name: "Inès", link: "" };
}

const HEEL = { region: "heel_left", cause: "pressure" } as const;

it.each([
  ["wound.opened", { begun: "3 semaines" }, "notée", "depuis 3 semaines"],
  ["wound.pictured", { count: 3 }, "3 photos prises", ""],
  ["wound.pictured", { count: 1 }, "1 photo prise", ""],
  ["wound.assessed", { length_mm: 50, width_mm: 37.5, area_mm2: 1200, stage: "4", healing: "yes", note: "Fond propre" }, "évaluée", "5,0\u00a0cm × 3,8\u00a0cm · 12,0\u00a0cm² · Stade IV en voie de cicatrisation · Fond propre"],
  ["wound.assessed", { length_mm: null, width_mm: null, area_mm2: null, stage: "2", healing: "", note: "" }, "évaluée", "Stade II"],
  ["wound.withdrawn", { what: "picture", reason: "autre résident" }, "photo retirée, c’était une erreur", "autre résident"],
  ["wound.withdrawn", { what: "finding", reason: "faute de frappe" }, "évaluation retirée, c’était une erreur", "faute de frappe"],
  ["wound.closed", { outcome: "healed" }, "close", "Cicatrisée"],
])("a wound is told in the timeline: %s", (title_key, params, what, more) => {
  expect(itemText(item("wound", NOW, title_key, { ...HEEL, ...params }), speech)).toEqual({ title: `Plaie (Talon gauche, escarre)\u00a0: ${what}`, more });
});

describe("a form", () => {
  const form = gesture([
    { name: "finding" },
    { name: "pain", type: "whole" },
    { name: "width", type: "number", required: false },
    { name: "checked", type: "flag", must: true },
    { name: "end", type: "future", required: false },
  ]);

  it("says what is missing, wrong or out of range, by field", () => {
    expect(filled(form, { finding: " ", pain: "11", width: "large", checked: false, end: "x" }, "").faults).toEqual({
      finding: "missing",
      pain: "range",
      width: "number",
      checked: "must",
      end: "missing",
    });
    expect(filled(form, { finding: "a", pain: "1,5", checked: true }, "").faults).toEqual({ pain: "number" });
    expect(filled(gesture([], true), {}, " ").faults).toEqual({ reason: "missing" });
  });

  it("sends numbers with a comma, zero and no, and nothing that nobody said", () => {
    const read = filled(form, { finding: " toux ", pain: "0", width: "2,5", checked: true, end: "2026-11-30T08:00" }, "");
    expect(read.faults).toEqual({});
    expect(read.fields).toEqual({ finding: "toux", pain: 0, width: 2.5, checked: true, end: new Date("2026-11-30T08:00").getTime() * 1000 });
    expect(filled(gesture([{ name: "until", type: "future" }]), { until: "2026-11-30" }, "").fields["until"]).toBe(new Date("2026-11-30T23:59").getTime() * 1000);
    expect(filled(gesture([{ name: "told", type: "flag" }]), { told: false }, "").fields).toEqual({ told: false });
  });

  it("begins with what is known, where it is asked again and possible", () => {
    const known = { consent_by: "Mme Martin", consent: "sung", length_mm: 32, pictures: ["c/1"], other: "x" };
    const wanted = gesture([{ name: "consent_by" }, { name: "consent", type: "choice", options: ["oral"] }, { name: "length_mm", type: "number" }, { name: "pictures", type: "items" }, { name: "call" }]);
    expect(begun(wanted, known, "c1", "fr")).toEqual({ consent_by: "Mme Martin", length_mm: "32", pictures: ["c/1"], call: "c1" });
    expect([begun(wanted, { length_mm: 37.5 }, null, "fr"), begun(wanted, { length_mm: 37.5 }, null, "en")]).toEqual([{ length_mm: "37,5" }, { length_mm: "37.5" }]);
  });

  it("asks for the measures of a lesion only where there is one", () => {
    const send = gesture([{ name: "topic", type: "choice", options: ["wound", "psychiatry"] }, { name: "place" }]);
    expect(asked(send, { topic: "psychiatry" }).map(({ name }) => name)).toEqual(["topic"]);
    expect(asked(send, { topic: "wound" }).map(({ name }) => name)).toEqual(["topic", "place"]);
    expect(filled(send, { topic: "psychiatry", place: "talon" }, "").fields).toEqual({ topic: "psychiatry" });
    // What may be left out of a rash shows a wound.
    const free = gesture([{ name: "topic", type: "choice", options: ["wound", "dermatology"] }, { name: "place", required: false }]);
    expect([filled(free, { topic: "wound" }, "").faults, filled(free, { topic: "dermatology" }, "").faults]).toEqual([{ place: "missing" }, {}]);
  });
});

describe("a timeline", () => {
  const items = [
    item("step", NOW, "consultation.note", { act: "consultation", event: "note", reason: "", said: "Lèvres bleues" }),
    item("act", NOW - 1, "consultation.opened", { act: "consultation", event: "opened", reason: "Toux" }),
    item("alert", NOW - 2 * DAY, "alert.limit_low", { metric: "spo2", value: 82, limit: 88, answered: NOW - 2 * DAY + 90e6, answered_by: "Inès" }),
    item("call", NOW - 2 * DAY - 1, "call.ended", { answered: NOW - 700e6, ended: NOW - 100e6, reason: "" }),
    item("landmark", NOW - 3 * DAY, "landmark.set", { news2: 5, spo2: 91, missing: "temperature", note: "", version: 2 }),
    item("note", NOW - 3 * DAY - 1, "note.withdrawn", { version: 2 }),
    item("triage", NOW - 4 * DAY, "triage.URGENT_TC", { outcome: "URGENT_TC", motif: "Fièvre" }),
    item("paper", NOW - 4 * DAY - 1, "paper.sent", { title: "Compte rendu", recipient: "Dr Petit", state: "failed" }),
    item("paper", NOW - 4 * DAY - 2, "paper.signed", { title: "Compte rendu", version: 1 }),
    item("dossier", NOW - 4 * DAY - 3, "dossier.written", { section: "allergies", version: 1, reason: "" }),
    item("limit", NOW - 5 * DAY, "limit.sign", { act: "sign", metric: "spo2", low: 90, high: null, delay: 5, reason: "BPCO" }),
    item("picture", NOW - 5 * DAY - 1, "picture.kept", { source: "hand", note: "Talon" }),
    item("picture", NOW - 5 * DAY - 2, "picture.kept", { source: "room", note: "" }),
    item("invite", NOW - 5 * DAY - 3, "invite.made", { name: "Dr Durand", role: "regulator" }),
    item("invite", NOW - 5 * DAY - 4, "invite.used", { name: "Dr Durand", role: "regulator" }),
  ];

  it("tells each thing in a sentence", () => {
    const told = items.map((each) => itemText(each, speech)).map(({ title, more }) => `${title} | ${more}`.replaceAll("\u00A0", " ").replaceAll("\u202F", " "));
    expect(told).toEqual([
      "Téléconsultation : constatation | Lèvres bleues",
      "Téléconsultation : ouverte | Toux",
      "SpO₂ 82 % | réponse de Inès après 1 min 30",
      "Visio de 10 min | ",
      "Constantes relevées, NEWS2 5 au moins | SpO₂ 91 % · corrigé, version 2",
      "Transmission retirée | corrigé, version 2",
      "Questionnaire : téléconsultation urgente | Fièvre",
      "Compte rendu : envoyé à Dr Petit | envoi impossible",
      "Compte rendu : signé | ",
      "Dossier : Allergies | ",
      "SpO₂, alarme sous 90 %, après 5 s : signée | BPCO",
      "Photo de la caméra à main gardée | Talon",
      "Photo gardée de la visio | ",
      "Lien à usage unique pour Dr Durand | régulation du 15",
      "Dr Durand a ouvert son lien | régulation du 15",
    ]);
  });

  it("is grouped by day and counted by kind, an act with its steps", () => {
    expect(byDay(items).map((day) => day.length)).toEqual([2, 2, 2, 4, 5]);
    expect(groups(items, speech)).toEqual([
      ["alert", 1],
      ["act", 2],
      ["call", 1],
      ["landmark", 1],
      ["note", 1],
      ["triage", 1],
      ["paper", 2],
      ["dossier", 1],
      ["limit", 1],
      ["picture", 2],
      ["invite", 2],
    ]);
  });
});

describe("a gesture at the bedside", () => {
  const around = { resident: "MARTIN Jeanne", me: "Benali", nurse: false };
  const step = (author_name: string, fields: Record<string, unknown>): ActView["steps"][number] => ({ number: 1, time: NOW, event: "note", author: "", author_name, reason: "", state: "", fields });
  const act = {
    head: { reason: "SpO₂ 84 %" },
    known: { place: "talon" },
    fields: { reached: "Dr Durand" },
    people: [{ name: "Inès", role: "nurse" }],
    findings: [{ text: "Pouls rapide" }],
    steps: [step("Inès", { finding: "Lèvres bleues", call: "c1" }), step("Benali", { instructions: "O₂" })],
  } as unknown as ActView;
  const gestures = ["plan", "cancel", "admit", "note"].map((event) => ({ ...gesture([]), event }));

  it("stands first where it is meant most often", () => {
    expect(mainFirst(gestures, false).map(({ event }) => event)).toEqual(["admit", "plan", "cancel", "note"]);
    // Who sees the resident notes, and plans nothing.
    expect(mainFirst(gestures, true).map(({ event }) => event)).toEqual(["note", "admit", "cancel"]);
  });

  it("has the names that go without saying, and what was said before", () => {
    expect(known(act, around)).toEqual({ consent_by: "MARTIN Jeanne", accompanied_by: "Inès", decided_by: "Dr Durand", plan: undefined, place: "talon", reached: "Dr Durand" });
    expect(known(act, { ...around, me: "Paul", nurse: true })["accompanied_by"]).toBe("Paul");
  });

  it("names who agreed by the form of the agreement, and keeps a name that somebody typed", () => {
    expect(consentBy("oral", "", around)).toBe("MARTIN Jeanne");
    expect(consentBy("emergency", "MARTIN Jeanne", around)).toBe("Benali");
    expect(consentBy("representative", "MARTIN Jeanne", around)).toBe("");
    expect(consentBy("representative", "Mme Petit, sa fille", around)).toBe("Mme Petit, sa fille");
  });

  it("tells the regulator what was found and done, and no more than the sheet takes", () => {
    expect(toldOnPhone(act)).toEqual({ reason: "SpO₂ 84 %", done: "Pouls rapide ; Lèvres bleues ; O₂" });
    const long = { ...act, findings: [{ text: "x".repeat(900) }] } as unknown as ActView;
    expect(toldOnPhone(long).done).toHaveLength(400);
  });

  it("is about the act in which a physician is with the resident", () => {
    const heads = [
      { id: "follow", kind: "surveillance", opened: 4, final: false },
      { id: "question", kind: "expertise", opened: 3, final: false },
      { id: "seen", kind: "consultation", opened: 2, final: false },
      { id: "over", kind: "assistance", opened: 1, final: true },
    ] as unknown as ActHead[];
    expect(goingOn(heads).map(({ id }) => id)).toEqual(["seen", "follow", "question"]);
  });

  it("keeps what ended during a call within reach after it, the last first", () => {
    const heads = [
      { id: "long ago", kind: "consultation", opened: 1, closed: 99, final: true },
      { id: "seen", kind: "consultation", opened: 90, closed: 110, final: true },
      { id: "call", kind: "regulation", opened: 110, closed: 120, final: true },
      { id: "question", kind: "expertise", opened: 100, closed: null, final: false },
    ] as unknown as ActHead[];
    expect(goneOn(heads, 100).map(({ id }) => id)).toEqual(["question", "call", "seen"]);
    expect(goneOn([], 100)).toEqual([]);
  });
});

it("says what was said in words, and hides what only the hub needs", () => {
  const said = (name: string, value: unknown): string => saidText(name, value, speech).replaceAll("\u00A0", " ");
  expect(said("consent", "oral")).toBe("oral");
  expect(said("parameters", ["spo2"])).toBe("SpO₂");
  expect(said("read_back", true)).toBe("Oui");
  expect(said("pictures", ["a", "b"])).toBe("2");
  expect(said("until", NOW + DAY)).toMatch(/^lundi 23 novembre, \d\d h \d\d$/);
  expect(said("called_at", NOW - 60e6)).toMatch(/^à \d\d h \d\d$/);
  expect(said("length_mm", 20.5)).toBe("20,5");
  expect(said("into", "a2")).toBe("");
});
