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
};

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
