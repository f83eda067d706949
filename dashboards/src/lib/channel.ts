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

export type ChannelMessage =
  | { readonly type: "vitals"; readonly values: readonly CallValue[] }
  | { readonly type: "waveform"; readonly waveform: CallWaveform }
  | { readonly type: "beat"; readonly time: Micros };

const HEADER = 20;
const WAVEFORM = 1;
/** Characters or bytes of a message; the room's longest has 4 kB of samples. */
const LONGEST = 65_536;

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
  if (body.type === "beat" && "time" in body && typeof body.time === "number") return { type: "beat", time: body.time };
  if (body.type !== "vitals" || !("values" in body) || !Array.isArray(body.values)) return null;
  const values: readonly unknown[] = body.values;
  return values.every(isValue) ? { type: "vitals", values } : null;
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
