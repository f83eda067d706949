/** Styles that every element of the screens shares; tokens come from tokens.css through inheritance. */
import { css } from "lit";

export const base = css`
  :host {
    display: block;
    color: var(--text);
    font-family: var(--family);
    line-height: 1.35;
    font-variant-numeric: tabular-nums;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  figure {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  .icon {
    width: 1.25em;
    height: 1.25em;
    flex: none;
    vertical-align: -0.25em;
  }
  button,
  input {
    font: inherit;
    color: inherit;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--gap-2);
    min-height: var(--touch);
    min-width: var(--touch);
    padding: var(--gap-2) var(--gap-4);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--surface);
    font-weight: 600;
    cursor: pointer;
    touch-action: manipulation;
    -webkit-tap-highlight-color: transparent;
  }
  button:hover {
    background: var(--raised);
  }
  button.main {
    background: var(--action);
    color: var(--on-action);
    border-color: var(--action);
  }
  button.main:hover {
    background: color-mix(in srgb, var(--action) 86%, var(--ground));
  }
  button.plain {
    border-color: transparent;
    background: transparent;
  }
  button:disabled {
    cursor: default;
    color: var(--quiet);
    background: var(--raised);
    border-color: var(--line);
  }
  :focus-visible {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }
  .quiet {
    color: var(--quiet);
  }
  .only-spoken {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

/** Marks of priority: symbol, shape and word, never colour alone. */
export const marks = css`
  .mark {
    --hue: var(--technical);
    --on-hue: var(--on-technical);
    display: inline-flex;
    align-items: center;
    justify-content: center;
    flex: none;
    width: 2em;
    height: 2em;
    font-weight: 800;
    font-size: var(--size-2);
    letter-spacing: -0.04em;
    line-height: 1;
    color: var(--on-hue);
    background: var(--hue);
  }
  .mark.high {
    --hue: var(--high);
    --on-hue: var(--on-high);
    border-radius: 50%;
  }
  .mark.medium {
    --hue: var(--medium-mark);
    --on-hue: var(--on-medium);
    clip-path: polygon(50% 2%, 100% 96%, 0 96%);
    width: 2.3em;
    align-items: flex-end;
    padding-bottom: 0.28em;
  }
  .mark.low {
    --hue: var(--low);
    --on-hue: var(--on-low);
    border-radius: 3px;
  }
  .mark.technical {
    border-radius: 6px;
  }
  /* Seen or taken: the same shape and hue, hollow. */
  .mark.answered {
    background: transparent;
    color: var(--hue);
    box-shadow: inset 0 0 0 2px var(--hue);
  }
  .mark.answered.medium {
    --hue: var(--medium);
    clip-path: none;
    box-shadow: none;
    position: relative;
  }
  .mark.answered.medium svg.outline {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  @media (prefers-reduced-motion: no-preference) {
    .mark.high.flash {
      animation: flash 0.5s steps(1, end) infinite;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .mark.high.flash {
      box-shadow: 0 0 0 5px var(--high-ground), 0 0 0 9px var(--high);
    }
  }
  /* It flashes once on a page, where it is acted on; elsewhere it only stands. */
  .card .mark.high.flash,
  .event .mark.high.flash,
  .alarms .mark.high.flash {
    animation: none;
    box-shadow: none;
  }
  @keyframes flash {
    0% {
      opacity: 1;
    }
    50% {
      opacity: 0.25;
    }
  }
`;

export const pageState = css`
  .state {
    display: grid;
    justify-items: center;
    align-content: center;
    gap: var(--gap-3);
    padding: var(--gap-6);
    min-height: 50vh;
    text-align: center;
  }
  .state > .icon {
    width: 40px;
    height: 40px;
    color: var(--quiet);
  }
  .state h2 {
    font-size: var(--size-3);
  }
  .state p {
    max-width: 34rem;
    color: var(--quiet);
  }
  .skeleton {
    border-radius: var(--radius);
    background: var(--raised);
  }
`;
