/** Sentences about the people of a call. Pure. */
import type { Person } from "./call";
import type { Words } from "./i18n";

/** What there is to say of somebody beside their name: nothing when all is well. */
export function personStatus(person: Person, words: Words): string {
  const { status } = words.call.person;
  if (person.state === "invited" || person.state === "announced") return status[person.state];
  if (person.state === "reconnecting" || person.line === "reconnecting") return status.reconnecting;
  return person.state === "joined" || person.line === "connecting" ? status.joined : "";
}

/** What they have switched off. */
export function personMutes(person: Person, words: Words): readonly string[] {
  return [...(person.microphone === false ? [words.call.muted] : []), ...(person.camera === false ? [words.call.cameraStopped] : [])];
}

/** The whole person as a screen reader says it. */
export function personSpoken(person: Person, words: Words): string {
  const name = person.self ? words.call.self : person.name;
  return [name, words.call.person.role[person.role], personStatus(person, words), ...personMutes(person, words)].filter((part) => part !== "").join(", ");
}

/** Letters for a person without a picture. */
export function personInitials(name: string): string {
  const parts = name.split(/[\s-]+/).filter((part) => !/^(?:dr|pr|mme|m|samu)\.?,?$/iu.test(part) && /^\p{L}/u.test(part));
  return parts
    .slice(0, 2)
    .map((part) => part[0]?.toLocaleUpperCase("fr") ?? "")
    .join("");
}
