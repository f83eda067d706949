/** Requests to the hub. Every failure is one `ApiError` that says which kind it is; a page puts it into words. */
import type {
  AlertAction,
  AlertView,
  CallView,
  Credentials,
  EdgeView,
  EnrolmentOffer,
  EnrolmentView,
  InquiryView,
  LinkOrder,
  LinkResult,
  Me,
  MeasurementPage,
  Micros,
  Problem,
  RoomCard,
  SuppressionOrder,
  SuppressionView,
  TrialOrder,
} from "./types";

/**
 * Why a request failed.
 *
 * - `offline`: no answer came at all.
 * - `signed_out`: the session is over.
 * - `forbidden`: this account may not.
 * - `credentials`: name or password is wrong.
 * - `too_many`: too many attempts; `retryAfter` says when to come back.
 * - `unknown`: the thing does not exist (any more).
 * - `refused`: the hub understood and said no; `code` says why.
 * - `failing`: the hub itself is in trouble.
 */
export type Failure =
  | "offline"
  | "signed_out"
  | "forbidden"
  | "credentials"
  | "too_many"
  | "unknown"
  | "refused"
  | "failing";

export class ApiError extends Error {
  constructor(
    readonly failure: Failure,
    readonly code: string,
    detail: string,
    /** Seconds to wait, when the hub said so. */
    readonly retryAfter: number | null = null,
    /** What the refusal speaks of. */
    readonly params: Problem["params"] = {},
  ) {
    super(detail);
    this.name = "ApiError";
  }
}

/** An answer about somebody else than was asked for: it is refused, never drawn. */
export class IdentityError extends Error {
  constructor(
    readonly asked: string,
    readonly received: string,
  ) {
    super(`asked for resident ${asked}, received ${received}`);
    this.name = "IdentityError";
  }
}

const BY_STATUS: Readonly<Record<number, Failure>> = {
  401: "signed_out",
  403: "forbidden",
  404: "unknown",
  429: "too_many",
};

/** Classifies an answer that is no success. Pure. */
export function failureOf(status: number, code: string): Failure {
  if (status === 401 && code !== "not_signed_in") return "credentials";
  return BY_STATUS[status] ?? (status >= 500 ? "failing" : "refused");
}

/** Reads a `Retry-After` header in its form of seconds. */
export function retrySeconds(header: string | null): number | null {
  if (header === null || !/^\d{1,6}$/.test(header.trim())) return null;
  return Number(header.trim());
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && typeof body.code === "string";
}

export interface Span {
  readonly from: Micros;
  readonly to: Micros;
  readonly maxPoints: number;
}

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

/** The hub's requests, over any `fetch`. */
export class Api {
  constructor(
    private readonly send: Fetch,
    private readonly base = "/api/v1",
  ) {}

  whoAmI(signal?: AbortSignal): Promise<Me> {
    return this.get("/session", signal);
  }

  signIn(credentials: Credentials): Promise<Me> {
    return this.ask("POST", "/session", credentials) as Promise<Me>;
  }

  async signOut(): Promise<void> {
    await this.ask("DELETE", "/session");
  }

  act(alert: string, action: AlertAction): Promise<AlertView> {
    return this.ask("POST", `/alerts/${encodeURIComponent(alert)}`, action) as Promise<AlertView>;
  }

  suppress(order: SuppressionOrder): Promise<SuppressionView> {
    return this.ask("POST", "/suppressions", order) as Promise<SuppressionView>;
  }

  endSuppression(id: string): Promise<SuppressionView> {
    return this.ask("DELETE", `/suppressions/${encodeURIComponent(id)}`) as Promise<SuppressionView>;
  }

  /** Alerts of one resident since a time, newest first, closed ones too. */
  async alertsOf(resident: string, from: Micros, signal?: AbortSignal): Promise<readonly AlertView[]> {
    const query = new URLSearchParams({ state: "all", resident, from: String(from) });
    const alerts = await this.get<readonly AlertView[]>(`/alerts?${query.toString()}`, signal);
    for (const alert of alerts) {
      if (alert.resident !== null && alert.resident !== resident) throw new IdentityError(resident, alert.resident);
    }
    return alerts;
  }

  /** One metric of one resident; an answer about anybody else is an `IdentityError`. */
  async measurements(resident: string, metric: string, span: Span, signal?: AbortSignal): Promise<MeasurementPage> {
    const query = new URLSearchParams({
      metric,
      from: String(Math.floor(span.from)),
      to: String(Math.floor(span.to)),
      max_points: String(span.maxPoints),
    });
    const path = `/residents/${encodeURIComponent(resident)}/measurements?${query.toString()}`;
    const page = await this.get<MeasurementPage>(path, signal);
    if (page.resident !== resident) throw new IdentityError(resident, page.resident);
    return page;
  }

