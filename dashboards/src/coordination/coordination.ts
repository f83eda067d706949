/** The coordinator's page: how much the ward is alarmed, whose limits are to be looked at, and where verdicts differ. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { chosen, lastDays, type Sort, type SortKey, type SpanDays } from "../lib/load";
import { errorSentence } from "../lib/say";
import type { DifferenceView, LoadView, Micros, WaitingPaper } from "../lib/types";
import { App } from "../ui/app";
import { bar, barStyles } from "../ui/bar";
import { helpDialog, helpStyles, isTyping } from "../ui/help";
import { icon, type IconName } from "../ui/icon";
import { saveAs } from "../ui/save";
import { failed, forbidden, reading, unreadable } from "../ui/states";
import { base, marks, pageState } from "../ui/styles";
import { complaint, doubts, spoken, truthStyles } from "../ui/truth";
import { Access, accessPage } from "./access";
import { differPage } from "./differ";
import { loadPage, type LoadHost } from "./load-page";
import { Signing, signPage, type SignHost } from "./sign";
import { coordinationStyles } from "./styles";
import { Trial, trialPage } from "./trial";

/** Milliseconds between two readings: nobody watches this page for an alarm. */
const READ = 60_000;
const NOTICE = 10_000;

type Part = "load" | "trial" | "sign" | "differ" | "access";

const ADDRESSES: Readonly<Record<Part, string>> = {
  load: "/coordination",
  trial: "/coordination/essai",
  sign: "/coordination/signatures",
  differ: "/coordination/ecarts",
  access: "/coordination/acces",
};
const ICONS: Readonly<Record<Part, IconName>> = { load: "chart", trial: "trial", sign: "sign", differ: "differ", access: "eye" };
const PARTS = ["load", "trial", "sign", "differ", "access"] as const;
const PERSON = /^\/coordination\/essai\/([^/]+)$/;

function partOf(path: string): Part {
  return PARTS.findLast((part) => path.startsWith(ADDRESSES[part])) ?? "load";
}

function residentIn(path: string): string {
  const found = PERSON.exec(path)?.[1];
  return found === undefined ? "" : decodeURIComponent(found);
}

/** Everything the page reads; `null` is what could not be read, or not yet. */
interface Known {
  readonly load: LoadView | null;
  readonly differences: readonly DifferenceView[] | null;
  readonly waiting: readonly WaitingPaper[] | null;
}

const NOTHING: Known = { load: null, differences: null, waiting: null };

/** Another tab or window is the browser's affair. */
function elsewhere(event: MouseEvent): boolean {
  return event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
}

export class Coordination extends LitElement implements LoadHost, SignHost {
  static override styles = [base, marks, pageState, barStyles, truthStyles, helpStyles, coordinationStyles];

