import { describe, expect, it } from "vitest";
import { ApiError, type Failure } from "../src/lib/api";
import { expiry, orderAt, Outbox, overlaid, parseKept, TOO_OLD, type Act, type Gesture, type Memory, type Suppress } from "../src/lib/outbox";
import { loudest } from "../src/lib/rank";
import { MINUTE, SECOND } from "../src/lib/types";
import { alert, NIGHT } from "./people";

function act(key: string, more: Partial<Act> = {}): Act {
  return { kind: "act", key, by: "ines", at: NIGHT, alert: "x", action: "take", ...more };
}

function silence(key: string, seconds = 120): Suppress {
  return { kind: "suppress", key, by: "ines", at: NIGHT, order: { kind: "silence", alert: "x", reason: "in_care", seconds } };
}

const refusal = (failure: Failure, code: string, params = {}): ApiError => new ApiError(failure, code, code, null, params);

/** A hub that answers as it is told, and a tablet's storage. */
function tablet(): { memory: Memory & { text: string | null }; sent: [string, boolean][]; answers: (ApiError | null)[]; box: () => Outbox } {
  const memory = {
    text: null as string | null,
    read: () => memory.text,
    write: (text: string) => {
      memory.text = text;
    },
  };
  const sent: [string, boolean][] = [];
  const answers: (ApiError | null)[] = [];
  const send = (gesture: Gesture, queued: boolean): Promise<void> => {
    sent.push([gesture.key, queued]);
    const answer = answers.shift() ?? null;
    return answer === null ? Promise.resolve() : Promise.reject(answer);
  };
  return { memory, sent, answers, box: () => new Outbox(memory, send) };
}

