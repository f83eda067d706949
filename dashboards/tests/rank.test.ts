import { describe, expect, it } from "vitest";
import { alertsByResident, blindRooms, loudest, residentsWorstFirst, worstFirst } from "../src/lib/rank";
import { alert, resident } from "./people";

const order = (...alerts: ReturnType<typeof alert>[]): string[] => worstFirst(alerts).map((one) => one.id);

describe("worstFirst", () => {
  it("puts high before medium before low", () => {
    expect(order(alert("l", { priority: "low" }), alert("m", { priority: "medium" }), alert("h"))).toEqual(["h", "m", "l"]);
  });

  it("puts what nobody has before what somebody has", () => {
    expect(order(alert("taken", { response: "taken" }), alert("open", { priority: "low" }))).toEqual(["open", "taken"]);
  });

  it("puts the oldest of equals first", () => {
    expect(order(alert("new", { raised: 20 }), alert("old", { raised: 10 }))).toEqual(["old", "new"]);
  });

  it("puts a person before a device", () => {
    expect(order(alert("device", { category: "technical", code: "edge_silent", raised: 1 }), alert("person"))).toEqual(["person", "device"]);
  });

  const technical = (id: string, more: Parameters<typeof alert>[1]): ReturnType<typeof alert> =>
    alert(id, { category: "technical", priority: "low", metric: null, resident: "a", edge: "e", ...more });

  it("puts waiting sensors before what can wait for a round, however old that is", () => {
    const waiting = technical("waiting", { code: "sensor_unassigned", raised: 9 });
    const low = [technical("probe", { code: "probe_off", raised: 1 }), technical("clock", { code: "clock_skew", raised: 2 })];
    expect(order(...low, waiting)).toEqual(["waiting", "probe", "clock"]);
    const people = worstFirst([waiting, alert("person", { priority: "low" })]).map((one) => one.id);
    expect(people).toEqual(["person", "waiting"]);
  });

  it("puts them with the loss of watch where nobody is watched because of it", () => {
    const unwatched = resident("a", { edge: "e", watched: false, unwatched_reason: "sensors_unassigned" });
    const alerts = [
      technical("silent", { code: "sensor_silent", priority: "medium", raised: 1 }),
      technical("waiting", { code: "sensor_unassigned", raised: 9 }),
      alert("person", { priority: "medium" }),
    ];
    const ids = (residents: ReturnType<typeof resident>[]): string[] => worstFirst(alerts, blindRooms(residents)).map((one) => one.id);
    expect(ids([unwatched])).toEqual(["person", "waiting", "silent"]);
    expect(ids([resident("a", { edge: "e" })])).toEqual(["person", "silent", "waiting"]);
    expect(ids([{ ...unwatched, unwatched_reason: "sensors_silent" }])).toEqual(["person", "silent", "waiting"]);
  });

  it("does not make an answered notice more pressing than an open one", () => {
    const blind = blindRooms([resident("a", { edge: "e", watched: false, unwatched_reason: "sensors_unassigned" })]);
    const alerts = [technical("waiting", { code: "sensor_unassigned", response: "acknowledged" }), technical("probe", { code: "probe_off" })];
    expect(worstFirst(alerts, blind).map((one) => one.id)).toEqual(["probe", "waiting"]);
  });
});

describe("loudest", () => {
  it("insists on a high alert that nobody has answered for two minutes", () => {
    const one = alert("a");
    expect(loudest([one], one.raised + 119_999_999)).toBe("high");
    expect(loudest([one, alert("b", { priority: "low" })], one.raised + 120_000_000)).toBe("insistent");
    const late = one.raised + 600_000_000;
    expect(loudest([alert("a", { priority: "medium" })], late)).toBe("medium");
    expect(loudest([alert("a", { response: "taken" })], late)).toBeNull();
    expect(loudest([alert("a", { condition: "cleared", latched: true })], late)).toBe("low");
    expect(loudest([alert("a", { suppression: "silenced", muted_until: late + 60_000_000 })], late)).toBeNull();
  });

  it("is quiet when all are answered", () => {
    expect(loudest([alert("a", { response: "taken" }), alert("b", { response: "acknowledged" })])).toBeNull();
  });

  it("sounds again for a new one while another is answered", () => {
    expect(loudest([alert("a", { response: "taken" }), alert("b", { priority: "medium" })])).toBe("medium");
  });

  it("lets the worst decide", () => {
    expect(loudest([alert("a", { priority: "low" }), alert("b"), alert("c", { priority: "medium" })])).toBe("high");
  });

  it("reminds of one that ended unseen instead of alarming", () => {
    expect(loudest([alert("a", { condition: "cleared", latched: true })])).toBe("low");
  });

  it("rings as it began for a call that nobody has answered, though the button was let go of", () => {
    const call = alert("a", { code: "nurse_call", condition: "cleared", latched: true });
    expect(loudest([call])).toBe("high");
    expect(loudest([{ ...call, response: "taken" }])).toBeNull();
    expect(loudest([{ ...call, code: "bed_exit", priority: "medium" }])).toBe("low");
  });

  it("does not sound for a suppressed one", () => {
    expect(loudest([alert("a", { suppression: "silenced" })])).toBeNull();
  });
});

describe("residents", () => {
  const people = [
    resident("calm", { room: "2" }),
    resident("calm10", { room: "10" }),
    resident("mute", { room: "30", watched: false, unwatched_reason: "sensors_silent" }),
    resident("ill", { room: "40" }),
    resident("none", { room: "1", watched: false, unwatched_reason: "no_device" }),
  ];

  it("come worst first, then unwatched, then by room as people count", () => {
    const alerts = alertsByResident([alert("x", { resident: "ill", edge: "edge-ill" })], people);
    expect(residentsWorstFirst(people, alerts).map((one) => one.id)).toEqual(["ill", "mute", "none", "calm", "calm10"]);
  });

  it("get the alerts of the device in their room", () => {
    const alerts = alertsByResident([alert("x", { resident: null, edge: "edge-calm", category: "technical" })], people);
    expect([...alerts.keys()]).toEqual(["calm"]);
  });

  it("never get an alert of somebody else, even on the same device", () => {
    const two = [resident("a", { edge: "e" }), resident("b", { edge: "e" })];
    const alerts = alertsByResident([alert("x", { resident: "a", edge: "e" })], two);
    expect([...alerts.keys()]).toEqual(["a"]);
  });
});
