/**
 * Sensors that wait because the occupant of their room changed: what a nurse is asked, what is sent, and the undo.
 * No DOM; timers and the ward's state are arguments. What was shown is what is sent: an offer never changes once asked.
 */
import { ApiError, type Api } from "./api";
import type { WardState } from "./state";
import type { AlertView, Me, Micros, ResidentView } from "./types";

/** Why the hub is told that a sensor changed hands. */
export const NEW_OCCUPANT = "occupant_changed";
export const UNDONE = "undone";

/** Milliseconds in which a second tap of the same finger is no answer. */
export const GUARD = 400;
/** Milliseconds for which the undo is offered; the hub takes it for 60 s. */
export const UNDO = 10_000;
/** Milliseconds after which the hub counts as not answering. */
export const PATIENCE = 8_000;
/** Milliseconds between two looks at when a sensor last measured: the stream does not say it of what is nobody's. */
export const LOOK = 3_000;

export interface Waiting {
  readonly sensor: string;
  readonly kind: string;
  /** When it last measured; `null` when it never did, or its device is silent. */
  readonly last: Micros | null;
}

/** Which sensors could be given to whom. */
export interface Offer {
  readonly edge: string;
  readonly resident: ResidentView;
  readonly sensors: readonly Waiting[];
}

export type Trouble = "moved" | "already" | "elsewhere" | "gone" | "offline" | "forbidden" | "failing" | "tooLate";

export interface Problem {
  readonly trouble: Trouble;
  /** Who was first. */
  readonly who: string;
}

/** Who lives in the room where an edge stands; `null` for nobody, and for two, which would be a guess. */
export function occupantOf(state: WardState, edge: string): ResidentView | null {
  const found = [...state.residents.values()].filter((resident) => resident.edge === edge);
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** The notice about an edge's waiting sensors, if there is one. */
function noticeOf(state: WardState, edge: string): AlertView | undefined {
  return [...state.alerts.values()].find(
    (alert) => alert.code === "sensor_unassigned" && alert.edge === edge && alert.condition === "active",
  );
}

/** What a person may be offered about a room's waiting sensors; `null` when there is nothing, or they may not. */
export function offerOf(state: WardState, edge: string | null, me: Me | null): Offer | null {
  if (edge === null || me?.role !== "nurse") return null;
  const resident = occupantOf(state, edge);
  const about = noticeOf(state, edge)?.about ?? [];
  if (resident === null || about.length === 0) return null;
  const facts = state.edges.get(edge)?.sensors ?? resident.sensors;
  const last = (sensor: string): Micros | null => facts.find((fact) => fact.sensor === sensor)?.last ?? null;
  return { edge, resident, sensors: about.map(({ sensor, kind }) => ({ sensor, kind, last: last(sensor) })) };
}

/** What has happened to an offer since it was shown; `null` while it stands. */
export function overtaken(state: WardState, offer: Offer): Problem | null {
  if (occupantOf(state, offer.edge)?.id !== offer.resident.id) return { trouble: "moved", who: "" };
  const waiting = new Set(noticeOf(state, offer.edge)?.about.map(({ sensor }) => sensor));
  return offer.sensors.every(({ sensor }) => waiting.has(sensor)) ? null : { trouble: "already", who: "" };
}

const BY_CODE: Readonly<Record<string, Trouble>> = {
  not_the_occupant: "moved",
  already_assigned: "already",
  sensor_elsewhere: "elsewhere",
  unknown_sensor: "gone",
  unknown_edge: "gone",
  not_yours: "tooLate",
  too_late: "tooLate",
};

/** Puts a refusal into one of the troubles that have words. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof ApiError)) return { trouble: "failing", who: "" };
  const known = Object.hasOwn(BY_CODE, error.code) ? BY_CODE[error.code] : undefined;
  const who = error.params["author"];
  if (known !== undefined) return { trouble: known, who: typeof who === "string" ? who : "" };
  if (error.failure === "offline" || error.failure === "failing") return { trouble: "offline", who: "" };
  return { trouble: error.failure === "forbidden" || error.failure === "signed_out" ? "forbidden" : "failing", who: "" };
}

export interface Done {
  readonly offer: Offer;
  /** `fresh` can be undone, `undone` has been. */
  readonly state: "fresh" | "undoing" | "undone";
  readonly problem: Problem | null;
}

type After = (milliseconds: number, act: () => void) => () => void;
type Orders = Pick<Api, "assignWaiting" | "undoAssignments" | "edges">;

/** One page's question and undo; tells of every `change`. */
export class Relink extends EventTarget {
  /** What is being asked, frozen as it was shown. */
  asked: Offer | null = null;
  /** Identifiers of the sensors that were chosen of it. */
  chosen: ReadonlySet<string> = new Set();
  /** Whether a tap counts yet. */
  armed = false;
  sending = false;
  problem: Problem | null = null;
  done: Done | null = null;
  private disarm: () => void = () => undefined;
  private forget: () => void = () => undefined;
  private lookAway: () => void = () => undefined;

