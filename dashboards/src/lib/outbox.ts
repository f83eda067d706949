/**
 * What people did on this tablet and the hub has not confirmed: kept through a loss of network and a reload, sent once.
 *
 * Each gesture has a key; the hub does what has a known key only once, so that a gesture whose answer was lost may be sent
 * again. What is kept names alerts, devices and accounts by their ids and reasons by their codes: no resident's name, no
 * word that somebody wrote.
 */
import { ApiError, type Failure } from "./api";
import { MINUTE, SECOND, type AlertAction, type AlertView, type Micros, type SuppressionOrder } from "./types";

/** A gesture older than this is not sent any more: who made it may be elsewhere, and the alert another one. */
export const TOO_OLD: Micros = 15 * MINUTE;
/** Less of a silence than this is not worth beginning it. */
const SHORTEST: Micros = 5 * SECOND;
const MOST = 200;

interface Common {
  readonly key: string;
  /** Account that did it; nobody else's session sends it. */
  readonly by: string;
  /** When, by the hub's clock. */
  readonly at: Micros;
}
export type Act = Common & { readonly kind: "act"; readonly alert: string; readonly action: AlertAction["action"] };
export type Suppress = Common & { readonly kind: "suppress"; readonly order: SuppressionOrder };
export type Lift = Common & { readonly kind: "lift"; readonly order: string };
export type Gesture = Act | Suppress | Lift;

/** A gesture that did not come to what was meant. */
export interface Conflict {
  readonly gesture: Gesture;
  readonly failure: Failure | "too_late";
  /** The hub's own code. */
  readonly code: string;
  /** Who has the alert, where the hub said so. */
  readonly holder: string;
}

/** Where it is kept; a browser's storage. */
export interface Memory {
  read(): string | null;
  write(text: string): void;
}

/** Sends one gesture; throws `ApiError`. */
export type Send = (gesture: Gesture, queued: boolean) => Promise<void>;

interface Kept {
  readonly waiting: readonly Gesture[];
  readonly conflicts: readonly Conflict[];
}

const NOTHING: Kept = { waiting: [], conflicts: [] };
/** Failures after which the same gesture may still succeed. */
const PASSING: ReadonlySet<Failure> = new Set<Failure>(["offline", "failing", "too_many", "signed_out"]);
const ACTIONS: ReadonlySet<unknown> = new Set(["acknowledge", "take", "release"]);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isGesture(value: unknown): value is Gesture {
  if (!isObject(value)) return false;
  const { kind, key, by, at, alert, action, order } = value;
  if (typeof key !== "string" || typeof by !== "string" || typeof at !== "number" || !Number.isFinite(at)) return false;
  if (kind === "act") return typeof alert === "string" && ACTIONS.has(action);
  if (kind === "lift") return typeof order === "string";
  return kind === "suppress" && isObject(order) && typeof order["kind"] === "string" && typeof order["reason"] === "string" && typeof order["seconds"] === "number";
}

function isConflict(value: unknown): value is Conflict {
  return isObject(value) && isGesture(value["gesture"]) && ["failure", "code", "holder"].every((name) => typeof value[name] === "string");
}

/** Reads what was kept; anything that is not one of ours is left out, so that a damaged store costs no more than itself. */
export function parseKept(text: string | null): Kept {
  if (text === null) return NOTHING;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return NOTHING;
  }
  if (!isObject(body)) return NOTHING;
  const { waiting, conflicts } = body;
  return {
    waiting: Array.isArray(waiting) ? waiting.filter(isGesture).slice(-MOST) : [],
    conflicts: Array.isArray(conflicts) ? conflicts.filter(isConflict).slice(-MOST) : [],
  };
}

/** When a gesture is over by itself. */
export function expiry(gesture: Gesture): Micros {
  const longest = gesture.at + TOO_OLD;
  if (gesture.kind !== "suppress") return longest;
  return Math.min(longest, gesture.at + gesture.order.seconds * SECOND - SHORTEST);
}

/** A silence as it is ordered late: it ends when it would have ended. */
export function orderAt(gesture: Suppress, now: Micros): SuppressionOrder {
  const passed = Math.max(0, now - gesture.at) / SECOND;
  return { ...gesture.order, seconds: Math.max(1, Math.round(gesture.order.seconds - passed)) };
}

