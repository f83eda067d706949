/** Worst first: which alert, and which resident, stands before which. Pure. */
import { PATIENCE, type Sound } from "./sound";
import type { AlertView, Micros, Priority, ResidentView } from "./types";

const WEIGHT: Record<Priority, number> = { high: 3, medium: 2, low: 1 };

const MOMENTARY: ReadonlySet<AlertView["code"]> = new Set<AlertView["code"]>([
  "nurse_call", "fall", "atrial_fibrillation", "pause", "bradycardia", "tachycardia", "apnoea", "sensor_fault",
]);

/**
 * Whether an alert is of something that happened at an instant. Its cause has no end that anybody could wait for: the
 * person who called still waits, so it stays as urgent as it began until somebody has answered.
 */
export function isMomentary(alert: Pick<AlertView, "code">): boolean {
  return MOMENTARY.has(alert.code);
}

/** Whether the cause is there now, or is of a kind that does not go by itself. */
export function isPresent(alert: Pick<AlertView, "code" | "condition">): boolean {
  return alert.condition === "active" || isMomentary(alert);
}

/**
 * What the eye should meet first: nobody on it before somebody on it, then priority, then a cause that is still there,
 * then a person before a device, and of devices those that leave somebody unwatched. Sensors that wait for a word sound
 * low, but where nothing else watches the resident they are as pressing to the eye as any other loss of watch.
 */
function urgency(alert: AlertView, blind: ReadonlySet<string>): number {
  const unanswered = alert.response === "unacknowledged" ? 1 : 0;
  const active = isPresent(alert) ? 1 : 0;
  const unwatched = alert.code === "sensor_unassigned" && alert.edge !== null && blind.has(alert.edge);
  const weight = Math.max(WEIGHT[alert.priority], unwatched ? WEIGHT.medium : 0);
  const loss = unwatched || alert.code === "edge_silent" ? 2 : alert.code === "sensor_unassigned" ? 1 : 0;
  const person = alert.category === "physiological" ? 3 : loss;
  return unanswered * 1000 + weight * 100 + active * 10 + person;
}

const NONE: ReadonlySet<string> = new Set();

/** The devices in whose rooms nobody is watched only because nobody has said whose the sensors are. */
export function blindRooms(residents: Iterable<ResidentView>): ReadonlySet<string> {
  const found = [...residents].filter((resident) => resident.unwatched_reason === "sensors_unassigned");
  return new Set(found.flatMap(({ edge }) => (edge === null ? [] : [edge])));
}

/** Orders alerts worst first; of equals the oldest comes first. */
export function compareAlerts(a: AlertView, b: AlertView, blind: ReadonlySet<string> = NONE): number {
  return urgency(b, blind) - urgency(a, blind) || a.raised - b.raised || a.id.localeCompare(b.id);
}

/** All alerts, worst first; `blind` as `blindRooms` has it. */
export function worstFirst(alerts: Iterable<AlertView>, blind: ReadonlySet<string> = NONE): AlertView[] {
  return [...alerts].sort((a, b) => compareAlerts(a, b, blind));
}

/** Open alerts of each resident, worst first. A device's alert counts for everyone in its room. */
export function alertsByResident(
  alerts: Iterable<AlertView>,
  residents: Iterable<ResidentView>,
): ReadonlyMap<string, readonly AlertView[]> {
  const everyone = [...residents];
  const sorted = worstFirst(alerts, blindRooms(everyone));
  const found = new Map<string, readonly AlertView[]>();
  for (const resident of everyone) {
    const own = sorted.filter((alert) => concerns(alert, resident));
    if (own.length > 0) found.set(resident.id, own);
  }
  return found;
}

/** Whether an alert is about this resident, or about the device that watches them. */
export function concerns(alert: AlertView, resident: ResidentView): boolean {
  if (alert.resident !== null) return alert.resident === resident.id;
  return alert.edge !== null && alert.edge === resident.edge;
}

const rooms = new Intl.Collator("fr", { numeric: true });

/** Rooms as people count them: 2 before 10, "4 bis" after "4". */
export function compareRooms(a: ResidentView, b: ResidentView): number {
  return rooms.compare(a.room, b.room) || rooms.compare(a.family_name, b.family_name);
}

/** Residents, worst first; those without an alert: unwatched before watched, then by room. */
export function residentsWorstFirst(
  residents: Iterable<ResidentView>,
  alerts: ReadonlyMap<string, readonly AlertView[]>,
): ResidentView[] {
  const everyone = [...residents];
  const blind = blindRooms(everyone);
  const weight = (resident: ResidentView): number => {
    const first = alerts.get(resident.id)?.[0];
    if (first !== undefined) return 10 + urgency(first, blind);
    return resident.watched || resident.unwatched_reason === "no_device" ? 0 : 1;
  };
  return everyone.sort((a, b) => weight(b) - weight(a) || compareRooms(a, b));
}

/** How long a page waits for the hub's own word that a silence has ended, microseconds. */
const GRACE = 3_000_000;

/**
 * Whether an alert asks to be heard: somebody has to answer, nobody has, and nobody ordered that it does not sound.
 * @param now the hub's clock: a silence whose end has passed is none, whether the hub has said so or not.
 */
export function asksToBeHeard(alert: AlertView, now: Micros = 0): boolean {
  if (alert.response !== "unacknowledged") return false;
  if (alert.suppression === "none") return true;
  return alert.suppression !== "inhibited" && alert.muted_until !== null && alert.muted_until + GRACE <= now;
}

/**
 * The burst that has to sound now, or `null` for quiet. The worst alert decides. An alert whose cause has ended but that
 * nobody has seen falls to the low burst: it reminds, it does not alarm. A high one that nobody has answered for two minutes
 * insists.
 */
export function loudest(alerts: Iterable<AlertView>, now: Micros = 0): Sound | null {
  let best: Priority | null = null;
  for (const alert of alerts) {
    if (!asksToBeHeard(alert, now)) continue;
    const priority = isPresent(alert) ? alert.priority : "low";
    // Whoever silenced it heard it: patience begins anew when the silence ends.
    const since = Math.max(alert.raised, alert.muted_until ?? 0);
    if (priority === "high" && now - since >= PATIENCE) return "insistent";
    if (best === null || WEIGHT[priority] > WEIGHT[best]) best = priority;
  }
  return best;
}
