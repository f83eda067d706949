import { describe, expect, it } from "vitest";
import { careOf, coverOf, ordersOf, outOfService, reasonText, remaining, remainingSpoken, targetOf } from "../src/lib/quiet";
import { asksToBeHeard, loudest } from "../src/lib/rank";
import { alertHolder } from "../src/lib/say";
import { wordsOf } from "../src/lib/i18n";
import { EMPTY, reduce, type WardState } from "../src/lib/state";
import type { SuppressionView } from "../src/lib/types";
import { HOUR, MINUTE, SECOND } from "../src/lib/types";
import { alert, NIGHT, resident, snapshot } from "./people";

const speech = { words: wordsOf("fr"), language: "fr" as const, now: NIGHT };

function order(more: Partial<SuppressionView> = {}): SuppressionView {
  return {
    id: "o1",
    kind: "silence",
    alert: "x",
    edge: "edge-a",
    sensor: null,
    resident: "a",
    room: "12",
    author: "ines",
    reason: "in_room",
    since: NIGHT,
    until: NIGHT + 2 * MINUTE,
    ended: null,
    ended_by: "",
    ended_reason: "",
    ...more,
  };
}

const MUTED = alert("x", { suppression: "silenced", muted_by: "o1", muted_until: NIGHT + 2 * MINUTE });

function ward(orders: SuppressionView[]): WardState {
  return reduce(EMPTY, { ...snapshot([resident("a"), resident("b", { room: "4" })], [MUTED]), suppressions: orders });
}

describe("what is silenced", () => {
  it("comes, goes, and is part of every snapshot", () => {
    const state = ward([order()]);
    expect(state.suppressions.size).toBe(1);
    const two = reduce(state, { type: "suppression", seq: 2, time: NIGHT, suppression: order({ id: "o2", kind: "care", alert: null }) });
    expect([...two.suppressions.keys()]).toEqual(["o1", "o2"]);
    const one = reduce(two, { type: "suppression", seq: 3, time: NIGHT, suppression: order({ ended: NIGHT + 5, ended_by: "ines" }) });
    expect([...one.suppressions.keys()]).toEqual(["o2"]);
    expect(reduce(one, { ...snapshot([resident("a")], [], 4) }).suppressions.size).toBe(0);
  });

  it("does not sound until its end, and sounds after it though the hub says nothing", () => {
    expect(asksToBeHeard(MUTED, NIGHT + 119 * SECOND)).toBe(false);
    expect(asksToBeHeard(MUTED, NIGHT + 120 * SECOND)).toBe(false);
    expect(asksToBeHeard(MUTED, NIGHT + 124 * SECOND)).toBe(true);
    expect(loudest([MUTED], NIGHT + 60 * SECOND)).toBeNull();
    expect(loudest([MUTED], NIGHT + 124 * SECOND)).toBe("high");
    expect(loudest([MUTED], NIGHT + 241 * SECOND)).toBe("insistent");
    expect(loudest([MUTED, alert("y", { priority: "medium" })], NIGHT)).toBe("medium");
    const inhibited = alert("x", { suppression: "inhibited", muted_until: NIGHT });
    expect(asksToBeHeard(inhibited, NIGHT + HOUR)).toBe(false);
  });

  it("is told as what it is, with author and reason", () => {
    const state = ward([order()]);
    expect(coverOf(state, MUTED, NIGHT)?.author).toBe("ines");
    expect(coverOf(state, MUTED, NIGHT + 2 * MINUTE)).toBeUndefined();
    expect(coverOf(state, alert("y"), NIGHT)).toBeUndefined();
    expect(reasonText("in_room", speech)).toBe("Je suis dans la chambre");
    expect(reasonText("mutation en cours", speech)).toBe("mutation en cours");
    expect(reasonText("toString", speech)).toBe("toString");
    expect(targetOf(state, order(), speech)).toMatch(/^MARTIN Jeanne · SpO₂/);
    expect(alertHolder(MUTED, null, speech)).toBe("son coupé");
  });

  it("counts down to nothing", () => {
    expect(remaining(NIGHT + 92 * SECOND, NIGHT)).toBe("1:32");
    expect(remaining(NIGHT + 500_000, NIGHT)).toBe("0:01");
    expect(remaining(NIGHT - SECOND, NIGHT)).toBe("0:00");
    expect(remaining(NIGHT + 2 * HOUR + 5 * MINUTE, NIGHT)).toBe("2 h 05");
    expect(remainingSpoken(NIGHT + 92 * SECOND, NIGHT, speech)).toMatch(/^encore 2\smin$/);
  });

  it("is of one room and one sensor", () => {
    const care = order({ id: "c", kind: "care", alert: null });
    const out = order({ id: "s", kind: "out_of_service", alert: null, sensor: "ox", until: NIGHT + HOUR });
    const state = ward([care, out]);
    expect(careOf(state, resident("a"))?.id).toBe("c");
    expect(careOf(state, resident("b"))).toBeUndefined();
    expect(careOf(state, resident("b", { edge: "edge-a" }))).toBeUndefined();
    expect(outOfService(state, "edge-a", "ox")?.id).toBe("s");
    expect(outOfService(state, "edge-a", "bed")).toBeUndefined();
    expect(outOfService(state, null, "ox")).toBeUndefined();
    expect(ordersOf(state, NIGHT).map(({ id }) => id)).toEqual(["c", "s"]);
    expect(ordersOf(state, NIGHT + 3 * MINUTE).map(({ id }) => id)).toEqual(["s"]);
  });
});