  /** Rings in a resident's room; the room decides whether anything opens. */
  startCall(resident: string): Promise<CallView> {
    return this.ask("POST", `/residents/${encodeURIComponent(resident)}/calls`, {}) as Promise<CallView>;
  }

  hangUpCall(call: string): Promise<CallView> {
    return this.ask("POST", `/calls/${encodeURIComponent(call)}/hangup`) as Promise<CallView>;
  }

  rooms(signal?: AbortSignal): Promise<readonly RoomCard[]> {
    return this.get("/rooms", signal);
  }

  startSurvey(edge: string, seconds: number): Promise<InquiryView> {
    return this.ask("POST", `/edges/${encodeURIComponent(edge)}/surveys`, { seconds }) as Promise<InquiryView>;
  }

  startTrial(edge: string, order: TrialOrder): Promise<InquiryView> {
    return this.ask("POST", `/edges/${encodeURIComponent(edge)}/trials`, order) as Promise<InquiryView>;
  }

  async endInquiry(inquiry: string): Promise<void> {
    await this.ask("DELETE", `/inquiries/${encodeURIComponent(inquiry)}`);
  }

  linkSensor(edge: string, order: LinkOrder): Promise<LinkResult> {
    return this.ask("POST", `/edges/${encodeURIComponent(edge)}/sensors`, order) as Promise<LinkResult>;
  }

  unlinkSensor(edge: string, sensor: string): Promise<RoomCard> {
    return this.ask("POST", `${Api.sensor(edge, sensor)}/unlink`, {}) as Promise<RoomCard>;
  }

  assignSensor(edge: string, sensor: string, resident: string): Promise<RoomCard> {
    return this.ask("POST", `${Api.sensor(edge, sensor)}/assignment`, { resident }) as Promise<RoomCard>;
  }

  /** What every device says of its sensors now. */
  edges(): Promise<readonly EdgeView[]> {
    return this.get("/edges");
  }

  /** Gives sensors that wait to the resident whom the page showed; the hub refuses if somebody else lives there now. */
  assignWaiting(edge: string, resident: string, sensors: readonly string[], reason: string): Promise<RoomCard> {
    return this.ask("POST", `/edges/${encodeURIComponent(edge)}/assignments`, { resident, sensors, reason }) as Promise<RoomCard>;
  }

  undoAssignments(edge: string, resident: string, sensors: readonly string[], reason: string): Promise<RoomCard> {
    return this.ask("POST", `/edges/${encodeURIComponent(edge)}/assignments/undo`, { resident, sensors, reason }) as Promise<RoomCard>;
  }

  offerEnrolment(room: string, replace: boolean): Promise<EnrolmentOffer> {
    return this.ask("POST", "/enrolments", { room, replace }) as Promise<EnrolmentOffer>;
  }

  enrolment(id: string): Promise<EnrolmentView> {
    return this.get(`/enrolments/${encodeURIComponent(id)}`);
  }

  revokeEnrolment(id: string): Promise<EnrolmentView> {
    return this.ask("DELETE", `/enrolments/${encodeURIComponent(id)}`) as Promise<EnrolmentView>;
  }

  private static sensor(edge: string, sensor: string): string {
    return `/edges/${encodeURIComponent(edge)}/sensors/${encodeURIComponent(sensor)}`;
  }

  private get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.ask("GET", path, undefined, signal) as Promise<T>;
  }

  private async ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const init: RequestInit = { method, credentials: "same-origin", headers: { accept: "application/json" } };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { accept: "application/json", "content-type": "application/json" };
    }
    if (signal !== undefined) init.signal = signal;
    let response: Response;
    try {
      response = await this.send(this.base + path, init);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new ApiError("offline", "offline", `no answer from ${path}`);
    }
    if (response.ok) return response.status === 204 ? null : await response.json();
    throw await Api.problemOf(response);
  }

  private static async problemOf(response: Response): Promise<ApiError> {
    const body: unknown = await response.json().catch(() => null);
    const code = isProblem(body) ? body.code : "no_problem";
    const detail = isProblem(body) ? body.detail : `status ${response.status}`;
    const params = isProblem(body) ? body.params : {};
    return new ApiError(failureOf(response.status, code), code, detail, retrySeconds(response.headers.get("retry-after")), params);
  }
}
