/**
 * What people entered and this tablet could not tell the hub yet, sets of observations and notes: kept through a loss of network
 * and a reload, sent once.
 *
 * An entry has a name of its own; the hub enters what has a known name only once. What is kept names residents and accounts by
 * their ids, and what somebody wrote is in it only sealed (`seal.ts`). What the hub refused stays on the page until somebody
 * has read it.
 */
import { ApiError, type Failure } from "./api";
import type { Memory } from "./outbox";
import type { Micros } from "./types";

const MOST = 300;
const PASSING: ReadonlySet<Failure> = new Set<Failure>(["offline", "failing", "too_many", "signed_out"]);

export interface Entry {
  readonly id: string;
  readonly resident: string;
  readonly time: Micros;
}

/** What one store keeps. */
export interface Kind {
  /** The hub takes nothing older. */
  readonly oldest: Micros;
  /** Tells whether an object with the fields of every entry is one of these. */
  readonly is: (value: Readonly<Record<string, unknown>>) => boolean;
  /** Where it lies in what an earlier version of the page kept. */
  readonly formerly?: string;
}

export interface Pending<E extends Entry> {
  /** Account that entered it; nobody else's session sends it. */
  readonly by: string;
  readonly entry: E;
}

export interface Refusal<E extends Entry> {
  readonly pending: Pending<E>;
  readonly failure: Failure | "too_late";
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
}

export type Enter<E extends Entry, View> = (entry: E) => Promise<View>;

interface Kept<E extends Entry> {
  readonly waiting: readonly Pending<E>[];
  readonly refusals: readonly Refusal<E>[];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function pendingOf<E extends Entry>(value: unknown, kind: Kind): Pending<E>[] {
  if (!isObject(value) || typeof value["by"] !== "string") return [];
  const entry = value["entry"] ?? value[kind.formerly ?? "entry"];
  if (!isObject(entry)) return [];
  const { id, resident, time } = entry;
  if (typeof id !== "string" || typeof resident !== "string" || typeof time !== "number" || !kind.is(entry)) return [];
  return [{ by: value["by"], entry: entry as unknown as E }];
}

function refusalOf<E extends Entry>(value: unknown, kind: Kind): Refusal<E>[] {
  if (!isObject(value)) return [];
  const { failure, code, params } = value;
  if (typeof failure !== "string" || typeof code !== "string" || !isObject(params)) return [];
  return pendingOf<E>(value["pending"], kind).map((pending) => ({ ...(value as unknown as Refusal<E>), pending }));
}

/** Reads what was kept; what is not one of ours is left out. */
export function parseEntries<E extends Entry>(text: string | null, kind: Kind): Kept<E> {
  let body: unknown;
  try {
    body = JSON.parse(text ?? "");
  } catch {
    body = {};
  }
  const { waiting, refusals } = isObject(body) ? body : {};
  return {
    waiting: Array.isArray(waiting) ? waiting.flatMap((each) => pendingOf<E>(each, kind)).slice(-MOST) : [],
    refusals: Array.isArray(refusals) ? refusals.flatMap((each) => refusalOf<E>(each, kind)).slice(-MOST) : [],
  };
}

export class Entries<E extends Entry, View> extends EventTarget {
  private kept: Kept<E>;
  private sending: Promise<void> | null = null;

  constructor(
    private readonly memory: Memory,
    private readonly enter: Enter<E, View>,
    private readonly kind: Kind,
  ) {
    super();
    this.kept = parseEntries<E>(memory.read(), kind);
  }

  get waiting(): readonly Pending<E>[] {
    return this.kept.waiting;
  }

  get refusals(): readonly Refusal<E>[] {
    return this.kept.refusals;
  }

  /**
   * Keeps an entry, then sends it at once if `online`; without an answer it waits, and `null` is returned.
   *
   * @throws ApiError when the hub refused it: nothing waits then.
   */
  async post(pending: Pending<E>, online: boolean): Promise<View | null> {
    this.change((kept) => ({ ...kept, waiting: [...kept.waiting, pending].slice(-MOST) }));
    if (!online) return null;
    try {
      const entered = await this.enter(pending.entry);
      this.drop(pending);
      return entered;
    } catch (error) {
      if (error instanceof ApiError && PASSING.has(error.failure)) return null;
      this.drop(pending);
      throw error;
    }
  }

  /** Sends what waits of this account, oldest first. */
  async flush(by: string, now: Micros): Promise<void> {
    this.sending ??= this.sendAll(by, now).finally(() => {
      this.sending = null;
    });
    await this.sending;
  }

  /** Takes away a refusal that a person has read. */
  dismiss(id: string): void {
    this.change((kept) => ({ ...kept, refusals: kept.refusals.filter(({ pending }) => pending.entry.id !== id) }));
  }

  private async sendAll(by: string, now: Micros): Promise<void> {
    for (const pending of this.waiting.filter((each) => each.by === by)) {
      if (now - pending.entry.time >= this.kind.oldest) {
        this.refuse({ pending, failure: "too_late", code: "too_late", params: {} });
        continue;
      }
      try {
        await this.enter(pending.entry);
        this.drop(pending);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (PASSING.has(error.failure)) return;
        this.refuse({ pending, failure: error.failure, code: error.code, params: error.params });
      }
    }
  }

  private refuse(refusal: Refusal<E>): void {
    this.drop(refusal.pending);
    this.change((kept) => ({ ...kept, refusals: [...kept.refusals, refusal].slice(-MOST) }));
  }

  private drop(pending: Pending<E>): void {
    this.change((kept) => ({ ...kept, waiting: kept.waiting.filter(({ entry }) => entry.id !== pending.entry.id) }));
  }

  /** Reads before it writes: another tab of this tablet keeps its entries in the same place. */
  private change(how: (kept: Kept<E>) => Kept<E>): void {
    const text = this.memory.read();
    this.kept = how(text === null ? this.kept : parseEntries<E>(text, this.kind));
    this.memory.write(JSON.stringify(this.kept));
    this.dispatchEvent(new Event("change"));
  }
}
