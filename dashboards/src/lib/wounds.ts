/** Wounds as data, measures and sentences. Pure; `hub/acts/wounds.py` computes the same from the same points, and refuses other figures. */
import type { components } from "./api.gen";
import { ApiError, IdentityError, type Api } from "./api";
import { formatNumber, type Language } from "./format";
import { lookUp } from "./i18n";
import { errorSentence, type Speech } from "./say";
import type { Micros } from "./types";

type Schemas = components["schemas"];

export type WoundView = Schemas["WoundView"];
export type PictureView = Schemas["WoundPictureView"];
export type FindingView = Schemas["FindingView"];
export type FindingIn = Partial<Schemas["FindingIn"]>;
export type WoundIn = Partial<Schemas["WoundIn"]> & Pick<Schemas["WoundIn"], "cause" | "region" | "begun">;
export type ExpertView = Schemas["ExpertView"];
export type Cause = WoundView["cause"];
export type View = PictureView["view"];
export type Stage = WoundView["stages"][number];
export type Outcome = NonNullable<WoundView["outcome"]>;

export const CAUSES: readonly Cause[] = ["pressure", "leg_ulcer", "diabetic_foot", "skin_tear", "moisture", "burn", "surgical", "skin_lesion", "other"];
/** In the order in which they are taken. */
export const VIEWS: readonly View[] = ["overview", "close", "side"];
export const OUTCOMES: readonly Outcome[] = ["healed", "grafted", "amputated", "other", "mistake"];
export const TISSUES = ["necrosis", "fibrin", "granulation", "epithelium"] as const;

export class WoundsApi {
  constructor(
    private readonly api: Api,
    private readonly resident: string,
  ) {}

  async list(signal?: AbortSignal): Promise<readonly WoundView[]> {
    const found = await this.api.request<Schemas["WoundList"]>("GET", `/residents/${encodeURIComponent(this.resident)}/wounds`, undefined, signal);
    if (found.resident !== this.resident) throw new IdentityError(this.resident, found.resident);
    return found.items;
  }

  open(wound: WoundIn): Promise<WoundView> {
    return this.mine(this.api.request<WoundView>("POST", `/residents/${encodeURIComponent(this.resident)}/wounds`, wound));
  }

  keep(wound: string, view: View, file: Blob): Promise<WoundView> {
    return this.mine(this.api.upload<WoundView>(`${address(wound)}/pictures?view=${view}`, file));
  }

  note(wound: string, finding: FindingIn): Promise<WoundView> {
    return this.mine(this.api.request<WoundView>("POST", `${address(wound)}/findings`, finding));
  }

  end(wound: string, outcome: Outcome): Promise<WoundView> {
    return this.mine(this.api.request<WoundView>("POST", `${address(wound)}/end`, { outcome }));
  }

  withdraw(wound: string, what: string, reason: string): Promise<WoundView> {
    return this.mine(this.api.request<WoundView>("POST", `${address(wound)}/withdrawals/${encodeURIComponent(what)}`, { reason }));
  }

  private async mine(answer: Promise<WoundView>): Promise<WoundView> {
    const found = await answer;
    if (found.resident !== this.resident) throw new IdentityError(this.resident, found.resident);
    return found;
  }
}

function address(wound: string): string {
  return `/wounds/${encodeURIComponent(wound)}`;
}

/** Where a picture is; the browser fetches it with the session's cookie. */
export function pictureAddress(wound: string, picture: string): string {
  return `/api/v1${address(wound)}/pictures/${encodeURIComponent(picture)}`;
}

const NAMED = /^w:([^/]+)\/([^/]+)$/;

/** Where a picture is that an act names `w:wound/picture`; nothing for one of a call. */
export function namedPicture(name: string): string | null {
  const [, wound, picture] = NAMED.exec(name) ?? [];
  return wound === undefined || picture === undefined ? null : pictureAddress(wound, picture);
}

/** Of which wound a picture is that an act names; nothing for one of a call. */
export function woundOf(name: string): string | null {
  return NAMED.exec(name)?.[1] ?? null;
}

export function woundsAddress(resident: string, wound = ""): string {
  return `/plaies/${encodeURIComponent(resident)}${wound === "" ? "" : `#${encodeURIComponent(wound)}`}`;
}

// ---- measures ----

export type Point = readonly [number, number];

export interface Drawn {
  readonly scale: readonly Point[];
  readonly scaleMm: number;
  readonly outline: readonly Point[];
}

export interface Measure {
  readonly length: number;
  readonly width: number;
  readonly area: number;
  /** Where the length and the width were taken, for the eye. */
  readonly lengthLine: readonly [Point, Point];
  readonly widthLine: readonly [Point, Point];
}

export type Fault = "scale" | "few" | "crosses" | "flat" | "large";

