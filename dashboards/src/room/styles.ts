/** The room's screen: 72 px and more, one thing at a time. */
import { css } from "lit";

export const roomStyles = css`
  :host {
    position: fixed;
    inset: 0;
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    background: var(--ground);
    color: var(--text);
    font-size: clamp(1.75rem, 5vmin, 3rem);
  }
  header {
    display: grid;
    grid-template-columns: minmax(34%, 1fr) auto;
    align-items: center;
  }
  header > p {
    margin: 8px 16px;
  }
  header > p:is(.lamp, .doubt) {
    grid-column: 2;
    max-width: min(44rem, 68vw);
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
    flex: none;
    width: 0.8em;
    height: 0.8em;
    border-radius: 50%;
    background: #ff5a5f;
    box-shadow: 0 0 0.5em #ff5a5f;
  }
  main {
    display: grid;
    place-content: safe center;
    justify-items: center;
    gap: 0.5em;
    overflow: auto;
    padding: var(--gap-3) var(--gap-5) var(--gap-5);
    text-align: center;
  }
  .hour {
    font-size: clamp(6rem, 27vmin, 18rem);
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
    line-height: 1;
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
  h1,
  p {
    text-wrap: balance;
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
    border-color: var(--action);
    background: var(--action);
    color: var(--on-action);
  }
  button:disabled {
    border-style: dashed;
    background: transparent;
    color: var(--quiet);
    cursor: default;
  }
  button:focus-visible {
    outline: 5px solid var(--focus);
    outline-offset: 4px;
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
  .banner {
    display: flex;
    grid-column: 1 / -1;
    align-items: center;
    gap: 0.5em;
    padding: 0.2em 0.6em;
    max-width: none;
    font-weight: 700;
  }
  .banner button {
    min-height: 1.7em;
    margin-left: auto;
    font-size: 1em;
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
  .ring {
    display: grid;
    align-items: center;
    justify-items: center;
    gap: var(--gap-6);
  }
  .who {
    display: grid;
    justify-items: center;
    gap: 0.5em;
  }
  .ring .face {
    position: relative;
  }
  /* Somebody who does not hear the ring sees it: slow and wide, no flash. */
  .ring .face::after {
    content: "";
    position: absolute;
    inset: -0.15em;
    border: 0.07em solid currentColor;
    border-radius: 50%;
    color: var(--text);
    animation: ring 2.4s ease-out infinite;
  }
  @keyframes ring {
    from {
      opacity: 0.9;
      transform: scale(1);
    }
    70%,
    to {
      opacity: 0;
      transform: scale(1.45);
    }
  }
  .company,
  .hint {
    color: var(--text);
  }
  .company {
    font-weight: 700;
  }
  .pad {
    display: grid;
    justify-items: center;
    gap: 0.4em;
    padding: var(--gap-5);
    border: 3px solid var(--edge);
    border-radius: 24px;
    background: var(--surface);
  }
  h2 {
    margin: 0;
    font-size: clamp(1.75rem, 5.5vmin, 3rem);
    line-height: 1.15;
  }
  .said {
    min-height: 1.3em;
    font-size: 0.85em;
  }
  .said[data-wrong] {
    padding: 0 0.5em;
    border: 4px solid var(--high);
    border-radius: var(--radius);
    background: var(--high-ground);
    font-weight: 700;
  }
  .digits {
    display: flex;
    gap: 0.5em;
  }
  .digits span {
    width: 0.6em;
    height: 0.6em;
    border: 3px solid currentColor;
    border-radius: 50%;
  }
  .digits span[data-typed] {
    background: currentColor;
  }
  .keys {
    display: grid;
    grid-template-columns: repeat(3, minmax(3.2em, 1fr));
    gap: 12px;
  }
  .keys button {
    min-width: 0;
    min-height: 0;
    padding: 0.12em 0.2em;
    border-width: 2px;
    font-size: clamp(2rem, 6.2vmin, 3.5rem);
  }
  .keys button[data-key="clear"],
  .keys button[data-key="back"] {
    font-size: clamp(1.25rem, 3vmin, 1.75rem);
  }
  .pad .buttons {
    flex-wrap: nowrap;
    gap: 16px;
  }
  .pad .buttons button {
    min-width: 4.5em;
    padding: 0.25em 0.6em;
    font-size: clamp(1.75rem, 5vmin, 2.75rem);
  }
  @media (min-aspect-ratio: 1/1) {
    .ring[data-code] {
      grid-template-columns: minmax(0, 1fr) auto;
    }
    .ring[data-code] h1 {
      font-size: clamp(2.25rem, 7vmin, 4.5rem);
    }
  }
  @media (max-aspect-ratio: 1/1) {
    header {
      grid-template-columns: minmax(0, 1fr);
    }
    header > p:is(.lamp, .doubt) {
      grid-column: 1;
      justify-self: end;
      max-width: none;
    }
    .ring {
      gap: var(--gap-4);
    }
    .ring[data-code] .face {
      font-size: 2.5rem;
    }
  }
  @media (max-height: 700px) {
    .ring[data-code] .pad {
      gap: 0.2em;
      padding: var(--gap-3);
    }
    .ring[data-code] .face {
      font-size: 2.5rem;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .ring .face::after {
      opacity: 1;
      transform: none;
      animation: none;
    }
  }
`;
