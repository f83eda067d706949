/**
 * One curve over time. A gap is a hatched gap, what came late is drawn apart, limits are dashed lines, alarms are bands
 * with their mark. The time axis is given, so that curves below each other share it; their cross-hair is shared too.
 */
import { css, html, LitElement, unsafeCSS, type PropertyValues, type TemplateResult } from "lit";
import uPlot from "uplot";
import uplotStyles from "uplot/dist/uPlot.min.css?inline";
import { NO_CURVE, type Curve } from "../lib/curves";
import { ago, digitalClock, formatNumber, formatWithUnit, shownNumber, unitOf, type Language } from "../lib/format";
import { wordsOf } from "../lib/i18n";
import { span } from "../lib/scale";
import { SECOND, type AlertView, type LimitView, type Micros } from "../lib/types";
import { kindOf } from "./mark";
import { base } from "./styles";

const HEIGHT = 118;
const AXIS = 26;
const SYMBOL = { high: "!!!", medium: "!!", low: "!", technical: "⚙" } as const;
type Column = (number | null)[];

export class CurveElement extends LitElement {
  static override properties = {
    curve: { attribute: false },
    metric: { type: String },
    label: { type: String },
    language: { type: String },
    from: { attribute: false },
    to: { attribute: false },
    now: { attribute: false },
    limits: { attribute: false },
    alerts: { attribute: false },
    crossing: { attribute: false },
    axis: { type: Boolean },
    group: { type: String },
  };
  static override styles = [
    unsafeCSS(uplotStyles),
    base,
    css`
      .figure {
        position: relative;
      }
      .caption {
        display: flex;
        align-items: baseline;
        gap: var(--gap-2);
        font-size: var(--size-1);
      }
      .caption b {
        font-size: var(--size-2);
      }
      .caption .at {
        margin-inline-start: auto;
        color: var(--quiet);
      }
      .none {
        position: absolute;
        inset: 24px 0 0 48px;
        display: grid;
        place-items: center;
        color: var(--quiet);
        pointer-events: none;
      }
      .u-over {
        touch-action: pan-y;
      }
      .u-cursor-x {
        border-color: var(--quiet) !important;
      }
    `,
  ];

  declare curve: Curve;
  declare metric: string;
  declare label: string;
  declare language: Language;
  declare from: Micros;
  declare to: Micros;
  declare now: Micros;
  declare limits: readonly LimitView[];
  declare alerts: readonly AlertView[];
  /** When a limit was crossed, and which: marked with its hour. */
  declare crossing: { readonly time: Micros; readonly limit: number } | null;
  declare axis: boolean;
  declare group: string;
  private plot: uPlot | null = null;
  private observer: ResizeObserver | null = null;
  private drawn: Curve = NO_CURVE;

  constructor() {
    super();
    this.curve = NO_CURVE;
    this.metric = "";
    this.label = "";
    this.language = "fr";
    this.from = 0;
    this.to = 1;
    this.now = 0;
    this.limits = [];
    this.alerts = [];
    this.crossing = null;
    this.axis = false;
    this.group = "";
  }

  override firstUpdated(): void {
    const place = this.renderRoot.querySelector<HTMLElement>(".plot");
    if (place === null) return;
    this.plot = new uPlot(this.options(place.clientWidth || 320), this.columns(), place);
    this.drawn = this.curve;
    this.observer = new ResizeObserver(() => {
      if (place.clientWidth > 0) this.plot?.setSize({ width: place.clientWidth, height: this.height() });
    });
    this.observer.observe(place);
  }

