/**
 * Keeps the shell of the ward (page, scripts, styles, icons) so that a tablet without network opens a page that says
 * so. Nothing about residents is ever kept: requests to the API are not touched.
 */
interface WaitingEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface AnswerEvent extends WaitingEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Worker extends EventTarget {
  readonly location: Location;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}

const worker = globalThis as unknown as Worker;
const SHELL = "veilleuse-shell";
const PAGE = "/service";
const LOADED = /(?:src|href)="(\/(?:assets|icons)\/[^"]+|\/manifest\.webmanifest)"/g;

/** Takes the page as it is now and everything it names, and forgets what an older page named. */
async function refresh(page: Response): Promise<void> {
  if (!page.ok) return;
  const cache = await caches.open(SHELL);
  const html = await page.clone().text();
  const wanted = new Set([...html.matchAll(LOADED)].map((found) => found[1] ?? ""));
  for (const path of wanted) {
    if ((await cache.match(path)) === undefined) await cache.add(path);
  }
  await cache.put(PAGE, page);
  for (const request of await cache.keys()) {
    const path = new URL(request.url).pathname;
    if (path !== PAGE && !wanted.has(path)) await cache.delete(request);
  }
}

async function fromNetworkFirst(request: Request): Promise<Response> {
  try {
    const page = await fetch(request);
    if (page.ok && !page.redirected) await refresh(page.clone());
    return page;
  } catch (error) {
    const kept = await caches.match(PAGE);
    if (kept === undefined) throw error;
    return kept;
  }
}

async function fromShellFirst(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? (await fetch(request));
}

worker.addEventListener("install", (event) => {
  const install = async (): Promise<void> => {
    await refresh(await fetch(PAGE));
    await worker.skipWaiting();
  };
  (event as WaitingEvent).waitUntil(install());
});

worker.addEventListener("activate", (event) => (event as WaitingEvent).waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const { request } = event as AnswerEvent;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (pathname === PAGE || pathname.startsWith(`${PAGE}/`)) (event as AnswerEvent).respondWith(fromNetworkFirst(request));
  } else if (pathname.startsWith("/assets/") || pathname.startsWith("/icons/") || pathname === "/manifest.webmanifest") {
    (event as AnswerEvent).respondWith(fromShellFirst(request));
  }
});

export {};
