/** Papers of a resident over HTTP: the wire, no DOM. */
import type { Api } from "./api";
import type { components } from "./api.gen";

export type PaperView = components["schemas"]["PaperView"];
export type PaperList = components["schemas"]["PaperList"];
export type SaedView = components["schemas"]["SaedView"];
export type PaperKind = PaperView["kind"];

/** What a caller types for the regulator; everything else the hub fills in. */
export const TYPED = ["reason", "onset", "hypothesis", "done", "request", "meanwhile"] as const;
export type Typed = (typeof TYPED)[number];
export type Fields = Readonly<Partial<Record<Typed | "worry", string>>>;

export class PapersApi {
  constructor(
    private readonly api: Api,
    private readonly resident: string,
  ) {}

  list(): Promise<PaperList> {
    return this.api.request<PaperList>("GET", `${this.place()}/papers`);
  }

  saed(fields: Fields): Promise<SaedView> {
    return this.api.request<SaedView>("POST", `${this.place()}/saed`, { kind: "saed", fields });
  }

  /** Makes a paper; of an act it says what that act found and concluded. */
  make(kind: PaperKind, fields: Fields, act?: string): Promise<PaperView> {
    return this.api.make<PaperView>(`${this.place()}/papers`, { kind, fields, ...(act === undefined ? {} : { act }) });
  }

  sign(paper: string): Promise<PaperView> {
    return this.api.request<PaperView>("POST", `/papers/${encodeURIComponent(paper)}/sign`, {});
  }

  send(paper: string): Promise<PaperView> {
    return this.api.request<PaperView>("POST", `/papers/${encodeURIComponent(paper)}/send`, { recipient: "treating" });
  }

  private place(): string {
    return `/residents/${encodeURIComponent(this.resident)}`;
  }
}

export function fileOf(paper: PaperView): string {
  return `/api/v1/papers/${encodeURIComponent(paper.id)}/pdf`;
}
