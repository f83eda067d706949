/**
 * One waveform on a steady sweep: the pen goes from left to right at constant speed, a gap runs before it, and nothing
 * jumps. Samples wait in a short queue so that jitter of the network does not show.
 */
import { css, html, LitElement, type TemplateResult } from "lit";
import { base } from "./styles";

/** Seconds from the left edge to the right one. */
const SWEEP = 8;
/** Seconds of samples that wait at most; older ones are drawn faster so that the trace stays live. */
const WAITING = 1.2;
/** Width of the gap before the pen, seconds. */
const GAP = 0.35;

export class SweepElement extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        position: relative;
        min-height: 96px;
      }
      canvas {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
    `,
  ];

  private rate = 0;
  private queue: number[] = [];
  private trace: Float32Array = new Float32Array(0);
  private drawn: Uint8Array = new Uint8Array(0);
  private pen = 0;
  private owed = 0;
  private last = 0;
  private frame = 0;
  private low = 0;
  private high = 1;

  override connectedCallback(): void {
    super.connectedCallback();
    this.last = performance.now();
    this.frame = requestAnimationFrame(this.step);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.frame);
  }

  /** Takes samples in the order of time, `NaN` for a gap; another rate begins anew. */
  push(rate: number, samples: ArrayLike<number>): void {
    if (rate !== this.rate) this.reset(rate);
    for (let i = 0; i < samples.length; i += 1) this.queue.push(samples[i] ?? 0);
    // A tab that was hidden wakes up with a heap of the past: only the newest is live.
    const most = Math.ceil(rate * SWEEP);
    if (this.queue.length > most) this.queue.splice(0, this.queue.length - most);
  }

  private reset(rate: number): void {
    this.rate = rate;
    this.queue = [];
    this.trace = new Float32Array(Math.max(1, Math.round(rate * SWEEP)));
    this.drawn = new Uint8Array(this.trace.length);
    this.pen = 0;
  }

  private readonly step = (time: number): void => {
    this.frame = requestAnimationFrame(this.step);
    const elapsed = Math.min(0.25, (time - this.last) / 1000);
    this.last = time;
    if (this.rate === 0) return;
    const late = this.queue.length > this.rate * WAITING ? 1.25 : 1;
    this.owed += elapsed * this.rate * late;
    const count = Math.min(Math.floor(this.owed), this.queue.length);
    this.owed = Math.min(this.owed - Math.floor(this.owed) + Math.max(0, Math.floor(this.owed) - count), 1);
    for (const sample of this.queue.splice(0, count)) this.write(sample);
    if (count > 0) this.paint();
  };

  private write(sample: number): void {
    this.trace[this.pen] = sample;
    this.drawn[this.pen] = Number.isNaN(sample) ? 0 : 1;
    this.pen = (this.pen + 1) % this.trace.length;
    const gap = Math.round(this.rate * GAP);
    this.drawn[(this.pen + gap) % this.trace.length] = 0;
  }

  private scale(): void {
    let low = Infinity;
    let high = -Infinity;
    for (let i = 0; i < this.trace.length; i += 1) {
      if (this.drawn[i] === 0) continue;
      const value = this.trace[i] ?? 0;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (low >= high) return;
    // The scale follows slowly, so that one artefact does not make the trace jump.
    this.low += (low - this.low) * 0.1;
    this.high += (high - this.high) * 0.1;
  }

  private paint(): void {
    const canvas = this.renderRoot.querySelector("canvas");
    const context = canvas?.getContext("2d");
    if (canvas === null || context === null || context === undefined) return;
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    this.scale();
    context.clearRect(0, 0, width, height);
    context.strokeStyle = getComputedStyle(this).getPropertyValue("--curve").trim();
    context.lineWidth = 2 * devicePixelRatio;
    context.lineJoin = "round";
    context.beginPath();
    const span = this.high - this.low || 1;
    let pen = false;
    for (let i = 0; i < this.trace.length; i += 1) {
      if (this.drawn[i] === 0) {
        pen = false;
        continue;
      }
      const x = (i / this.trace.length) * width;
      const y = height * (0.9 - (0.8 * ((this.trace[i] ?? 0) - this.low)) / span);
      if (pen) context.lineTo(x, y);
      else context.moveTo(x, y);
      pen = true;
    }
    context.stroke();
  }

  override render(): TemplateResult {
    return html`<canvas aria-hidden="true"></canvas>`;
  }
}

customElements.define("vv-sweep", SweepElement);
