/** A resident's dossier as data: what each section holds, how it is said, what differs between two versions. Pure. */
import type { components } from "./api.gen";
import { ApiError, IdentityError, type Api } from "./api";
import { formatNumber, type Language } from "./format";
import { lookUp } from "./i18n";
import type { Speech } from "./say";

type Schemas = components["schemas"];

export type DossierView = Schemas["DossierView"];
export type SectionView = Schemas["SectionView"];
export type ProfessionalView = Schemas["ProfessionalView"];
export type Section = DossierView["may_write"][number];
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type Body = Readonly<Record<string, Value>>;

/** How a field is written and read. */
export type Kind = "line" | "text" | "date" | "since" | "number" | "flag" | "known" | "choice" | "choices" | "names" | "list";

export interface Shape {
  readonly name: string;
  readonly kind: Kind;
  /** Codes of a choice; words are `dossier.choice.<name>.<code>`. */
  readonly options?: readonly string[];
  readonly unit?: string;
  /** Of a list's items. */
  readonly items?: readonly Shape[];
  readonly needed?: boolean;
}

const line = (name: string, needed = false): Shape => ({ name, kind: "line", needed });
const flag = (name: string): Shape => ({ name, kind: "flag" });
const date = (name: string): Shape => ({ name, kind: "date" });
const number = (name: string, unit: string): Shape => ({ name, kind: "number", unit });
const known = (name: string): Shape => ({ name, kind: "known", options: ["unknown", "none", "listed"] });
const choice = (name: string, ...options: string[]): Shape => ({ name, kind: "choice", options });
const list = (name: string, ...items: Shape[]): Shape => ({ name, kind: "list", items });

/** Sections in the order in which somebody reads them who does not know the resident. */
export const ORDER: readonly Section[] = ["allergies", "treatments", "directives", "history", "usual", "persons", "physicians", "consents", "identity"];

/** Everything a section holds; `hub.acts.dossier` says what each may be. */
export const SHAPES: Readonly<Record<Section, readonly Shape[]>> = {
  identity: [
    line("family_name"),
    { name: "given_names", kind: "names" },
    line("first_given_name"),
    line("used_family_name"),
    line("used_given_name"),
    date("birth_date"),
    choice("sex", "F", "M", "I"),
    line("birth_place"),
    line("birth_place_name"),
    line("matricule"),
    choice("authority", "nir", "nia", "test", "demo"),
    choice("status", "provisional", "retrieved", "validated", "qualified"),
    choice("document", "none", "identity_card", "passport", "residence_permit", "family_book"),
    date("document_seen"),
  ],
  physicians: [
    list(
      "items",
      choice("bond", "treating", "coordinating", "specialist", "nurse", "pharmacy", "other"),
      line("family_name", true),
      line("given_name"),
      line("specialty"),
      line("rpps"),
      line("phone"),
      line("mssante"),
      line("place"),
    ),
  ],
  allergies: [
    known("known"),
    list("items", line("substance", true), line("reaction"), choice("severity", "unknown", "mild", "severe", "life_threatening"), { name: "since", kind: "since" }),
  ],
  history: [
    known("known"),
    list("items", line("text", true), { name: "since", kind: "since" }, { name: "active", kind: "flag" }, line("code")),
    flag("pacemaker"),
    choice("carriage", "unknown", "none", "bmr", "bhre"),
    line("carriage_detail"),
    list("vaccinations", line("vaccine", true), { name: "given", kind: "since" }),
    date("admitted"),
    line("admission_reason"),
  ],
  treatments: [
    flag("anticoagulant"),
    line("anticoagulant_detail"),
    flag("antiplatelet"),
    flag("oxygen"),
    number("oxygen_flow", "L/min"),
    flag("insulin"),
    line("insulin_detail"),
    flag("opioids"),
    flag("immunosuppression"),
    known("known"),
    list("items", line("name", true), line("dose"), line("times"), line("route"), { name: "as_needed", kind: "flag" }),
    date("prescribed"),
    line("prescriber"),
  ],
  usual: [
    number("spo2", "%"),
    number("pulse_rate", "/min"),
    number("respiration_rate", "/min"),
    number("systolic", "mmHg"),
    number("diastolic", "mmHg"),
    number("temperature", "°C"),
    number("weight", "kg"),
    date("weighed"),
    number("gir", ""),
    date("gir_assessed"),
    choice("mobility", "alone", "aid", "helped", "wheelchair", "bed"),
    line("mobility_detail"),
    line("communication"),
    flag("hearing_aid"),
    flag("glasses"),
    flag("dentures"),
    line("cognition"),
    flag("wandering"),
    line("swallowing"),
    line("diet"),
    line("skin"),
    line("continence"),
    line("pain"),
  ],
  directives: [
    known("known"),
    { name: "text", kind: "text" },
    date("written"),
    line("kept"),
    known("limitation"),
    { name: "limitation_text", kind: "text" },
    date("limitation_decided"),
    line("limitation_by"),
    flag("resuscitation"),
    flag("intensive_care"),
    flag("hospital"),
    flag("palliative"),
  ],
  persons: [
    known("trusted"),
    choice("protection", "unknown", "none", "tutelle", "curatelle", "safeguard", "family"),
    list(
      "items",
      line("family_name", true),
      line("given_name"),
      { name: "parts", kind: "choices", options: ["trusted", "emergency", "family", "guardian", "other"] },
      line("relation"),
      line("phone"),
      line("other_phone"),
      flag("night"),
      line("note"),
    ),
  ],
  consents: [
    list(
      "items",
      choice("matter", "surveillance", "assistance", "consultation", "expertise", "regulation", "photo"),
      { name: "agreed", kind: "flag", needed: true },
      { ...date("given"), needed: true },
      choice("form", "oral", "written", "guardian"),
      line("by"),
      line("informed_by"),
      date("withdrawn"),
      line("note"),
    ),
  ],
};

