/** What a tablet remembers of its user: language and display. Nothing about residents is ever stored here. */
import type { Language } from "../lib/format";
import type { Memory } from "../lib/outbox";

export type Theme = "auto" | "day" | "night";

const THEMES: readonly Theme[] = ["auto", "day", "night"];
const GROUND = { day: "#F6F7F8", night: "#0E1116" };

/** Whether the ward is dark at this hour of the place. */
export function isNight(hour: number): boolean {
  return hour >= 21 || hour < 7;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage forbidden: the choice lasts as long as the page
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // storage forbidden: the choice lasts as long as the page
  }
}

/** Where gestures wait for the network: ids and codes alone. */
export const gestures: Memory = { read: () => read("veilleuse.gestures"), write: (text) => write("veilleuse.gestures", text) };

/** Which of the account's devices for pushes this one is; a number that means nothing elsewhere. */
export const pushDevice: Memory = { read: () => read("veilleuse.push-device"), write: (text) => write("veilleuse.push-device", text) };

const SIGNED_IN = "veilleuse.signed-in";

/** Whether somebody signed in here and did not sign out: then it is worth asking the hub. The proof is its cookie. */
export function mayBeSignedIn(): boolean {
  return read(SIGNED_IN) === "yes";
}

export function rememberSignedIn(signedIn: boolean): void {
  write(SIGNED_IN, signedIn ? "yes" : "no");
}

export class Preferences extends EventTarget {
  language: Language = read("veilleuse.language") === "en" ? "en" : "fr";
  theme: Theme = THEMES.find((theme) => theme === read("veilleuse.theme")) ?? "auto";

  /** Puts the choice on the document; `hour` decides what `auto` means. */
  apply(hour: number): void {
    const night = this.theme === "night" || (this.theme === "auto" && isNight(hour));
    const root = document.documentElement;
    root.dataset["theme"] = night ? "night" : "day";
    root.lang = this.language;
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", night ? GROUND.night : GROUND.day);
  }

  nextTheme(): void {
    this.setTheme(THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length] ?? "auto");
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    write("veilleuse.theme", theme);
    this.dispatchEvent(new Event("change"));
  }

  switchLanguage(): void {
    this.setLanguage(this.language === "fr" ? "en" : "fr");
  }

  setLanguage(language: Language): void {
    this.language = language;
    write("veilleuse.language", language);
    this.dispatchEvent(new Event("change"));
  }
}
