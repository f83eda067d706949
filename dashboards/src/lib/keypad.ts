/** What somebody types at a bedside, understood or clearly refused. Pure. */

/** One thing that can be written down; `low` and `high` in the stored unit. */
export interface Typable {
  readonly metric: string;
  readonly low: number;
  readonly high: number;
}

/** How a metric is typed: decimals, and the factor from the stored unit to the one on the page. */
interface Form {
  readonly decimals: number;
  readonly factor: number;
}

const WHOLE: Form = { decimals: 0, factor: 1 };
const FORMS: Readonly<Record<string, Form>> = {
  temperature: { decimals: 1, factor: 1 },
  weight: { decimals: 1, factor: 1 },
  // Stored in mg/dL, spoken of in g/L.
  glucose: { decimals: 2, factor: 0.01 },
};
/** Pressures are often said in cmHg: `12/7`. Nobody's is 30 mmHg or less. */
const PRESSURES = new Set(["systolic", "diastolic"]);
const CENTIMETRES = 30;
const MOST_DIGITS = 5;

export type Understood =
  | { readonly kind: "empty" }
  /** `asTyped` is false when something else was meant than what stands there: 378 for 37,8. */
  | { readonly kind: "value"; readonly stored: number; readonly asTyped: boolean }
  | { readonly kind: "impossible" };

const EMPTY: Understood = { kind: "empty" };
const IMPOSSIBLE: Understood = { kind: "impossible" };

export function formOf(metric: string): Form {
  return FORMS[metric] ?? WHOLE;
}

/** The text after one more key: a digit, `,` or `<` (take back one). What would make no number of the metric is not taken. */
export function typed(text: string, key: string, metric: string): string {
  if (key === "<") return text.slice(0, -1);
  const { decimals } = formOf(metric);
  if (key === "," || key === ".") return decimals === 0 || text.includes(",") ? text : `${text === "" ? "0" : text},`;
  if (!/^\d$/.test(key)) return text;
  const after = text.split(",")[1];
  if (after !== undefined && after.length >= decimals) return text;
  if (text.replace(",", "").length >= MOST_DIGITS) return text;
  return text === "0" ? key : text + key;
}

function fits(shown: number, field: Typable): number | null {
  const { factor } = formOf(field.metric);
  // Through whole hundredths: 1,12 g/L is 112 mg/dL and not 112.00000000000001.
  const stored = factor === 1 ? shown : Math.round(shown / factor);
  return stored >= field.low && stored <= field.high ? stored : null;
}

/** What a text means for a metric. */
export function understand(text: string, field: Typable): Understood {
  if (text === "") return EMPTY;
  const shown = Number(text.replace(",", "."));
  if (!Number.isFinite(shown)) return IMPOSSIBLE;
  const plain = fits(shown, field);
  if (plain !== null) return { kind: "value", stored: plain, asTyped: true };
  const { decimals } = formOf(field.metric);
  if (decimals > 0 && !text.includes(",")) {
    const meant = fits(Number((shown / 10 ** decimals).toFixed(decimals)), field);
    if (meant !== null) return { kind: "value", stored: meant, asTyped: false };
  }
  if (PRESSURES.has(field.metric) && shown <= CENTIMETRES) {
    const meant = fits(shown * 10, field);
    if (meant !== null) return { kind: "value", stored: meant, asTyped: false };
  }
  return IMPOSSIBLE;
}

/** A stored value as somebody would have typed it. */
export function typedForm(metric: string, stored: number): string {
  const { decimals, factor } = formOf(metric);
  return (stored * factor).toFixed(decimals).replace(".", ",");
}

/** A value of a sensor as it goes into a set: no more decimals than a person writes. */
export function rounded(metric: string, stored: number): number {
  const { decimals, factor } = formOf(metric);
  return factor === 1 ? Number(stored.toFixed(decimals)) : Math.round(stored);
}
