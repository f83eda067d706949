/** The way from a physician's console to what is asked of them, with how many wait, and to the agenda. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { surroundings } from "../lib/browser";
import { isLate, QuestionsFeed, waitingCount } from "../lib/questions";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { base, countLook } from "../ui/styles";

export class QuestionsLink extends LitElement {
  static override properties = { app: { attribute: false } };
  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-2);
        margin-top: var(--gap-2);
      }
      a.way {
        flex: 1 1 auto;
        justify-content: center;
        padding-inline: var(--gap-2);
      }
      a.way:hover {
        background: var(--raised);
      }
      .number {
        ${countLook}
      }
      .number.late {
        display: inline-flex;
        align-items: center;
        justify-content: center;
        gap: var(--gap-1);
        background: var(--medium-mark);
        color: var(--on-medium);
      }
    `,
  ];

  declare app: App;
  private feed: QuestionsFeed | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.feed ??= new QuestionsFeed(this.app.session, surroundings);
    this.feed.addEventListener("change", this.draw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.feed?.removeEventListener("change", this.draw);
  }

  private readonly draw = (): void => this.requestUpdate();

  override render(): TemplateResult {
    const { words, me, speech } = this.app;
    const list = this.feed?.list ?? null;
    const count = waitingCount(list);
    const late = list?.items.some((question) => isLate(question, speech.now)) ?? false;
    const said = words.questions;
    return html`${me?.role === "physician"
        ? html`<a class="way" href="/avis"
            >${said.title}${count === 0
              ? nothing
              : html`<span class="number ${late ? "late" : ""}" aria-hidden="true">${late ? icon("warning") : nothing}${count}</span
                  ><span class="only-spoken">${late ? said.countLate(count) : said.count(count)}</span>`}</a
          >`
        : nothing}
      <a class="way" href="/agenda">${said.agenda}</a>`;
  }
}

customElements.define("vv-questions-link", QuestionsLink);
