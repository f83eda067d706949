/** French typography, applied once to every word of the interface, so that nobody has to remember it. Pure. */

const NARROW = "\u202F";
const WIDE = "\u00A0";

/** Puts no-break spaces before `: ; ? ! »`, after `«`, and between a number and its unit. */
export function french(text: string): string {
  return text
    .replace(/ ([;?!])/g, `${NARROW}$1`)
    .replace(/ :/g, `${WIDE}:`)
    .replace(/« /g, `«${WIDE}`)
    .replace(/ »/g, `${WIDE}»`)
    .replace(/(\d) (?=(?:%|°C|mmHg|g\/L|kg|\/min|min\b|h\b|s\b|j\b|jours?\b|heures?\b|secondes?\b|minutes?\b|ans?\b|points?\b))/g, `$1${WIDE}`)
    .replace(/\bch\. (?=\S)/g, `ch.${WIDE}`)
    .replace(/[ \u00A0]h (?=\d)/g, `${WIDE}h${WIDE}`)
    .replace(/'/g, "’");
}

/* eslint-disable @typescript-eslint/no-explicit-any -- a function of any words must stay a function of those words */
type Leaf = string | ((...args: any[]) => string);
/* eslint-enable @typescript-eslint/no-explicit-any */
export type Tree = { readonly [key: string]: Leaf | Tree };

/** The same words, each passed through `rule`; functions have their results passed. */
export function typeset<T extends Tree>(words: T, rule: (text: string) => string): T {
  const out: Record<string, Leaf | Tree> = {};
  for (const [key, word] of Object.entries(words)) {
    if (typeof word === "string") out[key] = rule(word);
    else if (typeof word === "function") out[key] = (...args: unknown[]) => rule(word(...args));
    else out[key] = typeset(word, rule);
  }
  return out as T;
}
