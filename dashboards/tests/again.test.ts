import { describe, expect, it } from "vitest";
import { before, stepLine, stepsOf, whyAgain } from "../src/lib/again";
import { conflictReason, conflictSentence, gestureLine } from "../src/lib/conflict";
import { moment } from "../src/lib/format";
import { wordsOf } from "../src/lib/i18n";
import { onDuty } from "../src/lib/onduty";
import type { Conflict, Gesture } from "../src/lib/outbox";
import { EMPTY, reduce } from "../src/lib/state";
import { HOUR, MINUTE, SECOND, type AlertTransition, type AlertView, type DutyView } from "../src/lib/types";
import { alert, NIGHT, resident, snapshot } from "./people";

const speech = { words: wordsOf("fr"), language: "fr" as const, now: NIGHT };
const plain = (text: string): string => text.replaceAll("\u00A0", " ").replaceAll("\u202F", " ").replaceAll("’", "'");

/** A moment so long ago, in the words and the time zone of this machine. */
const at = (ago: number): string => plain(moment(NIGHT - ago, NIGHT, "fr"));

function step(event: AlertTransition["event"], ago: number, author = "veilleuse", reason = ""): AlertTransition {
  return { event, time: NIGHT - ago, author, reason };
}

const why = (one: AlertView, past: readonly AlertView[] = []): string => plain(whyAgain(one, past, speech).join(" | "));

describe("why an alert rings again", () => {
  it("says nothing of the first time", () => {
    expect(why(alert("x", { history: [step("raised", MINUTE)] }))).toBe("");
  });

  it.each([
    ["handed over", [step("raised", 9 * MINUTE), step("taken", 8 * MINUTE, "ines"), step("released", MINUTE, "ines")], "ines a passé le relais à"],
    ["happened again", [step("raised", 9 * MINUTE), step("returned", MINUTE)], "2 fois en tout"],
    ["its silence is over", [step("raised", 9 * MINUTE), step("silenced", 3 * MINUTE, "paul", "in_care"), step("silence_ended", MINUTE)], "La pause demandée par paul a pris fin"],
    ["its silence was ended", [step("silenced", 3 * MINUTE, "paul"), step("silence_ended", MINUTE, "ines")], "ines a rétabli le son"],
    ["a silence of which nobody knows the author", [step("silence_ended", MINUTE)], "La pause a pris fin"],
  ])("%s", (_, history, sentence) => {
    expect(why(alert("x", { history }))).toContain(sentence);
  });

  it("says nothing of it once somebody has answered", () => {
    const history = [step("released", 2 * MINUTE, "ines"), step("taken", MINUTE, "paul")];
    expect(why(alert("x", { history, response: "taken", taken_by: "paul" }))).toBe("");
  });

  it("names the occurrence before it, and that its answer does not count for this one", () => {
    const earlier = alert("y", { onset: NIGHT - HOUR, raised: NIGHT - HOUR, history: [step("taken", HOUR, "ines"), step("acknowledged", HOUR - SECOND, "ines")] });
    const older = alert("z", { onset: NIGHT - 3 * HOUR, raised: NIGHT - 3 * HOUR });
    const other = alert("w", { metric: "pulse_rate", raised: NIGHT - HOUR });
    expect(why(alert("x"), [older, earlier, other])).toContain("2 fois en 24 h");
    expect(why(alert("x"), [earlier])).toContain("(vue par ines). Celle-ci est nouvelle : une réponse ne vaut que pour une fois.");
    expect(why(alert("x"), [older])).toContain("(personne ne l'a vue)");
    expect(why(alert("x"), [other])).toBe("");
  });

  it("lists what rang before, newest first, with who answered", () => {
    const taken = alert("y", { onset: NIGHT - HOUR, condition: "cleared", history: [step("taken", HOUR, "paul")] });
    const open = alert("z", { onset: NIGHT - MINUTE, code: "nurse_call" });
    const rows = before(alert("x"), [taken, alert("x"), open], speech).map(([one, how]) => [one.id, how]);
    expect(rows).toEqual([["z", "toujours en cours"], ["y", "prise par paul"]]);
  });

  it("tells steps in their order, each with who did it, and hides reasons for machines", () => {
    const one = alert("x", { history: [step("silenced", MINUTE, "ines", "in_care"), step("raised", 2 * MINUTE, "veilleuse", "moved")] });
    expect(stepsOf(one).map((each) => plain(stepLine(each, speech)))).toEqual([`${at(2 * MINUTE)} · Alarme`, `${at(MINUTE)} · Son coupé par ines : Soins en cours`]);
  });
});

