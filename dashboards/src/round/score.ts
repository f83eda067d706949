/** NEWS2 of a set: total, risk, what is missing, against the usual score, and when to measure again. */
import { html, nothing, type TemplateResult } from "lit";
import { nextText, parameterName, riskKind, totalText, type DraftView, type ScoreView } from "../lib/round";
import type { App } from "../ui/app";

const SYMBOL = { high: "!!!", medium: "!!" } as const;

export interface Advice {
  readonly next: DraftView["next"];
  readonly why: DraftView["why"];
  readonly scale: number;
}

function rise(app: App, score: ScoreView): string {
  const { words } = app;
  if (score.rise === null) return words.round.noUsual;
  if (score.rise === 0) return words.round.same;
  return score.rise > 0 ? words.round.rise(String(score.rise)) : words.round.fall(String(-score.rise));
}

export function scorePanel(app: App, score: ScoreView, advice: Advice | null): TemplateResult {
  const { words, speech } = app;
  const kind = riskKind(score);
  const risk = score.risk === null ? words.round.noRisk : words.round.risk[score.risk];
  const missing = score.missing.map((name) => parameterName(name, speech)).join(", ");
  return html`<section class="news2 ${kind}" aria-label=${words.round.news2} aria-live="polite">
    <p class="total">
      ${kind === "" ? nothing : html`<span class="mark ${kind}" aria-hidden="true"><span>${SYMBOL[kind]}</span></span>`}
      <span><small>${words.round.news2}</small><br />${totalText(score, speech)}</span>
    </p>
    <div>
      <p class="risk">${risk}${score.red ? ` · ${words.round.red}` : ""}</p>
      ${missing === "" ? html`<p>${rise(app, score)}</p>` : html`<p>${words.round.missing(missing)}</p>`}
      <p class="quiet">${advice?.scale === 2 ? words.round.scale2 : words.round.aid}</p>
    </div>
    ${advice === null
      ? nothing
      : html`<p class="next">
          <small>${words.round.next.title}</small><b>${nextText(advice.next, advice.why, speech)}</b><small>${words.round.why[advice.why]}</small>
        </p>`}
  </section>`;
}
