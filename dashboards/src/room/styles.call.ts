/** The room's screen in a call: dark in the day too, as a television is, so that the picture is what is seen. */
import { css } from "lit";

export const callStyles = css`
  header[data-call] {
    background: #0e1116;
    color: #ffffff;
    font-size: clamp(1.5rem, 3.8vmin, 2.25rem);
  }
  .present {
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.4em;
    max-width: none;
    line-height: 1.2;
  }
  .call {
    display: grid;
    grid-template: minmax(0, 1fr) auto auto / minmax(0, 1fr);
    min-height: 0;
    background: #000;
    color: #ffffff;
    font-size: clamp(1.75rem, 4.4vmin, 2.75rem);
  }
  .stage {
    position: relative;
    display: grid;
    min-width: 0;
    min-height: 0;
  }
  .row {
    display: none;
  }
  /* The others: beside the caller where the screen is wide, below where it is high. */
  [data-row] > .row {
    display: flex;
    flex-direction: column;
    gap: 12px;
    justify-content: center;
    min-width: 0;
    min-height: 0;
  }
  .stage[data-row] {
    grid-template-columns: minmax(0, 1fr) clamp(230px, 25vw, 360px);
    gap: 12px;
    padding: 12px;
  }
  .small {
    flex: 0 1 auto;
    aspect-ratio: 4 / 3.4;
  }
  @media (max-aspect-ratio: 1/1) {
    .stage[data-row] {
      grid-template: minmax(0, 1fr) clamp(160px, 20vh, 300px) / minmax(0, 1fr);
    }
    [data-row] > .row {
      flex-direction: row;
    }
  }
  figure {
    position: relative;
    display: grid;
    grid-template-rows: minmax(0, 1fr) auto;
    min-width: 0;
    min-height: 0;
    margin: 0;
    overflow: hidden;
  }
  room-picture {
    container-type: size;
  }
  figure[hidden] {
    display: none;
  }
  [data-row] figure {
    border-radius: 16px;
  }
  .small {
    border: 2px solid #45505c;
    background: #171c23;
  }
  figcaption {
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.5em;
    padding: 0.2em 0.6em 0.25em;
    line-height: 1.2;
  }
  .small figcaption {
    font-size: clamp(1.375rem, 3vmin, 1.75rem);
  }
  .lost {
    color: #ffd24a;
    font-weight: 400;
  }
  .around,
  .arrivals {
    position: absolute;
    z-index: 1;
    display: grid;
    gap: 12px;
    pointer-events: none;
  }
  .around {
    inset: 16px auto 16px 16px;
    grid-auto-rows: min-content;
    justify-items: start;
    width: min(62%, 34em);
  }
  /* Below the face of who points; above it only where somebody who comes needs the place. */
  .around:not(:has(+ .arrivals > *)) #point {
    position: absolute;
    bottom: 0;
  }
  .arrivals {
    inset: auto 16px 16px;
    justify-items: center;
  }
  .arrivals > * {
    pointer-events: auto;
  }
  .plate {
    display: flex;
    gap: 0.5em;
    align-items: center;
    max-width: none;
    margin: 0;
    padding: 0.2em 0.6em;
    border-radius: var(--radius);
    background: #0e1116e6;
    color: var(--ink);
  }
  h1.plate {
    display: block;
    padding: 0.3em 0.6em;
    font-size: clamp(2.25rem, 6.5vmin, 4rem);
  }
  #muted,
  #shutter {
    border: 3px solid #ffd24a;
  }
  .icon {
    flex: none;
    width: 1.1em;
    height: 1.1em;
  }
  .view {
    flex: none;
    width: 4.5em;
    fill: none;
    stroke: #c3ccd5;
    stroke-width: 3;
  }
  .view circle {
    fill: #ffd24a;
    stroke: #0e1116;
  }
  .view .halo {
    fill: none;
    stroke: #ffd24a;
    stroke-width: 4;
  }
  .arrival {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    gap: 8px 24px;
    align-items: center;
    width: min(100%, 80rem);
    box-sizing: border-box;
    padding: 16px 24px;
    border-radius: 20px;
    background: #ffffff;
    color: #14181d;
    box-shadow: 0 8px 40px #000c;
  }
  :host([theme="night"]) .arrival {
    background: #212832;
    color: #ffffff;
  }
  .arrival .face {
    font-size: clamp(1.75rem, 4.5vmin, 3rem);
  }
  .arrival h1 {
    max-width: none;
    font-size: clamp(2rem, 5.2vmin, 3.25rem);
  }
  .arrival .when {
    font-variant-numeric: tabular-nums;
  }
  .arrival button {
    max-width: 10em;
    min-height: 2.2em;
    line-height: 1.15;
    font-size: clamp(1.75rem, 4vmin, 2.25rem);
  }
  @media (max-aspect-ratio: 1/1) {
    .arrival {
      grid-template-columns: auto minmax(0, 1fr);
    }
    .arrival button {
      grid-column: 1 / -1;
      max-width: none;
    }
    #hang-up {
      flex: 1 1 100%;
    }
    .around {
      width: calc(100% - 32px);
    }
    [data-row] > .around {
      bottom: calc(clamp(160px, 20vh, 300px) + 40px);
    }
  }
  /* Two lines, four on a narrow screen, the newest words below: what was said before goes away above. */
  .captions {
    display: flex;
    flex-direction: column;
    justify-content: flex-end;
    max-height: 5.2em;
    padding: 0 24px;
    overflow: hidden;
    background: #000;
    color: #ffffff;
    font-size: clamp(2rem, 5.6vmin, 3.25rem);
    line-height: 1.3;
    text-align: center;
  }
  .captions p {
    flex: none;
    max-width: none;
  }
  footer {
    display: flex;
    flex-wrap: wrap;
    gap: 16px 24px;
    align-items: center;
    justify-content: space-between;
    padding: 16px 24px;
    background: #0e1116;
  }
  footer button {
    display: inline-flex;
    gap: 0.4em;
    align-items: center;
    justify-content: center;
    min-width: 0;
    min-height: 2.2em;
    border-color: #8a96a3;
    font-size: clamp(1.75rem, 4vmin, 2.25rem);
  }
  footer button.main {
    border-color: #ffffff;
    background: #ffffff;
    color: #14181d;
  }
  :host([theme="day"]) footer button.main {
    border-color: #ffffff;
  }
  /* The footer is dark by day too. */
  footer button:disabled {
    color: #97a3af;
  }
  footer #mute[aria-pressed="true"] {
    border-color: #ffd24a;
    color: #ffd24a;
  }
  .volume {
    display: flex;
    gap: 16px;
    align-items: center;
  }
  .volume button {
    width: 2.2em;
    padding: 0;
    font-size: clamp(2rem, 5vmin, 2.75rem);
    line-height: 1;
  }
  .level {
    display: grid;
    gap: 4px;
    justify-items: center;
    font-size: clamp(1.25rem, 2.8vmin, 1.75rem);
  }
  .level svg {
    width: clamp(120px, 14vw, 220px);
    height: 0.9em;
  }
  .level .on {
    fill: #ffffff;
  }
  .level .off {
    fill: #45505c;
  }
  @media (max-width: 1100px) {
    footer {
      gap: 12px;
      padding: 12px;
    }
    footer button {
      padding: 0.25em 0.5em;
      font-size: 1.625rem;
    }
    .volume {
      gap: 12px;
    }
  }
  .silent {
    max-width: 11em;
    line-height: 1.2;
    display: flex;
    gap: 0.4em;
    align-items: center;
    color: #c3ccd5;
  }
`;
