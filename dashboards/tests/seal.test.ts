import { describe, expect, it } from "vitest";
import { NOTES, opened, sealed, tell, type KeptNote, type TabletKey, type Words } from "../src/handover/keep";
import { ApiError } from "../src/lib/api";
import { Entries } from "../src/lib/entries";
import type { HandoverApi, NoteChange, NoteHistory, NoteIn } from "../src/lib/handover";
import { newKey, seal, unseal } from "../src/lib/seal";

const T = 1_790_000_000_000_000;
const WORDS: Words = { data: "Toux grasse, « inquiète »", action: "redressée", result: "" };
const TOLD = {} as NoteHistory;
const REFUSED = new ApiError("refused", "changed_meanwhile", "");

/** A tablet whose browser keeps a key, and what lies in its storage. */
class Tablet {
  text: string | null = null;
  private key: Promise<CryptoKey> = newKey();
  readonly keys = { get: () => this.key } as unknown as TabletKey;
  read = (): string | null => this.text;
  write = (text: string): void => {
    this.text = text;
  };
  forget(): void {
    this.key = newKey();
  }
}

class Hub {
  sent: (NoteIn | NoteChange)[] = [];
  refusal: ApiError | null = null;
  write = (note: NoteIn): Promise<NoteHistory> => this.answer(note);
  change = (note: string, change: NoteChange): Promise<NoteHistory> => this.answer({ note, ...change } as NoteChange);
  private answer(body: NoteIn | NoteChange): Promise<NoteHistory> {
    if (this.refusal !== null) return Promise.reject(this.refusal);
    this.sent.push(body);
    return Promise.resolve(TOLD);
  }
}

function page(tablet: Tablet, hub: Hub): Entries<KeptNote, NoteHistory> {
  return new Entries(tablet, async (note) => tell(hub as unknown as HandoverApi, note, await opened(tablet.keys, note)), NOTES);
}

async function written(tablet: Tablet, id: string, changes: KeptNote["changes"] = null): Promise<{ by: string; entry: KeptNote }> {
  const hidden = await sealed(tablet.keys, id, WORDS);
  return { by: "ines", entry: { id, resident: "jeanne", time: T, sealed: hidden ?? "", changes } };
}

describe("sealed words", () => {
  it("open with their key and under their name alone", async () => {
    const key = await newKey();
    const hidden = await seal(key, "note-1", WORDS);
    expect(hidden).not.toBe(await seal(key, "note-1", WORDS));
    expect(await unseal(key, "note-1", hidden)).toEqual(WORDS);
    expect(await unseal(key, "note-2", hidden)).toBeNull();
    expect(await unseal(await newKey(), "note-1", hidden)).toBeNull();
  });

  it.each(["", "!", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"])("are nothing when damaged: %s", async (text) => {
    expect(await unseal(await newKey(), "note-1", text)).toBeNull();
  });

  it("have a key that nobody can read", async () => {
    await expect(crypto.subtle.exportKey("raw", await newKey())).rejects.toThrow();
  });
});

describe("notes that wait", () => {
  it("lie on the tablet without a word of them, through a reload, and are sent once", async () => {
    const [tablet, hub] = [new Tablet(), new Hub()];
    const first = page(tablet, hub);
    expect(await first.post(await written(tablet, "note-1"), false)).toBeNull();
    await first.post(await written(tablet, "new-2", { note: "note-0", version: 1 }), false);
    expect(tablet.text).toContain("note-1");
    expect(tablet.text).not.toMatch(/toux|inqui|redress/i);
    const again = page(tablet, hub);
    await Promise.all([again.flush("ines", T), again.flush("ines", T)]);
    await page(tablet, hub).flush("ines", T);
    expect(hub.sent).toEqual([
      { id: "note-1", resident: "jeanne", time: T, ...WORDS },
      { note: "note-0", key: "new-2", version: 1, ...WORDS },
    ]);
  });

  it("keep their text when they are refused, until somebody has dealt with it", async () => {
    const [tablet, hub] = [new Tablet(), new Hub()];
    const entries = page(tablet, hub);
    await entries.post(await written(tablet, "new-2", { note: "note-0", version: 1 }), false);
    hub.refusal = REFUSED;
    await entries.flush("ines", T);
    const [refusal] = page(tablet, hub).refusals;
    expect(refusal?.code).toBe("changed_meanwhile");
    expect(refusal && (await opened(tablet.keys, refusal.pending.entry))).toEqual(WORDS);
  });

  it("say so when the tablet lost its key", async () => {
    const [tablet, hub] = [new Tablet(), new Hub()];
    const entries = page(tablet, hub);
    await entries.post(await written(tablet, "note-1"), false);
    tablet.forget();
    await entries.flush("ines", T);
    expect([hub.sent, entries.refusals.map(({ code }) => code)]).toEqual([[], ["unreadable"]]);
  });

  it("are not written where there is no key", async () => {
    expect(await sealed({ get: () => Promise.resolve(null) } as unknown as TabletKey, "note-1", WORDS)).toBeNull();
  });

  it.each([{ sealed: 3, changes: null }, { sealed: "x", changes: { note: "n" } }, { sealed: "x" }])("survive a damaged store: %o", (broken) => {
    const tablet = new Tablet();
    tablet.text = JSON.stringify({ waiting: [{ by: "ines", entry: { id: "a", resident: "", time: T, ...broken } }] });
    expect(page(tablet, new Hub()).waiting).toEqual([]);
  });
});
