/** The hub's requests about a call: ringing, joining, inviting, keeping a picture, and what a guest's one-time link brings. */
import { IdentityError, type Api } from "./api";
import type { components } from "./api.gen";
import type { CallApi, CallOrder, PictureOf } from "./call";
import type { CallView, Micros } from "./types";

type Schemas = components["schemas"];

/** Somebody asked into a call. `link` is a guest's one-time link: only in the answer that makes it, kept nowhere. */
export type InviteView = Schemas["InviteView"];
/** Somebody of the home who may be asked in. */
export type Invitable = Schemas["Invitable"];
/** What a guest sees: the call, who it is about, and who they are in it. */
export type GuestView = Schemas["GuestView"];
/** Somebody with an account, by name; or a guest without one. */
export type InviteOrder = { readonly username: string } | { readonly guest: string; readonly role: GuestView["role"]; readonly minutes: number };

export interface SnapshotView {
  readonly id: string;
  readonly time: Micros;
  readonly source: PictureOf;
  readonly note: string;
}

/** Letters of a snapshot's note; the hub takes no more. */
export const LONGEST_NOTE = 400;

export class CallRequests implements CallApi {
  constructor(private readonly api: Api) {}

  /** Rings in a resident's room; the room decides whether anything opens. */
  async startCall(resident: string, order: CallOrder = {}): Promise<CallView> {
    const view = await this.api.request<CallView>("POST", `/residents/${encodeURIComponent(resident)}/calls`, order);
    if (view.resident !== resident) throw new IdentityError(resident, view.resident);
    return view;
  }

  hangUpCall(call: string): Promise<CallView> {
    return this.api.request("POST", `${CallRequests.of(call)}/hangup`);
  }

  joinCall(call: string): Promise<CallView> {
    return this.api.request("POST", `${CallRequests.of(call)}/participants`);
  }

  leaveCall(call: string): Promise<CallView> {
    return this.api.request("POST", `${CallRequests.of(call)}/participants/leave`);
  }

  /** Asks somebody in; a guest's link is a whole address of `origin`, for people who are not on this page. */
  async invite(call: string, order: InviteOrder, origin: string): Promise<InviteView> {
    const made = await this.api.request<InviteView>("POST", `${CallRequests.of(call)}/invites`, order);
    return made.link === "" ? made : { ...made, link: new URL(made.link, origin).href };
  }

  /** Who of the home may be asked in: who is here first. */
  async invitable(call: string): Promise<readonly Invitable[]> {
    return (await this.api.request<Schemas["InvitableList"]>("GET", `${CallRequests.of(call)}/invitable`)).items;
  }

  async invites(call: string, signal?: AbortSignal): Promise<readonly InviteView[]> {
    return (await this.api.request<Schemas["InviteList"]>("GET", `${CallRequests.of(call)}/invites`, undefined, signal)).items;
  }

  /** Takes an invitation back; a guest who is already in the call leaves it. */
  revoke(call: string, invite: string): Promise<unknown> {
    return this.api.request("DELETE", `${CallRequests.of(call)}/invites/${encodeURIComponent(invite)}`);
  }

  /** Keeps a picture with the call. */
  snapshot(call: string, source: PictureOf, note: string, picture: Blob): Promise<SnapshotView> {
    const query = new URLSearchParams({ source, note });
    return this.api.upload(`${CallRequests.of(call)}/snapshots?${query.toString()}`, picture);
  }

  /** Uses a one-time link. A second use is refused. */
  enter(token: string): Promise<GuestView> {
    return this.api.request("POST", "/guest", { token });
  }

  /** What a link that was used in this browser brought, after the page was loaded again. */
  guest(signal?: AbortSignal): Promise<GuestView> {
    return this.api.request("GET", "/guest", undefined, signal);
  }

  private static of(call: string): string {
    return `/calls/${encodeURIComponent(call)}`;
  }
}
