/**
 * Pushes in the service worker: shows them and says so to the hub at once, which otherwise tells somebody else.
 *
 * What this device says needs no session: the token that came with the push, encrypted for it alone, is its proof.
 */
import { readPush, shownFor, type Pushed } from "../lib/pushed";

interface PushEvent extends Event {
  readonly data: { text(): string } | null;
  waitUntil(work: Promise<unknown>): void;
}
interface ClickEvent extends Event {
  readonly notification: Notification;
  waitUntil(work: Promise<unknown>): void;
}
interface Page {
  readonly url: string;
  focus(): Promise<unknown>;
}
interface Worker extends EventTarget {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    matchAll(options: { readonly type: "window"; readonly includeUncontrolled: true }): Promise<readonly Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
}

const worker = globalThis as unknown as Worker;
const WARD = "/service";
const QUESTIONS = "/avis";
const RECEIPTS = "/api/v1/push/receipts";
/** Milliseconds before each attempt to say that it is shown: a sleeping radio wakes up slowly. */
const ATTEMPTS = [0, 1_000, 4_000, 10_000];

async function say(pushed: Pushed, kind: "delivered" | "seen"): Promise<void> {
  const { notice, device, token } = pushed;
  for (const pause of ATTEMPTS) {
    await new Promise((ready) => setTimeout(ready, pause));
    try {
      const answer = await fetch(RECEIPTS, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ notice, device, token, kind }),
      });
      // Only a hub in trouble is asked again: what it refuses once it refuses for ever.
      if (answer.status < 500) return;
    } catch {
      // No network yet, or the hub is not reached from here: it tells somebody else in time.
    }
  }
}

async function show(pushed: Pushed | null): Promise<void> {
  const { title, body, stays, silent } = shownFor(pushed);
  const tag = pushed?.notice ?? "veilleuse";
  const { registration } = worker;
  const before = await registration.getNotifications({ tag });
  await registration.showNotification(title, {
    body,
    tag,
    silent,
    requireInteraction: stays,
    icon: "/icons/veilleuse-192.png",
    lang: "fr",
    data: pushed,
    ...(silent ? {} : { renotify: true, vibrate: [400, 200, 400, 200, 400] }),
  });
  if (pushed?.type === "over" && before.length === 0) {
    // Nothing was shown that it could take the place of.
    for (const shown of await registration.getNotifications({ tag })) shown.close();
  }
}

/** An alarm is on any page that is open; what is asked of an expert is on one alone. */
async function open(pushed: Pushed | null): Promise<void> {
  const question = pushed?.type === "question";
  const address = question ? QUESTIONS : WARD;
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ url }) => new URL(url).pathname.startsWith(address)) ?? (question ? undefined : pages[0]);
  await (page === undefined ? worker.clients.openWindow(address) : page.focus());
}

worker.addEventListener("push", (event) => {
  const { data } = event as PushEvent;
  const pushed = data === null ? null : readPush(data.text());
  const work = async (): Promise<void> => {
    await show(pushed);
    if (pushed !== null && pushed.type !== "over") await say(pushed, "delivered");
  };
  (event as PushEvent).waitUntil(work());
});

worker.addEventListener("notificationclick", (event) => {
  const { notification } = event as ClickEvent;
  const pushed = readPush(JSON.stringify(notification.data ?? null));
  notification.close();
  const work = async (): Promise<void> => {
    await open(pushed);
    if (pushed !== null && pushed.type !== "over") await say(pushed, "seen");
  };
  (event as ClickEvent).waitUntil(work());
});
