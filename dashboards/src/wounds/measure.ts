/** Measuring on a picture: two points of its scale, then the outline; a finger, a mouse or the keys. */
import { html, LitElement, nothing, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { newName } from "../round/keep";
import { areaText, lengthText, measured, MOST, pictureAddress, refusal, type Drawn, type Measure, type PictureView, type Point, type WoundsApi, type WoundView } from "../lib/wounds";
import type { App } from "../ui/app";
import { icon } from "../ui/icon";
import { base } from "../ui/styles";
import { measureStyles } from "./measure-styles";

/** Lengths that rulers show, millimetres. */
const LENGTHS: readonly number[] = [10, 20, 30, 50, 100];
/** Pixels of the screen: within which a point is taken up again, and after which a line has its next one. */
const NEAR = 22;
const SPACING = 14;
const ZOOMS: readonly number[] = [1, 1.6, 2.5, 4];
/** Share of the picture that the keys move the cross by; with Shift one pixel. */
const STEP = 0.02;
/** Side of the glass as a share of the picture's height. */
const GLASS = 0.12;

export class MeasurePicture extends LitElement {
  static override properties = { app: { attribute: false }, api: { attribute: false }, wound: { attribute: false }, picture: { attribute: false } };
  static override styles = [base, measureStyles];

  declare app: App;
  declare api: WoundsApi;
  declare wound: WoundView;
  declare picture: PictureView;
  private scale: Point[] = [];
  private outline: Point[] = [];
  private scaleMm = 50;
  /** The point that is being moved: of the scale, or of the outline. */
  private held: { readonly of: "scale" | "outline"; readonly at: number } | null = null;
  private drawing = false;
  private cross: Point | null = null;
  private zoom = 0;
  private middle: Point | null = null;
  private gesture = newName();
  private sending = false;
  private complaint = "";

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
  }

  private get drawn(): Drawn {
    return { scale: this.scale, scaleMm: this.scaleMm, outline: this.outline };
  }

  // ---- where ----

  /** The part of the picture that is shown: x, y, width, height. */
  private get shown(): readonly [number, number, number, number] {
    const { width, height } = this.picture;
    const by = ZOOMS[this.zoom] ?? 1;
    const [x, y] = this.middle ?? [width / 2, height / 2];
    const [w, h] = [width / by, height / by];
    return [Math.min(Math.max(x - w / 2, 0), width - w), Math.min(Math.max(y - h / 2, 0), height - h), w, h];
  }

  private get canvas(): SVGSVGElement | null {
    return this.renderRoot.querySelector<SVGSVGElement>("svg.canvas");
  }

  /** Pixels of the picture in one of the screen. */
  private get perPixel(): number {
    return 1 / (this.canvas?.getScreenCTM()?.a ?? 1);
  }

  private at(event: PointerEvent): Point {
    const matrix = this.canvas?.getScreenCTM()?.inverse();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return this.inside([x, y]);
  }

  private inside([x, y]: Point): Point {
    const { width, height } = this.picture;
    const tenth = (value: number, most: number): number => Math.round(Math.min(Math.max(value, 0), most) * 10) / 10;
    return [tenth(x, width), tenth(y, height)];
  }

  // ---- what the finger does ----

  private pressed(event: PointerEvent): void {
    if (event.button !== 0 || this.sending) return;
    this.canvas?.setPointerCapture(event.pointerId);
    const point = this.at(event);
    this.cross = point;
    const near = NEAR * this.perPixel;
    const close = (points: readonly Point[]): number => points.findIndex(([x, y]) => Math.hypot(x - point[0], y - point[1]) <= near);
    const [ofScale, ofOutline] = [close(this.scale), close(this.outline)];
    // A point that is there is moved; but a line that is drawn may come back to where it began.
    if (ofScale >= 0) this.held = { of: "scale", at: ofScale };
    else if (ofOutline >= 0) this.held = { of: "outline", at: ofOutline };
    else {
      this.put(point);
      this.drawing = this.scale.length === 2 && this.outline.length > 0;
    }
    this.requestUpdate();
  }

  private moved(event: PointerEvent): void {
    if (this.held === null && !this.drawing) return;
    const point = this.at(event);
    this.cross = point;
    if (this.held !== null) {
      this[this.held.of] = this[this.held.of].map((each, at) => (at === this.held?.at ? point : each));
    } else {
      const [x, y] = this.outline.at(-1) ?? point;
      if (Math.hypot(x - point[0], y - point[1]) >= SPACING * this.perPixel) this.put(point);
    }
    this.requestUpdate();
  }

  private released(): void {
    this.held = null;
    this.drawing = false;
    this.requestUpdate();
  }

  private put(point: Point): void {
    this.complaint = "";
    if (this.scale.length < 2) this.scale = [...this.scale, point];
    else if (this.outline.length < MOST) this.outline = [...this.outline, point];
  }

  private undo(): void {
    if (this.outline.length > 0) this.outline = this.outline.slice(0, -1);
    else this.scale = this.scale.slice(0, -1);
    this.requestUpdate();
  }

  private restart(): void {
    [this.scale, this.outline, this.cross, this.complaint] = [[], [], null, ""];
    this.requestUpdate();
  }

  private key(event: KeyboardEvent): void {
    const { width, height } = this.picture;
    const [x, y] = this.cross ?? [width / 2, height / 2];
    const by = event.shiftKey ? 1 : STEP * Math.max(width, height) / (ZOOMS[this.zoom] ?? 1);
    const moves: Readonly<Record<string, Point>> = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] };
    const move = moves[event.key];
    if (move !== undefined) {
      this.cross = this.inside([x + move[0], y + move[1]]);
      this.middle = this.cross;
    } else if (event.key === "Enter") this.put(this.inside([x, y]));
    else if (event.key === "Backspace") this.undo();
    else return;
    event.preventDefault();
    this.requestUpdate();
  }

  private zoomBy(step: number): void {
    this.zoom = Math.min(Math.max(this.zoom + step, 0), ZOOMS.length - 1);
    this.middle = this.outline.at(-1) ?? this.cross;
    this.requestUpdate();
  }

  private async save(found: Measure): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    this.complaint = "";
    this.requestUpdate();
    const [start, end] = this.scale;
    try {
      if (start === undefined || end === undefined) return;
      const wound = await this.api.note(this.wound.id, {
        id: this.gesture,
        picture: this.picture.id,
        points: { scale: [[...start], [...end]], scale_mm: this.scaleMm, outline: this.outline.map(([x, y]) => [x, y]) },
        shown: { length_mm: found.length, width_mm: found.width, area_mm2: found.area },
      });
      this.dispatchEvent(new CustomEvent("wound", { detail: wound, bubbles: true, composed: true }));
      this.dispatchEvent(new CustomEvent("leave"));
    } catch (error) {
      this.complaint = refusal(error, this.app.speech);
      this.gesture = newName();
    }
    this.sending = false;
    this.requestUpdate();
  }

  // ---- drawing ----

  override render(): TemplateResult {
    const said = this.app.words.wounds;
    const found = measured(this.drawn);
    const step = this.scale.length < 2 ? said.stepScale : this.outline.length < 3 ? said.stepOutline : said.stepDone;
    return html`<div class="work">
      <div class="paper">${this.paper()}</div>
      <div class="side">
        <h2 tabindex="-1">${said.measureTitle}</h2>
        <p class="step" role="status">${step}</p>
        <fieldset>
          <legend>${said.scaleLength}</legend>
          <div class="options lengths">
            ${LENGTHS.map(
              (mm) =>
                html`<label
                  ><input
                    type="radio"
                    name="scale"
                    .checked=${this.scaleMm === mm}
                    @change=${() => {
                      this.scaleMm = mm;
                      this.requestUpdate();
                    }}
                  />${`${String(mm / 10)}\u00a0cm`}</label
                >`,
            )}
          </div>
        </fieldset>
        ${this.figures(found)}
        <div class="tools">
          <button ?disabled=${this.scale.length === 0} @click=${() => this.undo()}>${icon("undo")}${said.undo}</button>
          <button ?disabled=${this.scale.length === 0} @click=${() => this.restart()}>${icon("retry")}${said.restart}</button>
          <button ?disabled=${this.zoom === ZOOMS.length - 1} @click=${() => this.zoomBy(1)}>${icon("plus")}${said.zoomIn}</button>
          <button ?disabled=${this.zoom === 0} @click=${() => this.zoomBy(-1)}>${icon("search")}${said.zoomOut}</button>
        </div>
        ${this.complaint === "" ? nothing : html`<p class="no" role="alert">${icon("warning")}${this.complaint}</p>`}
        <div class="tools last">
          <button @click=${() => this.dispatchEvent(new CustomEvent("leave"))}>${said.cancel}</button>
          <button class="main" ?disabled=${typeof found === "string" || this.sending} @click=${() => typeof found !== "string" && void this.save(found)}>${icon("check")}${said.save}</button>
        </div>
        <p class="quiet keys">${said.keys}</p>
      </div>
    </div>`;
  }

  private figures(found: Measure | string): TemplateResult {
    const { words, language } = this.app.speech;
    const said = words.wounds;
    if (typeof found === "string") {
      const early = found === "few" || (found === "scale" && this.scale.length < 2);
      const faults: Readonly<Record<string, string>> = said.fault;
      return html`<dl class="figures" aria-hidden="true">
          ${[said.length, said.width, said.area].map((name) => html`<div><dt>${name}</dt><dd>—</dd></div>`)}
        </dl>
        ${early ? nothing : html`<p class="no" role="status">${icon("warning")}${faults[found]}</p>`}`;
    }
    return html`<dl class="figures" role="status">
      <div><dt>${said.length}</dt><dd>${lengthText(found.length, language)}</dd></div>
      <div><dt>${said.width}</dt><dd>${lengthText(found.width, language)}</dd></div>
      <div><dt>${said.area}</dt><dd>${areaText(found.area, language)}</dd></div>
    </dl>`;
  }

  private paper(): TemplateResult {
    const said = this.app.words.wounds;
    const [x, y, width, height] = this.shown;
    return html`<svg
      class="canvas"
      viewBox="${x} ${y} ${width} ${height}"
      tabindex="0"
      role="application"
      aria-label=${said.canvas}
      @pointerdown=${(event: PointerEvent) => this.pressed(event)}
      @pointermove=${(event: PointerEvent) => this.moved(event)}
      @pointerup=${() => this.released()}
      @pointercancel=${() => this.released()}
      @keydown=${(event: KeyboardEvent) => this.key(event)}
    >
      ${this.image()} ${this.marks()} ${this.glass()}
    </svg>`;
  }

  private image(): SVGTemplateResult {
    const { id, width, height } = this.picture;
    return svg`<image href=${pictureAddress(this.wound.id, id)} width=${width} height=${height}></image>`;
  }

  /** What was set, in lines that are seen on light and on dark. */
  private marks(): SVGTemplateResult {
    const unit = this.shown[2] / 400;
    const found = measured(this.drawn);
    const corners = this.outline.map((corner) => corner.join(",")).join(" ");
    const line = ([[x1, y1], [x2, y2]]: readonly [Point, Point], name: string): SVGTemplateResult =>
      svg`<line class="under" x1=${x1} y1=${y1} x2=${x2} y2=${y2} stroke-width=${unit * 3}></line><line class=${name} x1=${x1} y1=${y1} x2=${x2} y2=${y2} stroke-width=${unit * 1.4}></line>`;
    const dot = ([x, y]: Point, name: string): SVGTemplateResult => svg`<circle class=${name} cx=${x} cy=${y} r=${unit * 3.2} stroke-width=${unit}></circle>`;
    const [start, end] = this.scale;
    return svg`${start !== undefined && end !== undefined ? line([start, end], "scale") : nothing}
      ${this.outline.length > 1 ? svg`<polygon class="under" points=${corners} stroke-width=${unit * 3}></polygon><polygon class="edge" points=${corners} stroke-width=${unit * 1.4}></polygon>` : nothing}
      ${typeof found === "string" ? nothing : svg`<g class="axes">${line(found.lengthLine, "axis")}${line(found.widthLine, "axis")}</g>`}
      ${this.scale.map((point) => dot(point, "dot scale"))}
      ${this.outline.length > 60 ? nothing : this.outline.map((point) => dot(point, "dot"))}
      ${this.crossLines(unit)}`;
  }

  private crossLines(unit: number): SVGTemplateResult | typeof nothing {
    if (this.cross === null) return nothing;
    const [x, y] = this.cross;
    const arm = unit * 12;
    return svg`<path class="cross" d="M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}" stroke-width=${unit}></path>`;
  }

  /** What lies under the finger, three times as large, in the corner that is farther away. */
  private glass(): SVGTemplateResult | typeof nothing {
    if (this.cross === null || (this.held === null && !this.drawing)) return nothing;
    const [left, top, width] = this.shown;
    const [x, y] = this.cross;
    const side = this.shown[3] * GLASS * 2.6;
    const seen = side / 3;
    const right = x < left + width / 2;
    return svg`<svg x=${right ? left + width - side : left} y=${top} width=${side} height=${side} viewBox="${x - seen / 2} ${y - seen / 2} ${seen} ${seen}" class="glass">
      ${this.image()}
      <path class="cross" d="M${x - seen / 2} ${y}H${x + seen / 2}M${x} ${y - seen / 2}V${y + seen / 2}" stroke-width=${seen / 120}></path>
      <rect x=${x - seen / 2} y=${y - seen / 2} width=${seen} height=${seen} class="rim" stroke-width=${seen / 30}></rect>
    </svg>`;
  }
}

customElements.define("vv-wound-measure", MeasurePicture);
