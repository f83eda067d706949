import { css } from "lit";

export const callStyles = css`
  :host {
    height: 100%;
    min-height: 0;
  }
  .call {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 340px;
    grid-template-rows: minmax(0, 1fr) 128px;
    height: 100%;
    background: var(--ground);
  }
  .stage {
    position: relative;
    min-height: 0;
    background: #0b0d10;
    color: #ffffff;
    overflow: hidden;
  }
  #room {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    object-fit: contain;
  }
  #room.stalled {
    filter: grayscale(1) brightness(0.55);
  }
  .status {
    position: absolute;
    top: var(--gap-4);
    left: var(--gap-4);
    padding: var(--gap-2) var(--gap-4);
    border-radius: 999px;
    background: rgb(11 13 16 / 78%);
    font-weight: 600;
  }
  .status:not(.waiting) {
    font-size: var(--size-1);
  }
  .status.waiting {
    top: 42%;
    left: 50%;
    translate: -50% -50%;
    max-width: 80%;
    text-align: center;
    font-size: var(--size-4);
    background: none;
  }
  .status.refused,
  .status.unanswered,
  .status.ended,
  .status.failed {
    display: none;
  }
  .own {
    position: absolute;
    right: var(--gap-4);
    top: var(--gap-4);
    width: min(200px, 22%);
    border-radius: var(--radius);
    overflow: hidden;
    border: 2px solid rgb(255 255 255 / 70%);
    background: #0b0d10;
  }
  .own video {
    display: block;
    width: 100%;
    aspect-ratio: 4 / 3;
    object-fit: cover;
    transform: scaleX(-1);
  }
  .own video.off {
    visibility: hidden;
  }
  .own figcaption {
    position: absolute;
    inset: auto 0 0;
    padding: 2px var(--gap-2);
    background: rgb(11 13 16 / 78%);
    font-size: var(--size-1);
  }
  .controls {
    position: absolute;
    bottom: var(--gap-4);
    left: 50%;
    translate: -50% 0;
    display: flex;
    gap: var(--gap-3);
  }
  .controls button {
    min-height: 64px;
    padding-inline: var(--gap-5);
    color: #ffffff;
    background: rgb(11 13 16 / 82%);
    border-color: rgb(255 255 255 / 55%);
    white-space: nowrap;
  }
  .controls button[aria-pressed="false"] {
    background: #ffffff;
    color: #14181d;
  }
  .controls .hang-up {
    background: #c4161c;
    border-color: #c4161c;
    color: #ffffff;
  }
  .controls button:focus-visible {
    outline-color: #ffffff;
  }
  .over {
    position: absolute;
    inset: 0;
    display: grid;
    align-content: center;
    justify-items: center;
    gap: var(--gap-4);
    padding: var(--gap-6);
    background: #0b0d10;
    text-align: center;
  }
  .over h2 {
    font-size: var(--size-4);
  }
  .over p {
    max-width: 38rem;
  }
  .over .row {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: var(--gap-3);
  }
  .over button {
    background: transparent;
    color: #ffffff;
    border-color: rgb(255 255 255 / 55%);
  }
  .over button.main {
    background: #ffffff;
    color: #14181d;
    border-color: #ffffff;
  }
  aside {
    grid-row: 1 / -1;
    grid-column: 2;
    overflow-y: auto;
    padding: var(--gap-4);
    background: var(--surface);
    border-inline-start: 1px solid var(--line);
  }
  aside header {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding-bottom: var(--gap-3);
  }
  aside h1 {
    font-size: var(--size-3);
    line-height: 1.2;
    overflow-wrap: anywhere;
  }
  aside h2 {
    margin: var(--gap-3) 0 var(--gap-2);
    font-size: var(--size-1);
    color: var(--quiet);
  }
  aside h2 small {
    display: block;
    font-weight: 400;
  }
  .initials {
    display: grid;
    place-items: center;
    flex: none;
    width: 56px;
    height: 56px;
    border-radius: 50%;
    background: var(--raised);
    border: 1px solid var(--line);
    font-size: var(--size-3);
    font-weight: 700;
  }
  .alarms {
    display: grid;
    gap: var(--gap-2);
  }
  .alarms li {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
  }
  .alarms .mark {
    font-size: 0.8rem;
  }
  .trace {
    display: grid;
    grid-template-rows: auto 1fr;
    padding: var(--gap-1) var(--gap-4);
    background: var(--surface);
    border-top: 1px solid var(--line);
    min-width: 0;
  }
  .trace p {
    font-size: var(--size-1);
  }
  @media (max-width: 900px) {
    .call {
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: minmax(50vh, 1fr) 110px auto;
      height: auto;
    }
    aside {
      grid-row: 3;
      grid-column: 1;
    }
  }
`;
