/** Limits with their author, the alarms of the day, and the sensors with the reason of their silence. */
import { css, html, nothing, type TemplateResult } from "lit";
import { stepLine, stepsOf } from "../lib/again";
import { lastOf } from "../lib/choose";
import { duration, formatWithUnit, moment } from "../lib/format";
import { alertHeadline, limitSentence, metricName, sensorSentence, type Speech } from "../lib/say";
import type { AlertView, ResidentView, SensorView } from "../lib/types";
import { lookUp } from "../lib/i18n";
import { sensorName } from "../lib/why";
import { mark } from "../ui/mark";

export const detailStyles = css`
  .list {
    display: grid;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .list > li {
    padding: var(--gap-2) var(--gap-3);
  }
  .list > li + li {
    border-top: 1px solid var(--line);
  }
  .list small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .event {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: var(--gap-3);
    align-items: start;
  }
  .event .mark {
    font-size: 0.8rem;
  }
  .steps {
    display: grid;
    gap: 2px;
    margin-top: var(--gap-1);
    font-size: var(--size-1);
    color: var(--quiet);
  }
`;

export function limits(resident: ResidentView, speech: Speech): TemplateResult {
  const { words } = speech;
  if (resident.limits.length === 0) return html`<p class="quiet">${words.resident.noLimits}</p>`;
  return html`<ul class="list">
    ${resident.limits.map(
      (limit) =>
        html`<li>
          <b>${metricName(limit.metric, speech)}</b> : ${limitSentence(limit, speech)}
          <small>${words.priority[limit.priority]} · ${limit.author === "" ? words.limits.byDefault(limit.reason) : `${words.resident.limitBy(limit.author)}${limit.reason === "" ? "" : ` · ${limit.reason}`}`}</small>
        </li>`,
    )}
  </ul>`;
}

/** @param service what stands below a sensor: whether it is out of service, and who may change that. */
export function sensors(
  resident: ResidentView,
  speech: Speech,
  service: (sensor: SensorView) => TemplateResult | typeof nothing,
): TemplateResult {
  const { words } = speech;
  if (resident.sensors.length === 0) return html`<p class="quiet">${words.resident.noSensors}</p>`;
  return html`<ul class="list">
    ${resident.sensors.map((sensor) => {
      const speaks = sensor.why.code === "fine";
      const more = [
        // A sentence about silence says the battery itself where it matters.
        sensor.battery === null || !speaks ? "" : words.sensor.battery(sensor.battery),
        sensor.flags.includes("low_battery") ? words.sensor.lowBattery : "",
        ...sensor.flags.filter((flag) => flag !== "low_battery").map((flag) => lookUp(words.doubt, flag)),
      ].filter((part) => part !== "");
      return html`<li>
        ${speaks ? html`<b>${sensorName(sensor.kind, sensor.sensor, speech.language, true)}</b> : ` : nothing}
        ${sensorSentence({ ...sensor, last: lastOf(resident, sensor) }, speech)}
        ${more.length === 0 ? nothing : html`<small>${more.join(" · ")}</small>`} ${service(sensor)}
      </li>`;
    })}
  </ul>`;
}

function event(alert: AlertView, speech: Speech): TemplateResult {
  const { words, language, now } = speech;
  const length = alert.cleared === null ? now - alert.onset : alert.cleared - alert.onset;
  const limit = alert.limit === null || alert.metric === null ? "" : ` (${words.resident.limit} ${formatWithUnit(alert.metric, alert.limit, language)})`;
  return html`<li class="event">
    ${mark(alert, words)}
    <div>
      <b>${alertHeadline(alert, speech)}</b>${limit}
      <small>${moment(alert.onset, now, language)} · ${duration(length, language)}</small>
      <ol class="steps">
        ${stepsOf(alert)
          .filter((step) => step.event !== "raised")
          .map((step) => html`<li>${stepLine(step, speech)}</li>`)}
      </ol>
    </div>
  </li>`;
}

export function timeline(alerts: readonly AlertView[], speech: Speech): TemplateResult {
  if (alerts.length === 0) return html`<p class="quiet">${speech.words.resident.noAlerts}</p>`;
  const newestFirst = [...alerts].sort((a, b) => b.onset - a.onset);
  return html`<ol class="list">${newestFirst.map((alert) => event(alert, speech))}</ol>`;
}
