// Keeps every connection that a page makes, and counts what the page does with its camera and how often it rings.
(() => {
  const Real = window.RTCPeerConnection;
  window.peers = [];
  window.RTCPeerConnection = class extends Real {
    constructor(...given) {
      super(...given);
      this.id = window.peers.push(this);
    }
  };
  window.rings = 0;
  let ringing = false;
  const find = (root, selector) => {
    const here = root.querySelector(selector);
    if (here !== null) return here;
    for (const each of root.querySelectorAll("*")) {
      const inner = each.shadowRoot && find(each.shadowRoot, selector);
      if (inner) return inner;
    }
    return null;
  };
  window.find = (selector) => find(document, selector);
  setInterval(() => {
    const now = window.find("#accept") !== null;
    if (now && !ringing) window.rings += 1;
    ringing = now;
  }, 100);
  const stats = async (peer) => {
    const found = { id: peer.id, state: peer.connectionState, sound: 0, pictures: 0, width: 0, sent: 0, local: "", remote: "", streams: {} };
    const reports = new Map();
    for (const each of (await peer.getStats()).values()) reports.set(each.id, each);
    for (const each of reports.values()) {
      if (each.type === "inbound-rtp") found.streams[`${each.kind} ${each.mid}`] = each.kind === "audio" ? each.packetsReceived : (each.framesDecoded ?? 0);
      if (each.type === "inbound-rtp" && each.kind === "audio") found.sound += each.packetsReceived;
      if (each.type === "inbound-rtp" && each.kind === "video") {
        found.pictures += each.framesDecoded ?? 0;
        found.width = Math.max(found.width, each.frameWidth ?? 0);
      }
      if (each.type === "outbound-rtp") found.sent += each.packetsSent;
      if (each.type === "transport" && each.selectedCandidatePairId) {
        const pair = reports.get(each.selectedCandidatePairId);
        const local = pair && reports.get(pair.localCandidateId);
        const remote = pair && reports.get(pair.remoteCandidateId);
        if (local) found.local = `${local.candidateType} ${local.relayProtocol ?? ""}`.trim();
        if (remote) found.remote = remote.candidateType;
      }
    }
    found.senders = peer.getSenders().filter((one) => one.track).map((one) => [one.track.kind, one.track.enabled]);
    return found;
  };
  window.flow = async () => Promise.all(window.peers.filter((one) => one.connectionState !== "closed").map(stats));
})();
