/** A dossier as one reads it: what must be known first, then section by section, each with who wrote it. */
import { html, nothing, type TemplateResult } from "lit";
import { changes, faultText, firstThings, itemText, labelOf, says, SHAPES, valueText, type Body, type DossierView, type First, type Section, type SectionView, type Shape, type Value } from "../lib/dossier";
import { moment } from "../lib/format";
import type { Speech } from "../lib/say";
import { icon } from "../ui/icon";

export function firstCards(view: DossierView, speech: Speech): TemplateResult {
  const { words } = speech;
  const titles: Readonly<Record<string, string>> = words.dossier.card;
  return html`<section class="first" aria-label=${words.dossier.firstTitle}>
    ${firstThings(view, speech).map(
      (first: First) => html`<div class="card ${first.state}" data-first=${first.section}>
        <p class="title">${first.state === "grave" || first.state === "unsaid" ? icon("warning") : nothing}${titles[first.section]}</p>
        <p class="large">${first.text}</p>
        ${first.more === "" ? nothing : html`<p>${first.more}</p>`}
      </div>`,
    )}
  </section>`;
}

/** Who wrote a version, when and why. */
export function byline(view: SectionView, { words, language, now }: Speech): string {
  const said = words.dossier;
  const when = moment(view.time, now, language);
  const who = view.version > 1 ? said.corrected(view.author.name, when) : said.written(view.author.name, when);
  return view.reason === "" ? who : `${who} · ${said.reasonOf(view.reason)}`;
}

export function facts(section: Section, body: Body, speech: Speech): TemplateResult {
  return html`<dl class="facts">${SHAPES[section].map((shape) => fact(section, shape, body[shape.name], speech))}</dl>`;
}

function fact(section: Section, shape: Shape, value: Value | undefined, speech: Speech): TemplateResult | typeof nothing {
  if (shape.kind === "list") return listed(section, shape, (value ?? []) as readonly Body[], speech);
  const asked = shape.kind === "flag" || shape.kind === "known";
  // What was asked and has no answer is said; a remark that nobody made is not.
  if (!says(shape, value) && !asked) return nothing;
  return html`<div class=${shape.kind === "text" ? "wide" : ""}>
    <dt>${labelOf(section, shape.name, speech)}</dt>
    <dd class=${says(shape, value) ? "" : "unsaid-word"}>${valueText(shape, value, speech)}</dd>
  </div>`;
}

function listed(section: Section, shape: Shape, items: readonly Body[], speech: Speech): TemplateResult | typeof nothing {
  if (items.length === 0) return nothing;
  const inner = shape.items ?? [];
  return html`<div class="wide">
    <dt>${labelOf(section, shape.name, speech)}</dt>
    <dd><ul>${items.map((item) => html`<li>${itemText(inner, item, speech)}<small>${remarks(section, inner, item, speech)}</small></li>`)}</ul></dd>
  </div>`;
}

/** Answers by yes or no beside an item, where they say something. */
function remarks(section: Section, shapes: readonly Shape[], item: Body, speech: Speech): string {
  const usual: Readonly<Record<string, Value>> = { active: true, as_needed: false };
  return shapes
    .filter((shape) => shape.kind === "flag" && says(shape, item[shape.name]) && item[shape.name] !== usual[shape.name])
    .map((shape) => `${labelOf(section, shape.name, speech)} : ${valueText(shape, item[shape.name], speech)}`)
    .join(" · ");
}

export function doubtsOf(view: DossierView, speech: Speech): TemplateResult | typeof nothing {
  if (view.doubts.length === 0) return nothing;
  return html`<div class="doubts" role="note">
    <p>${speech.words.dossier.doubts}</p>
    <ul>
      ${view.doubts.map((each) => html`<li><b>${labelOf("identity", each.field, speech)}</b> ${faultText(each.code, speech)}</li>`)}
    </ul>
  </div>`;
}

/** What the liaison file lacks, by name. */
export function lacking(view: DossierView, speech: Speech): TemplateResult {
  const said = speech.words.dossier.lacks;
  const count = view.lacks.length;
  if (count === 0) return html`<p>${icon("check")} ${said.none}</p>`;
  const sections: Readonly<Record<string, string>> = speech.words.dossier.section;
  const own = (section: Section, field: string): string => (section === "physicians" ? speech.words.dossier.choice.bond.treating : labelOf(section, field, speech));
  return html`<p><b>${count === 1 ? said.one : said.title(String(count))}</b></p>
    <ul class="lacking">
      ${view.lacks.map((each) => html`<li>${sections[each.section]} : ${own(each.section, each.field)}</li>`)}
    </ul>`;
}

/** Every version, newest first, with what it changed. */
export function versionList(section: Section, versions: readonly SectionView[], speech: Speech): TemplateResult {
  const said = speech.words.dossier.versions;
  return html`<ol class="versions" reversed>
    ${versions.map((each, index) => {
      const before = versions[index + 1];
      return html`<li data-version=${each.version}>
        <p><b>${said.number(String(each.version))}</b>${index === 0 ? ` · ${said.present}` : ""}</p>
        <p class="quiet">${byline(each, speech)}</p>
        ${before === undefined ? html`<p>${said.first}</p>` : differences(section, before.body as Body, each.body as Body, speech)}
      </li>`;
    })}
  </ol>`;
}

export function differences(section: Section, before: Body, after: Body, speech: Speech): TemplateResult {
  const found = changes(section, before, after, speech);
  if (found.length === 0) return html`<p>${speech.words.dossier.conflict.same}</p>`;
  return html`<ul>
    ${found.map((each) => html`<li><b>${labelOf(section, each.shape.name, speech)}</b> : ${speech.words.dossier.versions.from(each.before, each.after)}</li>`)}
  </ul>`;
}
