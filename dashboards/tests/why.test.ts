import { describe, expect, it } from "vitest";
import { sensorName, whySentence, type Why } from "../src/lib/why";
import { SECOND } from "../src/lib/types";
import cases from "../words/cases.json";
import en from "../words/why.en.json";
import fr from "../words/why.fr.json";
import { NIGHT } from "./people";

const plain = (text: string): string => text.replace(/[\u00A0\u202F]/g, " ");

describe("why a sensor is silent", () => {
  it.each(cases)("$language $code of $kind", ({ language, code, kind, sensor, ago, battery, text }) => {
    const params: Record<string, string | number> = { kind, sensor };
    if (ago !== null) params["since"] = NIGHT - ago * SECOND;
    if (battery !== null) params["battery"] = battery;
    const why = { code, fault: true, params } as Why;
    expect(plain(whySentence(why, NIGHT, language === "fr" ? "fr" : "en"))).toBe(text);
  });

  it("leaves no token unsaid, in any language, for any cause and any name", () => {
    for (const language of ["fr", "en"] as const) {
      for (const code of Object.keys(fr.why)) {
        for (const kind of Object.keys(fr.names)) {
          for (const since of [{}, { since: NIGHT }]) {
            const params = { kind, sensor: "x", battery: 10, ...since };
            const said = whySentence({ code, fault: true, params } as unknown as Why, NIGHT, language);
            expect(said).not.toMatch(/[{}]|undefined/);
            expect(said).toMatch(/\.$/);
          }
        }
      }
    }
  });

  it("says the same things in both languages", () => {
    expect(Object.keys(en.why)).toEqual(Object.keys(fr.why));
    expect(Object.keys(en.names)).toEqual(Object.keys(fr.names));
  });

  it("shows a code nobody has words for", () => {
    expect(whySentence({ code: "toString", fault: true, params: {} } as unknown as Why, NIGHT, "fr")).toBe("toString");
  });

  it("names a sensor with its article", () => {
    expect(sensorName("oximeter", "ox", "fr")).toBe("l’oxymètre");
    expect(sensorName("oximeter", "ox", "fr", true)).toBe("L’oxymètre");
    expect(sensorName("sensor", "x-7", "fr")).toBe("le capteur x-7");
    expect(sensorName("toString", "x-7", "en")).toBe("the sensor x-7");
  });
});
