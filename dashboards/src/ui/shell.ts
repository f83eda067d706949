/** The worker that keeps the nurses' pages for a tablet without network. */

/** Starts it once the page is drawn. Without it the page works all the same; it only cannot open while the network is away. */
export function keepShell(): void {
  if (!("serviceWorker" in navigator)) return;
  addEventListener("load", () => {
    navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  });
}
