/** Raw traces around an alarm, as they were stored: one picture each, the alarm a line through it. */
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { ConsultApi, type StoredWave } from "../lib/consult";
import { clock } from "../lib/format";
import { metricName } from "../lib/say";
import { AFTER, BEFORE, stripOf, TRACES } from "../lib/strip";
import { SECOND, type Micros } from "../lib/types";
import type { App } from "../ui/app";
import { base } from "../ui/styles";

const HEIGHT = 92;

export class StripElement extends LitElement {
  static override properties = {
    app: { attribute: false },
    resident: { attribute: false },
    onset: { attribute: false },
    theme: { attribute: false },
    ended: { attribute: false },
  };
  static override styles = [
    base,
    css`
      figure + figure {
        margin-top: var(--gap-3);
      }
      figcaption {
        font-size: var(--size-1);
      }
      canvas {
        display: block;
        width: 100%;
        height: 92px;
        border: 1px solid var(--line);
        border-radius: 6px;
        background: var(--surface);
      }
      .skeleton {
        height: 92px;
        border-radius: 6px;
        background: var(--raised);
      }
    `,
  ];

  declare app: App;
  declare resident: string;
  /** When the alarm began; another alarm is another element. */
  declare onset: Micros;
  /** Colours changed: draw again. */
  declare theme: string;
  /** Whether everything that will be shown has been measured: what follows the alarm comes a few seconds later. */
  declare ended: boolean;
  private traces: readonly (readonly [metric: string, blocks: readonly StoredWave[]])[] | null = null;
  private failed = false;
  private readonly aborter = new AbortController();
  private observer: ResizeObserver | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    this.aborter.abort();
  }

  private async read(): Promise<void> {
    const api = new ConsultApi(this.app.session.api);
    try {
      const [from, to] = this.span();
      const all = await Promise.all(TRACES.map((metric) => api.waves(this.resident, metric, from, to, this.aborter.signal)));
      this.traces = TRACES.map((metric, index) => [metric, all[index] ?? []] as const).filter(([, blocks]) => blocks.length > 0);
      this.failed = false;
    } catch (error) {
      if (this.aborter.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.failed = true;
    }
    this.requestUpdate();
  }

  private span(): readonly [Micros, Micros] {
    return [this.onset - BEFORE, this.onset + AFTER];
  }

  override updated(changes: PropertyValues<StripElement>): void {
    if (changes.has("onset") || changes.has("ended")) void this.read();
    this.paint();
  }

  private paint(): void {
    for (const canvas of this.renderRoot.querySelectorAll("canvas")) {
      const blocks = this.traces?.find(([metric]) => metric === canvas.dataset["metric"])?.[1];
      if (blocks !== undefined) this.draw(canvas, blocks);
    }
  }

  private draw(canvas: HTMLCanvasElement, blocks: readonly StoredWave[]): void {
    const context = canvas.getContext("2d");
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(HEIGHT * devicePixelRatio);
    if (context === null || width === 0) return;
    canvas.width = width;
    canvas.height = height;
    const [from, to] = this.span();
    const strip = stripOf(blocks, from, to, width);
    const colour = (name: string): string => getComputedStyle(this).getPropertyValue(name).trim();
    context.strokeStyle = colour("--line");
    context.lineWidth = devicePixelRatio;
    const x = (time: Micros): number => ((time - from) / (to - from)) * width;
    // A line each second, a stronger one every five: the rhythm can be read off.
    for (let time = Math.ceil(from / SECOND) * SECOND; time < to; time += SECOND) {
      const strong = Math.round((time - this.onset) / SECOND) % 5 === 0;
      context.globalAlpha = strong ? 1 : 0.45;
      context.beginPath();
      context.moveTo(x(time), 0);
      context.lineTo(x(time), height);
      context.stroke();
    }
    context.globalAlpha = 1;
    if (strip !== null) {
      const span = strip.high - strip.low || 1;
      const y = (value: number): number => height * (0.9 - (0.8 * (value - strip.low)) / span);
      context.strokeStyle = colour("--curve");
      context.lineWidth = 1.5 * devicePixelRatio;
      context.lineJoin = "round";
      context.beginPath();
      let pen = false;
      strip.columns.forEach((column, index) => {
        if (column === null) {
          pen = false;
          return;
        }
        if (pen) context.lineTo(index, y(column[0]));
        else context.moveTo(index, y(column[0]));
        if (column[1] !== column[0]) context.lineTo(index, y(column[1]));
        pen = true;
      });
      context.stroke();
    }
    context.strokeStyle = context.fillStyle = colour("--high");
    context.lineWidth = 2 * devicePixelRatio;
    context.beginPath();
    context.moveTo(x(this.onset), 0);
    context.lineTo(x(this.onset), height);
    context.stroke();
    context.font = `700 ${12 * devicePixelRatio}px system-ui, sans-serif`;
    context.fillText(this.app.words.consult.glance.stripAt, x(this.onset) + 6 * devicePixelRatio, 14 * devicePixelRatio);
  }

  override render(): TemplateResult | typeof nothing {
    const { words, language } = this.app.speech;
    const said = words.consult.glance;
    if (this.failed) return html`<p class="quiet">${said.stripFailed}</p>`;
    if (this.traces === null) return html`<div class="skeleton" role="status" aria-label=${words.resident.loading}></div>`;
    if (this.traces.length === 0) return html`<p class="quiet">${said.noStrip}</p>`;
    return html`${this.traces.map(([metric]) => {
      const name = metricName(metric, this.app.speech);
      return html`<figure>
        <figcaption><b>${name}</b></figcaption>
        <canvas data-metric=${metric} role="img" aria-label=${said.strip(name, clock(this.onset, language))}></canvas>
      </figure>`;
    })}`;
  }
}

customElements.define("vv-strip", StripElement);