describe("Outbox", () => {
  it("sends at once what can be sent and keeps nothing of it", async () => {
    const { box, sent, memory } = tablet();
    await box().post(act("k"), true);
    expect(sent).toEqual([["k", false]]);
    expect(parseKept(memory.text)).toEqual({ waiting: [], conflicts: [] });
  });

  it("keeps a gesture before it sends it, so that a page closed in between loses nothing", () => {
    const { box, memory } = tablet();
    void box().post(act("k"), true);
    expect(parseKept(memory.text).waiting.map(({ key }) => key)).toEqual(["k"]);
  });

  it("keeps through a reload what was done without network, and sends it once, in its order, under its keys", async () => {
    const { box, sent } = tablet();
    const before = box();
    await before.post(act("k1"), false);
    await before.post(act("k2", { action: "release" }), false);
    expect(sent).toEqual([]);
    const after = box();
    expect(after.waiting.map(({ key }) => key)).toEqual(["k1", "k2"]);
    await Promise.all([after.flush("ines", NIGHT), after.flush("ines", NIGHT)]);
    await after.flush("ines", NIGHT);
    expect(sent).toEqual([["k1", true], ["k2", true]]);
    expect(after.waiting).toEqual([]);
  });

  it.each(["offline", "failing", "too_many", "signed_out"] as const)("waits when the answer is %s, and tries the same key again", async (failure) => {
    const { box, answers, sent } = tablet();
    const here = box();
    answers.push(refusal(failure, failure));
    await here.post(act("k"), true);
    expect(here.waiting.map(({ key }) => key)).toEqual(["k"]);
    answers.push(refusal(failure, failure));
    await here.flush("ines", NIGHT);
    await here.flush("ines", NIGHT);
    expect(sent.map(([key]) => key)).toEqual(["k", "k", "k"]);
    expect(here.waiting).toEqual([]);
    expect(here.conflicts).toEqual([]);
  });

  it("says at once what the hub refuses at once", async () => {
    const { box, answers } = tablet();
    const here = box();
    answers.push(refusal("refused", "already_acknowledged"));
    await expect(here.post(act("k"), true)).rejects.toThrow("already_acknowledged");
    expect(here.waiting).toEqual([]);
  });

  it("shows a conflict until somebody has read it, also after a reload, and goes on with the next gesture", async () => {
    const { box, answers, sent } = tablet();
    const here = box();
    await here.post(act("k1"), false);
    await here.post(act("k2", { alert: "y" }), false);
    answers.push(refusal("refused", "held_by_other", { holder: "paul" }));
    await here.flush("ines", NIGHT);
    expect(sent.map(([key]) => key)).toEqual(["k1", "k2"]);
    const again = box();
    expect(again.conflicts).toEqual([{ gesture: act("k1"), failure: "refused", code: "held_by_other", holder: "paul" }]);
    again.dismiss("k1");
    expect(box().conflicts).toEqual([]);
  });

  it("takes 'you already have it' for what was meant", async () => {
    const { box, answers } = tablet();
    const here = box();
    await here.post(act("k"), false);
    answers.push(refusal("refused", "already_taken", { holder: "ines" }));
    await here.flush("ines", NIGHT);
    expect([here.waiting, here.conflicts]).toEqual([[], []]);
  });

  it("never sends one person's gesture under another's name", async () => {
    const { box, sent } = tablet();
    const here = box();
    await here.post(act("k"), false);
    await here.flush("paul", NIGHT + MINUTE);
    expect(sent).toEqual([]);
    expect(here.waiting.length).toBe(1);
  });

  it("does not send what is too old, and says so", async () => {
    const { box, sent } = tablet();
    const here = box();
    await here.post(act("k"), false);
    await here.flush("ines", NIGHT + TOO_OLD - 1);
    expect(sent.length).toBe(1);
    await here.post(act("k2"), false);
    await here.flush("ines", NIGHT + TOO_OLD);
    expect(sent.length).toBe(1);
    expect(here.conflicts.map(({ failure }) => failure)).toEqual(["too_late"]);
  });

  it("orders a silence only until the end it had when it was asked", async () => {
    const { box, sent } = tablet();
    expect(expiry(silence("k"))).toBe(NIGHT + 115 * SECOND);
    expect(orderAt(silence("k"), NIGHT + 50 * SECOND).seconds).toBe(70);
    const here = box();
    await here.post(silence("k"), false);
    await here.flush("ines", NIGHT + 2 * MINUTE);
    expect(sent).toEqual([]);
    expect(here.conflicts.map(({ failure }) => failure)).toEqual(["too_late"]);
  });

  it("works where nothing can be stored, as long as the page lasts", async () => {
    const sent: string[] = [];
    const here = new Outbox({ read: () => null, write: () => undefined }, ({ key }) => {
      sent.push(key);
      return Promise.resolve();
    });
    await here.post(act("k"), false);
    await here.flush("ines", NIGHT);
    expect(sent).toEqual(["k"]);
    expect(here.waiting).toEqual([]);
  });

  it.each([null, "", "{", "[]", "null", '{"waiting":[{"kind":"act"}],"conflicts":[7]}', '{"waiting":{"0":1}}'])("reads %j as nothing", (text) => {
    expect(parseKept(text)).toEqual({ waiting: [], conflicts: [] });
  });
});

describe("an alert with what waits", () => {
  it("is as the person left it, and quiet here", () => {
    const ringing = alert("x");
    const taken = overlaid(ringing, [act("k")], NIGHT);
    expect([taken.response, taken.taken_by]).toEqual(["taken", "ines"]);
    expect(loudest([taken], NIGHT)).toBeNull();
    const released = overlaid(ringing, [act("k1"), act("k2", { action: "release" })], NIGHT);
    expect([released.response, released.taken_by]).toEqual(["unacknowledged", null]);
    expect(loudest([released], NIGHT)).toBe("high");
  });

  it("rings again when its silence is over, though the hub never heard of it", () => {
    const silent = (now: number) => loudest([overlaid(alert("x"), [silence("k")], now)], now);
    expect(silent(NIGHT + 60 * SECOND)).toBeNull();
    expect(silent(NIGHT + 121 * SECOND)).toBe("insistent");
  });

  it("rings again when the gesture is too old to be sent", () => {
    expect(loudest([overlaid(alert("x"), [act("k")], NIGHT + TOO_OLD)], NIGHT + TOO_OLD)).toBe("insistent");
  });

  it("leaves every other alert alone", () => {
    const other = alert("y");
    expect(overlaid(other, [act("k"), silence("s")], NIGHT)).toBe(other);
  });
});
