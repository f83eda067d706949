/**
 * Plays alarm bursts and proves that they come out: every sound passes an analyser on its way to the loudspeaker, and a
 * short, hardly audible probe passes it when nothing else does. A context that says "running" but moves no signal is
 * found out.
 */
import { BURSTS, length, nextRing, PARTIALS, provenAudio, type Hearing, type Ring } from "../lib/sound";
import type { Priority } from "../lib/types";

const PROBE_EVERY = 10;
/** Longer than the second between two looks of a page in the background. */
const PROBE_LENGTH = 1.5;
/** About -60 dB: seen by the analyser, not heard in the room. */
const PROBE_LEVEL = 0.001;
const SEEN = 0.0001;
/** All partials together stay below full scale. */
const HEADROOM = 0.3;

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
      probed: this.probedAt !== null && (this.probeSeen || now - this.probedAt > 3),
    };
    return provenAudio(hearing);
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
  step(wanted: Priority | null): void {
    this.build();
    const now = performance.now() / 1000;
    this.listen(now);
    const { ring, start, stop } = nextRing(wanted, this.ring, now);
    this.ring = ring;
    if (stop) this.silence();
    if (start && ring !== null) this.play(ring.play);
    if (wanted === null && (this.probedAt === null || now - this.probedAt > PROBE_EVERY)) this.probe();
    if (this.state !== this.last) {
      this.last = this.state;
      this.dispatchEvent(new Event("change"));
    }
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
    this.tone(440, PROBE_LEVEL, start, PROBE_LENGTH, 0.02, 0.02);
  }

  private play(priority: Priority): void {
    this.schedule(priority, 0.03);
    if ("vibrate" in navigator && navigator.userActivation.hasBeenActive) navigator.vibrate([...BURSTS[priority].vibration]);
  }

  private schedule(priority: Priority, delay: number): void {
    if (this.context === null) return;
    const burst = BURSTS[priority];
    const from = this.context.currentTime + delay;
    for (const pulse of burst.pulses) {
      for (const [multiple, gain] of PARTIALS) {
        const level = burst.level * gain * HEADROOM;
        this.tone(burst.fundamental * multiple, level, from + pulse.start, pulse.duration, burst.rise, burst.fall);
      }
    }
  }

  private tone(frequency: number, level: number, start: number, duration: number, rise: number, fall: number): void {
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
