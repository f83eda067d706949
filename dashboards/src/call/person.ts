/** One person of the call: picture or initials, name, role, how their line does, what they have switched off. Plays their voice. */
import { css, html, LitElement, nothing, type CSSResult, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Call, Person } from "../lib/call";
import type { Words } from "../lib/i18n";
import { personInitials, personSpoken, personStatus } from "../lib/people";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import { attach } from "./video";

export class PersonElement extends LitElement {
  static override properties = {
    person: { attribute: false },
    words: { attribute: false },
    silent: { attribute: false },
  };
  static override styles = [
    base,
    css`
      :host {
        position: relative;
        overflow: hidden;
        border-radius: var(--radius);
        border: 2px solid rgb(255 255 255 / 30%);
        background: #1d232b;
        color: #ffffff;
        aspect-ratio: 4 / 3;
      }
      :host([self]) {
        border-color: rgb(255 255 255 / 75%);
      }
      video {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        object-fit: cover;
      }
      :host([self]) video {
        transform: scaleX(-1);
      }
      .off {
        visibility: hidden;
      }
      .stalled {
        filter: grayscale(1) brightness(0.5);
      }
      .initials {
        position: absolute;
        inset: 0 0 30%;
        display: grid;
        place-items: center;
        font-size: var(--size-4);
        font-weight: 700;
        color: #c9d1da;
      }
      .caption {
        position: absolute;
        inset: auto 0 0;
        padding: 3px var(--gap-2) 4px;
        background: rgb(11 13 16 / 84%);
        font-size: var(--size-1);
        line-height: 1.2;
      }
      .caption b,
      .caption small {
        display: block;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .caption b {
        font-weight: 600;
      }
      .caption small {
        font-size: 0.78rem;
        color: #c9d1da;
      }
      .status {
        position: absolute;
        inset: var(--gap-1) auto auto var(--gap-1);
        max-width: calc(100% - 8px);
        padding: 1px 8px;
        border-radius: 999px;
        background: #ffd24a;
        color: #14181d;
        font-size: 0.78rem;
        font-weight: 700;
      }
      .mutes {
        position: absolute;
        inset: var(--gap-1) var(--gap-1) auto auto;
        display: flex;
        gap: 4px;
      }
      .mutes .icon {
        padding: 4px;
        width: 26px;
        height: 26px;
        border-radius: 50%;
        background: rgb(11 13 16 / 84%);
      }
    `,
  ];

  declare person: Person;
  declare words: Words;
  /** Their voice is not played here: it comes from somewhere else. */
  declare silent: boolean;

  override willUpdate(): void {
    this.toggleAttribute("self", this.person.self);
  }

  override updated(): void {
    const video = this.renderRoot.querySelector("video");
    if (video === null) return;
    video.muted = this.person.self || this.silent;
    attach(video, this.person.stream);
  }

  override render(): TemplateResult {
    const { person, words } = this;
    const status = personStatus(person, words);
    const seen = person.camera !== false && person.stream !== null && person.stream.getVideoTracks().length > 0;
    const stalled = person.line === "reconnecting";
    return html`<span class="only-spoken">${personSpoken(person, words)}</span>
      <div aria-hidden="true">
        ${seen ? nothing : html`<span class="initials">${personInitials(person.name) || icon("people")}</span>`}
        <video class="${seen ? "" : "off"} ${stalled ? "stalled" : ""}" playsinline></video>
        ${status === "" ? nothing : html`<span class="status">${status}</span>`}
        <span class="mutes">
          ${person.microphone === false ? icon("micOff") : nothing}${person.camera === false ? icon("videoOff") : nothing}
        </span>
        <p class="caption"><b>${person.self ? words.call.self : person.name}</b><small>${words.call.person.role[person.role]}</small></p>
      </div>`;
  }
}

customElements.define("vv-person", PersonElement);

export const peopleStyles: CSSResult = css`
  .people {
    display: grid;
    align-content: start;
    gap: var(--gap-2);
    min-height: 0;
    overflow-y: auto;
    padding: var(--gap-2);
  }
  .people li {
    display: grid;
  }
`;

/** Everybody beside the resident, one's own picture last. */
export function peopleList(call: Call, words: Words, silent = false): TemplateResult {
  const people = [...call.people].sort((a, b) => Number(a.self) - Number(b.self));
  return html`<ul class="people" aria-label=${words.call.person.list}>
    ${repeat(
      people,
      ({ seat }) => seat,
      (person) => html`<li><vv-person .person=${person} .words=${words} .silent=${silent}></vv-person></li>`,
    )}
  </ul>`;
}

/** Says who came and who left since it was last asked. */
export class Doorman {
  private known: ReadonlyMap<string, string> | null = null;

  news(call: Call, words: Words): string {
    const here = new Map(call.people.filter(({ self, state }) => !self && (state === "joined" || state === "connected" || state === "reconnecting")).map(({ seat, name }) => [seat, name]));
    const before = this.known;
    this.known = here;
    if (before === null) return "";
    const came = [...here].filter(([seat]) => !before.has(seat)).map(([, name]) => words.call.person.came(name));
    const left = [...before].filter(([seat]) => !here.has(seat)).map(([, name]) => words.call.person.left(name));
    return [...came, ...left].join(" ");
  }
}
