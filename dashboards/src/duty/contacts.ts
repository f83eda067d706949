/** Where everybody on duty is reached: seen, changed, tried and undone by a coordinator. */
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { ACCOUNTS, count, draftOf, failed, faultsOf, inOrder, pending, shownAddress, trySentence, type ContactDraft } from "../lib/contacts";
import { plainRole } from "../lib/duty";
import { ago } from "../lib/format";
import { errorSentence } from "../lib/say";
import type { ContactsView, ContactView, DutyWay } from "../lib/types";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import { dutyStyles } from "./styles";

/** Milliseconds between two looks, and while a receipt is waited for. */
const READ = 15_000;
const FOLLOW = 2_000;

interface Writing {
  draft: ContactDraft;
  readonly touched: Set<string>;
  sending: boolean;
  refused: string;
}

export class Contacts extends LitElement {
  static override properties = { app: { attribute: false } };
  static override styles = [
    base,
    dutyStyles,
    css`
      :host {
        display: block;
        min-height: 0;
        background: none;
      }
      .contact {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: var(--gap-1) var(--gap-4);
        align-items: start;
        padding: var(--gap-3) 0;
        border-top: 1px solid var(--line);
      }
      .contact h3 {
        font-size: var(--size-2);
      }
      .contact .bad,
      .tried.bad {
        color: var(--technical);
        font-weight: 600;
      }
      .contact > .all {
        grid-column: 1 / -1;
      }
      .way {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: var(--gap-1) var(--gap-4);
        min-height: var(--touch);
      }
      .way > span {
        display: inline-flex;
        align-items: center;
        gap: var(--gap-2);
        overflow-wrap: anywhere;
      }
      .way b {
        font-variant-numeric: tabular-nums;
      }
      .tried {
        margin-bottom: var(--gap-2);
        color: var(--quiet);
        font-size: var(--size-1);
      }
      .field {
        display: grid;
        gap: var(--gap-1);
        margin-bottom: var(--gap-4);
      }
      .field label {
        font-weight: 600;
      }
      .field input,
      .field select {
        width: 100%;
        min-height: var(--touch);
        padding: 0 var(--gap-3);
        background: var(--ground);
        color: inherit;
        border: 1px solid var(--edge);
        border-radius: var(--radius);
        font: inherit;
      }
      .field.wrong input {
        border: 2px solid var(--high);
      }
      .field small {
        color: var(--quiet);
        font-size: var(--size-1);
      }
      .field.wrong small {
        color: var(--high);
        font-weight: 600;
      }
      .contact .exchange {
        padding: 0 0 var(--gap-2);
        border: 0;
      }
      dialog h2 {
        margin-bottom: var(--gap-4);
      }
      dialog footer {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--gap-3);
        margin-top: var(--gap-3);
      }
      .fields {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr));
        gap: 0 var(--gap-4);
      }
    `,
  ];

