/** The browser's own clock, timers and sockets, as `lib` wants them. The only file of `lib` that reads a clock. */
import { Api } from "./api";
import type { Socket, Surroundings } from "./live";

export const surroundings: Surroundings = {
  now: () => performance.now(),
  every(milliseconds, run) {
    const timer = setInterval(run, milliseconds);
    return () => clearInterval(timer);
  },
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  open: (url) => new WebSocket(url) as Socket,
};

/** The tablet's own idea of the time, microseconds. */
export function tabletTime(): number {
  return Date.now() * 1000;
}

export function browserApi(): Api {
  return new Api((input, init) => fetch(input, init));
}

/** Address of the live stream of the hub that served this page. */
export function liveAddress(place: { readonly protocol: string; readonly host: string }): string {
  return `${place.protocol === "https:" ? "wss:" : "ws:"}//${place.host}/api/v1/live`;
}

/** Address of what an inquiry finds. */
export function inquiryAddress(place: { readonly protocol: string; readonly host: string }, inquiry: string): string {
  return `${place.protocol === "https:" ? "wss:" : "ws:"}//${place.host}/api/v1/inquiries/${encodeURIComponent(inquiry)}`;
}
