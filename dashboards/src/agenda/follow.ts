/** The periodic review of a télésurveillance: curves, days with a measurement, what rang, what was done; and the review itself. */
import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { actAddress, itemText, type TimelineItem } from "../lib/acts";
import { CAUSES, DAY, followedText, markText, missingText, percent, refusalText, type AgendaApi, type FollowUpView, type MeterView } from "../lib/agenda";
import { duration, longDate, moment } from "../lib/format";
import { ResidentHistory } from "../lib/history";
import { lookUp } from "../lib/i18n";
import { limitSentence, metricName } from "../lib/say";
import { HOUR, type MetricInfo, type ResidentView } from "../lib/types";
import type { App } from "../ui/app";
import type { CurveElement } from "../ui/curve";
import "../ui/curve";
import { icon } from "../ui/icon";
import { personOf } from "./list";

export interface FollowHost {
  tell(text: string): void;
  reread(): void;
  requestUpdate(): void;
}

type Alarm = FollowUpView["alarms"][number];

export class FollowUp {
  view: FollowUpView | null = null;
  history: ResidentHistory | null = null;
  findings = "";
  complaint = "";
  sending = false;
  private theme = "";

  constructor(
    private readonly app: App,
    private readonly api: AgendaApi,
    readonly act: string,
    private readonly host: FollowHost,
  ) {}

  async read(): Promise<void> {
    // What happened since is read once and after each step: everything that is looked at is written down.
    if (this.view !== null) return;
    this.view = await this.api.followUp(this.act);
    const { metrics } = this.app.session.state;
    const wanted = this.view.parameters.map((name) => metrics.get(name)).filter((metric): metric is MetricInfo => metric !== undefined);
    this.history?.close();
    this.history = new ResidentHistory(this.app.session.api, this.view.head.resident);
    this.history.addEventListener("change", () => this.host.requestUpdate());
    void this.history.load(wanted, this.hours(this.view), this.view.time);
  }

  hours(view: FollowUpView): number {
    return Math.max(24, (view.time - (view.since ?? view.head.opened)) / HOUR);
  }

  close(): void {
    this.history?.close();
  }

  /** Curves take their colours when they are drawn. */
  recolour(root: ParentNode): void {
    const theme = document.documentElement.dataset["theme"] ?? "";
    if (theme === this.theme) return;
    this.theme = theme;
    for (const curve of root.querySelectorAll<CurveElement>("vv-curve")) curve.recolour();
  }

  write(text: string): void {
    this.findings = text;
  }

  async save(): Promise<void> {
    const words = this.app.words.agenda.follow;
    const { view } = this;
    if (view === null) return;
    if (this.findings.trim() === "") {
      this.complaint = words.missing;
      this.host.requestUpdate();
      return;
    }
    this.sending = true;
    this.complaint = "";
    this.host.requestUpdate();
    try {
      await this.app.session.api.request("POST", `/acts/${encodeURIComponent(this.act)}/steps`, { event: "review", number: view.number, fields: { findings: this.findings.trim() } });
      this.findings = "";
      this.view = null;
      this.host.tell(words.saved);
      this.host.reread();
    } catch (error) {
      this.complaint = refusalText(error, this.app.speech);
    }
    this.sending = false;
    this.host.requestUpdate();
  }
}

export function followPage(follow: FollowUp, app: App): TemplateResult | typeof nothing {
  const { view } = follow;
  if (view === null) return nothing;
  const person = app.session.state.residents.get(view.head.resident);
  const words = app.words.agenda.follow;
  return html`${head(view, app)}
    <p class="notice-line">${icon("ambulance")}${words.notEmergency}</p>
    ${view.since === null ? html`<p class="panel">${words.notBegun}</p>` : nothing}
    ${last(view, app)}
    <div class="agenda-columns even">
      <div>${curves(follow, view, person, app)} ${meters(view, app)}</div>
      <div>${alarms(view, app)} ${done(view, app)} ${limits(view, app)}</div>
    </div>
    ${writing(follow, view, app)}`;
}

function head(view: FollowUpView, app: App): TemplateResult {
  const { speech } = app;
  const words = app.words.agenda.follow;
  const { name, room } = personOf(view.head.resident, app);
  const since = view.since === null ? "" : sinceText(view, app);
  return html`<header class="page-head">
    <a class="way" href="/agenda">${icon("back")}${words.back}</a>
    <div class="grow">
      <h1>${name} <small>${room}</small></h1>
      <p>${words.title}${since === "" ? nothing : html` · ${since}`}</p>
      <p class="quiet">
        ${words.followed} : ${followedText(view, speech)}${view.until === null ? nothing : html` · ${words.until(longDate(view.until, speech.language))}`}${view.review_days === null ? nothing : html` · ${words.every(view.review_days)}`}
      </p>
    </div>
    <a class="way" href=${actAddress(view.head.resident, view.head.id)}>${icon("sign")}${words.act}</a>
  </header>`;
}

