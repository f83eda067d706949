/** Who is on duty, from what the hub says of seven days, and who watches a resident, in a sentence. Pure. */
import { ago, duration } from "./format";
import type { Speech } from "./say";
import type { DutyView, Micros, PersonView, ResidentWatch, TrialView, TurnView, WatchView } from "./types";

export interface RoleNow {
  readonly role: string;
  readonly now: TurnView;
  /** Who comes after; `null` when it stays so for all that is known. */
  readonly next: TurnView | null;
}

/** Every role with who has it now and who has it next, in the table's order. */
export function rolesNow(view: DutyView, now: Micros): readonly RoleNow[] {
  const found: RoleNow[] = [];
  for (const role of rolesOf(view)) {
    const turns = turnsOf(view, role).filter((turn) => turn.end > now);
    const [first] = turns;
    if (first === undefined) continue;
    // Somebody who is always on duty has one turn a day.
    const next = turns.find((turn) => turn.who.join() !== first.who.join()) ?? null;
    const last = turns[next === null ? turns.length - 1 : turns.indexOf(next) - 1] ?? first;
    found.push({ role, now: { ...first, end: last.end }, next });
  }
  return found;
}

export function rolesOf(view: DutyView): readonly string[] {
  return [...new Set(view.turns.map((turn) => turn.role))];
}

export function turnsOf(view: DutyView, role: string): readonly TurnView[] {
  return view.turns.filter((turn) => turn.role === role);
}

/** Stretches in which nobody has a role, the first first. */
export function holesOf(view: DutyView, now: Micros): readonly TurnView[] {
  return view.turns.filter((turn) => turn.who.length === 0 && turn.end > now).sort((a, b) => a.start - b.start);
}

/** Whose places in a turn whoever looks may give to somebody else. */
export function givable(view: DutyView, turn: TurnView): readonly string[] {
  if (view.may === "none") return [];
  const mine = new Set(view.people.filter((person) => person.mine).map((person) => person.person));
  return turn.who.filter((person) => view.may === "all" || mine.has(person));
}

/** Who could take a place in a turn: everybody who does not have it. */
export function takers(view: DutyView, turn: TurnView): readonly PersonView[] {
  return view.people.filter((person) => !turn.who.includes(person.person));
}

export function nameOf(view: DutyView, person: string): string {
  return view.people.find((one) => one.person === person)?.name ?? person;
}

/** People of the coming night who cannot be reached by two ways, the worst first. */
export function notReady(view: DutyView): DutyView["night"]["people"] {
  return view.night.people.filter((one) => !one.ready).sort((a, b) => a.working - b.working);
}

/** A role's name when no word is known for it: `ide_astreinte` as `Ide astreinte`. */
export function plainRole(role: string): string {
  const text = role.replaceAll(/[_-]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What became of the last test alarm. */
export function trialSentence(last: TrialView | null, { words, language, now }: Speech): string {
  const { trial } = words.duty;
  if (last === null) return trial.never;
  const when = ago(last.ended, now, language);
  if (last.place === "screen") return trial.through(when);
  return last.unheard ? trial.unheard : trial.lost(when, trial.places[last.place]);
}

/** The sentence: `Surveillé : capteur il y a 3 s, boîtier, poste, Inès (tablette)`. */
export function watchSentence(view: WatchView, one: ResidentWatch, { words, language, now }: Speech): string {
  const said = words.duty.watch;
  if (one.hole !== null) {
    const why = said.reasons[one.hole.reason] ?? said.reasons["hub"] ?? "";
    return said.hole(why, duration(now - one.hole.since, language));
  }
  const [first, ...others] = view.humans;
  const people = first === undefined ? [] : [said.human(first.name, (words.duty.channels[first.way] ?? first.way).toLowerCase())];
  if (others.length > 0) people.push(said.others(others.length));
  if (one.rounds) return said.rounds([said.post, ...people].join(", "));
  const sensor = one.measured === null ? [] : [said.sensor(ago(one.measured, now, language))];
  return said.watched([...sensor, said.device, said.post, ...people].join(", "));
}
