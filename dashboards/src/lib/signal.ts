/** What crosses the signalling socket of a call, both ways. Pure. */
import type { components } from "./api.gen";
import type { CallView } from "./types";

export type Signal = components["schemas"]["CallSignal"];
export type Participant = components["schemas"]["CallParticipant"];

/** The other end of a message that concerns no page. */
export const ROOM = "room";
/** The seat of who called. */
export const CALLER = "p1";

/** Kinds that the hub sends; `restart` only goes the other way. */
const KINDS: ReadonlySet<string> = new Set(["state", "offer", "answer", "candidate", "chat", "bye"]);
/** Characters of a message: an SDP of 64 kB, escaped, beside the call's view. */
const LONGEST = 262_144;
const SEAT = /^p([1-9]\d{0,5})$/;
const TEXTS = ["peer", "seat", "text", "sdp", "candidate", "sdp_mid", "reason"] as const;
const EMPTY = { call: null, sdp: "", candidate: "", sdp_mid: "", sdp_mline_index: null, reason: "", ice_servers: [], roles: {}, peer: ROOM, seat: "", text: "" };

/** The number of a seat, by which two pages agree who gives way; `null` for what is no seat. */
export function seatNumber(seat: string): number | null {
  const found = SEAT.exec(seat)?.[1];
  return found === undefined ? null : Number(found);
}

/** Reads one message of the hub; `null` for anything that is not one. */
export function parseSignal(data: unknown): Signal | null {
  if (typeof data !== "string" || data.length > LONGEST) return null;
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch {
    return null;
  }
  if (!isRecord(body)) return null;
  const signal: Record<string, unknown> = { ...EMPTY, ...body };
  return isSignal(signal) ? signal : null;
}

/** One relay server as the browser wants it. */
export function iceServer(one: Readonly<Record<string, string>>): RTCIceServer {
  return { urls: one["url"] ?? "", username: one["username"] ?? "", credential: one["credential"] ?? "" };
}

function isRecord(one: unknown): one is Record<string, unknown> {
  return typeof one === "object" && one !== null && !Array.isArray(one);
}

function ofTexts(one: unknown): boolean {
  return isRecord(one) && Object.values(one).every((value) => typeof value === "string");
}

function isSignal(one: Record<string, unknown>): one is Record<string, unknown> & Signal {
  const { kind, epoch, sdp_mline_index: line, ice_servers: servers, roles, call } = one;
  return (
    typeof kind === "string" &&
    KINDS.has(kind) &&
    Number.isSafeInteger(epoch) &&
    TEXTS.every((field) => typeof one[field] === "string") &&
    (line === null || (Number.isSafeInteger(line) && (line as number) >= 0)) &&
    Array.isArray(servers) &&
    servers.every(ofTexts) &&
    ofTexts(roles) &&
    (call === null || isCallView(call))
  );
}

/** Whether it is a call's view as far as the pages lean on it. A call without a list of people has an empty one. */
export function isCallView(one: unknown): one is CallView {
  if (!isRecord(one)) return false;
  one["participants"] ??= [];
  const people = one["participants"];
  return (
    ["id", "resident", "room", "caller", "caller_name", "state", "reason"].every((field) => typeof one[field] === "string") &&
    Array.isArray(people) &&
    people.every(isParticipant)
  );
}

function isParticipant(one: unknown): one is Participant {
  if (!isRecord(one)) return false;
  return ["seat", "name", "role", "state"].every((field) => typeof one[field] === "string") && seatNumber(one["seat"] as string) !== null;
}