  override updated(changes: PropertyValues<CurveElement>): void {
    if (this.plot === null || changes.has("metric")) return;
    if (this.curve !== this.drawn || changes.has("from") || changes.has("to")) {
      this.drawn = this.curve;
      this.plot.setData(this.columns());
    } else if (changes.has("limits") || changes.has("alerts") || changes.has("crossing") || changes.has("language")) {
      this.plot.redraw();
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  /** Draws again in the present colours. */
  recolour(): void {
    this.plot?.redraw(false, true);
  }

  private height(): number {
    return HEIGHT + (this.axis ? AXIS : 0);
  }

  private columns(): uPlot.AlignedData {
    const shown = (column: readonly (number | null)[]): Column =>
      column.map((value) => (value === null ? null : shownNumber(this.metric, value)));
    const { times, highs, lows, values, late } = this.curve;
    return [[...times], shown(highs), shown(lows), shown(values), shown(late)];
  }

  private colour(name: string): string {
    return getComputedStyle(this).getPropertyValue(name).trim();
  }

  private options(width: number): uPlot.Options {
    const line = (): string => this.colour("--curve");
    const points = this.curve.sparse;
    return {
      width,
      height: this.height(),
      legend: { show: false },
      // The same on every chart, with or without an axis below: only so the times stand under each other.
      padding: [8, 14, this.axis ? 0 : 6, 0],
      cursor: { sync: { key: this.group }, drag: { x: false, y: false }, y: false, points: { size: 7 } },
      scales: {
        x: { time: true, range: () => [this.from / SECOND, this.to / SECOND] },
        y: { range: (): uPlot.Range.MinMax => this.ySpan() },
      },
      axes: [
        {
          show: this.axis,
          size: AXIS,
          stroke: () => this.colour("--quiet"),
          grid: { stroke: () => this.colour("--line"), width: 1 },
          ticks: { stroke: () => this.colour("--line"), width: 1 },
          values: (_plot, splits) => splits.map((split) => digitalClock(split * SECOND)),
          font: "12px system-ui, sans-serif",
        },
        {
          size: 48,
          stroke: () => this.colour("--quiet"),
          grid: { stroke: () => this.colour("--line"), width: 1 },
          ticks: { show: false },
          space: 28,
          values: (_plot, splits) => splits.map((split) => this.tick(split, splits)),
          font: "12px system-ui, sans-serif",
        },
      ],
      series: [
        {},
        { stroke: "transparent", points: { show: false } },
        { stroke: "transparent", points: { show: false } },
        { stroke: line, width: points ? 0 : 1.6, points: { show: points, size: 8, fill: line, stroke: line } },
        {
          stroke: () => this.colour("--curve-late"),
          width: points ? 0 : 1.8,
          dash: [5, 4],
          points: { show: points, size: 8, fill: () => this.colour("--surface"), stroke: () => this.colour("--curve-late") },
        },
      ],
      bands: [{ series: [1, 2], fill: () => this.colour("--line") }],
      hooks: {
        drawClear: [(plot) => this.drawBehind(plot)],
        draw: [
          (plot) => {
            this.drawLimits(plot);
            this.drawCrossing(plot);
          },
        ],
        setCursor: [(plot) => this.point(plot)],
      },
    };
  }

  private tick(split: number, splits: readonly number[]): string {
    const whole = splits.every((value) => Number.isInteger(value));
    return formatNumber(split, whole ? 0 : 1, this.language);
  }

  private ySpan(): uPlot.Range.MinMax {
    const marks = this.limits.flatMap((limit) => [limit.low, limit.high].filter((value) => value !== null));
    const shown = marks.map((value) => shownNumber(this.metric, value));
    const columns = this.columns().slice(1) as Column[];
    const [low, high] = span(this.metric, columns, shown);
    return [low, high];
  }

  /** Gaps and alarms, behind the curve. */
  private drawBehind(plot: uPlot): void {
    const { left, top, width, height } = plot.bbox;
    const context = plot.ctx;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    for (const [from, to] of this.curve.gaps) this.drawGap(plot, from, to);
    for (const alert of this.alerts) this.drawAlert(plot, alert);
    context.restore();
  }

  private drawGap(plot: uPlot, from: number, to: number): void {
    const { top, height } = plot.bbox;
    const context = plot.ctx;
    const a = plot.valToPos(from, "x", true);
    const b = plot.valToPos(to, "x", true);
    if (b - a < 2) return;
    context.save();
    context.beginPath();
    context.rect(a, top, b - a, height);
    context.clip();
    context.strokeStyle = this.colour("--edge");
    context.globalAlpha = 0.55;
    context.lineWidth = devicePixelRatio;
    context.beginPath();
    for (let x = a - height; x < b; x += 8 * devicePixelRatio) {
      context.moveTo(x, top + height);
      context.lineTo(x + height, top);
    }
    context.stroke();
    context.globalAlpha = 1;
    const text = wordsOf(this.language).resident.gap;
    context.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    if (context.measureText(text).width + 12 < b - a) {
      context.fillStyle = this.colour("--quiet");
      context.textAlign = "center";
      context.fillText(text, (a + b) / 2, top + height - 8 * devicePixelRatio);
    }
    context.restore();
  }

  private drawAlert(plot: uPlot, alert: AlertView): void {
    const { top, height } = plot.bbox;
    const context = plot.ctx;
    const a = plot.valToPos(alert.onset / SECOND, "x", true);
    const b = Math.max(a + 3 * devicePixelRatio, plot.valToPos((alert.cleared ?? this.to) / SECOND, "x", true));
    const kind = kindOf(alert);
    const hue = this.colour(kind === "medium" ? "--medium-mark" : `--${kind}`);
    context.fillStyle = hue;
    context.globalAlpha = 0.16;
    context.fillRect(a, top, b - a, height);
    context.globalAlpha = 1;
    context.fillRect(a, top, b - a, 4 * devicePixelRatio);
    context.fillStyle = this.colour(kind === "medium" ? "--medium" : `--${kind}`);
    context.font = `800 ${12 * devicePixelRatio}px system-ui, sans-serif`;
    context.textAlign = "left";
    context.fillText(SYMBOL[kind], a + 2, top + 17 * devicePixelRatio);
  }

  private drawLimits(plot: uPlot): void {
    const { left, width } = plot.bbox;
    const context = plot.ctx;
    context.save();
    context.strokeStyle = this.colour("--high");
    context.fillStyle = this.colour("--high");
    context.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    context.lineWidth = devicePixelRatio;
    context.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    context.textAlign = "left";
    for (const limit of this.limits) {
      for (const bound of [limit.low, limit.high]) {
        if (bound === null) continue;
        const y = plot.valToPos(shownNumber(this.metric, bound), "y", true);
        context.beginPath();
        context.moveTo(left, y);
        context.lineTo(left + width, y);
        context.stroke();
        const text = `${wordsOf(this.language).resident.limit} ${formatWithUnit(this.metric, bound, this.language)}`;
        context.fillText(text, left + 6 * devicePixelRatio, y - 4 * devicePixelRatio);
      }
    }
    context.restore();
  }

  /** A line and a ring where the limit was crossed, with the hour: it is found without reading the axis. */
  private drawCrossing(plot: uPlot): void {
    const { crossing } = this;
    if (crossing === null || crossing.time < this.from || crossing.time > this.to) return;
    const { top, height, left, width } = plot.bbox;
    const context = plot.ctx;
    const x = plot.valToPos(crossing.time / SECOND, "x", true);
    const y = plot.valToPos(shownNumber(this.metric, crossing.limit), "y", true);
    context.save();
    context.setLineDash([]);
    context.strokeStyle = context.fillStyle = this.colour("--high");
    context.lineWidth = 2 * devicePixelRatio;
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x, top + height);
    context.stroke();
    context.beginPath();
    context.arc(x, y, 5 * devicePixelRatio, 0, 2 * Math.PI);
    context.stroke();
    context.font = `700 ${13 * devicePixelRatio}px system-ui, sans-serif`;
    const text = `${digitalClock(crossing.time)} ${wordsOf(this.language).tablet.sheet.crossing}`;
    const right = x + context.measureText(text).width + 10 * devicePixelRatio < left + width;
    context.textAlign = right ? "left" : "right";
    context.fillText(text, x + (right ? 6 : -6) * devicePixelRatio, top + height - 6 * devicePixelRatio);
    context.restore();
  }

  /** The value under the cross-hair, in words beside the name. */
  private point(plot: uPlot): void {
    const place = this.renderRoot.querySelector(".at");
    if (place === null) return;
    const index = plot.cursor.idx;
    const value = index == null ? null : (this.curve.values[index] ?? this.curve.late[index] ?? null);
    const time = index == null ? undefined : this.curve.times[index];
    place.textContent =
      value === null || time === undefined
        ? ""
        : `${formatWithUnit(this.metric, value, this.language)} · ${ago(time * SECOND, this.now, this.language)}`;
  }

  override render(): TemplateResult {
    const words = wordsOf(this.language);
    const minutes = Math.round((this.to - this.from) / SECOND / 60);
    const count = this.curve.times.length;
    const said = minutes < 60 ? words.tablet.sheet.chart(this.label, minutes, count) : words.resident.chart(this.label, Math.round(minutes / 60), count);
    return html`<div class="figure" role="img" aria-label=${said}>
      <div class="caption"><b>${this.label}</b><span class="quiet">${unitOf(this.metric)}</span><span class="at"></span></div>
      <div class="plot"></div>
      <div class="none" ?hidden=${count > 0}>${words.resident.noCurve}</div>
    </div>`;
  }
}

customElements.define("vv-curve", CurveElement);
