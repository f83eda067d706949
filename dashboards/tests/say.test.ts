import { describe, expect, it } from "vitest";
import { ApiError, IdentityError } from "../src/lib/api";
import { curveMetrics, lastOf, matches, metricsOf, tileMetrics } from "../src/lib/choose";
import { wordsOf } from "../src/lib/i18n";
import {
  alertHeadline, alertHolder, alertMeaning, alertSince, alertSpoken, errorSentence, limitSentence, roomName, sensorSentence, unwatchedSentence,
  type Speech,
} from "../src/lib/say";
import { scoreShort, scoreSpoken } from "../src/lib/reasons";
import { homeOf, returnPath } from "../src/login/paths";
import { MINUTE, SECOND, type SensorView } from "../src/lib/types";
import { alert, NIGHT, resident, sensor, value } from "./people";

const speech: Speech = { words: wordsOf("fr"), language: "fr", now: NIGHT };
/** No-break spaces as plain ones, so that expectations stay readable. */
const plain = (text: string): string => text.replace(/[\u00A0\u202F]/g, " ").replace(/’/g, "'");

describe("an alert", () => {
  it("says what, how long and who in one line", () => {
    const one = alert("x");
    expect(plain(alertHeadline(one, speech))).toBe("SpO₂ 84 %");
    expect(plain(alertMeaning(one, speech))).toBe("sous la limite de 90 %");
    expect(plain(alertSince(one, speech))).toBe("depuis 1 min 20");
    expect(plain(alertHolder(one, "ines", speech))).toBe("personne ne s'en occupe");
  });

  it("says which silence it is", () => {
    const silent = { suppression: "inhibited" } as const;
    expect(plain(alertHolder(alert("x", silent), "ines", speech))).toBe("boîtier muet, ne sonne pas");
    const outranked = alert("x", { ...silent, detail: "outranked" });
    expect(plain(alertHolder(outranked, "ines", speech))).toBe("dit par l'alarme plus haute, ne sonne pas");
    const inHand = alert("x", { ...silent, detail: "in_hand" });
    expect(plain(alertHolder(inHand, "ines", speech))).toBe("quelqu'un s'en occupe déjà, ne sonne pas");
  });

  it("knows its holder from others", () => {
    const taken = alert("x", { response: "taken", taken_by: "ines" });
    expect(plain(alertHolder(taken, "ines", speech))).toBe("vous vous en occupez");
    expect(plain(alertHolder(taken, "paul", speech))).toBe("pris par ines");
  });

  it("names who has seen it", () => {
    const history = [{ time: NIGHT, event: "acknowledged" as const, author: "paul", reason: "" }];
    expect(plain(alertHolder(alert("x", { response: "acknowledged", history }), "ines", speech))).toBe("vu par paul");
  });

  it("says that it is history when it was over before the hub knew", () => {
    const past = alert("x", { condition: "cleared", cleared: NIGHT - 20 * MINUTE, raised: NIGHT - 10 * MINUTE, suppression: "inhibited" });
    expect(plain(alertSince(past, speech))).toBe("pendant une coupure de la liaison, terminée il y a 20 min");
  });

  it("says when it ended unseen", () => {
    const ended = alert("x", { condition: "cleared", raised: NIGHT - 10 * MINUTE, cleared: NIGHT - 3 * MINUTE, latched: true });
    expect(plain(alertSince(ended, speech))).toBe("terminée il y a 3 min, personne ne l'a vue");
    expect(alertHolder(ended, "ines", speech)).toBe("");
  });

  it.each([
    "sensor_silent", "probe_off", "edge_silent", "clock_skew", "spool_full", "sensor_unplugged", "sensor_updating", "sensor_unassigned",
    "sensor_conflict", "sensor_fault", "rota_hole", "escalation_late", "verdicts_differ",
    "rate_fall", "rate_rise", "composite", "news2", "metric_absent", "limit_expired", "battery_low", "radio_down", "loudspeaker_mute", "tablet_mute", "broker_down", "disk_low", "watch_hole", "synthetic_lost", "contact_unreachable", "request_unanswered",
     "nurse_call", "bed_exit", "fall", "atrial_fibrillation", "pause", "bradycardia", "tachycardia", "apnoea",
  ] as const)("%s says what it means", (code) => {
    const one = alert("x", { code, category: "technical", sensor: "ox", metric: null, value: null, limit: null });
    expect(alertHeadline(one, speech).length).toBeGreaterThan(3);
    expect(alertMeaning(one, speech).length).toBeGreaterThan(10);
  });

  it("is spoken with a name, and without one when nobody of that identity is known", () => {
    expect(plain(alertSpoken(alert("x"), resident("a"), speech))).toBe("MARTIN Jeanne, Chambre 12. SpO₂ 84 %, sous la limite de 90 %.");
    expect(plain(alertSpoken(alert("x"), undefined, speech))).toBe("Chambre 12. SpO₂ 84 %, sous la limite de 90 %.");
  });

  const rule = { metric: null, limit: null, value: null } as const;

  it.each([
    [7, "respiration_rate=1,spo2=3,on_oxygen=2,pulse=1;;red", "NEWS2 7", "points : FR 1, SpO₂ 3, O₂ en cours 2, Pouls 1, une mesure à 3 points : allez voir le résident"],
    [5, "spo2=3,pulse=2;temperature,consciousness;red,usual=1", "NEWS2 ≥ 5", "points : SpO₂ 3, Pouls 2, une mesure à 3 points, score habituel 1 ; allez voir le résident, il manque : T°, Conscience"],
    [null, "", "Score NEWS2 élevé", "Le score demande une évaluation : allez voir le résident et complétez les mesures qui manquent"],
  ])("a score of %s says what its points are and what is missing", (total, detail, headline, meaning) => {
    const one = alert("x", { code: "news2", ...rule, value: total, detail });
    expect(plain(alertHeadline(one, speech))).toBe(headline);
    expect(plain(alertMeaning(one, speech))).toBe(meaning);
  });

  it.each([
    ["Fièvre et pouls;temperature>38.3,pulse_rate>100", "Fièvre et pouls", "T° > 38,3 °C, Pouls > 100/min : allez voir le résident"],
    ["Froid ; chaud;temperature<35>39", "Froid ; chaud", "T° < 35,0 °C ou > 39,0 °C : allez voir le résident"],
    ["", "Plusieurs signes à la fois", "Plusieurs constantes ensemble sortent de l'habituel : allez voir le résident"],
    ["Fièvre;?", "Fièvre", "Plusieurs constantes ensemble sortent de l'habituel : allez voir le résident"],
  ])("several values of %s are told one by one", (detail, headline, meaning) => {
    const one = alert("x", { code: "composite", ...rule, detail });
    expect(plain(alertHeadline(one, speech))).toBe(headline);
    expect(plain(alertMeaning(one, speech))).toBe(meaning);
  });

  it.each([
    [{ total: 7, missing: [], rise: 3 }, "N 7 ↑", "NEWS2 7, 3 de plus que d'habitude"],
    [{ total: 1, missing: [], rise: -2 }, "N 1 ↓", "NEWS2 1, 2 de moins que d'habitude"],
    [{ total: 0, missing: [], rise: 0 }, "N 0", "NEWS2 0, comme d'habitude"],
    [{ total: 5, missing: ["temperature"], rise: null }, "N ≥5", "NEWS2 ≥ 5"],
  ])("a tile has room for the score %o", (score, short, spoken) => {
    expect(scoreShort(score)).toBe(short);
    expect(plain(scoreSpoken(score, speech))).toBe(spoken);
  });

  it("has a value of zero", () => {
    expect(plain(alertHeadline(alert("x", { value: 0 }), speech))).toBe("SpO₂ 0 %");
  });
});

