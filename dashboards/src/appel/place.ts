/** What an address of the nurse's page means, and when a wait is over. Pure. */
import type { CallRequestView } from "../lib/consult";
import { callIsOver } from "../lib/state";
import type { CallView } from "../lib/types";

export type Place = { readonly kind: "request"; readonly id: string } | { readonly kind: "call"; readonly id: string } | null;

const REQUEST = /^\/appel\/demande\/([^/]+)$/;
const CALL = /^\/appel\/([^/]+)$/;

function decoded(text: string | undefined): string | null {
  try {
    return text === undefined ? null : decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Reads an address; `null` for one that no page of ours ever wrote. */
export function placeIn(path: string): Place {
  const request = decoded(REQUEST.exec(path)?.[1]);
  if (request !== null) return { kind: "request", id: request };
  const call = decoded(CALL.exec(path)?.[1]);
  return call === null ? null : { kind: "call", id: call };
}

/** What came of a request: it waits, a call answers it, or it is gone. */
export type Wait = { readonly kind: "waits"; readonly request: CallRequestView } | { readonly kind: "taken"; readonly call: string } | { readonly kind: "gone" };

/**
 * Looks for a request in what the hub says now.
 *
 * @param settled what the stream said of requests that are listed no more.
 * @param last the request as it was last seen here: should its end have passed this page by, its resident's call is its answer.
 */
export function waitOf(
  id: string,
  requests: readonly CallRequestView[],
  settled: ReadonlyMap<string, CallRequestView>,
  calls: readonly CallView[],
  last: CallRequestView | null,
): Wait {
  const request = settled.get(id) ?? requests.find((each) => each.id === id);
  if (request?.state === "open") return { kind: "waits", request };
  if (request?.call != null) return { kind: "taken", call: request.call };
  if (request?.state === "withdrawn" || last === null) return { kind: "gone" };
  const answer = calls.find((call) => call.resident === last.resident && call.requested >= last.asked && !callIsOver(call));
  return answer === undefined ? { kind: "gone" } : { kind: "taken", call: answer.id };
}
