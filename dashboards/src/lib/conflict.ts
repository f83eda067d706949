/** Gestures that waited, in words: what was done, when, and why it did not come to what was meant. Pure. */
import { fullName, moment } from "./format";
import { alertOf, type Conflict, type Gesture } from "./outbox";
import { alertHeadline, roomName, type Speech } from "./say";
import type { WardState } from "./state";

/** What somebody did: `Je m'en occupe · MARTIN Jeanne, SpO₂ 84 %`. An alert that is gone has no name left to say. */
export function gestureLine(gesture: Gesture, state: WardState, speech: Speech): string {
  const { words } = speech;
  const said = words.tablet.offline;
  if (gesture.kind === "lift") return said.lift;
  const did = gesture.kind === "act" ? said.act[gesture.action] : said[gesture.order.kind];
  if (gesture.kind === "suppress" && gesture.order.kind !== "silence") return did;
  const alert = state.alerts.get(alertOf(gesture));
  if (alert === undefined) return `${did} · ${said.unknownAlert}`;
  const resident = alert.resident === null ? undefined : state.residents.get(alert.resident);
  const who = resident === undefined ? roomName(alert.room, words) : fullName(resident.family_name, resident.given_name);
  return `${did} · ${who}, ${alertHeadline(alert, speech)}`;
}

/** Why a gesture did not come to what was meant, as the end of a sentence. */
export function conflictReason(conflict: Conflict, { words }: Speech): string {
  const said = words.tablet.offline;
  if (conflict.failure === "too_late") return said.tooLate;
  if (conflict.failure === "unknown") return said.over;
  switch (conflict.code) {
    case "held_by_other":
      return conflict.holder === "" ? said.held : said.heldBy(conflict.holder);
    case "already_acknowledged":
      return said.alreadySeen;
    case "already_answered":
      return said.alreadyAnswered;
    case "not_open":
    case "not_in_force":
      return said.over;
    case "not_taken":
      return said.notMine;
    default:
      return said.refused;
  }
}

/** The whole conflict as a sentence. */
export function conflictSentence(conflict: Conflict, state: WardState, speech: Speech): string {
  const { gesture } = conflict;
  const when = moment(gesture.at, speech.now, speech.language);
  return speech.words.tablet.offline.conflict(gestureLine(gesture, state, speech), when, conflictReason(conflict, speech));
}
