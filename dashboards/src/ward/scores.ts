/** The last NEWS2 score of each resident and how many are due, as the measurement round knows them. */
import { html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { ago, shortDuration } from "../lib/format";
import { RoundApi, type RoundEntry, type RoundView } from "../lib/round";
import { scoreShort, scoreSpoken } from "../lib/reasons";
import { HOUR, type Micros } from "../lib/types";
import type { App } from "../ui/app";

const EVERY = 60_000;
/** A score older than this says nothing of today. */
const OLD: Micros = 24 * HOUR;

/** Reads the round once a minute, for as long as its page is there. */
export class ScoreFeed implements ReactiveController {
  private timer: ReturnType<typeof setInterval> | null = null;
  private view: RoundView | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly app: App,
  ) {
    host.addController(this);
    app.session.addEventListener("link", () => void this.read());
  }

  hostConnected(): void {
    this.timer = setInterval(() => void this.read(), EVERY);
  }

  hostDisconnected(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  /** How many residents are to be measured now; `null` when nobody has said. */
  get due(): number | null {
    return this.view?.entries.filter(({ state }) => state === "due").length ?? null;
  }

  of(resident: string): RoundEntry | undefined {
    return this.view?.entries.find((entry) => entry.resident === resident);
  }

  private async read(): Promise<void> {
    if (!this.app.online) return;
    try {
      this.view = await new RoundApi(this.app.session.api).round();
    } catch (error) {
      // What was read before carries its age; the link to the hub has its own red frame.
      if (!(error instanceof ApiError)) throw error;
    }
    this.host.requestUpdate();
  }
}

/** `N 7 ↑ · 2 h`, or nothing when there is no score of today. */
export function scoreOf(app: App, feed: ScoreFeed, resident: string): TemplateResult | typeof nothing {
  const entry = feed.of(resident);
  const { speech } = app;
  if (entry?.score === undefined || entry.score === null || entry.last === null || speech.now - entry.last > OLD) return nothing;
  return html`<span class="news2"
    ><span aria-hidden="true"><b>${scoreShort(entry.score)}</b><span class="age"> · ${shortDuration(speech.now - entry.last, speech.language)}</span></span
    ><span class="only-spoken">${scoreSpoken(entry.score, speech)}, ${ago(entry.last, speech.now, speech.language)}</span></span
  >`;
}
