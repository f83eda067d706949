import "./ward";

if ("serviceWorker" in navigator) {
  addEventListener("load", () => {
    // Without it the ward works all the same; it only cannot open while the network is away.
    navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  });
}
