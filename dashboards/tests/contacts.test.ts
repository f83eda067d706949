import { describe, expect, it } from "vitest";
import { count, draftOf, failed, faultsOf, inOrder, pending, shownNumber, trySentence, type ContactDraft } from "../src/lib/contacts";
import { wordsOf } from "../src/lib/i18n";
import type { Speech } from "../src/lib/say";
import type { ContactTry, ContactView } from "../src/lib/types";

const NOW = Date.UTC(2026, 10, 22, 12) * 1000;
const speech: Speech = { words: wordsOf("fr"), language: "fr", now: NOW };
const plain = (text: string): string => text.replace(/[\u00A0\u202F]/g, " ").replace(/’/g, "'");
const draft = (address: Record<string, string>, name = "Inès"): ContactDraft => ({ person: "ines", version: 0, name, address });
const tried = (change: Partial<ContactTry>): ContactTry =>
  ({ channel: "sms", author: "cadre", time: NOW - 10e6, outcome: "sent", reason: "", confirms: true, receipt: null, received: null, ...change });

describe("what is typed", () => {
  it.each([
    [{ sms: "06 12 34 56 01", espa: "101", email: "ines@tilleuls.example" }, {}],
    [{ sms: "+33 6 12 34 56 01" }, {}],
    [{ sms: "0033612345601" }, {}],
    [{ sms: "" }, {}],
    [{ sms: "1 5" }, { sms: "emergency" }],
    [{ espa: "112" }, { espa: "emergency" }],
    [{ sms: "06 12" }, { sms: "sms" }],
    [{ espa: "12 3" }, { espa: "espa" }],
    [{ email: "ines" }, { email: "email" }],
  ])("%o", (address, expected) => {
    expect(faultsOf(draft(address as unknown as Record<string, string>))).toEqual(expected);
  });

  it("needs a name, and counts the ways", () => {
    expect(faultsOf(draft({}, "  "))).toEqual({ name: "name" });
    expect([count(draft({ sms: "06", email: " " })), count(draft({ sms: "06", email: "a" }))]).toEqual([1, 2]);
  });

  it("begins with what is written down, for the ways that this home has", () => {
    const contact = { person: "luc", version: 4, name: "Luc", address: { sms: "+33612345601", screen: "ward" } } as unknown as ContactView;
    expect(draftOf(contact, ["tablet", "sms"])).toEqual({ person: "luc", version: 4, name: "Luc", address: { tablet: "", sms: "06 12 34 56 01" } });
    expect(shownNumber("+352621123456")).toBe("+352621123456");
  });
});

it("puts who cannot be reached first", () => {
  const one = (name: string, ready: boolean): ContactView => ({ name, ready }) as ContactView;
  expect(inOrder([one("Anne", true), one("Luc", false), one("Éve", true)]).map((each) => each.name)).toEqual(["Luc", "Anne", "Éve"]);
});

describe("a test", () => {
  it.each([
    [{ outcome: "sending" }, "en cours d'envoi", true, false],
    [{}, "en attente de l'accusé", true, false],
    [{ time: NOW - 300e6 }, "aucun accusé de réception", false, true],
    [{ confirms: false }, "demandez à la personne", false, false],
    [{ receipt: "delivered" }, "reçu par l'appareil", false, false],
    [{ receipt: "seen" }, "vu par la personne", false, false],
    [{ receipt: "failed" }, "n'est pas arrivé", false, true],
    [{ outcome: "failed", confirms: false }, "n'est pas arrivé", false, true],
    [{ outcome: "later", confirms: false }, "n'a pas pu l'envoyer", false, true],
  ] as const)("%o", (change, said, waits, bad) => {
    const one = tried(change);
    expect(plain(trySentence(one, speech))).toContain(said);
    expect([pending(one, NOW), failed(one, NOW)]).toEqual([waits, bad]);
  });
});
