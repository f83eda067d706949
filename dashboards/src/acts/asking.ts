/**
 * What the form of a question to an expert knows beside its act: whom it may be put to, and the resident's wounds, so that a question about
 * one begins with its place, its measures and its newest pictures.
 */
import { css, html, nothing, type TemplateResult } from "lit";
import { begun, type Draft, type GestureView } from "../lib/acts";
import { ApiError } from "../lib/api";
import { expertLabel, expertMeant } from "../lib/experts";
import { moment } from "../lib/format";
import { namedPicture, pictureAddress, questionFields, regionName, WoundsApi, woundText, type ExpertView, type WoundView } from "../lib/wounds";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";

/** Pictures of each wound that are offered, the newest. */
const PICTURES = 9;
/** Names that are offered as buttons; with more of them, what is typed finds them. */
const BUTTONS = 8;

export const askingStyles = css`
  .whom {
    display: grid;
    gap: var(--gap-2);
  }
  .whom .options button {
    font-weight: 400;
  }
  .whom .options button[aria-pressed="true"] {
    background: var(--raised);
    box-shadow: inset 0 0 0 2px var(--text);
    font-weight: 600;
  }
`;

/** A picture that a form offers. */
export interface Offered {
  readonly name: string;
  readonly address: string;
  readonly what: string;
  /** Taken with the hand camera. */
  readonly hand: boolean;
}

export class Asking {
  experts: readonly ExpertView[] = [];
  wounds: readonly WoundView[] = [];
  /** The wound that the question is about; empty for another lesion, or until somebody said. */
  wound = "";
  private asked = false;

  constructor(
    private readonly app: App,
    private readonly resident: string,
    private readonly gesture: GestureView,
  ) {}

  private has(field: string): boolean {
    return this.gesture.fields.some(({ name }) => name === field);
  }

  /** Reads what the form needs; throws what the hub says otherwise. */
  async read(signal: AbortSignal): Promise<void> {
    const { api } = this.app.session;
    if (this.has("to")) this.experts = (await api.request<{ readonly items: readonly ExpertView[] }>("GET", "/experts", undefined, signal)).items;
    if (!this.has("pictures")) return;
    try {
      this.wounds = (await new WoundsApi(api, this.resident).list(signal)).filter(({ closed }) => closed === null);
    } catch (error) {
      // A hub without wounds has none.
      if (!(error instanceof ApiError) || error.code !== "no_wounds") throw error;
    }
  }

  /** The wounds' pictures, the newest first. */
  pictures(): readonly Offered[] {
    const { words, speech } = { words: this.app.words, speech: this.app.speech };
    return this.wounds.flatMap((wound) =>
      [...wound.pictures]
        .reverse()
        .slice(0, PICTURES)
        .map(({ id, name, view, time }) => ({
          name,
          address: pictureAddress(wound.id, id),
          what: `${regionName(wound.region, speech)}, ${words.wounds.view[view]}, ${moment(time, speech.now, speech.language)}`,
          hand: false,
        })),
    );
  }

  // ---- whom ----

  /** What stands in the field of somebody whom a question names by their account. */
  called(typed: unknown): string {
    const text = typeof typed === "string" ? typed : "";
    const meant = expertMeant(text, this.experts, this.app.speech);
    return meant === null ? text : expertLabel(meant, this.experts, this.app.speech);
  }

  /** How a question names whom somebody typed. */
  named(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { to } = fields;
    const meant = typeof to === "string" ? expertMeant(to, this.experts, this.app.speech) : null;
    return meant === null ? { ...fields } : { ...fields, to: meant.to };
  }

  /** Names below the field of whom a question is put to; a name that the hub does not know reaches nobody by itself. */
  whom(typed: unknown, choose: (name: string) => void): TemplateResult | typeof nothing {
    const said = this.app.words.acts;
    const { speech } = this.app;
    const text = typeof typed === "string" ? typed.trim() : "";
    const meant = expertMeant(text, this.experts, speech);
    const labels = this.experts.map((expert) => [expert, expertLabel(expert, this.experts, speech)] as const);
    return html`<datalist id="experts">${labels.map(([, label]) => html`<option value=${label}></option>`)}</datalist>
      ${labels.length === 0 || labels.length > BUTTONS
        ? nothing
        : html`<div class="options">
            ${labels.map(([expert, label]) => html`<button type="button" data-expert=${expert.to} aria-pressed=${expert === meant ? "true" : "false"} @click=${() => choose(label)}>${label}</button>`)}
          </div>`}
      ${text === "" || meant !== null ? nothing : html`<small class="quiet" role="status">${icon("warning")} ${said.expertUnknown}</small>`}`;
  }

  // ---- a wound ----

  /** Whether the form asks what the wounds answer. */
  private get fills(): boolean {
    return this.has("length_mm") && this.wounds.length > 0;
  }

  /** What a draft becomes when a wound is meant, or another lesion: what was known of the one before goes, what was photographed in a call stays. */
  about(key: string, draft: Draft): Draft {
    const { speech } = this.app;
    const [before, found] = [this.wound, key].map((one) => this.wounds.find(({ id }) => id === one));
    this.wound = key;
    this.asked = true;
    const gone = new Set(before === undefined ? [] : Object.keys(questionFields(before, speech)));
    const kept = Object.fromEntries(Object.entries(draft).filter(([name]) => !gone.has(name)));
    const own = draft["pictures"];
    const called = typeof own === "object" ? own.filter((name) => namedPicture(name) === null) : [];
    if (found === undefined) return { ...kept, pictures: called };
    const said = begun(this.gesture, questionFields(found, speech), null, speech.language);
    const shown = said["pictures"];
    return { ...kept, ...said, pictures: [...called, ...(typeof shown === "object" ? shown : [])] };
  }

  /** What a draft becomes when the question is about a wound and there is but one, unless somebody said something of it. */
  onlyOne(draft: Draft): Draft {
    const [one, ...others] = this.wounds;
    const said = ["place", "begun", "length_mm", "pictures"].some((name) => (draft[name]?.toString() ?? "") !== "");
    if (!this.fills || this.asked || one === undefined || others.length > 0 || said) return draft;
    return this.about(one.id, draft);
  }

  /** Which wound a question is about. */
  choice(topic: unknown, choose: (key: string) => void): TemplateResult | typeof nothing {
    if (!this.fills || topic !== "wound") return nothing;
    const said = this.app.words.acts;
    const option = (key: string, word: string): TemplateResult =>
      html`<label><input type="radio" name="wound" value=${key} .checked=${this.wound === key} @change=${() => choose(key)} />${word}</label>`;
    return html`<fieldset class="wide">
      <legend class="name">${said.aboutWound}<small>${said.aboutWoundMore}</small></legend>
      <div class="options">${this.wounds.map((wound) => option(wound.id, woundText(wound, this.app.speech)))} ${option("", said.otherLesion)}</div>
    </fieldset>`;
  }
}
