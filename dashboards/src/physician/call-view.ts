/**
 * A call: the room's picture fills most of the window, the vital signs stand beside it, one waveform sweeps below.
 * The element lives as long as the call of one resident; leaving it hangs up.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { Call, type CallValue, type CallWaveform } from "../lib/call";
import { fullName, initials } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { concerns, worstFirst } from "../lib/rank";
import { alertHeadline, alertSince, metricName, roomName } from "../lib/say";
import { mergeValues } from "../lib/state";
import { join } from "../lib/trace";
import type { Micros, ResidentView, Value } from "../lib/types";
import { valueCards, valueStyles } from "../resident/values";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { mark } from "../ui/mark";
import { base, marks } from "../ui/styles";
import "../ui/sweep";
import type { SweepElement } from "../ui/sweep";
import { callStyles } from "./call-styles";

const OVER: ReadonlySet<string> = new Set(["refused", "unanswered", "ended", "failed"]);
const MEDIA = {
  permission_denied: "permissionDenied",
  device_missing: "deviceMissing",
  device_busy: "deviceBusy",
  device_other: "deviceOther",
  insecure: "insecure",
} as const;

export class CallElement extends LitElement {
  static override properties = {
    app: { attribute: false },
    resident: { attribute: false },
    stamp: { attribute: false },
    now: { attribute: false },
  };
  static override styles = [base, marks, valueStyles, callStyles];

  declare app: App;
  /** Identity; never changes during the life of the element. */
  declare resident: string;
  declare stamp: unknown;
  declare now: Micros;
  private call: Call | null = null;
  private measured: readonly Value[] = [];
  private waveform: string | null = null;
  private expected: Micros | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.begin();
    addEventListener("pagehide", this.leave);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("pagehide", this.leave);
    this.leave();
  }

  private readonly leave = (): void => void this.call?.hangUp();

  private begin(): void {
    const call = new Call(this.app.session.api, this.resident);
    this.call = call;
    this.measured = [];
    this.waveform = null;
    this.expected = null;
    const mine = (run: (event: Event) => void) => (event: Event) => {
      if (this.call !== call) return;
      run(event);
      this.requestUpdate();
    };
    call.addEventListener("state", mine(() => undefined));
    call.addEventListener("remote", mine(() => undefined));
    call.addEventListener("vitals", mine((event) => this.measure((event as CustomEvent<readonly CallValue[]>).detail)));
    call.addEventListener("waveform", mine((event) => this.sweep((event as CustomEvent<CallWaveform>).detail)));
    void call.start();
  }

  private measure(values: readonly CallValue[]): void {
    const { metrics } = this.app.session.state;
    const news = values.map((value): Value => {
      return { ...value, sensor: "", stale_after: metrics.get(value.metric)?.stale_after ?? 15 };
    });
    this.measured = mergeValues(this.measured, news);
  }

  private sweep(waveform: CallWaveform): void {
    // One trace at a time: the first metric that speaks keeps the pen.
    this.waveform ??= waveform.metric;
    if (waveform.metric !== this.waveform) return;
    const { samples, next } = join(this.expected, waveform);
    this.expected = next;
    this.renderRoot.querySelector<SweepElement>("vv-sweep")?.push(waveform.rate, samples);
  }

  override updated(): void {
    this.attach("#room", this.call?.remote ?? null);
    this.attach("#own", this.call?.local ?? null);
  }

  private attach(selector: string, stream: MediaStream | null): void {
    const video = this.renderRoot.querySelector<HTMLVideoElement>(selector);
    if (video === null || video.srcObject === stream) return;
    video.srcObject = stream;
    if (stream === null) return;
    if (selector === "#room") this.call?.watchFirstFrame(video);
    video.play().catch(() => undefined);
  }

  private stateSentence(call: Call): string {
    const { words } = this.app;
    return call.state === "idle" ? words.call.preparing : words.call[call.state];
  }

  private reasonSentence(call: Call): string {
    const { words } = this.app;
    if (call.reason === "" || !OVER.has(call.state) || call.reason === call.state) return "";
    if (Object.hasOwn(MEDIA, call.reason)) return words.call[MEDIA[call.reason as keyof typeof MEDIA]];
    return words.call.because(lookUp(words.call.why, call.reason));
  }

  override render(): TemplateResult {
    const { call } = this;
    const view = this.app.session.state.residents.get(this.resident);
    if (call === null || view === undefined) return html``;
    return html`<section class="call" aria-label=${this.app.words.call.title(fullName(view.family_name, view.given_name))}>
      <div class="stage">${this.stage(call)} ${OVER.has(call.state) ? this.over(call) : this.controls(call)}</div>
      <aside>${this.side(call, view)}</aside>
      <div class="trace">${this.trace(call)}</div>
    </section>`;
  }

  private stage(call: Call): TemplateResult {
    const { words } = this.app;
    const waiting = call.remote === null || call.state !== "connected";
    return html`<video id="room" class=${call.state === "reconnecting" ? "stalled" : ""} playsinline></video>
      <p class="status ${waiting ? "waiting" : ""} ${call.state}" role="status">
        ${OVER.has(call.state) ? nothing : this.stateSentence(call)}
      </p>
      <figure class="own" ?hidden=${call.local === null}>
        <video id="own" class=${call.camera ? "" : "off"} muted playsinline></video>
        <figcaption>
          ${words.call.self}${call.microphone ? "" : ` · ${words.call.muted}`}${call.camera ? "" : ` · ${words.call.cameraStopped}`}
        </figcaption>
      </figure>`;
  }

  private controls(call: Call): TemplateResult {
    const { words } = this.app;
    return html`<div class="controls">
      <button
        aria-pressed=${call.microphone ? "true" : "false"}
        aria-label=${call.microphone ? words.call.microphoneOn : words.call.microphoneOff}
        @click=${() => this.toggle(() => call.setMicrophone(!call.microphone))}
      >
        ${icon(call.microphone ? "mic" : "micOff")}${words.call.microphone}
      </button>
      <button
        aria-pressed=${call.camera ? "true" : "false"}
        aria-label=${call.camera ? words.call.cameraOn : words.call.cameraOff}
        @click=${() => this.toggle(() => call.setCamera(!call.camera))}
      >
        ${icon(call.camera ? "video" : "videoOff")}${words.call.camera}
      </button>
      <button class="hang-up" @click=${() => void call.hangUp()}>${icon("phoneOff")}${words.call.hangUp}</button>
    </div>`;
  }

  private toggle(change: () => void): void {
    change();
    this.requestUpdate();
  }

  private over(call: Call): TemplateResult {
    const { words } = this.app;
    return html`<div class="over" role="alert">
      <h2>${this.stateSentence(call)}</h2>
      <p>${this.reasonSentence(call)}</p>
      <div class="row">
        <button @click=${() => this.dispatchEvent(new Event("back"))}>${icon("back")}${words.call.back}</button>
        <button class="main" @click=${() => this.begin()}>${icon("video")}${words.call.again}</button>
      </div>
    </div>`;
  }

  private side(call: Call, view: ResidentView): TemplateResult {
    const { app } = this;
    const { words } = app;
    const open = worstFirst(app.session.state.alerts.values()).filter((alert) => concerns(alert, view));
    const live: ResidentView = { ...view, values: mergeValues(view.values, this.measured) };
    return html`<header>
        <span class="initials" aria-hidden="true">${initials(view.family_name, view.given_name)}</span>
        <div>
          <h1>${fullName(view.family_name, view.given_name)}</h1>
          <p>${roomName(view.room, words)} · ${words.resident.born(view.birth_year)}</p>
        </div>
      </header>
      ${open.length === 0
        ? nothing
        : html`<ul class="alarms" aria-label=${words.call.alarms}>
            ${open.map(
              (alert) =>
                html`<li>${mark(alert, words)}<span><b>${alertHeadline(alert, app.speech)}</b> ${alertSince(alert, app.speech)}</span></li>`,
            )}
          </ul>`}
      <h2>${words.call.vitals}${call.state === "connected" && this.measured.length === 0 ? html`<small>${words.call.noVitals}</small>` : nothing}</h2>
      ${valueCards(live, open, app.speech)}`;
  }

  private trace(call: Call): TemplateResult {
    const { app } = this;
    const { words } = app;
    // What is over is not live: the trace goes with the call.
    if (OVER.has(call.state)) return html`<p class="quiet">${words.call.noWaveform}</p>`;
    const label = this.waveform === null ? words.call.noWaveform : words.call.waveform(metricName(this.waveform, app.speech));
    return html`<p class="quiet">${label}</p>
      <vv-sweep role="img" aria-label=${label}></vv-sweep>`;
  }
}

customElements.define("vv-call", CallElement);
