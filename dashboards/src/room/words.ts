/** The words of the room's screen: short, for a person of 87, two metres away. */
import type { Person, Pointer, RoomState } from "./state";

const fr = {
  locale: "fr-FR",
  wishes: (name: string) => `${name} souhaite vous voir`,
  with: (names: string) => `Avec ${names}`,
  and: "et",
  opensIn: (seconds: number) => `La caméra s'allume dans ${seconds} s`,
  emergency: "Urgence prescrite",
  nothingYet: "La caméra est éteinte tant que vous n'avez pas accepté.",
  nothingYetNurse: "La caméra est éteinte tant qu'un soignant n'a pas accepté.",
  accept: "Accepter",
  acceptNow: "Maintenant",
  refuse: "Refuser",
  nurseMust: "Un soignant doit accepter",
  typeCode: "Code des soignants",
  digits: (count: number) => (count === 0 ? "Aucun chiffre" : count === 1 ? "1 chiffre" : `${count} chiffres`),
  pad: { clear: "Effacer", back: "Corriger" },
  wrongCode: "Ce n'est pas le bon code.",
  codeWait: (seconds: number) => `Trop d'essais. Réessayez dans ${seconds} s.`,
  hangUp: "Raccrocher",
  connecting: (name: string) => `${name} arrive…`,
  reconnecting: "La liaison est interrompue. Elle revient…",
  lostOne: "Liaison interrompue…",
  coming: "Arrive…",
  withThem: (names: string) => `avec ${names}`,
  joins: (name: string) => `${name} rejoint l'appel`,
  admitsIn: (seconds: number) => `Entre dans ${seconds} s`,
  decline: "Refuser cette personne",
  declined: (name: string) => `${name} n'a pas été admis`,
  left: (name: string) => `${name} a quitté l'appel`,
  both: "Caméra et micro allumés",
  camera: "Caméra allumée",
  cameraMuted: "Caméra allumée, micro coupé",
  cameraHidden: "Caméra cachée, micro allumé",
  hiddenMuted: "Caméra cachée, micro coupé",
  microphone: "Micro allumé",
  microphoneMuted: "Micro coupé",
  extra: { hand: "Caméra à main allumée", stethoscope: "Stéthoscope écouté" } as Readonly<Record<string, string>>,
  mute: "Couper le micro",
  unmute: "Rallumer le micro",
  mutedHere: "Micro coupé dans la chambre : on ne vous entend pas.",
  mutedBy: (name: string) => `Micro coupé par ${name} : on ne vous entend pas.`,
  mutedElsewhere: "Micro coupé : on ne vous entend pas.",
  shutter: "Le cache de la caméra est fermé : on ne vous voit pas.",
  volume: "Volume",
  louder: "Plus fort",
  quieter: "Moins fort",
  volumeOf: (level: number, most: number) => `Volume ${level} sur ${most}`,
  points: { room: (name: string) => `${name} montre un endroit de la chambre`, hand: (name: string) => `${name} montre un endroit sous la caméra à main` },
  place: {
    x: ["à gauche", "", "à droite"],
    y: ["en haut", "", "en bas"],
    middle: "au milieu",
    of: (where: string) => `${where} de l'image`,
  },
  somebody: "Quelqu'un",
  article: "Le",
  ended: "L'appel est terminé.",
  refused: "Vous avez refusé l'appel.",
  unanswered: (name: string) => `${name} a essayé de vous joindre.`,
  failed: "L'appel n'a pas pu s'établir.",
  blocked: "L'appel n'a pas pu s'établir : le réseau ne laisse pas passer la vidéo. Un soignant peut prévenir le service technique.",
  noCode: "L'appel n'a pas pu s'établir : un soignant doit l'accepter, et cette chambre n'a pas de code.",
  off: "La caméra est éteinte. Rien n'a été enregistré.",
  noHub: "La liaison avec la maison est coupée. Pour de l'aide, utilisez la sonnette.",
  noDevice: "L'écran n'est plus relié au boîtier de la chambre.",
  unknown: "On ne sait pas si la caméra est allumée. Prévenez un soignant.",
  noLoudspeaker: "Pas de haut-parleur dans cette chambre",
  unlockSound: "Toucher pour entendre",
  alone: "La liaison avec le poste est coupée : appelez un soignant.",
  linkBack: "Le poste est de nouveau relié.",
  seen: "Vu par un soignant",
  wasSeen: "Vu",
  over: "C'est terminé, mais personne ne l'a encore vu.",
  since: (seconds: number) => `depuis ${duration(seconds)}`,
  priority: { high: "Urgent", medium: "À voir vite", low: "À voir" },
  what: (kind: string, side: "low" | "high") => FRENCH[kind]?.[side] ?? (side === "low" ? "Une mesure est trop basse" : "Une mesure est trop haute"),
  muted: "Cet écran ne peut pas sonner. Touchez-le.",
  role: (name: string, role: string) => (role === "nurse" ? frenchNurse(name) : (ROLES_FR[role] ?? "")),
};

