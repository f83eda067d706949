/** Sign in; afterwards each role goes to its own page. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { browserApi, tabletTime } from "../lib/browser";
import { duration } from "../lib/format";
import { wordsOf, type Words } from "../lib/i18n";
import { SECOND, type Me } from "../lib/types";
import { icon } from "../ui/icon";
import { mayBeSignedIn, Preferences, rememberSignedIn } from "../ui/preferences";
import { base } from "../ui/styles";
import { returnPath } from "./paths";

export class Login extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        grid-template-rows: 1fr auto;
        min-height: 100vh;
        background: var(--ground);
      }
      main {
        display: grid;
        place-items: center;
        padding: var(--gap-5) var(--gap-4);
      }
      .panel {
        width: min(27rem, 100%);
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--gap-5);
      }
      .brand {
        display: grid;
        justify-items: center;
        gap: var(--gap-2);
        text-align: center;
      }
      .brand img {
        width: 88px;
        height: 88px;
        border-radius: 22px;
      }
      .brand h1 {
        font-size: var(--size-5);
        font-weight: 650;
        letter-spacing: -0.02em;
        line-height: 1.1;
      }
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--gap-4);
        padding: var(--gap-5);
        background: var(--surface);
        border: 1px solid var(--line);
        border-radius: calc(var(--radius) * 1.6);
      }
      label {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--gap-1);
        font-weight: 600;
      }
      .field {
        display: flex;
        border: 1px solid var(--edge);
        border-radius: var(--radius);
        background: var(--ground);
      }
      .field:focus-within {
        outline: 3px solid var(--focus);
        outline-offset: 2px;
      }
      input {
        flex: 1;
        min-width: 0;
        min-height: var(--touch);
        padding: 0 var(--gap-4);
        border: 0;
        outline: 0;
        background: transparent;
        border-radius: var(--radius);
        font-size: var(--size-3);
      }
      .field input:focus-visible {
        outline: 0;
      }
      .field button {
        flex: none;
        font-weight: 500;
        font-size: var(--size-1);
        color: var(--quiet);
      }
      .troubles:empty {
        margin-bottom: calc(-1 * var(--gap-4));
      }
      .trouble {
        display: flex;
        gap: var(--gap-2);
        padding: var(--gap-3);
        border: 1px solid var(--high);
        border-radius: var(--radius);
        background: var(--high-ground);
      }
      .trouble .icon {
        color: var(--high);
        margin-top: 0.1em;
      }
      .note {
        font-size: var(--size-1);
        color: var(--quiet);
        text-align: center;
      }
      footer {
        display: flex;
        justify-content: center;
        padding: var(--gap-2);
      }
      footer button {
        font-weight: 500;
        color: var(--quiet);
      }
      button.main {
        font-size: var(--size-3);
      }
    `,
  ];

  private readonly api = browserApi();
  private readonly preferences = new Preferences();
  private busy = false;
  private visible = false;
  private problem: ((words: Words) => string) | null = null;

  private get words(): Words {
    return wordsOf(this.preferences.language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.preferences.addEventListener("change", () => this.draw());
    if (new URLSearchParams(location.search).has("retour")) this.problem = (words) => words.login.expired;
    this.draw();
    // Whoever is already signed in has nothing to do here.
    if (mayBeSignedIn()) this.api.whoAmI().then((me) => this.enter(me), () => undefined);
  }

  private draw(): void {
    this.preferences.apply(new Date(tabletTime() / 1000).getHours());
    document.title = `${this.words.login.title} · Veilleuse`;
    this.requestUpdate();
  }

  private enter(me: Me): void {
    rememberSignedIn(true);
    location.replace(returnPath(location.search, me.role));
  }

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const username = this.text(data, "username").trim();
    const password = this.text(data, "password");
    if (username === "" || password === "") {
      this.problem = (words) => words.login.missing;
      this.draw();
      return;
    }
    this.busy = true;
    this.problem = null;
    this.draw();
    try {
      this.enter(await this.api.signIn({ username, password }));
    } catch (error) {
      this.problem = (words) => this.sentence(error, words);
    }
    this.busy = false;
    this.draw();
    await this.updateComplete;
    if (this.problem !== null) this.renderRoot.querySelector<HTMLInputElement>("#password")?.select();
  };

  private text(data: FormData, name: string): string {
    const value = data.get(name);
    return typeof value === "string" ? value : "";
  }

  private sentence(error: unknown, words: Words): string {
    if (!(error instanceof ApiError)) return words.login.failing;
    switch (error.failure) {
      case "credentials":
      case "signed_out":
      case "refused":
        return words.login.credentials;
      case "too_many":
        return error.retryAfter === null
          ? words.login.tooManySoon
          : words.login.tooMany(duration(error.retryAfter * SECOND, this.preferences.language));
      case "offline":
        return words.login.offline;
      case "forbidden":
        return words.login.forbidden;
      default:
        return words.login.failing;
    }
  }

  private reveal(): void {
    this.visible = !this.visible;
    this.requestUpdate();
  }

  private trouble(problem: (words: Words) => string): TemplateResult {
    return html`<p class="trouble">${icon("warning")}<span>${problem(this.words)}</span></p>`;
  }

  override render(): TemplateResult {
    const words = this.words.login;
    return html`<main>
        <div class="panel">
          <div class="brand">
            <img src="/icons/veilleuse.svg" alt="" />
            <h1>${words.welcome}</h1>
            <p class="quiet">${words.motto}</p>
          </div>
          <form @submit=${this.submit} novalidate aria-busy=${this.busy ? "true" : "false"}>
            <div class="troubles" role="alert" aria-live="assertive">${this.problem === null ? nothing : this.trouble(this.problem)}</div>
            <label>
              ${words.username}
              <span class="field">
                <input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required autofocus />
              </span>
            </label>
            <label>
              ${words.password}
              <span class="field">
                <input
                  id="password"
                  name="password"
                  type=${this.visible ? "text" : "password"}
                  autocomplete="current-password"
                  maxlength="256"
                  required
                />
                <button type="button" class="plain" aria-pressed=${this.visible ? "true" : "false"} @click=${() => this.reveal()}>
                  ${icon(this.visible ? "eyeOff" : "eye")}${this.visible ? words.hide : words.show}
                </button>
              </span>
            </label>
            <button class="main" ?disabled=${this.busy}>${this.busy ? words.submitting : words.submit}</button>
          </form>
          <p class="note">${words.secondary}</p>
        </div>
      </main>
      <footer>
        <button class="plain" @click=${() => this.preferences.switchLanguage()}>${icon("language")}${this.words.otherLanguage}</button>
      </footer>`;
  }
}

customElements.define("vv-login", Login);
