/** Care in progress, and sensors that a person puts out of service: each said with its end, each undone by one tap. */
import { css, html, nothing, type TemplateResult } from "lit";
import { CARE_SECONDS, careOf, endOf, OUT_REASONS, OUT_SECONDS, outOfService, reasonText, remaining, sensorOf } from "../lib/quiet";
import type { ResidentView, SensorView } from "../lib/types";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { countdown, reasons } from "../ui/quiet";

export const careStyles = css`
  .care {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-4);
    padding: var(--gap-2) var(--gap-4);
    margin-bottom: var(--gap-3);
    background: var(--surface);
    border: 2px dashed var(--edge);
    border-radius: var(--radius);
  }
  .care p {
    flex: 1 1 18rem;
  }
  .sensor-acts {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    gap: var(--gap-3);
  }
  .out {
    font-weight: 600;
  }
  .hours {
    display: flex;
    flex: 1 0 100%;
    justify-content: flex-end;
    gap: var(--gap-3);
  }
  .hours button[aria-pressed="true"] {
    border-width: 3px;
  }
`;

/** The button that says that somebody is with the resident now. */
export function careButton(app: App, resident: ResidentView): TemplateResult | typeof nothing {
  const { edge } = resident;
  if (!app.maySuppress || edge === null || careOf(app.session.state, resident) !== undefined) return nothing;
  const start = (): void => void app.suppress({ kind: "care", edge, reason: "in_care", seconds: CARE_SECONDS });
  return html`<button data-care="start" @click=${start}>${icon("hand")}${app.words.quiet.careStart}</button>`;
}

/** That care is given, by whom and until when; what still rings; and the tap that ends it. */
export function careNotice(app: App, resident: ResidentView): TemplateResult | typeof nothing {
  const order = careOf(app.session.state, resident);
  if (order === undefined || order.until <= app.session.now()) return nothing;
  const { words } = app;
  return html`<section class="care" role="status">
    ${icon("bellOff")}
    <p><b>${words.quiet.careBy(order.author)}</b> ${countdown(order, app)}<br />${words.quiet.careMeans}</p>
    ${app.maySuppress
      ? html`<button class="main" data-care="end" @click=${() => void app.lift(order.id)}>${words.quiet.careEnd}</button>`
      : nothing}
  </section>`;
}

/** What a page remembers of a question that is open: which sensor, for how long, and whether the reason is written. */
export interface Asking {
  readonly sensor: string;
  readonly seconds: number;
  readonly writing: boolean;
}

/** How a sensor is put out of service and back. */
export function sensorService(
  app: App,
  resident: ResidentView,
  sensor: SensorView,
  asking: Asking | null,
  ask: (asking: Asking | null) => void,
): TemplateResult | typeof nothing {
  const { words } = app;
  const { now } = app.speech;
  const name = sensorOf(resident, sensor.sensor, app.speech);
  const order = outOfService(app.session.state, resident.edge, sensor.sensor);
  if (order !== undefined && order.until > now) {
    return html`<p class="out">${icon("slash")} ${words.quiet.outUntil(endOf(order), remaining(order.until, now))}</p>
      <small>${words.quiet.by(order.author, reasonText(order.reason, app.speech))}. ${words.quiet.outMeans}</small>
      ${app.maySuppress
        ? html`<div class="sensor-acts"><button aria-label=${words.quiet.backOf(name)} @click=${() => void app.lift(order.id)}>${words.quiet.back}</button></div>`
        : nothing}`;
  }
  if (!app.maySuppress || resident.edge === null) return nothing;
  const open = asking !== null && asking.sensor === sensor.sensor;
  const first = { sensor: sensor.sensor, seconds: OUT_SECONDS[0], writing: false };
  return html`<div class="sensor-acts">
    <button aria-label=${words.quiet.outOf(name)} aria-expanded=${open ? "true" : "false"} @click=${() => ask(open ? null : first)}>
      ${words.quiet.out}
    </button>
    ${open ? question(app, resident.edge, asking, ask) : nothing}
  </div>`;
}

function question(app: App, edge: string, asking: Asking, ask: (asking: Asking | null) => void): TemplateResult {
  const { words } = app;
  return html`<div class="hours" role="group" aria-label=${words.quiet.outWhy}>
      ${OUT_SECONDS.map(
        (seconds) =>
          html`<button aria-pressed=${seconds === asking.seconds ? "true" : "false"} @click=${() => ask({ ...asking, seconds })}>
            ${words.quiet.outFor(seconds / 3600)}
          </button>`,
      )}
    </div>
    ${reasons(app, {
      title: words.quiet.outWhy,
      codes: OUT_REASONS,
      writing: asking.writing,
      write: () => ask({ ...asking, writing: true }),
      cancel: () => ask(null),
      choose: (reason) => {
        ask(null);
        void app.suppress({ kind: "out_of_service", edge, sensor: asking.sensor, reason, seconds: asking.seconds });
      },
    })}`;
}
