/** A search in one room, and the trial of one of its candidates: what runs, what was found, what went wrong. */
import { ApiError } from "../lib/api";
import { inquiryAddress, surroundings } from "../lib/browser";
import { Inquiry } from "../lib/inquiry";
import { candidateKey, secretOrder } from "../lib/technician";
import type { CandidateView, InquiryView, Micros } from "../lib/types";
import type { App } from "../ui/app";

/** Seconds that a search lasts: meters speak for some seconds after use, and somebody has to use them. */
const SURVEY = 45;
/** Seconds that a trial lasts. */
const TRIAL = 120;

interface Running {
  readonly inquiry: Inquiry;
  readonly view: InquiryView;
}

export class Search {
  survey: Running | null = null;
  trial: (Running & { readonly key: string; readonly protocol: string }) | null = null;
  /** Key of the candidate whose trial is being asked for. */
  asking = "";
  failure: unknown = null;
  starting = false;
  private readonly models = new Map<string, string>();
  /** What was typed for a candidate; gone with the page, and never shown again by the hub. */
  private readonly typed = new Map<string, string>();
  private closed = false;

  constructor(
    private readonly app: App,
    readonly edge: string,
    private readonly changed: () => void,
  ) {}

  /** Seconds that the search still lasts. */
  left(now: Micros): number {
    return this.survey === null ? 0 : Math.max(0, Math.ceil((this.survey.view.until - now) / 1_000_000));
  }

  get running(): boolean {
    return this.survey !== null && !this.survey.inquiry.ended;
  }

  /** The protocol that a candidate will be opened with: its own, or the one a person chose. */
  protocolOf(candidate: CandidateView): string {
    return this.models.get(candidateKey(candidate)) ?? candidate.protocol;
  }

  choose(candidate: CandidateView, protocol: string): void {
    this.models.set(candidateKey(candidate), protocol);
    this.changed();
  }

  /** The key or number that was typed for a candidate. */
  secretOf(candidate: CandidateView): string {
    return this.typed.get(candidateKey(candidate)) ?? "";
  }

  type(candidate: CandidateView, text: string): void {
    this.typed.set(candidateKey(candidate), text);
    this.changed();
  }

  async start(): Promise<void> {
    if (this.starting) return;
    this.starting = true;
    this.failure = null;
    this.changed();
    try {
      await this.end(this.survey);
      this.survey = this.listen(await this.app.session.api.startSurvey(this.edge, SURVEY));
    } catch (error) {
      this.failure = error;
    }
    this.starting = false;
    this.changed();
  }

  async stop(): Promise<void> {
    await this.end(this.survey);
  }

  async try(candidate: CandidateView): Promise<void> {
    const key = candidateKey(candidate);
    const protocol = this.protocolOf(candidate);
    this.failure = null;
    this.asking = key;
    this.changed();
    try {
      await this.stopTrial();
      const { address, link } = candidate;
      const secret = secretOrder(candidate.needs, this.secretOf(candidate));
      const view = await this.app.session.api.startTrial(this.edge, { protocol, address, link, seconds: TRIAL, ...secret });
      this.trial = { ...this.listen(view), key, protocol };
    } catch (error) {
      this.failure = error;
    }
    this.asking = "";
    this.changed();
  }

  async stopTrial(): Promise<void> {
    await this.end(this.trial);
    this.trial = null;
    this.changed();
  }

  /** Another room is shown, or the page goes: nothing runs on for nobody. */
  close(): void {
    this.closed = true;
    void this.end(this.survey);
    void this.end(this.trial);
  }

  private listen(view: InquiryView): Running {
    const inquiry = new Inquiry(inquiryAddress(location, view.id), surroundings, () => this.changed());
    if (this.closed) void this.app.session.api.endInquiry(view.id).catch(() => undefined);
    else inquiry.start();
    return { inquiry, view };
  }

  private async end(running: Running | null): Promise<void> {
    if (running === null || running.inquiry.ended) return;
    running.inquiry.finish();
    await this.app.session.api.endInquiry(running.view.id).catch((error: unknown) => {
      // It may have ended by itself in this very moment.
      if (!(error instanceof ApiError) || error.failure === "signed_out") throw error;
    });
  }
}
