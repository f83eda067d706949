/** The room's screen: 72 px and more, one thing at a time. */
import { css } from "lit";

export const roomStyles = css`
  :host {
    position: fixed;
    inset: 0;
    display: grid;
    background: #0e1116;
    color: #e8ecf0;
    font-size: clamp(1.75rem, 5vmin, 3rem);
  }
  :host([theme="day"]) {
    background: #f6f7f8;
    color: #14181d;
  }
  header {
    position: absolute;
    inset: 0 0 auto;
    display: flex;
    justify-content: flex-end;
    padding: var(--gap-4) var(--gap-5);
  }
  .lamp {
    display: inline-flex;
    align-items: center;
    gap: 0.5em;
    padding: 0.2em 0.7em;
    border-radius: var(--radius);
    background: #2a1214;
    color: #ffd9da;
    font-weight: 700;
  }
  .lamp::before {
    content: "";
    width: 0.8em;
    height: 0.8em;
    border-radius: 50%;
    background: #ff5a5f;
    box-shadow: 0 0 0.5em #ff5a5f;
  }
  main {
    display: grid;
    place-content: center;
    justify-items: center;
    gap: 0.5em;
    padding: var(--gap-4);
    text-align: center;
  }
  .hour {
    font-size: clamp(6rem, 30vmin, 18rem);
    font-weight: 600;
    line-height: 1;
  }
  .day {
    font-size: clamp(2.75rem, 9vmin, 5rem);
  }
  .day::first-letter {
    text-transform: uppercase;
  }
  .face {
    display: grid;
    place-content: center;
    width: 2.4em;
    height: 2.4em;
    border-radius: 50%;
    background: #2d3641;
    color: #e8ecf0;
    font-size: clamp(2.5rem, 8vmin, 5rem);
    font-weight: 700;
  }
  h1 {
    margin: 0;
    max-width: 22ch;
    font-size: clamp(3rem, 9vmin, 5.5rem);
    line-height: 1.15;
    font-weight: 700;
  }
  p {
    margin: 0;
    max-width: 36ch;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 0.8em;
    margin-top: 0.4em;
  }
  button {
    min-width: 5.5em;
    min-height: 1.9em;
    padding: 0.25em 0.7em;
    border: 3px solid currentColor;
    border-radius: 0.35em;
    background: transparent;
    color: inherit;
    font: inherit;
    font-size: clamp(2.75rem, 8vmin, 4.5rem);
    font-weight: 700;
    cursor: pointer;
    touch-action: manipulation;
  }
  button.main {
    border-color: #e8ecf0;
    background: #e8ecf0;
    color: #14181d;
  }
  :host([theme="day"]) button.main {
    border-color: #14181d;
    background: #14181d;
    color: #ffffff;
  }
  button:focus-visible {
    outline: 5px solid #8ab4ff;
    outline-offset: 4px;
  }
  canvas {
    position: absolute;
    inset: 0;
    z-index: -1;
    width: 100%;
    height: 100%;
    object-fit: contain;
    background: #000;
  }
  canvas[hidden] {
    display: none;
  }
  .over {
    padding: 0.2em 0.6em;
    border-radius: var(--radius);
    background: #0e1116d9;
    color: #e8ecf0;
  }
  footer {
    position: absolute;
    inset: auto 0 0;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0.5em;
    padding: var(--gap-4) var(--gap-5);
  }
  .alarm {
    display: grid;
    justify-items: center;
    gap: 0.3em;
    padding: 0.5em 1em;
    border: 6px solid currentColor;
    border-radius: var(--radius);
  }
  .alarm.high {
    background: #2a1214;
    color: #ffd9da;
    border-color: #ff5a5f;
  }
  .alarm.medium {
    background: #241d06;
    color: #ffd24a;
  }
  .alarm.low {
    background: #0b2026;
    color: #4cc9e0;
  }
  .alarm[data-quiet] {
    border-style: dashed;
  }
  .mark {
    display: inline-block;
    min-width: 1.6em;
    padding: 0.1em 0.3em;
    background: currentColor;
    border-radius: 50%;
    font-weight: 700;
    text-align: center;
    -webkit-text-fill-color: #0e1116;
  }
  .medium .mark {
    padding: 0.4em 0.6em 0.1em;
    border-radius: 0;
    clip-path: polygon(50% 0, 100% 100%, 0 100%);
  }
  .low .mark {
    border-radius: 0;
  }
  /* 2 Hz, half of the time, for the worst alone. */
  .alarm.high:not([data-quiet]) .mark {
    animation: flash 0.5s steps(2, jump-none) infinite;
  }
  @keyframes flash {
    to {
      opacity: 0.15;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .alarm.high:not([data-quiet]) .mark {
      animation: none;
    }
    .alarm.high:not([data-quiet]) {
      border-width: 14px;
    }
  }
  .doubt {
    padding: 0.3em 0.8em;
    border: 4px solid #ff5a5f;
    border-radius: var(--radius);
    background: #2a1214;
    color: #ffd9da;
  }
`;
