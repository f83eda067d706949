import { describe, expect, it } from "vitest";
import { EMPTY, isOpen, mergeValues, reduce, type WardState } from "../src/lib/state";
import { SECOND, type CallView, type LiveMessage } from "../src/lib/types";
import { alert, NIGHT, resident, snapshot, value } from "./people";

const start: WardState = reduce(EMPTY, snapshot([resident("a"), resident("b")], [alert("x")], 5));

function values(who: string, number: number, time = NIGHT + SECOND, seq = 6): LiveMessage {
  return { type: "values", seq, time, residents: [{ resident: who, values: [value("spo2", number, { time })] }] };
}

const spo2 = (state: WardState, who: string): number | undefined =>
  state.residents.get(who)?.values.find((one) => one.metric === "spo2")?.value;

describe("reduce", () => {
  it("tells an unknown home from an empty one", () => {
    expect(EMPTY.loaded).toBe(false);
    expect(reduce(EMPTY, snapshot([])).loaded).toBe(true);
  });

  it("gives a value to the resident it names and to nobody else", () => {
    const next = reduce(start, values("a", 88));
    expect(spo2(next, "a")).toBe(88);
    expect(spo2(next, "b")).toBe(96);
  });

  it("leaves the state it was given alone", () => {
    reduce(start, values("a", 88));
    expect(spo2(start, "a")).toBe(96);
  });

  it("counts values of a resident nobody told us of, and draws none", () => {
    const next = reduce(start, values("z", 50));
    expect(next.strays).toBe(1);
    expect(next.residents.has("z")).toBe(false);
  });

  it("goes on with the residents after a stray one", () => {
    const message: LiveMessage = {
      type: "values",
      seq: 6,
      time: NIGHT,
      residents: [
        { resident: "z", values: [value("spo2", 50)] },
        { resident: "b", values: [value("spo2", 91)] },
      ],
    };
    expect(spo2(reduce(start, message), "b")).toBe(91);
  });

  it("drops what is older than the snapshot", () => {
    expect(reduce(start, values("a", 40, NIGHT, 4))).toBe(start);
  });

  it("takes a snapshot whatever its number", () => {
    const next = reduce(start, snapshot([resident("c")], [], 1));
    expect([...next.residents.keys()]).toEqual(["c"]);
    expect(next.alerts.size).toBe(0);
  });

  it.each([
    ["active", { condition: "active" }, true],
    ["ended unseen", { condition: "cleared", latched: true }, true],
    ["ended in somebody's hands", { condition: "cleared", response: "taken" }, true],
    ["over", { condition: "cleared", response: "acknowledged" }, false],
  ] as const)("keeps an alert that is %s: %s", (_name, more, open) => {
    const changed = alert("x", more);
    expect(isOpen(changed)).toBe(open);
    const next = reduce(start, { type: "alert", seq: 6, time: NIGHT, alert: changed });
    expect(next.alerts.has("x")).toBe(open);
  });

  it("learns from an edge that a resident is no longer watched, and keeps newer values", () => {
    const newer = reduce(start, values("a", 90));
    const view = resident("a", { watched: false, unwatched_reason: "edge_silent" });
    const edge = { edge: "edge-a", room: "12", online: false, last_seen: null, synchronised: true, skew: null, pending: 0, sensors: [] };
    const next = reduce(newer, { type: "edge", seq: 7, time: NIGHT, edge, residents: [view] });
    expect(next.residents.get("a")?.watched).toBe(false);
    expect(spo2(next, "a")).toBe(90);
  });

  it("forgets a call that is over", () => {
    const call: CallView = {
      id: "k", epoch: 1, resident: "a", room: "12", edge: "edge-a", caller: "benali", caller_name: "Dr Benali",
      state: "ringing", reason: "", participants: [], requested: NIGHT, ended: null,
    };
    const ringing = reduce(start, { type: "call", seq: 6, time: NIGHT, call });
    expect(ringing.calls.size).toBe(1);
    expect(reduce(ringing, { type: "call", seq: 7, time: NIGHT, call: { ...call, state: "ended" } }).calls.size).toBe(0);
  });
});

describe("mergeValues", () => {
  it("does not let a late value replace a newer one", () => {
    const now = [value("spo2", 96)];
    expect(mergeValues(now, [value("spo2", 80, { time: NIGHT - SECOND })])).toBe(now);
  });

  it("takes zero for a value", () => {
    expect(mergeValues([], [value("perfusion_index", 0)])[0]?.value).toBe(0);
  });
});
