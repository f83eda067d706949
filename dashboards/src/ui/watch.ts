/** Who watches a resident now, as one calm sentence. */
import { css, html, LitElement, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import { watchSentence } from "../lib/duty";
import type { Micros, ResidentWatch, WatchView } from "../lib/types";
import type { App } from "./app";
import { icon } from "./icon";
import { base } from "./styles";

const EVERY = 5_000;
/** Microseconds after which what was read is too old to be said. */
const OLD: Micros = 30_000_000;

/** Reads who watches, every five seconds, for as long as its page is there. */
export class WatchFeed implements ReactiveController {
  private timer: ReturnType<typeof setInterval> | null = null;
  private asked: AbortController | null = null;
  private view: WatchView | null = null;
  private readAt: Micros = 0;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly app: App,
  ) {
    host.addController(this);
  }

  /** What is known now; `null` when nothing is, or it is too old to be true. */
  get now(): WatchView | null {
    return this.app.session.now() - this.readAt > OLD ? null : this.view;
  }

  of(resident: string): ResidentWatch | null {
    return this.now?.residents.find((one) => one.resident === resident) ?? null;
  }

  hostConnected(): void {
    this.timer = setInterval(() => void this.read(), EVERY);
    void this.read();
  }

  hostDisconnected(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.asked?.abort();
  }

  async read(): Promise<void> {
    this.asked?.abort();
    const asked = new AbortController();
    this.asked = asked;
    try {
      const view = await this.app.session.api.watch(asked.signal);
      if (this.asked !== asked) return;
      this.view = view;
      this.readAt = this.app.session.now();
      this.host.requestUpdate();
    } catch {
      // What was read before grows old and then says nothing; the link to the hub has its own red frame.
    }
  }
}

export const watchStyles = css`
  .watch {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    color: var(--quiet);
    font-size: var(--size-1);
  }
  .watch.hole {
    color: var(--technical);
    font-size: var(--size-2);
    font-weight: 600;
  }
`;

/** For a resident's page: `<vv-watch .app .resident .now>`; made anew for another resident. */
export class WatchElement extends LitElement {
  static override styles = [base, watchStyles];
  static override properties = { app: { attribute: false }, resident: { attribute: false }, now: { attribute: false } };

  declare app: App;
  declare resident: string;
  /** The moment to draw, so that ages grow. */
  declare now: Micros;
  private feed: WatchFeed | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.feed ??= new WatchFeed(this, this.app);
  }

  override render(): TemplateResult {
    const { app } = this;
    const view = this.feed?.now ?? null;
    const one = this.feed?.of(this.resident) ?? null;
    if (view === null || one === null) return html`<p class="watch">${icon("eye")}${app.words.duty.watch.unknown}</p>`;
    const hole = one.hole !== null;
    return html`<p class="watch ${hole ? "hole" : ""}">
      ${icon(hole ? "warning" : "eye")}<span>${watchSentence(view, one, app.speech)}</span>
    </p>`;
  }
}

customElements.define("vv-watch", WatchElement);
