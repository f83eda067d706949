/** Papers: what waits for a signature, what is over, and what was. */
import { html, nothing, type TemplateResult } from "lit";
import { moment } from "../lib/format";
import { daysUntil, limitSentence, shortDate, soon } from "../lib/limits";
import { metricName, type Speech } from "../lib/say";
import type { PrescriptionPaper } from "../lib/types";
import { icon } from "../ui/icon";
import { loosenings } from "./form";

export interface PapersHost {
  sign(paper: PrescriptionPaper): void;
  takeBack(paper: PrescriptionPaper): void;
  settle(paper: PrescriptionPaper): void;
  askWhy(kind: "refuse" | "withdraw" | "renew", paper: PrescriptionPaper): void;
  readonly signer: boolean;
}

/** Days before its end from which a prescription says that it ends soon. */
const SOON = 14;

/** What a paper says, in a sentence. */
export function paperSentence(paper: PrescriptionPaper, speech: Speech): string {
  if (paper.limit !== null) return limitSentence(paper.limit, speech);
  const say = speech.words.limits.settings;
  const chosen = paper.settings;
  if (chosen === null) return "";
  const oxygen = chosen.on_oxygen === null ? say.oxygenUnknown : chosen.on_oxygen ? say.oxygenYes : say.oxygenNo;
  return `${say.profile} : ${chosen.title} · ${chosen.spo2_scale === 2 ? say.scale2 : say.scale1} · ${oxygen}`;
}

/** Who prescribed it and until when. */
export function responsibility(paper: PrescriptionPaper, speech: Speech): TemplateResult {
  const { words, now } = speech;
  const say = words.limits;
  const author = say.prescribed((paper.author ?? paper.proposed_by).name);
  const second = paper.second_author === null ? "" : `, ${say.cosigned(paper.second_author.name)}`;
  const followed = paper.until !== null && (paper.end === null || paper.until < paper.end) ? paper.until : null;
  const end = followed !== null ? say.replaced(shortDate(followed)) : paper.end === null ? say.noEnd : say.until(shortDate(paper.end), daysUntil(paper.end, now));
  return html`<p class="who">${author}${second} · <span class=${soon(paper.end, now, SOON) ? "soon" : ""}>${soon(paper.end, now, SOON) ? html`<b>${say.endsSoon}</b> : ` : nothing}${end}</span></p>
    <p class="why">« ${paper.reason} »${paper.review === null || paper.review_due ? nothing : html` <span class="quiet">· ${say.review(shortDate(paper.review))}</span>`}</p>
    ${paper.review_due && paper.review !== null ? html`<p class="due">${icon("warning")}${say.reviewDue(shortDate(paper.review))}</p>` : nothing}`;
}

export function waitingPaper(paper: PrescriptionPaper, speech: Speech, host: PapersHost): TemplateResult {
  const { words, now, language } = speech;
  const say = words.limits.waiting;
  const asked = paper.status === "leaving" ? (paper.ended_by ?? paper.proposed_by) : (paper.author ?? paper.proposed_by);
  const when = moment(paper.steps.at(-1)?.time ?? paper.proposed, now, language);
  const status = paper.status === "leaving" ? say.leaving : paper.status === "awaiting" ? say.awaiting : say.draft;
  const blocked = paper.may_sign ? "" : host.signer ? say.another : say.signer;
  return html`<li class="paper waiting" data-paper=${paper.id}>
    <p class="status">${icon("sign")}<b>${status}</b> <span class="quiet">${say.by(asked.name, when)}</span></p>
    <h3>${paperSentence(paper, speech)}${paper.begin !== null && paper.begin > now ? html` <span class="quiet">${speech.words.limits.begins(shortDate(paper.begin))}</span>` : nothing}</h3>
    <p class="why">« ${paper.status === "leaving" ? paper.ended_reason : paper.reason} »</p>
    ${paper.loosens.length === 0 ? nothing : loosenings(paper.loosens, speech)}
    ${blocked === "" ? nothing : html`<p class="note">${blocked}</p>`}
    <div class="actions">
      ${paper.may_take_back ? html`<button @click=${() => host.takeBack(paper)}>${icon("back")}${say.takeBack}</button>` : nothing}
      ${paper.may_sign ? html`<button @click=${() => host.askWhy("refuse", paper)}>${icon("close")}${say.refuse}</button>` : nothing}
      ${paper.may_sign ? html`<button class="main" @click=${() => host.sign(paper)}>${icon("sign")}${say.sign}</button>` : nothing}
    </div>
  </li>`;
}

/** What is signed and begins later. */
export function comingPaper(paper: PrescriptionPaper, speech: Speech, host: PapersHost): TemplateResult {
  const say = speech.words.limits;
  return html`<li class="paper coming" data-paper=${paper.id}>
    <p class="status">${icon("duty")}<b>${say.from(shortDate(paper.since ?? paper.proposed))}</b></p>
    <h3>${paperSentence(paper, speech)}</h3>
    ${responsibility(paper, speech)}
    ${host.signer ? html`<div class="actions"><button @click=${() => host.askWhy("withdraw", paper)}>${icon("close")}${say.cancelComing}</button></div>` : nothing}
  </li>`;
}

export function expiredPaper(paper: PrescriptionPaper, speech: Speech, host: PapersHost): TemplateResult {
  const { words } = speech;
  const metric = paper.limit === null ? "" : metricName(paper.limit.metric, speech);
  return html`<li class="paper expired" data-paper=${paper.id}>
    <p class="status">${icon("warning")}<b>${words.limits.expired.title} · ${metric}</b></p>
    <h3>${paperSentence(paper, speech)}</h3>
    <p>${words.limits.expired.since(shortDate(paper.end ?? paper.proposed))}</p>
    <div class="actions">
      ${host.signer ? html`<button @click=${() => host.settle(paper)}>${icon("check")}${words.limits.expired.settle}</button>` : nothing}
      <button class="main" @click=${() => host.askWhy("renew", paper)}>${icon("retry")}${words.limits.renew}</button>
    </div>
  </li>`;
}

export function history(papers: readonly PrescriptionPaper[], speech: Speech): TemplateResult {
  const { words, now, language } = speech;
  const say = words.limits.history;
  return html`<details class="panel history">
    <summary><h2>${say.title} (${papers.length})</h2></summary>
    ${papers.length === 0 ? html`<p class="quiet">${say.none}</p>` : nothing}
    <ul>
      ${papers.map(
        (paper) => html`<li>
          <p><b>${paperSentence(paper, speech)}</b> <span class="tag">${say.status[paper.status]}</span></p>
          <p class="why">« ${paper.reason} »</p>
          <ol>
            ${paper.steps.map(
              (step) => html`<li>
                ${moment(step.time, now, language)} · ${say.act[step.act]} · ${step.author.name}${step.reason === "" || step.act === "propose" || step.act === "supersede" ? nothing : html` · « ${step.reason} »`}
              </li>`,
            )}
          </ol>
        </li>`,
      )}
    </ul>
  </details>`;
}
