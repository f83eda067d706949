/** What waits for a physician and which calls go on, kept current for as long as a page is there. */
import { ApiError, type Api } from "./api";
import { isWaiting, openFor, callFor, type CallRequestView, ConsultApi } from "./consult";
import type { Surroundings } from "./live";
import type { Session } from "./session";
import type { CallView, LiveMessage } from "./types";

/** Milliseconds between two readings when nothing is heard: a message that was lost is made good. */
const EVERY = 20_000;
/** Milliseconds of messages that are read together: a call changes its state several times while it begins. */
const TOGETHER = 100;
const TELLING: ReadonlySet<LiveMessage["type"]> = new Set(["snapshot", "call"]);

/** What the feed needs of a page's session. */
export type FeedSession = Pick<Session, "link" | "me" | "addEventListener"> & { readonly api: Api };

export class ConsultFeed extends EventTarget {
  requests: readonly CallRequestView[] = [];
  /** Names of the physicians whose console is open; nobody: a request is seen by nobody yet. */
  physicians: readonly string[] = [];
  /** Calls that one is in or may join. */
  calls: readonly CallView[] = [];
  /** Requests that were open while this page looked on, as they ended. */
  readonly settled = new Map<string, CallRequestView>();
  /** Whether the hub has ever answered: nothing waiting and nothing known look different. */
  known = false;
  private reading = false;
  private again = false;
  private due: (() => void) | null = null;
  readonly api: ConsultApi;

  constructor(
    private readonly session: FeedSession,
    private readonly world: Pick<Surroundings, "every" | "after">,
  ) {
    super();
    this.api = new ConsultApi(session.api);
    session.addEventListener("link", () => this.soon());
    session.addEventListener("change", (event) => {
      const { detail } = event as CustomEvent<LiveMessage>;
      if (detail.type === "call_request") this.take(detail.request);
      else if (TELLING.has(detail.type)) this.soon();
    });
    world.every(EVERY, () => void this.read());
    this.soon();
  }

  openFor(resident: string): CallRequestView | undefined {
    return openFor(resident, this.requests);
  }

  callFor(resident: string): CallView | undefined {
    return callFor(resident, this.calls);
  }

  /** Takes one request as it is now; the hub's whole list comes soon after. */
  take(request: CallRequestView): void {
    const others = this.requests.filter(({ id }) => id !== request.id);
    this.requests = isWaiting(request) ? [...others, request] : others;
    if (!isWaiting(request)) this.settled.set(request.id, request);
    this.dispatchEvent(new Event("change"));
    this.soon();
  }

  private soon(): void {
    this.due ??= this.world.after(TOGETHER, () => {
      this.due = null;
      void this.read();
    });
  }

  async read(): Promise<void> {
    if (this.session.link !== "live" || this.session.me === null || this.session.me.role === "technician") return;
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    try {
      const [{ items, physicians }, calls] = await Promise.all([this.api.requests(), this.api.calls()]);
      this.requests = items;
      this.physicians = physicians;
      this.calls = calls;
      this.known = true;
      this.dispatchEvent(new Event("change"));
    } catch (error) {
      // The link to the hub has its own red frame; what was read before is read again in a moment.
      if (!(error instanceof ApiError)) throw error;
    } finally {
      this.reading = false;
    }
    if (!this.again) return;
    this.again = false;
    this.soon();
  }
}
