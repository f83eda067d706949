/** One feed of requests and calls for each page, and elements that follow it. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { surroundings } from "../lib/browser";
import { ConsultFeed } from "../lib/consult-feed";
import type { App } from "./app";

const feeds = new WeakMap<App, ConsultFeed>();

/** The feed of a page; made when first asked for. */
export function feedOf(app: App): ConsultFeed {
  let feed = feeds.get(app);
  if (feed === undefined) {
    feed = new ConsultFeed(app.session, surroundings);
    feeds.set(app, feed);
  }
  return feed;
}

/** Draws an element again whenever the feed of its page has something new. */
export class Follow implements ReactiveController {
  private feed: ConsultFeed | null = null;

  constructor(
    private readonly host: ReactiveControllerHost & { readonly app: App },
    private readonly changed: () => void = () => undefined,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.feed = feedOf(this.host.app);
    this.feed.addEventListener("change", this.draw);
  }

  hostDisconnected(): void {
    this.feed?.removeEventListener("change", this.draw);
  }

  private readonly draw = (): void => {
    this.changed();
    this.host.requestUpdate();
  };
}
