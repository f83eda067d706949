/**
 * Listens to the room's stethoscope: plays it as it comes, and hands its trace on for the sweep. The sound passes no
 * processing of ours; the trace is the loudest sample of each millisecond, so that a short sound is never left out.
 */

/** Points a second of the trace. */
export const RATE = 500;
/** Milliseconds between two looks at the sound. */
const LOOK = 30;

/** Keeps of every `step` samples the one farthest from zero. Pure. */
export function thin(samples: Float32Array, step: number): number[] {
  const points: number[] = [];
  for (let start = 0; start + step <= samples.length; start += step) {
    let peak = 0;
    for (let index = start; index < start + step; index += 1) {
      const sample = samples[index] ?? 0;
      if (Math.abs(sample) > Math.abs(peak)) peak = sample;
    }
    points.push(peak);
  }
  return points;
}

export class Stethoscope {
  private readonly audio = new Audio();
  private readonly context = new AudioContext();
  private readonly analyser: AnalyserNode;
  private readonly timer: ReturnType<typeof setInterval>;
  private read = 0;

  /** Begins at once; `stop` ends it. */
  constructor(
    private readonly stream: MediaStream,
    private readonly draw: (points: number[]) => void,
  ) {
    this.audio.srcObject = stream;
    this.audio.play().catch(() => undefined);
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 8192;
    this.context.createMediaStreamSource(stream).connect(this.analyser);
    this.read = this.context.currentTime;
    this.timer = setInterval(() => this.look(), LOOK);
  }

  /** Whether it listens to this very stream. */
  hears(stream: MediaStream): boolean {
    return this.stream === stream;
  }

  stop(): void {
    clearInterval(this.timer);
    this.audio.srcObject = null;
    void this.context.close();
  }

  private look(): void {
    const { sampleRate, currentTime } = this.context;
    const step = Math.round(sampleRate / RATE);
    // Whole points only; what is left comes with the next look.
    const count = Math.min(this.analyser.fftSize, Math.floor(((currentTime - this.read) * sampleRate) / step) * step);
    if (count <= 0) return;
    this.read += count / sampleRate;
    const window = new Float32Array(this.analyser.fftSize);
    this.analyser.getFloatTimeDomainData(window);
    this.draw(thin(window.subarray(window.length - count), step));
  }
}
