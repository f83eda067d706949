/** Why an alert rings again, and who answered what rang before: the history of transitions, in words. Pure. */
import { moment } from "./format";
import { lookUp } from "./i18n";
import { reasonText } from "./quiet";
import { asksToBeHeard, isPresent } from "./rank";
import type { Speech } from "./say";
import type { AlertTransition, AlertView } from "./types";

/** The author of what no person did. */
export const SYSTEM = "veilleuse";

/** Steps of an alert, first first; of one instant as they were written. */
export function stepsOf(alert: AlertView): readonly AlertTransition[] {
  return [...alert.history].sort((a, b) => a.time - b.time);
}

/** What somebody said; a code of ours in words, and nothing for the code that only says that a person did it. */
export function stepReason(reason: string, speech: Speech): string {
  const { words } = speech;
  if (reason === "lifted") return "";
  return Object.hasOwn(words.quiet.code, reason) ? lookUp(words.quiet.code, reason) : reasonText(reason, speech);
}

/** One step as a line: `à 03 h 12 · Pris en charge par ines`. */
export function stepLine(step: AlertTransition, speech: Speech): string {
  const { words, language, now } = speech;
  // What no human did has a reason for machines, not for reading.
  const human = step.author !== SYSTEM;
  const author = human ? ` ${words.event.by(step.author)}` : "";
  const said = human ? stepReason(step.reason, speech) : "";
  return `${moment(step.time, now, language)} · ${words.event[step.event]}${author}${said === "" ? "" : ` : ${said}`}`;
}

/** Whether two alerts are of the same rule and subject. */
function same(a: AlertView, b: AlertView): boolean {
  return a.code === b.code && a.resident === b.resident && a.edge === b.edge && a.sensor === b.sensor && a.metric === b.metric;
}

/** The steps after which an alert that somebody had dealt with asks again. */
const AGAIN: ReadonlySet<AlertTransition["event"]> = new Set<AlertTransition["event"]>(["released", "returned", "silence_ended"]);

/** The last step that made it ring again: handed over, happened again, its silence over. */
function lastAgain(alert: AlertView, speech: Speech): string | null {
  const { words, language, now } = speech;
  const steps = stepsOf(alert);
  const step = steps.findLast(({ event }) => AGAIN.has(event));
  if (step === undefined || !asksToBeHeard(alert, now)) return null;
  const when = moment(step.time, now, language);
  const said = words.tablet.again;
  if (step.event === "released") return said.released(step.author, when);
  if (step.event === "returned") return said.returned(steps.filter(({ event }) => event === "returned").length + 1, when);
  if (step.author !== SYSTEM) return said.lifted(step.author, when);
  const began = steps.findLast(({ event, time }) => event === "silenced" && time <= step.time);
  return began === undefined ? said.silenceEnded(when) : said.silenceOf(began.author, when);
}

/** How an earlier occurrence ended. */
function outcome(before: AlertView, { words }: Speech): string {
  const answered = stepsOf(before).findLast(({ event }) => event === "acknowledged" || event === "taken");
  if (answered === undefined) return words.tablet.again.unseen;
  return answered.event === "taken" ? words.tablet.again.takenBy(answered.author) : words.tablet.again.seenBy(answered.author);
}

/**
 * Why it rings again, in sentences; none when it rings for the first time.
 *
 * @param past other alerts of the day, of the same resident or room.
 */
export function whyAgain(alert: AlertView, past: readonly AlertView[], speech: Speech): readonly string[] {
  const { words, language, now } = speech;
  const sentences: string[] = [];
  const last = lastAgain(alert, speech);
  if (last !== null) sentences.push(last);
  const before = past.filter((other) => other.id !== alert.id && same(other, alert) && other.raised <= alert.raised).sort((a, b) => b.raised - a.raised);
  const newest = before[0];
  if (newest !== undefined) sentences.push(words.tablet.again.before(before.length, moment(newest.onset, now, language), outcome(newest, speech)));
  return sentences;
}

/** Other alerts of the day, newest first, each with how it ended. */
export function before(alert: AlertView, past: readonly AlertView[], speech: Speech): readonly (readonly [AlertView, string])[] {
  return past
    .filter((other) => other.id !== alert.id)
    .sort((a, b) => b.onset - a.onset)
    .map((other) => [other, isPresent(other) && other.response === "unacknowledged" ? speech.words.tablet.again.still : outcome(other, speech)] as const);
}
