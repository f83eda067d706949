/** Keys of a subscription between browser and hub. Apart from `pushed.ts`, which the service worker alone may load. Pure. */

/** The bytes of a key in base64url, as a browser wants it. */
export function keyBytes(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** A key of a subscription as text that the hub reads; empty when the browser has none. */
export function keyText(bytes: ArrayBuffer | null): string {
  if (bytes === null) return "";
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
