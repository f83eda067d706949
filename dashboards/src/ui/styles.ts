/** Styles that every element of the screens shares; tokens come from tokens.css through inheritance. */
import { css } from "lit";

/** Declarations of a link that looks as a button does. */
export const linkLook = css`
  display: inline-flex;
  align-items: center;
  justify-content: center;
  gap: var(--gap-2);
  min-height: var(--touch);
  padding: var(--gap-2) var(--gap-4);
  border: 1px solid var(--edge);
  border-radius: var(--radius);
  background: var(--surface);
  color: inherit;
  font-weight: 600;
  text-decoration: none;
`;

/** Declarations of a field in which something is written or chosen. */
export const fieldLook = css`
  width: 100%;
  min-height: var(--touch);
  padding: var(--gap-2) var(--gap-3);
  border: 1px solid var(--edge);
  border-radius: var(--radius);
  background: var(--ground);
  color: inherit;
  font: inherit;
`;

/** Declarations of a number in a round, behind the name of a place. */
export const countLook = css`
  min-width: 1.7em;
  padding: 0 6px;
  border-radius: 999px;
  background: var(--action);
  color: var(--on-action);
  font-size: var(--size-1);
  text-align: center;
`;

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
  /* A link that is a gesture: it leads to another page and looks as a button does. */
  a.way {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-2);
    min-height: var(--touch);
    padding: 0 var(--gap-4);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--surface);
    color: inherit;
    font-weight: 600;
    text-decoration: none;
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

/** Styles of a dialog that asks for something: a form with a head. */
export const dialogs = css`
  dialog {
    width: min(46rem, calc(100vw - 24px));
    max-height: calc(100dvh - 24px);
    padding: 0;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text);
    font-size: var(--size-2);
    box-shadow: 0 12px 48px rgb(0 0 0 / 35%);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 55%);
  }
  form {
    display: grid;
    gap: var(--gap-3);
    padding: var(--gap-5);
  }
  .head {
    display: flex;
    align-items: start;
    gap: var(--gap-3);
  }
`;

/** Things to choose from as buttons with their mark in them, with or without a picture; and what is wrong with a choice. */
export const options = css`
  .options {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-2);
  }
  .options label {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-2);
    min-height: var(--touch);
    min-width: var(--touch);
    padding: 0 var(--gap-4);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--surface);
    cursor: pointer;
  }
  .options label:has(:checked) {
    background: var(--raised);
    box-shadow: inset 0 0 0 2px var(--text);
    font-weight: 600;
  }
  .options label:has(:focus-visible) {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }
  .options input {
    flex: none;
    width: 20px;
    height: 20px;
    margin: 0;
    accent-color: var(--text);
  }
  .options label.photo {
    padding: var(--gap-2);
  }
  .options img {
    display: block;
    width: 140px;
    height: 105px;
    object-fit: cover;
    border-radius: 6px;
  }
  .fault {
    display: flex;
    align-items: center;
    gap: var(--gap-1);
    margin-top: var(--gap-1);
    font-size: var(--size-1);
    font-weight: 600;
    color: var(--high);
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

/** A page: at least as high as the window; within a frame while something about it is doubtful. */
export const page = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 100vh;
    background: var(--ground);
  }
  :host([doubtful]) {
    padding: 0 12px 12px;
  }
  main {
    flex: 1;
  }
`;

/** A page whose bars stay at its top, unless there is hardly room for anything else. */
export const barsOnTop = css`
  .top {
    position: sticky;
    top: 0;
    z-index: 10;
    background: var(--ground);
  }
  @media (max-height: 560px) {
    .top {
      position: static;
    }
  }
`;

/** A page that is exactly as high as the window: its parts scroll, it does not. */
export const desk = css`
  :host {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    height: 100vh;
    background: var(--ground);
  }
  :host([doubtful]) {
    padding: 0 12px 12px;
  }
`;

/** A person's initials, where there is no picture. `--across` makes them larger or smaller. */
export const initialsRound = css`
  .initials {
    display: grid;
    flex: none;
    place-items: center;
    width: var(--across, 56px);
    height: var(--across, 56px);
    border: 1px solid var(--line);
    border-radius: 50%;
    background: var(--raised);
    font-size: var(--size-3);
    font-weight: 700;
  }
`;

/** The head of a page about one person: initials, name, and what leads elsewhere. */
export const personHead = css`
  ${initialsRound}
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3) var(--gap-4);
  }
  .head .initials {
    border: 0;
  }
  .head h1 {
    font-size: var(--size-4);
    line-height: 1.15;
  }
  .head .person {
    flex: 1;
    min-width: 14rem;
  }
`;
