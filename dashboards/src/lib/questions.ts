/** Questions to an expert as data and sentences, kept current for as long as a page is there. */
import { dueText } from "./agenda";
import { ApiError, type Api } from "./api";
import type { components } from "./api.gen";
import { ago } from "./format";
import { lookUp } from "./i18n";
import type { Surroundings } from "./live";
import type { Speech } from "./say";
import type { Session } from "./session";
import type { LiveMessage, Micros } from "./types";

type Schemas = components["schemas"];

export type QuestionView = Schemas["QuestionView"];
export type QuestionList = Schemas["QuestionList"];

/** Milliseconds between two readings when nothing is heard. */
const EVERY = 60_000;
/** Milliseconds of messages that are read together; a new question comes with a new snapshot. */
const TOGETHER = 300;
const TELLING: ReadonlySet<LiveMessage["type"]> = new Set(["snapshot", "act"]);

/** What the feed needs of a page's session. */
export type QuestionsSession = Pick<Session, "link" | "me" | "addEventListener"> & { readonly api: Api };

export class QuestionsFeed extends EventTarget {
  list: QuestionList | null = null;
  /** Why the last reading did not succeed; what was read before stays. */
  failure: unknown = null;
  private reading = false;
  private again = false;
  private due: (() => void) | null = null;

  constructor(
    private readonly session: QuestionsSession,
    private readonly world: Pick<Surroundings, "every" | "after">,
  ) {
    super();
    session.addEventListener("link", () => this.soon());
    session.addEventListener("change", (event) => {
      if (TELLING.has((event as CustomEvent<LiveMessage>).detail.type)) this.soon();
    });
    world.every(EVERY, () => void this.read());
    this.soon();
  }

  private soon(): void {
    this.due ??= this.world.after(TOGETHER, () => {
      this.due = null;
      void this.read();
    });
  }

  async read(): Promise<void> {
    // Questions are put to physicians; the others of the home have the agenda.
    if (this.session.me?.role !== "physician") return;
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    try {
      this.list = await this.session.api.request<QuestionList>("GET", "/expertises");
      this.failure = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.failure = error;
    } finally {
      this.reading = false;
    }
    this.dispatchEvent(new Event("change"));
    if (!this.again) return;
    this.again = false;
    this.soon();
  }
}

/** Questions by what is to be done about them, each as the hub sorted them: what is due first is on top. */
export interface Sorted {
  /** Nobody has taken them. */
  readonly waiting: readonly QuestionView[];
  /** The one who looks took them, and answers. */
  readonly mine: readonly QuestionView[];
  /** They asked back, and the home has not told yet. */
  readonly back: readonly QuestionView[];
}

export function sorted({ items }: Pick<QuestionList, "items">): Sorted {
  return {
    waiting: items.filter(({ holder }) => holder === ""),
    mine: items.filter(({ holder, state }) => holder !== "" && state !== "more_info"),
    back: items.filter(({ holder, state }) => holder !== "" && state === "more_info"),
  };
}

/** How many wait for the one who looks: what nobody has taken, and what they have not answered. */
export function waitingCount(list: QuestionList | null): number {
  if (list === null) return 0;
  const { waiting, mine } = sorted(list);
  return waiting.length + mine.length;
}

/** What was told of questions, by their act: whether what was asked back had come. */
export type Told = ReadonlyMap<string, boolean>;

export function toldOf({ items }: Pick<QuestionList, "items">): Told {
  return new Map(items.map(({ act, informed }) => [act, informed]));
}

/** What is news in a list: questions that were not there, and answers to what was asked back. Before the first reading nothing is new. */
export function arrived(told: Told | null, { items }: Pick<QuestionList, "items">): readonly QuestionView[] {
  return told === null ? [] : items.filter(({ act, informed }) => !told.has(act) || (informed && told.get(act) === false));
}

// ---- sentences ----

/** Whether a question should have been answered by now; between two readings time goes on. */
export function isLate({ late, answer_by: due, answered }: Pick<QuestionView, "late" | "answer_by" | "answered">, now: Micros): boolean {
  return late || (answered === null && due !== null && due <= now);
}

/** How long there is to answer, or how late it is. */
export function leftText(question: QuestionView, speech: Speech): string {
  return dueText({ due: question.answer_by, late: isLate(question, speech.now), since: question.sent, whom: "expert", state: question.state }, speech);
}

/** `plaie · aujourd'hui · 3 photos`. */
export function aboutText({ topic, urgency, pictures }: QuestionView, { words }: Speech): string {
  const said = words.questions;
  const parts = [lookUp(words.acts.option, topic), lookUp(said.urgency, urgency), pictures === 0 ? said.noPictures : said.pictures(pictures)];
  return parts.join(" · ");
}

/** Who asks, since when, and whom beside the one who looks. */
export function byText(question: QuestionView, me: string, { words, now, language }: Speech): string {
  const said = words.questions;
  const by = said.by(question.author_name, ago(question.sent, now, language));
  return question.to_name === me ? by : said.toGroup(by, question.to_name);
}