export const FEWEST = 3;
export const MOST = 200;
export const SHORTEST_SCALE = 50;
const LONGEST_MM = 1000;

const apart = ([x, y]: Point, [u, v]: Point): number => Math.hypot(u - x, v - y);

function sides(outline: readonly Point[]): readonly (readonly [Point, Point])[] {
  return outline.map((point, at) => [point, outline[(at + 1) % outline.length] ?? point] as const);
}

/** What an outline measures, or why it does not. */
export function measured({ scale, scaleMm, outline }: Drawn): Measure | Fault {
  const [start, end] = scale;
  if (start === undefined || end === undefined || apart(start, end) < SHORTEST_SCALE) return "scale";
  if (outline.length < FEWEST || outline.length > MOST) return "few";
  if (crosses(outline)) return "crosses";
  const perMm = apart(start, end) / scaleMm;
  const pixels = area(outline);
  if (pixels < 1) return "flat";
  const lengthLine = farthest(outline);
  const { chord, line: widthLine } = breadth(outline, lengthLine);
  const length = apart(...lengthLine) / perMm;
  if (length > LONGEST_MM) return "large";
  return { length, width: chord / perMm, area: pixels / perMm ** 2, lengthLine, widthLine };
}

/** The area of a polygon by the shoelace formula. */
export function area(outline: readonly Point[]): number {
  const [left = 0, top = 0] = outline[0] ?? [];
  const twice = sides(outline).reduce((sum, [[x, y], [u, v]]) => sum + (x - left) * (v - top) - (u - left) * (y - top), 0);
  return Math.abs(twice) / 2;
}

function farthest(outline: readonly Point[]): readonly [Point, Point] {
  const first = outline[0] ?? [0, 0];
  let found: readonly [Point, Point] = [first, first];
  outline.forEach((one, at) => {
    for (const other of outline.slice(at + 1)) if (apart(one, other) > apart(...found)) found = [one, other];
  });
  return found;
}

/** The greatest chord at a right angle to a line. */
function breadth(outline: readonly Point[], [start, end]: readonly [Point, Point]): { readonly chord: number; readonly line: readonly [Point, Point] } {
  const length = apart(start, end);
  const [right, down] = [(end[0] - start[0]) / length, (end[1] - start[1]) / length];
  const turned = outline.map(([x, y]): Point => [(x - start[0]) * right + (y - start[1]) * down, (y - start[1]) * right - (x - start[0]) * down]);
  let [chord, at, from, to] = [-1, 0, 0, 0];
  for (const [along] of turned) {
    const met = sides(turned).flatMap(([[u, v], [s, t]]) => {
      if (along < Math.min(u, s) || along > Math.max(u, s)) return [];
      return u === s ? [v, t] : [v + ((t - v) * (along - u)) / (s - u)];
    });
    const [low, high] = [Math.min(...met), Math.max(...met)];
    if (high - low > chord) [chord, at, from, to] = [high - low, along, low, high];
  }
  const back = (u: number, v: number): Point => [start[0] + u * right - v * down, start[1] + u * down + v * right];
  return { chord, line: [back(at, from), back(at, to)] };
}

function turn([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): number {
  return Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
}

/** Whether two sides of an outline cross. */
export function crosses(outline: readonly Point[]): boolean {
  const all = sides(outline);
  return all.some(([a, b], at) =>
    all.some(([c, d], other) => {
      if (other <= at + 1 || other - at === all.length - 1) return false;
      return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
    }),
  );
}

// ---- a wound over time ----

/** What was measured, oldest first: each with its area. */
export function areas(wound: WoundView): readonly { readonly time: Micros; readonly area: number; readonly finding: FindingView }[] {
  return wound.findings.flatMap((finding) => (finding.area_mm2 === null ? [] : [{ time: finding.time, area: finding.area_mm2, finding }]));
}

/** By how much of the first area the last one differs; nothing until there are two. */
export function change(wound: WoundView): number | null {
  const all = areas(wound);
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined || all.length < 2 || first.area === 0) return null;
  return (last.area - first.area) / first.area;
}

/** The stage that was last given. */
export function stageOf(wound: WoundView): FindingView | null {
  return wound.findings.findLast(({ stage }) => stage !== null) ?? null;
}

export function lastOf(wound: WoundView): FindingView | null {
  return wound.findings.findLast(({ length_mm }) => length_mm !== null) ?? null;
}

/** What was last measured on a picture. */
export function measureOf(wound: WoundView, picture: string): FindingView | null {
  return wound.findings.findLast((finding) => finding.picture === picture && finding.points !== null) ?? null;
}

/** The pictures that are held against each other: of one view, oldest first. */
export function comparable(wound: WoundView, view: View): readonly PictureView[] {
  return wound.pictures.filter((picture) => picture.view === view);
}

