/** What the rules know of a resident beside limits: profile, scale of NEWS2, oxygen, usual score. */
import { html, nothing, type TemplateResult } from "lit";
import { shortDate } from "../lib/limits";
import type { Speech } from "../lib/say";
import type { PrescriptionPreview, ResidentLimits, SettingsOrder } from "../lib/types";
import { icon } from "../ui/icon";
import { comparison } from "./form";

export interface Choosing {
  order: SettingsOrder;
  usual: string;
  preview: PrescriptionPreview | null;
  sending: boolean;
  refusal: string;
}

export interface SettingsHost {
  choose(change: Partial<SettingsOrder> & { readonly usual?: string }): void;
  sendSettings(): void;
  closeForm(): void;
  readonly signer: boolean;
}

export function settingsCard(view: ResidentLimits, speech: Speech, change: () => void): TemplateResult {
  const { words } = speech;
  const say = words.limits.settings;
  const { settings, settings_paper: paper } = view;
  const oxygen = settings.on_oxygen === null ? say.oxygenUnknown : settings.on_oxygen ? say.oxygenYes : say.oxygenNo;
  return html`<section class="panel settings" aria-labelledby="settings-title">
    <header>
      <h2 id="settings-title">${say.title}</h2>
      <button @click=${change}>${icon("edit")}${say.change}</button>
    </header>
    <dl>
      <div><dt>${say.profile}</dt><dd>${settings.title}</dd></div>
      <div><dt>${say.scale}</dt><dd>${settings.spo2_scale === 2 ? say.scale2 : say.scale1}</dd></div>
      <div><dt>${say.oxygen}</dt><dd>${oxygen}</dd></div>
      <div><dt>${say.usual}</dt><dd>${settings.usual_score ?? say.oxygenUnknown}</dd></div>
    </dl>
    <p class="quiet">
      ${paper === null ? say.never : html`${say.chosen((paper.author ?? paper.proposed_by).name, shortDate(paper.since ?? paper.proposed))} · « ${paper.reason} »`}
    </p>
  </section>`;
}

export function settingsForm(view: ResidentLimits, choosing: Choosing, speech: Speech, host: SettingsHost): TemplateResult {
  const { words } = speech;
  const say = words.limits.settings;
  const { order } = choosing;
  const oxygen = [
    [null, say.oxygenUnknown],
    [false, say.oxygenNo],
    [true, say.oxygenYes],
  ] as const;
  const usualWrong = choosing.usual.trim() !== "" && !/^([0-9]|1[0-9]|20)$/.test(choosing.usual.trim());
  const blocked = usualWrong || order.reason.trim() === "" || choosing.sending;
  const second = (choosing.preview?.loosens.length ?? 0) > 0;
  return html`<section class="panel form" aria-labelledby="form-title">
    <h2 id="form-title" tabindex="-1">${say.title}</h2>
    <form
      @submit=${(event: Event) => {
        event.preventDefault();
        host.sendSettings();
      }}
    >
      <label class="field wide">
        <span>${say.profile}</span>
        <select name="profile" @change=${(event: Event) => host.choose({ profile: (event.target as HTMLSelectElement).value })}>
          ${view.profiles.map((profile) => html`<option value=${profile.name} ?selected=${profile.name === order.profile || profile.title === view.settings.title && order.profile === ""}>${profile.title}</option>`)}
        </select>
      </label>
      <fieldset class="wide">
        <legend>${say.scale}</legend>
        <div class="choices column">
          ${([1, 2] as const).map(
            (scale) => html`<label class="choice">
              <input type="radio" name="scale" .checked=${order.spo2_scale === scale} @change=${() => host.choose({ spo2_scale: scale })} />${scale === 1 ? say.scale1 : say.scale2}
            </label>`,
          )}
        </div>
      </fieldset>
      <fieldset class="wide">
        <legend>${say.oxygen}</legend>
        <div class="choices">
          ${oxygen.map(
            ([value, label]) => html`<label class="choice">
              <input type="radio" name="oxygen" .checked=${order.on_oxygen === value} @change=${() => host.choose({ on_oxygen: value })} />${label}
            </label>`,
          )}
        </div>
      </fieldset>
      <div class="field ${usualWrong ? "wrong" : ""}">
        <label for="usual">${say.usual}</label>
        <span class="input"><input id="usual" name="usual" aria-describedby="usual-more" inputmode="numeric" autocomplete="off" .value=${choosing.usual} @input=${(event: Event) => host.choose({ usual: (event.target as HTMLInputElement).value })} /></span>
        <small id="usual-more">${say.usualHint}</small>
      </div>
      <label class="field wide">
        <span>${words.limits.form.reason}</span>
        <textarea name="reason" rows="2" maxlength="500" .value=${order.reason} @input=${(event: Event) => host.choose({ reason: (event.target as HTMLTextAreaElement).value })}></textarea>
      </label>
      ${choosing.preview === null || choosing.preview.loosens.length === 0 ? nothing : comparison(choosing.preview, speech)}
      ${host.signer ? nothing : html`<p class="wide note">${say.nurse}</p>`}
      ${choosing.refusal === "" ? nothing : html`<p class="wide refusal" role="alert">${icon("warning")}${choosing.refusal}</p>`}
      <div class="actions">
        <button type="button" @click=${() => host.closeForm()}>${words.limits.form.cancel}</button>
        <button class="main" type="submit" ?disabled=${blocked}>
          ${icon("sign")}${second ? words.limits.form.signFirst : words.limits.form.sign}
        </button>
      </div>
    </form>
  </section>`;
}
