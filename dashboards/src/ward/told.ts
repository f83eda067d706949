/** Who was told of an alert, when, how, and what became of it. */
import { html, nothing, type TemplateResult } from "lit";
import { ApiError, type Api } from "../lib/api";
import { moment } from "../lib/format";
import { lookUp } from "../lib/i18n";
import type { NotificationView } from "../lib/types";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";

/** Milliseconds between two looks while the sheet is open: a step's stage changes without any word on the stream. */
const EVERY = 5_000;

/** Says who it is: a person or device by name, and for a role that nobody had, that nobody had it. */
export function whoOf(row: NotificationView, nobodyOf: (role: string) => string): string {
  if (row.name !== "") return row.name;
  return nobodyOf(row.role === "" ? row.recipient.replace(/^role:/, "") : row.role);
}

/** The log of one alert; read again and again until it is closed. */
export class Told extends EventTarget {
  rows: readonly NotificationView[] | null = null;
  failed = false;
  private readonly aborter = new AbortController();
  private readonly timer: ReturnType<typeof setInterval>;
  private asking = false;

  constructor(
    private readonly api: Api,
    private readonly alert: string,
  ) {
    super();
    this.timer = setInterval(() => this.refresh(), EVERY);
  }

  refresh(): void {
    if (this.asking || this.aborter.signal.aborted) return;
    this.asking = true;
    void this.read().finally(() => {
      this.asking = false;
    });
  }

  private async read(): Promise<void> {
    try {
      this.rows = await this.api.notificationsOf(this.alert, this.aborter.signal);
      this.failed = false;
    } catch (error) {
      if (this.aborter.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.failed = true;
    }
    this.dispatchEvent(new Event("change"));
  }

  close(): void {
    clearInterval(this.timer);
    this.aborter.abort();
  }

  view(app: App): TemplateResult {
    const { words, speech } = app;
    const said = words.tablet;
    const rows = this.rows ?? [];
    return html`<section class="told">
      <h3>${said.sheet.told}</h3>
      ${this.failed && this.rows === null ? html`<p class="quiet">${said.sheet.toldFailed}</p>` : nothing}
      ${this.rows !== null && rows.length === 0 ? html`<p class="quiet">${said.sheet.toldNone}</p>` : nothing}
      ${rows.length === 0
        ? nothing
        : html`<ol>
            ${rows.map((row) => {
              const channel = lookUp(said.channel, row.channel === "" ? "none" : row.channel);
              return html`<li data-stage=${row.stage}>
                ${row.reached ? icon("check") : nothing}<b>${whoOf(row, said.nobodyOf)}</b><span>${lookUp(said.stage, row.stage)}</span
                ><span class="quiet">${row.channel === "screen" ? moment(row.changed, speech.now, speech.language) : said.sheet.toldVia(channel, moment(row.changed, speech.now, speech.language))}</span>
              </li>`;
            })}
          </ol>`}
    </section>`;
  }
}