type Sides = Readonly<Record<"low" | "high", string>>;

const always = (text: string): Sides => ({ low: text, high: text });

const ROLES_FR: Readonly<Record<string, string>> = {
  physician: "médecin",
  coordinator: "coordination des soins",
  specialist: "médecin spécialiste",
  regulator: "Samu",
};

const ROLES_EN: Readonly<Record<string, string>> = {
  physician: "doctor",
  nurse: "nurse",
  coordinator: "care coordination",
  specialist: "specialist",
  regulator: "emergency doctor (SAMU)",
};

/** Nobody's sex is guessed from a first name: only a title says it. */
function frenchNurse(name: string): string {
  if (/^(mme|mlle|madame)\b/i.test(name)) return "infirmière";
  return /^(m\.|m |mr|monsieur)/i.test(name) ? "infirmier" : "soins infirmiers";
}

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
  with: (names) => `With ${names}`,
  and: "and",
  opensIn: (seconds) => `The camera turns on in ${seconds} s`,
  emergency: "Prescribed emergency",
  nothingYet: "The camera stays off until you accept.",
  nothingYetNurse: "The camera stays off until a carer accepts.",
  accept: "Accept",
  acceptNow: "Now",
  refuse: "Refuse",
  nurseMust: "A carer has to accept",
  typeCode: "Carers' code",
  digits: (count) => (count === 0 ? "No digit" : count === 1 ? "1 digit" : `${count} digits`),
  pad: { clear: "Clear", back: "Correct" },
  wrongCode: "This is not the right code.",
  codeWait: (seconds) => `Too many attempts. Try again in ${seconds} s.`,
  hangUp: "Hang up",
  connecting: (name) => `${name} is coming…`,
  reconnecting: "The connection is interrupted. It is coming back…",
  lostOne: "Connection interrupted…",
  coming: "Coming…",
  withThem: (names) => `with ${names}`,
  joins: (name) => `${name} joins the call`,
  admitsIn: (seconds) => `Comes in in ${seconds} s`,
  decline: "Refuse this person",
  declined: (name) => `${name} was not admitted`,
  left: (name) => `${name} has left the call`,
  both: "Camera and microphone on",
  camera: "Camera on",
  cameraMuted: "Camera on, microphone muted",
  cameraHidden: "Camera covered, microphone on",
  hiddenMuted: "Camera covered, microphone muted",
  microphone: "Microphone on",
  microphoneMuted: "Microphone muted",
  extra: { hand: "Hand camera on", stethoscope: "Stethoscope in use" },
  mute: "Mute",
  unmute: "Unmute",
  mutedHere: "Microphone muted in the room: nobody hears you.",
  mutedBy: (name) => `Microphone muted by ${name}: nobody hears you.`,
  mutedElsewhere: "Microphone muted: nobody hears you.",
  shutter: "The camera's shutter is closed: nobody sees you.",
  volume: "Volume",
  louder: "Louder",
  quieter: "Quieter",
  volumeOf: (level, most) => `Volume ${level} of ${most}`,
  points: { room: (name) => `${name} points at a place in the room`, hand: (name) => `${name} points at a place under the hand camera` },
  place: { x: ["on the left", "", "on the right"], y: ["at the top", "", "at the bottom"], middle: "in the middle", of: (where) => `${where} of the picture` },
  somebody: "Somebody",
  article: "",
  ended: "The call is over.",
  refused: "You refused the call.",
  unanswered: (name) => `${name} tried to reach you.`,
  failed: "The call could not be made.",
  blocked: "The call could not be made: the network lets no video through. A carer can tell the technicians.",
  noCode: "The call could not be made: a carer has to accept it, and this room has no code.",
  off: "The camera is off. Nothing was recorded.",
  noHub: "The link with the home is down. For help, use the call bell.",
  noDevice: "The screen is no longer connected to the room's device.",
  unknown: "It is not known whether the camera is on. Please tell a carer.",
  noLoudspeaker: "No loudspeaker in this room",
  unlockSound: "Touch to hear",
  alone: "The link with the nurses' station is down: call a carer.",
  linkBack: "The nurses' station is connected again.",
  seen: "Seen by a carer",
  wasSeen: "Seen",
  over: "It is over, but nobody has seen it yet.",
  since: (seconds) => `for ${duration(seconds)}`,
  priority: { high: "Urgent", medium: "See soon", low: "To be seen" },
  what: (kind, side) => ENGLISH[kind]?.[side] ?? (side === "low" ? "A value is too low" : "A value is too high"),
  muted: "This screen cannot ring. Touch it.",
  role: (_name, role) => ROLES_EN[role] ?? "",
};

