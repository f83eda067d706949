/** What the room sends beside the picture, on the data channel `vitals`. Pure. The form is in `docs/calls.md`. */
import type { Micros } from "./types";

export interface CallValue {
  readonly metric: string;
  readonly value: number;
  readonly time: Micros;
  readonly flags: readonly string[];
}

export interface CallWaveform {
  readonly metric: string;
  /** Samples per second. */
  readonly rate: number;
  /** Value of a sample = sample × scale. */
  readonly scale: number;
  /** Time of the first sample. */
  readonly time: Micros;
  readonly samples: Int16Array;
}

/** How good a picture the room sends; `height` 0 is none: sound and vital signs only. */
export interface CallQuality {
  readonly height: number;
  /** The camera can do no better. */
  readonly best: boolean;
}

/** A second device of the room: a camera for skin, ear or throat, or a stethoscope. */
export type ExtraRole = "hand" | "stethoscope";

export interface CallExtras {
  /** What the room has. */
  readonly available: readonly ExtraRole[];
  /** What is open now. */
  readonly active: readonly ExtraRole[];
  /** What did not open when it was last asked for. */
  readonly failed: ExtraRole | null;
}

/** Which picture of the room. */
export type PictureOf = "room" | "hand";

/** Where somebody points in a picture, from 0 to 1 of its width and height. */
export interface Spot {
  readonly on: PictureOf;
  readonly x: number;
  readonly y: number;
}

/** Somebody points; `spot` is `null` when they no longer do. */
export interface Pointing {
  readonly from: string;
  readonly spot: Spot | null;
}

/** What somebody has written on the room's screen; an empty text took away what stood there. */
export interface Written {
  readonly from: string;
  readonly text: string;
}

/** What the room says of itself. */
export interface RoomState {
  readonly muted: boolean;
  /** Name of who muted the room's microphone. */
  readonly mutedBy: string;
  /** The camera's own shutter, where the hardware tells. */
  readonly shutter: "open" | "closed" | null;
  /** Seats that the room's screen lists. */
  readonly seats: readonly string[];
}

/** What another page says of its own microphone and camera. */
export interface Presence {
  readonly microphone: boolean;
  readonly camera: boolean;
}

export type ChannelMessage =
  | { readonly type: "point"; readonly pointing: Pointing }
  | { readonly type: "written"; readonly written: Written }
  | { readonly type: "room"; readonly room: RoomState }
  | { readonly type: "vitals"; readonly values: readonly CallValue[] }
  | { readonly type: "waveform"; readonly waveform: CallWaveform }
  | { readonly type: "quality"; readonly quality: CallQuality }
  | { readonly type: "extras"; readonly extras: CallExtras }
  | { readonly type: "beat"; readonly time: Micros };

const HEADER = 20;
const WAVEFORM = 1;
/** Characters or bytes of a message; the room's longest has 4 kB of samples. */
const LONGEST = 65_536;
/** Characters of a seat. */
const LONGEST_NAME = 16;
/** Characters that the room takes for its screen: two large lines. */
export const LONGEST_WRITTEN = 80;

/** Reads one message; `null` for anything that is not one. */
export function parseChannel(data: unknown): ChannelMessage | null {
  if (typeof data === "string") return data.length > LONGEST ? null : parseText(data);
  return data instanceof ArrayBuffer && data.byteLength <= LONGEST ? parseWaveform(data) : null;
}

function parseText(text: string): ChannelMessage | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null || !("type" in body)) return null;
  if (body.type === "point") return parsePoint(body);
  if (body.type === "written") return parseWritten(body);
  if (body.type === "room") return parseRoom(body);
  if (body.type === "beat" && "time" in body && typeof body.time === "number") return { type: "beat", time: body.time };
  if (body.type === "quality") return parseQuality(body);
  if (body.type === "extras") return parseExtras(body);
  if (body.type !== "vitals" || !("values" in body) || !Array.isArray(body.values)) return null;
  const values: readonly unknown[] = body.values;
  return values.every(isValue) ? { type: "vitals", values } : null;
}

