/**
 * What somebody wrote, sealed for the time that it waits on a tablet (AES-GCM, 256 bits).
 *
 * The key is the tablet's own and cannot be read out of its browser (`handover/keep.ts`): a copy of what lies in the storage
 * says nothing elsewhere. Who has the unlocked tablet itself in hand can use the key; that is what signing in is for.
 */

const NONCE = 12;
const BITS = 256;

/** Makes a key of which nobody, not even a script of ours, can see the bytes. */
export function newKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: BITS }, false, ["encrypt", "decrypt"]);
}

/** Seals words for an entry; they open under its name alone. */
export async function seal(key: CryptoKey, name: string, words: unknown): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const text = new TextEncoder().encode(JSON.stringify(words));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(name) }, key, text);
  return btoa(Array.from([...iv, ...new Uint8Array(sealed)], (byte) => String.fromCharCode(byte)).join(""));
}

/** Opens what was sealed; `null` when it was sealed by another key, for another entry, or is damaged. */
export async function unseal(key: CryptoKey, name: string, sealed: string): Promise<unknown> {
  try {
    const bytes = Uint8Array.from(atob(sealed), (character) => character.charCodeAt(0));
    const how = { name: "AES-GCM", iv: bytes.slice(0, NONCE), additionalData: new TextEncoder().encode(name) };
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, key, bytes.slice(NONCE))));
  } catch {
    return null; // not ours, or damaged
  }
}
