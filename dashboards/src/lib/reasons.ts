/** Why a score or several values together ring: what the hub says of it, in words. Pure. */
import { formatWithUnit } from "./format";
import { lookUp } from "./i18n";
import { parameterName, totalText, type ScoreView } from "./round";
import type { Speech } from "./say";
import type { AlertView } from "./types";

type Told = Pick<AlertView, "detail" | "value">;

const CLAUSE = /^([a-z0-9_]+?)(?:<([-+.e\d]+))?(?:>([-+.e\d]+))?$/;

/** The parts of a score's detail: `spo2=3,pulse=1;temperature;red,usual=1`. */
function partsOf(alert: Told): readonly (readonly string[])[] {
  const parts = alert.detail.split(";").map((part) => part.split(",").filter((each) => each !== ""));
  return [parts[0] ?? [], parts[1] ?? [], parts[2] ?? []];
}

/** `NEWS2 7`, or `NEWS2 ≥ 7` while something is missing. */
export function scoreHeadline(alert: Told, { words }: Speech): string {
  if (alert.value === null) return words.alert.news2;
  const [, missing] = partsOf(alert);
  const total = String(alert.value);
  return `${words.round.news2} ${missing?.length === 0 ? total : words.round.atLeast(total)}`;
}

/** `SpO₂ 3, Pouls 1 ; une mesure à 3 points ; d'habitude 1 ; il manque T° : allez voir…`; empty when nothing is known of it. */
export function scoreMeaning(alert: Told, speech: Speech): string {
  const { words } = speech;
  const said = words.tablet.reasons;
  const [points = [], missing = [], why = []] = partsOf(alert);
  if (points.length === 0) return "";
  const scored = points.map((part) => {
    const [name = "", count = ""] = part.split("=");
    return `${parameterName(name, speech)} ${count}`;
  });
  const usual = why.find((part) => part.startsWith("usual="))?.slice("usual=".length);
  const lacks = missing.map((name) => parameterName(name, speech)).join(", ");
  const parts = [said.points(scored.join(", ")), ...(why.includes("red") ? [words.round.red] : []), ...(usual === undefined ? [] : [said.usual(usual)])];
  return lacks === "" ? said.go(parts.join(", ")) : said.complete(parts.join(", "), lacks);
}

/** The rule's own name, such as `Fièvre et pouls`. */
export function compositeHeadline(alert: Told, { words }: Speech): string {
  const detail = alert.detail;
  return detail.slice(0, Math.max(0, detail.lastIndexOf(";"))).trim() || words.alert.composite;
}

/** `T° > 38,3 °C, Pouls > 100/min : allez voir le résident`; empty when nothing is known of it. */
export function compositeMeaning(alert: Told, speech: Speech): string {
  const detail = alert.detail;
  const clauses = detail.slice(detail.lastIndexOf(";") + 1).split(",");
  const held = clauses.map((clause) => clauseText(clause, speech)).filter((text) => text !== "");
  return held.length === 0 ? "" : speech.words.tablet.reasons.go(held.join(", "));
}

function clauseText(clause: string, { words, language }: Speech): string {
  const [, metric, low, high] = CLAUSE.exec(clause) ?? [];
  if (metric === undefined || (low === undefined && high === undefined)) return "";
  const say = (sign: string, bound: string | undefined): readonly string[] => (bound === undefined ? [] : [`${sign} ${formatWithUnit(metric, Number(bound), language)}`]);
  return `${lookUp(words.metric, metric)} ${[...say("<", low), ...say(">", high)].join(words.tablet.reasons.or)}`;
}

/** For a tile: `N 7 ↑`, `N ≥5`; the arrow is against the resident's usual score. */
export function scoreShort(score: Pick<ScoreView, "total" | "missing" | "rise">): string {
  const total = `N ${score.missing.length === 0 ? "" : "≥"}${String(score.total)}`;
  if (score.rise === null || score.rise === 0) return total;
  return `${total} ${score.rise > 0 ? "↑" : "↓"}`;
}

/** The same for a screen reader: `NEWS2 7, 3 de plus que d'habitude`. */
export function scoreSpoken(score: Pick<ScoreView, "total" | "missing" | "rise">, speech: Speech): string {
  const said = speech.words.round;
  const total = `${said.news2} ${totalText(score, speech)}`;
  if (score.rise === null) return total;
  const rise = score.rise === 0 ? said.same : score.rise > 0 ? said.rise(String(score.rise)) : said.fall(String(-score.rise));
  return `${total}, ${rise}`;
}
