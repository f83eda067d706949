/** Notes that wait for the network on this tablet, and those that were refused until somebody has dealt with their text. */
import { css, html, nothing, type TemplateResult } from "lit";
import type { Entries, Refusal } from "../lib/entries";
import { fullName, moment } from "../lib/format";
import type { NoteHistory } from "../lib/handover";
import { lookUp } from "../lib/i18n";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import type { KeptNote, Words } from "./keep";

export interface WaitingHost {
  readonly entries: Entries<KeptNote, NoteHistory>;
  /** The words of a note that is kept here: `undefined` while they are being opened. */
  wordsOf(note: KeptNote): Words | null | undefined;
  rewrite(note: KeptNote, words: Words): void;
}

export const waitingStyles = css`
  .waits,
  .refused {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-3);
    padding: var(--gap-2) var(--gap-4);
    border-bottom: 1px solid var(--line);
    background: var(--surface);
  }
  .refused {
    border-inline-start: 8px solid var(--medium-mark);
    background: var(--medium-ground);
  }
  .waits > div,
  .refused > div {
    flex: 1 1 20rem;
  }
  .waits ul {
    margin-top: var(--gap-1);
  }
  .waits li,
  .refused q {
    font-size: var(--size-1);
    overflow-wrap: anywhere;
  }
`;

function about(app: App, note: KeptNote): string {
  const known = app.session.state.residents.get(note.resident);
  return known === undefined ? note.resident || app.words.handover.ward : fullName(known.family_name, known.given_name);
}

function text(words: Words | null | undefined): string {
  return words === null || words === undefined ? "…" : [words.data, words.action, words.result].filter((line) => line !== "").join(" · ");
}

/** The words of a note are shown to who wrote them alone, once they are signed in. */
export function waitingNotice(app: App, host: WaitingHost): TemplateResult | typeof nothing {
  const { waiting, refusals } = host.entries;
  if (waiting.length === 0 && refusals.length === 0) return nothing;
  const said = app.words.handover;
  const me = app.me?.username;
  const mine = waiting.filter(({ by }) => by === me);
  const others = [...new Set(waiting.filter(({ by }) => by !== me).map(({ by }) => by))];
  return html`${waiting.length === 0
    ? nothing
    : html`<section class="waits" role="status">
        ${icon("unlink")}
        <div>
          <p>${said.waiting(waiting.length)}${me === undefined || others.length === 0 ? "" : ` (${said.waitingOf(others.join(", "))})`}</p>
          ${mine.length === 0 ? nothing : html`<ul>${mine.map(({ entry }) => html`<li><b>${about(app, entry)}</b> · ${text(host.wordsOf(entry))}</li>`)}</ul>`}
        </div>
      </section>`}
  ${refusals.filter(({ pending }) => pending.by === me).map((refusal) => refused(app, host, refusal))}`;
}

function refused(app: App, host: WaitingHost, refusal: Refusal<KeptNote>): TemplateResult {
  const { speech, words } = app;
  const said = words.handover;
  const { entry } = refusal.pending;
  const written = host.wordsOf(entry);
  const reason = refusal.failure === "forbidden" ? said.refusedWhy.forbidden : Object.hasOwn(said.refusedWhy, refusal.code) ? lookUp(said.refusedWhy, refusal.code) : said.refusedWhy.other;
  return html`<section class="refused" role="alert">
    ${icon("warning")}
    <div>
      <p>${said.refusedNote(about(app, entry), moment(entry.time, speech.now, speech.language), reason)}</p>
      ${written ? html`<q>${text(written)}</q>` : nothing}
    </div>
    ${written ? html`<button class="main" @click=${() => host.rewrite(entry, written)}>${icon("edit")}${said.rewrite}</button>` : nothing}
    <button @click=${() => host.entries.dismiss(entry.id)}>${icon("close")}${said.discard}</button>
  </section>`;
}
