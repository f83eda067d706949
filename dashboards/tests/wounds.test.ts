import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { REGION_IDS, REGIONS } from "../src/lib/bodymap";
import { wordsOf } from "../src/lib/i18n";
import { expertLabel, expertMeant } from "../src/lib/experts";
import { areaText, change, changeText, crosses, measured, namedPicture, questionFields, regionName, sizeText, woundOf, woundsAddress, woundText, type ExpertView, type Point, type WoundView } from "../src/lib/wounds";

interface Vectors {
  readonly measures: readonly { readonly name: string; readonly scale: readonly Point[]; readonly scale_mm: number; readonly outline: readonly Point[]; readonly length_mm: number; readonly width_mm: number; readonly area_mm2: number }[];
  readonly refused: readonly { readonly name: string; readonly outline: readonly Point[]; readonly fault: string }[];
}

const HERE = new URL("../../tests/vectors/wounds.json", import.meta.url);
const vectors = JSON.parse(readFileSync(HERE, "utf8")) as Vectors;
const speech = { words: wordsOf("fr"), language: "fr" as const, now: 0 };

describe("measures", () => {
  it.each(vectors.measures)("of $name are the hub's", ({ scale, scale_mm: scaleMm, outline, ...said }) => {
    const found = measured({ scale, scaleMm, outline });
    if (typeof found === "string") throw new Error(found);
    expect(found.length).toBeCloseTo(said.length_mm, 4);
    expect(found.width).toBeCloseTo(said.width_mm, 4);
    expect(found.area).toBeCloseTo(said.area_mm2, 4);
    // What is drawn for the eye is as long as what is said.
    const [[x, y], [u, v]] = found.widthLine;
    const [start, end] = scale as [Point, Point];
    expect((Math.hypot(u - x, v - y) * scaleMm) / Math.hypot(end[0] - start[0], end[1] - start[1])).toBeCloseTo(said.width_mm, 4);
  });

  it.each(vectors.refused)("there is none of $name", ({ outline, fault }) => {
    const scale: readonly Point[] = [[0, 0], [500, 0]];
    expect(measured({ scale, scaleMm: 50, outline })).toBe(fault);
  });

  it("need a scale", () => {
    const outline: readonly Point[] = [[0, 0], [9, 0], [9, 9]];
    expect(measured({ scale: [[0, 0]], scaleMm: 50, outline })).toBe("scale");
    expect(measured({ scale: [[0, 0], [40, 0]], scaleMm: 50, outline })).toBe("scale");
    expect(measured({ scale: [[0, 0], [50, 0]], scaleMm: 300, outline: [[0, 0], [4000, 0], [4000, 4000]] })).toBe("large");
    expect(crosses([[0, 0], [10, 0], [10, 10], [0, 10]])).toBe(false);
  });
});

function wound(...areas: readonly number[]): WoundView {
  return { findings: areas.map((area, at) => ({ time: at, area_mm2: area, length_mm: 10, width_mm: 5, stage: null })) } as unknown as WoundView;
}

describe("a wound over time", () => {
  it("is compared with its first measure", () => {
    expect(change(wound(1200))).toBeNull();
    expect(change(wound(1200, 900, 600))).toBe(-0.5);
    expect(changeText(wound(1200, 600), speech)).toContain("50");
    expect(changeText(wound(1200, 1200), speech)).toBe(speech.words.wounds.change.same);
    expect(changeText(wound(), speech)).toBe("");
  });

  it("is said in the unit that fits", () => {
    expect(areaText(99, "fr")).toBe("99\u00a0mm²");
    expect(areaText(1234, "fr")).toBe("12,3\u00a0cm²");
    expect(sizeText({ length_mm: 50, width_mm: 37.5, area_mm2: 1200 }, "fr")).toBe("5,0\u00a0cm × 3,8\u00a0cm · 12,0\u00a0cm²");
    expect(sizeText({ length_mm: null, width_mm: null, area_mm2: null }, "fr")).toBe("");
  });
});

