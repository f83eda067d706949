/** Which values a tile and a resident's page show, and in which order. Pure. */
import type { MetricInfo, Micros, ResidentView, SensorView, Value } from "./types";

/** What decides first at a bedside comes first. */
const ORDER = [
  "spo2",
  "heart_rate",
  "pulse_rate",
  "respiration_rate",
  "systolic",
  "diastolic",
  "mean_pressure",
  "temperature",
  "glucose",
  "weight",
  "perfusion_index",
];
/** Not of the person, no number, or one that is computed with and not read: an interval between two beats would be taken for a rate. */
const HIDDEN = new Set(["battery", "ecg", "pleth", "rr_interval", "signal_quality"]);

const place = (metric: string): number => {
  const index = ORDER.indexOf(metric);
  return index < 0 ? ORDER.length : index;
};

function known(resident: ResidentView): Set<string> {
  const names = new Set(resident.values.map((value) => value.metric));
  for (const limit of resident.limits) names.add(limit.metric);
  for (const name of HIDDEN) names.delete(name);
  return names;
}

/** Metrics that a resident has a value or a limit of, in bedside order. */
export function metricsOf(resident: ResidentView): string[] {
  const names = known(resident);
  // A pulse and a heart rate say the same; the heart rate is the better one when both have values.
  const measured = new Set(resident.values.map((value) => value.metric));
  if (measured.has("heart_rate") && !measured.has("pulse_rate")) names.delete("pulse_rate");
  if (measured.has("pulse_rate") && !measured.has("heart_rate")) names.delete("heart_rate");
  return [...names].sort((a, b) => place(a) - place(b) || a.localeCompare(b));
}

/** The two metrics a tile shows: measured all the time, then now and then, then what only a limit speaks of. */
export function tileMetrics(resident: ResidentView, count = 2): string[] {
  const stale = new Map(resident.values.map((value) => [value.metric, value.stale_after]));
  const rank = (metric: string): number => {
    const after = stale.get(metric);
    return after === undefined ? 2 : after <= 60 ? 0 : 1;
  };
  const all = metricsOf(resident);
  const chosen = [...all].sort((a, b) => rank(a) - rank(b) || all.indexOf(a) - all.indexOf(b));
  const rates = new Set<string>();
  return chosen
    .filter((metric) => {
      const kind = metric === "pulse_rate" ? "heart_rate" : metric;
      if (metric === "diastolic" || rates.has(kind)) return false;
      rates.add(kind);
      return true;
    })
    .slice(0, count);
}

export function valueOf(resident: ResidentView, metric: string): Value | undefined {
  return resident.values.find((value) => value.metric === metric);
}

/** When a sensor last measured: what the hub said of it, or a newer value of it that has come since. */
export function lastOf(resident: ResidentView, sensor: SensorView): Micros | null {
  const times = resident.values.filter((value) => value.sensor === sensor.sensor).map((value) => value.time);
  if (sensor.last !== null) times.push(sensor.last);
  return times.length === 0 ? null : Math.max(...times);
}

/** Metrics worth a curve, with what the hub says of them. */
export function curveMetrics(resident: ResidentView, metrics: ReadonlyMap<string, MetricInfo>): MetricInfo[] {
  return metricsOf(resident)
    .filter((name) => name !== "diastolic" && name !== "mean_pressure" && name !== "perfusion_index" && name !== "weight")
    .flatMap((name) => {
      const info = metrics.get(name);
      return info === undefined ? [] : [info];
    });
}

/** Whether a name or a room answers a search; accents and case do not matter. */
export function matches(resident: ResidentView, query: string): boolean {
  const plain = (text: string): string =>
    text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase("fr").trim();
  const wanted = plain(query).split(/\s+/).filter(Boolean);
  const here = plain(`${resident.family_name} ${resident.given_name} ch ${resident.room} ${resident.room}`);
  return wanted.every((word) => here.includes(word));
}
