import { describe, expect, it } from "vitest";
import { readPush, shownFor } from "../src/lib/pushed";
import { keyBytes, keyText } from "../src/lib/pushkeys";

const ALERT = { type: "alert", notice: "n1", device: "d1", token: "t1", priority: "high", code: "fall", born: 1 };

describe("a push", () => {
  it("becomes a notification that names nobody", () => {
    const pushed = readPush(JSON.stringify(ALERT));
    expect(pushed).toEqual({ type: "alert", notice: "n1", device: "d1", token: "t1", priority: "high", room: "" });
    expect(shownFor(pushed)).toEqual({ title: "Alerte haute", body: "Ouvrez Veilleuse", stays: true, silent: false });
  });

  it("names the room where the home allows it", () => {
    expect(shownFor(readPush(JSON.stringify({ ...ALERT, room: "Chambre 12" }))).body).toBe("Chambre 12 – ouvrez Veilleuse");
  });

  it("stays until touched, but for low priority", () => {
    expect(["high", "medium", "low"].map((priority) => shownFor(readPush(JSON.stringify({ ...ALERT, priority }))).stays)).toEqual([true, true, false]);
  });

  it("before a consultation is no alert", () => {
    const reminder = readPush(JSON.stringify({ ...ALERT, type: "reminder", room: "Chambre 12" }));
    expect(reminder).toEqual({ type: "reminder", notice: "n1", device: "d1", token: "t1", room: "Chambre 12" });
    expect(shownFor(reminder)).toEqual({ title: "Téléconsultation bientôt", body: "Chambre 12 – ouvrez Veilleuse", stays: false, silent: false });
    expect(shownFor(readPush(JSON.stringify({ ...ALERT, type: "reminder" }))).body).toBe("Ouvrez Veilleuse");
  });

  it("to an expert is no alert, and says urgency and term alone", () => {
    const text = "Avis demandé, sous 24 h, avant le 23/11 à 14 h 02";
    const question = readPush(JSON.stringify({ ...ALERT, type: "question", room: "Chambre 12", text }));
    expect(question).toEqual({ type: "question", notice: "n1", device: "d1", token: "t1", text });
    expect(shownFor(question)).toEqual({ title: "Un avis vous est demandé", body: text, stays: true, silent: false });
    expect(shownFor(readPush(JSON.stringify({ ...ALERT, type: "question", text: 7 }))).body).toBe("Ouvrez Veilleuse");
  });

  it("ends silently", () => {
    const over = readPush(JSON.stringify({ ...ALERT, type: "over" }));
    expect(over).toEqual({ type: "over", notice: "n1", device: "d1", token: "t1" });
    expect(shownFor(over).silent).toBe(true);
  });

  it.each(["", "null", "[]", "{", "7", '"x"', JSON.stringify({ ...ALERT, token: "" }), JSON.stringify({ ...ALERT, priority: "highest" }), JSON.stringify({ ...ALERT, type: "?" }), `{"a":"${"x".repeat(5000)}"}`])(
    "that is none (%#) is none, and still says that something is the matter",
    (text) => {
      expect(readPush(text)).toBeNull();
      expect(shownFor(null)).toEqual({ title: "Alerte", body: "Ouvrez Veilleuse", stays: true, silent: false });
    },
  );

  it("survives its way through a notification's data", () => {
    const pushed = readPush(JSON.stringify({ ...ALERT, room: "Chambre 12" }));
    expect(readPush(JSON.stringify(pushed))).toEqual(pushed);
  });
});

describe("keys", () => {
  it("are bytes and text", () => {
    const bytes = Uint8Array.from({ length: 65 }, (_, index) => (index * 37) % 256);
    const text = keyText(bytes.buffer);
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    expect([...keyBytes(text)]).toEqual([...bytes]);
    expect(keyText(null)).toBe("");
  });
});