const lost: SensorView["why"] = {
  code: "link_lost", fault: true, params: { sensor: "ox", kind: "oximeter", since: NIGHT - 14 * MINUTE },
};
const LOST = "La liaison avec l'oxymètre est perdue depuis 14 min. Rapprochez l'appareil du boîtier de la chambre et vérifiez qu'il est allumé";

describe("a sensor", () => {
  it.each([
    ["up", sensor(), "parle, dernière mesure il y a 5 s"],
    ["up without a value", sensor({ last: null }), "relié, aucune mesure encore"],
    ["lost", sensor({ link: "down", why: lost }), `${LOST}.`],
  ])("%s", (_name, one, sentence) => {
    expect(plain(sensorSentence(one, speech))).toBe(sentence);
  });

  it("says in its alert why it is silent, when that is known", () => {
    const silent = alert("x", {
      code: "sensor_silent", category: "technical", sensor: "ox", about: [{ sensor: "ox", kind: "oximeter" }], metric: null, value: null, limit: null,
    });
    expect(plain(alertMeaning(silent, speech, [sensor({ why: lost })]))).toBe(LOST);
    expect(plain(alertMeaning(silent, speech))).toBe("L'oxymètre n'envoie plus rien : vérifiez que l'appareil est allumé et en place");
  });
});

