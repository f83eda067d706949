import { describe, expect, it } from "vitest";
import { lookUp, wordsOf } from "../src/lib/i18n";
import { french, type Tree } from "../src/lib/typography";
import { en } from "../src/lib/words.en";
import { fr } from "../src/lib/words.fr";

/** Every word with its path; functions are said with plain arguments. */
function leaves(tree: Tree, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, word]): [string, string][] => {
    const here = path === "" ? key : `${path}.${key}`;
    if (typeof word === "string") return [[here, word]];
    if (typeof word === "function") return [[here, word("3", "4", "5")]];
    return leaves(word, here);
  });
}

const FRENCH = leaves(wordsOf("fr"));

describe("French", () => {
  it.each(FRENCH)("%s is typeset", (_path, text) => {
    expect(text).not.toBe("");
    expect(text).not.toMatch(/ [:;?!»]|« |'|\s{2}|undefined/);
    expect(text).not.toMatch(/\d (?:%|min|h|s|°C)(?:\b|$)/);
  });

  it("speaks no jargon", () => {
    for (const [path, text] of FRENCH) expect(text, path).not.toMatch(/mqtt|socket|edge|websocket|token|broker|http\b/i);
  });

  it("says vous, never tu", () => {
    for (const [path, text] of FRENCH) expect(text, path).not.toMatch(/(?<!\p{L})(?:tu|ton|ta|tes|toi)(?!\p{L})/iu);
  });
});

describe("English", () => {
  const english = new Map(leaves(en));

  it("has every word of the French, and no other", () => {
    expect([...english.keys()].sort()).toEqual(leaves(fr).map(([path]) => path).sort());
  });

  it("is English", () => {
    for (const [path, text] of english) {
      if (path === "otherLanguage") continue;
      expect(text, path).not.toMatch(/[éèêàçù]/);
    }
  });
});

describe("typography", () => {
  it.each([
    ["Attention : feu !", "Attention\u00A0: feu\u202F!"],
    ["« ox »", "«\u00A0ox\u00A0»"],
    ["à 03 h 12", "à 03\u00A0h\u00A012"],
    ["SpO₂ 84 %", "SpO₂ 84\u00A0%"],
    ["Je m'en occupe", "Je m’en occupe"],
  ])("%s", (plain, typeset) => {
    expect(french(plain)).toBe(typeset);
  });

  it("changes nothing the second time", () => {
    for (const [, text] of FRENCH) expect(french(text)).toBe(text);
  });
});

it("shows a code nobody has a word for rather than hiding it", () => {
  expect(lookUp(fr.doubt, "new_doubt")).toBe("new_doubt");
  expect(lookUp(fr.doubt, "constructor")).toBe("constructor");
});
