/** What the room hears: the voices of the call, the ring, and soft sounds when somebody comes or the volume changes. */
import type { VoiceFrame } from "./state";

/** Seconds of sound kept ahead, so that a late packet is not heard as a gap. */
const AHEAD = 0.06;
/** Seconds of sound beyond which packets are left out, so that the voice never lags. */
const BEHIND = 0.3;
/** A ring must be heard even where the voices were turned down. */
const RING_AT_LEAST = 0.6;

export const LEVELS = 10;

/** The step of the volume, 1 to `LEVELS`: never silent, because silence would look like a broken screen. */
export function levelOf(volume: number): number {
  return Math.min(LEVELS, Math.max(1, Math.round(volume * LEVELS)));
}

/** The volume one step up or down. */
export function stepped(volume: number, by: 1 | -1): number {
  return Math.min(LEVELS, Math.max(1, levelOf(volume) + by)) / LEVELS;
}

/** Amplitude of a volume: equal steps are heard as equal when it grows as the square. */
export function gainOf(volume: number): number {
  return (levelOf(volume) / LEVELS) ** 2;
}

/** One participant's voice. */
interface Voice {
  readonly decoder: AudioDecoder;
  /** When the next packet is due, on the audio clock. */
  next: number;
}

export class Sound {
  private context: AudioContext | null = null;
  private master: GainNode | null = null;
  private volume = 1;
  private readonly voices = new Map<string, Voice>();
  private ringing: { readonly gain: GainNode; readonly timer: ReturnType<typeof setInterval> } | null = null;

  /** Whether the browser lets this page be heard. */
  get unlocked(): boolean {
    return this.context?.state === "running";
  }

  /** To be called from a touch, or at the start where the browser allows it. */
  async unlock(): Promise<void> {
    this.build();
    if (this.context?.state === "suspended") await this.context.resume();
  }

  setVolume(volume: number): void {
    this.volume = volume;
    if (this.master !== null && this.context !== null) this.master.gain.setTargetAtTime(gainOf(volume), this.context.currentTime, 0.03);
  }

  play(frame: VoiceFrame): void {
    if (!this.unlocked || !("AudioDecoder" in globalThis)) return;
    const voice = this.voices.get(frame.seat) ?? this.open(frame.seat);
    voice.decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: (frame.timestamp * 1000) / 48, data: frame.data }));
  }

  /** Rings: soft at first, then clear, never sudden. */
  ring(): void {
    const context = this.context;
    if (this.ringing !== null || context === null) return;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0.02, context.currentTime);
    gain.gain.exponentialRampToValueAtTime(0.35 * gainOf(Math.max(RING_AT_LEAST, this.volume)) ** 0.5, context.currentTime + 12);
    gain.connect(context.destination);
    const chime = (): void => [523.25, 659.25].forEach((pitch, index) => this.tone(gain, pitch, index * 0.45, 1.2));
    chime();
    this.ringing = { gain, timer: setInterval(chime, 2_400) };
  }

  stopRinging(): void {
    if (this.ringing === null) return;
    clearInterval(this.ringing.timer);
    this.ringing.gain.disconnect();
    this.ringing = null;
  }

  /** Somebody comes: two falling notes, softer than the ring and unlike any alarm. */
  chime(): void {
    this.brief([659.25, 493.88], 0.16, 0.9);
  }

  /** Lets the volume be heard: one note, as loud as a voice will be. */
  sample(): void {
    this.brief([587.33], 0.35, 0.5);
  }

  /** Ends the voices of those who are not there any more. */
  keepOnly(seats: ReadonlySet<string>): void {
    for (const [seat, voice] of this.voices) {
      if (seats.has(seat)) continue;
      if (voice.decoder.state !== "closed") voice.decoder.close();
      this.voices.delete(seat);
    }
  }

  private build(): void {
    if (this.context !== null || !("AudioContext" in globalThis)) return;
    const context = (this.context = new AudioContext({ sampleRate: 48_000 }));
    this.master = context.createGain();
    this.master.gain.value = gainOf(this.volume);
    // Several people who speak at once, and one who shouts, stay below full scale.
    const limiter = context.createDynamicsCompressor();
    limiter.threshold.value = -6;
    limiter.ratio.value = 12;
    this.master.connect(limiter).connect(context.destination);
  }

  private open(seat: string): Voice {
    const voice: Voice = {
      decoder: new AudioDecoder({ output: (data) => this.schedule(voice, data), error: () => this.voices.delete(seat) }),
      next: 0,
    };
    voice.decoder.configure({ codec: "opus", sampleRate: 48_000, numberOfChannels: 2 });
    this.voices.set(seat, voice);
    return voice;
  }

  private brief(pitches: readonly number[], level: number, length: number): void {
    const { context, master } = this;
    if (context === null || master === null || !this.unlocked) return;
    const gain = context.createGain();
    gain.gain.value = level;
    gain.connect(master);
    pitches.forEach((pitch, index) => this.tone(gain, pitch, index * 0.35, length));
    setTimeout(() => gain.disconnect(), 1_000 * (pitches.length * 0.35 + length) + 500);
  }

  private tone(gain: GainNode, pitch: number, after: number, length: number): void {
    const context = gain.context;
    const start = context.currentTime + after;
    const envelope = context.createGain();
    envelope.gain.setValueAtTime(0, start);
    envelope.gain.linearRampToValueAtTime(1, start + 0.04);
    envelope.gain.exponentialRampToValueAtTime(0.001, start + length);
    const oscillator = context.createOscillator();
    oscillator.type = "triangle";
    oscillator.frequency.value = pitch;
    oscillator.connect(envelope).connect(gain);
    oscillator.start(start);
    oscillator.stop(start + length + 0.1);
  }

  private schedule(voice: Voice, data: AudioData): void {
    const { context, master } = this;
    if (context === null || master === null || voice.next > context.currentTime + BEHIND) {
      data.close();
      return;
    }
    const buffer = context.createBuffer(data.numberOfChannels, data.numberOfFrames, data.sampleRate);
    for (let channel = 0; channel < data.numberOfChannels; channel += 1) {
      data.copyTo(buffer.getChannelData(channel), { planeIndex: channel, format: "f32-planar" });
    }
    data.close();
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(master);
    voice.next = Math.max(voice.next, context.currentTime + AHEAD);
    source.start(voice.next);
    voice.next += buffer.duration;
  }
}
