/** Two soft notes, unlike any alarm: somebody asks for a physician. Silent until a person has touched the page, and it says so. */

/** Hz; a rising fourth, each note half a second, faint at first. */
const NOTES = [
  { pitch: 523.25, at: 0 },
  { pitch: 698.46, at: 0.32 },
] as const;
const LENGTH = 0.7;
const LEVEL = 0.16;

export class Chime extends EventTarget {
  private context: AudioContext | null = null;

  constructor() {
    super();
    for (const gesture of ["pointerup", "keydown"]) addEventListener(gesture, () => void this.unlock(), { passive: true });
  }

  /** Whether a sound would be heard now. */
  get ready(): boolean {
    return this.context?.state === "running";
  }

  /** To be called from a person's gesture; harmless when called again. */
  async unlock(): Promise<void> {
    if (this.ready || !("AudioContext" in globalThis)) return;
    this.context ??= new AudioContext();
    try {
      await this.context.resume();
    } catch {
      // No loudspeaker: the page's title and its list say it all the same.
      return;
    }
    this.dispatchEvent(new Event("change"));
  }

  play(): void {
    const { context } = this;
    if (context?.state !== "running") return;
    for (const { pitch, at } of NOTES) {
      const start = context.currentTime + 0.03 + at;
      const gain = context.createGain();
      const oscillator = context.createOscillator();
      oscillator.type = "sine";
      oscillator.frequency.value = pitch;
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(LEVEL, start + 0.06);
      gain.gain.linearRampToValueAtTime(0, start + LENGTH);
      oscillator.connect(gain).connect(context.destination);
      oscillator.start(start);
      oscillator.stop(start + LENGTH + 0.05);
      oscillator.onended = () => gain.disconnect();
    }
  }
}
