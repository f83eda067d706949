/** Adding a room's device: choose the room, show the code, wait for the device to speak. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { duration } from "../lib/format";
import { errorSentence, roomName } from "../lib/say";
import { qrPath, type RoomRow } from "../lib/technician";
import type { EnrolmentOffer, EnrolmentView } from "../lib/types";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";

const POLL = 2_000;
const LOOPBACK = /^https?:\/\/(?:127\.|localhost|\[::1\])/;

/** One device being added. */
export class Enrolment {
  room: string | null;
  offer: EnrolmentOffer | null = null;
  view: EnrolmentView | null = null;
  failure: unknown = null;
  busy = false;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly app: App,
    room: string | null,
    private readonly changed: () => void,
  ) {
    this.room = room;
  }

  choose(room: string): void {
    this.room = room === "" ? null : room;
    this.changed();
  }

  async prepare(replace: boolean): Promise<void> {
    if (this.room === null || this.busy) return;
    this.busy = true;
    this.failure = null;
    this.changed();
    try {
      this.offer = await this.app.session.api.offerEnrolment(this.room, replace);
      this.view = this.offer.enrolment;
      this.timer ??= setInterval(() => void this.look(), POLL);
    } catch (error) {
      this.failure = error;
    }
    this.busy = false;
    this.changed();
  }

  async revoke(): Promise<void> {
    if (this.view?.state === "waiting") {
      this.view = await this.app.session.api.revokeEnrolment(this.view.id).catch(() => this.view);
    }
    this.changed();
  }

  /** Leaves; a code that nobody has used yet is withdrawn. */
  close(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    void this.revoke();
  }

  again(): void {
    this.offer = this.view = null;
    this.changed();
  }

  private async look(): Promise<void> {
    if (this.view === null || this.view.state === "revoked" || this.view.state === "expired") return;
    try {
      this.view = await this.app.session.api.enrolment(this.view.id);
      this.failure = null;
    } catch (error) {
      if (error instanceof ApiError && error.failure !== "offline") this.failure = error;
    }
    this.changed();
  }
}

/** What the dialog needs of its page. */
export interface EnrolHost {
  closeEnrolment(): void;
  goOn(room: string): void;
}

function choice(enrolment: Enrolment, rows: readonly RoomRow[], app: App): TemplateResult {
  const words = app.words.technician.enrol;
  const chosen = rows.find((row) => row.card.room === enrolment.room);
  const standing = chosen?.card.edge ?? null;
  const numbers = new Intl.Collator("fr", { numeric: true });
  const sorted = [...rows].sort((a, b) => numbers.compare(a.card.name, b.card.name));
  return html`<div class="body">
      <label class="field">
        ${words.room}
        <select id="enrol-room" @change=${(event: Event) => enrolment.choose((event.target as HTMLSelectElement).value)}>
          <option value="" ?selected=${enrolment.room === null}>${words.chooseRoom}</option>
          ${sorted.map(({ card }) => html`<option value=${card.room} ?selected=${card.room === enrolment.room}>${roomName(card.name, app.words)}</option>`)}
        </select>
      </label>
      ${standing === null ? nothing : html`<p class="note">${words.has(standing)}</p>`}
      ${enrolment.failure === null ? nothing : html`<p role="alert">${errorSentence(enrolment.failure, app.words)}</p>`}
    </div>
    <footer>
      <form method="dialog"><button>${app.words.technician.link.cancel}</button></form>
      <button class="main" ?disabled=${enrolment.room === null || enrolment.busy} @click=${() => void enrolment.prepare(standing !== null)}>
        ${icon("qr")}${enrolment.busy ? words.preparing : standing === null ? words.prepare : words.replace}
      </button>
    </footer>`;
}

