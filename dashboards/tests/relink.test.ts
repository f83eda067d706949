import { describe, expect, it } from "vitest";
import { Api, ApiError } from "../src/lib/api";
import { GUARD, LOOK, NEW_OCCUPANT, occupantOf, offerOf, overtaken, PATIENCE, problemOf, Relink, UNDO, UNDONE, type Offer } from "../src/lib/relink";
import { EMPTY, reduce, type WardState } from "../src/lib/state";
import { SECOND, type EdgeView, type Me, type RoomCard } from "../src/lib/types";
import { alert, NIGHT, resident, sensor, snapshot } from "./people";

const INES: Me = { username: "ines", display_name: "Inès", role: "nurse", home: "Les Tilleuls", expires: 0 };
const OX = { sensor: "ox", kind: "oximeter" };
const STRAP = { sensor: "strap", kind: "strap" };

const notice = (about = [OX]): ReturnType<typeof alert> =>
  alert("n", { code: "sensor_unassigned", category: "technical", priority: "low", metric: null, value: null, limit: null, about });
const ward = (more: Parameters<typeof resident>[1] = {}, about = [OX]): WardState =>
  reduce(EMPTY, snapshot([resident("a", { sensors: [sensor()], ...more })], about.length === 0 ? [] : [notice(about)]));

function offered(state: WardState): Offer {
  const offer = offerOf(state, "edge-a", INES);
  if (offer === null) throw new Error("nothing is offered");
  return offer;
}

type Answer = () => Promise<RoomCard>;
const FINE: Answer = () => Promise.resolve({} as RoomCard);
const refuse = (code: string, params: ApiError["params"] = {}): Answer => () => Promise.reject(new ApiError("refused", code, "", null, params));

/** A page: what it sent, what the hub answers, and timers that are let run. */
function home(start = ward()): { relink: Relink; sent: string[]; answers: Answer[]; facts: EdgeView[]; see: (state: WardState) => void; pass: (milliseconds: number) => void } {
  const sent: string[] = [];
  const answers: Answer[] = [];
  const facts: EdgeView[] = [];
  let state = start;
  let now = 0;
  let timers: { at: number; act: () => void }[] = [];
  const order = (what: string) => (edge: string, who: string, sensors: readonly string[], why: string) => {
    sent.push([what, edge, who, sensors.join("+"), why].join(" "));
    return (answers.shift() ?? FINE)();
  };
  const after = (milliseconds: number, act: () => void): (() => void) => {
    const timer = { at: now + milliseconds, act };
    timers.push(timer);
    return () => void (timers = timers.filter((each) => each !== timer));
  };
  const relink = new Relink({ assignWaiting: order("give"), undoAssignments: order("undo"), edges: () => Promise.resolve(facts) }, () => state, after);
  const pass = (milliseconds: number): void => {
    now += milliseconds;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { act } of due) act();
  };
  return { relink, sent, answers, facts, see: (next) => void (state = next), pass };
}

describe("what is offered", () => {
  it("names who lives there, each sensor, and when it last measured", () => {
    const offer = offered(ward({}, [OX, STRAP]));
    expect(offer.resident.id).toBe("a");
    expect(offer.sensors).toEqual([{ ...OX, last: NIGHT - 5 * SECOND }, { ...STRAP, last: null }]);
  });

  it("is nothing for who may not, for an empty room, and where nothing waits", () => {
    expect(offerOf(ward(), "edge-a", { ...INES, role: "physician" })).toBeNull();
    expect(offerOf(ward(), "edge-a", null)).toBeNull();
    expect(offerOf(ward(), "edge-b", INES)).toBeNull();
    expect(offerOf(ward(), null, INES)).toBeNull();
    expect(offerOf(ward({}, []), "edge-a", INES)).toBeNull();
    const empty = reduce(EMPTY, snapshot([], [notice()]));
    expect(offerOf(empty, "edge-a", INES)).toBeNull();
  });

  it("guesses nobody where two people have one device", () => {
    const two = reduce(EMPTY, snapshot([resident("a", { edge: "e" }), resident("b", { edge: "e" })]));
    expect(occupantOf(two, "e")).toBeNull();
  });

  it("is overtaken when somebody else lives there, or somebody else has done it", () => {
    const offer = offered(ward());
    expect(overtaken(ward(), offer)).toBeNull();
    const next = reduce(EMPTY, snapshot([resident("b", { edge: "edge-a" })], [notice()]));
    expect(overtaken(next, offer)?.trouble).toBe("moved");
    expect(overtaken(ward({}, []), offer)?.trouble).toBe("already");
  });
});

