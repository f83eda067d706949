/** Invented residents, alerts and messages for the tests. */
import type { AlertView, LiveSnapshot, MeasurementPage, ResidentView, SensorView, Value } from "../src/lib/types";
import { SECOND } from "../src/lib/types";

/** 2026-11-21T02:12:00Z, which is 03:12 in Paris. */
export const NIGHT = Date.UTC(2026, 10, 21, 2, 12, 0) * 1000;

export function value(metric: string, number: number, more: Partial<Value> = {}): Value {
  return { metric, value: number, time: NIGHT, flags: [], sensor: "ox", stale_after: 15, ...more };
}

export function resident(id: string, more: Partial<ResidentView> = {}): ResidentView {
  return {
    id,
    family_name: "Martin",
    given_name: "Jeanne",
    birth_year: 1934,
    room: "12",
    edge: `edge-${id}`,
    values: [value("spo2", 96), value("pulse_rate", 70)],
    sensors: [],
    watched: true,
    unwatched_reason: null,
    limits: [],
    ...more,
  };
}

export function sensor(more: Partial<SensorView> = {}): SensorView {
  return {
    sensor: "ox",
    link: "up",
    last: NIGHT - 5 * SECOND,
    battery: 80,
    flags: [],
    detail: "",
    kind: "oximeter",
    continuous: true,
    why: { code: "fine", fault: false, params: { sensor: "ox", kind: "oximeter" } },
    ...more,
  };
}

export function alert(id: string, more: Partial<AlertView> = {}): AlertView {
  return {
    id,
    code: "limit_low",
    category: "physiological",
    priority: "high",
    resident: "a",
    room: "12",
    edge: "edge-a",
    sensor: null,
    metric: "spo2",
    value: 84,
    limit: 90,
    limit_id: "l1",
    onset: NIGHT - 80 * SECOND,
    raised: NIGHT - 70 * SECOND,
    cleared: null,
    condition: "active",
    response: "unacknowledged",
    suppression: "none",
    muted_by: null,
    muted_until: null,
    latched: false,
    taken_by: null,
    about: [],
    other_room: null,
    detail: "",
    history: [],
    ...more,
  };
}

export function snapshot(residents: ResidentView[], alerts: AlertView[] = [], seq = 1): LiveSnapshot {
  return {
    type: "snapshot",
    seq,
    time: NIGHT,
    home: "Les Tilleuls",
    metrics: [{ name: "spo2", unit: "%", loinc: "2708-6", stale_after: 15 }],
    residents,
    alerts,
    edges: [],
    suppressions: [],
  };
}

export function page(seconds: readonly number[], more: Partial<MeasurementPage> = {}): MeasurementPage {
  return {
    resident: "a",
    metric: "spo2",
    unit: "%",
    times: seconds.map((second) => NIGHT + second * SECOND),
    values: seconds.map(() => 95),
    flags: seconds.map(() => 0),
    lows: null,
    highs: null,
    downsampled: false,
    next: null,
    ...more,
  };
}
