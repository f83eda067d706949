/** The list of shortcuts and marks, behind "?". */
import { css, html, type TemplateResult } from "lit";
import type { App } from "./app";
import { icon } from "./icon";

export const helpStyles = css`
  dialog {
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text);
    padding: var(--gap-5);
    width: min(34rem, calc(100vw - 32px));
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 50%);
  }
  dialog h2 {
    font-size: var(--size-3);
    margin-bottom: var(--gap-4);
  }
  dialog h3 {
    font-size: var(--size-2);
    margin: var(--gap-5) 0 var(--gap-2);
  }
  dialog dl {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: var(--gap-2) var(--gap-4);
    align-items: center;
  }
  dialog .row {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: var(--gap-3) var(--gap-4);
  }
  dialog .row span {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-2);
  }
  dialog footer {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--gap-3);
    margin-top: var(--gap-5);
  }
  kbd {
    display: inline-block;
    min-width: 2em;
    padding: 2px 8px;
    text-align: center;
    border: 1px solid var(--edge);
    border-bottom-width: 3px;
    border-radius: 6px;
    font: inherit;
    font-weight: 600;
  }
`;

function marksRow(app: App): TemplateResult {
  const { words } = app;
  return html`<h3>${words.help.marks}</h3>
    <p class="row">
      <span><span class="mark high" aria-hidden="true">!!!</span>${words.priority.high}</span>
      <span><span class="mark medium" aria-hidden="true">!!</span>${words.priority.medium}</span>
      <span><span class="mark low" aria-hidden="true">!</span>${words.priority.low}</span>
      <span><span class="mark technical" aria-hidden="true">${icon("wrench")}</span>${words.priority.technical}</span>
    </p>`;
}

/** @param keys shortcuts of this page, key and meaning. */
export function helpDialog(app: App, keys: readonly (readonly [string, string])[]): TemplateResult {
  const { words } = app;
  return html`<dialog id="help" aria-labelledby="help-title">
    <h2 id="help-title">${words.help.title}</h2>
    <dl>
      ${keys.map(([key, meaning]) => html`<dt><kbd>${key}</kbd></dt><dd>${meaning}</dd>`)}
    </dl>
    ${marksRow(app)}
    <footer>
      ${app.loudspeaker === null
        ? ""
        : html`<button @click=${() => app.loudspeaker?.demonstrate()}>${icon("volume")}${words.sound.test}</button>`}
      <form method="dialog"><button class="main">${words.help.close}</button></form>
    </footer>
  </dialog>`;
}

/** Whether a key was meant for a field rather than for the page. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || event.ctrlKey || event.metaKey || event.altKey;
}
