/** What a page says of a call: where it stands, and why it ended. */
import { isMediaFailure } from "../lib/media";
import { lookUp, type Words } from "../lib/i18n";
import type { Call } from "../lib/call";
import { OVER } from "../lib/standing";

const MEDIA = {
  permission_denied: "permissionDenied",
  device_missing: "deviceMissing",
  device_busy: "deviceBusy",
  device_other: "deviceOther",
  insecure: "insecure",
} as const;

/** Where it stands. */
export function stateSentence(call: Call, words: Words): string {
  if (call.state === "connected" && call.quality !== null && !call.quality.best) {
    return call.quality.height === 0 ? words.call.soundOnly : words.call.reduced(call.quality.height);
  }
  if (call.state === "ended" && call.reason === "you_left") return words.call.left;
  return call.state === "idle" ? words.call.preparing : words.call[call.state];
}

/** Why it is over, when there is more to say than that it is. */
export function reasonSentence(call: Call, words: Words): string {
  if (call.reason === "" || !OVER.has(call.state) || call.reason === call.state) return "";
  if (isMediaFailure(call.reason)) return words.call[MEDIA[call.reason]];
  if (call.reason === "you_left") return words.call.leftMore;
  return words.call.because(lookUp(words.call.why, call.reason));
}

/** What the room has switched off or closed. */
export function roomNotes(call: Call, words: Words): readonly string[] {
  const { room } = call;
  return [
    ...(room?.muted === true ? [words.call.roomMuted(room.mutedBy)] : []),
    ...(room?.shutter === "closed" ? [words.call.shutterClosed] : []),
    ...(call.extras.failed === null ? [] : [words.call.extra[call.extras.failed].failed]),
  ];
}
