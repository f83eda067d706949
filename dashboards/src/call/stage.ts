/**
 * The pictures of the room: one large, the other small, and what is drawn over the large one. It lets the person point, and
 * draw lines on a still picture; with a finger, a mouse, or the arrows.
 *
 * It tells `spot` (a `Spot`, or `null` when nobody points any more) and `swap`.
 */
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Call, PictureOf, Pointing, Spot } from "../lib/call";
import { formatNumber } from "../lib/format";
import type { Language, Words } from "../lib/i18n";
import { type Place } from "../lib/measure";
import { AGAIN, pointed, shown, STEP, type Spots } from "../lib/pointing";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import { paint, type Drawing } from "./overlay";
import type { Still } from "./still";
import { attach } from "./video";

/** Shares of the picture that an arrow moves the cross by; with Shift, the small one. */
const STRIDE = 0.03;
const SMALL_STRIDE = 0.004;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Words for lengths, in the language of the page. */
export function drawingWords(words: Words, language: Language): Drawing["words"] {
  const say = (value: number): string => formatNumber(value, value < 10 ? 1 : 0, language);
  return { scale: words.call.measure.scale, millimetres: (value, give) => words.call.measure.result(say(value), formatNumber(give, give < 10 ? 1 : 0, language)) };
}

export class StageElement extends LitElement {
  static override properties = {
    call: { attribute: false },
    words: { attribute: false },
    language: { attribute: false },
    large: { attribute: false },
    still: { attribute: false },
    pointing: { attribute: false },
    stamp: { attribute: false },
    silent: { attribute: false },
  };
  static override styles = [
    base,
    css`
      :host {
        position: relative;
        display: grid;
        place-items: center;
        container-type: size;
        overflow: hidden;
        background: #0b0d10;
        color: #ffffff;
      }
      .frame {
        position: relative;
        aspect-ratio: var(--ratio, 4 / 3);
        width: min(100cqw, calc(100cqh * var(--ratio, 1.3333)));
      }
      video,
      canvas {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      .small {
        position: absolute;
        left: var(--gap-4);
        bottom: var(--gap-4);
        display: grid;
        width: min(230px, 30cqw);
        z-index: 2;
      }
      .small video {
        position: static;
        aspect-ratio: 4 / 3;
        object-fit: cover;
        height: auto;
        border-radius: var(--radius) var(--radius) 0 0;
        border: 2px solid rgb(255 255 255 / 70%);
        border-bottom: 0;
        background: #0b0d10;
      }
      .small button {
        color: #ffffff;
        background: rgb(11 13 16 / 88%);
        border: 2px solid rgb(255 255 255 / 70%);
        border-radius: 0 0 var(--radius) var(--radius);
        font-size: var(--size-1);
      }
      .stalled {
        filter: grayscale(1) brightness(0.5);
      }
      #drawing {
        z-index: 1;
        pointer-events: none;
        touch-action: none;
      }
      #drawing.active {
        pointer-events: auto;
        cursor: crosshair;
      }
      #drawing:focus-visible {
        outline: 3px solid #ffffff;
        outline-offset: -3px;
      }
      .parked {
        opacity: 0;
        pointer-events: none;
      }
    `,
  ];

  declare call: Call;
  declare words: Words;
  declare language: Language;
  declare large: PictureOf;
  /** The held frame, or `null` for the live picture. */
  declare still: Still | null;
  /** The person points. */
  declare pointing: boolean;
  declare stamp: unknown;
  /** The room's sound is not played here. */
  declare silent: boolean;
  private spots: Spots = new Map();
  private draft: { readonly from: Place; readonly to: Place } | null = null;
  private cross: Place | null = null;
  private sentAt = 0;
  private frame = 0;
  private held: Call | null = null;
  /** Where the finger is that is down. */
  private finger: Place | null = null;
  private resting: ReturnType<typeof setInterval> | undefined;
  private readonly size = new ResizeObserver(() => this.redraw());

  override connectedCallback(): void {
    super.connectedCallback();
    this.size.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.size.disconnect();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.held?.removeEventListener("point", this.pointed);
    this.held = null;
    this.lift();
  }

  /** The element of a picture, of which a frame may be held. */
  video(of: PictureOf): HTMLVideoElement | null {
    return this.renderRoot.querySelector<HTMLVideoElement>(`#${of}`);
  }