function qr(offer: EnrolmentOffer, name: string, app: App): TemplateResult {
  const size = offer.matrix.length;
  return html`<div class="qr" role="img" aria-label=${app.words.technician.enrol.qr(name)}>
    ${svg`<svg viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges" aria-hidden="true"><path fill="#000000" d=${qrPath(offer.matrix)} /></svg>`}
  </div>`;
}

type Step = "waiting" | "used" | "confirmed" | "online" | "expired" | "revoked";

function stepOf(view: EnrolmentView, row: RoomRow | undefined, app: App): Step {
  if (view.state === "used" || view.state === "confirmed") {
    // Its first sign of life comes after the code was used; an older one was the device before.
    const heard = row?.edge?.edge === view.edge && row.edge.online && (row.edge.last_seen ?? 0) > view.created;
    return heard ? "online" : view.state;
  }
  return view.state === "waiting" && app.speech.now >= view.expires ? "expired" : view.state;
}

function shown(offer: EnrolmentOffer, step: Step, name: string, app: App): TemplateResult {
  const words = app.words.technician.enrol;
  const hub = new URLSearchParams(offer.uri.slice(offer.uri.indexOf("?"))).get("hub") ?? "";
  const left = duration(offer.enrolment.expires - app.speech.now, app.preferences.language);
  return html`<p>${words.scan}</p>
    <div class="offer">
      ${qr(offer, name, app)}
      <dl>
        <div><dt>${words.typed}</dt><dd class="code">${offer.code}</dd></div>
        <div><dt>${words.address}</dt><dd><code>${hub}</code></dd></div>
        <div><dt>${words.command}</dt><dd><code>veilleuse edge enrol --config edge.toml --hub ${hub}</code></dd></div>
        <div><dd class="step" role="status">${icon("radio")}${words[step === "waiting" ? "waiting" : "used"]}</dd><dd class="quiet">${words.left(left)}</dd></div>
        ${LOOPBACK.test(hub) ? html`<div><dd class="quiet">${words.loopback}</dd></div>` : nothing}
      </dl>
    </div>`;
}

function progress(enrolment: Enrolment, offer: EnrolmentOffer, row: RoomRow | undefined, app: App, host: EnrolHost): TemplateResult {
  const words = app.words.technician.enrol;
  const name = row === undefined ? "" : roomName(row.card.name, app.words);
  const step = stepOf(enrolment.view ?? offer.enrolment, row, app);
  const said: Record<Exclude<Step, "waiting">, string> = {
    used: words.used,
    confirmed: words.confirmed,
    online: words.online(name),
    expired: words.expired,
    revoked: words.revoked,
  };
  return html`<div class="body" data-step=${step}>
      ${step === "waiting"
        ? shown(offer, step, name, app)
        : html`<p class="step" role="status">${icon(step === "online" ? "check" : step === "expired" || step === "revoked" ? "warning" : "radio")}${said[step]}</p>`}
      ${step === "online" ? html`<p class="quiet">${words.onlineMore}</p>` : nothing}
      ${enrolment.failure === null ? nothing : html`<p role="alert">${errorSentence(enrolment.failure, app.words)}</p>`}
    </div>
    <footer>
      ${step === "expired" || step === "revoked" ? html`<button @click=${() => enrolment.again()}>${icon("retry")}${words.again}</button>` : nothing}
      <form method="dialog"><button>${step === "waiting" ? words.cancel : words.close}</button></form>
      ${step === "online" ? html`<button class="main" @click=${() => host.goOn(offer.enrolment.room)}>${icon("search")}${words.goOn}</button>` : nothing}
    </footer>`;
}

export function enrolDialog(enrolment: Enrolment | null, rows: readonly RoomRow[], app: App, host: EnrolHost): TemplateResult {
  const words = app.words.technician.enrol;
  const row = rows.find((each) => each.card.room === enrolment?.offer?.enrolment.room);
  return html`<dialog id="enrol" class="wide" aria-labelledby="enrol-title" @close=${() => host.closeEnrolment()}>
    <h2 id="enrol-title">${words.heading}</h2>
    ${enrolment === null
      ? nothing
      : enrolment.offer === null
        ? choice(enrolment, rows, app)
        : progress(enrolment, enrolment.offer, row, app, host)}
  </dialog>`;
}
