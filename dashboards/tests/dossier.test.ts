import { describe, expect, it } from "vitest";
import { ApiError } from "../src/lib/api";
import { blank, changes, dayText, faultsOf, faultText, firstThings, ORDER, SHAPES, typedNumber, valueText, type Body, type DossierView, type Section } from "../src/lib/dossier";
import { wordsOf } from "../src/lib/i18n";
import type { Speech } from "../src/lib/say";

const speech: Speech = { words: wordsOf("fr"), language: "fr", now: 0 };

function dossier(sections: Partial<Record<Section, Body>>): DossierView {
  const written = Object.fromEntries(Object.entries(sections).map(([name, body]) => [name, { version: 1, time: 0, author: { username: "x", name: "X" }, reason: "", body: { ...blank(SHAPES[name as Section]), ...body } }]));
  return { resident: "r", now: 0, sections: written, lacks: [], validation: null, stale: null, changed: [], doubts: [], may_write: [], may_validate: false };
}

const states = (view: DossierView): string[] => firstThings(view, speech).map(({ section, state }) => `${section} ${state}`);

describe("what must be known first", () => {
  it("is unsaid until somebody said it, never reassuring", () => {
    expect(states(dossier({}))).toEqual(["allergies unsaid", "treatments unsaid", "directives unsaid", "persons unsaid"]);
  });

  it("tells nothing there from nobody asked", () => {
    const none = dossier({ allergies: { known: "none" }, treatments: { anticoagulant: false, oxygen: false, insulin: false }, directives: { known: "none", limitation: "none" }, persons: { trusted: "none" } });
    expect(states(none)).toEqual(["allergies said", "treatments said", "directives said", "persons said"]);
  });

  it("says what is half known", () => {
    const [, flags] = firstThings(dossier({ treatments: { anticoagulant: false } }), speech);
    expect(flags?.more).toBe("Non renseigné\u00A0: oxygène, insuline");
    // What is known alone is not hidden by what nobody said.
    const [, one] = firstThings(dossier({ treatments: { antiplatelet: true, immunosuppression: true } }), speech);
    expect([one?.state, one?.text]).toEqual(["said", "antiagrégant, défenses affaiblies"]);
  });

  it("marks what is grave", () => {
    const grave = dossier({
      allergies: { known: "listed", items: [{ substance: "Latex", severity: "severe" }] },
      treatments: { anticoagulant: true, anticoagulant_detail: "apixaban" },
      directives: { limitation: "listed", limitation_text: "Soins de confort" },
    });
    expect(states(grave)).toEqual(["allergies grave", "treatments grave", "directives grave", "persons unsaid"]);
    expect(firstThings(grave, speech).map(({ text }) => text).slice(0, 2)).toEqual(["Latex", "anticoagulant (apixaban)"]);
  });
});

describe("fields", () => {
  it("have a label in both languages, in every section", () => {
    for (const language of ["fr", "en"] as const) {
      const labels: Readonly<Record<string, Readonly<Record<string, string>>>> = wordsOf(language).dossier.field;
      for (const section of ORDER) {
        for (const shape of SHAPES[section].flatMap((each) => [each, ...(each.items ?? [])])) {
          expect(labels[section]?.[shape.name] ?? labels["all"]?.[shape.name], `${section}.${shape.name}`).toBeTruthy();
          const choices: Readonly<Record<string, Readonly<Record<string, string>>>> = wordsOf(language).dossier.choice;
          if (shape.kind === "choice" || shape.kind === "choices") expect(Object.keys(choices[shape.name] ?? {})).toEqual(shape.options);
        }
      }
    }
  });

  it.each([
    ["54,5", 54.5],
    [" 3 ", 3],
    ["", null],
    ["cinq", "cinq"],
  ])("takes %j as a number", (text, value) => {
    expect(typedNumber(text)).toBe(value);
  });

  it("say days and units as people do", () => {
    expect(dayText("2019-05")).toBe("05/2019");
    expect(valueText({ name: "weight", kind: "number", unit: "kg" }, 54.5, speech)).toBe("54,5\u00A0kg");
    expect(valueText({ name: "oxygen", kind: "flag" }, false, speech)).toBe("non");
    expect(valueText({ name: "oxygen", kind: "flag" }, null, speech)).toBe("non renseigné");
  });

  it("tell what differs between two versions", () => {
    const before = blank(SHAPES.usual);
    expect(changes("usual", before, { ...before, gir: 3 }, speech).map(({ shape, before: was, after }) => [shape.name, was, after])).toEqual([["gir", "non renseigné", "3"]]);
    expect(changes("usual", before, { ...before }, speech)).toEqual([]);
  });
});

describe("a refusal", () => {
  it("is told at the field that it is about", () => {
    const error = new ApiError("refused", "invalid_section", "", null, { faults: "items[0].rpps:rpps_key known:but_listed" });
    expect([...faultsOf(error)]).toEqual([["items[0].rpps", "rpps_key"], ["known", "but_listed"]]);
    expect(faultsOf(new ApiError("offline", "offline", "")).size).toBe(0);
    expect(faultText("rpps_key", speech)).toContain("RPPS");
    expect(faultText("never heard of", speech)).toBe(speech.words.dossier.fault.form);
  });
});
