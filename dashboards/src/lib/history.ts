/**
 * The stored past of ONE resident. It is made for one identity and thrown away with it: showing another resident means
 * making another object, so nothing of the first can be left on the screen. Requests under way are aborted by `close()`.
 */
import type { Api } from "./api";
import { append, curve, NO_CURVE, type Curve } from "./curves";
import { HOUR, SECOND, type AlertView, type MeasurementPage, type Micros, type MetricInfo, type Value } from "./types";

export type Loading = "loading" | "ready" | "failed";

/** Points asked for one chart: about one for each pixel of a wide screen. */
export const POINTS = 1_440;

export class ResidentHistory extends EventTarget {
  status: Loading = "loading";
  /** The first failure of the last load. */
  error: unknown = null;
  alerts: readonly AlertView[] = [];
  from: Micros = 0;
  to: Micros = 0;
  private pages = new Map<string, MeasurementPage>();
  private curves = new Map<string, Curve>();
  private aborter = new AbortController();
  private closed = false;

  constructor(
    private readonly api: Api,
    readonly resident: string,
  ) {
    super();
  }

  /** Loads the last `hours` of each metric; a load that is still running is given up. */
  async load(metrics: readonly MetricInfo[], hours: number, now: Micros): Promise<void> {
    this.aborter.abort();
    const aborter = new AbortController();
    this.aborter = aborter;
    this.to = now;
    this.from = now - hours * HOUR;
    this.become("loading");
    try {
      const span = { from: this.from, to: this.to, maxPoints: POINTS };
      const [alerts, ...pages] = await Promise.all([
        this.api.alertsOf(this.resident, now - 24 * HOUR, aborter.signal),
        ...metrics.map((metric) => this.api.measurements(this.resident, metric.name, span, aborter.signal)),
      ]);
      if (aborter.signal.aborted || this.closed) return;
      this.alerts = alerts;
      this.pages = new Map(pages.map((page) => [page.metric, page]));
      this.curves = new Map();
      for (const metric of metrics) {
        const page = this.pages.get(metric.name);
        if (page !== undefined) this.curves.set(metric.name, curve(page, metric.stale_after, this.interval()));
      }
      this.become("ready");
    } catch (error) {
      if (aborter.signal.aborted || this.closed) return;
      this.error = error;
      this.become("failed");
    }
  }

  /** Takes the resident's newest values; those of anybody else are refused. */
  take(resident: string, values: readonly Value[], metrics: ReadonlyMap<string, MetricInfo>): void {
    if (resident !== this.resident || this.closed || this.status !== "ready") return;
    let changed = false;
    for (const value of values) {
      const page = this.pages.get(value.metric);
      if (page === undefined) continue;
      const longer = append(page, value, this.interval(), value.time - (this.to - this.from));
      if (longer === page) continue;
      this.pages.set(value.metric, longer);
      const stale = metrics.get(value.metric)?.stale_after ?? value.stale_after;
      this.curves.set(value.metric, curve(longer, stale, this.interval()));
      changed = true;
    }
    if (changed) this.dispatchEvent(new Event("change"));
  }

  /** The oldest point of any curve, or `null` when there is none. */
  oldest(): Micros | null {
    const firsts = [...this.pages.values()].flatMap((page) => page.times.slice(0, 1));
    return firsts.length === 0 ? null : Math.min(...firsts);
  }

  curve(metric: string): Curve {
    return this.curves.get(metric) ?? NO_CURVE;
  }

  /** Seconds that one point stands for. */
  private interval(): number {
    return (this.to - this.from) / SECOND / POINTS;
  }

  close(): void {
    this.closed = true;
    this.aborter.abort();
  }

  private become(status: Loading): void {
    this.status = status;
    this.dispatchEvent(new Event("change"));
  }
}