  declare app: App;
  private view: ContactsView | null = null;
  private failure: unknown = null;
  private writing: Writing | null = null;
  private undoing = "";
  private timer: ReturnType<typeof setTimeout> | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.timer !== null) clearTimeout(this.timer);
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const dialog = this.renderRoot.querySelector("dialog");
    if (dialog !== null && !dialog.open) dialog.showModal();
  }

  private async read(): Promise<void> {
    try {
      this.take(await this.app.session.api.contacts());
    } catch (error) {
      this.failure = error;
    }
    if (this.timer !== null) clearTimeout(this.timer);
    const waits = this.view?.people.some((one) => one.tries.some((each) => pending(each, this.app.session.now()))) ?? false;
    if (this.isConnected) this.timer = setTimeout(() => void this.read(), waits ? FOLLOW : READ);
    this.requestUpdate();
  }

  private take(view: ContactsView): void {
    this.view = view;
    this.failure = null;
    this.requestUpdate();
  }

  private tell(text: string): void {
    this.dispatchEvent(new CustomEvent("said", { detail: text }));
  }

  private refusal(error: unknown): string {
    const known = error instanceof ApiError ? this.app.words.duty.contacts.refused[error.code] : undefined;
    return known ?? errorSentence(error, this.app.words);
  }

  private channel(channel: string): string {
    return this.app.words.duty.channels[channel] ?? plainRole(channel);
  }

  override render(): TemplateResult {
    const say = this.app.words.duty.contacts;
    const { view } = this;
    const missing = view?.people.filter((one) => !one.ready).length ?? 0;
    return html`<section class="card" aria-labelledby="contacts-title">
        <h2 id="contacts-title">${say.title}</h2>
        <p class="under">${say.more}</p>
        ${view === null
          ? html`<p role="status">${this.failure === null ? this.app.words.duty.loading : `${say.unread} ${errorSentence(this.failure, this.app.words)}`}</p>`
          : html`<p class=${missing === 0 ? "quiet" : "nobody"}>${missing === 0 ? nothing : icon("warning")}${view.people.length === 0 ? say.empty : say.missing(missing)}</p>
              ${inOrder(view.people).map((one) => this.person(one))}`}
      </section>
      ${this.dialog()}`;
  }

  private person(one: ContactView): TemplateResult {
    const { app } = this;
    const say = app.words.duty.contacts;
    const when = (time: number): string => ago(time, app.session.now(), app.preferences.language);
    const push = one.ways.some((way) => way.channel === "push");
    return html`<article class="contact" data-person=${one.person}>
      <div>
        <h3>${one.name}</h3>
        <p class=${one.ready ? "quiet" : "bad"}>${one.ready ? say.ready(one.working) : say.notReady(one.working)}</p>
      </div>
      <button aria-label=${say.changeOf(one.name)} @click=${() => this.begin(one)}>${icon("edit")}${say.change}</button>
      <div class="all">
        ${one.ways.length === 0 ? html`<p class="bad">${say.none}</p>` : one.ways.map((way) => this.way(one, way))}
        ${push ? html`<p class="quiet">${one.devices.length === 0 ? say.noDevice : say.devices(one.devices.map((each) => each.label).join(", "))}</p>` : nothing}
        ${one.made === null ? nothing : html`<p class="quiet">${say.by(one.author, when(one.made))}</p>${this.undo(one)}`}
      </div>
    </article>`;
  }

  private way(one: ContactView, way: DutyWay): TemplateResult {
    const { app } = this;
    const { now, contacts } = app.words.duty;
    const tried = one.tries.find((each) => each.channel === way.channel);
    const state = way.problem === "" ? now.works : now.problem[way.problem];
    const can = way.channel !== "tablet" && way.channel !== "screen" && way.channel !== "light" && way.problem !== "missing";
    return html`<div class="way">
        <span class=${way.works ? "" : "bad"}>${icon(way.works ? "check" : "warning")}<span>${this.channel(way.channel)} : <b>${shownAddress(way.channel, one.address[way.channel] ?? "")}</b> · ${state}</span></span>
        ${can
          ? html`<button aria-label=${contacts.tryOf(this.channel(way.channel), one.name)} @click=${() => void this.try(one, way.channel)}>${icon("bellRing")}${contacts.try}</button>`
          : nothing}
      </div>
      ${tried === undefined
        ? nothing
        : html`<p class="tried ${failed(tried, app.session.now()) ? "bad" : ""}" role="status">${trySentence(tried, app.speech)}</p>`}`;
  }

  private undo(one: ContactView): TemplateResult {
    const say = this.app.words.duty.contacts;
    const ask = (person: string) => () => {
      this.undoing = person;
      this.requestUpdate();
    };
    if (this.undoing !== one.person) return html`<div class="exchange"><button @click=${ask(one.person)}>${icon("undo")}${say.undo}</button></div>`;
    return html`<div class="exchange">
      <div class="ask" role="group" aria-label=${say.undoAsk(one.name)}>
        <span>${say.undoAsk(one.name)}</span>
        <button class="main" @click=${() => void this.takeBack(one)}>${say.yes}</button>
        <button @click=${ask("")}>${say.no}</button>
      </div>
    </div>`;
  }

  private async takeBack(one: ContactView): Promise<void> {
    this.undoing = "";
    try {
      this.take(await this.app.session.api.undoContact(one.person, one.version));
      this.tell(this.app.words.duty.contacts.undone);
    } catch (error) {
      this.tell(this.refusal(error));
    }
    void this.read();
  }

  private async try(one: ContactView, channel: string): Promise<void> {
    try {
      this.take(await this.app.session.api.tryContact(one.person, channel));
    } catch (error) {
      this.tell(this.refusal(error));
    }
    void this.read();
  }

  // ---- changing ----

  private begin(one: ContactView): void {
    this.writing = { draft: draftOf(one, this.view?.channels ?? []), touched: new Set(), sending: false, refused: "" };
    this.requestUpdate();
  }

  private type(field: string, value: string): void {
    const { writing } = this;
    if (writing === null) return;
    const { draft } = writing;
    writing.draft = field === "name" ? { ...draft, name: value } : { ...draft, address: { ...draft.address, [field]: value } };
    writing.refused = "";
    this.requestUpdate();
  }

  private dialog(): TemplateResult | typeof nothing {
    const { writing, view } = this;
    if (writing === null || view === null) return nothing;
    const say = this.app.words.duty.contacts;
    const { draft } = writing;
    const clean = Object.keys(faultsOf(draft)).length === 0;
    const name = view.people.find((one) => one.person === draft.person)?.name ?? draft.name;
    return html`<dialog
      class="swap"
      aria-labelledby="contact-form"
      @close=${() => {
        this.writing = null;
        this.requestUpdate();
      }}
    >
      <h2 id="contact-form">${say.form.title(name)}</h2>
      <form
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.save(writing);
        }}
      >
        <div class="fields">
          ${this.field("name", say.form.name, draft.name, writing)}
          ${view.channels.map((channel) =>
            (ACCOUNTS as readonly string[]).includes(channel) ? this.account(channel, draft, view) : this.field(channel, say.form.labels[channel] ?? channel, draft.address[channel] ?? "", writing),
          )}
        </div>
        ${count(draft) < 2 ? html`<p class="careful">${say.form.few}</p>` : nothing}
        ${writing.refused === "" ? nothing : html`<p class="refused" role="alert">${writing.refused}</p>`}
        <footer>
          <button type="button" @click=${() => this.renderRoot.querySelector("dialog")?.close()}>${say.form.cancel}</button>
          <button class="main" type="submit" ?disabled=${!clean || writing.sending}>${writing.sending ? say.form.saving : say.form.save}</button>
        </footer>
      </form>
    </dialog>`;
  }

  private field(name: string, label: string, value: string, writing: Writing): TemplateResult {
    const say = this.app.words.duty.contacts;
    const fault = writing.touched.has(name) ? faultsOf(writing.draft)[name] : undefined;
    return html`<div class="field ${fault === undefined ? "" : "wrong"}">
      <label for=${`contact-${name}`}>${label}</label>
      <input
        id=${`contact-${name}`}
        name=${name}
        autocomplete="off"
        maxlength=${name === "name" ? 60 : 254}
        inputmode=${name === "sms" ? "tel" : name === "email" ? "email" : "text"}
        .value=${value}
        aria-invalid=${fault === undefined ? "false" : "true"}
        aria-describedby=${`contact-${name}-more`}
        @input=${(event: Event) => this.type(name, (event.target as HTMLInputElement).value)}
        @blur=${() => {
          writing.touched.add(name);
          this.requestUpdate();
        }}
      />
      <small id=${`contact-${name}-more`} role=${fault === undefined ? nothing : "alert"}>${fault === undefined ? (say.form.hints[name] ?? "") : say.wrong[fault]}</small>
    </div>`;
  }

  private account(channel: string, draft: ContactDraft, view: ContactsView): TemplateResult {
    const { form } = this.app.words.duty.contacts;
    const chosen = draft.address[channel] ?? "";
    return html`<div class="field">
      <label for=${`contact-${channel}`}>${form.labels[channel] ?? channel}</label>
      <select id=${`contact-${channel}`} name=${channel} @change=${(event: Event) => this.type(channel, (event.target as HTMLSelectElement).value)}>
        <option value="" ?selected=${chosen === ""}>${form.nobody}</option>
        ${view.accounts.map((one) => html`<option value=${one.username} ?selected=${one.username === chosen}>${one.name} (${one.username})</option>`)}
      </select>
    </div>`;
  }

  private async save(writing: Writing): Promise<void> {
    const { person, name, address, version } = writing.draft;
    writing.sending = true;
    this.requestUpdate();
    try {
      const view = await this.app.session.api.changeContact(person, { name: name.trim(), address, version });
      this.renderRoot.querySelector("dialog")?.close();
      this.take(view);
      this.tell(this.app.words.duty.contacts.saved(name.trim()));
    } catch (error) {
      writing.sending = false;
      writing.refused = this.refusal(error);
      void this.read();
    }
    this.requestUpdate();
  }
}

customElements.define("vv-contacts", Contacts);
