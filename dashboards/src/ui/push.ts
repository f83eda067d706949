/** "Receive alarms on this device": subscribes the browser, shows whether it works, tries it, ends it. Mount `<vv-push>`. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { ApiError } from "../lib/api";
import { ago } from "../lib/format";
import { keyBytes, keyText } from "../lib/pushkeys";
import type { PushDevice } from "../lib/types";
import type { App } from "./app";
import { icon } from "./icon";
import { pushDevice } from "./preferences";
import { base } from "./styles";

type Standing = "asking" | "unsupported" | "insecure" | "unavailable" | "denied" | "off" | "on";

const LOOK = 2_000;
/** Looks after a test for the word that it is shown. */
const LOOKS = 15;

class PushElement extends LitElement {
  static override readonly styles = [
    base,
    css`
      :host {
        display: grid;
        gap: var(--gap-3);
      }
      h2 {
        font-size: var(--size-3);
      }
      label {
        display: grid;
        gap: var(--gap-1);
        color: var(--quiet);
      }
      input {
        min-height: var(--touch);
        padding: 0 var(--gap-3);
        border: 1px solid var(--edge);
        border-radius: var(--radius);
        background: var(--surface);
      }
      .choices {
        display: flex;
        flex-wrap: wrap;
        gap: var(--gap-3);
      }
      .choices > * {
        flex: 1 1 9rem;
      }
      li {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--gap-3);
      }
      .on {
        display: flex;
        align-items: center;
        gap: var(--gap-2);
        font-weight: 600;
      }
    `,
  ];
  static override readonly properties = { app: { attribute: false }, moment: { attribute: false } };

