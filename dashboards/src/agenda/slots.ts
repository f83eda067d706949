/** Physicians' slots: given, booked for somebody who waits or for anybody else, withdrawn; and the link to one's calendar. */
import { html, nothing, type TemplateResult } from "lit";
import { actAddress } from "../lib/acts";
import { DAY, orderOf, refusalText, SHOWN_DAYS, slotsByDay, spanText, type AgendaApi, type AgendaItem, type AgendaView, type CalendarState, type SlotList, type SlotView } from "../lib/agenda";
import { fullName, longDate, moment } from "../lib/format";
import { roomName } from "../lib/say";
import type { Micros } from "../lib/types";
import { newName } from "../round/keep";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { personOf } from "./list";

export interface SlotsHost {
  tell(text: string): void;
  reread(): void;
  requestUpdate(): void;
  dialog(): HTMLDialogElement | null;
  readonly updateComplete: Promise<boolean>;
}

/** What one person is booking. */
interface Booking {
  readonly slot: SlotView;
  /** Named once, so that a second try opens nothing twice. */
  readonly id: string;
  /** `act:…` of one who waits, `resident:…` of anybody else. */
  who: string;
  reason: string;
  complaint: string;
  sending: boolean;
}

export class Slots {
  known: SlotList | null = null;
  calendar: CalendarState | null = null;
  /** The secret link, for as long as the page is open and no longer. */
  link = "";
  /** Fortnights from now. */
  page = 0;
  draft = { date: "", time: "14:00", minutes: "20", count: "6", weeks: "1", physician: "" };
  complaint = "";
  sending = false;
  booking: Booking | null = null;

  constructor(
    private readonly app: App,
    private readonly api: AgendaApi,
    private readonly host: SlotsHost,
  ) {}

  async read(): Promise<void> {
    const since = this.since();
    const [known, calendar] = await Promise.all([this.api.slots(since, since + SHOWN_DAYS * DAY), this.api.calendar()]);
    this.known = known;
    this.calendar = calendar;
  }

  private since(): Micros {
    const today = new Date(this.app.session.now() / 1000);
    today.setHours(0, 0, 0, 0);
    return today.getTime() * 1000 + this.page * SHOWN_DAYS * DAY;
  }

  turn(by: number): void {
    this.page = Math.max(0, this.page + by);
    this.host.reread();
  }

  type(name: keyof Slots["draft"], value: string): void {
    this.draft = { ...this.draft, [name]: value };
  }

  async give(): Promise<void> {
    const words = this.app.words.agenda.slots;
    const order = orderOf({ ...this.draft, physician: this.app.me?.role === "physician" ? "" : this.draft.physician });
    if (order === null || (this.app.me?.role === "coordinator" && order.physician === "")) {
      this.complaint = words.incomplete;
      this.host.requestUpdate();
      return;
    }
    await this.work(async () => {
      const made = await this.api.give(order);
      this.host.tell(words.given(made.items.length));
    });
  }

  async withdraw(slot: SlotView): Promise<void> {
    await this.work(async () => {
      await this.api.withdraw(slot.id);
      this.host.tell(this.app.words.agenda.slots.withdrawn);
    });
  }

  async makeLink(): Promise<void> {
    await this.work(async () => {
      this.link = new URL(await this.api.makeLink(), location.href).href;
    });
  }

  async revokeLink(): Promise<void> {
    await this.work(async () => {
      this.calendar = await this.api.revokeLink();
      this.link = "";
      this.host.tell(this.app.words.agenda.calendar.revoked);
    });
  }

  async copy(): Promise<void> {
    await navigator.clipboard.writeText(this.link);
    this.host.tell(this.app.words.agenda.calendar.copied);
  }

  private async work(doing: () => Promise<void>): Promise<void> {
    this.sending = true;
    this.complaint = "";
    this.host.requestUpdate();
    try {
      await doing();
    } catch (error) {
      this.complaint = refusalText(error, this.app.speech);
    }
    this.sending = false;
    this.host.requestUpdate();
    this.host.reread();
  }

  // ---- booking ----

  async open(slot: SlotView): Promise<void> {
    this.booking = { slot, id: newName(), who: "", reason: "", complaint: "", sending: false };
    this.host.requestUpdate();
    await this.host.updateComplete;
    this.host.dialog()?.showModal();
  }

  close(event?: Event): void {
    event?.preventDefault();
    this.host.dialog()?.close();
    this.booking = null;
    this.host.requestUpdate();
  }

  write(part: "who" | "reason", text: string): void {
    if (this.booking !== null) this.booking[part] = text;
    this.host.requestUpdate();
  }

