/** Opening an act: from nothing, from an alarm, or from the act before, with everything that one knows. */
import { html, nothing, type TemplateResult } from "lit";
import { KINDS, kindName, type ActKind } from "../lib/acts";
import type { App } from "../ui/app";
import { icon, type IconName } from "../ui/icon";

export const KIND_ICONS: Readonly<Record<ActKind, IconName>> = {
  surveillance: "chart",
  assistance: "hand",
  consultation: "video",
  expertise: "search",
  regulation: "ambulance",
};

/** An act that somebody is about to open. */
export interface Opening {
  readonly kind: ActKind;
  /** Named once, so that a second try opens nothing twice. */
  readonly id: string;
  reason: string;
  /** Alarm that is the reason; empty for none. */
  alert: string;
}

export interface OpenHost {
  readonly opening: Opening | null;
  readonly complaint: string;
  readonly sending: boolean;
  choose(kind: ActKind): void;
  stop(): void;
  openIt(): void;
  requestUpdate(): void;
}

/** The kinds that may be opened, and the form of the chosen one. */
export function openPanel(app: App, host: OpenHost, given: { readonly kinds: readonly ActKind[]; readonly title: string; readonly more: string; readonly inner: TemplateResult | typeof nothing }): TemplateResult {
  const { speech } = app;
  const { words } = speech;
  return html`<section class="panel">
    <h2>${given.title} <small>${given.more}</small></h2>
    <div class="kinds">
      ${KINDS.filter((kind) => given.kinds.includes(kind)).map(
        (kind) =>
          html`<button data-kind=${kind} aria-pressed=${host.opening?.kind === kind ? "true" : "false"} @click=${() => host.choose(kind)}>
            ${icon(KIND_ICONS[kind])}<span>${kindName(kind, speech)}<small>${words.acts.purpose[kind]}</small></span>
          </button>`,
      )}
    </div>
    ${host.opening === null ? nothing : form(app, host, host.opening, given.inner)}
  </section>`;
}

function form(app: App, host: OpenHost, opening: Opening, inner: TemplateResult | typeof nothing): TemplateResult {
  const { words, speech } = { words: app.words, speech: app.speech };
  const said = words.acts;
  return html`<form
    class="opening"
    @submit=${(event: Event) => {
      event.preventDefault();
      host.openIt();
    }}
  >
    ${inner}
    <label
      ><span class="name">${said.reason}</span
      ><textarea
        name="reason"
        rows="2"
        maxlength="600"
        .value=${opening.reason}
        @input=${(event: Event) => {
          opening.reason = (event.target as HTMLTextAreaElement).value;
          host.requestUpdate();
        }}
      ></textarea>
    </label>
    <div class="ends">
      <p role="alert">${host.complaint}</p>
      <button type="button" @click=${() => host.stop()}>${said.cancel}</button>
      <button class="main" type="submit" ?disabled=${host.sending || !app.online || opening.reason.trim() === ""}>
        ${icon(KIND_ICONS[opening.kind])}${said.confirm(kindName(opening.kind, speech))}
      </button>
    </div>
  </form>`;
}
