/** A resident's values as cards: number, unit, age, doubt. An old value is a dash with its date. */
import { css, html, nothing, type TemplateResult } from "lit";
import { metricsOf, valueOf } from "../lib/choose";
import { isDoubtful, isStale } from "../lib/curves";
import { ago, DASH, formatValue, formatWithUnit, unitOf } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { doubts, metricName, type Speech } from "../lib/say";
import type { AlertView, ResidentView, Value } from "../lib/types";
import { worstFirst } from "../lib/rank";
import { icon } from "../ui/icon";
import { mark } from "../ui/mark";

export const valueStyles = css`
  .values {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(138px, 1fr));
    gap: var(--gap-3);
  }
  .card {
    display: grid;
    align-content: start;
    padding: var(--gap-2) var(--gap-3);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    min-height: 104px;
  }
  .card.high,
  .card.medium,
  .card.low {
    border: 2px solid var(--hue);
    padding: calc(var(--gap-2) - 1px) calc(var(--gap-3) - 1px);
  }
  .card.high {
    --hue: var(--high);
    background: var(--high-ground);
  }
  .card.medium {
    --hue: var(--medium-mark);
    background: var(--medium-ground);
  }
  .card.low {
    --hue: var(--low);
    background: var(--low-ground);
  }
  .card h3 {
    display: flex;
    align-items: center;
  }
  .card h3 .mark {
    margin-inline-start: auto;
    font-size: 0.7rem;
  }
  .card h3 {
    font-size: var(--size-1);
    font-weight: 600;
    color: var(--quiet);
  }
  .card .number {
    font-size: var(--size-5);
    font-weight: 650;
    line-height: 1.1;
    white-space: nowrap;
  }
  .card .number.wide {
    font-size: 1.875rem;
    line-height: 1.61;
  }
  .card h3 small {
    font-size: inherit;
    font-weight: 400;
    margin-inline-start: 6px;
  }
  .card .age {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .card .doubt-words {
    display: flex;
    align-items: center;
    gap: 4px;
    font-size: var(--size-1);
    font-weight: 600;
    color: var(--medium);
  }
  .card .doubt-words .icon {
    width: 14px;
    height: 14px;
  }
`;

interface Shown {
  readonly title: string;
  readonly longTitle: string;
  readonly number: string;
  readonly unit: string;
  readonly value: Value;
  /** The worst alarm about it. */
  readonly alarm: AlertView | undefined;
  readonly wide: boolean;
}

function card(shown: Shown, speech: Speech): TemplateResult {
  const { value } = shown;
  const { language, now } = speech;
  const stale = isStale(value, now);
  const last = `${shown.number}${shown.unit === "" ? "" : ` ${shown.unit}`}`;
  const worry = doubts(value, speech);
  return html`<li class="card ${shown.alarm?.priority ?? ""}">
    <h3 title=${shown.longTitle}>${shown.title}<small>${shown.unit}</small>${shown.alarm === undefined ? nothing : mark(shown.alarm, speech.words)}</h3>
    ${stale
      ? html`<p class="number">${DASH}</p>
          <p class="age">${speech.words.resident.lastValue(last, ago(value.time, now, language))}</p>`
      : html`<p class="number ${shown.wide ? "wide" : ""}">${shown.number}</p>
          <p class="age">${ago(value.time, now, language)}</p>`}
    ${worry === "" || stale
      ? nothing
      : isDoubtful(value)
        ? html`<p class="doubt-words">${icon("warning")}${worry}</p>`
        : html`<p class="age">${worry}</p>`}
  </li>`;
}

/** Systolic and diastolic of one measurement are one card: `PA 128/74`. */
function pressure(resident: ResidentView, alarms: ReadonlyMap<string, AlertView>, speech: Speech): Shown | null {
  const systolic = valueOf(resident, "systolic");
  const diastolic = valueOf(resident, "diastolic");
  if (systolic === undefined || diastolic === undefined || systolic.time !== diastolic.time) return null;
  const say = (value: Value): string => formatValue(value.metric, value.value, speech.language);
  return {
    title: speech.words.metric.pressure,
    longTitle: speech.words.metricLong.pressure,
    number: `${say(systolic)}/${say(diastolic)}`,
    unit: unitOf("systolic"),
    value: systolic,
    alarm: alarms.get("systolic") ?? alarms.get("diastolic"),
    wide: true,
  };
}

export function valueCards(resident: ResidentView, alerts: readonly AlertView[], speech: Speech): TemplateResult {
  const alarms = new Map<string, AlertView>();
  for (const alert of worstFirst(alerts)) {
    const about = alert.condition === "active" && alert.category === "physiological" ? alert.metric : null;
    if (about !== null && !alarms.has(about)) alarms.set(about, alert);
  }
  const both = pressure(resident, alarms, speech);
  const cards = metricsOf(resident).flatMap((metric): TemplateResult[] => {
    if (both !== null && metric === "systolic") return [card(both, speech)];
    if (both !== null && metric === "diastolic") return [];
    const value = valueOf(resident, metric);
    if (value === undefined) return [];
    const shown: Shown = {
      title: metricName(metric, speech),
      longTitle: lookUp(speech.words.metricLong, metric),
      number: formatValue(metric, value.value, speech.language),
      unit: unitOf(metric),
      value,
      alarm: alarms.get(metric),
      wide: false,
    };
    return [card(shown, speech)];
  });
  if (cards.length === 0) return html`<p class="quiet">${speech.words.ward.noMeasure}</p>`;
  return html`<ul class="values">${cards}</ul>`;
}

/** One value as a sentence, for lists. */
export function valueSentence(value: Value, speech: Speech): string {
  const shown = isStale(value, speech.now) ? DASH : formatWithUnit(value.metric, value.value, speech.language);
  return `${metricName(value.metric, speech)} ${shown}`;
}