function parseQuality(body: object): ChannelMessage | null {
  const { height, best } = body as Partial<Record<keyof CallQuality, unknown>>;
  const sound = typeof height === "number" && Number.isInteger(height) && height >= 0 && typeof best === "boolean";
  return sound ? { type: "quality", quality: { height, best } } : null;
}

/** A role that a newer room has is left out: this page has no place for it. */
export function isRole(role: unknown): role is ExtraRole {
  return role === "hand" || role === "stethoscope";
}

function parseExtras(body: object): ChannelMessage | null {
  const { available, active, failed } = body as Partial<Record<keyof CallExtras, unknown>>;
  if (!Array.isArray(available) || !Array.isArray(active) || typeof failed !== "string") return null;
  return { type: "extras", extras: { available: available.filter(isRole), active: active.filter(isRole), failed: isRole(failed) ? failed : null } };
}

function isShare(one: unknown): one is number {
  return typeof one === "number" && one >= 0 && one <= 1;
}

function isSeat(one: unknown): one is string {
  return typeof one === "string" && one !== "" && one.length <= LONGEST_NAME;
}

function parseWritten(body: object): ChannelMessage | null {
  const { from, text } = body as Partial<Record<keyof Written, unknown>>;
  return isSeat(from) && typeof text === "string" && text.length <= LONGEST_WRITTEN ? { type: "written", written: { from, text } } : null;
}

function parsePoint(body: object): ChannelMessage | null {
  const { from, on, x, y } = body as Partial<Record<"from" | "on" | "x" | "y", unknown>>;
  if (!isSeat(from)) return null;
  if (x === null) return { type: "point", pointing: { from, spot: null } };
  if ((on !== "room" && on !== "hand") || !isShare(x) || !isShare(y)) return null;
  return { type: "point", pointing: { from, spot: { on, x, y } } };
}

function parseRoom(body: object): ChannelMessage | null {
  const { muted, muted_by: mutedBy = "", shutter = null, people = [] } = body as Partial<Record<"muted" | "muted_by" | "shutter" | "people", unknown>>;
  if (typeof muted !== "boolean" || typeof mutedBy !== "string" || !Array.isArray(people)) return null;
  if (shutter !== null && shutter !== "open" && shutter !== "closed") return null;
  const seats = people.flatMap((one: unknown) => (typeof one === "object" && one !== null && "seat" in one && typeof one.seat === "string" ? [one.seat] : []));
  return { type: "room", room: { muted, mutedBy, shutter, seats } };
}

/** Reads what another page says of itself; `null` for anything that is not that. */
export function parsePresence(data: unknown): Presence | null {
  if (typeof data !== "string" || data.length > LONGEST) return null;
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null) return null;
  const { type, microphone, camera } = body as Partial<Record<"type" | "microphone" | "camera", unknown>>;
  return type === "self" && typeof microphone === "boolean" && typeof camera === "boolean" ? { microphone, camera } : null;
}

function isValue(one: unknown): one is CallValue {
  if (typeof one !== "object" || one === null) return false;
  const value = one as Partial<Record<keyof CallValue, unknown>>;
  return (
    typeof value.metric === "string" &&
    Number.isFinite(value.value) &&
    Number.isFinite(value.time) &&
    Array.isArray(value.flags) &&
    value.flags.every((flag) => typeof flag === "string")
  );
}

function parseWaveform(data: ArrayBuffer): ChannelMessage | null {
  if (data.byteLength < HEADER) return null;
  const view = new DataView(data);
  const name = view.getUint8(1);
  const count = view.getUint16(2, true);
  const rate = view.getFloat32(4, true);
  const scale = view.getFloat32(8, true);
  const start = HEADER + name + (name % 2);
  if (view.getUint8(0) !== WAVEFORM || data.byteLength !== start + 2 * count || !(rate > 0) || !Number.isFinite(scale)) {
    return null;
  }
  const samples = new Int16Array(count);
  for (let index = 0; index < count; index += 1) samples[index] = view.getInt16(start + 2 * index, true);
  const metric = new TextDecoder().decode(new Uint8Array(data, HEADER, name));
  return { type: "waveform", waveform: { metric, rate, scale, time: view.getFloat64(12, true), samples } };
}
