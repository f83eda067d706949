import { describe, expect, it } from "vitest";
import { Api } from "../src/lib/api";
import { wordsOf } from "../src/lib/i18n";
import { aboutText, arrived, byText, isLate, leftText, QuestionsFeed, sorted, toldOf, waitingCount, type QuestionList, type QuestionView } from "../src/lib/questions";
import type { Speech } from "../src/lib/say";
import type { Me } from "../src/lib/types";

const NOW = Date.UTC(2026, 10, 22, 11) * 1000;
const HOUR = 3_600_000_000;
const speech: Speech = { words: wordsOf("fr"), language: "fr", now: NOW };

function question(act: string, part: Partial<QuestionView> = {}): QuestionView {
  return {
    act,
    resident: "r1",
    state: "sent",
    question: "Faut-il biopsier ?",
    topic: "wound",
    urgency: "today",
    to_name: "Dr Weber",
    author_name: "Inès",
    sent: NOW - HOUR,
    answer_by: NOW + 23 * HOUR,
    late: false,
    pictures: 0,
    holder: "",
    holder_name: "",
    informed: false,
    answered: null,
    ...part,
  };
}

function list(items: readonly QuestionView[]): QuestionList {
  return { time: NOW, items: [...items], taken: [], answered: [] };
}

describe("questions", () => {
  const mine = { holder: "weber", holder_name: "Dr Weber" };

  it("are sorted by what is to be done", () => {
    const all = list([question("a"), question("b", { ...mine, state: "accepted" }), question("c", { ...mine, state: "more_info" }), question("d")]);
    const { waiting, mine: taken, back } = sorted(all);
    expect([waiting, taken, back].map((each) => each.map(({ act }) => act))).toEqual([["a", "d"], ["b"], ["c"]]);
    // What the home has to tell first waits for the home.
    expect(waitingCount(all)).toBe(3);
    expect(waitingCount(null)).toBe(0);
  });

  it("are news when they come, and when what was asked back comes", () => {
    const before = list([question("a"), question("b", { ...mine, state: "more_info" })]);
    expect(arrived(null, before)).toEqual([]);
    expect(arrived(toldOf(before), before)).toEqual([]);
    const after = list([question("a"), question("b", { ...mine, state: "accepted", informed: true }), question("c")]);
    expect(arrived(toldOf(before), after).map(({ act }) => act)).toEqual(["b", "c"]);
    // Who asks back once more knows it.
    expect(arrived(toldOf(after), before)).toEqual([]);
  });

  it("are late from their hour on, and never once answered", () => {
    expect(isLate(question("a", { answer_by: NOW }), NOW)).toBe(true);
    expect(isLate(question("a", { answer_by: NOW + 1 }), NOW)).toBe(false);
    expect(isLate(question("a", { answer_by: NOW - 1, answered: NOW }), NOW)).toBe(false);
    expect(isLate(question("a", { answer_by: null }), NOW)).toBe(false);
    expect(leftText(question("a", { answer_by: NOW - 2 * HOUR }), speech)).toBe("en retard de 2\u00a0h\u00a000");
    expect(leftText(question("a"), speech)).toBe("d’ici 23\u00a0h\u00a000");
  });

  it("say what they are about and who asks whom", () => {
    expect(aboutText(question("a", { pictures: 3 }), speech)).toBe("plaie · à rendre aujourd’hui · 3 photos");
    expect(aboutText(question("a", { topic: "cardiology", urgency: "routine" }), speech)).toBe("cardiologie · sans urgence · sans photo");
    expect(byText(question("a"), "Dr Weber", speech)).toBe("Inès, il y a 1\u00a0h\u00a000");
    expect(byText(question("a", { to_name: "Dermatologie" }), "Dr Weber", speech)).toBe("Inès, il y a 1\u00a0h\u00a000 · à Dermatologie");
  });
});

class Heard extends EventTarget {
  readonly link = "live" as const;
  status = 200;
  asked = 0;
  readonly api = new Api(() => {
    this.asked += 1;
    const body = this.status === 200 ? JSON.stringify(list([question(String(this.asked))])) : JSON.stringify({ code: "store_away", message: "", params: {} });
    return Promise.resolve(new Response(body, { status: this.status, headers: { "content-type": "application/json" } }));
  });

  constructor(readonly me: Me | null) {
    super();
  }
}

function feed(role: Me["role"]): { readonly heard: Heard; readonly read: QuestionsFeed; readonly run: () => Promise<void> } {
  const heard = new Heard({ username: "weber", display_name: "Dr Weber", role, home: "" } as Me);
  const due: (() => void)[] = [];
  const world = {
    every: () => () => undefined,
    after: (_: number, run: () => void) => {
      due.push(run);
      return () => undefined;
    },
  };
  const read = new QuestionsFeed(heard, world);
  const run = async (): Promise<void> => {
    for (const each of due.splice(0)) each();
    await new Promise((done) => setTimeout(done, 0));
  };
  return { heard, read, run };
}

describe("a feed of questions", () => {
  it("reads at the start and once for all that is told together", async () => {
    const { heard, read, run } = feed("physician");
    await run();
    expect(read.list?.items.map(({ act }) => act)).toEqual(["1"]);
    for (const type of ["act", "act", "values", "snapshot"]) heard.dispatchEvent(new CustomEvent("change", { detail: { type } }));
    await run();
    expect(heard.asked).toBe(2);
    heard.dispatchEvent(new CustomEvent("change", { detail: { type: "values" } }));
    await run();
    expect(heard.asked).toBe(2);
  });

  it("keeps what it read when it cannot read, and says why", async () => {
    const { heard, read, run } = feed("physician");
    await run();
    heard.status = 503;
    await read.read();
    expect([read.list?.items.length, read.failure === null]).toEqual([1, false]);
    heard.status = 200;
    await read.read();
    expect(read.failure).toBeNull();
  });

  it("asks for nobody who is asked nothing", async () => {
    const { heard, run } = feed("coordinator");
    await run();
    expect(heard.asked).toBe(0);
  });
});
