/** A picture of a wound with what was drawn on it. */
import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { pictureAddress, type FindingView, type PictureView, type WoundView } from "../lib/wounds";

/** The outline and the scale as they were set. */
export function overlay(finding: FindingView | null, size: number): SVGTemplateResult | typeof nothing {
  const points = finding?.points ?? null;
  if (points === null) return nothing;
  const [[x1, y1], [x2, y2]] = points.scale;
  const corners = points.outline.map((corner) => corner.join(",")).join(" ");
  const stroke = size / 250;
  return svg`<polygon points=${corners} fill="none" stroke="#000" stroke-width=${stroke * 2.2} stroke-linejoin="round"></polygon
    ><polygon points=${corners} fill="none" stroke="#fff" stroke-width=${stroke} stroke-linejoin="round"></polygon
    ><line x1=${x1} y1=${y1} x2=${x2} y2=${y2} stroke="#000" stroke-width=${stroke * 2.2}></line
    ><line x1=${x1} y1=${y1} x2=${x2} y2=${y2} stroke="#ffc400" stroke-width=${stroke}></line>`;
}

/** A picture, with its outline on it when there is one and it is wanted. */
export function drawn(wound: WoundView, picture: PictureView, finding: FindingView | null, alt: string): TemplateResult {
  const { width, height } = picture;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${alt} class="picture">
    <image href=${pictureAddress(wound.id, picture.id)} width=${width} height=${height}></image>
    ${overlay(finding, Math.max(width, height))}
  </svg>`;
}
