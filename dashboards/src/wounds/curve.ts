/** The area of a wound over time: points with their values, on an axis of days. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { longDate } from "../lib/format";
import type { Speech } from "../lib/say";
import { areas, areaText, type WoundView } from "../lib/wounds";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 220, 84, 44, 26, 30];

export function areaCurve(wound: WoundView, speech: Speech): TemplateResult {
  const said = speech.words.wounds;
  const all = areas(wound);
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined || all.length < 2) return html`<p class="quiet">${said.curveOne}</p>`;
  const most = Math.max(...all.map(({ area }) => area));
  // From nothing on: a wound that closes comes down to the ground.
  const span = Math.max(last.time - first.time, 1);
  const x = (time: number): number => LEFT + ((time - first.time) / span) * (WIDTH - LEFT - RIGHT);
  const y = (area: number): number => HEIGHT - BOTTOM - (area / most) * (HEIGHT - TOP - BOTTOM);
  const text = (area: number): string => areaText(area, speech.language);
  const day = (time: number): string => new Date(time / 1000).toLocaleDateString(speech.language === "fr" ? "fr-FR" : "en-GB", { day: "numeric", month: "short" });
  const label = `${said.curveOf(longDate(first.time, speech.language), longDate(last.time, speech.language))} : ${all.map(({ time, area }) => `${day(time)} ${text(area)}`).join(", ")}`;
  return html`<svg class="curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${label}>
    ${[0, most / 2, most].map(
      (area) => svg`<line class="grid" x1=${LEFT} x2=${WIDTH - RIGHT} y1=${y(area)} y2=${y(area)}></line><text class="axis" x=${LEFT - 8} y=${y(area) + 5} text-anchor="end">${text(area)}</text>`,
    )}
    <polyline points=${all.map(({ time, area }) => `${String(x(time))},${String(y(area))}`).join(" ")}></polyline>
    ${all.map(({ time, area }, at) => {
      const ends = at === 0 || at === all.length - 1;
      return svg`<circle cx=${x(time)} cy=${y(area)} r="5"></circle>
        ${ends ? svg`<text class="value" x=${x(time)} y=${y(area) - 11} text-anchor="middle">${text(area)}</text><text class="axis" x=${x(time)} y=${HEIGHT - 8} text-anchor="middle">${day(time)}</text>` : nothing}`;
    })}
  </svg>`;
}
