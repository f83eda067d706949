import { describe, expect, it } from "vitest";
import { parseChannel } from "../src/lib/channel";

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
