/** Another bound for a limit, tried on the recorded past: what is typed, and what it came to. Pure. */
import { formatNumber, formatWithUnit, shownNumber, type Language } from "./format";
import { lookUp } from "./i18n";
import type { Speech } from "./say";
import type { LimitView, WhatIfAlarm, WhatIfOrder, WhatIfResult } from "./types";

/** What a person typed, as text: an empty bound is none. */
export interface Typed {
  readonly low: string;
  readonly high: string;
  readonly delay: string;
}

export type Wrong = "low" | "high" | "delay" | "order" | "same";

/** A number as French or English hands type it; what is none is `null`. */
export function typedNumber(text: string): number | null {
  const plain = text.trim().replace(",", ".").replace("−", "-");
  return /^-?\d{1,6}(\.\d{1,3})?$/.test(plain) ? Number(plain) : null;
}

function shown(metric: string, value: number | null, language: Language): string {
  if (value === null) return "";
  const number = Math.round(shownNumber(metric, value) * 1000) / 1000;
  return language === "fr" ? String(number).replace(".", ",") : String(number);
}

/** What stands in the fields at first: the limit as it is. */
export function typedOf(limit: LimitView, language: Language): Typed {
  return { low: shown(limit.metric, limit.low, language), high: shown(limit.metric, limit.high, language), delay: String(Math.round(limit.delay)) };
}

function bound(text: string, metric: string): number | null {
  const number = typedNumber(text);
  return number === null ? null : Math.round((number / shownNumber(metric, 1)) * 1000) / 1000;
}

/** What stands in the way of a trial, or nothing. */
export function wrongWith(limit: LimitView, typed: Typed): Wrong | null {
  const low = bound(typed.low, limit.metric);
  const high = bound(typed.high, limit.metric);
  if (low === null && (typed.low.trim() !== "" || high === null)) return "low";
  if (high === null && typed.high.trim() !== "") return "high";
  const delay = typedNumber(typed.delay);
  if (delay === null || delay < 0 || delay > 3600) return "delay";
  if (low !== null && high !== null && low >= high) return "order";
  return low === limit.low && high === limit.high && delay === limit.delay ? "same" : null;
}

/** The question to the hub; what is not typed stays as it is prescribed. */
export function orderOf(resident: string, limit: LimitView, typed: Typed, days: number): WhatIfOrder {
  return {
    resident,
    days,
    changes: [
      {
        replaces: limit.id,
        limit: {
          metric: limit.metric,
          priority: limit.priority,
          low: bound(typed.low, limit.metric),
          high: bound(typed.high, limit.metric),
          delay: typedNumber(typed.delay) ?? limit.delay,
          hysteresis: limit.hysteresis,
          gap: limit.gap,
          area: limit.area,
        },
      },
    ],
  };
}

/** `4,2 alarmes par jour au lieu de 6,1.` */
export function resultSentence(result: WhatIfResult, { words, language }: Speech): string {
  const say = words.coordination.trial;
  const rate = (value: number): string => formatNumber(value, 1, language);
  if (result.before.alarms === 0 && result.after.alarms === 0) return say.neither;
  if (result.before.alarms === result.after.alarms) return say.asMany(rate(result.after.per_day));
  return say.instead(rate(result.after.per_day), rate(result.before.per_day));
}

/** What would not have rung any more, and whether somebody came for it then. */
export function missedSentence(result: WhatIfResult, { words }: Speech): string {
  const say = words.coordination.trial;
  if (result.missed_count === 0) return say.nothingMissed;
  return result.missed_answered === 0 ? say.missed(result.missed_count) : say.missedAnswered(result.missed_count, result.missed_answered);
}

/** `SpO₂, au pire 84 %`. */
export function alarmWorst(alarm: WhatIfAlarm, { words, language }: Speech): string {
  const metric = alarm.metric ?? "";
  const name = lookUp(words.metric, metric);
  return alarm.worst === null ? name : words.coordination.trial.worst(name, formatWithUnit(metric, alarm.worst, language));
}
