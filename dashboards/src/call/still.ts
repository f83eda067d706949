/** One frame of a picture of the room, held: what is measured on it, and the photo made of it. */
import type { PictureOf } from "../lib/call";
import { drawn, NOTHING, undone, type Line, type Measuring } from "../lib/measure";
import type { Micros } from "../lib/types";
import { paint, type Drawing } from "./overlay";

/** Largest photo that the hub takes, bytes. */
const LARGEST = 2 * 1024 * 1024;
/** Tried one after the other until the photo is small enough. */
const QUALITIES = [0.92, 0.8, 0.6] as const;

export class Still extends EventTarget {
  measuring: Measuring = NOTHING;

  private constructor(
    readonly picture: HTMLCanvasElement,
    readonly source: PictureOf,
    readonly time: Micros,
  ) {
    super();
  }

  /** Holds what an element shows now; `null` before its first frame. */
  static of(video: HTMLVideoElement | null, source: PictureOf, time: Micros): Still | null {
    if (video === null || video.videoWidth === 0 || video.videoHeight === 0) return null;
    const picture = document.createElement("canvas");
    picture.width = video.videoWidth;
    picture.height = video.videoHeight;
    const context = picture.getContext("2d");
    if (context === null) return null;
    context.drawImage(video, 0, 0);
    return new Still(picture, source, time);
  }

  change(measuring: Measuring): void {
    this.measuring = measuring;
    this.dispatchEvent(new Event("change"));
  }

  draw(line: Line): void {
    this.change(drawn(this.measuring, line));
  }

  undo(): void {
    this.change(undone(this.measuring));
  }

  get hasLines(): boolean {
    return this.measuring.scale !== null;
  }

  /** The frame as a photo; with what was drawn on it when that is asked for. */
  async photo(words: Drawing["words"] | null): Promise<Blob | null> {
    const canvas = words === null ? this.picture : this.withLines(words);
    for (const quality of QUALITIES) {
      const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (blob !== null && blob.size <= LARGEST) return blob;
    }
    return null;
  }

  private withLines(words: Drawing["words"]): HTMLCanvasElement {
    const { width, height } = this.picture;
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    if (context === null) return this.picture;
    context.drawImage(this.picture, 0, 0);
    paint(context, { width, height, measuring: this.measuring, draft: null, cross: null, spots: [], words }, 1, Math.max(1, width / 800));
    return canvas;
  }
}
