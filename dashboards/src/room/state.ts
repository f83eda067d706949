/** What the room's device says to its own screen. Pure. The form is in `edge/kiosk/screen.py`. */
import type { Micros, Priority } from "../lib/types";

export type Phase = "idle" | "ringing" | "connecting" | "connected" | "reconnecting" | "ended";
export type Rule = "nurse" | "ask" | "announce" | "emergency";

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

/** Somebody in the call beside the resident, or who asks to come in. */
export interface Person {
  /** `p1` is the caller. */
  readonly seat: string;
  readonly name: string;
  readonly role: string;
  readonly state: "ringing" | "waiting" | "connecting" | "connected" | "reconnecting";
  /** Seconds until one who waits comes in; `null` while that is not known, and for everybody else. */
  readonly admitsIn: number | null;
}

/** Where somebody points: shares of a picture's width and height. */
export interface Pointer {
  readonly from: string;
  readonly on: "room" | "hand";
  readonly x: number;
  readonly y: number;
}

export interface RoomState {
  readonly time: Micros;
  readonly phase: Phase;
  readonly call: string;
  readonly caller: string;
  readonly callerRole: string;
  readonly reason: string;
  /** Seconds until an announced call opens by itself; `null` when somebody must accept. */
  readonly opensIn: number | null;
  readonly rule: Rule;
  /** The caregivers' code is needed to accept. */
  readonly carerCode: boolean;
  readonly wrongCode: boolean;
  /** Seconds until the next code is looked at. */
  readonly codeWait: number;
  /** Really open, read from the device. */
  readonly camera: boolean;
  readonly microphone: boolean;
  /** The microphone sends silence. */
  readonly muted: boolean;
  /** A seat, `room`, or empty. */
  readonly mutedBy: string;
  /** `null` where the camera does not tell. */
  readonly shutter: "open" | "closed" | null;
  /** Second devices that are open: `hand`, `stethoscope`. */
  readonly extras: readonly string[];
  readonly people: readonly Person[];
  readonly point: Pointer | null;
  /** What is being said, oldest first; empty where nothing writes it down. */
  readonly captions: readonly string[];
  /** 0 to 1. */
  readonly volume: number;
  readonly loudspeaker: string;
  /** The home's hub can be reached. */
  readonly hub: boolean;
  /** Worst first. */
  readonly alarms: readonly RoomAlarm[];
}

export type Codec = "vp8" | "h264";

export interface PictureFrame {
  readonly kind: "picture";
  readonly codec: Codec;
  readonly seat: string;
  readonly key: boolean;
  readonly timestamp: number;
  readonly data: Uint8Array;
}

export interface VoiceFrame {
  readonly kind: "voice";
  readonly seat: string;
  readonly timestamp: number;
  readonly data: Uint8Array;
}

export type Frame = PictureFrame | VoiceFrame;

/** Milliseconds without a word from the device after which the screen says that it knows nothing any more. */
export const SILENCE = 3_000;

const HEADER = 8;
const ORDER: readonly Priority[] = ["high", "medium", "low"];

class Malformed extends Error {}

type Body = Readonly<Record<string, unknown>>;

function text(body: Body, name: string, otherwise?: string): string {
  const value = body[name] ?? otherwise;
  if (typeof value !== "string") throw new Malformed(name);
  return value;
}

function flag(body: Body, name: string, otherwise?: boolean): boolean {
  const value = body[name] ?? otherwise;
  if (typeof value !== "boolean") throw new Malformed(name);
  return value;
}

function figure(body: Body, name: string, otherwise?: number): number {
  const value = body[name] ?? otherwise;
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Malformed(name);
  return value;
}

function perhaps(body: Body, name: string): number | null {
  return (body[name] ?? null) === null ? null : figure(body, name);
}

function share(body: Body, name: string, otherwise?: number): number {
  const value = figure(body, name, otherwise);
  if (value < 0 || value > 1) throw new Malformed(name);
  return value;
}

function oneOf<T extends string>(body: Body, name: string, known: readonly T[], otherwise?: T): T {
  const value = body[name] ?? otherwise;
  const found = known.find((one) => one === value);
  if (found === undefined) throw new Malformed(name);
  return found;
}

