import { describe, expect, it } from "vitest";
import { givable, holesOf, nameOf, notReady, plainRole, rolesNow, takers, turnsOf, watchSentence } from "../src/lib/duty";
import { wordsOf } from "../src/lib/i18n";
import { HOUR, SECOND, type DutyView, type ResidentWatch, type TurnView, type WatchView } from "../src/lib/types";

const NOW = 1_790_000_000 * SECOND;
const turn = (role: string, from: number, to: number, ...who: string[]): TurnView => ({ role, start: NOW + from * HOUR, end: NOW + to * HOUR, who });
const person = (name: string, mine = false): DutyView["people"][number] => ({ person: name, name: name.toUpperCase(), ways: [], mine });

function duty(turns: readonly TurnView[], may: DutyView["may"] = "all"): DutyView {
  return {
    time: NOW,
    may,
    people: [person("anne", true), person("luc"), person("eve")],
    turns,
    exchanges: [],
    night: {
      start: NOW,
      end: NOW + HOUR,
      due: true,
      people: [
        { person: "anne", roles: ["ide"], working: 2, ready: true },
        { person: "luc", roles: ["ide"], working: 1, ready: false },
        { person: "eve", roles: ["ide"], working: 0, ready: false },
      ],
    },
  };
}

describe("who is on duty", () => {
  const view = duty([turn("ide", -1, 3, "anne"), turn("ide", 3, 9, "luc"), turn("ide", 9, 12), turn("medecin", 0, 24, "eve"), turn("medecin", 24, 48, "eve")]);

  it("is now, and next", () => {
    const [ide, medecin] = rolesNow(view, NOW);
    expect(ide?.now.who).toEqual(["anne"]);
    expect(ide?.next?.who).toEqual(["luc"]);
    // Day after day the same person is one stretch, and nobody comes after.
    expect(medecin?.now.end).toBe(NOW + 48 * HOUR);
    expect(medecin?.next).toBeNull();
  });

  it("goes on when a turn is over", () => {
    expect(rolesNow(view, NOW + 4 * HOUR)[0]?.now.who).toEqual(["luc"]);
    expect(rolesNow(view, NOW + 100 * HOUR)).toEqual([]);
  });

  it("has holes, which are not in the past", () => {
    expect(holesOf(view, NOW).map((hole) => hole.start)).toEqual([NOW + 9 * HOUR]);
    expect(holesOf(view, NOW + 13 * HOUR)).toEqual([]);
  });

  it("names who is not ready for the night, the worst first", () => {
    expect(notReady(view).map((one) => one.person)).toEqual(["eve", "luc"]);
  });

  it("lets everybody give away what they may", () => {
    const both = turn("ide", 0, 1, "anne", "luc");
    expect(givable(duty([both]), both)).toEqual(["anne", "luc"]);
    expect(givable(duty([both], "own"), both)).toEqual(["anne"]);
    expect(givable(duty([both], "none"), both)).toEqual([]);
    expect(takers(duty([both]), both).map((one) => one.person)).toEqual(["eve"]);
    expect(turnsOf(duty([both]), "medecin")).toEqual([]);
  });

  it("has names, and words for roles that nobody foresaw", () => {
    expect(nameOf(view, "anne")).toBe("ANNE");
    expect(nameOf(view, "gone")).toBe("gone");
    expect(plainRole("veille_de-nuit")).toBe("Veille de nuit");
  });
});

describe("who watches a resident", () => {
  const speech = { words: wordsOf("fr"), language: "fr" as const, now: NOW };
  const view: WatchView = { time: NOW, hub: "", humans: [{ name: "Inès", way: "tablet", proven: NOW }], trial: null, arrived: null, residents: [] };
  const watched: ResidentWatch = { resident: "r1", rounds: false, hole: null, measured: NOW - 3 * SECOND, heard: NOW };
  const plain = (text: string): string => text.replaceAll(/[\u00A0\u202F]/g, " ");

  it("is one calm sentence", () => {
    expect(plain(watchSentence(view, watched, speech))).toBe("Surveillé : capteur il y a 3 s, boîtier, poste, Inès (tablette)");
    expect(plain(watchSentence({ ...view, humans: [...view.humans, { name: "Bip", way: "espa", proven: NOW }] }, watched, speech))).toContain("Inès (tablette), et 1 autre");
  });

  it("says that people do it where nothing measures all the time", () => {
    expect(plain(watchSentence(view, { ...watched, rounds: true, measured: null }, speech))).toBe("Tournées seulement, aucun capteur continu : poste, Inès (tablette)");
  });

  it("says what is missing, since when and why", () => {
    const hole = { place: "edge" as const, since: NOW - 40 * SECOND, reason: "edge_silent" };
    expect(plain(watchSentence(view, { ...watched, hole }, speech))).toBe("Surveillance interrompue depuis 40 s : le boîtier de la chambre ne répond plus");
    expect(plain(watchSentence(view, { ...watched, hole: { ...hole, reason: "task_dispatcher" } }, speech))).toContain("le serveur ne peut plus enregistrer ni alerter");
  });
});
