/** What a push says, and the notification that it becomes. Pure; the service worker shows it. No name is ever in it. */

export interface PushedAlert {
  readonly type: "alert";
  readonly notice: string;
  readonly device: string;
  readonly token: string;
  readonly priority: "high" | "medium" | "low";
  /** The room's name, where the home allows it on a locked telephone. */
  readonly room: string;
}

/** The alert is over or in somebody's hands; or somebody tries whether this device receives anything. */
export interface PushedOther {
  readonly type: "over" | "test";
  readonly notice: string;
  readonly device: string;
  readonly token: string;
}

/** A téléconsultation begins soon: no alert. */
export interface PushedReminder {
  readonly type: "reminder";
  readonly notice: string;
  readonly device: string;
  readonly token: string;
  readonly room: string;
}

/** A question waits for an expert: no alert. The text is urgency and term, of nobody. */
export interface PushedQuestion {
  readonly type: "question";
  readonly notice: string;
  readonly device: string;
  readonly token: string;
  readonly text: string;
}

export type Pushed = PushedAlert | PushedReminder | PushedQuestion | PushedOther;

export interface Shown {
  readonly title: string;
  readonly body: string;
  /** It stays until somebody touches it. */
  readonly stays: boolean;
  readonly silent: boolean;
}

/** Characters of a push; the hub's longest has some 400. */
const LONGEST = 4096;
const PRIORITIES = { high: "Alerte haute", medium: "Alerte moyenne", low: "Alerte basse" } as const;
const OPEN = "Ouvrez Veilleuse";

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 200;
}

/** Reads a push; `null` for anything that is none. */
export function readPush(text: string): Pushed | null {
  if (text.length > LONGEST) return null;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null) return null;
  const { type, notice, device, token, priority, room, text: said } = body as Record<string, unknown>;
  if (!isText(notice) || !isText(device) || !isText(token)) return null;
  if (type === "over" || type === "test") return { type, notice, device, token };
  if (type === "question") return { type, notice, device, token, text: isText(said) ? said : "" };
  if (type === "reminder") return { type, notice, device, token, room: isText(room) ? room : "" };
  if (type !== "alert" || (priority !== "high" && priority !== "medium" && priority !== "low")) return null;
  return { type, notice, device, token, priority, room: isText(room) ? room : "" };
}

/** The notification of a push; one that cannot be read still says that something is the matter. */
export function shownFor(pushed: Pushed | null): Shown {
  if (pushed === null) return { title: "Alerte", body: OPEN, stays: true, silent: false };
  switch (pushed.type) {
    case "alert":
      return {
        title: PRIORITIES[pushed.priority],
        body: pushed.room === "" ? OPEN : `${pushed.room} – ouvrez Veilleuse`,
        stays: pushed.priority !== "low",
        silent: false,
      };
    case "reminder":
      return { title: "Téléconsultation bientôt", body: pushed.room === "" ? OPEN : `${pushed.room} – ouvrez Veilleuse`, stays: false, silent: false };
    case "question":
      return { title: "Un avis vous est demandé", body: pushed.text === "" ? OPEN : pushed.text, stays: true, silent: false };
    case "over":
      return { title: "Alerte terminée ou prise en charge", body: "Rien à faire", stays: false, silent: true };
    case "test":
      return { title: "Essai de Veilleuse", body: "Cet appareil reçoit les alertes", stays: false, silent: false };
  }
}
