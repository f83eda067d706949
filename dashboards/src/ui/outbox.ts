/** What was done here and waits for the network, and what came of it when that was not what was meant. */
import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { conflictSentence, gestureLine } from "../lib/conflict";
import { moment } from "../lib/format";
import type { App } from "./app";
import { icon } from "./icon";

export const outboxStyles = css`
  .outbox {
    display: grid;
    border-bottom: 1px solid var(--line);
    background: var(--surface);
  }
  .outbox > * {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-1) var(--gap-3);
    padding: var(--gap-1) var(--gap-4);
  }
  .outbox .conflict {
    background: var(--medium-ground);
    border-inline-start: 8px solid var(--medium-mark);
  }
  .outbox .conflict p {
    flex: 1 1 20rem;
  }
  .outbox ul {
    display: contents;
  }
  .outbox .waits {
    color: var(--quiet);
    font-size: var(--size-1);
  }
  .outbox .waits b {
    color: var(--text);
  }
`;

/** Nothing when nothing waits and nothing went otherwise. */
export function outboxNotice(app: App): TemplateResult | typeof nothing {
  const { waiting, conflicts } = app.outbox;
  if (waiting.length === 0 && conflicts.length === 0) return nothing;
  const { speech, words } = app;
  const { state } = app.session;
  const said = words.tablet.offline;
  const of = (by: string): string => (by === app.me?.username ? "" : ` (${said.of(by)})`);
  return html`<section class="outbox" role="status">
    ${repeat(
      conflicts,
      ({ gesture }) => gesture.key,
      (conflict) => html`<div class="conflict" data-conflict=${conflict.code}>
        ${icon("warning")}
        <p>${conflictSentence(conflict, state, speech)}${of(conflict.gesture.by)}</p>
        <button @click=${() => app.outbox.dismiss(conflict.gesture.key)}>${said.read}</button>
      </div>`,
    )}
    ${waiting.length === 0
      ? nothing
      : html`<p class="waits">
          ${icon("retry")}<b>${app.online ? said.sending(waiting.length) : said.waiting(waiting.length)}</b>
          ${state.loaded
            ? waiting.map((gesture) => html`<span>${gestureLine(gesture, state, speech)}, ${moment(gesture.at, speech.now, speech.language)}${of(gesture.by)}</span>`)
            : nothing}
        </p>`}
  </section>`;
}