  query = "";
  sort: Sort = { key: "per_day", down: true };
  days: SpanDays = 7;
  private place = partOf(location.pathname);
  private known = NOTHING;
  private readAt: Micros = 0;
  private failure: unknown = null;
  private asked: AbortController | null = null;
  private notice = "";
  private timer: ReturnType<typeof setInterval> | null = null;
  private readonly app = new App(this, ["coordinator", "physician"], { sound: false });
  private readonly trial = new Trial(this.app, () => this.requestUpdate());
  private readonly signing = new Signing(this.app, this);
  private readonly access = new Access(this.app, this);

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.moved);
    addEventListener("keydown", this.key);
    this.app.session.addEventListener("change", this.changed);
    this.timer = setInterval(() => void this.read(), READ);
    this.trial.resident = residentIn(location.pathname);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this.moved);
    removeEventListener("keydown", this.key);
    this.app.session.removeEventListener("change", this.changed);
    if (this.timer !== null) clearInterval(this.timer);
    this.asked?.abort();
    this.trial.stop();
  }

  search(query: string): void {
    this.query = query;
    this.requestUpdate();
  }

  order(key: SortKey): void {
    this.sort = chosen(this.sort, key);
    this.requestUpdate();
  }

  span(days: SpanDays): void {
    this.days = days;
    this.known = { ...this.known, load: null };
    this.requestUpdate();
    void this.read();
  }

  tryLimit(resident: string, limit: string, event: MouseEvent): void {
    if (elsewhere(event)) return;
    event.preventDefault();
    history.pushState(null, "", `${ADDRESSES.trial}/${encodeURIComponent(resident)}`);
    this.trial.choose(resident, limit);
    this.show("trial");
  }

  reread(): void {
    void this.read();
  }

  save(name: string, table: string): void {
    saveAs(name, new Blob([table], { type: "text/csv;charset=utf-8" }));
    this.tell(this.app.words.coordination.load.exported(name));
  }

  tell(text: string): void {
    this.notice = text;
    setTimeout(() => {
      if (this.notice === text) this.notice = "";
      this.requestUpdate();
    }, NOTICE);
    this.requestUpdate();
  }

  private readonly changed = (): void => {
    if (this.known.load === null && this.asked === null) void this.read();
  };

  private readonly moved = (): void => {
    const resident = residentIn(location.pathname);
    if (resident !== this.trial.resident && resident !== "") this.trial.choose(resident);
    this.show(partOf(location.pathname));
  };

  private go(part: Part, event: MouseEvent): void {
    if (elsewhere(event)) return;
    event.preventDefault();
    if (part === this.place) return;
    history.pushState(null, "", ADDRESSES[part]);
    this.show(part);
  }

  private show(part: Part): void {
    this.place = part;
    if (part === "access") void this.access.read();
    this.requestUpdate();
    this.renderRoot.querySelector("main")?.scrollTo(0, 0);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("main")?.focus());
  }

  /** Reads everything anew; a request that is overtaken by another period is given up. */
  private async read(): Promise<void> {
    if (this.app.phase !== "ready" || !this.app.tablet.visible) return;
    this.asked?.abort();
    const asking = new AbortController();
    this.asked = asking;
    const { api } = this.app.session;
    const { from, to } = lastDays(this.days, this.app.session.now());
    try {
      const [load, differences, waiting] = await Promise.all([
        api.load(from, to, asking.signal),
        api.differences(asking.signal),
        api.waitingPrescriptions(asking.signal),
      ]);
      if (asking.signal.aborted) return;
      this.known = { load, differences, waiting };
      if (this.place === "access" && this.app.me?.role === "coordinator") await this.access.read();
      this.readAt = this.app.session.now();
      this.failure = null;
    } catch (error) {
      if (asking.signal.aborted) return;
      if (error instanceof ApiError && error.failure === "signed_out") this.app.goToSignIn();
      this.failure = error;
    }
    if (this.asked === asking) this.asked = null;
    this.requestUpdate();
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (isTyping(event) || this.renderRoot.querySelector("dialog[open]") !== null) return;
    if (event.key === "?") this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
    else if (event.key === "t") this.app.preferences.nextTheme();
    else if (event.key === "/") {
      event.preventDefault();
      this.renderRoot.querySelector<HTMLInputElement>("#search")?.focus();
    }
  };

  override updated(): void {
    this.toggleAttribute("doubtful", doubts(this.app) !== nothing);
    document.title = `${this.app.words.coordination.title} · Veilleuse`;
  }

  override render(): TemplateResult {
    const { app } = this;
    const { words } = app;
    const help = (): void => this.renderRoot.querySelector<HTMLDialogElement>("#help")?.showModal();
    return html`<div class="top">${doubts(app)} ${bar(app, help)} ${complaint(app)}</div>
      ${this.tabs()}
      <main tabindex="-1">${this.content()}</main>
      <div class="notice" role="status" aria-live="polite">${this.notice}</div>
      ${spoken(app)}
      ${helpDialog(app, [
        ["?", words.help.show],
        ["/", words.coordination.everyone.search],
        ["T", words.help.theme],
      ])}`;
  }

  private tabs(): TemplateResult {
    const words = this.app.words.coordination;
    const { differences, waiting } = this.known;
    const counts: Readonly<Record<Part, number>> = { load: 0, trial: 0, sign: waiting?.length ?? 0, differ: differences?.length ?? 0, access: 0 };
    const tab = (part: Part): TemplateResult =>
      html`<a href=${ADDRESSES[part]} aria-current=${part === this.place ? "page" : "false"} @click=${(event: MouseEvent) => this.go(part, event)}>
        ${icon(ICONS[part])}${part === "access" ? this.app.words.care.tab : words.tab[part]}${counts[part] > 0 ? html` <span class="number">${counts[part]}</span>` : nothing}
      </a>`;
    // Who sees what is the coordinator's to say.
    const parts = this.app.me?.role === "coordinator" ? PARTS : PARTS.filter((part) => part !== "access");
    return html`<nav class="tabs" aria-label=${words.places}>
      ${parts.map(tab)}
      ${this.app.me?.role === "coordinator" ? html`<a class="away" href="/activite">${icon("activity")}${this.app.words.activity.open}</a>` : nothing}
      <a class=${this.app.me?.role === "coordinator" ? "" : "away"} href="/garde">${icon("duty")}${words.duty}</a>
      <a href="/agenda">${icon("people")}${this.app.words.agenda.title}</a>
      <a href="/service">${icon("grid")}${words.ward}</a>
    </nav>`;
  }

  private content(): TemplateResult {
    const { app } = this;
    if (app.phase === "forbidden") return forbidden(app);
    if (app.phase === "failed") return failed(app);
    const { load, differences, waiting } = this.known;
    if (load === null || differences === null || waiting === null) return this.failure === null ? this.skeleton() : this.unreadable();
    switch (this.place) {
      case "load":
        return loadPage(load, { at: this.readAt, stale: this.failure !== null }, app, this);
      case "trial":
        return trialPage(app, this.trial);
      case "sign":
        return signPage(waiting, app, this.signing);
      case "differ":
        return differPage(differences, app);
      case "access":
        return app.me?.role === "coordinator" ? accessPage(this.access, app) : forbidden(app);
    }
  }

  private skeleton(): TemplateResult {
    return reading(this.app.words.coordination.loading);
  }

  private unreadable(): TemplateResult {
    const words = this.app.words.coordination;
    return unreadable(this.app, words.failed, errorSentence(this.failure, this.app.words), () => void this.read(), words.failedMore);
  }
}

customElements.define("vv-coordination", Coordination);