export type RoomWords = typeof fr;

/** French, unless the page's address says `?langue=en`. */
export function roomWords(search: string): RoomWords {
  return new URLSearchParams(search).get("langue") === "en" ? en : fr;
}

/** A name as it begins a sentence: "Le Dr Benali", "Mme Durand". */
export function called(words: RoomWords, name: string): string {
  if (name === "") return words.somebody;
  return words.article !== "" && /^(dr|docteur|pr|professeur)\b/i.test(name) ? `${words.article} ${name}` : name;
}

/** A name with what its person does: "Mme Durand, infirmière". What the name already says is not said twice. */
export function nameAndRole(words: RoomWords, person: Pick<Person, "name" | "role">): string {
  const role = words.role(person.name, person.role);
  const known = role === "" || person.name.toLowerCase().includes((role.split(" ")[0] ?? "").toLowerCase());
  return known ? person.name : `${person.name}, ${role}`;
}

/** Several names as they are spoken: "A, B et C". */
export function spoken(words: RoomWords, names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(" ; ")} ${words.and} ${last}`;
}

/** What the lamp says; the caller asks only while something is open. */
export function lamp(words: RoomWords, state: Pick<RoomState, "camera" | "microphone" | "muted" | "shutter" | "extras">): string {
  const more = state.extras.map((role) => words.extra[role]).filter((said) => said !== undefined);
  return [lampOfTwo(words, state), ...more].join(" · ");
}

function lampOfTwo(words: RoomWords, { camera, microphone, muted, shutter }: Pick<RoomState, "camera" | "microphone" | "muted" | "shutter">): string {
  if (!camera) return muted ? words.microphoneMuted : words.microphone;
  if (!microphone) return words.camera;
  if (shutter === "closed") return muted ? words.hiddenMuted : words.cameraHidden;
  return muted ? words.cameraMuted : words.both;
}

/** Who silenced the microphone, as a sentence. */
export function whoMuted(words: RoomWords, state: Pick<RoomState, "mutedBy" | "people">): string {
  if (state.mutedBy === "room") return words.mutedHere;
  const person = state.people.find((one) => one.seat === state.mutedBy);
  return person === undefined ? words.mutedElsewhere : words.mutedBy(called(words, person.name).replace(/^Le /, "le "));
}

/** Where somebody points, as a sentence. */
export function whereTo(words: RoomWords, point: Pointer, people: readonly Person[]): string {
  const name = called(words, people.find((one) => one.seat === point.from)?.name ?? "");
  const where = [third(words.place.y, point.y), third(words.place.x, point.x)].filter((said) => said !== "").join(", ");
  return `${words.points[point.on](name)}, ${words.place.of(where === "" ? words.place.middle : where)}`;
}

function third(said: readonly string[], share: number): string {
  return said[Math.min(2, Math.floor(share * 3))] ?? "";
}

/** What the end of a call is called. */
export function farewell(words: RoomWords, state: Pick<RoomState, "reason" | "caller">): string {
  switch (state.reason) {
    case "refused":
      return words.refused;
    case "unanswered":
      return words.unanswered(called(words, state.caller));
    case "no_carer_code":
      return words.noCode;
    case "no_connection":
    case "relay_refused":
    case "relay_expired":
    case "relay_unreachable":
      return words.blocked;
    case "no_screen":
    case "device_failed":
    case "lost":
      return words.failed;
    default:
      return words.ended;
  }
}
