/** Who cares for whom, records opened in an emergency, and who looked at them: requests and sentences. Pure but for the requests. */
import type { components } from "./api.gen";
import { IdentityError, type Api } from "./api";
import { fullName } from "./format";
import { roomName, type Speech } from "./say";

type Schemas = components["schemas"];

export type CareList = Schemas["CareList"];
export type SeenResident = Schemas["SeenResident"];
export type GlassView = Schemas["GlassView"];
export type AuditLine = Schemas["AuditLine"];

/** Letters of a reason for opening a record that is not one's own; the hub takes no less. */
export const SHORTEST_REASON = 10;
export const LONGEST_REASON = 500;

export class CareApi {
  constructor(private readonly api: Api) {}

  list(signal?: AbortSignal): Promise<CareList> {
    return this.api.request("GET", "/care", undefined, signal);
  }

  add(resident: string, username: string): Promise<CareList> {
    return this.api.request("POST", `${CareApi.of(resident)}/care`, { username });
  }

  end(resident: string, username: string): Promise<CareList> {
    return this.api.request("DELETE", `${CareApi.of(resident)}/care/${encodeURIComponent(username)}`);
  }

  async open(resident: string, reason: string): Promise<GlassView> {
    const view = await this.api.request<GlassView>("POST", `${CareApi.of(resident)}/break-glass`, { reason });
    if (view.resident !== resident) throw new IdentityError(resident, view.resident);
    return view;
  }

  async opened(signal?: AbortSignal): Promise<readonly GlassView[]> {
    return (await this.api.request<Schemas["GlassList"]>("GET", "/break-glass", undefined, signal)).items;
  }

  async openedOf(resident: string, signal?: AbortSignal): Promise<readonly GlassView[]> {
    const { items } = await this.api.request<Schemas["GlassList"]>("GET", `${CareApi.of(resident)}/break-glass`, undefined, signal);
    for (const one of items) if (one.resident !== resident) throw new IdentityError(resident, one.resident);
    return items;
  }

  async audit(resident: string, signal?: AbortSignal): Promise<readonly AuditLine[]> {
    const view = await this.api.request<Schemas["AuditView"]>("GET", `/audit${CareApi.of(resident)}`, undefined, signal);
    if (view.resident !== resident) throw new IdentityError(resident, view.resident);
    return view.items;
  }

  private static of(resident: string): string {
    return `/residents/${encodeURIComponent(resident)}`;
  }
}

/** How many characters a reason lacks; spaces at its ends and doubled ones do not count. */
export function missing(reason: string): number {
  return Math.max(0, SHORTEST_REASON - reason.trim().replace(/\s+/g, " ").length);
}

/** Whom the one who asks does not see, found by name or room. */
export function unseen(list: CareList, query: string): readonly SeenResident[] {
  const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase("fr").trim();
  const wanted = plain(query).split(/\s+/).filter(Boolean);
  return list.items.filter((one) => {
    const here = plain(`${one.family_name} ${one.given_name} ${one.room}`);
    return one.ground === null && wanted.every((word) => here.includes(word));
  });
}

export function nameOf(one: Pick<SeenResident, "family_name" | "given_name">): string {
  return fullName(one.family_name, one.given_name);
}

export function placeOf(one: Pick<SeenResident, "room">, { words }: Speech): string {
  return one.room === "" ? words.coordination.left : roomName(one.room, words);
}

/** One line of a record's log; what has no words of its own here keeps the hub's name of it. */
export function auditSentence(line: AuditLine, { words }: Speech): string {
  const { seen, did } = words.care;
  if (line.action === "resident_seen") return (seen as Readonly<Record<string, string>>)[line.detail] ?? line.detail;
  const known = (did as Readonly<Record<string, string>>)[line.action];
  return [known ?? line.action.replaceAll("_", " "), line.detail].filter(Boolean).join(" · ");
}