describe("the body map", () => {
  it("has a word for every region, in both languages", () => {
    for (const language of ["fr", "en"] as const) {
      const names = REGION_IDS.map((id) => regionName(id, { words: wordsOf(language), language, now: 0 }));
      expect(new Set(names).size).toBe(REGION_IDS.length);
      for (const name of names) expect(name).not.toMatch(/_/);
    }
    expect(regionName("heel_left", speech)).toBe("Talon gauche");
    expect(regionName("hip_right", speech)).toBe("Hanche, trochanter droite");
  });

  it("knows the hub's regions and no other", () => {
    const source = readFileSync(new URL("../../hub/acts/wounds.py", import.meta.url), "utf8");
    for (const id of REGION_IDS) expect(source).toContain(`"${id.replace(/_(left|right)$/, "")}"`);
    expect(REGION_IDS).toHaveLength(2 * 22 + 11);
  });

  it("draws left on the left of the paper only from behind", () => {
    const first = (id: string, face: string): number => Number(/^M([\d.]+)/.exec(REGIONS.find((region) => region.id === id && region.face === face)?.path ?? "")?.[1]);
    expect(first("heel_left", "back")).toBeLessThan(first("heel_right", "back"));
    expect(first("knee_left", "front")).toBeGreaterThan(first("knee_right", "front"));
  });
});

describe("addresses", () => {
  it("name a picture as acts do", () => {
    expect(namedPicture("w:heel/p1")).toBe("/api/v1/wounds/heel/pictures/p1");
    expect(namedPicture("call/p1")).toBeNull();
    expect([woundOf("w:heel/p1"), woundOf("call/p1")]).toEqual(["heel", null]);
    expect(woundsAddress("jeanne", "heel")).toBe("/plaies/jeanne#heel");
  });
});

describe("a question about a wound", () => {
  const picture = (id: string, view: string): unknown => ({ id, view, name: `w:w1/${id}`, time: 0 });
  const finding = { time: 0, length_mm: null, width_mm: null, area_mm2: null, depth_mm: null, pain: null, tissue: null, stage: null };
  const heel = {
    id: "w1",
    region: "heel_left",
    cause: "pressure",
    begun: "3 semaines",
    pictures: [picture("a", "overview"), picture("b", "close"), picture("c", "close")],
    findings: [
      { ...finding, length_mm: 40, width_mm: 30, area_mm2: 900, pain: 3 },
      { ...finding, stage: "4", healing: true, depth_mm: 4.04, tissue: { necrosis: 10, fibrin: 20, granulation: 70, epithelium: 0 } },
      { ...finding, length_mm: 33.3333, width_mm: 0.4, area_mm2: 12.5678 },
    ],
  } as unknown as WoundView;

  it("says what was last seen of everything, and nothing else", () => {
    expect(questionFields(heel, speech)).toEqual({
      place: "Talon gauche",
      begun: "3 semaines",
      stage: "Stade IV en voie de cicatrisation",
      length_mm: 33.3,
      width_mm: 1,
      area_mm2: 12.6,
      depth_mm: 4,
      pain: 3,
      necrosis: 10,
      fibrin: 20,
      granulation: 70,
      epithelium: 0,
      pictures: ["w:w1/a", "w:w1/c"],
    });
    const bare = { ...heel, pictures: [], findings: [] };
    expect(questionFields(bare, speech)).toEqual({ place: "Talon gauche", begun: "3 semaines", pictures: [] });
    expect(woundText(bare, speech)).toBe("Talon gauche, escarre");
    expect(woundText(heel, speech)).toContain("Talon gauche, escarre · 3,3");
  });
});

describe("whom a question is put to", () => {
  const experts: readonly ExpertView[] = [
    { to: "@derm", name: "Dermatologie", group: true, members: 2 },
    { to: "weber", name: "Dr Weber", group: false, members: 1 },
    { to: "weber2", name: "Dr Weber", group: false, members: 1 },
    { to: "nguyen", name: "Dr Nguyen", group: false, members: 1 },
  ];
  const meant = (typed: string): string | undefined => expertMeant(typed, experts, speech)?.to;

  it("is found by name, account or group, and nobody is guessed", () => {
    expect(experts.map((expert) => expertLabel(expert, experts, speech))).toEqual(["Dermatologie (groupe de 2)", "Dr Weber (weber)", "Dr Weber (weber2)", "Dr Nguyen"]);
    expect([meant(" dr nguyen "), meant("Dermatologie"), meant("Dermatologie (groupe de 2)"), meant("@derm"), meant("Dr Weber (weber2)")]).toEqual(["nguyen", "@derm", "@derm", "@derm", "weber2"]);
    expect([meant("Dr Weber"), meant("Dr Nguy"), meant("")]).toEqual([undefined, undefined, undefined]);
  });
});
