/** Whom a question may be put to, as people call them. Pure. */
import type { Speech } from "./say";
import type { ExpertView } from "./wounds";

/** What an expert is called in a list: two of one name are told apart by their account. */
export function expertLabel(expert: ExpertView, all: readonly ExpertView[], { words }: Speech): string {
  if (expert.group) return words.wounds.askGroup(expert.name, expert.members);
  return all.some(({ name, to }) => name === expert.name && to !== expert.to) ? `${expert.name} (${expert.to})` : expert.name;
}

/** Whom somebody means who typed a name: by what they are called here, or by how a question names them. */
export function expertMeant(typed: string, all: readonly ExpertView[], speech: Speech): ExpertView | null {
  const wanted = typed.trim().toLocaleLowerCase();
  const is = (name: string): boolean => name.toLocaleLowerCase() === wanted;
  const exact = all.find((expert) => is(expert.to) || is(expertLabel(expert, all, speech)));
  const named = all.filter(({ name }) => is(name));
  return exact ?? (named.length === 1 ? (named[0] ?? null) : null);
}
