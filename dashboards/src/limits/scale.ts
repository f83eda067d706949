/** One vital sign on a scale: where it warns, and where the resident's last day lies. Drawn with attributes alone. */
import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { formatValue, formatWithUnit } from "../lib/format";
import { limitSentence, scaleSpan, type DayRange } from "../lib/limits";
import { metricName, type Speech } from "../lib/say";
import type { LimitValues, MetricRange } from "../lib/types";

const WIDTH = 600;
const HEIGHT = 66;
/** Without a last day there is nothing below the bounds. */
const LOW = 50;
const TOP = 22;
const BAND = 22;
const EDGE = 8;

function zones(limits: readonly LimitValues[], at: (value: number) => number): SVGTemplateResult[] {
  // The most urgent is drawn last, so that it is seen.
  const order = [...limits].sort((a, b) => rank(a) - rank(b));
  return order.flatMap((limit) => {
    const parts: SVGTemplateResult[] = [];
    if (limit.low !== null) parts.push(zone(limit, EDGE, at(limit.low)));
    if (limit.high !== null) parts.push(zone(limit, at(limit.high), WIDTH - EDGE));
    return parts;
  });
}

function rank(limit: LimitValues): number {
  return { low: 0, medium: 1, high: 2 }[limit.priority];
}

function zone(limit: LimitValues, from: number, to: number): SVGTemplateResult {
  const edge = from === EDGE ? to : from;
  return svg`<rect class="zone ${limit.priority}" x=${from} y=${TOP} width=${Math.max(0, to - from)} height=${BAND}></rect>
    <line class="bound ${limit.priority}" x1=${edge} x2=${edge} y1=${TOP - 4} y2=${TOP + BAND + 4}></line>`;
}

/** Bounds in figures; two that would stand on each other are told by one. */
function figures(limits: readonly LimitValues[], metric: string, at: (value: number) => number, speech: Speech): SVGTemplateResult[] {
  const bounds = [...new Set(limits.flatMap((limit) => [limit.low, limit.high]).filter((bound) => bound !== null))].sort((a, b) => a - b);
  let free = -100;
  return bounds.flatMap((bound) => {
    const x = at(bound);
    const text = formatValue(metric, bound, speech.language);
    const half = text.length * 4.5 + 2;
    const centre = Math.min(Math.max(x, half), WIDTH - half);
    if (centre - half < free) return [];
    free = centre + half;
    return [svg`<text class="figure" x=${centre} y=${TOP - 8} text-anchor="middle">${text}</text>`];
  });
}

export function scale(
  metric: string,
  limits: readonly LimitValues[],
  day: DayRange | null,
  now: number | null,
  range: MetricRange,
  speech: Speech,
): TemplateResult {
  const { words, language } = speech;
  const { from, to } = scaleSpan(limits, day, range);
  const at = (value: number): number => EDGE + ((Math.min(Math.max(value, from), to) - from) / (to - from || 1)) * (WIDTH - 2 * EDGE);
  const told = day === null ? words.limits.noDay : words.limits.day(formatWithUnit(metric, day.lowest, language), formatWithUnit(metric, day.highest, language));
  const label = words.limits.scale(metricName(metric, speech), limits.map((limit) => limitSentence(limit, speech)).join(". "), told);
  return html`<figure class="scale">
    <svg viewBox="0 0 ${WIDTH} ${day === null ? LOW : HEIGHT}" role="img" aria-label=${label} preserveAspectRatio="none">
      <rect class="ground" x=${EDGE} y=${TOP} width=${WIDTH - 2 * EDGE} height=${BAND} rx="4"></rect>
      ${zones(limits, at)}
      ${day === null
        ? nothing
        : svg`<rect class="day" x=${at(day.lowest)} y=${TOP + BAND + 9} width=${Math.max(3, at(day.highest) - at(day.lowest))} height="7" rx="3.5"></rect>
            <circle class="middle" cx=${at(day.middle)} cy=${TOP + BAND + 12.5} r="5.5"></circle>`}
      ${now === null ? nothing : svg`<path class="present" d="M ${at(now)} ${TOP + BAND + 3} l -6 -10 h 12 z"></path>`}
      ${figures(limits, metric, at, speech)}
    </svg>
    <figcaption>${told}</figcaption>
  </figure>`;
}
