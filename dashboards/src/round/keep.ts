/** What this tablet keeps of the round: sets that wait for the network, and drafts through a change of page. */
import { parseDrafts, isBegun, type Draft } from "../lib/draft";
import type { Kind } from "../lib/entries";
import type { Memory } from "../lib/outbox";
import { HOUR, type Micros } from "../lib/types";

const WAITING = "veilleuse.sets";
const DRAFTS = "veilleuse.drafts";

export function memory(storage: () => Storage, key: string): Memory {
  return {
    read() {
      try {
        return storage().getItem(key);
      } catch {
        return null; // storage forbidden: it lasts as long as the page
      }
    },
    write(text) {
      try {
        storage().setItem(key, text);
      } catch {
        // storage forbidden: it lasts as long as the page
      }
    },
  };
}

/** Sets as `Entries` keeps them; the age is what the hub takes (`hub/api/rounds.py`). */
export const SETS: Kind = { oldest: 12 * HOUR, is: ({ readings }) => Array.isArray(readings), formerly: "set" };
export const waitingSets = memory(() => localStorage, WAITING);
const drafts = memory(() => sessionStorage, DRAFTS);

/** One draft for each resident, for as long as the tab lives. */
export class Drafts {
  private readonly known = new Map<string, Draft>();

  load(by: string, now: Micros): void {
    for (const draft of parseDrafts(drafts.read(), by, now)) this.known.set(draft.resident, draft);
  }

  of(resident: string): Draft | undefined {
    return this.known.get(resident);
  }

  begun(resident: string): boolean {
    const draft = this.known.get(resident);
    return draft !== undefined && isBegun(draft);
  }

  keep(draft: Draft): void {
    this.known.set(draft.resident, draft);
    this.write();
  }

  drop(resident: string): void {
    this.known.delete(resident);
    this.write();
  }

  private write(): void {
    drafts.write(JSON.stringify([...this.known.values()]));
  }
}

/** A name that no other set or request has. */
export function newName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
