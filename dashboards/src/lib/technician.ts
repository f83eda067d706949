/** What a technician's page makes of rooms, sensors and candidates. Pure: time and language are arguments. */
import kinds from "../../words/kinds.json";
import names from "../../words/why.fr.json";
import { fullName } from "./format";
import type { Words } from "./i18n";
import type { CandidateView, EdgeView, InquiryReport, LinkedSensor, Occupant, RoomCard, SensorView } from "./types";
import { sensorName } from "./why";
import type { Language } from "./format";

const KINDS: Readonly<Record<string, string>> = kinds;

/** Kinds that belong to a room rather than to a person. */
const OF_THE_ROOM: ReadonlySet<string> = new Set(["climate", "node"]);

/** Devices that speak through a cable cannot be told by their port: a person chooses among these. */
export const SERIAL_PROTOCOLS = [
  "nonin-df2",
  "nonin-df7",
  "nonin-df13",
  "nonin-df8",
  "nonin-df1",
  "contec",
  "contec-old",
  "masimo",
  "beurer-bm58",
  "node",
] as const;

/** What a person calls a sensor of a protocol: the longest beginning that has a name. */
export function kindOfProtocol(protocol: string): string {
  const fits = Object.keys(KINDS).filter((prefix) => protocol === prefix || protocol.startsWith(`${prefix}-`));
  const best = fits.sort((a, b) => b.length - a.length)[0];
  return best === undefined ? "sensor" : (KINDS[best] ?? "sensor");
}

const NAMES: Readonly<Record<string, { readonly gender: string }>> = names.names;

/** A sentence about a sensor with its words of two forms, `{relié/reliée}`, in the form of the sensor's name. */
export function agree(text: string, kind: string): string {
  const feminine = Object.hasOwn(NAMES, kind) && NAMES[kind]?.gender === "f";
  return text.replace(/\{([\p{L}]+)\/([\p{L}]+)\}/gu, feminine ? "$2" : "$1");
}

/** Whether what speaks this protocol belongs to the room. */
export function ofTheRoom(protocol: string): boolean {
  return OF_THE_ROOM.has(kindOfProtocol(protocol));
}

export interface SensorRow {
  readonly linked: LinkedSensor;
  /** What the room's device says of it now; absent until it does. */
  readonly view: SensorView | undefined;
  readonly kind: string;
  /** Personal, has been somebody's, and is nobody's now. */
  readonly waiting: boolean;
  /** Something is wrong with it. */
  readonly fault: boolean;
}

export type DeviceState = "none" | "never" | "silent" | "online";

export interface RoomRow {
  readonly card: RoomCard;
  readonly device: DeviceState;
  readonly edge: EdgeView | undefined;
  readonly sensors: readonly SensorRow[];
  readonly waiting: number;
  readonly faults: number;
}

function deviceState(card: RoomCard, edge: EdgeView | undefined): DeviceState {
  if (card.edge === null) return "none";
  if (edge?.online === true) return "online";
  return edge === undefined || edge.last_seen === null ? "never" : "silent";
}

function sensorRow(linked: LinkedSensor, edge: EdgeView | undefined): SensorRow {
  const view = edge?.sensors.find((each) => each.sensor === linked.sensor);
  const kind = kindOfProtocol(linked.protocol);
  const waiting = linked.personal && linked.resident === null && linked.unlinked !== null;
  return { linked, view, kind: view === undefined || view.kind === "sensor" ? kind : view.kind, waiting, fault: view?.why.fault === true };
}

/** One room, put together from whose its sensors are and what its device says now. */
export function roomRow(card: RoomCard, edges: ReadonlyMap<string, EdgeView>): RoomRow {
  const edge = card.edge === null ? undefined : edges.get(card.edge);
  const device = deviceState(card, edge);
  const sensors = card.sensors.map((linked) => sensorRow(linked, edge));
  const waiting = sensors.filter((row) => row.waiting).length;
  // A device that is silent says nothing of its sensors: it is the one thing to look at.
  const faults = device === "online" ? sensors.filter((row) => row.fault).length : 0;
  return { card, device, edge, sensors, waiting, faults };
}

/** Whether somebody should go and look. A vacant room without a device is how an empty room looks. */
export function needsLook(row: RoomRow): boolean {
  if (row.device === "none") return row.card.occupant !== null;
  return row.device !== "online" || row.faults > 0 || row.waiting > 0;
}

function urgency(row: RoomRow): number {
  if (row.device === "silent") return 0;
  if (row.waiting > 0) return 1;
  if (row.faults > 0) return 2;
  if (row.device === "never") return 3;
  return needsLook(row) ? 4 : 5;
}

const NUMBERS = new Intl.Collator("fr", { numeric: true });

