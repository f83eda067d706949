import { describe, expect, it } from "vitest";
import { Api, IdentityError } from "../src/lib/api";
import { auditSentence, CareApi, missing, nameOf, placeOf, unseen, type AuditLine, type CareList, type GlassView, type SeenResident } from "../src/lib/care";
import { wordsOf } from "../src/lib/i18n";

const speech = { words: wordsOf("fr"), language: "fr" as const, now: 0 };
const seen = (resident: string, family_name: string, ground: SeenResident["ground"] = null): SeenResident => ({
  resident,
  family_name,
  given_name: "Rose",
  room: "12",
  ground,
  until: null,
  physicians: [],
});
const list: CareList = { stated: true, items: [seen("a", "Hébert"), seen("b", "Martin", "care"), seen("c", "Zola")], physicians: [] };
const line = (action: string, detail: string): AuditLine => ({ time: 0, actor: "benali", name: "Dr Benali", action, detail });

function api(body: unknown, status = 200): CareApi {
  return new CareApi(new Api(() => Promise.resolve(new Response(JSON.stringify(body), { status }))));
}

describe("opening a record in an emergency", () => {
  it("offers only those whom one does not see, by name or room, whatever the accents", () => {
    expect(unseen(list, "").map(({ resident }) => resident)).toEqual(["a", "c"]);
    expect(unseen(list, "hebert").map(({ resident }) => resident)).toEqual(["a"]);
    expect(unseen(list, "martin")).toEqual([]);
    expect(unseen(list, "12 zola").map(({ resident }) => resident)).toEqual(["c"]);
  });

  it("needs ten characters that are not spaces at the ends or doubled", () => {
    expect(missing("")).toBe(10);
    expect(missing("  appelé    ")).toBe(4);
    expect(missing("a    b    c")).toBe(5);
    expect(missing("dyspnée aiguë")).toBe(0);
  });

  it("takes no answer about somebody else", async () => {
    const glass = { resident: "b" } as GlassView;
    await expect(api(glass).open("a", "dyspnée aiguë")).rejects.toBeInstanceOf(IdentityError);
    await expect(api({ items: [glass] }).openedOf("a")).rejects.toBeInstanceOf(IdentityError);
    await expect(api({ resident: "b", items: [] }).audit("a")).rejects.toBeInstanceOf(IdentityError);
    expect(await api({ resident: "a", items: [] }).audit("a")).toEqual([]);
    expect(await api({ items: [glass] }).opened()).toEqual([glass]);
  });
});

describe("what is said of who sees whom", () => {
  it("names people and rooms", () => {
    const one = seen("a", "Hébert");
    expect(nameOf(one)).toContain("Rose");
    expect(placeOf(one, speech)).toContain("12");
    expect(placeOf({ room: "" }, speech)).toBe(speech.words.coordination.left);
  });

  it("puts the log into sentences, and keeps what it has no words for", () => {
    expect(auditSentence(line("resident_seen", "break_glass"), speech)).toBe(speech.words.care.seen.break_glass);
    expect(auditSentence(line("resident_seen", "later"), speech)).toBe("later");
    expect(auditSentence(line("break_glass", "dyspnée aiguë"), speech)).toBe(`${speech.words.care.did.break_glass} · dyspnée aiguë`);
    expect(auditSentence(line("enter_set", ""), speech)).toBe("enter set");
  });
});
