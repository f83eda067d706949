/** Limits that wait for a signature: who asks for what, what it loosens, and the two answers. */
import { html, nothing, type TemplateResult } from "lit";
import { ago, duration, formatWithUnit, longDate } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { personName } from "../lib/load";
import { errorSentence, limitSentence, metricName, roomName } from "../lib/say";
import { SECOND, type Loosening, type PrescriptionPaper, type WaitingPaper } from "../lib/types";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";

/** What this part needs of its page. */
export interface SignHost {
  /** Reads again what waits. */
  reread(): void;
  tell(text: string): void;
}

/** What one person is doing about what waits. */
export class Signing {
  busy = "";
  /** The paper whose refusal is being written, and the reason so far. */
  refusing = "";
  reason = "";
  complaint = "";

  constructor(
    private readonly app: App,
    private readonly host: SignHost & { requestUpdate(): void },
  ) {}

  askRefusal(paper: string): void {
    this.refusing = this.refusing === paper ? "" : paper;
    this.reason = "";
    this.complaint = "";
    this.host.requestUpdate();
  }

  write(reason: string): void {
    this.reason = reason;
    this.host.requestUpdate();
  }

  sign(row: WaitingPaper): Promise<void> {
    const words = this.app.words.coordination.sign;
    return this.answer(row.paper.id, () => this.app.session.api.signPrescription(row.paper.id), words.signed(personName(row)));
  }

  refuse(row: WaitingPaper): Promise<void> {
    const words = this.app.words.coordination.sign;
    return this.answer(row.paper.id, () => this.app.session.api.refusePrescription(row.paper.id, this.reason.trim()), words.refused(personName(row)));
  }

  private async answer(paper: string, send: () => Promise<unknown>, done: string): Promise<void> {
    this.busy = paper;
    this.complaint = "";
    this.host.requestUpdate();
    try {
      await send();
      this.refusing = "";
      this.reason = "";
      this.host.tell(done);
    } catch (error) {
      this.complaint = errorSentence(error, this.app.words);
    }
    this.busy = "";
    this.host.reread();
  }
}

function value(each: Loosening, number: number | null, app: App): string {
  const { language } = app.speech;
  if (number === null) return app.words.coordination.trial.none;
  return each.way === "delay" || each.way === "gap" ? duration(number * SECOND, language) : formatWithUnit(each.metric, number, language);
}

function loosening(each: Loosening, app: App): string {
  const words = app.words.coordination.sign;
  const name = lookUp(app.words.metricLong, each.metric);
  if (each.way === "bound" || each.way === "delay") return words.loosens[each.way](name, value(each, each.before, app), value(each, each.after, app));
  return words.loosens[each.way](name);
}

function what(paper: PrescriptionPaper, app: App): string {
  const words = app.words.coordination.sign;
  if (paper.status === "leaving") return words.leaving;
  if (paper.limit !== null) return `${metricName(paper.limit.metric, app.speech)} : ${limitSentence(paper.limit, app.speech)}`;
  return words.settings(paper.settings?.title ?? "");
}

function refusal(row: WaitingPaper, app: App, signing: Signing): TemplateResult | typeof nothing {
  const words = app.words.coordination.sign;
  if (signing.refusing !== row.paper.id) return nothing;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void signing.refuse(row);
  };
  return html`<form class="refusal" @submit=${submit}>
    <label class="field">
      ${words.why}
      <input name="reason" maxlength="400" required autocomplete="off" .value=${signing.reason} @input=${(event: InputEvent) => signing.write((event.target as HTMLInputElement).value)} />
    </label>
    <button ?disabled=${signing.reason.trim() === "" || signing.busy !== ""}>${words.confirmRefusal}</button>
  </form>`;
}

function item(row: WaitingPaper, app: App, signing: Signing): TemplateResult {
  const words = app.words.coordination.sign;
  const { paper } = row;
  const { language, now } = app.speech;
  const name = personName(row);
  const room = row.room === "" ? app.words.coordination.left : roomName(row.room, app.words);
  const until = paper.end === null ? nothing : html`<dt>${words.until}</dt><dd>${longDate(paper.end, language)}</dd>`;
  return html`<li class="waiting" data-paper=${paper.id}>
    <div class="about">
      <h3>${name} <small>${room}</small></h3>
      <p class="what">${what(paper, app)}</p>
      ${paper.loosens.length === 0
        ? nothing
        : html`<p class="loosens">${icon("warning")}<span><b>${words.second}</b> ${paper.loosens.map((each) => loosening(each, app)).join(" ; ")}.</span></p>`}
      <dl class="facts">
        <dt>${words.by}</dt>
        <dd>${words.byWhen(paper.proposed_by.name, ago(paper.proposed, now, language))}</dd>
        <dt>${words.reason}</dt>
        <dd>${paper.status === "leaving" ? (paper.ended_reason ?? "") : paper.reason}</dd>
        ${until}
      </dl>
    </div>
    <div class="acts">
      ${paper.may_sign
        ? html`<button ?disabled=${signing.busy !== ""} @click=${() => signing.askRefusal(paper.id)} aria-expanded=${signing.refusing === paper.id ? "true" : "false"} aria-label=${words.refuseOf(name)}>
              ${icon("close")}${words.refuse}
            </button>
            <button class="main" ?disabled=${signing.busy !== ""} @click=${() => void signing.sign(row)} aria-label=${words.signOf(name)}>${icon("sign")}${words.sign}</button>`
        : html`<p class="quiet">${words.notYours}</p>`}
      <a class="button" href=${`/limites/${encodeURIComponent(paper.resident)}`}>${words.see}</a>
    </div>
    ${refusal(row, app, signing)}
  </li>`;
}

export function signPage(rows: readonly WaitingPaper[], app: App, signing: Signing): TemplateResult {
  const words = app.words.coordination.sign;
  if (rows.length === 0) return html`<section class="state">${icon("check")}<h1>${words.none}</h1><p>${words.noneMore}</p></section>`;
  return html`<div class="page narrow">
    <header class="page-head"><h1>${words.heading}</h1></header>
    <p class="quiet">${words.more}</p>
    ${signing.complaint === "" ? nothing : html`<p role="alert"><b>${signing.complaint}</b></p>`}
    <section class="panel">
      <ul aria-label=${words.heading}>
        ${rows.map((row) => item(row, app, signing))}
      </ul>
    </section>
  </div>`;
}