/** The newest picture of each view: what the wound looks like today. */
export function latestPictures(wound: WoundView): readonly PictureView[] {
  return VIEWS.flatMap((view) => comparable(wound, view).at(-1) ?? []);
}

/** Measures are no finer than this many parts of a millimetre. */
const FINE = 10;
const fine = (value: number): number => Math.round(value * FINE) / FINE;

/** What a question to an expert says of a wound, so that nobody types it again; what was never seen is not in it. */
export function questionFields(wound: WoundView, speech: Speech): Readonly<Record<string, unknown>> {
  const last = lastOf(wound);
  const depth = wound.findings.findLast(({ depth_mm: mm }) => mm !== null)?.depth_mm ?? null;
  const pain = wound.findings.findLast((finding) => finding.pain !== null)?.pain ?? null;
  const tissue = wound.findings.findLast((finding) => finding.tissue !== null)?.tissue ?? null;
  const staged = stageOf(wound);
  return {
    place: regionName(wound.region, speech),
    begun: wound.begun,
    ...(staged === null ? {} : { stage: stageText(staged, speech) }),
    // The hub takes no length below a millimetre.
    ...(last?.length_mm == null ? {} : { length_mm: Math.max(1, fine(last.length_mm)) }),
    ...(last?.width_mm == null ? {} : { width_mm: Math.max(1, fine(last.width_mm)) }),
    ...(last?.area_mm2 == null ? {} : { area_mm2: fine(last.area_mm2) }),
    ...(depth === null ? {} : { depth_mm: fine(depth) }),
    ...(pain === null ? {} : { pain }),
    ...(tissue ?? {}),
    pictures: latestPictures(wound).map(({ name }) => name),
  };
}

// ---- sentences ----

/** A wound in one line: where, what, how large. */
export function woundText(wound: WoundView, speech: Speech): string {
  const last = lastOf(wound);
  return [`${regionName(wound.region, speech)}, ${causeName(wound.cause, speech).toLocaleLowerCase(speech.language)}`, last === null ? "" : sizeText(last, speech.language)].filter((part) => part !== "").join(" · ");
}

/** A length of a wound: centimetres from one on, as it is said. */
export function lengthText(mm: number, language: Language): string {
  return mm < 10 ? `${formatNumber(mm, 0, language)}\u00a0mm` : `${formatNumber(mm / 10, 1, language)}\u00a0cm`;
}

export function areaText(mm2: number, language: Language): string {
  return mm2 < 100 ? `${formatNumber(mm2, 0, language)}\u00a0mm²` : `${formatNumber(mm2 / 100, 1, language)}\u00a0cm²`;
}

export function sizeText(finding: Pick<FindingView, "length_mm" | "width_mm" | "area_mm2">, language: Language): string {
  const { length_mm: length, width_mm: width, area_mm2: area } = finding;
  if (length === null) return "";
  const size = width === null ? lengthText(length, language) : `${lengthText(length, language)} × ${lengthText(width, language)}`;
  return area === null ? size : `${size} · ${areaText(area, language)}`;
}

export function changeText(wound: WoundView, { words, language }: Speech): string {
  const by = change(wound);
  if (by === null) return "";
  const percent = formatNumber(Math.abs(by) * 100, 0, language);
  const said = words.wounds.change;
  return Math.abs(by) < 0.01 ? said.same : by < 0 ? said.smaller(percent) : said.larger(percent);
}

export function stageText(finding: FindingView, { words }: Speech): string {
  if (finding.stage === null) return "";
  const said = words.wounds;
  return finding.healing === true ? said.stageHealing(said.stage[finding.stage]) : said.stage[finding.stage];
}

export function causeName(cause: Cause, { words }: Speech): string {
  return words.wounds.cause[cause];
}

/** Parts of the body that are feminine in French: « épaule droite », « bras droit ». */
const FEMININE: ReadonlySet<string> = new Set([
  "shoulder", "hand", "groin", "thigh_front", "shin", "ear", "scapula", "hip", "buttock", "thigh_back", "ankle_inner", "ankle_outer", "sole",
]);

/** A region of the body map with its side. */
export function regionName(region: string, { words }: Speech): string {
  const said = words.wounds;
  const [, part = region, side] = /^(.*)_(left|right)$/.exec(region) ?? [];
  const name = lookUp(said.region, part);
  if (side === undefined) return name;
  const female = FEMININE.has(part);
  return said.sided(name, side === "left" ? said.side.left : female ? said.side.rightF : said.side.right);
}

/** Why something about a wound was refused, in a sentence with its figures. */
export function refusal(error: unknown, speech: Speech): string {
  const { words } = speech;
  const said: Readonly<Record<string, string>> = words.wounds.refused;
  return error instanceof ApiError && Object.hasOwn(said, error.code) ? (said[error.code] ?? "") : errorSentence(error, words);
}
