/** The states every page has before it has anything to show. */
import { html, type TemplateResult } from "lit";
import { errorSentence } from "../lib/say";
import type { App } from "./app";
import { icon } from "./icon";

export function forbidden(app: App): TemplateResult {
  const { words } = app;
  return html`<section class="state" role="alert">
    ${icon("slash")}
    <h2>${words.ward.forbidden}</h2>
    <p>${words.ward.forbiddenMore}</p>
    <button @click=${() => void app.signOut()}>${icon("signOut")}${words.bar.signOut}</button>
  </section>`;
}

export function failed(app: App): TemplateResult {
  const { words } = app;
  return html`<section class="state" role="alert">
    ${icon("warning")}
    <h2>${words.ward.failed}</h2>
    <p>${errorSentence(app.failure, words)}</p>
    <p>${words.ward.failedMore}</p>
    <button class="main" @click=${() => void app.start()}>${icon("retry")}${words.ward.retry}</button>
  </section>`;
}