function list<T>(body: Body, name: string, read: (one: unknown) => T): readonly T[] {
  const value = body[name] ?? [];
  if (!Array.isArray(value)) throw new Malformed(name);
  return value.map(read);
}

function object(value: unknown): Body {
  if (typeof value !== "object" || value === null) throw new Malformed("object");
  return value as Body;
}

function word(value: unknown): string {
  if (typeof value !== "string") throw new Malformed("word");
  return value;
}

function readAlarm(value: unknown): RoomAlarm {
  const body = object(value);
  return {
    key: text(body, "key"),
    kind: text(body, "kind"),
    priority: oneOf(body, "priority", ORDER),
    value: perhaps(body, "value"),
    side: oneOf(body, "side", ["low", "high"]),
    since: figure(body, "since"),
    ringing: flag(body, "ringing"),
    seen: flag(body, "seen"),
    over: flag(body, "over"),
  };
}

function readPerson(value: unknown): Person {
  const body = object(value);
  return {
    seat: text(body, "seat"),
    name: text(body, "name"),
    role: text(body, "role"),
    state: oneOf(body, "state", ["ringing", "waiting", "connecting", "connected", "reconnecting"]),
    admitsIn: perhaps(body, "admits_in"),
  };
}

function readPointer(value: unknown): Pointer {
  const body = object(value);
  return { from: text(body, "from"), on: oneOf(body, "on", ["room", "hand"]), x: share(body, "x"), y: share(body, "y") };
}

function readState(body: Body): RoomState {
  return {
    time: figure(body, "time"),
    phase: oneOf(body, "phase", ["idle", "ringing", "connecting", "connected", "reconnecting", "ended"]),
    call: text(body, "call"),
    caller: text(body, "caller"),
    callerRole: text(body, "caller_role", ""),
    reason: text(body, "reason"),
    opensIn: perhaps(body, "opens_in"),
    rule: oneOf(body, "consent", ["nurse", "ask", "announce", "emergency"], "ask"),
    carerCode: flag(body, "carer_code", false),
    wrongCode: flag(body, "wrong_code", false),
    codeWait: figure(body, "code_wait", 0),
    camera: flag(body, "camera"),
    microphone: flag(body, "microphone"),
    muted: flag(body, "muted", false),
    mutedBy: text(body, "muted_by", ""),
    shutter: (body["shutter"] ?? null) === null ? null : oneOf<"open" | "closed">(body, "shutter", ["open", "closed"]),
    extras: list(body, "extras", word),
    people: list(body, "participants", readPerson),
    point: (body["point"] ?? null) === null ? null : readPointer(body["point"]),
    captions: list(body, "captions", word),
    volume: share(body, "volume", 1),
    loudspeaker: oneOf(body, "loudspeaker", ["page", "none", "alsa", "pipewire"]),
    hub: flag(body, "hub"),
    alarms: list(body, "alarms", readAlarm),
  };
}

/** Reads a state; `null` for anything that is not one. */
export function parseState(said: string): RoomState | null {
  try {
    const body = object(JSON.parse(said));
    return body["type"] === "state" ? readState(body) : null;
  } catch (error) {
    if (error instanceof Malformed || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The burst that has to sound now; `null` for quiet. */
export function toSound(alarms: readonly RoomAlarm[]): Priority | null {
  return ORDER.find((priority) => alarms.some((alarm) => alarm.ringing && alarm.priority === priority)) ?? null;
}

/** Reads a frame; `null` for anything that is not one. */
export function parseFrame(bytes: ArrayBuffer): Frame | null {
  if (bytes.byteLength <= HEADER) return null;
  const view = new DataView(bytes);
  const seat = `p${view.getUint16(2, true)}`;
  const timestamp = view.getUint32(4, true);
  const data = new Uint8Array(bytes, HEADER);
  switch (view.getUint8(0)) {
    case 1:
      return { kind: "picture", codec: "vp8", seat, key: view.getUint8(1) === 1, timestamp, data };
    case 2:
      return { kind: "voice", seat, timestamp, data };
    case 3:
      return { kind: "picture", codec: "h264", seat, key: view.getUint8(1) === 1, timestamp, data };
    default:
      return null;
  }
}
