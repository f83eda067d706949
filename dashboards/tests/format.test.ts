import { beforeAll, describe, expect, it } from "vitest";
import {
  ago, clock, duration, formatValue, formatWithUnit, fullName, initials, moment, roomNumber, shortDuration, shownNumber,
} from "../src/lib/format";
import { DAY, HOUR, MINUTE, SECOND } from "../src/lib/types";
import { NIGHT } from "./people";

beforeAll(() => {
  process.env["TZ"] = "Europe/Paris";
});

const NB = "\u00A0";

describe("values", () => {
  it.each([
    ["temperature", 37.8, `37,8${NB}°C`],
    ["spo2", 84, `84${NB}%`],
    ["heart_rate", 118.4, "118/min"],
    ["glucose", 112, `1,12${NB}g/L`],
    ["systolic", 128, `128${NB}mmHg`],
    ["perfusion_index", 0, `0,0${NB}%`],
  ])("%s %s is said %s", (metric, number, said) => {
    expect(formatWithUnit(metric, number, "fr")).toBe(said);
  });

  it("uses the English point in English", () => {
    expect(formatValue("temperature", 37.8, "en")).toBe("37.8");
  });

  it("says a dash for what is no number", () => {
    expect(formatValue("spo2", Number.NaN, "fr")).toBe("—");
  });

  it("draws glucose in the unit it says", () => {
    expect(shownNumber("glucose", 112)).toBeCloseTo(1.12, 9);
  });
});

describe("times", () => {
  it("says the hour of the place", () => {
    expect(clock(NIGHT, "fr")).toBe(`03${NB}h${NB}12`);
  });

  it.each([
    [0, "à l’instant"],
    [12 * SECOND, `il y a 12${NB}s`],
    [2 * MINUTE + 40 * SECOND, `il y a 2${NB}min`],
    [3 * HOUR + 5 * MINUTE, `il y a 3${NB}h${NB}05`],
    [-5 * SECOND, "à l’instant"],
  ])("%i µs ago is said %s", (age, said) => {
    expect(ago(NIGHT - age, NIGHT, "fr")).toBe(said);
  });

  it("names yesterday and older days", () => {
    expect(moment(NIGHT - 20 * HOUR, NIGHT, "fr")).toBe(`hier à 07${NB}h${NB}12`);
    expect(moment(NIGHT - 9 * DAY, NIGHT, "fr")).toBe(`le 12/11 à 03${NB}h${NB}12`);
    expect(moment(NIGHT - HOUR, NIGHT, "fr")).toBe(`à 02${NB}h${NB}12`);
    expect(moment(NIGHT + HOUR, NIGHT, "fr")).toBe(`à 04${NB}h${NB}12`);
    expect(moment(NIGHT + 24 * HOUR, NIGHT, "fr")).toBe(`demain à 03${NB}h${NB}12`);
    expect(moment(NIGHT + 24 * HOUR, NIGHT, "en")).toMatch(/^tomorrow at/);
    expect(moment(NIGHT + 2 * DAY, NIGHT, "fr")).toBe(`le 23/11 à 03${NB}h${NB}12`);
  });

  it("counts yesterday by the calendar and not by 24 hours", () => {
    expect(moment(NIGHT - 4 * HOUR, NIGHT, "fr")).toMatch(/^hier/);
  });

  it.each([
    [35 * SECOND, `35${NB}s`],
    [80 * SECOND, `1${NB}min${NB}20`],
    [10 * MINUTE + 5 * SECOND, `10${NB}min`],
    [125 * MINUTE, `2${NB}h${NB}05`],
    [3 * DAY, `3${NB}j`],
    [-SECOND, `0${NB}s`],
  ])("%i µs last %s", (length, said) => {
    expect(duration(length, "fr")).toBe(said);
  });

  it("shortens for a tile", () => {
    expect([59 * SECOND, 119 * SECOND, 7600 * SECOND].map((length) => shortDuration(length, "fr"))).toEqual([
      `59${NB}s`, `1${NB}min`, `2${NB}h`,
    ]);
  });
});

describe("names", () => {
  it("writes the family name in capitals, accents kept", () => {
    expect(fullName("Lefèvre", "Éliane")).toBe("LEFÈVRE Éliane");
  });

  it("makes initials of any name", () => {
    expect(initials("Martin", "Jeanne")).toBe("JM");
    expect(initials("", " ")).toBe("?");
  });

  it.each([
    ["12", "12"],
    ["Chambre 12", "12"],
    ["ch. 4 bis", "4 bis"],
    ["Salon", "Salon"],
    ["Chambre", "Chambre"],
  ])("finds the number of room %s", (room, number) => {
    expect(roomNumber(room)).toBe(number);
  });
});
