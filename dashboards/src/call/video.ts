/** Puts a stream into an element and plays it; returns whether it is another one than before, and not none. */
export function attach(video: HTMLMediaElement, stream: MediaStream | null): boolean {
  if (video.srcObject === stream) return false;
  video.srcObject = stream;
  if (stream === null) return false;
  // A browser that refuses to play waits for the person's next gesture; the page has had one already.
  video.play().catch(() => undefined);
  return true;
}
