// A viewer for figures: answers the room's offer, with or without a camera and a voice of its own.
"use strict";

const video = document.querySelector("video");
const settings = new URLSearchParams(location.search);

/** Beeps of 100 ms that begin at whole seconds of the clock, as a track. */
function beeps() {
  const context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
  const tone = new OscillatorNode(context, { frequency: 880 }), gain = new GainNode(context, { gain: 0 });
  const out = new MediaStreamAudioDestinationNode(context);
  tone.connect(gain).connect(out);
  tone.start();
  let next = 0;
  setInterval(() => {
    const now = (performance.timeOrigin + performance.now()) / 1000, ahead = Math.ceil(now);
    if (ahead === next || ahead - now > 0.4) return;
    next = ahead;
    const at = context.currentTime + (ahead - now);
    gain.gain.setValueAtTime(0.8, at);
    gain.gain.setValueAtTime(0, at + 0.1);
  }, 50);
  return out.stream.getAudioTracks()[0];
}

/** Milliseconds from drawing to showing, by the bars in the picture; of so many pictures in a row. */
async function latency(count) {
  const canvas = new OffscreenCanvas(256, 1), context = canvas.getContext("2d", { willReadFrequently: true });
  const found = [];
  while (found.length < count) {
    await new Promise((done) => video.requestVideoFrameCallback(done));
    const now = Math.floor(performance.timeOrigin + performance.now());
    context.drawImage(video, 0, 8, video.videoWidth, 16, 0, 0, 256, 1);
    const row = context.getImageData(0, 0, 256, 1).data;
    let stamp = 0;
    for (let bit = 0; bit < 32; bit += 1) stamp = stamp * 2 + (row[(bit * 8 + 4) * 4] > 125 ? 1 : 0);
    found.push((((now - stamp) % 2 ** 32) + 2 ** 32) % 2 ** 32);
  }
  return found;
}

const own = {};

/** Opens camera and voice, as a page does while it rings. */
async function ready() {
  if (settings.has("beeps")) own.audio = beeps();
  if (settings.has("camera")) {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: !settings.has("beeps") });
    for (const track of stream.getTracks()) own[track.kind] = track;
  }
}

/** Answers a plain call from another page of this browser. */
function await_plain() {
  const line = new BroadcastChannel("plain");
  let connection = null;
  line.onmessage = async ({ data }) => {
    if (data.kind === "offer") {
      connection?.close();
      connection = plain(line, "answer");
      await connection.setRemoteDescription(data.sdp);
      await connection.setLocalDescription();
      line.postMessage({ kind: "answer", sdp: connection.localDescription.toJSON() });
    } else if (data.kind === "from offer") {
      await connection.addIceCandidate(data.candidate);
    }
  };
}

function plain(line, side) {
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  for (const track of Object.values(own)) connection.addTrack(track);
  connection.onicecandidate = ({ candidate }) => candidate && line.postMessage({ kind: `from ${side}`, candidate: candidate.toJSON() });
  return connection;
}

/** Calls the other page, without any server; resolves with the milliseconds to its first picture. */
async function call_plain() {
  const began = performance.now(), line = new BroadcastChannel("plain"), early = [];
  const connection = (window.connection = plain(line, "offer"));
  const first = new Promise((done) => video.requestVideoFrameCallback(() => done(performance.now() - began)));
  connection.ontrack = ({ track }) => {
    if (track.kind === "video") video.srcObject = new MediaStream([track]);
  };
  line.onmessage = async ({ data }) => {
    if (data.kind === "answer") {
      await connection.setRemoteDescription(data.sdp);
      for (const candidate of early.splice(0)) await connection.addIceCandidate(candidate);
    } else if (data.kind === "from answer") {
      if (connection.remoteDescription) await connection.addIceCandidate(data.candidate);
      else early.push(data.candidate);
    }
  };
  await connection.setLocalDescription();
  line.postMessage({ kind: "offer", sdp: connection.localDescription.toJSON() });
  return first;
}

/** Resolves with the milliseconds from calling to the first picture. */
async function call() {
  const began = performance.now();
  const connection = (window.connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" }));
  const first = new Promise((done) => video.requestVideoFrameCallback(() => done(performance.now() - began)));
  const stream = new MediaStream();
  connection.ontrack = ({ track }) => {
    stream.addTrack(track);
    video.srcObject = stream;
  };
  const signal = new WebSocket(`ws://${location.host}/signal`);
  connection.onicecandidate = ({ candidate }) => {
    if (candidate) signal.send(JSON.stringify({ candidate: candidate.candidate, sdp_mid: candidate.sdpMid, sdp_mline_index: candidate.sdpMLineIndex }));
  };
  const { sdp } = await new Promise((done) => signal.addEventListener("message", ({ data }) => done(JSON.parse(data))));
  await connection.setRemoteDescription({ type: "offer", sdp });
  for (const [kind, track] of Object.entries(own)) await send(kind, track);
  await connection.setLocalDescription();
  signal.send(JSON.stringify({ sdp: connection.localDescription.sdp }));
  return first;
}

async function send(kind, track) {
  const line = window.connection.getTransceivers().find((each) => each.receiver.track.kind === kind);
  line.direction = "sendrecv";
  await line.sender.replaceTrack(track);
}
