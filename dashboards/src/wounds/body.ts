/** The body map: two figures of which every region is a button, and a list of the same regions. */
import { css, html, LitElement, svg, type TemplateResult } from "lit";
import { REGION_IDS, REGIONS, type Face } from "../lib/bodymap";
import { regionName } from "../lib/wounds";
import type { App } from "../ui/app";
import { base } from "../ui/styles";

export class BodyMap extends LitElement {
  static override properties = { app: { attribute: false }, value: { attribute: false } };
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: var(--gap-3);
      }
      .figures {
        display: flex;
        justify-content: center;
        gap: var(--gap-5);
      }
      figure {
        display: grid;
        justify-items: center;
        gap: var(--gap-1);
        min-width: 0;
      }
      figcaption {
        font-weight: 600;
      }
      .sides {
        display: flex;
        justify-content: space-between;
        width: 100%;
        font-size: var(--size-1);
        color: var(--quiet);
      }
      svg {
        width: 190px;
        max-width: 100%;
        height: auto;
        overflow: visible;
      }
      path {
        fill: var(--raised);
        stroke: var(--edge);
        stroke-width: 1;
        cursor: pointer;
        touch-action: manipulation;
      }
      path:hover {
        fill: var(--line);
      }
      path[aria-checked="true"] {
        fill: var(--action);
        stroke: var(--text);
        stroke-width: 2;
      }
      path:focus-visible {
        outline: none;
        stroke: var(--focus);
        stroke-width: 3.5;
      }
      label {
        display: grid;
        gap: var(--gap-1);
        font-weight: 600;
      }
      select {
        width: 100%;
        min-height: var(--touch);
        padding: 0 var(--gap-3);
        border: 1px solid var(--edge);
        border-radius: var(--radius);
        background: var(--ground);
        color: inherit;
        font: inherit;
      }
    `,
  ];

  declare app: App;
  /** The chosen region; empty for none. */
  declare value: string;

  constructor() {
    super();
    this.value = "";
  }

  private choose(region: string): void {
    this.value = region;
    this.dispatchEvent(new CustomEvent("choose", { detail: region, bubbles: true, composed: true }));
  }

  /** Arrows go through the regions of a figure from head to feet, as through any set of radio buttons. */
  private pressed(event: KeyboardEvent, face: Face, at: number): void {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const here = REGIONS.filter((region) => region.face === face);
    const next = step === undefined ? (event.key === " " || event.key === "Enter" ? at : null) : (at + step + here.length) % here.length;
    const region = next === null ? undefined : here[next];
    if (region === undefined) return;
    event.preventDefault();
    this.choose(region.id);
    void this.updateComplete.then(() => this.renderRoot.querySelector<SVGElement>(`[data-face=${face}] [data-region=${region.id}]`)?.focus());
  }

  override render(): TemplateResult {
    const { speech, words } = this.app;
    const said = words.wounds;
    const name = (region: string): string => regionName(region, speech);
    const sorted = [...REGION_IDS].sort((one, other) => name(one).localeCompare(name(other), "fr"));
    return html`<div class="figures">${this.figure("front")} ${this.figure("back")}</div>
      <label
        >${said.place}
        <select .value=${this.value} @change=${(event: Event) => this.choose((event.target as HTMLSelectElement).value)}>
          <option value="">${said.choose}</option>
          ${sorted.map((region) => html`<option value=${region} ?selected=${region === this.value}>${name(region)}</option>`)}
        </select>
      </label>`;
  }

  private figure(face: Face): TemplateResult {
    const { speech, words } = this.app;
    const said = words.wounds;
    const here = REGIONS.filter((region) => region.face === face);
    const chosen = here.findIndex(({ id }) => id === this.value);
    const [near, far] = face === "front" ? [said.mirror.right, said.mirror.left] : [said.mirror.left, said.mirror.right];
    return html`<figure data-face=${face}>
      <figcaption>${face === "front" ? said.front : said.behind}</figcaption>
      <svg viewBox="20 4 160 458" role="radiogroup" aria-label=${face === "front" ? said.front : said.behind}>
        ${here.map(
          ({ id, path }, at) => svg`<path
            d=${path}
            role="radio"
            data-region=${id}
            tabindex=${at === Math.max(0, chosen) ? 0 : -1}
            aria-checked=${id === this.value ? "true" : "false"}
            aria-label=${regionName(id, speech)}
            @click=${() => this.choose(id)}
            @keydown=${(event: KeyboardEvent) => this.pressed(event, face, at)}
          ></path>`,
        )}
      </svg>
      <div class="sides" aria-hidden="true"><span>${near}</span><span>${far}</span></div>
    </figure>`;
  }
}

customElements.define("vv-body-map", BodyMap);
