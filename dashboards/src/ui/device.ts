/** What the tablet says of itself: battery, visibility; and keeping its screen on. */

interface Battery extends EventTarget {
  readonly level: number;
  readonly charging: boolean;
}

type WithBattery = Navigator & { getBattery?: () => Promise<Battery> };

export class Tablet extends EventTarget {
  /** Charge from 0 to 1; `null` when this browser does not say. */
  battery: number | null = null;
  charging = false;
  private lock: WakeLockSentinel | null = null;

  start(): void {
    void this.watchBattery();
    void this.stayAwake();
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

  /** The browser drops the lock whenever the page is hidden, and refuses it on an empty battery. */
  private async stayAwake(): Promise<void> {
    if (!("wakeLock" in navigator) || (this.lock !== null && !this.lock.released)) return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
    } catch {
      this.lock = null;
    }
  }
}
