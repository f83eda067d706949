/** Who is on duty at a moment, as the rota says. Pure. */
import { nameOf } from "./duty";
import type { DutyView, Micros } from "./types";

/** Names, each once, in the order of the rota's roles. */
export function onDuty(duty: DutyView, now: Micros): readonly string[] {
  const present = duty.turns.filter((turn) => turn.start <= now && now < turn.end).flatMap((turn) => turn.who);
  return [...new Set(present)].map((person) => nameOf(duty, person));
}
