/** What the record has that makes a resident more fragile. Only what is written somewhere; nothing is inferred. Pure. */
import { valueOf } from "../lib/choose";
import { isStale } from "../lib/curves";
import type { SheetView } from "../lib/round";
import { metricName, type Speech } from "../lib/say";
import { DAY, type AlertView, type ResidentView } from "../lib/types";

/** Alarms of one resident in a day from which on their number says something by itself. */
const MANY = 5;
/** A usual score from which on somebody is never far from ill. */
const USUAL = 3;

export interface Known {
  readonly resident: ResidentView;
  readonly sheet: SheetView | null;
  /** Of the last day. */
  readonly alerts: readonly AlertView[];
}

/** Sentences, the most telling first. */
export function factorsOf({ resident, sheet, alerts }: Known, speech: Speech): readonly string[] {
  const said = speech.words.consult.glance;
  const found: string[] = [];
  // Why somebody's limits are their own is the physician's own word about them.
  for (const limit of resident.limits) {
    if (limit.author !== "" && limit.reason.trim() !== "") found.push(said.limitReason(metricName(limit.metric, speech), limit.reason.trim()));
  }
  if (sheet?.spo2_scale === 2) found.push(said.scale2);
  const oxygen = valueOf(resident, "on_oxygen");
  if (oxygen !== undefined && oxygen.value > 0 && !isStale(oxygen, speech.now)) found.push(said.oxygen);
  if (sheet?.usual_score != null && sheet.usual_score >= USUAL) found.push(said.usual(sheet.usual_score));
  const today = alerts.filter(({ category, onset }) => category === "physiological" && speech.now - onset < DAY).length;
  if (today >= MANY) found.push(said.many(today));
  const age = new Date(speech.now / 1000).getFullYear() - resident.birth_year;
  if (age >= 85) found.push(said.ageFactor(age));
  return [...new Set(found)];
}