  private readonly pointed = (event: Event): void => {
    this.spots = pointed(this.spots, (event as CustomEvent<Pointing>).detail, performance.now());
    this.redraw();
  };

  override willUpdate(changed: PropertyValues): void {
    if (this.held !== this.call) {
      this.held?.removeEventListener("point", this.pointed);
      this.held = this.call;
      this.held.addEventListener("point", this.pointed);
    }
    if (changed.has("still")) {
      this.draft = null;
      this.cross = null;
      this.still?.addEventListener("change", () => this.redraw());
    }
    if (changed.has("pointing") && !this.pointing && this.still === null) this.cross = null;
  }

  override updated(): void {
    const { call } = this;
    const room = this.video("room");
    if (room !== null) {
      if (attach(room, call.remote)) call.watchFirstFrame(room);
      room.muted = this.silent;
    }
    const hand = this.video("hand");
    if (hand !== null) attach(hand, this.handOpen ? (call.second.get("hand") ?? null) : null);
    const held = this.renderRoot.querySelector<HTMLCanvasElement>("#still");
    const { still } = this;
    if (held !== null && still !== null && held.dataset["time"] !== String(still.time)) {
      held.width = still.picture.width;
      held.height = still.picture.height;
      held.getContext("2d")?.drawImage(still.picture, 0, 0);
      held.dataset["time"] = String(still.time);
    }
    this.fit();
    this.redraw();
  }

  private get handOpen(): boolean {
    return this.call.running && this.call.extras.active.includes("hand");
  }

  /** Which picture is the large one now. */
  get shown(): PictureOf {
    if (this.still !== null) return this.still.source;
    return this.large === "hand" && this.handOpen ? "hand" : "room";
  }

  override render(): TemplateResult {
    const { call, words } = this;
    const of = this.shown;
    const other: PictureOf = of === "hand" ? "room" : "hand";
    const stalled = call.state === "reconnecting";
    const blind = of === "room" && call.quality?.height === 0;
    const active = this.still !== null || this.pointing;
    const name = this.still === null ? words.call.picture[of] : words.call.picture.still;
    const video = (which: PictureOf): TemplateResult =>
      html`<video id=${which} class=${stalled || (which === "room" && blind) ? "stalled" : ""} playsinline aria-label=${words.call.picture[which]} @resize=${() => this.fit()}></video>`;
    // The element of the room's picture also plays its sound: it stays the same one wherever it stands.
    return html`<div class="frame">
        <video
          id="room"
          class="${stalled || blind ? "stalled" : ""} ${of === "room" ? "" : "parked"}"
          playsinline
          aria-label=${words.call.picture.room}
          @resize=${() => this.fit()}
        ></video>
        ${of === "hand" ? video("hand") : nothing} ${this.still === null ? nothing : html`<canvas id="still" role="img" aria-label=${words.call.picture[of]}></canvas>`}
        <canvas
          id="drawing"
          class=${active ? "active" : ""}
          role=${active ? "application" : "img"}
          aria-label=${active && this.still === null ? words.call.tool.pointHint : name}
          tabindex=${active ? "0" : "-1"}
          @pointerdown=${this.press}
          @pointermove=${this.move}
          @pointerup=${this.release}
          @pointercancel=${this.release}
          @keydown=${this.key}
        ></canvas>
      </div>
      ${this.handOpen && this.still === null ? this.second(other) : nothing}`;
  }

  private second(other: PictureOf): TemplateResult {
    const { words } = this;
    return html`<div class="small">
      ${other === "hand" ? html`<video id="hand" playsinline aria-label=${words.call.picture.hand}></video>` : html`<video id="mirror" muted playsinline aria-label=${words.call.picture.room}></video>`}
      <button @click=${() => this.dispatchEvent(new Event("swap"))}>${icon("retry")}${other === "room" ? words.call.roomLarge : words.call.handLarge}</button>
    </div>`;
  }

  private fit(): void {
    const mirror = this.renderRoot.querySelector<HTMLVideoElement>("#mirror");
    if (mirror !== null) attach(mirror, this.call.remote);
    const { width, height } = this.extent;
    this.style.setProperty("--ratio", (width / height).toFixed(4));
  }

  /** Pixels of the picture that is large now. */
  private get extent(): { readonly width: number; readonly height: number } {
    if (this.still !== null) return this.still.picture;
    const video = this.video(this.shown);
    return video === null || video.videoWidth === 0 ? { width: 640, height: 480 } : { width: video.videoWidth, height: video.videoHeight };
  }

