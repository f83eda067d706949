/** The camera and the microphone of this page, and why they did not open. */

/** Why camera or microphone did not open. */
export type MediaFailure = "permission_denied" | "device_missing" | "device_busy" | "device_other" | "insecure";

/** What a page brings into a call: a specialist may listen in without a camera, a guest without both. */
export type Bring = "both" | "sound" | "nothing";

/** Which camera of a tablet: the one that looks at who holds it, or the one at its back. */
export type Facing = "user" | "environment";

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15, max: 30 } };

/**
 * Opens what is brought; the browser may ask the person.
 *
 * @throws DOMException whose name `mediaFailure` reads.
 */
export async function openMedia(bring: Bring, facing: Facing = "user"): Promise<MediaStream> {
  if (bring === "nothing") return new MediaStream();
  // Absent outside a secure context, whatever the type says.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw new DOMException("no camera outside a secure context", "SecurityError");
  return devices.getUserMedia({ audio: SOUND, video: bring === "both" ? { ...PICTURE, facingMode: { ideal: facing } } : false });
}

/**
 * Opens the tablet's other camera. One without has the same again.
 *
 * @throws DOMException whose name `mediaFailure` reads.
 */
export async function openCamera(facing: Facing): Promise<MediaStreamTrack | null> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { ...PICTURE, facingMode: { ideal: facing } } });
  return stream.getVideoTracks()[0] ?? null;
}

/** Says in one word why camera or microphone did not open. */
export function mediaFailure(error: unknown): MediaFailure {
  switch (error instanceof Error || error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
      return "permission_denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "device_missing";
    case "NotReadableError":
    case "AbortError":
      return "device_busy";
    case "SecurityError":
    case "TypeError":
      return "insecure";
    default:
      return "device_other";
  }
}

const MEDIA_FAILURES: ReadonlySet<string> = new Set<MediaFailure>(["permission_denied", "device_missing", "device_busy", "device_other", "insecure"]);

/** Whether a reason is about this page's own camera or microphone. */
export function isMediaFailure(reason: string): reason is MediaFailure {
  return MEDIA_FAILURES.has(reason);
}
