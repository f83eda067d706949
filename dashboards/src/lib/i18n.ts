/** The words of the chosen language, typeset. */
import type { Language } from "./format";
import { french, typeset } from "./typography";
import { en } from "./words.en";
import { fr, type Words } from "./words.fr";

export type { Language, Words };

const WORDS: Readonly<Record<Language, Words>> = { fr: typeset(fr, french), en };

export function wordsOf(language: Language): Words {
  return WORDS[language];
}

/** The word for a code that comes from the hub; the code itself when no word is known, so that nothing is hidden. */
export function lookUp(table: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(table, code) ? (table[code] ?? code) : code;
}
