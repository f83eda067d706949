/** NEWS2 of the last sets: the last one large, those before it as steps, and which way it goes. */
import { css, html, nothing, svg, type TemplateResult } from "lit";
import { scoreSentence, trendOf, type ScorePoint } from "../lib/consult";
import { digitalClock } from "../lib/format";
import { parameterName, riskKind, totalText, type SheetView } from "../lib/round";
import type { Speech } from "../lib/say";
import { HOUR } from "../lib/types";

export const scoreStyles = css`
  .score {
    --hue: var(--edge);
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: center;
    gap: var(--gap-2) var(--gap-4);
  }
  .score.high {
    --hue: var(--high);
  }
  .score.medium {
    --hue: var(--medium-mark);
  }
  .score .total {
    display: grid;
    place-items: center;
    min-width: 76px;
    min-height: 76px;
    padding: 0 var(--gap-2);
    border: 4px solid var(--hue);
    border-radius: var(--radius);
    font-size: var(--size-5);
    font-weight: 700;
    line-height: 1;
  }
  .score .of b {
    font-size: var(--size-3);
  }
  .score .of small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .steps {
    display: block;
    width: 100%;
    height: 64px;
    grid-column: 1 / -1;
  }
  .steps .line {
    fill: none;
    stroke: var(--text);
    stroke-width: 2;
  }
  .steps circle {
    fill: var(--text);
  }
  .steps .band {
    fill: var(--raised);
  }
  .steps text {
    fill: var(--text);
    font-size: 13px;
    font-weight: 600;
    text-anchor: middle;
  }
  .steps .hour {
    fill: var(--quiet);
    font-size: 12px;
    font-weight: 400;
  }
`;

const WIDTH = 320;
const HEIGHT = 64;
const MOST = 6;
/** NEWS2 asks for an urgent answer from here on. */
const URGENT = 5;

/** The scores that hold, oldest first. */
export function pointsOf(sheet: SheetView | null): readonly ScorePoint[] {
  if (sheet === null) return [];
  return sheet.sets
    .filter(({ now }) => !now.withdrawn && now.score.risk !== null)
    .map(({ now }) => ({ time: now.time, score: now.score, author: now.author_name }))
    .sort((a, b) => a.time - b.time);
}

function chart(points: readonly ScorePoint[], speech: Speech): TemplateResult {
  const shown = points.slice(-MOST);
  const top = Math.max(9, ...shown.map(({ score }) => score.total));
  const x = (index: number): number => 18 + (index * (WIDTH - 36)) / Math.max(1, shown.length - 1);
  const y = (total: number): number => HEIGHT - 18 - (total / top) * (HEIGHT - 38);
  const path = shown.map(({ score }, index) => `${index === 0 ? "M" : "L"}${x(index).toFixed(1)} ${y(score.total).toFixed(1)}`).join(" ");
  const said = shown.map((point) => totalText(point.score, speech)).join(", ");
  return html`<svg class="steps" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${speech.words.consult.glance.trendChart(said)}>
    ${svg`<rect class="band" x="0" y="0" width=${WIDTH} height=${y(URGENT)}></rect><path class="line" d=${path}></path>`}
    ${shown.map(
      (point, index) => svg`<circle cx=${x(index)} cy=${y(point.score.total)} r="3.5"></circle>
        <text x=${x(index)} y=${y(point.score.total) - 7}>${totalText(point.score, speech)}</text>
        <text class="hour" x=${x(index)} y=${HEIGHT - 2}>${digitalClock(point.time)}</text>`,
    )}
  </svg>`;
}

export function scoreView(points: readonly ScorePoint[], speech: Speech): TemplateResult {
  const { words, now } = speech;
  const said = words.consult.glance;
  const last = points.at(-1);
  if (last === undefined) return html`<p class="quiet">${said.noScore}</p>`;
  const trend = trendOf(points);
  const rise = last.score.rise;
  const usual = rise === null || rise === 0 ? "" : ` · ${rise > 0 ? words.round.rise(String(rise)) : words.round.fall(String(-rise))}`;
  const recent = points.filter(({ time }) => now - time < 24 * HOUR);
  return html`<div class="score ${riskKind(last.score)}">
    <span class="total" aria-hidden="true">${totalText(last.score, speech)}</span>
    <p class="of">
      <b aria-hidden="true">${last.score.risk === null ? words.round.noRisk : words.round.risk[last.score.risk]}${trend === null ? "" : `, ${said.trend[trend]}`}</b>
      <small><span class="only-spoken">${words.round.news2} </span>${scoreSentence(last, speech)}${usual}</small>
      ${last.score.missing.length === 0 ? nothing : html`<small>${words.round.missing(last.score.missing.map((each) => parameterName(each, speech)).join(", "))}</small>`}
    </p>
    ${recent.length > 1 ? chart(recent, speech) : nothing}
  </div>`;
}