/** The alert a gesture is about, or "". */
export function alertOf(gesture: Gesture): string {
  if (gesture.kind === "act") return gesture.alert;
  return gesture.kind === "suppress" ? (gesture.order.alert ?? "") : "";
}

/** An alert as the person in front of this tablet left it: what waits to be sent counts as done here, and is marked. */
export function overlaid(alert: AlertView, waiting: readonly Gesture[], now: Micros): AlertView {
  let shown = alert;
  for (const gesture of waiting) {
    if (alertOf(gesture) !== alert.id || expiry(gesture) <= now) continue;
    if (gesture.kind === "suppress") {
      const until = gesture.at + gesture.order.seconds * SECOND;
      shown = { ...shown, suppression: "silenced", muted_by: null, muted_until: until };
    } else if (gesture.kind === "act") {
      const response = { take: "taken", acknowledge: "acknowledged", release: "unacknowledged" } as const;
      shown = { ...shown, response: response[gesture.action], taken_by: gesture.action === "take" ? gesture.by : null };
    }
  }
  return shown;
}

export class Outbox extends EventTarget {
  private kept: Kept;
  private sending: Promise<void> | null = null;
  private readonly underWay = new Set<string>();

  constructor(
    private readonly memory: Memory,
    private readonly send: Send,
  ) {
    super();
    this.kept = parseKept(memory.read());
  }

  /** Gestures that wait, oldest first; those being sent for the first time are not among them. */
  get waiting(): readonly Gesture[] {
    return this.kept.waiting.filter(({ key }) => !this.underWay.has(key));
  }

  get conflicts(): readonly Conflict[] {
    return this.kept.conflicts;
  }

  /**
   * Keeps a gesture, then sends it at once if `online`; after an answer that may still become a yes it waits.
   *
   * @throws ApiError when the hub said no: nothing waits then.
   */
  async post(gesture: Gesture, online: boolean): Promise<void> {
    this.change((kept) => ({ ...kept, waiting: [...kept.waiting, gesture].slice(-MOST) }));
    if (!online) return;
    this.underWay.add(gesture.key);
    try {
      await this.send(gesture, false);
      this.drop(gesture);
    } catch (error) {
      if (error instanceof ApiError && PASSING.has(error.failure)) return;
      this.drop(gesture);
      throw error;
    } finally {
      this.underWay.delete(gesture.key);
      this.dispatchEvent(new Event("change"));
    }
  }

  /** Sends what waits of this account, in its order; what is too old becomes a conflict, as does what is refused. */
  async flush(by: string, now: Micros): Promise<void> {
    this.sending ??= this.sendAll(by, now).finally(() => {
      this.sending = null;
    });
    await this.sending;
  }

  /** Takes away a conflict that a person has read. */
  dismiss(key: string): void {
    this.change((kept) => ({ ...kept, conflicts: kept.conflicts.filter(({ gesture }) => gesture.key !== key) }));
  }

  private async sendAll(by: string, now: Micros): Promise<void> {
    for (const gesture of this.waiting) {
      if (expiry(gesture) <= now) {
        this.settle(gesture, { gesture, failure: "too_late", code: "too_late", holder: "" });
        continue;
      }
      if (gesture.by !== by) continue;
      try {
        await this.send(gesture, true);
        this.drop(gesture);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (PASSING.has(error.failure)) return;
        const holder = error.params["holder"];
        // The same person did it on another tablet, or the answer of the first time was lost: it is as they meant it.
        if (error.code === "already_taken") this.drop(gesture);
        else this.settle(gesture, { gesture, failure: error.failure, code: error.code, holder: typeof holder === "string" ? holder : "" });
      }
    }
  }

  private drop(gesture: Gesture): void {
    this.change((kept) => ({ ...kept, waiting: kept.waiting.filter(({ key }) => key !== gesture.key) }));
  }

  private settle(gesture: Gesture, conflict: Conflict): void {
    this.drop(gesture);
    this.change((kept) => ({ ...kept, conflicts: [...kept.conflicts, conflict].slice(-MOST) }));
  }

  /** Reads before it writes: another tab of this tablet keeps its gestures in the same place. */
  private change(how: (kept: Kept) => Kept): void {
    const text = this.memory.read();
    this.kept = how(text === null ? this.kept : parseKept(text));
    this.memory.write(JSON.stringify(this.kept));
    this.dispatchEvent(new Event("change"));
  }
}
