/** Where people on duty are reached: what a coordinator types, what is wrong with it, and what became of a test. Pure. */
import { ago } from "./format";
import type { Speech } from "./say";
import type { ContactTry, ContactView, Micros } from "./types";

/** Channels whose address is an account of the home. */
export const ACCOUNTS = ["tablet", "push"] as const;
/** A test is looked after for so long: then what was not said will not be said. */
export const FOLLOWED: Micros = 120e6;

export interface ContactDraft {
  readonly person: string;
  readonly version: number;
  readonly name: string;
  readonly address: Readonly<Record<string, string>>;
}

export type ContactWrong = "name" | "emergency" | "sms" | "espa" | "email";

const EMERGENCY = new Set(["15", "17", "18", "112", "114", "115", "116117", "119"]);

/** `+33612345601` as French eyes read it: `06 12 34 56 01`; any other number as it is. */
export function shownNumber(number: string): string {
  const found = /^\+33([1-9])(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(number);
  return found === null ? number : `0${found.slice(1).join(" ")}`;
}

/** An address as a person reads it. */
export function shownAddress(channel: string, address: string): string {
  return channel === "sms" ? shownNumber(address) : address;
}

export function draftOf(contact: ContactView, channels: readonly string[]): ContactDraft {
  const address = Object.fromEntries(channels.map((channel) => [channel, shownAddress(channel, contact.address[channel] ?? "")]));
  return { person: contact.person, version: contact.version, name: contact.name, address };
}

/** What is wrong, by field; the hub checks the same again. */
export function faultsOf(draft: ContactDraft): Readonly<Record<string, ContactWrong>> {
  const faults: Record<string, ContactWrong> = {};
  if (draft.name.trim() === "") faults["name"] = "name";
  for (const [channel, typed] of Object.entries(draft.address)) {
    const plain = channel === "sms" ? typed.replace(/[\s.\-()\u00A0\u202F]+/g, "") : typed.trim();
    if (plain === "") continue;
    if (EMERGENCY.has(plain)) faults[channel] = "emergency";
    else if (channel === "sms" && !/^(\+[1-9]\d{7,14}|(0|0033)[1-9]\d{8})$/.test(plain)) faults[channel] = "sms";
    else if (channel === "espa" && !/^[0-9A-Za-z*#]{1,16}$/.test(plain)) faults[channel] = "espa";
    else if (channel === "email" && !/^[^@\s<>,;]{1,64}@[A-Za-z0-9.-]{1,190}$/.test(plain)) faults[channel] = "email";
  }
  return faults;
}

/** How many ways will be written down: two at least are what a night needs. */
export function count(draft: ContactDraft): number {
  return Object.values(draft.address).filter((address) => address.trim() !== "").length;
}

/** Who cannot be reached by two ways first. */
export function inOrder(people: readonly ContactView[]): readonly ContactView[] {
  return [...people].sort((a, b) => Number(a.ready) - Number(b.ready) || a.name.localeCompare(b.name, "fr"));
}

/** Whether the counterpart may still say something of a test. */
export function pending(one: ContactTry, now: Micros): boolean {
  if (one.outcome === "sending") return true;
  return one.outcome === "sent" && one.confirms && one.receipt === null && now - one.time < FOLLOWED;
}

/** Whether a test has failed, as far as is known. */
export function failed(one: ContactTry, now: Micros): boolean {
  if (one.outcome === "failed" || one.outcome === "later" || one.receipt === "failed") return true;
  return one.outcome === "sent" && one.confirms && one.receipt === null && !pending(one, now);
}

/** What became of a test, in one sentence. */
export function trySentence(one: ContactTry, { words, language, now }: Speech): string {
  const said = words.duty.contacts.tried;
  const when = ago(one.time, now, language);
  if (one.outcome === "sending") return said.sending;
  if (one.outcome === "later") return said.later(when);
  if (one.outcome === "failed" || one.receipt === "failed") return said.failed(when);
  if (one.receipt === "delivered") return said.delivered(when);
  if (one.receipt !== null) return said.seen(when);
  if (!one.confirms) return said.unconfirmed(when);
  return pending(one, now) ? said.waiting(when) : said.silent(when);
}
