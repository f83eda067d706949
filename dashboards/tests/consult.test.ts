import { beforeEach, describe, expect, it } from "vitest";
import { parseKept } from "../src/appel/kept";
import { placeIn, waitOf } from "../src/appel/place";
import { Api, ApiError, IdentityError, type Fetch } from "../src/lib/api";
import {
  answeredBy,
  aroundAlarm,
  arrivals,
  before,
  byUrgency,
  callFor,
  callLine,
  ConsultApi,
  defaultUrgency,
  isToday,
  mayAsk,
  mayCall,
  openFor,
  plannable,
  reasonOf,
  requestSpoken,
  ruleNow,
  scoreSentence,
  trendOf,
  urgencyText,
  waitText,
  withReason,
  type CallRequestView,
  type ScorePoint,
} from "../src/lib/consult";
import { ConsultFeed } from "../src/lib/consult-feed";
import { wordsOf } from "../src/lib/i18n";
import type { ScoreView } from "../src/lib/round";
import type { Speech } from "../src/lib/say";
import { AFTER, BEFORE, stripOf } from "../src/lib/strip";
import { HOUR, MINUTE, SECOND, type CallView, type Me } from "../src/lib/types";
import { factorsOf } from "../src/physician/factors";
import { alert, NIGHT, resident, value } from "./people";

const speech: Speech = { words: wordsOf("fr"), language: "fr", now: NIGHT };
const plain = (text: string): string => text.replace(/[\u00A0\u202F]/g, " ");

function request(id: string, more: Partial<CallRequestView> = {}): CallRequestView {
  return {
    id,
    resident: "a",
    family_name: "Martin",
    given_name: "Jeanne",
    room: "12",
    reason: "Chute",
    urgency: "today",
    planned: null,
    asked_by: "ines",
    asked_by_name: "Inès",
    asked: NIGHT - 4 * MINUTE,
    alert: null,
    headline: null,
    news2: null,
    news2_time: null,
    state: "open",
    call: null,
    settled: null,
    ...more,
  };
}

function call(id: string, more: Partial<CallView> = {}): CallView {
  return { id, epoch: 1, resident: "a", room: "12", edge: "e", caller: "benali", caller_name: "Dr Benali", state: "connected", reason: "", participants: [], requested: NIGHT, ended: null, ...more };
}

function score(total: number, more: Partial<ScoreView> = {}): ScoreView {
  return { total, points: {}, missing: [], risk: "low", red: false, rise: null, ...more };
}

describe("asking", () => {
  it("is the nurses' and coordinators', calling the physicians' and coordinators'", () => {
    const roles = ["nurse", "coordinator", "physician", "technician", undefined] as const;
    expect(roles.map(mayAsk)).toEqual([true, true, false, false, false]);
    expect(roles.map(mayCall)).toEqual([false, true, true, false, false]);
  });

  it("is for now when an urgent alarm of somebody asks, and of nothing else by itself", () => {
    expect(defaultUrgency(alert("1"))).toBe("now");
    expect(defaultUrgency(alert("1", { priority: "medium" }))).toBe("today");
    expect(defaultUrgency(alert("1", { category: "technical" }))).toBe("today");
    expect(defaultUrgency(null)).toBe("today");
  });

  it("says why from the alarm", () => {
    expect(plain(reasonOf(alert("1"), speech))).toBe("SpO₂ 84 %, sous la limite de 90 %, depuis 1 min 20");
    expect(reasonOf(null, speech)).toBe("");
  });

  it("takes reasons at one tap, each once", () => {
    expect(withReason("", "Chute")).toBe("Chute");
    expect(withReason("Chute", "Douleur")).toBe("Chute, Douleur");
    expect(withReason("une chute cette nuit", "Chute")).toBe("une chute cette nuit");
    expect(withReason("x".repeat(400), "Chute")).toHaveLength(400);
  });

  it("offers half hours that leave time to come", () => {
    const [first, second] = plannable(NIGHT, 2);
    // 03:12 in Paris is 02:12Z: not 02:15.
    expect([first, second]).toEqual([NIGHT + 18 * MINUTE, NIGHT + 48 * MINUTE]);
    expect(plannable(NIGHT + 10 * MINUTE, 1)).toEqual([NIGHT + 48 * MINUTE]);
  });
});

