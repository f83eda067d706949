/** A set of observations that is being written: cells, what they mean, and what the hub is told. Pure. */
import { typed, typedForm, understand, type Understood } from "./keypad";
import { CHOICES, type DoubtView, type FieldRange, type Offer, type ReadingIn, type SetView } from "./round";
import { MINUTE, type Micros } from "./types";

/** A draft that nobody touched for so long is another visit's. */
export const FORGOTTEN: Micros = 60 * MINUTE;

export interface Cell {
  readonly text: string;
  /** The sensor that measured it, while nobody typed anything else. */
  readonly source: Offer | null;
  readonly confirmed: boolean;
}

/** The set that is corrected. */
export interface Correcting {
  readonly set: string;
  readonly version: number;
  readonly time: Micros;
  readonly reason: string;
}

export interface Draft {
  readonly id: string;
  readonly by: string;
  readonly resident: string;
  readonly touched: Micros;
  readonly cells: Readonly<Record<string, Cell>>;
  readonly correcting: Correcting | null;
}

export const BLANK: Cell = { text: "", source: null, confirmed: false };

export function cellOf(draft: Draft, metric: string): Cell {
  return draft.cells[metric] ?? BLANK;
}

function put(draft: Draft, metric: string, cell: Cell, now: Micros): Draft {
  return { ...draft, touched: now, cells: { ...draft.cells, [metric]: cell } };
}

/** After one more key. A key after a sensor's value begins anew: what stands there is the sensor's. */
export function pressed(draft: Draft, metric: string, key: string, now: Micros): Draft {
  const cell = cellOf(draft, metric);
  const text = typed(cell.source === null ? cell.text : "", key, metric);
  return put(draft, metric, { text, source: null, confirmed: false }, now);
}

/** After a choice (`on_oxygen`, `consciousness`); the same again takes it back. */
export function chosen(draft: Draft, metric: string, code: number, now: Micros): Draft {
  const text = String(code);
  return put(draft, metric, { text: cellOf(draft, metric).text === text ? "" : text, source: null, confirmed: false }, now);
}

export function cleared(draft: Draft, metric: string, now: Micros): Draft {
  return put(draft, metric, BLANK, now);
}

/** After a sensor's value was accepted. */
export function taken(draft: Draft, offer: Offer, now: Micros): Draft {
  return put(draft, offer.metric, { text: typedForm(offer.metric, offer.value), source: offer, confirmed: false }, now);
}

export function confirmed(draft: Draft, metric: string, now: Micros): Draft {
  return put(draft, metric, { ...cellOf(draft, metric), confirmed: true }, now);
}

export function meaning(draft: Draft, field: FieldRange): Understood {
  const { text } = cellOf(draft, field.metric);
  if (CHOICES.has(field.metric)) return text === "" ? { kind: "empty" } : { kind: "value", stored: Number(text), asTyped: true };
  return understand(text, field);
}

/** What the hub is told: what was understood; impossible texts are left out. */
export function readings(draft: Draft, fields: readonly FieldRange[], edge: string): readonly ReadingIn[] {
  return fields.flatMap((field) => {
    const found = meaning(draft, field);
    if (found.kind !== "value") return [];
    const { source } = cellOf(draft, field.metric);
    return [{ metric: field.metric, value: found.stored, source: source === null ? null : { edge, sensor: source.sensor, time: source.time } }];
  });
}

/** Why it cannot be recorded yet; `null` when it can. */
export function obstacle(draft: Draft, fields: readonly FieldRange[], doubts: readonly DoubtView[]): "nothing" | "impossible" | "unconfirmed" | null {
  if (fields.some((field) => meaning(draft, field).kind === "impossible") || doubts.some((doubt) => doubt.refused)) return "impossible";
  if (!fields.some((field) => meaning(draft, field).kind === "value")) return "nothing";
  return doubts.some((doubt) => asks(draft, doubt)) ? "unconfirmed" : null;
}

/** Whether a doubt still waits for somebody's word; of a value that a sensor measured it does not. */
export function asks(draft: Draft, doubt: Pick<DoubtView, "metric">): boolean {
  const cell = cellOf(draft, doubt.metric);
  return !cell.confirmed && cell.source === null;
}

export function confirmations(draft: Draft): readonly string[] {
  return Object.keys(draft.cells).filter((metric) => draft.cells[metric]?.confirmed === true);
}

export function isBegun(draft: Draft): boolean {
  return Object.values(draft.cells).some((cell) => cell.text !== "");
}

export function blank(id: string, by: string, resident: string, now: Micros): Draft {
  return { id, by, resident, touched: now, cells: {}, correcting: null };
}

/** A correction begins with what the set says. */
export function correction(key: string, by: string, set: SetView, reason: string, now: Micros): Draft {
  const cells = Object.fromEntries(
    set.readings.map((each) => {
      const text = CHOICES.has(each.metric) ? String(each.value) : typedForm(each.metric, each.value);
      const source = each.by_hand ? null : { metric: each.metric, value: each.value, time: each.time, sensor: each.sensor };
      return [each.metric, { text, source, confirmed: false }];
    }),
  );
  return { id: key, by, resident: set.resident, touched: now, cells, correcting: { set: set.id, version: set.version, time: set.time, reason } };
}

/** The next field that is empty, after one; in a circle. */
export function nextField(draft: Draft, fields: readonly FieldRange[], metric: string): string {
  const place = fields.findIndex((field) => field.metric === metric);
  const circle = [...fields.slice(place + 1), ...fields.slice(0, place)];
  return (circle.find((field) => meaning(draft, field).kind === "empty" && field.news2) ?? circle[0])?.metric ?? metric;
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) return false;
  const draft = value as Record<string, unknown>;
  return ["id", "by", "resident"].every((name) => typeof draft[name] === "string") && typeof draft["touched"] === "number" && typeof draft["cells"] === "object" && draft["cells"] !== null;
}

/** Drafts that were kept through a change of page; another person's and forgotten ones are none. */
export function parseDrafts(text: string | null, by: string, now: Micros): readonly Draft[] {
  if (text === null) return [];
  try {
    const body: unknown = JSON.parse(text);
    return Array.isArray(body) ? body.filter(isDraft).filter((draft) => draft.by === by && now - draft.touched < FORGOTTEN) : [];
  } catch {
    return [];
  }
}
