/** The waveforms of a call on steady sweeps, side by side: what the room sends, or the stethoscope alone while it is listened to. */
import { css, html, LitElement, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Call, CallWaveform } from "../lib/call";
import { metricName, type Speech } from "../lib/say";
import { join } from "../lib/trace";
import type { Micros } from "../lib/types";
import { base } from "../ui/styles";
import "../ui/sweep";
import type { SweepElement } from "../ui/sweep";
import { RATE, Stethoscope } from "./stethoscope";

/** Side by side at most; the first that speak keep their place. */
const MOST = 3;

export class TracesElement extends LitElement {
  static override properties = { call: { attribute: false }, speech: { attribute: false }, stamp: { attribute: false } };
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        min-width: 0;
        min-height: 0;
        padding: var(--gap-1) var(--gap-4);
        background: var(--surface);
        border-top: 1px solid var(--line);
        font-size: var(--size-1);
      }
      .line {
        display: flex;
        justify-content: space-between;
        gap: var(--gap-4);
        color: var(--quiet);
      }
      ul {
        display: grid;
        grid-auto-flow: column;
        grid-auto-columns: minmax(0, 1fr);
        gap: var(--gap-5);
        min-height: 0;
      }
      li {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        min-height: 0;
      }
      li p {
        color: var(--quiet);
      }
      vv-sweep {
        min-height: 0;
      }
    `,
  ];

  declare call: Call;
  declare speech: Speech;
  declare stamp: unknown;
  private held: Call | null = null;
  /** When the next block of each metric is expected. */
  private readonly next = new Map<string, Micros | null>();
  private stethoscope: Stethoscope | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.held?.removeEventListener("waveform", this.wave);
    this.held = null;
    this.stethoscope?.stop();
    this.stethoscope = null;
  }

  override willUpdate(): void {
    if (this.held === this.call) return;
    this.held?.removeEventListener("waveform", this.wave);
    this.held = this.call;
    this.held.addEventListener("waveform", this.wave);
    this.next.clear();
  }

  /** Whether the stethoscope is listened to here; the room is silent then, for heart sounds are faint. */
  static listening(call: Call): MediaStream | null {
    return call.running && call.extras.active.includes("stethoscope") ? (call.second.get("stethoscope") ?? null) : null;
  }

  override updated(): void {
    const stream = TracesElement.listening(this.call);
    if (stream !== null && this.stethoscope?.hears(stream) === true) return;
    this.stethoscope?.stop();
    this.stethoscope = stream === null ? null : new Stethoscope(stream, (points) => this.sweep("stethoscope")?.push(RATE, points));
  }

  private sweep(metric: string): SweepElement | null {
    return this.renderRoot.querySelector<SweepElement>(`vv-sweep[data-metric="${CSS.escape(metric)}"]`);
  }

  private readonly wave = (event: Event): void => {
    const block = (event as CustomEvent<CallWaveform>).detail;
    const before = this.next.get(block.metric);
    if (before === undefined && this.next.size >= MOST) return;
    const { samples, next } = join(before ?? null, block);
    this.next.set(block.metric, next);
    if (before === undefined) this.requestUpdate();
    this.sweep(block.metric)?.push(block.rate, samples);
  };

  override render(): TemplateResult {
    const { call, speech } = this;
    const { words } = speech;
    const listening = TracesElement.listening(call) !== null;
    // What is over is not live: the traces go with the call.
    const metrics = listening ? ["stethoscope"] : call.running ? [...this.next.keys()] : [];
    const name = (metric: string): string => (metric === "stethoscope" ? words.call.listening : words.call.waveform(metricName(metric, speech)));
    return html`<p class="line"><span>${metrics.length === 0 ? words.call.noWaveform : words.call.trace}</span><span>${words.call.noRecording}</span></p>
      <ul>
        ${repeat(
          metrics,
          (metric) => metric,
          (metric) => html`<li><p>${name(metric)}</p><vv-sweep data-metric=${metric} role="img" aria-label=${name(metric)}></vv-sweep></li>`,
        )}
      </ul>`;
  }
}

customElements.define("vv-call-traces", TracesElement);
