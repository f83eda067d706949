/** Where a call stands for one of its people. Pure. */
import { CALLER, type Participant } from "./signal";
import type { CallView } from "./types";

/** The hub's word for a call, or what comes before the hub knows; `announced`: the room has been told and has not admitted us. */
export type CallState = "idle" | "preparing" | "announced" | CallView["state"];

/** Nothing comes after these. */
export const OVER: ReadonlySet<string> = new Set(["refused", "unanswered", "ended", "failed"]);
/** The room sends picture and sound, or is about to. */
export const TALKING: ReadonlySet<string> = new Set(["accepted", "connected", "reconnecting"]);
/** The person's page is here and takes part. */
export const HERE: ReadonlySet<string> = new Set<Participant["state"]>(["joined", "connected", "reconnecting"]);

export interface Standing {
  readonly state: CallState;
  readonly reason: string;
}

/** The call as the person in a seat lives it: who called follows the call, everybody else their own place in it. */
export function standing(view: CallView, seat: string): Standing {
  const whole: Standing = { state: view.state, reason: view.reason };
  if (OVER.has(view.state) || seat === CALLER) return whole;
  const own = view.participants.find((one) => one.seat === seat);
  if (own === undefined) return whole;
  if (own.state === "declined") return { state: "refused", reason: "declined" };
  if (own.state === "left") return { state: "ended", reason: "you_left" };
  // Before the room has accepted anybody there is nothing that somebody who joins could be admitted to.
  if (!TALKING.has(view.state)) return whole;
  if (own.state === "connected" || own.state === "reconnecting") return { state: own.state, reason: "" };
  return { state: own.state === "joined" ? "accepted" : "announced", reason: "" };
}
