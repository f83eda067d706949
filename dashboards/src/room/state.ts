/** What the room's device says to its own screen. Pure. The form is in `edge/kiosk/screen.py`. */
import type { Micros, Priority } from "../lib/types";

export type Phase = "idle" | "ringing" | "connecting" | "connected" | "reconnecting" | "ended";

/** An alarm that rings, or rang, in this room because nobody at the ward can hear it. It names no person. */
export interface RoomAlarm {
  readonly key: string;
  /** A metric, or what happened. */
  readonly kind: string;
  readonly priority: Priority;
  readonly value: number | null;
  readonly side: "low" | "high";
  /** Seconds since it began. */
  readonly since: number;
  readonly ringing: boolean;
  readonly seen: boolean;
  /** The condition ended before anybody had seen it. */
  readonly over: boolean;
}

export interface RoomState {
  readonly time: Micros;
  readonly phase: Phase;
  readonly call: string;
  readonly caller: string;
  readonly reason: string;
  /** Seconds until an announced call opens by itself; `null` when somebody must accept. */
  readonly opensIn: number | null;
  /** Really open, read from the device. */
  readonly camera: boolean;
  readonly microphone: boolean;
  readonly loudspeaker: "page" | "none" | "alsa";
  /** The home's hub can be reached. */
  readonly hub: boolean;
  /** Worst first. */
  readonly alarms: readonly RoomAlarm[];
}

export type Frame =
  | { readonly kind: "picture"; readonly key: boolean; readonly timestamp: number; readonly data: Uint8Array }
  | { readonly kind: "voice"; readonly timestamp: number; readonly data: Uint8Array };

/** Milliseconds without a word from the device after which the screen says that it knows nothing any more. */
export const SILENCE = 3_000;

const PHASES: ReadonlySet<string> = new Set(["idle", "ringing", "connecting", "connected", "reconnecting", "ended"]);
const LOUDSPEAKERS: ReadonlySet<string> = new Set(["page", "none", "alsa"]);
const PRIORITIES: ReadonlySet<string> = new Set(["high", "medium", "low"]);
const HEADER = 8;

/** Reads a state; `null` for anything that is not one. */
export function parseState(text: string): RoomState | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null) return null;
  const state = body as Readonly<Record<string, unknown>>;
  const { type, time, phase, call, caller, reason, opens_in: opensIn, camera, microphone, loudspeaker, hub } = state;
  if (type !== "state" || typeof time !== "number" || typeof phase !== "string" || !PHASES.has(phase)) return null;
  if (typeof call !== "string" || typeof caller !== "string" || typeof reason !== "string") return null;
  if (typeof camera !== "boolean" || typeof microphone !== "boolean" || typeof hub !== "boolean") return null;
  if (typeof loudspeaker !== "string" || !LOUDSPEAKERS.has(loudspeaker)) return null;
  if (opensIn !== null && typeof opensIn !== "number") return null;
  const alarms = parseAlarms(state["alarms"] ?? []);
  if (alarms === null) return null;
  return { time, phase: phase as Phase, call, caller, reason, opensIn, camera, microphone, loudspeaker: loudspeaker as RoomState["loudspeaker"], hub, alarms };
}

function parseAlarms(body: unknown): RoomAlarm[] | null {
  if (!Array.isArray(body)) return null;
  const alarms = body.map(parseAlarm);
  return alarms.every((alarm) => alarm !== null) ? alarms : null;
}

function parseAlarm(body: unknown): RoomAlarm | null {
  if (typeof body !== "object" || body === null) return null;
  const { key, kind, priority, value, side, since, ringing, seen, over } = body as Readonly<Record<string, unknown>>;
  if (typeof key !== "string" || typeof kind !== "string" || typeof since !== "number") return null;
  if (typeof priority !== "string" || !PRIORITIES.has(priority) || (side !== "low" && side !== "high")) return null;
  if (value !== null && typeof value !== "number") return null;
  if (typeof ringing !== "boolean" || typeof seen !== "boolean" || typeof over !== "boolean") return null;
  return { key, kind, priority: priority as Priority, value, side, since, ringing, seen, over };
}

const ORDER: readonly Priority[] = ["high", "medium", "low"];

/** The burst that has to sound now; `null` for quiet. */
export function toSound(alarms: readonly RoomAlarm[]): Priority | null {
  return ORDER.find((priority) => alarms.some((alarm) => alarm.ringing && alarm.priority === priority)) ?? null;
}

/** Reads a frame; `null` for anything that is not one. */
export function parseFrame(data: ArrayBuffer): Frame | null {
  if (data.byteLength <= HEADER) return null;
  const view = new DataView(data);
  const timestamp = view.getUint32(4, true);
  const body = new Uint8Array(data, HEADER);
  switch (view.getUint8(0)) {
    case 1:
      return { kind: "picture", key: view.getUint8(1) === 1, timestamp, data: body };
    case 2:
      return { kind: "voice", timestamp, data: body };
    default:
      return null;
  }
}

/** Initials of a name without its title: "Dr Amel Benali" is AB. */
export function initials(name: string): string {
  const words = name.split(/[\s-]+/).filter((word) => word !== "" && !/^(dr|docteur|pr|professeur|m|mme|doctor)\.?$/i.test(word));
  const first = words[0]?.[0] ?? "";
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? "") : "";
  return (first + last).toUpperCase();
}
