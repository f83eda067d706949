/** The physician's picture and voice, decoded by the browser: the room's device only passes them on. */
import type { Frame } from "./state";

/** Draws VP8 frames on a canvas. */
export class Picture {
  private decoder: VideoDecoder | null = null;
  private whole = false;
  shown = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly broken: () => void,
  ) {}

  static get possible(): boolean {
    return "VideoDecoder" in globalThis;
  }

  show(frame: Extract<Frame, { kind: "picture" }>): void {
    if (frame.key) this.whole = true;
    if (!this.whole || !Picture.possible) return;
    this.decoder ??= this.open();
    this.decoder.decode(
      new EncodedVideoChunk({ type: frame.key ? "key" : "delta", timestamp: (frame.timestamp * 100) / 9, data: frame.data }),
    );
  }

  close(): void {
    if (this.decoder !== null && this.decoder.state !== "closed") this.decoder.close();
    this.decoder = null;
    this.whole = false;
    this.canvas.getContext("2d")?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  private open(): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (frame) => this.draw(frame),
      error: () => {
        this.decoder = null;
        this.whole = false;
        this.broken();
      },
    });
    decoder.configure({ codec: "vp8", optimizeForLatency: true });
    return decoder;
  }

  private draw(frame: VideoFrame): void {
    const { canvas } = this;
    if (canvas.width !== frame.displayWidth || canvas.height !== frame.displayHeight) {
      canvas.width = frame.displayWidth;
      canvas.height = frame.displayHeight;
    }
    canvas.getContext("2d")?.drawImage(frame, 0, 0);
    frame.close();
    this.shown += 1;
  }
}

/** Seconds of sound kept ahead, so that a late packet is not heard as a gap. */
const AHEAD = 0.06;
/** Seconds of sound beyond which packets are left out, so that the voice never lags. */
const BEHIND = 0.3;

/** Plays Opus packets, and rings. */
export class Sound {
  private context: AudioContext | null = null;
  private decoder: AudioDecoder | null = null;
  private next = 0;
  private ringing: { readonly gain: GainNode; readonly timer: ReturnType<typeof setInterval> } | null = null;

  /** Whether the browser lets this page be heard. */
  get unlocked(): boolean {
    return this.context?.state === "running";
  }

  /** To be called from a touch, or at the start where the browser allows it. */
  async unlock(): Promise<void> {
    this.context ??= new AudioContext({ sampleRate: 48_000 });
    if (this.context.state === "suspended") await this.context.resume();
  }

  play(frame: Extract<Frame, { kind: "voice" }>): void {
    if (!this.unlocked || !("AudioDecoder" in globalThis)) return;
    if (this.decoder === null) {
      this.decoder = new AudioDecoder({ output: (data) => this.schedule(data), error: () => (this.decoder = null) });
      this.decoder.configure({ codec: "opus", sampleRate: 48_000, numberOfChannels: 2 });
    }
    this.decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: (frame.timestamp * 1000) / 48, data: frame.data }));
  }

  /** Rings: soft at first, then clear, never sudden. */
  ring(): void {
    const context = this.context;
    if (this.ringing !== null || context === null) return;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0.02, context.currentTime);
    gain.gain.exponentialRampToValueAtTime(0.35, context.currentTime + 12);
    gain.connect(context.destination);
    const chime = (): void => [523.25, 659.25].forEach((pitch, index) => this.tone(gain, pitch, index * 0.45));
    chime();
    this.ringing = { gain, timer: setInterval(chime, 2_400) };
  }

  /** Stops ringing and playing. */
  silence(): void {
    if (this.ringing !== null) {
      clearInterval(this.ringing.timer);
      this.ringing.gain.disconnect();
      this.ringing = null;
    }
    if (this.decoder !== null && this.decoder.state !== "closed") this.decoder.close();
    this.decoder = null;
    this.next = 0;
  }

  stopRinging(): void {
    if (this.ringing !== null) this.silence();
  }

  private tone(gain: GainNode, pitch: number, after: number): void {
    const context = gain.context;
    const start = context.currentTime + after;
    const envelope = context.createGain();
    envelope.gain.setValueAtTime(0, start);
    envelope.gain.linearRampToValueAtTime(1, start + 0.04);
    envelope.gain.exponentialRampToValueAtTime(0.001, start + 1.2);
    const oscillator = context.createOscillator();
    oscillator.type = "triangle";
    oscillator.frequency.value = pitch;
    oscillator.connect(envelope).connect(gain);
    oscillator.start(start);
    oscillator.stop(start + 1.3);
  }

  private schedule(data: AudioData): void {
    const context = this.context;
    if (context === null || this.next > context.currentTime + BEHIND) {
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
    source.connect(context.destination);
    this.next = Math.max(this.next, context.currentTime + AHEAD);
    source.start(this.next);
    this.next += buffer.duration;
  }
}
