/** The words of the room's screen: short, for a person of 87, two metres away. */
import type { RoomState } from "./state";

const fr = {
  locale: "fr-FR",
  wishes: (name: string) => `${name} souhaite vous voir`,
  opensIn: (seconds: number) => `La caméra s'allume dans ${seconds} s`,
  nothingYet: "La caméra est éteinte tant que vous n'avez pas accepté.",
  accept: "Accepter",
  acceptNow: "Maintenant",
  refuse: "Refuser",
  hangUp: "Raccrocher",
  connecting: (name: string) => `${name} arrive…`,
  reconnecting: "La liaison est interrompue. Elle revient…",
  both: "Caméra et micro allumés",
  camera: "Caméra allumée",
  microphone: "Micro allumé",
  ended: "L'appel est terminé.",
  refused: "Vous avez refusé l'appel.",
  unanswered: (name: string) => `${name} a essayé de vous joindre.`,
  failed: "L'appel n'a pas pu s'établir.",
  off: "La caméra est éteinte.",
  noHub: "La liaison avec la maison est coupée. Pour de l'aide, utilisez la sonnette.",
  noDevice: "L'écran n'est plus relié au boîtier de la chambre.",
  unknown: "On ne sait pas si la caméra est allumée. Prévenez un soignant.",
  noLoudspeaker: "Pas de haut-parleur dans cette chambre",
  unlockSound: "Toucher pour entendre",
  noPicture: "Cet écran ne sait pas afficher l'image.",
  alone: "La liaison avec le poste est coupée : appelez un soignant.",
  linkBack: "Le poste est de nouveau relié.",
  seen: "Vu par un soignant",
  wasSeen: "Vu",
  over: "C'est terminé, mais personne ne l'a encore vu.",
  since: (seconds: number) => `depuis ${duration(seconds)}`,
  priority: { high: "Urgent", medium: "À voir vite", low: "À voir" },
  what: (kind: string, side: "low" | "high") => FRENCH[kind]?.[side] ?? (side === "low" ? "Une mesure est trop basse" : "Une mesure est trop haute"),
  muted: "Cet écran ne peut pas sonner. Touchez-le.",
};

type Sides = Readonly<Record<"low" | "high", string>>;

const always = (text: string): Sides => ({ low: text, high: text });

const FRENCH: Readonly<Record<string, Sides>> = {
  spo2: { low: "Oxygène trop bas", high: "Oxygène trop haut" },
  heart_rate: { low: "Cœur trop lent", high: "Cœur trop rapide" },
  pulse_rate: { low: "Pouls trop lent", high: "Pouls trop rapide" },
  respiration_rate: { low: "Respiration trop lente", high: "Respiration trop rapide" },
  systolic: { low: "Tension trop basse", high: "Tension trop haute" },
  temperature: { low: "Température trop basse", high: "Température trop haute" },
  glucose: { low: "Glycémie trop basse", high: "Glycémie trop haute" },
  nurse_call: always("Appel de la chambre"),
  fall: always("Chute"),
  pause: always("Pause du cœur"),
  apnoea: always("Arrêt de la respiration"),
};

const ENGLISH: typeof FRENCH = {
  spo2: { low: "Oxygen too low", high: "Oxygen too high" },
  heart_rate: { low: "Heart too slow", high: "Heart too fast" },
  pulse_rate: { low: "Pulse too slow", high: "Pulse too fast" },
  respiration_rate: { low: "Breathing too slow", high: "Breathing too fast" },
  systolic: { low: "Blood pressure too low", high: "Blood pressure too high" },
  temperature: { low: "Temperature too low", high: "Temperature too high" },
  glucose: { low: "Glucose too low", high: "Glucose too high" },
  nurse_call: always("Call from the room"),
  fall: always("Fall"),
  pause: always("Pause of the heart"),
  apnoea: always("Breathing stopped"),
};

/** "45 s", "3 min", "1 h 05": the same in both languages. */
function duration(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
}

const en: typeof fr = {
  locale: "en-GB",
  wishes: (name) => `${name} would like to see you`,
  opensIn: (seconds) => `The camera turns on in ${seconds} s`,
  nothingYet: "The camera stays off until you accept.",
  accept: "Accept",
  acceptNow: "Now",
  refuse: "Refuse",
  hangUp: "Hang up",
  connecting: (name) => `${name} is coming…`,
  reconnecting: "The connection is interrupted. It is coming back…",
  both: "Camera and microphone on",
  camera: "Camera on",
  microphone: "Microphone on",
  ended: "The call is over.",
  refused: "You refused the call.",
  unanswered: (name) => `${name} tried to reach you.`,
  failed: "The call could not be made.",
  off: "The camera is off.",
  noHub: "The link with the home is down. For help, use the call bell.",
  noDevice: "The screen is no longer connected to the room's device.",
  unknown: "It is not known whether the camera is on. Please tell a carer.",
  noLoudspeaker: "No loudspeaker in this room",
  unlockSound: "Touch to hear",
  noPicture: "This screen cannot show the picture.",
  alone: "The link with the nurses' station is down: call a carer.",
  linkBack: "The nurses' station is connected again.",
  seen: "Seen by a carer",
  wasSeen: "Seen",
  over: "It is over, but nobody has seen it yet.",
  since: (seconds) => `for ${duration(seconds)}`,
  priority: { high: "Urgent", medium: "See soon", low: "To be seen" },
  what: (kind, side) => ENGLISH[kind]?.[side] ?? (side === "low" ? "A value is too low" : "A value is too high"),
  muted: "This screen cannot ring. Touch it.",
};

export type RoomWords = typeof fr;

/** French, unless the page's address says `?langue=en`. */
export function roomWords(search: string): RoomWords {
  return new URLSearchParams(search).get("langue") === "en" ? en : fr;
}

/** What the end of a call is called. */
export function farewell(words: RoomWords, state: Pick<RoomState, "reason" | "caller">): string {
  switch (state.reason) {
    case "refused":
      return words.refused;
    case "unanswered":
      return words.unanswered(state.caller);
    case "no_screen":
    case "device_failed":
    case "lost":
      return words.failed;
    default:
      return words.ended;
  }
}
