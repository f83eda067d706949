/** One person's picture: decoded by the browser where it can, otherwise as the device draws it. Without one, initials. */
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { initials } from "./people";
import type { Codec, PictureFrame } from "./state";

/** A picture of which nothing came for this long is no picture, milliseconds. */
const STALE = 5_000;
const LOOK = 500;
/** Between two attempts to get the device's own drawing, milliseconds. */
const AGAIN = 3_000;

/** What the browser calls them; H.264 at the level that 720 lines need, with its parameters inside (Annex B). */
const NAMES: Readonly<Record<Codec, string>> = { vp8: "vp8", h264: "avc1.42E01F" };

function config(codec: Codec): VideoDecoderConfig {
  return { codec: NAMES[codec], optimizeForLatency: true };
}

/** Whether this browser decodes pictures itself. */
async function decodes(codec: Codec): Promise<boolean> {
  if (!("VideoDecoder" in globalThis)) return false;
  return (await VideoDecoder.isConfigSupported(config(codec))).supported === true;
}

/** Encoded pictures onto a canvas. */
class Decoder {
  private decoder: VideoDecoder | null = null;
  private whole = false;

  constructor(
    private readonly draw: (frame: VideoFrame) => void,
    private readonly broken: () => void,
  ) {}

  take(frame: PictureFrame): void {
    if (frame.key) this.whole = true;
    if (!this.whole) return;
    this.decoder ??= this.open(frame.codec);
    this.decoder.decode(
      new EncodedVideoChunk({ type: frame.key ? "key" : "delta", timestamp: (frame.timestamp * 100) / 9, data: frame.data }),
    );
  }

  close(): void {
    if (this.decoder !== null && this.decoder.state !== "closed") this.decoder.close();
    this.decoder = null;
    this.whole = false;
  }

  private open(codec: Codec): VideoDecoder {
    const decoder = new VideoDecoder({
      output: this.draw,
      error: () => {
        this.decoder = null;
        this.whole = false;
        this.broken();
      },
    });
    decoder.configure(config(codec));
    return decoder;
  }
}

/**
 * Says `pictured` when a picture begins or ends, and `broken` when it has to begin anew.
 *
 * @fires pictured
 * @fires broken
 */
export class RoomPicture extends LitElement {
  static override readonly properties = {
    seat: { reflect: true },
    name: {},
    pictured: { type: Boolean, reflect: true },
    served: { state: true },
  };
  static override readonly styles = css`
    :host {
      position: relative;
      display: grid;
      place-items: center;
      overflow: hidden;
      background: #000;
    }
    :host([hidden]) {
      display: none;
    }
    canvas,
    img {
      position: absolute;
      inset: 0;
      width: 100%;
      height: 100%;
      object-fit: contain;
    }
    :host(:not([pictured])) :is(canvas, img) {
      opacity: 0;
    }
    .face {
      display: grid;
      place-content: center;
      width: min(2.6em, 60cqmin);
      aspect-ratio: 1;
      border-radius: 50%;
      background: #2d3641;
      color: #e8ecf0;
      font-size: clamp(1.75rem, 24cqmin, 6rem);
      font-weight: 700;
      line-height: 1;
    }
  `;

  declare seat: string;
  declare name: string;
  declare pictured: boolean;
  /** The device decodes, because this browser cannot. */
  declare served: boolean;

  private drawn = -Infinity;
  private failed = -Infinity;
  private codec: Codec | null = null;
  private early: PictureFrame[] | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly decoder = new Decoder(
    (frame) => this.draw(frame),
    () => this.dispatchEvent(new Event("broken")),
  );

  constructor() {
    super();
    this.seat = "";
    this.name = "";
    this.pictured = false;
    this.served = !("VideoDecoder" in globalThis);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = setInterval(() => this.look(), LOOK);
  }

  override disconnectedCallback(): void {
    clearInterval(this.timer);
    this.decoder.close();
    super.disconnectedCallback();
  }

  /** Shows an encoded picture. */
  show(frame: PictureFrame): void {
    if (this.served) return;
    if (frame.codec !== this.codec) this.ask(frame.codec);
    if (this.early === null) this.decoder.take(frame);
    else this.early.push(frame);
  }

  /** Asks the browser about a codec; what comes meanwhile, some pictures, waits in its order. */
  private ask(codec: Codec): void {
    this.codec = codec;
    this.early = [];
    this.decoder.close();
    void decodes(codec).then((able) => {
      const early = this.early ?? [];
      this.early = null;
      this.served = !able;
      if (able) early.forEach((frame) => this.decoder.take(frame));
    });
  }

  override render(): TemplateResult {
    return html`
      ${this.pictured ? nothing : html`<span class="face" aria-hidden="true">${initials(this.name)}</span>`}
      ${this.served ? this.image() : html`<canvas aria-hidden="true"></canvas>`}
    `;
  }

  private image(): TemplateResult {
    return html`<img alt="" src=${`/image?seat=${this.seat}`} @error=${() => (this.failed = performance.now())} />`;
  }

  private draw(frame: VideoFrame): void {
    const canvas = this.renderRoot.querySelector("canvas");
    if (canvas !== null) {
      if (canvas.width !== frame.displayWidth || canvas.height !== frame.displayHeight) {
        canvas.width = frame.displayWidth;
        canvas.height = frame.displayHeight;
      }
      canvas.getContext("2d")?.drawImage(frame, 0, 0);
      this.drawn = performance.now();
      this.become(true);
    }
    frame.close();
  }

  private look(): void {
    const now = performance.now();
    if (!this.served) {
      this.become(now - this.drawn < STALE);
      return;
    }
    const image = this.renderRoot.querySelector("img");
    if (image === null) return;
    if (this.failed > -Infinity && now - this.failed >= AGAIN) {
      this.failed = -Infinity;
      // The same address again would be answered from memory.
      image.src = `/image?seat=${this.seat}&t=${Math.round(now)}`;
    }
    this.become(this.failed === -Infinity && image.naturalWidth > 0);
  }

  private become(pictured: boolean): void {
    if (this.pictured === pictured) return;
    this.pictured = pictured;
    this.dispatchEvent(new Event("pictured"));
  }
}

customElements.define("room-picture", RoomPicture);
