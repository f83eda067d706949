/** Inviting into a call: somebody of the home from a list, or a guest by a link that opens once. Also what became of each. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import type { CallRequests, Invitable, InviteOrder, InviteView } from "../lib/call-api";
import { clock } from "../lib/format";
import type { Language, Words } from "../lib/i18n";
import { errorSentence } from "../lib/say";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import { panelHead, panelStyles } from "./panel";

type Kind = "staff" | "specialist" | "regulator";

const KINDS: readonly Kind[] = ["staff", "specialist", "regulator"];
const MINUTES = [15, 30, 60] as const;
/** Milliseconds between two looks at what became of the invitations, beside those after a change in the call. */
const LOOK = 10_000;
/** From how many people on a word finds them faster than the eye. */
const MANY = 8;

/** Letters without case and accents: who looks for "ines" finds Inès. */
function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

export class InviteElement extends LitElement {
  static override properties = {
    requests: { attribute: false },
    callId: { attribute: false },
    words: { attribute: false },
    language: { attribute: false },
    people: { attribute: false },
  };
  static override styles = [
    base,
    panelStyles,
    css`
      form {
        display: grid;
        gap: var(--gap-3);
      }
      .link {
        display: grid;
        gap: var(--gap-2);
        padding: var(--gap-3);
        border: 2px solid var(--action);
        border-radius: var(--radius);
      }
      .link input {
        font-size: var(--size-1);
        font-family: ui-monospace, monospace;
      }
      h3 {
        font-size: var(--size-1);
        color: var(--quiet);
      }
      .invites {
        display: grid;
      }
      .invites li {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--gap-2);
        min-height: var(--touch);
        padding-block: var(--gap-1);
        border-top: 1px solid var(--line);
      }
      .staff {
        max-height: 19rem;
        overflow-y: auto;
      }
      .here {
        color: var(--text);
        font-weight: 600;
      }
      .invites b {
        display: block;
      }
    `,
  ];

