/** What was measured before an alarm, frozen: one small curve for each metric, with the limit that was crossed. */
import { html, nothing, svg, type TemplateResult } from "lit";
import type { ActView } from "../lib/acts";
import { clock, formatWithUnit } from "../lib/format";
import { metricName, type Speech } from "../lib/say";

type Evidence = NonNullable<ActView["evidence"]>;
type Series = Evidence["values"][number];

const WIDTH = 600;
const HEIGHT = 56;

/** Points of a curve as SVG wants them; the frame is the evidence's own span and what was measured or limited in it. */
export function points(series: Series, evidence: Evidence, limit: number | null): { readonly line: string; readonly limit: number | null } {
  const all = limit === null ? series.values : [...series.values, limit];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const height = (value: number): number => (high === low ? HEIGHT / 2 : HEIGHT - ((value - low) / (high - low)) * HEIGHT);
  const along = (time: number): number => ((time - evidence.since) / (evidence.until - evidence.since)) * WIDTH;
  const line = series.times.map((time, index) => `${along(time).toFixed(1)},${height(series.values[index] ?? low).toFixed(1)}`).join(" ");
  return { line, limit: limit === null ? null : height(limit) };
}

export function traces(act: ActView, speech: Speech): TemplateResult | typeof nothing {
  const { words, language } = speech;
  const { evidence, alert } = act;
  if (evidence === null || evidence.values.length === 0) return nothing;
  return html`<section class="panel">
    <h2>${words.acts.evidence} <small>${words.acts.evidenceSpan(clock(evidence.since, language), clock(evidence.until, language))}</small></h2>
    ${[...evidence.values].sort((a, b) => Number(b.metric === alert?.metric) - Number(a.metric === alert?.metric)).map((series) => trace(series, evidence, series.metric === alert?.metric ? alert.limit : null, speech))}
  </section>`;
}

function trace(series: Series, evidence: Evidence, limit: number | null, speech: Speech): TemplateResult {
  const { words, language } = speech;
  const drawn = points(series, evidence, limit);
  const say = (value: number): string => formatWithUnit(series.metric, value, language);
  const name = metricName(series.metric, speech);
  const range = words.acts.evidenceRange(say(Math.min(...series.values)), say(Math.max(...series.values)));
  return html`<div class="trace">
    <p><b>${name}</b> ${say(series.values.at(-1) ?? 0)}<small class="quiet"> ${range}</small></p>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${name}, ${range}">
      ${drawn.limit === null ? nothing : svg`<line x1="0" x2=${WIDTH} y1=${drawn.limit} y2=${drawn.limit}></line>`}
      ${svg`<polyline points=${drawn.line}></polyline>`}
    </svg>
  </div>`;
}
