import { describe, expect, it } from "vitest";
import { Api } from "../src/lib/api";
import type { Socket, Surroundings } from "../src/lib/live";
import { Session } from "../src/lib/session";
import { MINUTE, SECOND, type LiveMessage } from "../src/lib/types";
import { alert, NIGHT, resident, snapshot } from "./people";

const ME = { username: "ines", display_name: "Inès", role: "nurse", home: "Les Tilleuls", expires: 0 };

function home(tabletTime: () => number = () => NIGHT): { session: Session; say: (message: LiveMessage) => void; sockets: Socket[]; at: { time: number } } {
  const at = { time: 0 };
  const sockets: Socket[] = [];
  const world: Surroundings = {
    now: () => at.time,
    every: () => () => undefined,
    after: () => () => undefined,
    random: () => 0,
    open: () => {
      const socket: Socket = { onopen: null, onmessage: null, onclose: null, readyState: 1, send: () => undefined, close: () => undefined };
      sockets.push(socket);
      return socket;
    },
  };
  const api = new Api((url) => Promise.resolve(Response.json(url.includes("/alerts/") ? alert("x", { response: "taken", taken_by: "ines" }) : ME)));
  const session = new Session(api, "ws://home", world, tabletTime);
  return { session, sockets, at, say: (message) => void sockets.at(-1)?.onmessage?.({ data: JSON.stringify(message) }) };
}

describe("Session", () => {
  it("learns who is signed in before it listens", async () => {
    const { session, sockets } = home();
    const starting = session.start();
    expect(sockets.length).toBe(0);
    expect((await starting).username).toBe("ines");
    expect(sockets.length).toBe(1);
  });

  it("has one stream however often it is started", async () => {
    const { session, sockets } = home();
    await Promise.all([session.start(), session.start()]);
    await session.start();
    expect(sockets.length).toBe(1);
  });

  it("goes by the hub's clock and finds the tablet's wrong", async () => {
    const { session, say, at } = home(() => NIGHT + 3 * MINUTE);
    expect(session.now()).toBe(NIGHT + 3 * MINUTE);
    await session.start();
    say(snapshot([resident("a")]));
    at.time = 2000;
    expect(session.now()).toBe(NIGHT + 2 * SECOND);
    expect(session.clockError()).toBe(3 * MINUTE - 2 * SECOND);
  });

  it("says nothing of a clock that is near enough", async () => {
    const { session, say } = home(() => NIGHT + 30 * SECOND);
    await session.start();
    say(snapshot([]));
    expect(session.clockError()).toBe(0);
  });

  it("shows what a person did at once, without taking it for a word of the hub's clock", async () => {
    const { session, say, at } = home();
    await session.start();
    say(snapshot([resident("a")], [alert("x")]));
    at.time = 5000;
    await session.deliver({ kind: "act", key: "k", by: "ines", at: NIGHT, alert: "x", action: "take" }, false);
    expect(session.state.alerts.get("x")?.taken_by).toBe("ines");
    expect(session.now()).toBe(NIGHT + 5 * SECOND);
  });
});