describe("something that happened", () => {
  const call = alert("x", {
    code: "nurse_call", metric: null, value: null, limit: null, sensor: "button", onset: NIGHT - 3 * MINUTE, condition: "cleared", cleared: NIGHT - 3 * MINUTE, latched: true,
  });

  it("tells a call, its age and that nobody has answered, though the button was let go of", () => {
    expect(plain(alertHeadline(call, speech))).toBe("Appel du résident");
    expect(plain(alertMeaning(call, speech))).toBe("Le résident a appuyé sur son bouton : allez le voir");
    expect(plain(alertSince(call, speech))).toBe("il y a 3 min");
    expect(plain(alertHolder(call, "ines", speech))).toBe("personne ne s'en occupe");
  });

  it("counts the calls", () => {
    const again = { time: NIGHT, event: "returned" as const, author: "veilleuse", reason: "" };
    expect(plain(alertMeaning({ ...call, history: [again, again] }, speech))).toBe("Le résident a appelé 3 fois : allez le voir");
  });

  it("tells how long a pause was", () => {
    const pause = { ...call, code: "pause" as const, value: 3.24 };
    expect(plain(alertMeaning(pause, speech))).toBe("Le cœur a marqué une pause de 3,2 s : allez voir le résident");
    expect(plain(alertMeaning({ ...pause, value: null }, speech))).toBe("Le cœur a marqué une pause : allez voir le résident");
  });

  it("names the sensors that wait for an owner, and the room that has one", () => {
    const about = [{ sensor: "ox", kind: "oximeter" }, { sensor: "c", kind: "cuff" }];
    const waiting = alert("x", { code: "sensor_unassigned", category: "technical", about });
    expect(plain(alertMeaning(waiting, speech))).toMatch(/^Le résident a changé : l'oxymètre, le tensiomètre\./);
    const conflict = alert("x", { code: "sensor_conflict", category: "technical", about: about.slice(0, 1), other_room: "4" });
    expect(plain(alertMeaning(conflict, speech))).toMatch(/^L'oxymètre est entendu ici, mais appartient à Chambre 4/);
  });
});

describe("the last word of a sensor", () => {
  const one = sensor({ last: NIGHT - 46 * SECOND });

  it("is its newest value, or what the hub said", () => {
    expect(lastOf(resident("a"), one)).toBe(NIGHT);
    expect(lastOf(resident("a", { values: [value("spo2", 96, { sensor: "other" })] }), one)).toBe(one.last);
    expect(lastOf(resident("a", { values: [] }), { ...one, last: null })).toBeNull();
  });
});

describe("other sentences", () => {
  it("tell a limit with its delay", () => {
    const limit = { id: "l", metric: "spo2", low: 90, high: null, delay: 10, hysteresis: 0, gap: 60, area: 0, priority: "high", author: "Dr Benali", reason: "" } as const;
    expect(plain(limitSentence(limit, speech))).toBe("alarme sous 90 %, après 10 s");
    expect(plain(limitSentence({ ...limit, metric: "pulse_rate", low: 45, high: 120, delay: 0 }, speech))).toBe(
      "alarme sous 45/min ou au-dessus de 120/min, aussitôt",
    );
  });

  it("tell why nobody watches, also for a reason nobody has words for", () => {
    expect(unwatchedSentence(resident("a", { unwatched_reason: "edge_silent" }), speech)).toMatch(/boîtier/);
    expect(unwatchedSentence(resident("a", { unwatched_reason: "toString" }), speech)).toBe(speech.words.unwatched.other);
  });

  it("tell an error with what to do", () => {
    expect(errorSentence(new ApiError("offline", "offline", "x"), speech.words)).toMatch(/Vérifiez le réseau/);
    expect(errorSentence(new IdentityError("a", "b"), speech.words)).toMatch(/autre personne/);
    expect(errorSentence(new Error("x"), speech.words)).toBe(speech.words.error.failing);
  });

  it("name a room once", () => {
    expect(plain(roomName("Chambre 12", speech.words))).toBe("Chambre 12");
    expect(plain(roomName("12", speech.words))).toBe("Chambre 12");
    expect(roomName("Salon", speech.words)).toBe("Salon");
  });
});

describe("which values", () => {
  const rich = resident("a", {
    values: [
      value("temperature", 37, { stale_after: 43_200 }),
      value("battery", 80),
      value("rr_interval", 592),
      value("signal_quality", 1),
      value("pulse_rate", 70),
      value("heart_rate", 71),
      value("spo2", 96),
    ],
  });

  it("stand on a tile: two, measured all the time, never the same twice", () => {
    expect(tileMetrics(rich)).toEqual(["spo2", "heart_rate"]);
  });

  it("stand on a page: bedside order, no battery", () => {
    expect(metricsOf(rich)).toEqual(["spo2", "heart_rate", "pulse_rate", "temperature"]);
  });

  it("include a limit whose value has never come", () => {
    const limit = { id: "l", metric: "spo2", low: 90, high: null, delay: 0, hysteresis: 0, gap: 60, area: 0, priority: "high", author: "x", reason: "" } as const;
    expect(tileMetrics(resident("a", { values: [], limits: [limit] }))).toEqual(["spo2"]);
    // A default limit of what nobody measures does not stand before what is measured.
    const strap = resident("a", { values: [value("heart_rate", 72)], limits: [limit] });
    expect(tileMetrics(strap)).toEqual(["heart_rate", "spo2"]);
  });

  it("get a curve only when the hub knows the metric", () => {
    const metrics = new Map([["spo2", { name: "spo2", unit: "%", loinc: null, stale_after: 15 }]]);
    expect(curveMetrics(rich, metrics).map((one) => one.name)).toEqual(["spo2"]);
  });
});

describe("search", () => {
  const one = resident("a", { family_name: "Lefèvre", given_name: "Éliane", room: "12" });
  it.each([["lefevre", true], ["ELIANE 12", true], ["ch 12", true], ["  ", true], ["martin", false]])("%j finds: %s", (query, found) => {
    expect(matches(one, query)).toBe(found);
  });
});

describe("after signing in", () => {
  it("each role goes to its page", () => {
    expect([homeOf("nurse"), homeOf("physician"), homeOf("technician"), homeOf("coordinator")]).toEqual(["/service", "/medecin", "/technicien", "/coordination"]);
  });

  it.each([
    ["?retour=%2Fservice%2Fresident%2Fa", "nurse", "/service/resident/a"],
    ["?retour=%2Fservice%2Falarme%2F12%2525", "nurse", "/service/alarme/12%25"],
    ["?retour=%2Ftournee%2Fresident%2Fa", "nurse", "/tournee/resident/a"],
    ["?retour=%2Ftransmissions", "nurse", "/transmissions"],
    ["?retour=%2Fgarde", "nurse", "/garde"],
    ["?retour=%2Fplus", "nurse", "/plus"],
    ["?retour=%2Flimites%2Fa", "nurse", "/limites/a"],
    ["?retour=%2Fcoordination", "nurse", "/service"],
    ["?retour=%2Fmedecin", "nurse", "/service"],
    ["?retour=%2Ftechnicien", "nurse", "/service"],
    ["?retour=%2Fcoordination%2Fsignatures", "coordinator", "/coordination/signatures"],
    ["?retour=%2Fgarde", "coordinator", "/garde"],
    ["?retour=%2Fmedecin", "coordinator", "/coordination"],
    ["?retour=%2Fmedecin%2Fresident%2Fa", "physician", "/medecin/resident/a"],
    ["?retour=%2Fcoordination%2Fsignatures", "physician", "/coordination/signatures"],
    ["?retour=%2Fservice%2Fresident%2Fa", "physician", "/service/resident/a"],
    ["?retour=%2Flimites%2Fa", "physician", "/limites/a"],
    ["?retour=%2Ftechnicien%2Fchambre%2F12", "technician", "/technicien/chambre/12"],
    ["?retour=%2Fservice", "technician", "/technicien"],
    ["?retour=%2Flimites%2Fa", "technician", "/technicien"],
    ["?retour=https%3A%2F%2Fevil.example", "nurse", "/service"],
    ["?retour=%2F%2Fevil.example", "nurse", "/service"],
    ["?retour=%2Fservice%2F%2Fevil.example", "nurse", "/service"],
    ["?retour=%2Fservice%5Cx", "nurse", "/service"],
    ["?retour=%2Fservices", "nurse", "/service"],
    ["?retour=%2Fservice%2F..%2F..%2Fx", "nurse", "/service"],
    ["", "nurse", "/service"],
  ] as const)("%s brings a %s to %s", (search, role, path) => {
    expect(returnPath(search, role)).toBe(path);
  });
});