  declare app: App;
  /** Hub time; the page gives it, so that ages grow. */
  declare moment: number;
  private standing: Standing = "asking";
  private devices: readonly PushDevice[] = [];
  private subscription: PushSubscription | null = null;
  private notice = "";
  private busy = "";
  private looking: ReturnType<typeof setTimeout> | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.looking !== null) clearTimeout(this.looking);
  }

  private get own(): PushDevice | undefined {
    return this.subscription === null ? undefined : this.devices.find(({ id }) => id === pushDevice.read());
  }

  private async read(): Promise<void> {
    this.standing = await this.found();
    this.requestUpdate();
  }

  private async found(): Promise<Standing> {
    if (!isSecureContext) return "insecure";
    if (!("serviceWorker" in navigator) || !("PushManager" in globalThis) || !("Notification" in globalThis)) return "unsupported";
    try {
      this.devices = await this.app.session.api.pushDevices();
    } catch (error) {
      if (error instanceof ApiError && error.code === "push_not_configured") return "unavailable";
      if (error instanceof ApiError) return this.standing;
      throw error;
    }
    const registration = await navigator.serviceWorker.getRegistration();
    this.subscription = (await registration?.pushManager.getSubscription()) ?? null;
    if (this.own !== undefined) return "on";
    return Notification.permission === "denied" ? "denied" : "off";
  }

  /** Does one thing at a time; what goes wrong becomes a sentence. */
  private async busily(what: string, work: () => Promise<string>): Promise<void> {
    this.busy = what;
    this.notice = "";
    this.requestUpdate();
    try {
      this.notice = await work();
    } catch (error) {
      this.notice = this.sentence(error);
    }
    this.busy = "";
    await this.read();
  }

  private sentence(error: unknown): string {
    const words = this.app.words.push;
    if (error instanceof ApiError && error.code === "too_many_devices") return words.tooMany;
    if (error instanceof ApiError && error.code === "push_service_not_allowed") return words.refused;
    return words.failed;
  }

  private async add(label: string): Promise<string> {
    const { api } = this.app.session;
    if ((await Notification.requestPermission()) !== "granted") return this.app.words.push.denied;
    const registration = await navigator.serviceWorker.ready;
    const { key } = await api.pushKey();
    // A subscription under another key is of no use to this hub.
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: keyBytes(key) });
    const added = await api.addPushDevice({
      endpoint: made.endpoint,
      p256dh: keyText(made.getKey("p256dh")),
      auth: keyText(made.getKey("auth")),
      expires: made.expirationTime === null ? null : Math.floor(made.expirationTime * 1000),
      label: label.trim() === "" ? this.app.words.push.usual : label.trim(),
    });
    pushDevice.write(added.id);
    return "";
  }

  private async forget(device: PushDevice): Promise<string> {
    await this.app.session.api.removePushDevice(device.id);
    if (device.id !== pushDevice.read()) return "";
    await this.subscription?.unsubscribe();
    pushDevice.write("");
    return this.app.words.push.removed;
  }

  private async test(device: PushDevice): Promise<string> {
    const { outcome } = await this.app.session.api.testPushDevice(device.id);
    if (outcome !== "sent") return this.app.words.push.notTested;
    this.watch(device, LOOKS);
    return this.app.words.push.tested;
  }

  /** Looks until the device has said that it shows the test. */
  private watch(before: PushDevice, looks: number): void {
    if (this.looking !== null) clearTimeout(this.looking);
    if (looks === 0) return;
    this.looking = setTimeout(() => {
      void this.read().then(() => {
        if (this.own !== undefined && this.own.delivered !== before.delivered) this.notice = this.app.words.push.arrived;
        else this.watch(before, looks - 1);
        this.requestUpdate();
      });
    }, LOOK);
  }

  private off(): TemplateResult {
    const words = this.app.words.push;
    const submit = (event: Event): void => {
      event.preventDefault();
      const label = this.renderRoot.querySelector<HTMLInputElement>("#label")?.value ?? "";
      void this.busily("add", () => this.add(label));
    };
    return html`<form @submit=${submit}>
      <div class="choices">
        <label>${words.label}<input id="label" maxlength="64" autocomplete="off" .value=${words.usual} /></label>
        <button class="main" ?disabled=${this.busy !== ""}>${icon("bell")}${this.busy === "add" ? words.adding : words.add}</button>
      </div>
    </form>`;
  }

  private on(device: PushDevice): TemplateResult {
    const words = this.app.words.push;
    const shown = device.delivered === null ? words.neverShown : words.lastShown(ago(device.delivered, this.moment, this.app.preferences.language));
    return html`<p class="on">${icon("check")}${words.on}</p>
      <p class="quiet">${device.label} · ${shown}</p>
      ${device.problem === "" ? nothing : html`<p>${words.failing}</p>`}
      <div class="choices">
        <button ?disabled=${this.busy !== ""} @click=${() => void this.busily("test", () => this.test(device))}>
          ${icon("bell")}${this.busy === "test" ? words.testing : words.test}
        </button>
        <button ?disabled=${this.busy !== ""} @click=${() => void this.busily("remove", () => this.forget(device))}>
          ${icon("bellOff")}${words.remove}
        </button>
      </div>`;
  }

  private others(): TemplateResult | typeof nothing {
    const words = this.app.words.push;
    const rest = this.devices.filter((device) => device !== this.own);
    if (rest.length === 0) return nothing;
    return html`<p class="quiet">${words.others}</p>
      <ul>
        ${rest.map(
          (device) =>
            html`<li>
              <span>${device.label}</span>
              <button aria-label=${words.removeOther(device.label)} ?disabled=${this.busy !== ""} @click=${() => void this.busily("remove", () => this.forget(device))}>
                ${icon("close")}
              </button>
            </li>`,
        )}
      </ul>`;
  }

  private state(): TemplateResult {
    const words = this.app.words.push;
    if (this.standing === "on" && this.own !== undefined) return html`${this.on(this.own)}${this.others()}`;
    if (this.standing === "off") return html`${this.off()}${this.others()}`;
    if (this.standing === "on" || this.standing === "asking") return html``;
    return html`<p>${words[this.standing]}</p>
      ${this.others()}`;
  }

  override render(): TemplateResult {
    const words = this.app.words.push;
    return html`<h2>${words.title}</h2>
      <p class="quiet">${words.more}</p>
      ${this.state()}
      <p role="status" ?hidden=${this.notice === ""}>${this.notice}</p>`;
  }
}

customElements.define("vv-push", PushElement);
