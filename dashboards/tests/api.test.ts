import { describe, expect, it } from "vitest";
import { Api, ApiError, failureOf, IdentityError, retrySeconds } from "../src/lib/api";
import { ResidentHistory } from "../src/lib/history";
import { SECOND } from "../src/lib/types";
import { alert, NIGHT, page, value } from "./people";

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
}

/** An `Api` whose hub answers with what `answer` returns; what was asked is kept. */
function hub(answer: (asked: Asked) => Response | Promise<Response>): { api: Api; asked: Asked[] } {
  const asked: Asked[] = [];
  const api = new Api(async (url, init) => {
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : null;
    const one = { method: init?.method ?? "GET", url, body };
    asked.push(one);
    const response = await answer(one);
    if (init?.signal?.aborted === true) throw new DOMException("aborted", "AbortError");
    return response;
  });
  return { api, asked };
}

const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  Response.json({ code, detail: code, params: {} }, { status, headers });

describe("failures", () => {
  it.each([
    [401, "not_signed_in", "signed_out"],
    [401, "wrong_credentials", "credentials"],
    [403, "forbidden", "forbidden"],
    [404, "unknown_alert", "unknown"],
    [409, "not_yours", "refused"],
    [429, "too_many_attempts", "too_many"],
    [503, "failing", "failing"],
  ] as const)("%i %s is %s", (status, code, failure) => {
    expect(failureOf(status, code)).toBe(failure);
  });

  it("says when to come back", async () => {
    const { api } = hub(() => problem(429, "too_many_attempts", { "retry-after": "95" }));
    await expect(api.signIn({ username: "a", password: "b" })).rejects.toMatchObject({ failure: "too_many", retryAfter: 95 });
  });

  it.each([[null, null], ["soon", null], ["-1", null], [" 7 ", 7]])("reads Retry-After %j as %j", (header, seconds) => {
    expect(retrySeconds(header)).toBe(seconds);
  });

  it("calls no answer offline", async () => {
    const { api } = hub(() => Promise.reject(new TypeError("network")));
    await expect(api.whoAmI()).rejects.toMatchObject({ failure: "offline" });
  });

  it("survives an error page that is no JSON", async () => {
    const { api } = hub(() => new Response("<html>", { status: 502 }));
    await expect(api.whoAmI()).rejects.toBeInstanceOf(ApiError);
  });
});

describe("identity", () => {
  const span = { from: 0, to: 10, maxPoints: 2 };

  it("asks for the resident by name and metric", async () => {
    const { api, asked } = hub(() => Response.json(page([0])));
    await api.measurements("a", "spo2", span);
    expect(asked[0]?.url).toBe("/api/v1/residents/a/measurements?metric=spo2&from=0&to=10&max_points=2");
  });

  it("refuses curves of somebody else", async () => {
    const { api } = hub(() => Response.json(page([0], { resident: "b" })));
    await expect(api.measurements("a", "spo2", span)).rejects.toBeInstanceOf(IdentityError);
  });

  it("refuses alerts of somebody else", async () => {
    const { api } = hub(() => Response.json([alert("x", { resident: "b" })]));
    await expect(api.alertsOf("a", 0)).rejects.toBeInstanceOf(IdentityError);
  });

  it("quotes what stands in an address", async () => {
    const { api, asked } = hub(() => Response.json(alert("x")));
    await api.act("a/../b", { action: "take", reason: "" });
    expect(asked[0]?.url).toBe("/api/v1/alerts/a%2F..%2Fb");
    expect(asked[0]?.body).toEqual({ action: "take", reason: "" });
  });
});

describe("ResidentHistory", () => {
  const spo2 = { name: "spo2", unit: "%", loinc: null, stale_after: 15 };
  const metrics = new Map([["spo2", spo2]]);
  const answers = (asked: Asked): Response => Response.json(asked.url.includes("/alerts") ? [alert("x")] : page([-60, -30, 0]));

  it("loads curves and alerts of its resident", async () => {
    const history = new ResidentHistory(hub(answers).api, "a");
    await history.load([spo2], 1, NIGHT);
    expect(history.status).toBe("ready");
    expect(history.curve("spo2").times.length).toBeGreaterThan(0);
    expect(history.alerts.map((one) => one.id)).toEqual(["x"]);
  });

  it("draws a live value of its resident and refuses anybody else's", async () => {
    const history = new ResidentHistory(hub(answers).api, "a");
    await history.load([spo2], 1, NIGHT);
    const before = history.curve("spo2").times.length;
    history.take("b", [value("spo2", 50, { time: NIGHT + 5 * SECOND })], metrics);
    expect(history.curve("spo2").times.length).toBe(before);
    history.take("a", [value("spo2", 91, { time: NIGHT + 5 * SECOND })], metrics);
    expect(history.curve("spo2").values.at(-1)).toBe(91);
  });

  it("shows nothing of a load that ends after it was closed", async () => {
    const history = new ResidentHistory(hub(answers).api, "a");
    const loading = history.load([spo2], 1, NIGHT);
    history.close();
    await loading;
    expect(history.status).toBe("loading");
    expect(history.curve("spo2").times).toEqual([]);
  });

  it("keeps the span asked last when an older load ends later", async () => {
    let slow: (() => void) | undefined;
    let first = true;
    const { api } = hub(async (asked) => {
      if (first && asked.url.includes("measurements")) {
        first = false;
        await new Promise<void>((resolve) => (slow = resolve));
      }
      return answers(asked);
    });
    const history = new ResidentHistory(api, "a");
    const old = history.load([spo2], 24, NIGHT);
    await history.load([spo2], 1, NIGHT);
    slow?.();
    await old;
    expect(history.to - history.from).toBe(3600 * SECOND);
    expect(history.status).toBe("ready");
  });

  it("says that it failed, and why", async () => {
    const history = new ResidentHistory(hub(() => problem(503, "failing")).api, "a");
    await history.load([spo2], 1, NIGHT);
    expect(history.status).toBe("failed");
    expect(history.error).toMatchObject({ failure: "failing" });
  });
});
