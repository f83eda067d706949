/** The mark of an alert: circle, triangle, square or wrench, with its word for those who do not see it. */
import { html, svg, type TemplateResult } from "lit";
import type { Words } from "../lib/i18n";
import { isPresent } from "../lib/rank";
import type { AlertView } from "../lib/types";
import { icon } from "./icon";

const SYMBOL = { high: "!!!", medium: "!!", low: "!" } as const;

/** `technical` for what is about equipment, else the priority. */
export function kindOf(alert: Pick<AlertView, "category" | "priority">): "high" | "medium" | "low" | "technical" {
  return alert.category === "technical" ? "technical" : alert.priority;
}

export function mark(alert: AlertView, words: Words): TemplateResult {
  const kind = kindOf(alert);
  const answered = alert.response !== "unacknowledged";
  const flash = kind === "high" && !answered && isPresent(alert) ? "flash" : "";
  const outline =
    kind === "medium" && answered
      ? html`<svg class="outline" viewBox="0 0 24 24" aria-hidden="true">
          ${svg`<path d="M12 2.5 22.5 21.5h-21z" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round"></path>`}
        </svg>`
      : "";
  return html`<span class="mark ${kind} ${answered ? "answered" : ""} ${flash}"
    >${outline}<span aria-hidden="true">${kind === "technical" ? icon("wrench") : SYMBOL[kind]}</span
    ><span class="only-spoken">${words.priority[kind]}</span></span
  >`;
}