describe("Relink", () => {
  it("sends what was shown, and nothing for the second tap of one finger", async () => {
    const { relink, sent, pass } = home();
    relink.ask(offered(ward()));
    await relink.confirm();
    expect(sent).toEqual([]);
    pass(GUARD);
    await relink.confirm();
    expect(sent).toEqual([`give edge-a a ox ${NEW_OCCUPANT}`]);
    expect(relink.asked).toBeNull();
    expect(relink.done?.state).toBe("fresh");
  });

  it("gives all that wait, or those that were chosen", async () => {
    const both = ward({}, [OX, STRAP]);
    const { relink, sent, pass } = home(both);
    for (const leave of [null, "ox"]) {
      relink.ask(offered(both));
      pass(GUARD);
      if (leave !== null) relink.choose(leave, false);
      await relink.confirm();
    }
    expect(sent).toEqual([`give edge-a a ox+strap ${NEW_OCCUPANT}`, `give edge-a a strap ${NEW_OCCUPANT}`]);
    relink.ask(offered(both));
    pass(GUARD);
    relink.choose("ox", false);
    relink.choose("strap", false);
    expect(relink.mayConfirm()).toBe(false);
    relink.choose("strap", true);
    expect(relink.mayConfirm()).toBe(true);
  });

  it("sends nothing when the occupant changed between showing and tapping", async () => {
    const { relink, sent, see, pass } = home();
    relink.ask(offered(ward()));
    pass(GUARD);
    see(reduce(EMPTY, snapshot([resident("b", { edge: "edge-a" })], [notice()])));
    expect(relink.objection()?.trouble).toBe("moved");
    await relink.confirm();
    expect(sent).toEqual([]);
    expect(relink.asked?.resident.id).toBe("a");
  });

  it("says what the hub refuses, and who was first", async () => {
    const { relink, answers, pass } = home();
    answers.push(refuse("not_the_occupant"), refuse("already_assigned", { author: "tom" }));
    for (const problem of [{ trouble: "moved", who: "" }, { trouble: "already", who: "tom" }]) {
      relink.ask(offered(ward()));
      pass(GUARD);
      await relink.confirm();
      expect(relink.objection()).toEqual(problem);
      expect(relink.mayConfirm()).toBe(false);
      expect(relink.done).toBeNull();
    }
  });

  it("stays when the hub does not answer, and can be tried again", async () => {
    const { relink, sent, answers, see, pass } = home();
    answers.push(() => new Promise(() => undefined));
    relink.ask(offered(ward()));
    pass(GUARD);
    const first = relink.confirm();
    expect(relink.sending).toBe(true);
    pass(PATIENCE);
    await first;
    expect(relink.objection()?.trouble).toBe("offline");
    // The answer was lost, not the order: the notice has gone, and asking again does no harm.
    see(ward({}, []));
    await relink.confirm();
    expect(sent.length).toBe(2);
    expect(relink.done?.state).toBe("fresh");
  });

  it("does not try again for somebody else who lives there meanwhile", async () => {
    const { relink, sent, answers, see, pass } = home();
    answers.push(() => Promise.reject(new ApiError("offline", "offline", "")));
    relink.ask(offered(ward()));
    pass(GUARD);
    await relink.confirm();
    see(reduce(EMPTY, snapshot([resident("b", { edge: "edge-a" })], [notice()])));
    await relink.confirm();
    expect(sent.length).toBe(1);
    expect(relink.objection()?.trouble).toBe("moved");
  });

  it("comes back to say a refusal that arrives after the sheet was closed", async () => {
    const { relink, answers, pass } = home();
    answers.push(refuse("not_the_occupant"));
    relink.ask(offered(ward()));
    pass(GUARD);
    const sending = relink.confirm();
    relink.cancel();
    await sending;
    expect(relink.asked?.resident.id).toBe("a");
    expect(relink.objection()?.trouble).toBe("moved");
  });

  it("keeps saying when each sensor last measured while the question stands, and nothing else of it changes", async () => {
    const { relink, facts, pass } = home();
    const says = (last: number): void => {
      const room = { edge: "edge-a", room: "12", online: true, last_seen: NIGHT, synchronised: true, skew: 0, pending: 0 };
      facts.splice(0, 1, { ...room, sensors: [sensor({ last }), sensor({ sensor: "strap" })] });
    };
    const settle = (): Promise<void> => new Promise((done) => setTimeout(done));
    says(NIGHT);
    relink.ask(offered(ward()));
    await settle();
    expect(relink.asked?.sensors).toEqual([{ ...OX, last: NIGHT }]);
    says(NIGHT + 3 * SECOND);
    pass(LOOK);
    await settle();
    expect(relink.asked?.sensors).toEqual([{ ...OX, last: NIGHT + 3 * SECOND }]);
    relink.cancel();
    says(NIGHT + 6 * SECOND);
    pass(LOOK);
    await settle();
    expect(relink.asked).toBeNull();
  });

  it("undoes for ten seconds, then forgets", async () => {
    const { relink, sent, pass } = home();
    const give = async (): Promise<void> => {
      relink.ask(offered(ward()));
      pass(GUARD);
      await relink.confirm();
    };
    await give();
    await relink.undo();
    expect(sent.at(-1)).toBe(`undo edge-a a ox ${UNDONE}`);
    expect(relink.done?.state).toBe("undone");
    await give();
    pass(UNDO);
    expect(relink.done).toBeNull();
    await relink.undo();
    expect(sent.length).toBe(3);
  });

  it("keeps saying that an undo failed until somebody has read it", async () => {
    const { relink, answers, pass } = home();
    answers.push(FINE, refuse("too_late"));
    relink.ask(offered(ward()));
    pass(GUARD);
    await relink.confirm();
    await relink.undo();
    pass(10 * UNDO);
    expect(relink.done?.problem?.trouble).toBe("tooLate");
    relink.dismiss();
    expect(relink.done).toBeNull();
  });
});

