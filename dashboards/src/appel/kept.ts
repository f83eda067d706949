/** What a nurse had switched off in a call, for the same page loaded again: nobody is un-muted by a reload. Ids and switches, no name. */

export interface Kept {
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly inRoom: boolean;
}

const key = (call: string): string => `veilleuse.call.${call}`;

/** Reads one entry; `null` for anything that is not one. */
export function parseKept(text: string | null): Kept | null {
  let body: unknown;
  try {
    body = JSON.parse(text ?? "null");
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null) return null;
  const { microphone, camera, inRoom } = body as Partial<Record<keyof Kept, unknown>>;
  if (typeof microphone !== "boolean" || typeof camera !== "boolean" || typeof inRoom !== "boolean") return null;
  return { microphone, camera, inRoom };
}

export function kept(call: string): Kept | null {
  return parseKept(sessionStorage.getItem(key(call)));
}

export function keep(call: string, state: Kept): void {
  sessionStorage.setItem(key(call), JSON.stringify(state));
}