  async book(waiting: readonly AgendaItem[]): Promise<void> {
    const { booking } = this;
    if (booking === null || booking.sending) return;
    const words = this.app.words.agenda.slots;
    const [kind, key = ""] = booking.who.split(/:(.*)/s);
    if (key === "" || (kind === "resident" && booking.reason.trim() === "")) {
      booking.complaint = words.reasonMissing;
      this.host.requestUpdate();
      return;
    }
    booking.sending = true;
    booking.complaint = "";
    this.host.requestUpdate();
    try {
      if (kind === "resident") await this.api.bookFor(key, { slot: booking.slot.id, id: booking.id, reason: booking.reason.trim() });
      else await this.api.bookAct(key, booking.slot.id, await this.numberOf(key, waiting));
      this.close();
      this.host.tell(words.booked);
      this.host.reread();
    } catch (error) {
      booking.complaint = refusalText(error, this.app.speech);
      booking.sending = false;
      this.host.requestUpdate();
    }
  }

  /** The last step of an act that waits, as it is now: whoever books has seen it in the list alone. */
  private async numberOf(act: string, waiting: readonly AgendaItem[]): Promise<number> {
    const resident = waiting.find((item) => item.act === act)?.resident ?? "";
    const found = await this.app.session.api.request<{ readonly version: number; readonly head: { readonly resident: string } }>("GET", `/acts/${encodeURIComponent(act)}`);
    if (found.head.resident !== resident) throw new Error(`act ${act} is of another resident`);
    return found.version;
  }
}

export function slotsPage(slots: Slots, agenda: AgendaView | null, app: App): TemplateResult {
  const words = app.words.agenda.slots;
  const items = slots.known?.items ?? [];
  const waiting = (agenda?.items ?? []).filter((item) => item.kind === "consultation" && (item.state === "asked" || item.state === "planned"));
  return html`<header class="page-head">
      <div>
        <h1>${words.title}</h1>
        <p class="quiet">${words.more}</p>
      </div>
      <div class="choice">
        <button ?disabled=${slots.page === 0} @click=${() => slots.turn(-1)}>${icon("back")}${words.earlier}</button>
        <button @click=${() => slots.turn(1)}>${words.later}</button>
      </div>
    </header>
    <p role="alert" class="complaint">${slots.complaint}</p>
    <div class="agenda-columns">
      <section>
        ${items.length === 0
          ? html`<div class="panel"><p><b>${words.none}</b></p><p class="quiet">${words.noneMore}</p></div>`
          : slotsByDay(items).map(
              (day) =>
                html`<h2 class="day">${longDate(day[0]?.begins ?? 0, app.speech.language)}</h2>
                  <ul class="rows">
                    ${day.map((slot) => row(slot, slots, app))}
                  </ul>`,
            )}
      </section>
      <section>${app.me?.role === "nurse" ? nothing : give(slots, app)} ${calendar(slots, app)}</section>
    </div>
    ${slots.booking === null ? nothing : dialog(slots.booking, waiting, slots, app)}`;
}

function row(slot: SlotView, slots: Slots, app: App): TemplateResult {
  const { language, now } = app.speech;
  const words = app.words.agenda.slots;
  const when = `${longDate(slot.begins, language)} ${spanText(slot.begins, slot.minutes, language)}`;
  const mine = app.me?.role === "coordinator" || app.me?.username === slot.physician;
  const over = slot.begins <= now;
  return html`<li class="row slot ${slot.taken ? "taken" : ""}" data-slot=${slot.id}>
    <time>${spanText(slot.begins, slot.minutes, language)}</time>
    <span class="what"
      ><b>${slot.physician_name}</b>
      <small>${slot.taken ? words.taken : words.free}${holder(slot, app)}</small>
    </span>
    ${slot.taken || over
      ? nothing
      : html`<span class="gestures">
          ${mine ? html`<button aria-label=${words.withdrawOf(when)} ?disabled=${slots.sending} @click=${() => void slots.withdraw(slot)}>${icon("close")}${words.withdraw}</button>` : nothing}
          <button class="main" aria-label=${words.bookOf(when)} @click=${() => void slots.open(slot)}>${icon("plus")}${words.book}</button>
        </span>`}
  </li>`;
}

function holder(slot: SlotView, app: App): TemplateResult | typeof nothing {
  if (slot.act === null || slot.resident === null) return nothing;
  const { name, room } = personOf(slot.resident, app);
  return html` · <a href=${actAddress(slot.resident, slot.act)} aria-label=${app.words.agenda.slots.seeAct(name)}>${name}</a> ${room}`;
}

