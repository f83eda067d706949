/** Who is in the call, who comes and who goes. Pure. */
import type { Person, Phase, RoomState } from "./state";

export const CALLER = "p1";
const TALKING: ReadonlySet<Phase> = new Set<Phase>(["connecting", "connected", "reconnecting"]);

/** Milliseconds for which a sentence about somebody stands. */
export const JOINED = 8_000;
export const DECLINED = 8_000;
export const LEFT = 6_000;

/** Roles of those who stand beside the bed: without a picture of theirs there is nothing to miss. */
const BESIDE: ReadonlySet<string> = new Set(["nurse", "coordinator"]);

/** A sentence about somebody that goes away by itself. */
export interface Notice {
  readonly kind: "joined" | "declined" | "left";
  readonly person: Person;
  /** On the page's own clock, milliseconds. */
  readonly until: number;
}

/** A call is open: the picture stands on the screen. */
export function isOpen(phase: Phase): boolean {
  return TALKING.has(phase);
}

/** Those who are in the call, the caller first. */
export function present(state: Pick<RoomState, "people">): readonly Person[] {
  const inside = state.people.filter((person) => person.state !== "waiting");
  return [...inside.filter((person) => person.seat === CALLER), ...inside.filter((person) => person.seat !== CALLER)];
}

/** Those who ask to come in. */
export function waiting(state: Pick<RoomState, "people">): readonly Person[] {
  return state.people.filter((person) => person.state === "waiting");
}

/** Whether somebody has a place for a picture: not the nurse beside the bed, unless a picture of hers comes. */
export function hasPlace(person: Person, pictured: boolean): boolean {
  return pictured || !BESIDE.has(person.role);
}

/** What follows from two states, one after the other. */
export interface Followed {
  readonly notices: readonly Notice[];
  /** Somebody came, or asks to: a soft sound. */
  readonly chime: boolean;
}

/**
 * Follows who came and went. A page that has just been opened, and a call that has just begun, announce nobody: those who
 * are there are on the screen.
 *
 * @param notices what stands now.
 * @param before the state before; `null` for none.
 * @param declined seats that somebody in the room refused.
 * @param now the page's clock, milliseconds.
 */
export function follow(
  notices: readonly Notice[],
  before: RoomState | null,
  after: RoomState,
  declined: ReadonlySet<string>,
  now: number,
): Followed {
  if (before === null || before.call !== after.call || !isOpen(before.phase) || !isOpen(after.phase)) return { notices: [], chime: false };
  const old = new Map(before.people.map((person) => [person.seat, person]));
  const here = new Set(after.people.map((person) => person.seat));
  const came = after.people.filter((person) => !old.has(person.seat));
  const admitted = present(after).filter((person) => (old.get(person.seat) ?? { state: "waiting" }).state === "waiting");
  const gone = before.people.filter((person) => !here.has(person.seat));
  const fresh = [
    ...admitted.map((person): Notice => ({ kind: "joined", person, until: now + JOINED })),
    ...gone.flatMap((person) => farewellOf(person, declined, now)),
  ];
  const touched = new Set(fresh.map((notice) => notice.person.seat));
  const standing = notices.filter((notice) => notice.until > now && !touched.has(notice.person.seat));
  return { notices: [...standing, ...fresh], chime: came.length > 0 };
}

function farewellOf(person: Person, declined: ReadonlySet<string>, now: number): Notice[] {
  if (declined.has(person.seat)) return [{ kind: "declined", person, until: now + DECLINED }];
  // Who asked and went again was never here.
  return person.state === "waiting" ? [] : [{ kind: "left", person, until: now + LEFT }];
}

const TITLE = /^(dr|docteur|pr|professeur|m|mme|mlle|doctor)\.?$/i;

/** Initials of a name without its title: "Dr Amel Benali" is AB, "Dr Durand, SAMU 35" is D. */
export function initials(name: string): string {
  const words = (name.split(",")[0] ?? "").split(/[\s-]+/).filter((word) => word !== "" && !TITLE.test(word));
  const first = words[0]?.[0] ?? "";
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? "") : "";
  return (first + last).toUpperCase();
}