  // ---- pointing and drawing ----

  private place(event: PointerEvent): Place {
    const { left, top, width, height } = (event.currentTarget as Element).getBoundingClientRect();
    const share = (value: number): number => Math.min(1, Math.max(0, value));
    const { width: across, height: down } = this.extent;
    return { x: share((event.clientX - left) / width) * across, y: share((event.clientY - top) / height) * down };
  }

  private readonly press = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    const place = this.place(event);
    if (this.still !== null) this.draft = { from: place, to: place };
    else this.rest(place);
    this.redraw();
  };

  /** A finger that rests is told again: the channel forgets what it loses, and marks fade. */
  private rest(place: Place): void {
    this.lift();
    this.finger = place;
    this.tell(place, 0);
    this.resting = setInterval(() => {
      if (this.finger !== null) this.tell(this.finger, STEP);
      this.redraw();
    }, AGAIN);
  }

  private lift(): void {
    clearInterval(this.resting);
    this.finger = null;
  }

  private readonly move = (event: PointerEvent): void => {
    if (!(event.currentTarget as Element).hasPointerCapture(event.pointerId)) return;
    const place = this.place(event);
    if (this.draft !== null) this.draft = { ...this.draft, to: place };
    else if (this.still === null) {
      this.finger = place;
      this.tell(place, STEP);
    }
    this.redraw();
  };

  private readonly release = (event: PointerEvent): void => {
    this.lift();
    if (this.draft !== null && event.type === "pointerup") this.still?.draw({ ...this.draft, to: this.place(event) });
    this.draft = null;
    this.redraw();
  };

  private readonly key = (event: KeyboardEvent): void => {
    const arrow = ARROWS[event.key];
    const { width, height } = this.extent;
    if (arrow !== undefined) {
      event.preventDefault();
      const stride = (event.shiftKey ? SMALL_STRIDE : STRIDE) * width;
      const { x, y } = this.cross ?? { x: width / 2, y: height / 2 };
      this.cross = { x: Math.min(width, Math.max(0, x + arrow[0] * stride)), y: Math.min(height, Math.max(0, y + arrow[1] * stride)) };
      if (this.draft !== null) this.draft = { ...this.draft, to: this.cross };
      if (this.still === null) this.tell(this.cross, STEP);
    } else if (event.key === "Enter" && this.still !== null && this.cross !== null) {
      event.preventDefault();
      if (this.draft === null) this.draft = { from: this.cross, to: this.cross };
      else {
        this.still.draw({ ...this.draft, to: this.cross });
        this.draft = null;
      }
    } else return;
    event.stopPropagation();
    this.redraw();
  };

  /** Tells where the person points, not more often than every `step` milliseconds, and shows it here too. */
  private tell(place: Place, step: number): void {
    const now = performance.now();
    if (now - this.sentAt < step) return;
    this.sentAt = now;
    const { width, height } = this.extent;
    const spot: Spot = { on: this.shown, x: place.x / width, y: place.y / height };
    this.spots = pointed(this.spots, { from: this.call.seat, spot }, now);
    this.dispatchEvent(new CustomEvent<Spot>("spot", { detail: spot }));
  }

  private redraw(): void {
    if (this.frame !== 0 || !this.isConnected) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  private paint(): void {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>("#drawing");
    const context = canvas?.getContext("2d");
    if (canvas == null || context == null) return;
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    context.clearRect(0, 0, width, height);
    const spots = this.still === null ? shown(this.spots, this.shown, performance.now()) : [];
    const named = spots.map((spot) => ({ ...spot, name: this.nameOf(spot.seat) }));
    const { width: across, height: down } = this.extent;
    const { still, draft, cross } = this;
    const words = drawingWords(this.words, this.language);
    paint(context, { width: across, height: down, measuring: still?.measuring ?? null, draft, cross: this.pointing || still !== null ? cross : null, spots: named, words }, width / across, devicePixelRatio);
    // Spots fade by themselves.
    if (spots.length > 0) this.redraw();
  }

  private nameOf(seat: string): string {
    if (seat === this.call.seat) return this.words.call.self;
    return this.call.people.find((one) => one.seat === seat)?.name ?? "";
  }
}

customElements.define("vv-call-stage", StageElement);
