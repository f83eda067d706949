/** Asking an expert about a wound: the act is opened and its question sent with what is known of the wound, so that nobody types it again. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { actAddress, ActsApi, consentBy, refusal as actRefusal } from "../lib/acts";
import { fullName, moment } from "../lib/format";
import { expertLabel } from "../lib/experts";
import { lookUp } from "../lib/i18n";
import { causeName, lastOf, latestPictures, pictureAddress, questionFields, regionName, sizeText, type ExpertView, type PictureView, type WoundView } from "../lib/wounds";
import { newName } from "../round/keep";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import { formStyles } from "./styles";

const URGENCIES = ["routine", "within_24h", "today"] as const;
const CONSENTS = ["oral", "written", "representative"] as const;
/** The hub takes a question about a wound with as many. */
const FEWEST = 2;

export class AskExpert extends LitElement {
  static override properties = { app: { attribute: false }, wound: { attribute: false } };
  static override styles = [
    base,
    formStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--gap-3);
      }
    `,
  ];

  declare app: App;
  declare wound: WoundView;
  private experts: readonly ExpertView[] | null = null;
  private to = "";
  private urgency = "";
  private question = "";
  private consent = "";
  private consentBy = "";
  private pain: number | null = null;
  private ruler = false;
  private chosen: readonly string[] = [];
  private tried = false;
  private sending = false;
  private complaint = "";
  private readonly act = newName();

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
    this.pain = this.wound.findings.findLast(({ pain }) => pain !== null)?.pain ?? null;
    this.chosen = latestPictures(this.wound).map(({ name }) => name);
    void this.read();
  }

  private async read(): Promise<void> {
    try {
      this.experts = (await this.app.session.api.request<{ readonly items: readonly ExpertView[] }>("GET", "/experts")).items;
    } catch (error) {
      this.complaint = actRefusal(error, this.app.speech);
    }
    this.requestUpdate();
  }

  private take(answer: () => void): void {
    answer();
    this.complaint = "";
    this.requestUpdate();
  }

  /** Who speaks for themselves is known by name. */
  private agreed(form: string): void {
    const { me, session } = this.app;
    const person = session.state.residents.get(this.wound.resident);
    const around = { resident: person === undefined ? "" : fullName(person.family_name, person.given_name), me: me?.display_name ?? "", nurse: me?.role === "nurse" };
    this.consentBy = consentBy(form, this.consentBy, around);
    this.consent = form;
  }

  private get complete(): boolean {
    return this.to !== "" && this.urgency !== "" && this.question.trim() !== "" && this.consent !== "" && this.consentBy.trim() !== "" && this.pain !== null && this.ruler && this.chosen.length >= FEWEST;
  }

  private async send(event: Event): Promise<void> {
    event.preventDefault();
    this.tried = true;
    this.requestUpdate();
    if (!this.complete || this.sending) return;
    this.sending = true;
    const { wound } = this;
    const { speech } = this.app;
    const api = new ActsApi(this.app.session.api);
    try {
      const reason = `${causeName(wound.cause, speech)} : ${regionName(wound.region, speech)}`;
      const made = await api.open(wound.resident, { kind: "expertise", id: this.act, reason });
      const fields = {
        to: this.to,
        topic: "wound",
        urgency: this.urgency,
        question: this.question.trim(),
        consent: this.consent,
        consent_by: this.consentBy.trim(),
        ...questionFields(wound, speech),
        pain: this.pain,
        pictures: this.chosen,
        scale_in_picture: this.ruler,
      };
      await api.step(made.head.id, { event: "send", number: made.version, fields });
      location.assign(actAddress(wound.resident, made.head.id));
    } catch (error) {
      this.complaint = actRefusal(error, speech);
    }
    this.sending = false;
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const { words, speech } = this.app;
    const said = words.wounds;
    const last = lastOf(this.wound);
    const leave = (): void => void this.dispatchEvent(new CustomEvent("leave"));
    if (last?.width_mm == null || this.wound.pictures.length < FEWEST) {
      return html`<h2 tabindex="-1">${said.ask}</h2>
        <p class="no">${icon("warning")}${said.askFirst}</p>
        <div class="ends"><button @click=${leave}>${said.cancel}</button></div>`;
    }
    return html`<form @submit=${(event: Event) => void this.send(event)}>
      <div>
        <h2 tabindex="-1">${said.ask}</h2>
        <p class="quiet">${said.askMore(sizeText(last, speech.language))}</p>
      </div>
      ${this.choose(said.askTo, "to", (this.experts ?? []).map((expert, _, all) => [expert.to, expertLabel(expert, all, speech)]), this.to, (value) => (this.to = value))}
      ${this.choose(words.acts.field.urgency, "urgency", URGENCIES.map((value) => [value, lookUp(words.acts.option, value)]), this.urgency, (value) => (this.urgency = value))}
      <label class="field"
        >${words.acts.field.question}<textarea name="question" rows="3" maxlength="2000" .value=${this.question} @input=${(event: Event) => this.take(() => (this.question = (event.target as HTMLTextAreaElement).value))}></textarea>
        ${this.missing(this.question.trim() === "")}</label
      >
      ${this.pictures()}
      <label class="tick"><input type="checkbox" name="ruler" .checked=${this.ruler} @change=${(event: Event) => this.take(() => (this.ruler = (event.target as HTMLInputElement).checked))} />${words.acts.field.scale_in_picture}</label>
      ${this.missing(!this.ruler)}
      ${this.choose(said.pain, "pain", Array.from({ length: 11 }, (_, value) => [String(value), String(value)] as const), this.pain === null ? "" : String(this.pain), (value) => (this.pain = Number(value)))}
      <div class="pair">
        ${this.choose(words.acts.field.consent, "consent", CONSENTS.map((value) => [value, lookUp(words.acts.option, value)]), this.consent, (value) => this.agreed(value))}
        <label class="field"
          >${words.acts.field.consent_by}<input name="consent_by" maxlength="200" .value=${this.consentBy} @input=${(event: Event) => this.take(() => (this.consentBy = (event.target as HTMLInputElement).value))} />${this.missing(this.consentBy.trim() === "")}</label
        >
      </div>
      ${this.complaint === "" ? nothing : html`<p class="no" role="alert">${icon("warning")}${this.complaint}</p>`}
      <div class="ends">
        <button type="button" @click=${leave}>${said.cancel}</button>
        <button class="main" ?disabled=${this.sending}>${icon("physician")}${said.askSend}</button>
      </div>
    </form>`;
  }

  private missing(empty: boolean): TemplateResult | typeof nothing {
    return this.tried && empty ? html`<span class="fault">${icon("warning")}${this.app.words.wounds.missing}</span>` : nothing;
  }

  private choose(title: string, name: string, options: readonly (readonly [string, string])[], value: string, set: (value: string) => void): TemplateResult {
    return html`<fieldset>
      <legend>${title}</legend>
      <div class="options">
        ${options.map(([key, word]) => html`<label><input type="radio" name=${name} value=${key} .checked=${value === key} @change=${() => this.take(() => set(key))} />${word}</label>`)}
      </div>
      ${this.missing(value === "")}
    </fieldset>`;
  }

  private pictures(): TemplateResult {
    const { words, speech } = this.app;
    const said = words.wounds;
    const toggle = ({ name }: PictureView): void =>
      this.take(() => (this.chosen = this.chosen.includes(name) ? this.chosen.filter((each) => each !== name) : [...this.chosen, name]));
    return html`<fieldset>
      <legend>${words.acts.field.pictures} <small>${said.askPictures}</small></legend>
      <div class="options">
        ${[...this.wound.pictures].reverse().map(
          (picture) =>
            html`<label class="photo"
              ><input type="checkbox" .checked=${this.chosen.includes(picture.name)} @change=${() => toggle(picture)} /><img
                src=${pictureAddress(this.wound.id, picture.id)}
                alt=${`${said.view[picture.view]}, ${moment(picture.time, speech.now, speech.language)}`}
                loading="lazy"
            /></label>`,
        )}
      </div>
      ${this.missing(this.chosen.length < FEWEST)}
    </fieldset>`;
  }
}

customElements.define("vv-wound-ask", AskExpert);
