/** The states every page has before it has anything to show. */
import { html, nothing, type TemplateResult } from "lit";
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
  return unreadable(app, words.ward.failed, errorSentence(app.failure, words), () => void app.start(), words.ward.failedMore);
}

/** What could not be read, why, and a button that tries again. */
export function unreadable(app: App, title: string, why: string, again: () => void, more = ""): TemplateResult {
  return html`<section class="state" role="alert">
    ${icon("warning")}
    <h2>${title}</h2>
    <p>${why}</p>
    ${more === "" ? nothing : html`<p>${more}</p>`}
    <button class="main" @click=${again}>${icon("retry")}${app.words.ward.retry}</button>
  </section>`;
}

/** A page that is being read. */
export function reading(label: string): TemplateResult {
  return html`<div class="page" role="status" aria-label=${label}>
    <div class="skeleton line"></div>
    <div class="skeleton block"></div>
    <div class="skeleton block"></div>
  </div>`;
}
