/** The keys of a call, for the page and for the list behind "?". */
import type { Words } from "../lib/i18n";

/** The key in small letters, as it is compared. */
export function keyOf(event: KeyboardEvent): string {
  return event.key.toLowerCase();
}

export function callKeys(words: Words): readonly (readonly [string, string])[] {
  const { key } = words.call;
  return [
    ["M", key.microphone],
    ["V", key.camera],
    ["P", key.point],
    ["F", key.freeze],
    ["S", key.photo],
    ["A", words.acts.toolOn],
    ["C", key.chat],
    ["Esc", key.escape],
  ];
}
