import { expect, it } from "vitest";
import { wordsOf } from "../src/lib/i18n";
import type { Speech } from "../src/lib/say";
import { toldLine, type ToldExpert } from "../src/lib/told";

const NOW = new Date(2026, 10, 22, 14, 10).getTime() * 1000;
const MINUTE = 60_000_000;
const speech: Speech = { words: wordsOf("fr"), language: "fr", now: NOW };
const english: Speech = { words: wordsOf("en"), language: "en", now: NOW };

type Way = ToldExpert["ways"][number];

function way(channel: Way["channel"], state: Way["state"] = "sent", ago = 8): Way {
  return { channel, state, time: NOW - ago * MINUTE, again: state === "trying" ? NOW + MINUTE : null };
}

function told(ways: readonly Way[], part: Partial<ToldExpert> = {}): ToldExpert {
  return { expert: "roux", name: "Dr Roux", occasion: "asked", ways: [...ways], missing: "", ...part };
}

/** A sentence with plain blanks and apostrophes, as it is written in the words. */
function plain(text: string): string {
  return text.replaceAll("\u00a0", " ").replaceAll("\u202f", " ").replaceAll("’", "'");
}

it.each([
  [told([way("email")]), "Message envoyé à Dr Roux par courriel à 14 h 02"],
  [told([way("push", "sent", 5), way("email")]), "Message envoyé à Dr Roux par notification et courriel à 14 h 02"],
  [told([way("sms")], { occasion: "reminder" }), "Rappel envoyé à Dr Roux par SMS à 14 h 02"],
  [told([way("email")], { occasion: "informed" }), "Précisions signalées à Dr Roux par courriel à 14 h 02"],
  [told([way("push"), way("email", "failed")]), "Message envoyé à Dr Roux par notification à 14 h 02 (courriel sans succès)"],
  [told([way("push"), way("email", "trying")]), "Message envoyé à Dr Roux par notification à 14 h 02 (courriel : nouvel essai à 14 h 11)"],
])("who was told, by which ways and when: %#", (one, text) => {
  const line = toldLine(one, speech);
  expect({ ...line, text: plain(line.text) }).toEqual({ text, next: "", duty: false, reached: true });
});

it("who is not told yet needs nothing, whom nothing reaches is called", () => {
  const soon = toldLine(told([way("email", "trying")]), speech);
  expect([plain(soon.text), soon.next, soon.reached]).toEqual(["Le message à Dr Roux n'est pas encore parti (courriel) : nouvel essai à 14 h 11", "", false]);
  const failed = toldLine(told([way("email", "failed"), way("sms", "failed")]), speech);
  expect(plain(failed.text)).toBe("Aucun message n'a pu atteindre Dr Roux (courriel et SMS sans succès)");
  expect([plain(failed.next), failed.duty]).toEqual(["Prévenez par téléphone. La coordination vérifie l'adresse à la page De garde.", true]);
});

it.each([
  ["account", "Dr Roux n'a pas de compte ici : aucun message ne part", false],
  ["contact", "Aucun message n'a pu partir pour Dr Roux : aucune adresse connue", false],
  ["address", "Aucun message n'a pu partir pour Dr Roux : aucune adresse connue", true],
  ["channel", "Aucun message n'a pu partir pour Dr Roux : ce service n'envoie rien à l'adresse inscrite", false],
] as const)("without a way it says why and what to do: %s", (missing, text, duty) => {
  const line = toldLine(told([], { missing }), speech);
  expect([plain(line.text), line.duty, line.reached]).toEqual([text, duty, false]);
  expect(plain(line.next)).toMatch(/^Prévenez par téléphone\./);
  expect(toldLine(told([], { missing }), english).next).toMatch(/^Tell them by telephone\./);
});

it("is English too", () => {
  expect(toldLine(told([way("email")]), english).text).toBe("Message sent to Dr Roux by e-mail at 14:02");
});
