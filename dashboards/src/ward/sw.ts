/**
 * Keeps the shell of the nurses' pages (pages, scripts, styles, icons) so that a tablet without network opens a page that
 * says so. Nothing about residents is ever kept: requests to the API are not touched.
 */
import "./push-worker";

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
/** Addresses under which a page is kept, and those that show the same page. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  "/service": ["/service", "/plus"],
  "/tournee": ["/tournee"],
  "/transmissions": ["/transmissions"],
  "/garde": ["/garde"],
};
const LOADED = /(?:src|href)="(\/(?:assets|icons)\/[^"]+|\/manifest\.webmanifest)"/g;
/** One change of the shell after the other: what one has just fetched, another must not tidy away. */
let turn: Promise<void> = Promise.resolve();

/** The page that an address shows, if it is one of those kept. */
function pageOf(path: string): string | undefined {
  return Object.keys(PAGES).find((page) => PAGES[page]?.some((start) => path === start || path.startsWith(`${start}/`)));
}

function namedIn(html: string): readonly string[] {
  return [...html.matchAll(LOADED)].map((found) => found[1] ?? "");
}

/** Keeps a page as it is now and everything it names; returns whether it is another one than before. */
async function keep(cache: Cache, page: string, answer: Response): Promise<boolean> {
  const html = await answer.clone().text();
  const before = await (await cache.match(page))?.text();
  for (const path of namedIn(html)) {
    if ((await cache.match(path)) === undefined) await cache.add(path);
  }
  await cache.put(page, answer);
  return html !== before;
}

/** Forgets what no kept page names any more. */
async function tidy(cache: Cache): Promise<void> {
  const wanted = new Set(Object.keys(PAGES));
  for (const page of Object.keys(PAGES)) {
    for (const path of namedIn((await (await cache.match(page))?.text()) ?? "")) wanted.add(path);
  }
  for (const request of await cache.keys()) {
    if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
  }
}

/** Keeps a page that was just opened; with a new release, the others as well. */
async function renew(page: string, answer: Response): Promise<void> {
  const cache = await caches.open(SHELL);
  if (!(await keep(cache, page, answer))) return;
  await keepAll(cache, Object.keys(PAGES).filter((other) => other !== page));
}

async function keepAll(cache: Cache, pages: readonly string[]): Promise<void> {
  for (const page of pages) {
    const answer = await fetch(page);
    if (answer.ok && !answer.redirected) await keep(cache, page, answer);
  }
  await tidy(cache);
}

async function fromNetworkFirst(event: AnswerEvent, page: string): Promise<Response> {
  try {
    const answer = await fetch(event.request);
    if (answer.ok && !answer.redirected) {
      const kept = answer.clone();
      // What was kept before stays when this fails; the next page that is opened tries again.
      turn = turn.then(() => renew(page, kept)).catch(() => undefined);
      event.waitUntil(turn);
    }
    return answer;
  } catch (error) {
    const kept = await caches.match(page);
    if (kept === undefined) throw error;
    return kept;
  }
}

async function fromShellFirst(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? (await fetch(request));
}

worker.addEventListener("install", (event) => {
  const install = async (): Promise<void> => {
    await keepAll(await caches.open(SHELL), Object.keys(PAGES));
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
    const page = pageOf(pathname);
    if (page !== undefined) (event as AnswerEvent).respondWith(fromNetworkFirst(event as AnswerEvent, page));
  } else if (pathname.startsWith("/assets/") || pathname.startsWith("/icons/") || pathname === "/manifest.webmanifest") {
    (event as AnswerEvent).respondWith(fromShellFirst(request));
  }
});

export {};