describe("what waits", () => {
  const now = request("now", { urgency: "now", asked: NIGHT - MINUTE });
  const older = request("older", { urgency: "now", asked: NIGHT - 2 * MINUTE });
  const today = request("today", { asked: NIGHT - HOUR });
  const later = request("later", { urgency: "planned", planned: NIGHT + 2 * HOUR });
  const due = request("due", { urgency: "planned", planned: NIGHT - 90 * SECOND });

  it("is answered by urgency, then by time; an hour that has come is as pressing as now", () => {
    expect(byUrgency([later, today, now, due, older], NIGHT).map(({ id }) => id)).toEqual(["older", "due", "now", "today", "later"]);
  });

  it("is told to who waits, without those that are settled", () => {
    expect(before(today, [today, now, older, request("gone", { urgency: "now", state: "withdrawn" })], NIGHT).map(({ id }) => id)).toEqual(["older", "now"]);
    expect(before(older, [older, now], NIGHT)).toEqual([]);
  });

  it("is of today, or of a later day", () => {
    expect([now, today, later].map((each) => isToday(each, NIGHT))).toEqual([true, true, true]);
    expect(isToday(request("t", { urgency: "planned", planned: NIGHT + 30 * HOUR }), NIGHT)).toBe(false);
  });

  it("arrives once, and never on the first reading", () => {
    expect(arrivals(null, [now])).toEqual([]);
    expect(arrivals(new Set(["now"]), [now, older]).map(({ id }) => id)).toEqual(["older"]);
    expect(arrivals(new Set(), [{ ...now, state: "taken" }])).toEqual([]);
  });

  it("is found by its resident while it is open", () => {
    expect(openFor("a", [{ ...now, state: "taken" }, today])?.id).toBe("today");
    expect(openFor("b", [now])).toBeUndefined();
    expect(callFor("a", [call("1", { state: "ended" }), call("2")])?.id).toBe("2");
  });

  it("says for when, and since when", () => {
    expect(plain(urgencyText(later, speech))).toMatch(/^À \d\d h \d\d$/);
    expect(plain(urgencyText(request("t", { urgency: "planned", planned: NIGHT + 30 * HOUR }), speech))).toMatch(/^Demain à/);
    expect(plain(urgencyText(request("t", { urgency: "planned", planned: NIGHT + 80 * HOUR }), speech))).toMatch(/^le 24\/11 à/);
    expect(plain(waitText(later, speech))).toBe("dans 2 h 00");
    expect(plain(waitText(due, speech))).toBe("c’était prévu il y a 1 min");
    expect(plain(waitText(today, speech))).toBe("depuis 1 h 00");
  });

  it("is one sentence for who does not see it, without a name that is not known here", () => {
    const people = new Map([["a", resident("a")]]);
    expect(plain(requestSpoken(now, people, speech))).toBe("Demande de médecin. MARTIN Jeanne, Chambre 12. Maintenant. Chute. De la part de Inès.");
    expect(plain(requestSpoken(now, new Map(), speech))).toContain("Demande de médecin. Chambre 12. Maintenant.");
  });
});

describe("before a call", () => {
  it("six hours end now, or three hours after an alarm of long ago", () => {
    expect(aroundAlarm(null, NIGHT)).toEqual({ from: NIGHT - 6 * HOUR, to: NIGHT });
    expect(aroundAlarm(NIGHT - MINUTE, NIGHT).to).toBe(NIGHT);
    const old = aroundAlarm(NIGHT - 10 * HOUR, NIGHT);
    expect(old).toEqual({ from: NIGHT - 13 * HOUR, to: NIGHT - 7 * HOUR });
  });

  it("the score goes up, down or stays, by complete sets alone", () => {
    const point = (total: number, more: Partial<ScoreView> = {}): ScorePoint => ({ time: NIGHT, score: score(total, more), author: "Inès" });
    expect(trendOf([point(2), point(5)])).toBe("up");
    expect(trendOf([point(5), point(2, { missing: ["temperature"] }), point(3)])).toBe("down");
    expect(trendOf([point(3), point(3)])).toBe("even");
    expect(trendOf([point(3)])).toBeNull();
    expect(plain(scoreSentence(point(7, { risk: "high" }), speech))).toMatch(/^7, risque élevé, à .+ par Inès$/);
  });

  it("who answered an alarm is said with the time; nobody is nobody", () => {
    const taken = alert("1", { response: "taken", history: [{ time: NIGHT, event: "taken", author: "ines", reason: "" }] });
    expect(plain(answeredBy(taken, speech))).toMatch(/^pris par ines à /);
    const seen = alert("1", { response: "acknowledged", history: [{ time: NIGHT, event: "acknowledged", author: "paul", reason: "" }] });
    expect(plain(answeredBy(seen, speech))).toMatch(/^vu par paul à /);
    expect(answeredBy(alert("1"), speech)).toBe("");
  });

  it("risk factors are those that are written, each once", () => {
    const limit = { id: "l", metric: "spo2", low: 88, high: null, delay: 10, hysteresis: 1, gap: 0, area: 0, priority: "high" as const, author: "Dr Benali", reason: "BPCO connue" };
    const person = resident("a", { limits: [limit, { ...limit, id: "d", author: "", reason: "profil Standard" }, { ...limit, id: "l2" }], values: [value("on_oxygen", 1)] });
    const known = factorsOf({ resident: person, sheet: null, alerts: [] }, speech).map(plain);
    expect(known).toEqual(["BPCO connue (limite de SpO₂)", "sous oxygène", "92 ans"]);
    const young = resident("a", { birth_year: 1960, values: [value("on_oxygen", 1, { time: NIGHT - HOUR })] });
    const many = Array.from({ length: 5 }, (_, index) => alert(String(index)));
    expect(factorsOf({ resident: young, sheet: null, alerts: many }, speech).map(plain)).toEqual(["5 alarmes en 24 h"]);
    expect(factorsOf({ resident: young, sheet: null, alerts: [] }, speech)).toEqual([]);
  });
});