/** Those to look at first, then by number. */
export function roomsWorstFirst(rows: readonly RoomRow[]): readonly RoomRow[] {
  return [...rows].sort((a, b) => urgency(a) - urgency(b) || NUMBERS.compare(a.card.name, b.card.name));
}

const fold = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLocaleLowerCase("fr");

/** Whether a room is looked for: by its name, or by who lives there. */
export function roomMatches(row: RoomRow, query: string): boolean {
  const { card } = row;
  const who = card.occupant === null ? "" : `${card.occupant.family_name} ${card.occupant.given_name}`;
  return fold(`${card.name} ${who}`).includes(fold(query.trim()));
}

export function occupantName(occupant: Occupant): string {
  return fullName(occupant.family_name, occupant.given_name);
}

// ---- candidates ----

/** What makes a candidate the same one in the next report. */
export function candidateKey(candidate: CandidateView): string {
  return candidate.address || candidate.link;
}

/** Whether there is anything a person could do with it: the rest is a corridor's telephones and televisions. */
export function isKnown(candidate: CandidateView): boolean {
  return candidate.protocol !== "" || candidate.problem !== "" || candidate.link !== "" || candidate.sensor !== "";
}

/** How a candidate is called: its kind, or its own name, or what is known of it. */
export function candidateName(candidate: CandidateView, words: Words, language: Language): string {
  if (candidate.protocol !== "") return sensorName(kindOfProtocol(candidate.protocol), candidate.name, language, true).trim();
  if (candidate.link !== "") return words.technician.candidate.port;
  return candidate.name === "" ? words.technician.candidate.unknown : candidate.name;
}

/** What a candidate's key or number looks like once spaces and dashes are taken out, as people copy them. */
export function plainSecret(text: string): string {
  return text.replace(/[\s:-]/g, "").toLowerCase();
}

export type SecretState = "empty" | "good" | "short" | "wrong";

/** Whether what was typed can be a candidate's key (32 digits, 24 for an old Xiaomi) or pairing number (6). */
export function secretState(candidate: CandidateView, text: string): SecretState {
  const plain = plainSecret(text);
  if (plain === "") return "empty";
  const digits = candidate.needs === "key" ? /^[0-9a-f]*$/ : /^[0-9]*$/;
  const lengths = candidate.needs === "pin" ? [6] : candidate.protocol === "xiaomi" ? [24, 32] : [32];
  if (!digits.test(plain) || plain.length > Math.max(...lengths)) return "wrong";
  return lengths.includes(plain.length) ? "good" : "short";
}

/** The part of an order that holds what was typed. */
export function secretOrder(needs: CandidateView["needs"], text: string): { key?: string; pin?: string } {
  const plain = plainSecret(text);
  if (needs === "" || plain === "") return {};
  return needs === "key" ? { key: plain } : { pin: plain };
}

export type Nearness = "veryNear" | "near" | "far" | "noSignal" | "plugged";

/** dBm as a person thinks of it; the limits are rough, bodies and beds take 20 dB. */
export function nearness(candidate: CandidateView): Nearness {
  if (candidate.link !== "") return "plugged";
  if (candidate.rssi === null) return "noSignal";
  if (candidate.rssi >= -60) return "veryNear";
  return candidate.rssi >= -78 ? "near" : "far";
}

/**
 * Those that can be linked first, each group by strength; ports last, since they do not say what is plugged in. Strength
 * is taken in steps, and the address decides within one, so that rows do not jump under a finger.
 */
export function candidatesInOrder(report: InquiryReport | null): readonly CandidateView[] {
  const strength = (each: CandidateView): number => (each.link !== "" ? -150 : (each.rssi ?? -200));
  const step = (each: CandidateView): number => Math.round(strength(each) / 8);
  const known = (report?.candidates ?? []).filter(isKnown);
  return known.sort(
    (a, b) =>
      Number(a.sensor !== "") - Number(b.sensor !== "") ||
      Number(a.elsewhere !== null) - Number(b.elsewhere !== null) ||
      step(b) - step(a) ||
      candidateKey(a).localeCompare(candidateKey(b)),
  );
}

/** How many others are around that nobody can use. */
export function strangers(report: InquiryReport | null): number {
  return (report?.candidates ?? []).filter((each) => !isKnown(each)).length;
}

// ---- QR code ----

/** The dark squares of a QR code as one path; each is a unit square. */
export function qrPath(rows: readonly string[]): string {
  const parts: string[] = [];
  rows.forEach((row, y) => {
    for (const run of row.matchAll(/1+/g)) parts.push(`M${run.index} ${y}h${run[0].length}v1h-${run[0].length}z`);
  });
  return parts.join("");
}
