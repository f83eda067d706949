import { describe, expect, it } from "vitest";
import { parseChannel, parsePresence } from "../src/lib/channel";

/** Writes a waveform by the words of docs/calls.md. */
function waveform(metric: string, samples: readonly number[], rate = 75, scale = 0.5, time = 1_789_000_000_000_001): ArrayBuffer {
  const name = new TextEncoder().encode(metric);
  const start = 20 + name.length + (name.length % 2);
  const data = new ArrayBuffer(start + 2 * samples.length);
  const view = new DataView(data);
  view.setUint8(0, 1);
  view.setUint8(1, name.length);
  view.setUint16(2, samples.length, true);
  view.setFloat32(4, rate, true);
  view.setFloat32(8, scale, true);
  view.setFloat64(12, time, true);
  new Uint8Array(data).set(name, 20);
  samples.forEach((sample, index) => view.setInt16(start + 2 * index, sample, true));
  return data;
}

describe("the data channel", () => {
  it("reads values with their time and doubt", () => {
    const value = { metric: "spo2", value: 97, time: 5, flags: ["motion"] };
    expect(parseChannel(JSON.stringify({ type: "vitals", values: [value] }))).toEqual({ type: "vitals", values: [value] });
  });

  it("reads heartbeats", () => {
    expect(parseChannel('{"type":"beat","time":7}')).toEqual({ type: "beat", time: 7 });
  });

  it("reads how good a picture is sent, and nothing that does not say so", () => {
    expect(parseChannel('{"type":"quality","rung":"sound","height":0,"best":false}')).toEqual({ type: "quality", quality: { height: 0, best: false } });
    for (const body of ['{"height":480}', '{"height":-1,"best":true}', '{"height":"480","best":true}', '{"height":1.5,"best":true}']) {
      expect(parseChannel(body.replace("{", '{"type":"quality",'))).toBeNull();
    }
  });

  it("reads which second devices there are", () => {
    expect(parseChannel('{"type":"extras","available":["hand","stethoscope"],"active":[],"failed":"hand"}')).toEqual({
      type: "extras",
      extras: { available: ["hand", "stethoscope"], active: [], failed: "hand" },
    });
    expect(parseChannel('{"type":"extras","available":"hand","active":[],"failed":""}')).toBeNull();
    expect(parseChannel('{"type":"extras","available":[],"active":[]}')).toBeNull();
  });

  it.each(["ecg", "pleth"])("reads a waveform of %s to the microsecond", (metric) => {
    const message = parseChannel(waveform(metric, [1, -2, 32767, -32768]));
    expect(message).toEqual({
      type: "waveform",
      waveform: { metric, rate: 75, scale: 0.5, time: 1_789_000_000_000_001, samples: Int16Array.from([1, -2, 32767, -32768]) },
    });
  });

  it("reads what the room really sent", () => {
    // waveform_messages(Waveform("", "pleth", 1789000000000001, 75, (1, -2, 3), 0.5)) of edge/video/vitals.py
    const hex = "01050300000096420000003f04400316586c1943706c657468000100feff0300";
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    expect(parseChannel(bytes.buffer)).toEqual({
      type: "waveform",
      waveform: { metric: "pleth", rate: 75, scale: 0.5, time: 1_789_000_000_000_001, samples: Int16Array.from([1, -2, 3]) },
    });
  });

  it.each([
    "",
    "{",
    "null",
    "3",
    '{"type":"beat"}',
    '{"type":"vitals","values":3}',
    '{"type":"vitals","values":[{"metric":"spo2","value":"97","time":1,"flags":[]}]}',
    '{"type":"vitals","values":[null]}',
    '{"type":"else","values":[]}',
    '{"type":"point"}',
    '{"type":"point","from":"","x":null}',
    '{"type":"point","from":"a seat of more than sixteen letters","x":null}',
    '{"type":"point","from":"p1","on":"ceiling","x":0.5,"y":0.5}',
    '{"type":"point","from":"p1","on":"room","x":1.01,"y":0.5}',
    '{"type":"point","from":"p1","on":"room","x":0.5}',
    '{"type":"point","from":"p1","on":"room","x":"0.5","y":0.5}',
    '{"type":"written","from":"p1"}',
    '{"type":"written","from":"","text":"Bonjour"}',
    `{"type":"written","from":"p1","text":"${"x".repeat(81)}"}`,
    '{"type":"room"}',
    '{"type":"room","muted":"yes"}',
    '{"type":"room","muted":true,"muted_by":3}',
    '{"type":"room","muted":true,"shutter":"ajar"}',
    '{"type":"room","muted":true,"people":{}}',
    "x".repeat(70_000),
    new ArrayBuffer(0),
    new ArrayBuffer(20),
    waveform("ecg", [1, 2]).slice(0, -1),
    waveform("ecg", [1, 2], 0),
    waveform("ecg", [1, 2], 75, NaN),
    7,
    null,
  ])("drops what it cannot read (%#)", (data) => {
    expect(parseChannel(data)).toBeNull();
  });
});

describe("what several people bring", () => {
  it("reads where somebody points, and that they no longer do", () => {
    expect(parseChannel('{"type":"point","from":"p2","on":"hand","x":0,"y":1}')).toEqual({ type: "point", pointing: { from: "p2", spot: { on: "hand", x: 0, y: 1 } } });
    expect(parseChannel('{"type":"point","from":"p2","on":"hand","x":null}')).toEqual({ type: "point", pointing: { from: "p2", spot: null } });
  });

  it("reads what stands on the room's screen", () => {
    expect(parseChannel('{"type":"written","from":"p2","text":"Bonjour"}')).toEqual({ type: "written", written: { from: "p2", text: "Bonjour" } });
    expect(parseChannel('{"type":"written","from":"p2","text":""}')).toEqual({ type: "written", written: { from: "p2", text: "" } });
  });

  it("reads what the room says of itself", () => {
    const said = { type: "room", muted: true, muted_by: "Inès", shutter: "closed", people: [{ seat: "p1", name: "Dr Benali", role: "physician" }, null, { seat: 3 }] };
    expect(parseChannel(JSON.stringify(said))).toEqual({ type: "room", room: { muted: true, mutedBy: "Inès", shutter: "closed", seats: ["p1"] } });
    expect(parseChannel('{"type":"room","muted":false}')).toEqual({ type: "room", room: { muted: false, mutedBy: "", shutter: null, seats: [] } });
  });

  it("reads what another page has switched off, and nothing else", () => {
    expect(parsePresence('{"type":"self","microphone":true,"camera":false}')).toEqual({ microphone: true, camera: false });
    for (const data of ["", "{", "null", "[]", '{"type":"self"}', '{"type":"self","microphone":1,"camera":true}', '{"type":"beat"}', 5, "x".repeat(70_000)]) {
      expect(parsePresence(data)).toBeNull();
    }
  });
});
