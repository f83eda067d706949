/** How things stand: this tablet, the hub, the last test alarm, and for those who sign, how many limits wait for them. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { trialSentence } from "../lib/duty";
import { duration } from "../lib/format";
import type { Me } from "../lib/types";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import { WatchFeed } from "../ui/watch";

const EVERY = 60_000;
const SIGNERS: ReadonlySet<Me["role"]> = new Set(["physician", "coordinator"]);

interface Line {
  readonly name: string;
  readonly says: string;
  readonly bad: boolean;
}

/** What this tablet knows of itself. */
function ownLines(app: App): readonly Line[] {
  const { words, session, tablet, preferences } = app;
  const said = words.tablet.more;
  const silent = duration(session.silentFor() * 1000, preferences.language);
  const wrong = session.clockError();
  const audio = app.loudspeaker?.state ?? "locked";
  const waiting = app.outbox.waiting.length;
  return [
    { name: said.link, says: app.online ? said.linkLive : said.linkLost(silent), bad: !app.online },
    { name: said.audio, says: { ready: said.audioProven, locked: words.bar.soundLocked, failed: words.bar.soundFailed }[audio], bad: audio !== "ready" },
    { name: said.awake, says: tablet.awake === true ? said.awakeHeld : said.awakeRefused, bad: tablet.awake !== true },
    ...(tablet.battery === null ? [] : [{ name: said.battery, says: words.bar.battery(Math.round(tablet.battery * 100)), bad: tablet.battery <= 0.15 && !tablet.charging }]),
    { name: said.clock, says: wrong === 0 ? said.clockGood : words.bar.clockWrong(duration(Math.abs(wrong), preferences.language)), bad: wrong !== 0 },
    { name: said.unsent, says: waiting === 0 ? said.unsentNone : words.tablet.offline.waiting(waiting), bad: waiting > 0 },
  ];
}

/** What the hub says of itself; nothing old. */
function hubLines(app: App, feed: WatchFeed | null): readonly Line[] {
  const said = app.words.tablet.more;
  const view = feed?.now ?? null;
  if (view === null || !app.online) return [{ name: said.hub, says: said.hubUnknown, bad: false }];
  const { reasons } = app.words.duty.watch;
  const { trial } = view;
  return [
    { name: said.hub, says: view.hub === "" ? said.hubWell : said.hubBad(reasons[view.hub] ?? reasons["hub"] ?? ""), bad: view.hub !== "" },
    { name: app.words.duty.trial.title, says: trialSentence(trial, app.speech), bad: trial !== null && trial.place !== "screen" },
  ];
}

export class Standing extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: var(--gap-3);
      }
      h2 {
        font-size: var(--size-3);
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: var(--gap-2) var(--gap-4);
      }
      dt {
        color: var(--quiet);
      }
      dd.bad {
        color: var(--high);
        font-weight: 700;
      }
      a {
        display: flex;
        align-items: center;
        gap: var(--gap-2);
        min-height: var(--touch);
        padding: 0 var(--gap-4);
        border: 1px solid var(--edge);
        border-radius: var(--radius);
        color: inherit;
        font-weight: 600;
        text-decoration: none;
      }
      a b {
        margin-inline-start: auto;
      }
    `,
  ];
  static override properties = { app: { attribute: false }, moment: { attribute: false } };

  declare app: App;
  /** Hub time; the page gives it, so that ages grow. */
  declare moment: number;
  private feed: WatchFeed | null = null;
  /** How many limits wait for a signature; `null` while nobody has said. */
  private waiting: number | null = null;
  private asked = false;
  private timer: ReturnType<typeof setInterval> | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.feed ??= new WatchFeed(this, this.app);
    this.timer = setInterval(() => void this.read(), EVERY);
  }

  override updated(): void {
    // Who is signed in is known a moment after the page is drawn.
    if (this.asked || !this.signs || !this.app.online) return;
    this.asked = true;
    void this.read();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.timer !== null) clearInterval(this.timer);
  }

  private get signs(): boolean {
    return this.app.me !== null && SIGNERS.has(this.app.me.role);
  }

  private async read(): Promise<void> {
    if (!this.signs) return;
    try {
      this.waiting = (await this.app.session.api.waitingPrescriptions()).length;
    } catch {
      this.waiting = null; // the link to the hub has its own line above
    }
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const { app } = this;
    const said = app.words.tablet.more;
    return html`<h2>${said.state}</h2>
      <dl>${[...ownLines(app), ...hubLines(app, this.feed)].map(({ name, says, bad }) => html`<dt>${name}</dt><dd class=${bad ? "bad" : ""}>${says}</dd>`)}</dl>
      ${this.signs
        ? html`<a href="/coordination/signatures">${icon("sign")}${said.limits}${this.waiting === null ? nothing : html` <b>${this.waiting === 0 ? said.limitsNone : this.waiting}</b>`}</a>`
        : nothing}`;
  }
}

customElements.define("vv-standing", Standing);