  constructor(
    private readonly orders: Orders,
    private readonly state: () => WardState,
    private readonly after: After,
  ) {
    super();
  }

  /** Asks about an offer, or about some of its sensors. */
  ask(offer: Offer): void {
    if (this.sending) return;
    this.disarm();
    this.lookAway();
    Object.assign(this, { asked: offer, chosen: new Set(offer.sensors.map(({ sensor }) => sensor)), armed: false, problem: null });
    this.disarm = this.after(GUARD, () => {
      this.armed = true;
      this.changed();
    });
    void this.look();
    this.changed();
  }

  choose(sensor: string, yes: boolean): void {
    const chosen = new Set(this.chosen);
    if (yes) chosen.add(sensor);
    else chosen.delete(sensor);
    this.chosen = chosen;
    this.changed();
  }

  /** Closes the question; what was sent already is not called back. */
  cancel(): void {
    this.disarm();
    this.lookAway();
    Object.assign(this, { asked: null, armed: false, problem: null });
    this.changed();
  }

  /** What stands against the question now: an answer of the hub, or what the page has learnt since. */
  objection(): Problem | null {
    if (this.asked === null || this.sending) return null;
    return this.problem ?? overtaken(this.state(), this.selection(this.asked));
  }

  /** Whether trying the same again can help. */
  mayConfirm(): boolean {
    const against = this.objection();
    const again = against === null || against.trouble === "offline" || against.trouble === "failing";
    return this.asked !== null && this.armed && !this.sending && this.chosen.size > 0 && again;
  }

  async confirm(): Promise<void> {
    const { asked } = this;
    if (asked === null || !this.mayConfirm()) return;
    const offer = this.selection(asked);
    const late = this.problem === null ? null : overtaken(this.state(), { ...offer, sensors: [] });
    if (late !== null) {
      this.problem = late;
      this.changed();
      return;
    }
    this.sending = true;
    this.problem = null;
    this.changed();
    try {
      await this.patiently(this.orders.assignWaiting(offer.edge, offer.resident.id, names(offer), NEW_OCCUPANT));
      this.sending = false;
      this.cancel();
      this.tell({ offer, state: "fresh", problem: null }, UNDO);
    } catch (error) {
      this.sending = false;
      this.problem = problemOf(error);
      // Closed meanwhile, and refused: it has to be said all the same.
      if (this.asked === null) this.ask(asked);
      this.problem = problemOf(error);
      this.changed();
    }
  }

  async undo(): Promise<void> {
    const { done } = this;
    if (done === null || done.state !== "fresh") return;
    const { offer } = done;
    this.forget();
    this.tell({ offer, state: "undoing", problem: null }, null);
    try {
      await this.patiently(this.orders.undoAssignments(offer.edge, offer.resident.id, names(offer), UNDONE));
      this.tell({ offer, state: "undone", problem: null }, UNDO);
    } catch (error) {
      // Stays until somebody has read it.
      this.tell({ offer, state: "fresh", problem: problemOf(error) }, null);
    }
  }

  dismiss(): void {
    this.forget();
    this.done = null;
    this.changed();
  }

  /** Learns when each sensor last measured, for as long as the question stands; who and which never change. */
  private async look(): Promise<void> {
    const looking = { over: false };
    this.lookAway = () => void (looking.over = true);
    const edges = await this.orders.edges().catch(() => []);
    if (looking.over || this.asked === null) return;
    const { edge, sensors } = this.asked;
    const facts = edges.find((each) => each.edge === edge)?.sensors ?? [];
    const last = (each: Waiting): Micros | null => facts.find((fact) => fact.sensor === each.sensor)?.last ?? each.last;
    this.asked = { ...this.asked, sensors: sensors.map((each) => ({ ...each, last: last(each) })) };
    this.lookAway = this.after(LOOK, () => void this.look());
    this.changed();
  }

  private selection(offer: Offer): Offer {
    return { ...offer, sensors: offer.sensors.filter(({ sensor }) => this.chosen.has(sensor)) };
  }

  private tell(done: Done, length: number | null): void {
    this.forget();
    this.done = done;
    this.forget = length === null ? () => undefined : this.after(length, () => this.dismiss());
    this.changed();
  }

  private patiently(asked: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const stop = this.after(PATIENCE, () => reject(new ApiError("offline", "no_answer", "the hub does not answer")));
      asked.then(resolve, reject).finally(stop);
    });
  }

  private changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}

function names(offer: Offer): readonly string[] {
  return offer.sensors.map(({ sensor }) => sensor);
}
