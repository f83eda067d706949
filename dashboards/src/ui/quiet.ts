/** What is silenced, for how long still, why, by whom, and the one tap that ends it. */
import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { coverOf, ordersOf, reasonText, remaining, remainingSpoken, SILENCE_REASONS, SILENCE_SECONDS, targetOf } from "../lib/quiet";
import { alertHeadline } from "../lib/say";
import type { AlertView, SuppressionView } from "../lib/types";
import type { App } from "./app";
import { icon } from "./icon";

export const quietStyles = css`
  .muted {
    display: inline-flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 var(--gap-1);
    font-weight: 600;
  }
  .muted .icon {
    width: 18px;
    height: 18px;
  }
  .left {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .reasons {
    grid-column: 1 / -1;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    gap: var(--gap-3);
    padding-top: var(--gap-2);
    border-top: 1px solid var(--line);
  }
  .reasons p {
    flex: 1 0 100%;
    text-align: end;
  }
  .reasons form {
    display: flex;
    flex: 1 0 100%;
    justify-content: flex-end;
    gap: var(--gap-3);
  }
  .reasons input {
    flex: 0 1 22rem;
    min-height: var(--touch);
    padding: 0 var(--gap-3);
    font: inherit;
    color: var(--text);
    background: var(--surface);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
  }
  .quiets {
    margin: var(--gap-3) var(--gap-4) 0;
    border: 1px dashed var(--edge);
    border-radius: var(--radius);
  }
  .quiets summary {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    min-height: var(--touch);
    padding: 0 var(--gap-3);
    font-weight: 600;
    cursor: pointer;
  }
  .quiets li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-1) var(--gap-3);
    padding: 2px var(--gap-3);
    border-top: 1px solid var(--line);
  }
  .quiets li > span {
    flex: 1 1 12rem;
  }
`;

/** A countdown that is seen each second and spoken by the minute. */
export function countdown(order: SuppressionView, app: App): TemplateResult {
  const { now } = app.speech;
  return html`<span class="left" aria-hidden="true">${app.words.quiet.left(remaining(order.until, now))}</span
    ><span class="only-spoken">${remainingSpoken(order.until, now, app.speech)}</span>`;
}

/** That an alert does not sound, why and until when; nothing when it does. */
export function muted(app: App, alert: AlertView): TemplateResult | typeof nothing {
  const order = coverOf(app.session.state, alert, app.session.now());
  if (order === undefined) return nothing;
  const { words } = app;
  return html`<span class="muted">${icon("bellOff")}${words.quiet.kind[order.kind]} ${countdown(order, app)}</span
    ><span>${words.quiet.by(order.author, reasonText(order.reason, app.speech))}</span>`;
}

/** The button that asks for a silence, or the one that ends it. */
export function silenceButton(app: App, alert: AlertView, ask: () => void, asking: boolean): TemplateResult | typeof nothing {
  if (!app.maySuppress || alert.response !== "unacknowledged") return nothing;
  const { words } = app;
  const order = coverOf(app.session.state, alert, app.session.now());
  const what = alertHeadline(alert, app.speech);
  if (order?.kind === "silence") {
    return html`<button aria-label=${words.quiet.resumeOf(what)} @click=${() => void app.lift(order.id)}>${icon("bell")}${words.quiet.resume}</button>`;
  }
  if (alert.suppression !== "none") return nothing;
  return html`<button aria-label=${`${words.quiet.silence} : ${what}`} aria-expanded=${asking ? "true" : "false"} @click=${ask}>
    ${icon("bellOff")}${words.quiet.silence}
  </button>`;
}

/** Chips of one tap, and a field for what is none of them. */
export function reasons(
  app: App,
  options: {
    readonly title: string;
    readonly codes: readonly (keyof App["words"]["quiet"]["reason"])[];
    readonly writing: boolean;
    readonly write: () => void;
    readonly choose: (reason: string) => void;
    readonly cancel: () => void;
  },
): TemplateResult {
  const { words } = app;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const said = new FormData(event.target as HTMLFormElement).get("reason");
    const reason = typeof said === "string" ? said.trim() : "";
    if (reason !== "") options.choose(reason);
  };
  return html`<div class="reasons" role="group" aria-label=${options.title}>
    <p>${options.title}</p>
    ${options.codes.map((code) => html`<button class="chip" data-reason=${code} @click=${() => options.choose(code)}>${words.quiet.reason[code]}</button>`)}
    ${app.online
      ? html`<button aria-expanded=${options.writing ? "true" : "false"} @click=${options.write}>${words.quiet.other}</button>`
      : html`<small>${words.tablet.offline.written}</small>`}
    <button @click=${options.cancel}>${words.alert.cancel}</button>
    ${options.writing && app.online
      ? html`<form @submit=${submit}>
          <input name="reason" maxlength="200" required aria-label=${words.quiet.otherLabel} placeholder=${words.quiet.otherLabel} />
          <button class="main">${words.quiet.confirm}</button>
        </form>`
      : nothing}
  </div>`;
}

/** The question that the silence button opens. */
export function silenceReasons(
  app: App,
  alert: AlertView,
  state: { readonly writing: boolean; readonly write: () => void; readonly close: () => void },
): TemplateResult {
  return reasons(app, {
    title: app.words.quiet.why,
    codes: SILENCE_REASONS,
    writing: state.writing,
    write: state.write,
    cancel: state.close,
    choose: (reason) => {
      state.close();
      void app.suppress({ kind: "silence", alert: alert.id, reason, seconds: SILENCE_SECONDS });
    },
  });
}

/** Everything that is silenced in the home, with its end and the tap that ends it. */
export function quietList(app: App): TemplateResult | typeof nothing {
  const { words } = app;
  const { state } = app.session;
  const orders = ordersOf(state, app.session.now());
  if (orders.length === 0) return nothing;
  return html`<details class="quiets">
    <summary>${icon("bellOff")}${words.quiet.list(orders.length)}</summary>
    <ul>
      ${repeat(orders, (order) => order.id, (order) => quietRow(app, order))}
    </ul>
  </details>`;
}

function quietRow(app: App, order: SuppressionView): TemplateResult {
  const { words } = app;
  const target = targetOf(app.session.state, order, app.speech);
  return html`<li data-order=${order.id}>
    <span><b>${target}</b></span>
    <span>${words.quiet.kind[order.kind]} ${countdown(order, app)}</span>
    <span>${words.quiet.by(order.author, reasonText(order.reason, app.speech))}</span>
    ${app.maySuppress
      ? html`<button aria-label=${words.quiet.endOf(target)} @click=${() => void app.lift(order.id)}>${words.quiet.end}</button>`
      : nothing}
  </li>`;
}
