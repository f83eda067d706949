/** Consultations that were not the right way, looked at again one by one: the coordinator says in a sentence what is learned. */
import { html, nothing, type TemplateResult } from "lit";
import { actAddress } from "../lib/acts";
import { refusalText, type AgendaApi, type ReorientedList, type ReorientedView } from "../lib/agenda";
import { moment } from "../lib/format";
import { lookUp } from "../lib/i18n";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { personOf } from "./list";

export interface LookedHost {
  took(looked: ReorientedList): void;
  reread(): void;
  requestUpdate(): void;
}

/** What one person is writing. */
export class Looking {
  readonly sentences = new Map<string, string>();
  busy = "";
  complaint: { readonly act: string; readonly text: string } | null = null;

  constructor(
    private readonly app: App,
    private readonly api: AgendaApi,
    private readonly host: LookedHost,
  ) {}

  write(act: string, sentence: string): void {
    this.sentences.set(act, sentence);
  }

  async mark(act: string): Promise<void> {
    const sentence = (this.sentences.get(act) ?? "").trim();
    this.complaint = sentence === "" ? { act, text: this.app.words.agenda.looked.missing } : null;
    if (sentence !== "") {
      this.busy = act;
      this.host.requestUpdate();
      try {
        this.host.took(await this.api.review(act, sentence));
        this.sentences.delete(act);
      } catch (error) {
        this.complaint = { act, text: refusalText(error, this.app.speech) };
        this.host.reread();
      }
      this.busy = "";
    }
    this.host.requestUpdate();
  }
}

export function lookedPage(view: ReorientedList, looking: Looking, app: App): TemplateResult {
  const words = app.words.agenda.looked;
  return html`<header class="page-head">
      <div>
        <h1>${words.title}</h1>
        <p class="quiet">${words.more}</p>
      </div>
      ${view.items.length === 0 ? nothing : html`<p><b>${words.open(view.open)}</b></p>`}
    </header>
    ${view.items.length === 0
      ? html`<section class="state">${icon("check")}<h2>${words.none}</h2></section>`
      : html`<ul class="cards">
          ${view.items.map((each) => card(each, looking, app))}
        </ul>`}`;
}

function card(each: ReorientedView, looking: Looking, app: App): TemplateResult {
  const { speech, words: all } = app;
  const words = all.agenda.looked;
  const { name, room } = personOf(each.resident, app);
  const outcome = each.outcome === "" ? words.noQuestionnaire : lookUp(words.outcome, each.outcome);
  return html`<li class="panel" data-act=${each.act}>
    <h2>
      <a href=${actAddress(each.resident, each.act)}>${name}</a> <small>${room} · ${moment(each.closed, speech.now, speech.language)}</small>
    </h2>
    <p class="outcome">${icon(each.state === "emergency" ? "ambulance" : "undo")}<b>${each.state === "emergency" ? words.emergency : words.to(lookUp(all.acts.option, each.reoriented_to))}</b></p>
    <dl class="facts">
      <dt>${words.because}</dt>
      <dd>${each.reason === "" ? "—" : each.reason}</dd>
      <dt>${words.asked}</dt>
      <dd>${each.asked_for}</dd>
      <dt>${words.questionnaire}</dt>
      <dd>${each.motif_title === "" ? nothing : html`${each.motif_title} · `}${outcome}</dd>
    </dl>
    ${each.reviewed === null ? form(each, looking, app) : html`<p class="reviewed">${icon("check")}<span><b>${words.said} :</b> ${each.sentence}<small>${words.by(each.reviewed_by, moment(each.reviewed, speech.now, speech.language))}</small></span></p>`}
  </li>`;
}

function form(each: ReorientedView, looking: Looking, app: App): TemplateResult {
  const words = app.words.agenda.looked;
  if (app.me?.role !== "coordinator") return html`<p class="quiet">${words.only}</p>`;
  const complaint = looking.complaint?.act === each.act ? looking.complaint.text : "";
  return html`<form
    class="said"
    @submit=${(event: Event) => {
      event.preventDefault();
      void looking.mark(each.act);
    }}
  >
    <label
      >${words.sentence}<input
        name="sentence"
        maxlength="600"
        autocomplete="off"
        placeholder=${words.hint}
        .value=${looking.sentences.get(each.act) ?? ""}
        @input=${(event: Event) => looking.write(each.act, (event.target as HTMLInputElement).value)}
    /></label>
    <button class="main" type="submit" ?disabled=${looking.busy === each.act || !app.online}>${icon("check")}${words.mark}</button>
    <p role="alert">${complaint}</p>
  </form>`;
}
