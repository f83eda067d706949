/** Calls of one resident that are over, each with what its encounter holds: who was there, what went wrong, which pictures were kept. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { ApiError } from "../lib/api";
import { callLine, ConsultApi, type EncounterView } from "../lib/consult";
import { clock, duration, longDate, moment } from "../lib/format";
import { lookUp } from "../lib/i18n";
import { alertHeadline } from "../lib/say";
import { callIsOver } from "../lib/state";
import type { CallView, Micros } from "../lib/types";
import type { App } from "../ui/app";
import { Follow } from "../ui/consult";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";

export class PastElement extends LitElement {
  static override properties = { app: { attribute: false }, resident: { attribute: false } };
  static override styles = [
    base,
    css`
      ol.calls {
        display: grid;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--surface);
      }
      ol.calls > li + li {
        border-top: 1px solid var(--line);
      }
      .calls > li > button {
        width: 100%;
        justify-content: start;
        border: 0;
        text-align: start;
        font-weight: 400;
      }
      .calls > li > button span {
        flex: 1;
      }
      small {
        display: block;
        font-size: var(--size-1);
        color: var(--quiet);
      }
      .encounter {
        display: grid;
        gap: var(--gap-2);
        padding: 0 var(--gap-4) var(--gap-4);
      }
      h4 {
        margin: var(--gap-2) 0 0;
        font-size: var(--size-1);
        color: var(--quiet);
      }
      .pictures {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-3);
      }
      .pictures img {
        display: block;
        max-width: 200px;
        max-height: 150px;
        border: 1px solid var(--line);
        border-radius: 6px;
      }
      .pictures figcaption {
        max-width: 200px;
        font-size: var(--size-1);
      }
    `,
  ];

  declare app: App;
  /** Whose calls; never changes during the life of the element. */
  declare resident: string;
  private calls: readonly CallView[] | null = null;
  private failed = false;
  private opened: string | null = null;
  private readonly encounters = new Map<string, EncounterView | "failed">();
  private readonly aborter = new AbortController();

  constructor() {
    super();
    new Follow(this, () => void this.read());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.aborter.abort();
  }

  private api(): ConsultApi {
    return new ConsultApi(this.app.session.api);
  }

  private async read(): Promise<void> {
    try {
      const calls = await this.api().past(this.resident, this.aborter.signal);
      this.calls = calls.filter(callIsOver).sort((a, b) => b.requested - a.requested);
      this.failed = false;
    } catch (error) {
      if (this.aborter.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.failed = true;
    }
    this.requestUpdate();
  }

  private async toggle(call: string): Promise<void> {
    this.opened = this.opened === call ? null : call;
    this.requestUpdate();
    if (this.opened === null || this.encounters.get(call) instanceof Object) return;
    try {
      this.encounters.set(call, await this.api().encounter(call, this.aborter.signal));
    } catch (error) {
      if (this.aborter.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.encounters.set(call, "failed");
    }
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const { words } = this.app;
    const said = words.consult.glance;
    if (this.failed && this.calls === null) return html`<p class="quiet">${said.failed}</p>`;
    if (this.calls === null) return html`<p class="quiet" role="status">${words.acts.reading}</p>`;
    if (this.calls.length === 0) return html`<p class="quiet">${said.noPast}</p>`;
    return html`<ol class="calls">
      ${repeat(
        this.calls,
        ({ id }) => id,
        (call) => this.row(call),
      )}
    </ol>`;
  }

  private row(call: CallView): TemplateResult {
    const { speech } = this.app;
    const { language, now } = speech;
    const open = this.opened === call.id;
    const when = moment(call.requested, now, language);
    return html`<li data-call=${call.id}>
      <button aria-expanded=${open ? "true" : "false"} @click=${() => void this.toggle(call.id)}>
        ${icon("video")}<span><b>${longDate(call.requested, language)}, ${clock(call.requested, language)}</b><small>${call.caller_name} · ${callLine(call, speech)}</small></span>
        <span class="only-spoken">${speech.words.consult.past.open(when)}</span>
      </button>
      ${open ? this.encounter(call) : nothing}
    </li>`;
  }

  private encounter(call: CallView): TemplateResult {
    const { speech } = this.app;
    const said = speech.words.consult.past;
    const found = this.encounters.get(call.id);
    if (found === undefined) return html`<p class="encounter quiet" role="status">${speech.words.acts.reading}</p>`;
    if (found === "failed") return html`<p class="encounter">${speech.words.consult.glance.failed}</p>`;
    return html`<div class="encounter">
      ${found.reason === "" ? nothing : html`<p>${found.reason}</p>`}
      ${found.alert === null ? nothing : html`<h4>${said.evidence}</h4><p>${alertHeadline(found.alert, speech)}, ${moment(found.alert.onset, speech.now, speech.language)}</p>`}
      <h4>${said.people}</h4>
      <ul>
        ${found.participants.map((one) => html`<li><b>${one.name}</b>, ${lookUp(speech.words.call.person.role, one.role)} · ${this.stay(one.joined, one.left)}</li>`)}
      </ul>
      <h4>${said.incidents}</h4>
      ${found.incidents.length === 0 ? html`<p>${said.noIncident}</p>` : html`<ul>${found.incidents.map((one) => html`<li>${this.incident(found, one)}</li>`)}</ul>`}
      ${found.snapshots.length === 0 ? nothing : this.pictures(call, found)}
      <p><small>${said.noRecording}</small></p>
    </div>`;
  }

  private stay(joined: Micros | null, left: Micros | null): string {
    const { words, language } = this.app.speech;
    if (joined === null) return words.consult.past.never;
    return words.consult.past.from(clock(joined, language), left === null ? "…" : clock(left, language));
  }

  private incident(encounter: EncounterView, one: EncounterView["incidents"][number]): string {
    const { words, language } = this.app.speech;
    const said = words.consult.past;
    const who = encounter.participants.find(({ seat }) => seat === one.seat)?.name ?? (one.seat === "room" ? said.seat.room : "");
    const length = one.ended === null ? "" : `, ${said.lasted(duration(one.ended - one.time, language))}`;
    return said.incident(clock(one.time, language), `${lookUp(said.cause, one.cause)}${who === "" ? "" : ` (${who})`}${length}`);
  }

  private pictures(call: CallView, encounter: EncounterView): TemplateResult {
    const { words, language } = this.app.speech;
    const said = words.consult.past;
    return html`<h4>${said.pictures}</h4>
      <div class="pictures">
        ${encounter.snapshots.map((one) => {
          const what = said.picture(said.source[one.source], clock(one.time, language));
          return html`<figure>
            <a href=${ConsultApi.snapshot(call.id, one.id)} target="_blank" rel="noopener"><img src=${ConsultApi.snapshot(call.id, one.id)} alt=${what} loading="lazy" /></a>
            <figcaption>${clock(one.time, language)}, ${one.author_name}${one.note === "" ? "" : ` : ${one.note}`}</figcaption>
          </figure>`;
        })}
      </div>`;
  }
}

customElements.define("vv-past-calls", PastElement);