const EMPTY: Readonly<Record<Kind, Value>> = { line: "", text: "", since: "", date: null, number: null, flag: null, known: "unknown", choice: null, choices: [], names: [], list: [] };
/** Where the beginning of a field is not the emptiness of its kind; the hub's own defaults. */
const BEGIN: Readonly<Record<string, Value>> = {
  authority: "nir",
  status: "provisional",
  document: "none",
  carriage: "unknown",
  protection: "unknown",
  bond: "treating",
  severity: "unknown",
  active: true,
  as_needed: false,
  parts: ["family"],
  matter: "consultation",
  agreed: true,
  form: "oral",
};

/** What a section or an item of a list is before anybody wrote. */
export function blank(shapes: readonly Shape[]): Body {
  return Object.fromEntries(shapes.map(({ name, kind }) => [name, BEGIN[name] ?? EMPTY[kind]]));
}

/** A plain value as text; what is none is empty. */
export function plain(value: Value | undefined): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** A number as somebody types it; what is none stays as it was typed, and the hub refuses it at its place. */
export function typedNumber(text: string): Value {
  const plain = text.trim().replace(",", ".");
  if (plain === "") return null;
  return Number.isFinite(Number(plain)) ? Number(plain) : text;
}

/** Whether a field says anything. */
export function says(shape: Shape, value: Value | undefined): boolean {
  if (value === undefined || value === null || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return !(value === "unknown" && (shape.kind === "known" || shape.kind === "choice"));
}

/** `2026-01-02` as `02/01/2026`, a month as `01/2026`; anything else as it is. */
export function dayText(day: string): string {
  return day.split("-").reverse().join("/");
}

export function optionText(shape: Shape, code: string, { words }: Speech): string {
  const choices: Readonly<Record<string, Readonly<Record<string, string>>>> = words.dossier.choice;
  return lookUp(shape.kind === "known" ? words.dossier.known : (choices[shape.name] ?? {}), code);
}

/** A field's value in words. */
export function valueText(shape: Shape, value: Value | undefined, speech: Speech): string {
  if (!says(shape, value) || value === undefined || value === null) return speech.words.dossier.unsaid;
  if (typeof value === "boolean") return value ? speech.words.dossier.yes : speech.words.dossier.no;
  if (typeof value === "number") return numberText(value, shape.unit ?? "", speech.language);
  if (typeof value === "string") {
    if (shape.kind === "date" || shape.kind === "since") return dayText(value);
    return shape.options === undefined ? value : optionText(shape, value, speech);
  }
  if (Array.isArray(value)) {
    if (shape.kind === "list") return (value as readonly Body[]).map((item) => itemText(shape.items ?? [], item, speech)).join(" ; ");
    return (value as readonly string[]).map((code) => (shape.options === undefined ? code : optionText(shape, code, speech))).join(", ");
  }
  return "";
}

function numberText(value: number, unit: string, language: Language): string {
  const text = formatNumber(value, Number.isInteger(value) ? 0 : 1, language);
  return unit === "" ? text : `${text}${unit.startsWith("/") ? "" : "\u00A0"}${unit}`;
}

/** One item of a list as a line: its first words, then the rest. */
export function itemText(shapes: readonly Shape[], item: Body, speech: Speech): string {
  return shapes
    .filter((shape) => says(shape, item[shape.name]) && shape.kind !== "flag")
    .map((shape) => valueText(shape, item[shape.name], speech))
    .join(" · ");
}

export interface Change {
  readonly shape: Shape;
  readonly before: string;
  readonly after: string;
}

/** What differs between two versions of a section, field by field. */
export function changes(section: Section, before: Body, after: Body, speech: Speech): readonly Change[] {
  return SHAPES[section]
    .filter(({ name }) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((shape) => ({ shape, before: valueText(shape, before[shape.name], speech), after: valueText(shape, after[shape.name], speech) }));
}

/** The label of a field; those of a list's items stand under the section's own name. */
export function labelOf(section: Section, name: string, { words }: Speech): string {
  const fields: Readonly<Record<string, Readonly<Record<string, string>>>> = words.dossier.field;
  return fields[section]?.[name] ?? fields["all"]?.[name] ?? name;
}

/** The faults of a refused body, by the place of the field: `items[0].rpps`. */
export function faultsOf(error: unknown): ReadonlyMap<string, string> {
  if (!(error instanceof ApiError) || error.code !== "invalid_section") return new Map();
  const pairs = String(error.params["faults"] ?? "").split(" ");
  return new Map(pairs.map((pair): [string, string] => [pair.slice(0, pair.lastIndexOf(":")), pair.slice(pair.lastIndexOf(":") + 1)]));
}

export function faultText(code: string, { words }: Speech): string {
  const faults: Readonly<Record<string, string>> = words.dossier.fault;
  return Object.hasOwn(faults, code) ? lookUp(faults, code) : words.dossier.fault.form;
}

/** What must be read before anything else, and how grave it is. */
export interface First {
  readonly section: Section;
  readonly state: "grave" | "said" | "unsaid";
  readonly text: string;
  readonly more: string;
}

/** Allergies, what makes bleed or breathe, what the person wants, and whom they trust. */
export function firstThings(view: DossierView, speech: Speech): readonly First[] {
  const { words } = speech;
  const body = (section: Section): Body => (view.sections[section]?.body ?? blank(SHAPES[section])) as Body;
  return [allergies(body("allergies"), speech), flags(body("treatments"), speech), directives(body("directives"), speech), trusted(body("persons"), speech)].map((first) =>
    first.state === "unsaid" ? { ...first, text: words.dossier.unsaid } : first,
  );
}

function allergies(body: Body, { words }: Speech): First {
  const said = words.dossier.first;
  const items = body["items"] as readonly Body[];
  const grave = items.filter(({ severity }) => severity === "severe" || severity === "life_threatening");
  if (body["known"] === "none") return { section: "allergies", state: "said", text: said.noAllergy, more: "" };
  if (items.length === 0) return { section: "allergies", state: "unsaid", text: "", more: "" };
  const worst = grave.length > 0 ? said.severe(grave.map(({ substance }) => plain(substance)).join(", ")) : "";
  return { section: "allergies", state: "grave", text: items.map(({ substance }) => plain(substance)).join(", "), more: worst };
}

function flags(body: Body, { words }: Speech): First {
  const said = words.dossier.first;
  const named = (["anticoagulant", "antiplatelet", "oxygen", "insulin", "opioids", "immunosuppression"] as const).filter((name) => body[name] === true);
  const unsaid = (["anticoagulant", "oxygen", "insulin"] as const).filter((name) => body[name] === null);
  const more = unsaid.length === 0 ? "" : said.notSaid(unsaid.map((name) => said.flag[name]).join(", "));
  if (unsaid.length === 3 && named.length === 0) return { section: "treatments", state: "unsaid", text: "", more: "" };
  if (named.length === 0) return { section: "treatments", state: "said", text: said.noFlag, more };
  const detail = typeof body["anticoagulant_detail"] === "string" ? body["anticoagulant_detail"] : "";
  const text = named.map((name) => (name === "anticoagulant" && detail !== "" ? `${said.flag[name]} (${detail})` : said.flag[name])).join(", ");
  return { section: "treatments", state: body["anticoagulant"] === true ? "grave" : "said", text, more };
}

function directives(body: Body, { words }: Speech): First {
  const said = words.dossier.first;
  const limited = (["resuscitation", "intensive_care", "hospital"] as const).filter((name) => body[name] === false).map((name) => said.without[name]);
  const palliative = body["palliative"] === true ? [said.palliative] : [];
  const parts = [...limited, ...palliative];
  if (body["known"] === "listed") parts.push(said.written);
  if (parts.length > 0) return { section: "directives", state: limited.length + palliative.length > 0 || body["limitation"] === "listed" ? "grave" : "said", text: parts.join(", "), more: plain(body["limitation_text"]) || plain(body["text"]) };
  if (body["limitation"] === "listed") return { section: "directives", state: "grave", text: said.limited, more: plain(body["limitation_text"]) };
  if (body["known"] === "none") return { section: "directives", state: "said", text: said.noDirectives, more: body["limitation"] === "none" ? said.noLimitation : "" };
  return { section: "directives", state: "unsaid", text: "", more: "" };
}

function trusted(body: Body, { words }: Speech): First {
  const person = (body["items"] as readonly Body[]).find(({ parts }) => (parts as readonly string[]).includes("trusted"));
  if (person !== undefined) return { section: "persons", state: "said", text: `${plain(person["given_name"])} ${plain(person["family_name"])}`.trim(), more: [plain(person["relation"]), plain(person["phone"])].filter((part) => part !== "").join(" · ") };
  if (body["trusted"] === "none") return { section: "persons", state: "said", text: words.dossier.first.noTrusted, more: "" };
  return { section: "persons", state: "unsaid", text: "", more: "" };
}

export class DossierApi {
  constructor(
    private readonly api: Api,
    private readonly resident: string,
  ) {}

  async read(signal?: AbortSignal): Promise<DossierView> {
    return this.own(await this.api.request<DossierView>("GET", this.path(), undefined, signal));
  }

  async write(section: Section, version: number, reason: string, body: Body): Promise<DossierView> {
    return this.own(await this.api.request<DossierView>("PUT", `${this.path()}/${section}`, { version, reason, body }));
  }

  versions(section: Section): Promise<readonly SectionView[]> {
    return this.api.request("GET", `${this.path()}/${section}/versions`);
  }

  async validate(view: DossierView): Promise<DossierView> {
    const versions = Object.fromEntries(Object.entries(view.sections).map(([section, each]) => [section, each.version]));
    return this.own(await this.api.request<DossierView>("POST", `${this.path()}/validation`, { versions }));
  }

  find(text: string): Promise<readonly ProfessionalView[]> {
    return this.api.request("GET", `/professionals?q=${encodeURIComponent(text)}`);
  }

  private path(): string {
    return `/residents/${encodeURIComponent(this.resident)}/dossier`;
  }

  private own(view: DossierView): DossierView {
    if (view.resident !== this.resident) throw new IdentityError(this.resident, view.resident);
    return view;
  }
}
