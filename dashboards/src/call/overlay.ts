/** What is drawn over a picture of the room: where somebody points, the lines of a measurement, the cross of the keyboard. */
import { lengths, type Line, type Measuring, type Place } from "../lib/measure";
import type { Shown } from "../lib/pointing";

/** White on a dark rim: seen on skin, on a sheet and in a dark room alike. */
const LIGHT = "#ffffff";
const DARK = "#0b0d10";
/** The reference, apart from what is measured; the numbers say the same. */
const REFERENCE = "#ffc400";

export interface Drawing {
  /** Pixels of the picture. */
  readonly width: number;
  readonly height: number;
  readonly measuring: Measuring | null;
  readonly draft: Line | null;
  readonly cross: Place | null;
  readonly spots: readonly (Shown & { readonly name: string })[];
  readonly words: { readonly scale: string; readonly millimetres: (millimetres: number, give: number) => string };
}

/**
 * Draws everything into a context that is as large as the picture times `zoom`.
 *
 * @param zoom pixels of the context for one of the picture.
 * @param unit pixels of the context for one of the design: lines stay as thick on every screen.
 */
export function paint(context: CanvasRenderingContext2D, drawing: Drawing, zoom: number, unit: number): void {
  const at = (place: Place): Place => ({ x: place.x * zoom, y: place.y * zoom });
  const { measuring } = drawing;
  if (measuring?.scale != null) ruler(context, at(measuring.scale.from), at(measuring.scale.to), REFERENCE, drawing.words.scale, unit);
  if (measuring !== null) {
    for (const { line, millimetres, give } of lengths(measuring)) {
      ruler(context, at(line.from), at(line.to), LIGHT, drawing.words.millimetres(millimetres, give), unit);
    }
  }
  if (drawing.draft !== null) {
    const color = measuring?.scale == null ? REFERENCE : LIGHT;
    ruler(context, at(drawing.draft.from), at(drawing.draft.to), color, "", unit);
  }
  if (drawing.cross !== null) cross(context, at(drawing.cross), unit);
  for (const spot of drawing.spots) pointer(context, { x: spot.x * drawing.width * zoom, y: spot.y * drawing.height * zoom }, spot, unit);
}

/** Strokes a path twice: a dark rim, then the line. */
function stroke(context: CanvasRenderingContext2D, color: string, width: number): void {
  context.lineCap = "round";
  context.strokeStyle = DARK;
  context.lineWidth = width * 2.2;
  context.stroke();
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

function ruler(context: CanvasRenderingContext2D, from: Place, to: Place, color: string, text: string, unit: number): void {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const across = { x: (-(to.y - from.y) / length) * 9 * unit, y: ((to.x - from.x) / length) * 9 * unit };
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  for (const end of [from, to]) {
    context.moveTo(end.x - across.x, end.y - across.y);
    context.lineTo(end.x + across.x, end.y + across.y);
  }
  stroke(context, color, 2.5 * unit);
  if (text !== "") label(context, { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 - 20 * unit }, text, unit);
}

function cross(context: CanvasRenderingContext2D, { x, y }: Place, unit: number): void {
  context.beginPath();
  for (const side of [-1, 1]) {
    context.moveTo(x + side * 5 * unit, y);
    context.lineTo(x + side * 18 * unit, y);
    context.moveTo(x, y + side * 5 * unit);
    context.lineTo(x, y + side * 18 * unit);
  }
  stroke(context, LIGHT, 2 * unit);
}

function pointer(context: CanvasRenderingContext2D, place: Place, { name, strength }: { readonly name: string; readonly strength: number }, unit: number): void {
  context.save();
  context.globalAlpha = strength;
  context.beginPath();
  context.arc(place.x, place.y, 17 * unit, 0, 2 * Math.PI);
  stroke(context, REFERENCE, 4 * unit);
  context.beginPath();
  context.arc(place.x, place.y, 4 * unit, 0, 2 * Math.PI);
  context.fillStyle = REFERENCE;
  context.fill();
  label(context, { x: place.x, y: place.y + 38 * unit }, name, unit);
  context.restore();
}

/** A line of text on a dark pill, kept inside the picture. */
function label(context: CanvasRenderingContext2D, middle: Place, text: string, unit: number): void {
  context.font = `600 ${15 * unit}px system-ui, sans-serif`;
  const width = context.measureText(text).width + 20 * unit;
  const height = 28 * unit;
  const { canvas } = context;
  const left = Math.max(4 * unit, Math.min(canvas.width - width - 4 * unit, middle.x - width / 2));
  const top = Math.max(4 * unit, Math.min(canvas.height - height - 4 * unit, middle.y - height / 2));
  context.beginPath();
  context.roundRect(left, top, width, height, height / 2);
  context.fillStyle = DARK;
  context.fill();
  context.fillStyle = LIGHT;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, left + width / 2, top + height / 2 + unit);
}
