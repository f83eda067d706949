/** Photographs on the tablet, guided: what to prepare, three views, and why one was not kept. */
import { css, html, LitElement, type TemplateResult } from "lit";
import { formatNumber } from "../lib/format";
import { pictureAddress, refusal, VIEWS, type PictureView, type View, type WoundsApi, type WoundView } from "../lib/wounds";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";

export class Shoot extends LitElement {
  static override properties = { app: { attribute: false }, api: { attribute: false }, wound: { attribute: false } };
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: var(--gap-4);
      }
      h2 {
        font-size: var(--size-3);
      }
      .ready {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
        gap: var(--gap-2) var(--gap-4);
      }
      .ready li {
        display: flex;
        align-items: center;
        gap: var(--gap-2);
      }
      .views {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr));
        gap: var(--gap-4);
      }
      .view {
        display: grid;
        grid-template-rows: auto auto 1fr auto;
        gap: var(--gap-3);
        padding: var(--gap-4);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--surface);
      }
      .view[data-kept] {
        border: 2px solid var(--text);
      }
      .view h3 {
        font-size: var(--size-2);
      }
      .frame {
        display: grid;
        place-items: center;
        aspect-ratio: 4 / 3;
        border-radius: 6px;
        background: var(--raised);
        overflow: hidden;
      }
      .frame img {
        width: 100%;
        height: 100%;
        object-fit: contain;
      }
      .frame svg.guide {
        width: 70%;
      }
      .guide * {
        fill: none;
        stroke: var(--quiet);
        stroke-width: 2;
      }
      .guide .wound {
        fill: var(--quiet);
        stroke: none;
        opacity: 0.45;
      }
      .file {
        position: relative;
        display: inline-flex;
        align-items: center;
        justify-content: center;
        gap: var(--gap-2);
        min-height: var(--touch);
        padding: 0 var(--gap-4);
        border: 1px solid var(--action);
        border-radius: var(--radius);
        background: var(--action);
        color: var(--on-action);
        font-weight: 600;
        cursor: pointer;
      }
      .file.again {
        background: var(--surface);
        color: var(--text);
        border-color: var(--edge);
      }
      .file input {
        position: absolute;
        inset: 0;
        width: 100%;
        opacity: 0;
        cursor: pointer;
      }
      .file:has(:focus-visible) {
        outline: 3px solid var(--focus);
        outline-offset: 2px;
      }
      .said {
        display: flex;
        gap: var(--gap-2);
        align-items: start;
      }
      .said.no {
        padding: var(--gap-2) var(--gap-3);
        border: 1px solid var(--medium);
        border-radius: var(--radius);
        background: var(--medium-ground);
      }
      .ends {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: flex-end;
        gap: var(--gap-3);
      }
      .ends p {
        flex: 1 1 20rem;
      }
    `,
  ];

  declare app: App;
  declare api: WoundsApi;
  declare wound: WoundView;
  /** What was kept here, by view. */
  private readonly kept = new Map<View, PictureView>();
  private readonly complaints = new Map<View, string>();
  private sending: View | null = null;

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
  }

  private async taken(view: View, event: Event): Promise<void> {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    // The same file may be chosen again after it was refused.
    if (file === undefined || this.sending !== null) return;
    this.sending = view;
    this.complaints.delete(view);
    this.requestUpdate();
    try {
      const known = new Set(this.wound.pictures.map(({ id }) => id));
      const wound = await this.api.keep(this.wound.id, view, file);
      const made = wound.pictures.find(({ id }) => !known.has(id)) ?? wound.pictures.at(-1);
      if (made !== undefined) this.kept.set(view, made);
      this.dispatchEvent(new CustomEvent("wound", { detail: wound, bubbles: true, composed: true }));
    } catch (error) {
      this.complaints.set(view, refusal(error, this.app.speech));
    }
    input.value = "";
    this.sending = null;
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const said = this.app.words.wounds;
    return html`<h2 tabindex="-1">${said.shootTitle}</h2>
      <ul class="ready">${Object.values(said.ready).map((each) => html`<li>${icon("check")}${each}</li>`)}</ul>
      <div class="views">${VIEWS.map((view) => this.view(view))}</div>
      <div class="ends"><p class="quiet">${said.privacy}</p><button class=${this.kept.size === VIEWS.length ? "main" : ""} @click=${() => this.dispatchEvent(new CustomEvent("leave"))}>${icon("check")}${said.done}</button></div>`;
  }

  private view(view: View): TemplateResult {
    const said = this.app.words.wounds;
    const kept = this.kept.get(view);
    const complaint = this.complaints.get(view);
    const sending = this.sending === view;
    return html`<section class="view" data-view=${view} ?data-kept=${kept !== undefined} aria-busy=${sending ? "true" : "false"}>
      <h3>${said.view[view]}</h3>
      <div class="frame">${kept === undefined ? guide(view) : html`<img src=${pictureAddress(this.wound.id, kept.id)} alt=${said.view[view]} />`}</div>
      <div role="status">
        ${sending
          ? html`<p class="quiet">${said.sending}</p>`
          : complaint !== undefined
            ? html`<p class="said no">${icon("warning")}<span>${complaint}</span></p>`
            : kept === undefined
              ? html`<p>${said.viewMore[view]}</p>`
              : html`<p class="said">${icon("check")}<span><b>${said.kept}</b><br /><span class="quiet">${said.keptMore(formatNumber(kept.sharpness, 0, this.app.speech.language))}</span></span></p>`}
      </div>
      <label class=${kept === undefined ? "file" : "file again"}
        >${icon("photo")}${kept === undefined ? said.take : said.again}<input
          type="file"
          accept="image/jpeg,image/png,image/webp"
          capture="environment"
          aria-label=${`${kept === undefined ? said.take : said.again} : ${said.view[view]}`}
          ?disabled=${this.sending !== null}
          @change=${(event: Event) => void this.taken(view, event)}
      /></label>
    </section>`;
  }
}

/** What the picture should look like. */
function guide(view: View): TemplateResult {
  if (view === "overview") {
    return html`<svg class="guide" viewBox="0 0 120 80" aria-hidden="true">
      <path d="M8 20 C40 12 60 12 78 26 C94 36 112 30 114 44 C116 62 96 66 78 62 C52 58 30 66 8 60"></path>
      <ellipse class="wound" cx="94" cy="48" rx="7" ry="5"></ellipse>
      <rect x="70" y="54" width="22" height="5"></rect>
    </svg>`;
  }
  if (view === "side") {
    return html`<svg class="guide" viewBox="0 0 120 80" aria-hidden="true">
      <path d="M6 56 C30 52 40 54 48 60 C58 68 66 68 74 60 C84 52 96 52 114 56"></path>
      <path d="M92 10 L70 40 M70 40 L72 31 M70 40 L78 36"></path>
    </svg>`;
  }
  return html`<svg class="guide" viewBox="0 0 120 80" aria-hidden="true">
    <ellipse class="wound" cx="60" cy="32" rx="30" ry="20"></ellipse>
    <rect x="20" y="62" width="80" height="12"></rect>
    <path d="M30 62 v7 M40 62 v5 M50 62 v7 M60 62 v5 M70 62 v7 M80 62 v5 M90 62 v7"></path>
  </svg>`;
}

customElements.define("vv-wound-shoot", Shoot);