describe("problemOf", () => {
  it("has a trouble for every way to fail", () => {
    const refused = (failure: ApiError["failure"], code: string): string => problemOf(new ApiError(failure, code, "")).trouble;
    expect(refused("refused", "sensor_elsewhere")).toBe("elsewhere");
    expect(refused("unknown", "unknown_sensor")).toBe("gone");
    expect(refused("forbidden", "forbidden")).toBe("forbidden");
    expect(refused("failing", "fleet_unavailable")).toBe("offline");
    expect(refused("refused", "constructor")).toBe("failing");
    expect(problemOf(new TypeError("x")).trouble).toBe("failing");
  });
});

describe("the requests", () => {
  it("name the resident who was shown, and why", async () => {
    const seen: string[] = [];
    const api = new Api((url, init) => {
      seen.push(`${init?.method ?? ""} ${url} ${typeof init?.body === "string" ? init.body : ""}`);
      return Promise.resolve(Response.json({}));
    });
    await api.assignWaiting("room 12", "a", ["ox"], NEW_OCCUPANT);
    await api.undoAssignments("room 12", "a", ["ox"], UNDONE);
    expect(seen).toEqual([
      'POST /api/v1/edges/room%2012/assignments {"resident":"a","sensors":["ox"],"reason":"occupant_changed"}',
      'POST /api/v1/edges/room%2012/assignments/undo {"resident":"a","sensors":["ox"],"reason":"undone"}',
    ]);
  });
});