function give(slots: Slots, app: App): TemplateResult {
  const words = app.words.agenda.slots;
  const physicians = slots.known?.physicians ?? [];
  const field = (name: keyof Slots["draft"], label: string, type: string): TemplateResult =>
    html`<label
      >${label}<input name=${name} type=${type} inputmode=${type === "text" ? "numeric" : "text"} autocomplete="off" .value=${slots.draft[name]} @input=${(event: Event) => slots.type(name, (event.target as HTMLInputElement).value)}
    /></label>`;
  return html`<form
    class="panel give"
    @submit=${(event: Event) => {
      event.preventDefault();
      void slots.give();
    }}
  >
    <h2>${words.give}</h2>
    ${app.me?.role === "physician"
      ? nothing
      : html`<label class="wide"
          >${words.physician}<select name="physician" @change=${(event: Event) => slots.type("physician", (event.target as HTMLSelectElement).value)}>
            <option value="" ?selected=${slots.draft.physician === ""}>${words.choose}</option>
            ${physicians.map((each) => html`<option value=${each.username} ?selected=${slots.draft.physician === each.username}>${each.name}</option>`)}
          </select></label
        >`}
    ${field("date", words.date, "date")} ${field("time", words.time, "time")} ${field("minutes", words.minutes, "text")} ${field("count", words.count, "text")} ${field("weeks", words.weeks, "text")}
    <button class="main wide" type="submit" ?disabled=${slots.sending || !app.online}>${icon("plus")}${words.send}</button>
  </form>`;
}

function calendar(slots: Slots, app: App): TemplateResult {
  const words = app.words.agenda.calendar;
  const { now, language } = app.speech;
  const state = slots.calendar;
  const exists = state !== null && state.made !== null;
  return html`<div class="panel calendar">
    <h2>${words.title}</h2>
    <p>${app.me?.role === "physician" ? words.more : words.moreHome}</p>
    ${!exists ? html`<p class="quiet">${words.none}</p>` : html`<p>${words.made(moment(state.made, now, language))} ${state.used === null ? words.unused : words.used(moment(state.used, now, language))}</p>`}
    ${slots.link === ""
      ? nothing
      : html`<p><b>${words.once}</b></p>
          <input readonly aria-label=${words.address} .value=${slots.link} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} />
          <button @click=${() => void slots.copy()}>${icon("copy")}${words.copy}</button>`}
    <div class="choice">
      <button ?disabled=${slots.sending || !app.online} @click=${() => void slots.makeLink()}>${icon("link")}<span>${exists ? words.again : words.make}${exists ? html`<small>${words.againMore}</small>` : nothing}</span></button>
      ${exists ? html`<button ?disabled=${slots.sending || !app.online} @click=${() => void slots.revokeLink()}>${icon("unlink")}${words.revoke}</button>` : nothing}
    </div>
  </div>`;
}

function dialog(booking: Booking, waiting: readonly AgendaItem[], slots: Slots, app: App): TemplateResult {
  const words = app.words.agenda.slots;
  const { language } = app.speech;
  const when = `${longDate(booking.slot.begins, language)}, ${spanText(booking.slot.begins, booking.slot.minutes, language)}`;
  const residents = [...app.session.state.residents.values()].sort((a, b) => fullName(a.family_name, a.given_name).localeCompare(fullName(b.family_name, b.given_name), language));
  const set = (part: "who" | "reason") => (event: Event) => slots.write(part, (event.target as HTMLInputElement | HTMLSelectElement).value);
  return html`<dialog id="book" aria-labelledby="book-title" @cancel=${(event: Event) => slots.close(event)}>
    <form
      novalidate
      @submit=${(event: Event) => {
        event.preventDefault();
        void slots.book(waiting);
      }}
    >
      <div class="head">
        <h2 id="book-title">${words.bookTitle(when)}<small>${booking.slot.physician_name}</small></h2>
        <button type="button" class="plain" aria-label=${words.cancel} @click=${() => slots.close()}>${icon("close")}</button>
      </div>
      <label
        >${words.forWhom}<select name="who" @change=${set("who")}>
          <option value="">${words.choose}</option>
          ${waiting.length === 0
            ? nothing
            : html`<optgroup label=${words.asked}>
                ${waiting.map((item) => {
                  const { name, room } = personOf(item.resident, app);
                  return html`<option value=${`act:${item.act}`}>${name} · ${room} · ${item.reason}</option>`;
                })}
              </optgroup>`}
          <optgroup label=${words.residents}>
            ${residents.map((each) => html`<option value=${`resident:${each.id}`}>${fullName(each.family_name, each.given_name)} · ${roomName(each.room, app.words)}</option>`)}
          </optgroup>
        </select></label
      >
      ${booking.who.startsWith("resident:") ? html`<label>${words.reason}<textarea name="reason" rows="2" maxlength="600" .value=${booking.reason} @input=${set("reason")}></textarea></label>` : nothing}
      <div class="ends">
        <p role="alert">${booking.complaint}</p>
        <button type="button" @click=${() => slots.close()}>${words.cancel}</button>
        <button class="main" type="submit" ?disabled=${booking.sending || !app.online}>${icon("check")}${words.bookSend}</button>
      </div>
    </form>
  </dialog>`;
}
