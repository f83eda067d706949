/** Limits with their author, the alarms of the day, and the sensors with the reason of their silence. */
import { css, html, nothing, type TemplateResult } from "lit";
import { lastOf } from "../lib/choose";
import { duration, formatWithUnit, moment } from "../lib/format";
import { alertHeadline, limitSentence, metricName, sensorSentence, type Speech } from "../lib/say";
import { reasonText } from "../lib/quiet";
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
          <small>${words.priority[limit.priority]} · ${words.resident.limitBy(limit.author)}${limit.reason === "" ? "" : ` · ${limit.reason}`}</small>
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

/** What somebody said; a code of ours in words, and nothing for the code that only says that a person did it. */
function stepReason(reason: string, speech: Speech): string {
  const { words } = speech;
  if (reason === "lifted") return "";
  return Object.hasOwn(words.quiet.code, reason) ? lookUp(words.quiet.code, reason) : reasonText(reason, speech);
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
        ${alert.history
          .filter((step) => step.event !== "raised")
          .sort((a, b) => a.time - b.time)
          .map((step) => {
            // What no human did has a reason for machines, not for reading.
            const human = step.author !== "veilleuse";
            const author = human ? ` ${words.event.by(step.author)}` : "";
            const said = human ? stepReason(step.reason, speech) : "";
            const reason = said === "" ? "" : ` : ${said}`;
            return html`<li>${moment(step.time, now, language)} · ${words.event[step.event]}${author}${reason}</li>`;
          })}
      </ol>
    </div>
  </li>`;
}

export function timeline(alerts: readonly AlertView[], speech: Speech): TemplateResult {
  if (alerts.length === 0) return html`<p class="quiet">${speech.words.resident.noAlerts}</p>`;
  const newestFirst = [...alerts].sort((a, b) => b.onset - a.onset);
  return html`<ol class="list">${newestFirst.map((alert) => event(alert, speech))}</ol>`;
}
