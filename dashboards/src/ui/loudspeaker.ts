/**
 * Plays alarm bursts and proves that they come out: every sound passes an analyser on its way to the loudspeaker, and a
 * short, hardly audible probe passes it when nothing else does. A context that says "running" but moves no signal is
 * found out.
 */
import { BURSTS, length, nextRing, provenAudio, tones, type Hearing, type Ring, type Sound, type Tone } from "../lib/sound";

const PROBE_EVERY = 8;
/** A probe that was not seen within this many seconds did not come out. */
const SEEN_WITHIN = 3;
/** Longer than the second between two looks of a page in the background. */
const PROBE_LENGTH = 1.5;
/** Longer than the pause between two bursts of any alarm. */
const PROVE_WITHIN = 20;
/** About -60 dB: seen by the analyser, not heard in the room. */
const PROBE_LEVEL = 0.001;
const SEEN = 0.0001;

export class Loudspeaker extends EventTarget {
  private context: AudioContext | null = null;
  private analyser: AnalyserNode | null = null;
  private out: GainNode | null = null;
  private running: OscillatorNode[] = [];
  private ring: Ring = null;
  private heardAt: number | null = null;
  private probedAt: number | null = null;
  private probeSeen = true;
  private missing = false;
  private last: "ready" | "locked" | "failed" = "locked";

  get state(): "ready" | "locked" | "failed" {
    const now = performance.now() / 1000;
    const hearing: Hearing = {
      context: this.missing ? "missing" : (this.context?.state ?? "suspended"),
      heardAgo: this.heardAt === null ? null : now - this.heardAt,
      probed: this.probedAt !== null && (this.probeSeen || now - this.probedAt > SEEN_WITHIN),
      missed: this.probedAt !== null && !this.probeSeen && now - this.probedAt > SEEN_WITHIN,
    };
    return provenAudio(hearing);
  }

  /** Whether an alarm sounds now, and is proven to. */
  get ringing(): boolean {
    return this.ring !== null && this.state === "ready";
  }

  /** To be called from a person's gesture; harmless when called again. */
  async unlock(): Promise<void> {
    this.build();
    try {
      await this.context?.resume();
    } catch {
      this.missing = true;
    }
    this.probe();
  }

  /** Called often (several times a second): rings what is wanted, listens, probes. */
  step(wanted: Sound | null): void {
    this.build();
    const now = performance.now() / 1000;
    this.listen(now);
    const { ring, start, stop } = nextRing(wanted, this.ring, now);
    this.ring = ring;
    if (stop) this.silence();
    if (start && ring !== null) this.play(ring.play);
    if (this.probedAt === null || now - this.probedAt > PROBE_EVERY) this.probe();
    if (this.state !== this.last) {
      this.last = this.state;
      this.dispatchEvent(new Event("change"));
    }
  }

  /**
   * Proves now that sound passes: plays the probe (or hears the alarm that rings anyway) and waits for the analyser to see
   * it. False when nothing passed in `PROVE_WITHIN` seconds.
   */
  async prove(): Promise<boolean> {
    this.build();
    const asked = performance.now() / 1000;
    if (this.ring === null) this.probe();
    while (performance.now() / 1000 - asked < PROVE_WITHIN) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      this.listen(performance.now() / 1000);
      if (this.heardAt !== null && this.heardAt > asked) return true;
    }
    return false;
  }

  /** Plays the three bursts, worst last, so that a person can learn them. */
  demonstrate(): void {
    let at = 0.1;
    for (const priority of ["low", "medium", "high"] as const) {
      this.schedule(priority, at);
      at += length(BURSTS[priority]) + 0.8;
    }
  }

  private build(): void {
    if (this.context !== null || this.missing) return;
    if (!("AudioContext" in globalThis)) {
      this.missing = true;
      return;
    }
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 2048;
    this.out = this.context.createGain();
    this.out.gain.value = 1;
    this.out.connect(this.analyser);
    this.analyser.connect(this.context.destination);
  }

  private listen(now: number): void {
    if (this.context?.state !== "running" || this.analyser === null) return;
    const window = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(window);
    if (window.some((sample) => Math.abs(sample) > SEEN)) {
      this.heardAt = now;
      this.probeSeen = true;
    }
  }

  private probe(): void {
    if (this.context?.state !== "running" || this.out === null) return;
    this.probedAt = performance.now() / 1000;
    this.probeSeen = false;
    const start = this.context.currentTime + 0.02;
    this.tone({ frequency: 440, level: PROBE_LEVEL, start, duration: PROBE_LENGTH, rise: 0.02, fall: 0.02 });
  }

  private play(sound: Sound): void {
    this.schedule(sound, 0.03);
    if ("vibrate" in navigator && navigator.userActivation.hasBeenActive) navigator.vibrate([...BURSTS[sound].vibration]);
  }

  private schedule(sound: Sound, delay: number): void {
    if (this.context === null) return;
    const from = this.context.currentTime + delay;
    for (const tone of tones(sound)) this.tone({ ...tone, start: from + tone.start });
  }

  private tone({ frequency, level, start, duration, rise, fall }: Tone): void {
    if (this.context === null || this.out === null) return;
    const oscillator = this.context.createOscillator();
    const gain = this.context.createGain();
    oscillator.frequency.value = frequency;
    // Ramps, because a tone that begins or ends at once clicks.
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(level, start + rise);
    gain.gain.setValueAtTime(level, start + duration - fall);
    gain.gain.linearRampToValueAtTime(0, start + duration);
    oscillator.connect(gain).connect(this.out);
    oscillator.start(start);
    oscillator.stop(start + duration + 0.01);
    this.running.push(oscillator);
    oscillator.onended = () => {
      gain.disconnect();
      this.running = this.running.filter((other) => other !== oscillator);
    };
  }

  private silence(): void {
    for (const oscillator of this.running) oscillator.stop();
    this.running = [];
    if ("vibrate" in navigator) navigator.vibrate(0);
  }
}
