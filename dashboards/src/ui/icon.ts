/** Line icons, built as elements from the package's data: no markup is ever parsed. Each stands beside a word. */
import { noChange } from "lit";
import { Directive, directive } from "lit/directive.js";
import {
  Activity,
  ArrowLeft,
  BatteryMedium,
  Bell,
  BellOff,
  CircleQuestionMark,
  Hand,
  Check,
  Eye,
  EyeOff,
  HeartPulse,
  Languages,
  Link,
  LogOut,
  Mic,
  MicOff,
  Moon,
  PhoneOff,
  RefreshCw,
  Search,
  Sun,
  SunMoon,
  Unlink,
  Video,
  VideoOff,
  Volume2,
  VolumeX,
  Wrench,
  Radio,
  CircleSlash,
  TriangleAlert,
  Bluetooth,
  Cable,
  Plus,
  QrCode,
  Router,
  LayoutGrid,
  ClipboardPen,
  MessageSquareText,
  CalendarClock,
  Ellipsis,
  Download,
  Pencil,
  FileText,
  FlaskConical,
  Signature,
  Scale,
  ChartColumn,
  X,
  ScanSearch,
  Stethoscope,
  Camera,
  Copy,
  Pointer,
  Ruler,
  Snowflake,
  Undo2,
  UserPlus,
  Ambulance,
  BellRing,
  HeartHandshake,
  MessageCircle,
  SwitchCamera,
  Users,
  UserRoundCheck,
  type IconNode,
} from "lucide";

const ICONS = {
  activity: Activity,
  back: ArrowLeft,
  battery: BatteryMedium,
  bell: Bell,
  bellOff: BellOff,
  check: Check,
  close: X,
  eye: Eye,
  eyeOff: EyeOff,
  hand: Hand,
  heart: HeartPulse,
  help: CircleQuestionMark,
  language: Languages,
  link: Link,
  signOut: LogOut,
  mic: Mic,
  micOff: MicOff,
  moon: Moon,
  phoneOff: PhoneOff,
  radio: Radio,
  retry: RefreshCw,
  search: Search,
  slash: CircleSlash,
  sun: Sun,
  sunMoon: SunMoon,
  unlink: Unlink,
  video: Video,
  videoOff: VideoOff,
  volume: Volume2,
  volumeOff: VolumeX,
  warning: TriangleAlert,
  wrench: Wrench,
  router: Router,
  qr: QrCode,
  plus: Plus,
  file: FileText,
  cable: Cable,
  download: Download,
  edit: Pencil,
  trial: FlaskConical,
  sign: Signature,
  differ: Scale,
  chart: ChartColumn,
  bluetooth: Bluetooth,
  grid: LayoutGrid,
  round: ClipboardPen,
  handover: MessageSquareText,
  duty: CalendarClock,
  more: Ellipsis,
  handCamera: ScanSearch,
  stethoscope: Stethoscope,
  photo: Camera,
  copy: Copy,
  chat: MessageCircle,
  pointer: Pointer,
  ruler: Ruler,
  freeze: Snowflake,
  undo: Undo2,
  invite: UserPlus,
  people: Users,
  ambulance: Ambulance,
  bellRing: BellRing,
  consent: HeartHandshake,
  flip: SwitchCamera,
  physician: UserRoundCheck,
} satisfies Record<string, IconNode>;

export type IconName = keyof typeof ICONS;

const SVG = "http://www.w3.org/2000/svg";
const FRAME = {
  viewBox: "0 0 24 24",
  fill: "none",
  stroke: "currentColor",
  "stroke-width": "2",
  "stroke-linecap": "round",
  "stroke-linejoin": "round",
  "aria-hidden": "true",
};

function element(tag: string, attributes: Readonly<Record<string, unknown>>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

const drawn = new Map<IconName, SVGElement>();

function drawing(name: IconName): SVGElement {
  let original = drawn.get(name);
  if (original === undefined) {
    original = element("svg", FRAME);
    original.classList.add("icon");
    for (const [tag, attributes] of ICONS[name]) original.append(element(tag, attributes));
    drawn.set(name, original);
  }
  return original.cloneNode(true) as SVGElement;
}

/** Stays the same element as long as it is the same icon: a page that is drawn each second touches none of them. */
class IconDirective extends Directive {
  private shown: IconName | null = null;

  render(name: IconName): unknown {
    if (this.shown === name) return noChange;
    this.shown = name;
    return drawing(name);
  }
}

/** An `<svg class="icon">`. */
export const icon = directive(IconDirective);