function sinceText(view: FollowUpView, app: App): string {
  const { now, language } = app.speech;
  const said = app.words.agenda.follow.since;
  const when = moment(view.since ?? 0, now, language);
  if (view.since_event === "review") return said.review(when, view.since_name);
  return view.since_event === "renew" ? said.renew(when, view.since_name) : said.begin(when, view.since_name);
}

function last(view: FollowUpView, app: App): TemplateResult | typeof nothing {
  if (view.last_findings === "") return nothing;
  return html`<section class="panel"><h2>${app.words.agenda.follow.last}</h2><p>${view.last_findings}</p></section>`;
}

function curves(follow: FollowUp, view: FollowUpView, person: ResidentView | undefined, app: App): TemplateResult {
  const words = app.words.agenda.follow;
  const { history } = follow;
  if (view.parameters.length === 0) return html`<section class="panel"><h2>${words.curves}</h2><p class="quiet">${words.curvesNone}</p></section>`;
  return html`<section class="panel">
    <h2>${words.curves}</h2>
    ${history === null || history.status === "loading"
      ? html`<div class="skeleton block"></div>`
      : view.parameters.map(
          (metric, index) =>
            html`<vv-curve
              .curve=${history.curve(metric)}
              .metric=${metric}
              .label=${metricName(metric, app.speech)}
              .language=${app.preferences.language}
              .from=${history.from}
              .to=${history.to}
              .now=${app.session.now()}
              .limits=${person?.limits.filter((limit) => limit.metric === metric) ?? []}
              .axis=${index === view.parameters.length - 1}
              .group=${`follow-${view.head.id}`}
            ></vv-curve>`,
        )}
  </section>`;
}

function meters(view: FollowUpView, app: App): TemplateResult {
  const { speech } = app;
  const words = app.words.agenda.follow;
  const { adherence } = view;
  if (adherence.together.counted === 0) return html`<section class="panel"><h2>${words.adherence}</h2><p class="quiet">${words.adherenceNone}</p></section>`;
  return html`<section class="panel meters">
    <h2>${words.adherence} <small>${words.adherenceMore}</small></h2>
    <p class="headline"><strong>${percent(adherence.together, speech.language)}</strong> ${words.together} · ${words.of(adherence.together.covered, adherence.together.counted)}</p>
    ${adherence.meters.map((meter) => meterRow(meter, app))}
  </section>`;
}

function meterRow(meter: MeterView, app: App): TemplateResult {
  const { speech } = app;
  const words = app.words.agenda.follow;
  const missing = missingText(meter, speech);
  return html`<div class="meter" data-metric=${meter.metric}>
    <h3>${metricName(meter.metric, speech)} <b>${percent(meter.share, speech.language)}</b> <small>${words.of(meter.share.covered, meter.share.counted)}</small></h3>
    ${scale(meter)}
    ${missing === "" ? nothing : html`<p class="missing">${missing}</p>`}
    ${meter.marks.length === 0
      ? nothing
      : html`<ul class="marks">
          ${meter.marks.map((mark) => html`<li class=${mark.reached === null ? "open" : mark.reached ? "reached" : "missed"}>${icon(mark.reached === null ? "more" : mark.reached ? "check" : "warning")}${words.month(mark.month)} : ${percent(mark.share, speech.language)} · ${markText(mark, speech)}</li>`)}
        </ul>`}
    ${gaps(meter, app)}
  </div>`;
}

/** One bar: measured, then the days without by their cause, each with a pattern of its own; the mark at a half. */
function scale(meter: MeterView): TemplateResult | typeof nothing {
  const { counted, covered } = meter.share;
  if (counted === 0) return nothing;
  const parts = CAUSES.map((cause) => [cause, meter.missing[cause] ?? 0] as const).filter(([, days]) => days > 0);
  let at = (covered / counted) * 100;
  const pieces = parts.map(([cause, days]) => {
    const width = (days / counted) * 100;
    const piece = { cause, at, width };
    at += width;
    return piece;
  });
  return html`<svg class="scale" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <rect class="measured" x="0" y="0" width=${(covered / counted) * 100} height="10"></rect>
    ${pieces.map((piece) => pieceOf(piece))}
    ${half()}
  </svg>`;
}

function pieceOf(piece: { readonly cause: string; readonly at: number; readonly width: number }): SVGTemplateResult {
  return svg`<rect class=${piece.cause} x=${piece.at} y="0" width=${piece.width} height="10"></rect>`;
}

function half(): SVGTemplateResult {
  return svg`<line x1="50" x2="50" y1="-1" y2="11"></line>`;
}