describe("a gesture that waited, in words", () => {
  const state = reduce(EMPTY, snapshot([resident("a")], [alert("x")]));
  const gesture: Gesture = { kind: "act", key: "k", by: "ines", at: NIGHT - MINUTE, alert: "x", action: "take" };
  const conflict = (more: Partial<Conflict>): Conflict => ({ gesture, failure: "refused", code: "", holder: "", ...more });

  it("says who it was about while the alert is open, and nobody afterwards", () => {
    expect(plain(gestureLine(gesture, state, speech))).toBe("Je m'en occupe · MARTIN Jeanne, SpO₂ 84 %");
    expect(plain(gestureLine({ ...gesture, alert: "gone" }, state, speech))).toBe("Je m'en occupe · une alarme terminée");
    expect(gestureLine({ kind: "lift", key: "k", by: "ines", at: NIGHT, order: "o" }, state, speech)).toBe("Son rétabli");
    expect(gestureLine({ kind: "suppress", key: "k", by: "ines", at: NIGHT, order: { kind: "care", edge: "e", reason: "in_care", seconds: 900 } }, state, speech)).toBe("Soin en cours");
  });

  it.each([
    [{ code: "held_by_other", holder: "paul" }, "c'est paul qui s'en occupe"],
    [{ code: "held_by_other" }, "quelqu'un d'autre s'en occupe"],
    [{ code: "already_acknowledged" }, "déjà vue"],
    [{ code: "already_answered" }, "déjà répondu"],
    [{ code: "not_open" }, "déjà terminée"],
    [{ failure: "unknown", code: "unknown_alert" }, "déjà terminée"],
    [{ code: "not_taken" }, "plus entre vos mains"],
    [{ failure: "too_late", code: "too_late" }, "trop tard"],
    [{ code: "something new" }, "refusé"],
  ] as const)("%j", (more, words) => {
    expect(plain(conflictReason(conflict(more), speech))).toContain(words);
  });

  it("is one sentence with what, when and why", () => {
    expect(plain(conflictSentence(conflict({ code: "held_by_other", holder: "paul" }), state, speech))).toBe(
      `Je m'en occupe · MARTIN Jeanne, SpO₂ 84 %, ${at(MINUTE)} : entre-temps, c'est paul qui s'en occupe. Rien n'a été changé.`,
    );
  });
});

describe("who is on duty", () => {
  it("names each present person once, by name where one is known", () => {
    const turn = (role: string, who: string[], from: number, to: number) => ({ role, who, start: NIGHT + from, end: NIGHT + to });
    const duty = {
      people: [{ person: "anne", name: "Anne Petit", mine: false, ways: [] }],
      turns: [turn("ide", ["anne"], -HOUR, HOUR), turn("aide", ["anne", "luc"], -HOUR, HOUR), turn("jour", ["zoe"], HOUR, 9 * HOUR), turn("soir", ["max"], -9 * HOUR, 0)],
    } as unknown as DutyView;
    expect(onDuty(duty, NIGHT)).toEqual(["Anne Petit", "luc"]);
    expect(onDuty({ ...duty, turns: [] }, NIGHT)).toEqual([]);
  });
});
