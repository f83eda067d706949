/**
 * What the ward knows, and how a message changes it.
 *
 * `reduce(state, message)` is pure: it reads no clock and touches no page, and it returns the same object when nothing
 * changed. A message about a resident nobody told us of changes nothing but the count of strays, because a value
 * without an identity must never be drawn.
 */
import type { AlertView, CallView, EdgeView, LiveMessage, MetricInfo, Micros, ResidentView, SuppressionView, Value } from "./types";

export interface WardState {
  /** Whether a snapshot has ever arrived: an empty home and an unknown home look different. */
  readonly loaded: boolean;
  readonly home: string;
  readonly seq: number;
  /** The hub's clock in the newest message. */
  readonly time: Micros;
  readonly metrics: ReadonlyMap<string, MetricInfo>;
  readonly residents: ReadonlyMap<string, ResidentView>;
  /** Open alerts only. */
  readonly alerts: ReadonlyMap<string, AlertView>;
  readonly edges: ReadonlyMap<string, EdgeView>;
  readonly calls: ReadonlyMap<string, CallView>;
  /** Orders in force that something does not sound. */
  readonly suppressions: ReadonlyMap<string, SuppressionView>;
  /** Messages that named a resident the snapshot did not. */
  readonly strays: number;
}

export const EMPTY: WardState = {
  loaded: false,
  home: "",
  seq: 0,
  time: 0,
  metrics: new Map(),
  residents: new Map(),
  alerts: new Map(),
  edges: new Map(),
  calls: new Map(),
  suppressions: new Map(),
  strays: 0,
};

const OVER: ReadonlySet<CallView["state"]> = new Set(["refused", "unanswered", "ended", "failed"]);

/** Whether a call needs nobody any more. */
export function callIsOver(call: CallView): boolean {
  return OVER.has(call.state);
}

/** Whether an alert still belongs on the screens: its cause is there, or it ended unseen, or it is in somebody's hands. */
export function isOpen(alert: AlertView): boolean {
  return alert.condition === "active" || alert.latched || alert.response === "taken";
}

/** The newest value of each metric. A late value (sent after an interruption) never replaces a newer one. */
export function mergeValues(known: readonly Value[], news: readonly Value[]): readonly Value[] {
  const byMetric = new Map(known.map((value) => [value.metric, value]));
  let changed = false;
  for (const value of news) {
    const old = byMetric.get(value.metric);
    if (old !== undefined && old.time > value.time) continue;
    byMetric.set(value.metric, value);
    changed = true;
  }
  return changed ? [...byMetric.values()] : known;
}

function keyed<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [key(item), item]));
}

function withEntry<T>(map: ReadonlyMap<string, T>, key: string, value: T): ReadonlyMap<string, T> {
  return new Map(map).set(key, value);
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}

function withValues(
  state: WardState,
  news: readonly { readonly resident: string; readonly values: readonly Value[] }[],
): WardState {
  const residents = new Map(state.residents);
  let strays = state.strays;
  for (const { resident, values } of news) {
    const known = residents.get(resident);
    if (known === undefined) strays += 1;
    else residents.set(resident, { ...known, values: mergeValues(known.values, values) });
  }
  return { ...state, residents, strays };
}

function withResidents(state: WardState, news: readonly ResidentView[]): WardState {
  if (news.length === 0) return state;
  const residents = new Map(state.residents);
  for (const view of news) {
    const known = residents.get(view.id);
    residents.set(view.id, known ? { ...view, values: mergeValues(known.values, view.values) } : view);
  }
  return { ...state, residents };
}

/** The state after one message. Messages older than the snapshot they would change are dropped. */
export function reduce(state: WardState, message: LiveMessage): WardState {
  if (message.type === "snapshot") {
    return {
      loaded: true,
      home: message.home,
      seq: message.seq,
      time: message.time,
      metrics: keyed(message.metrics, (metric) => metric.name),
      residents: keyed(message.residents, (resident) => resident.id),
      alerts: keyed(message.alerts, (alert) => alert.id),
      edges: keyed(message.edges, (edge) => edge.edge),
      calls: state.calls,
      suppressions: keyed(message.suppressions, (order) => order.id),
      strays: state.strays,
    };
  }
  if (message.seq < state.seq) return state;
  const next = { ...state, seq: message.seq, time: message.time };
  switch (message.type) {
    case "heartbeat":
    case "probe":
    case "call_request":
    case "act":
      return next;
    case "values":
      return withValues(next, message.residents);
    case "alert": {
      const { alert } = message;
      const alerts = isOpen(alert) ? withEntry(state.alerts, alert.id, alert) : without(state.alerts, alert.id);
      return { ...next, alerts };
    }
    case "edge":
      return { ...withResidents(next, message.residents), edges: withEntry(state.edges, message.edge.edge, message.edge) };
    case "suppression": {
      const { suppression } = message;
      const { id, ended } = suppression;
      const suppressions = ended === null ? withEntry(state.suppressions, id, suppression) : without(state.suppressions, id);
      return { ...next, suppressions };
    }
    case "call": {
      const { call } = message;
      return { ...next, calls: callIsOver(call) ? without(state.calls, call.id) : withEntry(state.calls, call.id, call) };
    }
  }
}
