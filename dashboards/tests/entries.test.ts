import { describe, expect, it } from "vitest";
import { ApiError } from "../src/lib/api";
import { Entries, parseEntries, type Pending } from "../src/lib/entries";
import type { SetIn, SetView } from "../src/lib/round";
import { SETS } from "../src/round/keep";

const T = 1_790_000_000_000_000;
const ENTERED = { id: "set-1" } as SetView;

function pending(id: string, by = "ines", time = T): Pending<SetIn> {
  return { by, entry: { id, resident: "jeanne", time, readings: [{ metric: "spo2", value: 97, source: null }] } };
}

class Shelf {
  text: string | null = null;
  read = (): string | null => this.text;
  write = (text: string): void => {
    this.text = text;
  };
}

function hub(): { sent: string[]; answer: (set: SetIn) => Promise<SetView>; failing: ApiError | null } {
  const made = {
    sent: [] as string[],
    failing: null as ApiError | null,
    answer: (set: SetIn): Promise<SetView> => {
      made.sent.push(set.id);
      return made.failing === null ? Promise.resolve(ENTERED) : Promise.reject(made.failing);
    },
  };
  return made;
}

const OFFLINE = new ApiError("offline", "offline", "");
const REFUSED = new ApiError("refused", "value_changed", "", null, { metric: "spo2", before: 90 });

describe("sets that wait", () => {
  it("are sent at once while the hub is heard", async () => {
    const [shelf, there] = [new Shelf(), hub()];
    const entries = new Entries(shelf, there.answer, SETS);
    expect(await entries.post(pending("set-1"), true)).toBe(ENTERED);
    expect(entries.waiting).toEqual([]);
  });

  it("wait for the network and are sent once, in their order, by who measured", async () => {
    const [shelf, there] = [new Shelf(), hub()];
    const entries = new Entries(shelf, there.answer, SETS);
    expect(await entries.post(pending("set-1"), false)).toBeNull();
    there.failing = OFFLINE;
    expect(await entries.post(pending("set-2"), true)).toBeNull();
    await entries.post(pending("set-3", "lea"), false);
    expect(there.sent).toEqual(["set-2"]);
    there.failing = null;
    // The tablet was loaded again meanwhile.
    const again = new Entries(shelf, there.answer, SETS);
    await Promise.all([again.flush("ines", T), again.flush("ines", T)]);
    expect(there.sent).toEqual(["set-2", "set-1", "set-2"]);
    expect(again.waiting.map(({ entry }) => entry.id)).toEqual(["set-3"]);
  });

  it("keep waiting while no answer comes", async () => {
    const [shelf, there] = [new Shelf(), hub()];
    const entries = new Entries(shelf, there.answer, SETS);
    await entries.post(pending("set-1"), false);
    there.failing = OFFLINE;
    await entries.flush("ines", T);
    expect(entries.waiting).toHaveLength(1);
    expect(entries.refusals).toEqual([]);
  });

  it("are shown when they were refused, until somebody has read it", async () => {
    const [shelf, there] = [new Shelf(), hub()];
    const entries = new Entries(shelf, there.answer, SETS);
    await entries.post(pending("set-1"), false);
    await entries.post(pending("old", "ines", T - SETS.oldest), false);
    there.failing = REFUSED;
    await entries.flush("ines", T);
    expect(there.sent).toEqual(["set-1"]);
    expect(entries.waiting).toEqual([]);
    expect(entries.refusals.map(({ pending: { entry }, code }) => [entry.id, code])).toEqual([
      ["set-1", "value_changed"],
      ["old", "too_late"],
    ]);
    entries.dismiss("set-1");
    expect(new Entries(shelf, there.answer, SETS).refusals.map(({ code }) => code)).toEqual(["too_late"]);
  });

  it("are not kept when the hub refused them in front of the person", async () => {
    const [shelf, there] = [new Shelf(), hub()];
    there.failing = REFUSED;
    const entries = new Entries(shelf, there.answer, SETS);
    await expect(entries.post(pending("set-1"), true)).rejects.toBe(REFUSED);
    expect(entries.waiting).toEqual([]);
  });

  it.each([null, "", "[", "null", "3", '{"waiting":[{}],"refusals":[{"pending":1}]}', '{"waiting":3}'])("survive a damaged store: %s", (text) => {
    expect(parseEntries(text, SETS)).toEqual({ waiting: [], refusals: [] });
  });

  it("are read as an earlier version of the page kept them", () => {
    const { by, entry } = pending("set-1");
    const refusal = { pending: { by, set: entry }, failure: "refused", code: "other", params: {} };
    const kept = parseEntries(JSON.stringify({ waiting: [{ by, set: entry }], refusals: [refusal] }), SETS);
    expect(kept).toEqual({ waiting: [{ by, entry }], refusals: [{ ...refusal, pending: { by, entry } }] });
  });

  it("hold nobody's name", async () => {
    const shelf = new Shelf();
    await new Entries(shelf, hub().answer, SETS).post(pending("set-1"), false);
    expect(shelf.text).not.toMatch(/martin/i);
  });
});
