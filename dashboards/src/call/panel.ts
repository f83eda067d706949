/** What the panels beside a call share: chat, invitations, photo, measuring. */
import { css, html, type CSSResult, type TemplateResult } from "lit";
import { fieldLook } from "../ui/styles";
import type { Words } from "../lib/i18n";
import { icon } from "../ui/icon";

export const panelStyles: CSSResult = css`
  :host {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    min-height: 0;
    background: var(--surface);
    border-top: 1px solid var(--line);
  }
  .head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--gap-2);
    padding: var(--gap-1) var(--gap-1) 0 var(--gap-4);
  }
  .head h2 {
    font-size: var(--size-2);
    font-weight: 700;
  }
  .body {
    display: grid;
    align-content: start;
    gap: var(--gap-3);
    min-height: 0;
    overflow-y: auto;
    padding: 0 var(--gap-4) var(--gap-4);
  }
  .hint {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .wrong {
    font-size: var(--size-1);
    font-weight: 600;
    color: var(--high);
  }
  .done {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    font-weight: 600;
  }
  label {
    display: grid;
    gap: var(--gap-1);
    font-size: var(--size-1);
    font-weight: 600;
  }
  input:not([type="radio"], [type="checkbox"]),
  textarea,
  select {
    ${fieldLook}
    color: var(--text);
    font-size: var(--size-2);
    font-weight: 400;
  }
  fieldset {
    display: grid;
    gap: var(--gap-2);
    margin: 0;
    padding: 0;
    border: 0;
    min-width: 0;
  }
  legend {
    padding: 0 0 var(--gap-1);
    font-size: var(--size-1);
    font-weight: 600;
  }
  .choice {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    min-height: var(--touch);
    padding: 0 var(--gap-3);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    font-size: var(--size-2);
    cursor: pointer;
  }
  .choice:has(input:checked) {
    border: 2px solid var(--action);
    padding: 0 calc(var(--gap-3) - 1px);
  }
  .choice input {
    flex: none;
    width: 22px;
    height: 22px;
    margin: 0;
    accent-color: var(--action);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-2);
  }
  .row button {
    flex: 1 1 auto;
  }
`;

/** Its title and the button that closes it, which tells `close`. */
export function panelHead(words: Words, title: string, close: () => void): TemplateResult {
  return html`<div class="head">
    <h2 id="title" tabindex="-1">${title}</h2>
    <button class="plain" aria-label=${words.call.tool.close} title=${words.call.tool.close} @click=${close}>${icon("close")}</button>
  </div>`;
}
