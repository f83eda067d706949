/** The body as it is drawn: two figures of simple shapes, each a region with a name. Our own drawing. Pure. */

export type Face = "front" | "back";

export interface Region {
  readonly id: string;
  readonly face: Face;
  /** Path in a drawing of 200 by 460. */
  readonly path: string;
}

const WIDTH = 200;

type Corner = readonly [number, number];

/** A closed shape with soft corners: each corner is passed on a curve between the middles of its sides. */
function soft(corners: readonly Corner[]): string {
  const middle = (at: number): Corner => {
    const [x, y] = corners[at % corners.length] ?? [0, 0];
    const [u, v] = corners[(at + 1) % corners.length] ?? [0, 0];
    return [(x + u) / 2, (y + v) / 2];
  };
  const [x, y] = middle(corners.length - 1);
  const curves = corners.map(([u, v], at) => `Q${String(u)} ${String(v)} ${middle(at).join(" ")}`);
  return `M${String(x)} ${String(y)}${curves.join("")}Z`;
}

function sharp(corners: readonly Corner[]): string {
  return `M${corners.map((corner) => corner.join(" ")).join("L")}Z`;
}

function round(x: number, y: number, rx: number, ry: number): string {
  return `M${String(x - rx)} ${String(y)}a${String(rx)} ${String(ry)} 0 1 0 ${String(2 * rx)} 0a${String(rx)} ${String(ry)} 0 1 0 ${String(-2 * rx)} 0Z`;
}

interface Half {
  readonly name: string;
  readonly draw: (mirror: (corner: Corner) => Corner) => string;
}

const poly = (name: string, ...corners: Corner[]): Half => ({ name, draw: (mirror) => sharp(corners.map(mirror)) });
const blob = (name: string, ...corners: Corner[]): Half => ({ name, draw: (mirror) => soft(corners.map(mirror)) });
const disc = (name: string, x: number, y: number, rx: number, ry: number): Half => ({
  name,
  draw: (mirror) => {
    const [u, v] = mirror([x, y]);
    return round(u, v, rx, ry);
  },
});

/** What is drawn on the left of the paper, and mirrored on its right. */
const FRONT_HALF: readonly Half[] = [
  blob("shoulder", [50, 84], [76, 76], [79, 96], [70, 112], [44, 112]),
  poly("upper_arm", [46, 112], [69, 112], [65, 158], [42, 158]),
  poly("forearm", [42, 160], [64, 160], [54, 214], [35, 214]),
  blob("hand", [33, 216], [55, 214], [56, 250], [40, 258], [28, 240]),
  poly("groin", [74, 208], [98, 232], [97, 240], [72, 226]),
  poly("thigh_front", [71, 230], [97, 244], [96, 312], [75, 312]),
  blob("knee", [73, 310], [98, 310], [97, 342], [75, 342]),
  poly("shin", [76, 342], [96, 342], [93, 402], [80, 402]),
  disc("ankle_outer", 79, 410, 6, 7),
  disc("ankle_inner", 94, 410, 6, 7),
  poly("foot_top", [79, 418], [95, 418], [97, 440], [71, 440]),
  blob("toes", [69, 441], [98, 441], [98, 456], [66, 456]),
];
const FRONT_MIDDLE: readonly Half[] = [
  disc("face", 100, 36, 21, 27),
  poly("neck", [90, 63], [110, 63], [112, 78], [88, 78]),
  poly("chest", [79, 80], [121, 80], [128, 108], [124, 150], [76, 150], [72, 108]),
  poly("abdomen", [76, 152], [124, 152], [126, 206], [100, 230], [74, 206]),
  blob("genitals", [90, 228], [110, 228], [108, 252], [92, 252]),
];
const BACK_HALF: readonly Half[] = [
  disc("ear", 77, 40, 5, 9),
  blob("shoulder", [50, 84], [76, 76], [78, 92], [66, 106], [44, 112]),
  poly("upper_arm", [46, 110], [66, 108], [64, 146], [43, 148]),
  disc("elbow", 53, 158, 11, 11),
  poly("forearm", [42, 168], [63, 168], [54, 214], [35, 214]),
  blob("hand", [33, 216], [55, 214], [56, 250], [40, 258], [28, 240]),
  blob("scapula", [70, 84], [93, 84], [93, 132], [72, 124]),
  disc("hip", 70, 214, 8, 15),
  blob("buttock", [76, 196], [96, 206], [99, 244], [74, 240]),
  disc("ischium", 87, 247, 10, 7),
  poly("thigh_back", [73, 252], [97, 256], [96, 322], [76, 322]),
  poly("calf", [75, 326], [97, 326], [94, 400], [80, 400]),
  blob("heel", [76, 404], [98, 404], [99, 432], [75, 432]),
  blob("sole", [74, 434], [99, 434], [99, 458], [72, 458]),
];
const BACK_MIDDLE: readonly Half[] = [
  disc("scalp", 100, 34, 20, 27),
  poly("nape", [90, 62], [110, 62], [112, 80], [88, 80]),
  poly("upper_back", [79, 80], [121, 80], [128, 106], [126, 148], [74, 148], [72, 106]),
  poly("lower_back", [73, 150], [127, 150], [126, 192], [74, 192]),
];
/** Drawn last: they lie on others. */
const BACK_TOP: readonly Half[] = [blob("sacrum", [82, 190], [118, 190], [106, 224], [94, 224]), disc("coccyx", 100, 226, 6, 7)];

const as = (corner: Corner): Corner => corner;
const mirrored = ([x, y]: Corner): Corner => [WIDTH - x, y];

function drawn(face: Face, halves: readonly Half[], middles: readonly Half[], top: readonly Half[] = []): readonly Region[] {
  // Face to face, a person's right is on the left of the paper; from behind their left is.
  const [near, far] = face === "front" ? (["right", "left"] as const) : (["left", "right"] as const);
  const alone = ({ name, draw }: Half): Region => ({ id: name, face, path: draw(as) });
  return [
    ...middles.map(alone),
    ...halves.flatMap(({ name, draw }) => [
      { id: `${name}_${near}`, face, path: draw(as) },
      { id: `${name}_${far}`, face, path: draw(mirrored) },
    ]),
    ...top.map(alone),
  ];
}

/** Every drawn region; an arm is drawn from both sides. From head to feet, as the keys go through them. */
export const REGIONS: readonly Region[] = [...drawn("front", FRONT_HALF, FRONT_MIDDLE), ...drawn("back", BACK_HALF, BACK_MIDDLE, BACK_TOP)];

/** The regions by name, each once. */
export const REGION_IDS: readonly string[] = [...new Set(REGIONS.map(({ id }) => id))];
