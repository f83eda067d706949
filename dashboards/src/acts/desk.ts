/**
 * What somebody does to one resident's acts, wherever the gestures stand: on the act's page, beside a call, after one. The desk knows
 * which act is open, which form, and what the hub refused; drawing it is `gestureButtons` and `gestureForm`.
 */
import { html, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { ActsApi, mainFirst, refusal, type ActKind, type ActView, type GestureView } from "../lib/acts";
import { lookUp } from "../lib/i18n";
import { worstFirst } from "../lib/rank";
import { alertHeadline } from "../lib/say";
import type { AlertView, CallView } from "../lib/types";
import { newName } from "../round/keep";
import type { App } from "../ui/app";
import { feedOf } from "../ui/consult";
import { icon } from "../ui/icon";
import type { Done } from "./form";
import "./form";
import type { Opening, OpenHost } from "./open";

export interface DeskHost {
  readonly app: App;
  requestUpdate(): void;
  readonly updateComplete: Promise<boolean>;
  readonly renderRoot: ParentNode;
  /** An act was opened; it is the hub's answer. */
  opened(act: ActView): void;
  /** Something was refused: what others did meanwhile is read again. */
  again(): Promise<void>;
}

export class ActDesk implements OpenHost {
  act: ActView | null = null;
  opening: Opening | null = null;
  gesture: GestureView | null = null;
  complaint = "";
  /** Field that the hub refused; empty for none. */
  refused = "";
  sending = false;
  readonly api: ActsApi;

  constructor(
    private readonly host: DeskHost,
    readonly resident: string,
  ) {
    this.api = new ActsApi(host.app.session.api);
  }

  requestUpdate(): void {
    this.host.requestUpdate();
  }

  /** Reads an act; an answer that is older than what is known by now changes nothing. */
  async look(key: string): Promise<void> {
    const found = await this.api.act(this.resident, key);
    if (this.act === null || this.act.head.id !== key || found.version >= this.act.version) this.act = found;
  }

  /** The worst that rings about the resident. */
  alarm(): AlertView | undefined {
    return worstFirst(this.host.app.alerts()).find((alert) => alert.resident === this.resident);
  }

  /** The call about the resident that goes on. */
  call(): CallView | undefined {
    return feedOf(this.host.app).callFor(this.resident);
  }

  choose(kind: ActKind): void {
    const alert = this.act === null || kind === "regulation" ? this.alarm() : undefined;
    const now = alert === undefined ? "" : alertHeadline(alert, this.host.app.speech);
    // What rings now is why somebody calls the 15; otherwise the next act has the reason of the one before.
    const reason = kind === "regulation" && now !== "" ? now : (this.act?.head.reason ?? now);
    this.opening = { kind, id: newName(), reason, alert: alert?.id ?? "" };
    this.gesture = null;
    this.complaint = "";
    this.requestUpdate();
    void this.host.updateComplete.then(() => this.host.renderRoot.querySelector<HTMLElement>(".opening button.main")?.focus());
  }

  stop(): void {
    this.opening = null;
    this.gesture = null;
    this.complaint = "";
    this.refused = "";
    this.requestUpdate();
  }

  openIt(): void {
    const { opening } = this;
    if (opening === null) return;
    const call = this.call();
    const order = {
      kind: opening.kind,
      id: opening.id,
      reason: opening.reason,
      ...(opening.alert === "" ? {} : { alert: opening.alert }),
      ...(this.act === null ? {} : { from_act: this.act.head.id }),
      ...(call === undefined || opening.kind === "surveillance" ? {} : { call: call.id }),
    };
    void this.tell(async () => {
      const made = await this.api.open(this.resident, order);
      this.stop();
      this.host.opened(made);
    });
  }

  begin(gesture: GestureView): void {
    this.opening = null;
    this.complaint = "";
    this.refused = "";
    if (gesture.fields.every(({ name }) => name === "call") && !gesture.reason) {
      this.gesture = null;
      const call = this.call();
      const wanted = gesture.fields.length > 0 && call !== undefined;
      this.take(gesture, { reason: "", fields: wanted ? { call: call.id } : {} });
      return;
    }
    this.gesture = gesture;
    this.requestUpdate();
  }

  take(gesture: GestureView, done: Done): void {
    const { act } = this;
    if (act === null) return;
    void this.tell(async () => {
      this.act = await this.api.step(act.head.id, { event: gesture.event, number: act.version, ...done });
      this.gesture = null;
    });
  }

  /** Does something; what somebody wrote stays when it fails. */
  private async tell(work: () => Promise<void>): Promise<void> {
    this.sending = true;
    this.complaint = "";
    this.refused = "";
    this.requestUpdate();
    try {
      await work();
    } catch (error) {
      this.complaint = refusal(error, this.host.app.speech);
      const field = error instanceof ApiError ? error.params["field"] : undefined;
      this.refused = typeof field === "string" ? field : "";
    }
    this.sending = false;
    if (this.complaint !== "") await this.host.again();
    this.requestUpdate();
  }
}

/** What may be done to the act now, what is meant most often first; nothing while a form is open. */
export function gestureButtons(app: App, desk: ActDesk): TemplateResult | typeof nothing {
  const { act } = desk;
  if (act === null || act.gestures.length === 0 || desk.gesture !== null) return nothing;
  const { words } = app;
  return html`<div class="gestures" role="group" aria-label=${words.acts.title}>
      ${mainFirst(act.gestures, desk.call() !== undefined).map(
        (gesture, index) =>
          html`<button data-event=${gesture.event} class=${index === 0 ? "main" : ""} ?disabled=${desk.sending || !app.online} @click=${() => desk.begin(gesture)}>
            ${lookUp(words.acts.verb, gesture.event)}
          </button>`,
      )}
    </div>
    ${desk.complaint === "" || desk.opening !== null ? nothing : html`<p class="notice" role="alert">${icon("warning")}${desk.complaint}</p>`}`;
}

/** What goes into the act that somebody is about to open, and whether this one ends by it. */
export function openingNote(app: App, desk: ActDesk): TemplateResult {
  const said = app.words.acts;
  const { act, opening } = desk;
  const ends = act !== null && opening !== null && (opening.kind === "regulation" || opening.kind === "consultation") && !act.head.final && act.head.kind !== "surveillance";
  return html`<p class="quiet">${said.followMore}${ends ? html` <b>${said.ends}</b>` : nothing}</p>`;
}

/** The form of the gesture that somebody chose. */
export function gestureForm(app: App, desk: ActDesk): TemplateResult | typeof nothing {
  const { act, gesture } = desk;
  if (act === null || gesture === null) return nothing;
  return html`<vv-act-form
    .app=${app}
    .resident=${desk.resident}
    .gesture=${gesture}
    .act=${act}
    .refused=${desk.refused}
    .complaint=${desk.complaint}
    .sending=${desk.sending}
    @done=${(event: CustomEvent<Done>) => desk.take(gesture, event.detail)}
    @stop=${() => desk.stop()}
  ></vv-act-form>`;
}