describe("a raw trace", () => {
  const block = (time: number, samples: number[]): Parameters<typeof stripOf>[0][number] => ({ sensor: "e", metric: "ecg", time, rate: 10, scale: 0.5, flags: 0, samples });

  it("keeps every peak, and leaves a gap where nothing was stored", () => {
    const strip = stripOf([block(NIGHT, [0, 100, 0, 0, 0]), block(NIGHT + 2 * SECOND, [2, 2, 2, 2, 2])], NIGHT, NIGHT + 3 * SECOND, 6);
    expect(strip?.columns[0]).toEqual([0, 50]);
    expect(strip?.columns.slice(1, 4)).toEqual([null, null, null]);
    expect([strip?.low, strip?.high]).toEqual([0, 50]);
  });

  it("draws a line where the picture is wider than the samples", () => {
    const strip = stripOf([block(NIGHT, [0, 20])], NIGHT, NIGHT + SECOND, 100);
    expect(strip?.columns[5]?.[0]).toBeCloseTo(5, 5);
    expect(strip?.columns[50]).toBeNull();
  });

  it("is nothing when nothing was stored in that time", () => {
    expect(stripOf([], NIGHT - BEFORE, NIGHT + AFTER, 100)).toBeNull();
    expect(stripOf([block(NIGHT + HOUR, [1])], NIGHT - BEFORE, NIGHT + AFTER, 100)).toBeNull();
  });
});

describe("after a call and around it", () => {
  it("says how it went, and why when it did not", () => {
    expect(plain(callLine(call("1", { state: "ended" }), speech))).toBe("terminé");
    expect(plain(callLine(call("1", { state: "unanswered", reason: "unanswered" }), speech))).toContain("sans réponse : personne n’a répondu");
    expect(plain(callLine(call("1", { state: "failed", reason: "strange" }), speech))).toBe("n’a pas pu se faire");
  });

  it("an exception that has ended is none", () => {
    expect(ruleNow({ rule: "emergency", until: NIGHT + 1 }, NIGHT)).toBe("emergency");
    expect(ruleNow({ rule: "emergency", until: NIGHT }, NIGHT)).toBe("ask");
    expect(ruleNow({ rule: "nurse", until: null }, NIGHT)).toBe("nurse");
  });
});

describe("the nurse's page", () => {
  it.each([
    ["/appel/demande/q1", { kind: "request", id: "q1" }],
    ["/appel/call-1", { kind: "call", id: "call-1" }],
    ["/appel/%ff", null],
    ["/service", null],
    ["/appel/a/b", null],
  ])("reads %s", (path, place) => {
    expect(placeIn(path)).toEqual(place);
  });

  const open = request("q");
  const none = new Map<string, CallRequestView>();

  it("waits while nobody has taken it, and goes where it was taken", () => {
    expect(waitOf("q", [open], none, [], null)).toEqual({ kind: "waits", request: open });
    expect(waitOf("q", [], new Map([["q", { ...open, state: "taken" as const, call: "c1" }]]), [], open)).toEqual({ kind: "taken", call: "c1" });
    expect(waitOf("q", [], new Map([["q", { ...open, state: "withdrawn" as const }]]), [call("c1")], open)).toEqual({ kind: "gone" });
  });

  it("finds the answer when the word of it was missed, and never an older call", () => {
    expect(waitOf("q", [], none, [call("c1", { requested: open.asked + 1 })], open)).toEqual({ kind: "taken", call: "c1" });
    expect(waitOf("q", [], none, [call("c1", { requested: open.asked - 1 }), call("c2", { resident: "b" })], open)).toEqual({ kind: "gone" });
    expect(waitOf("q", [], none, [call("c1", { state: "ended" })], open)).toEqual({ kind: "gone" });
    expect(waitOf("q", [], none, [call("c1")], null)).toEqual({ kind: "gone" });
  });

  it("is after a reload as its owner left it, and forgets what is no entry", () => {
    expect(parseKept('{"microphone":false,"camera":true,"inRoom":true}')).toEqual({ microphone: false, camera: true, inRoom: true });
    for (const text of [null, "", "{", "null", "[]", '{"microphone":1,"camera":true,"inRoom":true}']) expect(parseKept(text)).toBeNull();
  });
});

