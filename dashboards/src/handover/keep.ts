/** What this tablet keeps of the hand-over: notes that wait for the network, sealed by a key that does not leave this browser. */
import { ApiError } from "../lib/api";
import type { Entry, Kind } from "../lib/entries";
import type { HandoverApi, NoteHistory } from "../lib/handover";
import { newKey, seal, unseal } from "../lib/seal";
import { HOUR } from "../lib/types";
import { memory } from "../round/keep";

/** The lines of a note, in the form of a targeted transmission. */
export interface Words {
  readonly data: string;
  readonly action: string;
  readonly result: string;
}

/** A note as it lies here; of a new version, `id` names the request, and `changes` what it changes. */
export interface KeptNote extends Entry {
  readonly sealed: string;
  readonly changes: { readonly note: string; readonly version: number } | null;
}

function isChange(value: unknown): boolean {
  if (value === null) return true;
  const { note, version } = (value ?? {}) as Record<string, unknown>;
  return typeof note === "string" && typeof version === "number";
}

/** The age is what the hub takes (`hub/api/handover.py`). */
export const NOTES: Kind = { oldest: 36 * HOUR, is: ({ sealed, changes }) => typeof sealed === "string" && isChange(changes) };
export const waitingNotes = memory(() => localStorage, "veilleuse.notes");

const DATABASE = "veilleuse";
const STORE = "keys";
const NAME = "notes";

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the key store failed"));
  });
}

async function stored(made: CryptoKey | null): Promise<CryptoKey | null> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  try {
    const keys = database.transaction(STORE, made === null ? "readonly" : "readwrite").objectStore(STORE);
    const known: unknown = await settled(keys.get(NAME));
    if (known instanceof CryptoKey) return known;
    if (made !== null) await settled(keys.put(made, NAME));
    return made;
  } finally {
    database.close();
  }
}

/** The tablet's key, made at the first need; `null` where the browser keeps none: then nothing written is kept. */
export class TabletKey {
  private known: Promise<CryptoKey | null> | null = null;

  get(): Promise<CryptoKey | null> {
    this.known ??= this.find().catch(() => null);
    return this.known;
  }

  private async find(): Promise<CryptoKey | null> {
    return (await stored(null)) ?? (await stored(await newKey()));
  }
}

export async function sealed(keys: TabletKey, name: string, words: Words): Promise<string | null> {
  const key = await keys.get();
  return key === null ? null : seal(key, name, words);
}

export async function opened(keys: TabletKey, note: KeptNote): Promise<Words | null> {
  const key = await keys.get();
  return key === null ? null : ((await unseal(key, note.id, note.sealed)) as Words | null);
}

/**
 * Tells the hub a note that was kept.
 *
 * @throws ApiError when the hub refused it, or its words cannot be opened any more.
 */
export async function tell(ask: HandoverApi, note: KeptNote, words: Words | null): Promise<NoteHistory> {
  if (words === null) throw new ApiError("refused", "unreadable", "the note cannot be decrypted");
  const { id, resident, time, changes } = note;
  if (changes === null) return ask.write({ id, resident, time, ...words });
  return ask.change(changes.note, { key: id, version: changes.version, ...words });
}