function gaps(meter: MeterView, app: App): TemplateResult | typeof nothing {
  if (meter.gaps.length === 0) return nothing;
  const { language } = app.speech;
  const words = app.words.agenda;
  return html`<details>
    <summary>${words.follow.gaps} (${meter.gaps.length})</summary>
    <ul class="list">
      ${meter.gaps.map((gap) => {
        const first = longDate(gap.start, language);
        return html`<li>${gap.days === 1 ? words.follow.gapOne(first, words.cause[gap.cause]) : words.follow.gap(first, longDate(gap.end - DAY / 2, language), words.cause[gap.cause])}</li>`;
      })}
    </ul>
  </details>`;
}

/** An alarm as the timeline tells it. */
function asItem(alarm: Pick<Alarm, "code" | "metric"> & Partial<Alarm>): TimelineItem {
  const { metric, value = null, limit = null, detail = "", cleared = null, answered = null, answered_by = "", priority = "" } = alarm;
  return {
    time: alarm.raised ?? 0,
    kind: "alert",
    title_key: `alert.${alarm.code}`,
    params: { priority, metric, value, limit, detail, cleared, answered, answered_by },
    author: "",
    author_name: "",
    link: alarm.id ?? "",
  };
}

function alarms(view: FollowUpView, app: App): TemplateResult {
  const { speech } = app;
  const words = app.words.agenda.follow;
  if (view.counts.length === 0) return html`<section class="panel"><h2>${words.alarms}</h2><p class="quiet">${words.alarmsNone}</p></section>`;
  return html`<section class="panel">
    <h2>${words.alarms}</h2>
    <ul class="list">
      ${view.counts.map((each) => html`<li><b>${itemText(asItem(each), speech).title}</b>${Object.hasOwn(words.side, each.code) ? html` ${lookUp(words.side, each.code)}` : nothing}<small>${words.count(each.times, each.unanswered)}</small></li>`)}
    </ul>
    <details>
      <summary>${words.all} (${view.alarms.length})</summary>
      ${view.more_alarms ? html`<p class="quiet">${words.more}</p>` : nothing}
      <ul class="list">
        ${view.alarms.map((each) => alarm(each, app))}
      </ul>
    </details>
  </section>`;
}

function alarm(each: Alarm, app: App): TemplateResult {
  const { speech } = app;
  const words = app.words.agenda.follow;
  const answer = each.answered === null ? words.unanswered : words.answered(each.answered_by, duration(Math.max(0, each.answered - each.raised), speech.language));
  return html`<li><b>${itemText(asItem(each), speech).title}</b><small>${moment(each.raised, speech.now, speech.language)} · ${answer}${each.reason === "" ? nothing : html` · ${each.reason}`}</small></li>`;
}

function done(view: FollowUpView, app: App): TemplateResult {
  const { speech } = app;
  const words = app.words.agenda.follow;
  return html`<section class="panel">
    <h2>${words.done}</h2>
    ${view.done.length === 0
      ? html`<p class="quiet">${words.doneNone}</p>`
      : html`<ul class="list">
          ${view.done.map((item) => {
            const { title, more } = itemText(item, speech);
            return html`<li><b>${title}</b>${more === "" ? nothing : html` ${more}`}<small>${moment(item.time, speech.now, speech.language)} · ${item.author_name}</small></li>`;
          })}
        </ul>`}
  </section>`;
}

function limits(view: FollowUpView, app: App): TemplateResult {
  const { speech } = app;
  const words = app.words.agenda.follow;
  return html`<section class="panel">
    <h2>${words.limits}</h2>
    ${view.limits.length === 0
      ? html`<p class="quiet">${words.limitsNone}</p>`
      : html`<ul class="list">
          ${view.limits.map(
            (each) =>
              html`<li>
                <b>${metricName(each.metric, speech)}</b> ${limitSentence({ metric: each.metric, low: each.low, high: each.high, delay: 0 }, speech)} : ${lookUp(words.limitAct, each.act)}<small
                  >${moment(each.time, speech.now, speech.language)} · ${each.author_name}${each.reason === "" ? nothing : html` · ${each.reason}`}</small
                >
              </li>`,
          )}
        </ul>`}
  </section>`;
}

function writing(follow: FollowUp, view: FollowUpView, app: App): TemplateResult | typeof nothing {
  const words = app.words.agenda.follow;
  if (view.head.final || view.since === null) return nothing;
  if (!view.may_review) return html`<p class="panel quiet">${words.notYours}</p>`;
  return html`<form
    class="panel writing"
    novalidate
    @submit=${(event: Event) => {
      event.preventDefault();
      void follow.save();
    }}
  >
    <h2>${words.write}</h2>
    <label>${words.findings}<textarea name="findings" rows="3" maxlength="2000" .value=${follow.findings} @input=${(event: Event) => follow.write((event.target as HTMLTextAreaElement).value)}></textarea></label>
    <div class="ends">
      <p role="alert">${follow.complaint}</p>
      <a class="way" href=${actAddress(view.head.resident, view.head.id)}>${icon("sign")}${words.renew}</a>
      <button class="main" type="submit" ?disabled=${follow.sending || !app.online}>${icon("check")}${words.send}</button>
    </div>
  </form>`;
}
