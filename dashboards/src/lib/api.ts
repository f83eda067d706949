/** Requests to the hub. Every failure is one `ApiError` that says which kind it is; a page puts it into words. */
import type {
  AlertAction,
  AlertView,
  Credentials,
  DutyView,
  DifferenceView,
  EdgeView,
  EnrolmentOffer,
  EnrolmentView,
  ContactOrder,
  ContactsView,
  ExchangeOrder,
  InquiryView,
  LimitOrder,
  LinkOrder,
  LinkResult,
  LoadView,
  Me,
  MeasurementPage,
  Micros,
  PrescriptionOrder,
  PrescriptionPaper,
  PrescriptionPreview,
  NotificationView,
  Problem,
  PushDevice,
  PushOrder,
  PushTest,
  RenewalOrder,
  ResidentLimits,
  RoomCard,
  SettingsOrder,
  SuppressionOrder,
  SuppressionView,
  TrialOrder,
  WaitingPaper,
  WhatIfJob,
  WhatIfOrder,
  WatchView,
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

/** Milliseconds after which a gesture counts as not answered: a Wi-Fi that went away answers nothing and refuses nothing. */
export const PATIENCE = 8_000;

/** Milliseconds for what takes its time: a picture of up to 2 MB over a weak network, a paper that the hub lays out. */
export const LONG_PATIENCE = 30_000;

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

  /** Who is on duty now and in the next days. */
  duty(signal?: AbortSignal): Promise<DutyView> {
    return this.get("/duty", signal);
  }

  /** Who was told of an alert, oldest first. */
  notificationsOf(alert: string, signal?: AbortSignal): Promise<readonly NotificationView[]> {
    return this.get(`/alerts/${encodeURIComponent(alert)}/notifications`, signal);
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

  /** Who watches every resident now. */
  watch(signal?: AbortSignal): Promise<WatchView> {
    return this.get("/watch", signal);
  }

  /** Lets somebody take another's turn; it counts at once. */
  addExchange(order: ExchangeOrder): Promise<DutyView> {
    return this.ask("POST", "/duty/exchanges", order) as Promise<DutyView>;
  }

  undoExchange(exchange: string): Promise<DutyView> {
    return this.ask("DELETE", `/duty/exchanges/${encodeURIComponent(exchange)}`) as Promise<DutyView>;
  }

  contacts(): Promise<ContactsView> {
    return this.ask("GET", "/duty/contacts") as Promise<ContactsView>;
  }

  changeContact(person: string, order: ContactOrder): Promise<ContactsView> {
    return this.ask("PUT", `/duty/contacts/${encodeURIComponent(person)}`, order) as Promise<ContactsView>;
  }

  undoContact(person: string, number: number): Promise<ContactsView> {
    return this.ask("DELETE", `/duty/contacts/${encodeURIComponent(person)}/${number}`) as Promise<ContactsView>;
  }

  tryContact(person: string, channel: string): Promise<ContactsView> {
    return this.ask("POST", `/duty/contacts/${encodeURIComponent(person)}/tests`, { channel }) as Promise<ContactsView>;
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

  /** The hub's key, which a browser needs to subscribe; `push_not_configured` where the home sends no pushes. */
  pushKey(): Promise<{ readonly key: string }> {
    return this.get("/push/key");
  }

  /** This account's devices that receive pushes. */
  pushDevices(): Promise<readonly PushDevice[]> {
    return this.get("/push/devices");
  }

  addPushDevice(order: PushOrder): Promise<PushDevice> {
    return this.ask("POST", "/push/devices", order) as Promise<PushDevice>;
  }

  async removePushDevice(device: string): Promise<void> {
    await this.ask("DELETE", `/push/devices/${encodeURIComponent(device)}`);
  }

  testPushDevice(device: string): Promise<PushTest> {
    return this.ask("POST", `/push/devices/${encodeURIComponent(device)}/test`) as Promise<PushTest>;
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

  /** How much the ward was alarmed from one moment to another. */
  load(from: Micros, to: Micros, signal?: AbortSignal): Promise<LoadView> {
    return this.get(`/load?from=${Math.floor(from)}&to=${Math.floor(to)}`, signal);
  }

  /** Where rooms judged otherwise than the hub, newest first. */
  differences(signal?: AbortSignal): Promise<readonly DifferenceView[]> {
    return this.get("/differences", signal);
  }

  /** Begins to compute what another limit would have done to the past. */
  askWhatIf(order: WhatIfOrder): Promise<WhatIfJob> {
    return this.ask("POST", "/what-if", order) as Promise<WhatIfJob>;
  }

  whatIf(job: string): Promise<WhatIfJob> {
    return this.get(`/what-if/${encodeURIComponent(job)}`);
  }

  cancelWhatIf(job: string): Promise<WhatIfJob> {
    return this.ask("DELETE", `/what-if/${encodeURIComponent(job)}`) as Promise<WhatIfJob>;
  }

  /** What waits for a signature, the oldest first. */
  waitingPrescriptions(signal?: AbortSignal): Promise<readonly WaitingPaper[]> {
    return this.get("/prescriptions/waiting", signal);
  }

  signPrescription(paper: string): Promise<PrescriptionPaper> {
    return this.ask("POST", `/prescriptions/${encodeURIComponent(paper)}/sign`) as Promise<PrescriptionPaper>;
  }

  refusePrescription(paper: string, reason: string): Promise<PrescriptionPaper> {
    return this.ask("POST", `/prescriptions/${encodeURIComponent(paper)}/refuse`, { reason }) as Promise<PrescriptionPaper>;
  }

  async limitsOf(resident: string, signal?: AbortSignal): Promise<ResidentLimits> {
    const view = await this.get<ResidentLimits>(`/residents/${encodeURIComponent(resident)}/prescriptions`, signal);
    if (view.resident !== resident) throw new IdentityError(resident, view.resident);
    return view;
  }

  /** What a limit would change; nothing is written. */
  previewLimit(resident: string, order: LimitOrder & { readonly begin: Micros | null; readonly end: Micros }): Promise<PrescriptionPreview> {
    return this.ask("POST", `/residents/${encodeURIComponent(resident)}/prescriptions/preview`, order) as Promise<PrescriptionPreview>;
  }

  prescribe(resident: string, order: PrescriptionOrder): Promise<PrescriptionPaper> {
    return this.ask("POST", `/residents/${encodeURIComponent(resident)}/prescriptions`, order) as Promise<PrescriptionPaper>;
  }

  previewSettings(resident: string, order: SettingsOrder): Promise<PrescriptionPreview> {
    return this.ask("POST", `/residents/${encodeURIComponent(resident)}/settings/preview`, order) as Promise<PrescriptionPreview>;
  }

  chooseSettings(resident: string, order: SettingsOrder): Promise<PrescriptionPaper> {
    return this.ask("POST", `/residents/${encodeURIComponent(resident)}/settings`, order) as Promise<PrescriptionPaper>;
  }

  takeBackPrescription(paper: string): Promise<PrescriptionPaper> {
    return this.ask("POST", `/prescriptions/${encodeURIComponent(paper)}/take-back`) as Promise<PrescriptionPaper>;
  }

  withdrawPrescription(paper: string, reason: string): Promise<PrescriptionPaper> {
    return this.ask("POST", `/prescriptions/${encodeURIComponent(paper)}/withdraw`, { reason }) as Promise<PrescriptionPaper>;
  }

  renewPrescription(paper: string, order: RenewalOrder): Promise<PrescriptionPaper> {
    return this.ask("POST", `/prescriptions/${encodeURIComponent(paper)}/renew`, order) as Promise<PrescriptionPaper>;
  }

  settlePrescription(paper: string): Promise<PrescriptionPaper> {
    return this.ask("POST", `/prescriptions/${encodeURIComponent(paper)}/settle`) as Promise<PrescriptionPaper>;
  }

  private static sensor(edge: string, sensor: string): string {
    return `/edges/${encodeURIComponent(edge)}/sensors/${encodeURIComponent(sensor)}`;
  }

  /** For areas that keep their requests in a file of their own. */
  request<T>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return this.ask(method, path, body, signal) as Promise<T>;
  }

  /** Sends a picture. */
  async upload<T>(path: string, body: Blob): Promise<T> {
    const headers = { accept: "application/json", "content-type": body.type };
    return this.answer(path, { method: "POST", credentials: "same-origin", headers, body, signal: AbortSignal.timeout(LONG_PATIENCE) }) as Promise<T>;
  }

  /** Has the hub make something that is no matter of an instant. */
  make<T>(path: string, body: unknown): Promise<T> {
    return this.ask("POST", path, body, undefined, LONG_PATIENCE) as Promise<T>;
  }

  /** Has the hub lay out a file. */
  async file(path: string, body: unknown): Promise<Blob> {
    const headers = { accept: "*/*", "content-type": "application/json" };
    const response = await this.respond(path, { method: "POST", credentials: "same-origin", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(LONG_PATIENCE) });
    return response.blob();
  }

  private get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.ask("GET", path, undefined, signal) as Promise<T>;
  }

  private async ask(method: string, path: string, body?: unknown, signal?: AbortSignal, patience = PATIENCE): Promise<unknown> {
    const init: RequestInit = { method, credentials: "same-origin", headers: { accept: "application/json" } };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { accept: "application/json", "content-type": "application/json" };
    }
    if (signal !== undefined) init.signal = signal;
    else if (method !== "GET") init.signal = AbortSignal.timeout(patience);
    return this.answer(path, init, signal);
  }

  private async answer(path: string, init: RequestInit, signal?: AbortSignal): Promise<unknown> {
    const response = await this.respond(path, init, signal);
    return response.status === 204 ? null : await response.json();
  }

  private async respond(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    let response: Response;
    try {
      response = await this.send(this.base + path, init);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new ApiError("offline", "offline", `no answer from ${path}`);
    }
    if (response.ok) return response;
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
