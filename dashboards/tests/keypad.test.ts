import { describe, expect, it } from "vitest";
import { rounded, typed, typedForm, understand, type Typable } from "../src/lib/keypad";

const TEMPERATURE: Typable = { metric: "temperature", low: 25, high: 45 };
const SYSTOLIC: Typable = { metric: "systolic", low: 40, high: 300 };
const GLUCOSE: Typable = { metric: "glucose", low: 10, high: 700 };
const WEIGHT: Typable = { metric: "weight", low: 20, high: 300 };
const PULSE: Typable = { metric: "pulse_rate", low: 20, high: 300 };

const keys = (text: string, metric: string): string => Array.from(text).reduce((before, key) => typed(before, key, metric), "");

describe("keys", () => {
  it.each([
    ["378", "temperature", "378"],
    ["37,85", "temperature", "37,8"],
    ["37.8", "temperature", "37,8"],
    [",5", "temperature", "0,5"],
    ["3,7,8", "temperature", "3,7"],
    ["1,123", "glucose", "1,12"],
    ["72,5", "pulse_rate", "725"],
    ["007", "pulse_rate", "7"],
    ["12<34", "pulse_rate", "134"],
    ["1234567", "weight", "12345"],
    ["1a2", "pulse_rate", "12"],
  ])("%s for %s is %s", (pressed, metric, text) => {
    expect(keys(pressed, metric)).toBe(text);
  });
});

describe("what is typed", () => {
  it.each([
    ["37,8", TEMPERATURE, 37.8, true],
    ["378", TEMPERATURE, 37.8, false],
    ["37", TEMPERATURE, 37, true],
    ["128", SYSTOLIC, 128, true],
    ["12", SYSTOLIC, 120, false],
    ["1,12", GLUCOSE, 112, true],
    ["112", GLUCOSE, 112, false],
    ["65", WEIGHT, 65, true],
    ["652", WEIGHT, 65.2, false],
    ["78", PULSE, 78, true],
  ])("%s is understood", (text, field, stored, asTyped) => {
    expect(understand(text, field)).toEqual({ kind: "value", stored, asTyped });
  });

  it.each([
    ["999", TEMPERATURE],
    ["3,7", TEMPERATURE],
    ["19", PULSE],
    ["400", SYSTOLIC],
    ["3", SYSTOLIC],
    ["12", PULSE],
    [",", TEMPERATURE],
  ])("%s is nobody's", (text, field) => {
    expect(understand(text, field)).toEqual({ kind: "impossible" });
  });

  it("is nothing yet", () => {
    expect(understand("", PULSE)).toEqual({ kind: "empty" });
  });

  it("survives the way from the stored value and back", () => {
    for (let mgdl = 10; mgdl <= 700; mgdl += 1) expect(understand(typedForm("glucose", mgdl), GLUCOSE)).toMatchObject({ stored: mgdl });
    for (let tenths = 250; tenths <= 450; tenths += 1) expect(understand(typedForm("temperature", tenths / 10), TEMPERATURE)).toMatchObject({ stored: tenths / 10 });
  });
});

it("takes a sensor's value with no more decimals than a person writes", () => {
  expect(rounded("spo2", 96.4)).toBe(96);
  expect(rounded("temperature", 36.849)).toBe(36.8);
  expect(rounded("glucose", 112.6)).toBe(113);
});
