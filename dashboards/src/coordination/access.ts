/** Who sees which records: what was opened in an emergency, who cares for whom, and the log of one record. */
import { html, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { auditSentence, CareApi, nameOf, placeOf, type AuditLine, type CareList, type GlassView, type SeenResident } from "../lib/care";
import { moment } from "../lib/format";
import { errorSentence } from "../lib/say";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";

/** What this part needs of its page. */
export interface AccessHost {
  tell(text: string): void;
  requestUpdate(): void;
}

/** What is known of who sees whom, and what the coordinator is doing about it. */
export class Access {
  list: CareList | null = null;
  opened: readonly GlassView[] = [];
  failure: unknown = null;
  /** Whose log is shown. */
  resident: SeenResident | null = null;
  lines: readonly AuditLine[] | null = null;

  constructor(
    private readonly app: App,
    private readonly host: AccessHost,
  ) {}

  private get api(): CareApi {
    return new CareApi(this.app.session.api);
  }

  async read(): Promise<void> {
    await this.guarded(async () => {
      const [list, opened] = await Promise.all([this.api.list(), this.api.opened()]);
      this.list = list;
      this.opened = opened;
    });
  }

  async add(one: SeenResident, username: string): Promise<void> {
    const name = this.list?.physicians.find((each) => each.username === username)?.name ?? username;
    await this.guarded(async () => {
      this.list = await this.api.add(one.resident, username);
      this.host.tell(this.app.words.care.added(name, nameOf(one)));
    });
  }

  async end(one: SeenResident, username: string, name: string): Promise<void> {
    await this.guarded(async () => {
      this.list = await this.api.end(one.resident, username);
      this.host.tell(this.app.words.care.ended(name, nameOf(one)));
    });
  }

  async audit(one: SeenResident | null): Promise<void> {
    this.resident = one;
    this.lines = null;
    this.host.requestUpdate();
    if (one === null) return;
    await this.guarded(async () => {
      const lines = await this.api.audit(one.resident);
      if (this.resident === one) this.lines = lines;
    });
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.failure = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.failure = error;
    }
    this.host.requestUpdate();
  }
}

function glass(one: GlassView, app: App): TemplateResult {
  const { language, now } = app.speech;
  return html`<li class="difference" data-glass=${one.id}>
    <h3>${nameOf(one)} <small>${placeOf(one, app.speech)}</small></h3>
    <p><b>${one.name}</b>, ${moment(one.since, now, language)}</p>
    <p>${one.reason}</p>
  </li>`;
}

function row(one: SeenResident, list: CareList, access: Access, app: App): TemplateResult {
  const words = app.words.care;
  const name = nameOf(one);
  const free = list.physicians.filter(({ username }) => !one.physicians.some((each) => each.username === username));
  const picked = (event: Event): void => {
    const select = event.target as HTMLSelectElement;
    const { value } = select;
    select.value = "";
    if (value !== "") void access.add(one, value);
  };
  return html`<li class="care-row" data-care=${one.resident}>
    <h3>${name} <small>${placeOf(one, app.speech)}</small></h3>
    <div class="carers">
      ${one.physicians.length === 0 ? html`<span class="quiet">${words.nobody}</span>` : nothing}
      ${one.physicians.map(
        (each) => html`<button aria-label=${words.end(each.name, name)} @click=${() => void access.end(one, each.username, each.name)}>${each.name}${icon("close")}</button>`,
      )}
    </div>
    <div class="acts">
      ${free.length === 0
        ? nothing
        : html`<select aria-label=${words.physicians(name)} @change=${picked}>
            <option value="">${words.pick}</option>
            ${free.map((each) => html`<option value=${each.username}>${each.name}</option>`)}
          </select>`}
      <button aria-label=${words.auditOf(name)} @click=${() => void access.audit(one)}>${icon("search")}${words.audit}</button>
    </div>
  </li>`;
}

function log(access: Access, app: App): TemplateResult | typeof nothing {
  const { words, language, now } = app.speech;
  const { resident, lines } = access;
  if (resident === null) return nothing;
  return html`<section class="panel" id="log">
    <header>
      <h2>${words.care.auditOf(nameOf(resident))}</h2>
      <button @click=${() => void access.audit(null)}>${icon("close")}${words.care.auditClose}</button>
    </header>
    <p class="note">${words.care.auditMore}</p>
    ${lines === null
      ? html`<p role="status">${words.coordination.loading}</p>`
      : lines.length === 0
        ? html`<p>${words.care.auditNone}</p>`
        : html`<ul class="listed">
            ${lines.map((line) => html`<li><b>${line.name}</b>, ${moment(line.time, now, language)}<br />${auditSentence(line, app.speech)}</li>`)}
          </ul>`}
  </section>`;
}

export function accessPage(access: Access, app: App): TemplateResult {
  const { words } = app;
  const { list, opened, failure } = access;
  return html`<div class="page">
    <header class="page-head"><h1>${words.care.heading}</h1></header>
    ${failure === null ? nothing : html`<p class="stale" role="alert">${icon("warning")}${errorSentence(failure, words)}</p>`}
    ${list === null ? html`<div class="skeleton block" role="status" aria-label=${words.coordination.loading}></div>` : known(access, list, opened, app)}
  </div>`;
}

function known(access: Access, list: CareList, opened: readonly GlassView[], app: App): TemplateResult {
  const words = app.words.care;
  return html`<p>${list.stated ? words.stated : words.unstated}</p>
    <section class="panel">
      <header><h2>${words.accesses}</h2></header>
      <p class="note">${opened.length === 0 ? words.glassNone : words.glassMore}</p>
      ${opened.length === 0 ? nothing : html`<ul aria-label=${words.accesses}>${opened.map((one) => glass(one, app))}</ul>`}
    </section>
    ${log(access, app)}
    <section class="panel">
      <header><h2>${words.cares}</h2></header>
      <ul aria-label=${words.cares}>${list.items.map((one) => row(one, list, access, app))}</ul>
    </section>`;
}
