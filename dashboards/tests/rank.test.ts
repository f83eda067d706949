import { describe, expect, it } from "vitest";
import { alertsByResident, loudest, residentsWorstFirst, worstFirst } from "../src/lib/rank";
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
});

describe("loudest", () => {
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