  declare requests: CallRequests;
  declare callId: string;
  declare words: Words;
  declare language: Language;
  /** How many are in the call; a change is a reason to look again. */
  declare people: number;
  private kind: Kind = "staff";
  private minutes: number = MINUTES[1];
  private invites: readonly InviteView[] | null = null;
  private staff: readonly Invitable[] | null = null;
  /** Letters of a name that is looked for. */
  private sought = "";
  private made: InviteView | null = null;
  private told = "";
  private failure = "";
  private busy = false;
  private timer: ReturnType<typeof setInterval> | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = setInterval(() => void this.look(), LOOK);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.timer !== null) clearInterval(this.timer);
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>("#title")?.focus();
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("callId") || changed.has("people")) void this.look();
  }

  private async look(): Promise<void> {
    try {
      [this.invites, this.staff] = await Promise.all([this.requests.invites(this.callId), this.requests.invitable(this.callId)]);
      this.requestUpdate();
    } catch (error) {
      // The list of before stands; the next look comes by itself.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  override render(): TemplateResult {
    const { words } = this;
    return html`${panelHead(words, words.call.invite.title, () => this.dispatchEvent(new Event("close")))}
      <div class="body">
        ${this.made === null ? this.form() : this.link(this.made)}
        <p role="status" class=${this.told === "" ? "only-spoken" : "done"}>${this.told === "" ? nothing : html`${icon("check")}${this.told}`}</p>
        ${this.list()}
      </div>`;
  }

  private form(): TemplateResult {
    const { words, kind } = this;
    return html`<form @submit=${this.send}>
      <fieldset>
        <legend>${words.call.invite.who}</legend>
        ${KINDS.map(
          (one) =>
            html`<label class="choice"><input type="radio" name="kind" .checked=${kind === one} @change=${() => this.choose(one)} />${words.call.invite[one]}</label>`,
        )}
      </fieldset>
      ${kind === "staff" ? this.ofHome() : this.stranger(kind)} ${this.failure === "" ? nothing : html`<p class="wrong" role="alert">${this.failure}</p>`}
      ${kind === "staff" ? nothing : html`<button class="main" ?disabled=${this.busy}>${icon("invite")}${words.call.invite.make}</button>`}
      <p class="hint">${words.call.invite.announced}</p>
    </form>`;
  }

  /** Everybody of the home who may come, each with a button; who is signed in now stands first. */
  private ofHome(): TemplateResult {
    const { staff, words } = this;
    const said = words.call.invite;
    if (staff === null) return html`<p class="hint" role="status">${said.reading}</p>`;
    if (staff.length === 0) return html`<p class="hint">${said.noStaff}</p>`;
    const found = staff.filter(({ name }) => folded(name).includes(folded(this.sought)));
    return html`${staff.length <= MANY
        ? nothing
        : html`<label>${said.seek}<input type="search" autocomplete="off" spellcheck="false" .value=${this.sought} @input=${(event: Event) => this.seek((event.target as HTMLInputElement).value)} /></label>`}
      <ul class="invites staff" aria-label=${said.staff}>
        ${found.map(
          (person) => html`<li>
            <span><b>${person.name}</b><small class="quiet">${words.call.person.role[person.role]}${person.here ? html` · <span class="here">${said.here}</span>` : nothing}</small></span>
            <button type="button" aria-label=${said.inviteOf(person.name)} ?disabled=${this.busy} @click=${() => this.invite({ username: person.username })}>${icon("invite")}${said.send}</button>
          </li>`,
        )}
      </ul>
      ${found.length === 0 ? html`<p class="hint" role="status">${said.notFound}</p>` : nothing}`;
  }

  private seek(letters: string): void {
    this.sought = letters;
    this.requestUpdate();
  }

  /** A guest without an account: a name and how long the link is good. */
  private stranger(kind: Exclude<Kind, "staff">): TemplateResult {
    const { words } = this;
    return html`<label>
        ${words.call.invite.guest}<input id="name" maxlength="80" autocomplete="off" placeholder=${words.call.invite.guestHint[kind]} />
      </label>
      <label>
        ${words.call.invite.minutes}
        <select @change=${(event: Event) => (this.minutes = Number((event.target as HTMLSelectElement).value))}>
          ${MINUTES.map((count) => html`<option value=${count} ?selected=${count === this.minutes}>${words.call.invite.forMinutes(count)}</option>`)}
        </select>
      </label>`;
  }

  private choose(kind: Kind): void {
    this.kind = kind;
    this.failure = "";
    this.told = "";
    this.requestUpdate();
  }

  private link(invite: InviteView): TemplateResult {
    const { words } = this;
    return html`<section class="link" aria-labelledby="made">
      <h3 id="made">${words.call.invite.made(invite.name)}</h3>
      <p>${words.call.invite.once}</p>
      <label><span class="only-spoken">${words.call.invite.made(invite.name)}</span><input id="link" readonly .value=${invite.link} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} /></label>
      <div class="row">
        <button class="main" @click=${() => void this.copy(invite.link)}>${icon("copy")}${words.call.invite.copy}</button>
        <button @click=${() => this.forget()}>${words.call.tool.close}</button>
      </div>
    </section>`;
  }

  private forget(): void {
    this.made = null;
    this.told = "";
    this.requestUpdate();
  }

  private async copy(link: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(link);
      this.told = this.words.call.invite.copied;
    } catch {
      this.told = this.words.call.invite.notCopied;
      this.renderRoot.querySelector<HTMLInputElement>("#link")?.select();
    }
    this.requestUpdate();
  }

  private list(): TemplateResult {
    const { words } = this;
    return html`<section>
      <h3>${words.call.invite.list}</h3>
      ${this.invites === null || this.invites.length === 0
        ? html`<p class="hint">${words.call.invite.none}</p>`
        : html`<ul class="invites">
            ${this.invites.map((invite) => this.row(invite))}
          </ul>`}
    </section>`;
  }

  private row(invite: InviteView): TemplateResult {
    const { words } = this;
    const until = invite.state === "open" ? ` · ${words.call.invite.until(clock(invite.expires, this.language))}` : "";
    const live = invite.state === "open" || invite.state === "used";
    return html`<li>
      <span><b>${invite.name}</b><small class="quiet">${words.call.person.role[invite.role]} · ${words.call.invite.state[invite.state]}${until}</small></span>
      ${live ? html`<button aria-label=${words.call.invite.revokeOf(invite.name)} @click=${() => void this.revoke(invite)}>${words.call.invite.revoke}</button>` : nothing}
    </li>`;
  }

  private async revoke(invite: InviteView): Promise<void> {
    await this.ask(() => this.requests.revoke(this.callId, invite.id));
    if (this.made?.id === invite.id) this.forget();
    await this.look();
  }

  private readonly send = (event: Event): void => {
    event.preventDefault();
    const { kind, minutes } = this;
    if (kind === "staff") return;
    const guest = this.renderRoot.querySelector<HTMLInputElement>("#name")?.value.trim() ?? "";
    if (guest !== "") {
      this.invite({ guest, role: kind, minutes });
      return;
    }
    this.failure = this.words.call.invite.missing;
    this.requestUpdate();
  };

  private invite(order: InviteOrder): void {
    void this.ask(async () => {
      const invite = await this.requests.invite(this.callId, order, location.origin);
      if (invite.link !== "") this.made = invite;
      else this.told = this.words.call.invite.invited(invite.name);
      await this.look();
    });
  }

  private async ask(run: () => Promise<unknown>): Promise<void> {
    this.busy = true;
    this.failure = "";
    this.told = "";
    this.requestUpdate();
    try {
      await run();
    } catch (error) {
      this.failure = this.sentence(error);
    }
    this.busy = false;
    this.requestUpdate();
  }

  private sentence(error: unknown): string {
    const { words } = this;
    if (error instanceof ApiError && error.code === "unknown_account") return words.call.invite.unknown;
    if (error instanceof ApiError && error.code === "call_full") return words.call.invite.full;
    return `${words.call.invite.failed} ${errorSentence(error, words)}`;
  }
}

customElements.define("vv-call-invite", InviteElement);
