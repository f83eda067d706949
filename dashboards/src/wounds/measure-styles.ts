import { css } from "lit";
import { options } from "../ui/styles";

export const measureStyles = css`
  .work {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(17rem, 21rem);
    gap: var(--gap-4);
    align-items: start;
  }
  .paper {
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: #000;
    overflow: hidden;
  }
  svg.canvas {
    display: block;
    width: 100%;
    max-height: calc(100dvh - 120px);
    cursor: crosshair;
    touch-action: none;
    user-select: none;
  }
  svg.canvas:focus-visible {
    outline-offset: -4px;
  }
  .under {
    fill: none;
    stroke: #000;
    stroke-linejoin: round;
  }
  .edge {
    fill: rgb(255 255 255 / 12%);
    stroke: #fff;
    stroke-linejoin: round;
  }
  .axes {
    opacity: 0.9;
  }
  .axis {
    stroke: #6fe3ff;
    stroke-dasharray: 2% 1%;
  }
  line.scale {
    stroke: #ffc400;
  }
  .dot {
    fill: #fff;
    stroke: #000;
  }
  .dot.scale {
    fill: #ffc400;
  }
  .cross {
    fill: none;
    stroke: #fff;
    mix-blend-mode: difference;
  }
  .rim {
    fill: none;
    stroke: #fff;
  }
  .side {
    display: grid;
    gap: var(--gap-3);
  }
  h2 {
    font-size: var(--size-3);
  }
  .step {
    font-weight: 600;
  }
  fieldset {
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    padding: 0;
    margin-bottom: var(--gap-1);
    color: var(--quiet);
  }
  ${options}
  .lengths label {
    min-width: 0;
    padding: 0 var(--gap-3);
  }
  .figures {
    display: grid;
    grid-template-columns: repeat(3, 1fr);
    gap: var(--gap-2);
    padding: var(--gap-3);
    border-radius: var(--radius);
    background: var(--raised);
  }
  .figures dt {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .figures dd {
    font-size: var(--size-3);
    font-weight: 700;
    white-space: nowrap;
  }
  .tools {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: var(--gap-2) var(--gap-3);
  }
  .tools button {
    padding-inline: var(--gap-2);
  }
  .no {
    display: flex;
    gap: var(--gap-2);
    padding: var(--gap-2) var(--gap-3);
    border: 1px solid var(--medium);
    border-radius: var(--radius);
    background: var(--medium-ground);
  }
  .keys {
    font-size: var(--size-1);
  }
  @media (max-width: 860px) {
    .work {
      grid-template-columns: minmax(0, 1fr);
    }
    svg.canvas {
      max-height: 60dvh;
    }
  }
`;