describe("the requests", () => {
  const asked: string[] = [];
  const answering = (body: unknown): ConsultApi => {
    const send: Fetch = (path, init) => {
      asked.push(`${init?.method ?? ""} ${path} ${typeof init?.body === "string" ? init.body : ""}`.trim());
      return Promise.resolve(new Response(JSON.stringify(body), { status: 200 }));
    };
    return new ConsultApi(new Api(send));
  };

  beforeEach(() => void asked.splice(0));

  it("go to the resident, and an answer about somebody else is refused", async () => {
    expect((await answering(request("q")).ask("a", { reason: "Chute", urgency: "now" })).id).toBe("q");
    await expect(answering(request("q")).ask("b", { reason: "Chute", urgency: "now" })).rejects.toBeInstanceOf(IdentityError);
    await expect(answering({ items: [call("1")] }).past("b")).rejects.toBeInstanceOf(IdentityError);
    expect(asked[0]).toBe('POST /api/v1/residents/a/call-requests {"reason":"Chute","urgency":"now"}');
  });

  it("ask for traces by whole microseconds, and change a rule with PUT", async () => {
    await answering([]).waves("a/b", "ecg", 1.5, 2.5);
    await answering({}).setConsent("a", { rule: "nurse", reason: "accord" });
    await answering(request("q")).withdraw("q/1");
    expect(asked).toEqual([
      "GET /api/v1/residents/a%2Fb/waveforms?metric=ecg&from=1&to=2",
      'PUT /api/v1/residents/a/call-consent {"rule":"nurse","reason":"accord"}',
      "POST /api/v1/call-requests/q%2F1/withdraw {}",
    ]);
  });
});

describe("the feed", () => {
  class Session extends EventTarget {
    link = "live" as const;
    me = { role: "nurse" } as Me;
    requests: CallRequestView[] = [];
    physicians: string[] = [];
    calls: CallView[] = [];
    readings = 0;
    broken = false;
    readonly api = new Api((path) => {
      if (path.endsWith("/call-requests")) this.readings += 1;
      if (this.broken) return Promise.resolve(new Response('{"code":"failing","detail":""}', { status: 500 }));
      return Promise.resolve(new Response(JSON.stringify({ items: path.endsWith("/calls") ? this.calls : this.requests, physicians: this.physicians }), { status: 200 }));
    });
    say(detail: object): void {
      this.dispatchEvent(new CustomEvent("change", { detail }));
    }
  }

  let jobs: (() => void)[] = [];
  const world = { every: () => () => undefined, after: (_: number, run: () => void) => (jobs.push(run), () => undefined) };
  const settle = async (): Promise<void> => {
    for (const run of jobs.splice(0)) run();
    await new Promise((done) => setTimeout(done, 0));
    await new Promise((done) => setTimeout(done, 0));
  };
  const made = async (session: Session): Promise<ConsultFeed> => {
    jobs = [];
    const feed = new ConsultFeed(session, world);
    await settle();
    return feed;
  };

  it("reads at once, and again when a call changes, however many words come together", async () => {
    const session = new Session();
    session.requests = [request("q")];
    session.calls = [call("c")];
    session.physicians = ["Dr Benali"];
    const feed = await made(session);
    expect([feed.known, feed.openFor("a")?.id, feed.callFor("a")?.id, feed.physicians]).toEqual([true, "q", "c", ["Dr Benali"]]);
    session.say({ type: "call" });
    session.say({ type: "call" });
    session.say({ type: "values" });
    await settle();
    expect(session.readings).toBe(2);
  });

  it("takes what the stream says of a request, and remembers how it ended", async () => {
    const session = new Session();
    const feed = await made(session);
    session.say({ type: "call_request", request: request("q") });
    expect(feed.requests.map(({ id }) => id)).toEqual(["q"]);
    session.say({ type: "call_request", request: request("q", { state: "taken", call: "c" }) });
    expect([feed.requests, feed.settled.get("q")?.call]).toEqual([[], "c"]);
  });

  it("keeps what it knew when the hub does not answer", async () => {
    const session = new Session();
    session.requests = [request("q")];
    const feed = await made(session);
    session.broken = true;
    session.say({ type: "snapshot" });
    await settle();
    expect([session.readings, feed.requests.length]).toEqual([2, 1]);
    expect(new ApiError("failing", "failing", "").failure).toBe("failing");
  });

  it("asks nothing for a technician", async () => {
    const session = new Session();
    session.me = { role: "technician" } as Me;
    await made(session);
    expect(session.readings).toBe(0);
  });
});
