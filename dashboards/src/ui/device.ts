/** What the tablet says of itself: battery, visibility; and keeping its screen on. */

interface Battery extends EventTarget {
  readonly level: number;
  readonly charging: boolean;
}

type WithBattery = Navigator & { getBattery?: () => Promise<Battery> };

/** Milliseconds between two attempts to keep the screen on where it is refused. */
const ASK_AGAIN = 30_000;

export class Tablet extends EventTarget {
  /** Charge from 0 to 1; `null` when this browser does not say. */
  battery: number | null = null;
  charging = false;
  /** Whether the screen stays on; `null` until that was asked. */
  awake: boolean | null = null;
  private lock: WakeLockSentinel | null = null;

  start(): void {
    void this.watchBattery();
    void this.stayAwake();
    setInterval(() => void this.stayAwake(), ASK_AGAIN);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.stayAwake();
      this.dispatchEvent(new Event("change"));
    });
  }

  get visible(): boolean {
    return document.visibilityState === "visible";
  }

  private async watchBattery(): Promise<void> {
    const battery = await (navigator as WithBattery).getBattery?.();
    if (battery === undefined) return;
    const read = (): void => {
      this.battery = battery.level;
      this.charging = battery.charging;
      this.dispatchEvent(new Event("change"));
    };
    battery.addEventListener("levelchange", read);
    battery.addEventListener("chargingchange", read);
    read();
  }

  /** The browser drops the lock whenever the page is hidden, and refuses it on an empty battery: it is asked for again. */
  private async stayAwake(): Promise<void> {
    if (!this.visible || (this.lock !== null && !this.lock.released)) return;
    try {
      // Absent where the page did not come over TLS; then nothing keeps the screen on.
      this.lock = "wakeLock" in navigator ? await navigator.wakeLock.request("screen") : null;
    } catch {
      this.lock = null;
    }
    this.lock?.addEventListener("release", () => this.keep(), { once: true });
    this.keep();
  }

  private keep(): void {
    const awake = this.lock !== null && !this.lock.released;
    if (awake === this.awake) return;
    this.awake = awake;
    this.dispatchEvent(new Event("change"));
  }
}
