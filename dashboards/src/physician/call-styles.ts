import { css } from "lit";
import { initialsRound } from "../ui/styles";

export const callStyles = css`
  :host {
    height: 100%;
    min-height: 0;
  }
  .call {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 340px;
    grid-template-rows: minmax(0, 1fr) auto 112px;
    height: 100%;
    background: var(--ground);
  }
  .stage {
    position: relative;
    display: grid;
    grid-template-columns: minmax(0, 1fr) 164px;
    min-height: 0;
    background: #0b0d10;
    color: #ffffff;
    overflow: hidden;
  }
  .picture {
    position: relative;
    min-width: 0;
    min-height: 0;
  }
  vv-call-stage {
    position: absolute;
    inset: 0;
  }
  .status {
    position: absolute;
    top: var(--gap-3);
    left: var(--gap-3);
    z-index: 3;
    max-width: calc(100% - 24px);
    padding: var(--gap-1) var(--gap-3);
    border-radius: 999px;
    background: rgb(11 13 16 / 82%);
    font-weight: 600;
  }
  .status:not(.waiting) {
    font-size: var(--size-1);
  }
  .status.waiting {
    top: 46%;
    left: 50%;
    translate: -50% -50%;
    width: max-content;
    max-width: 84%;
    text-align: center;
    font-size: var(--size-4);
    background: none;
    text-wrap: balance;
  }
  .status.refused,
  .status.unanswered,
  .status.ended,
  .status.failed {
    display: none;
  }
  .notes {
    position: absolute;
    inset: auto var(--gap-3) var(--gap-3) var(--gap-3);
    z-index: 3;
    display: grid;
    justify-items: center;
    gap: var(--gap-2);
    pointer-events: none;
  }
  .notes li {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    padding: var(--gap-2) var(--gap-3);
    border-radius: var(--radius);
    background: #ffd24a;
    color: #14181d;
    font-size: var(--size-1);
    font-weight: 600;
  }
  .hint {
    position: absolute;
    /* Below the line that says how the call does. */
    top: calc(var(--gap-3) + 36px);
    right: var(--gap-3);
    z-index: 3;
    max-width: 24rem;
    padding: var(--gap-2) var(--gap-3);
    border-radius: var(--radius);
    background: rgb(11 13 16 / 82%);
    font-size: var(--size-1);
    pointer-events: none;
  }
  .frozen {
    position: absolute;
    top: var(--gap-3);
    left: 50%;
    z-index: 4;
    translate: -50% 0;
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding: var(--gap-1) var(--gap-1) var(--gap-1) var(--gap-4);
    border-radius: var(--radius);
    background: #ffffff;
    color: #14181d;
    font-weight: 600;
    white-space: nowrap;
  }
  .frozen span {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
  }
  .frozen button {
    color: #ffffff;
    background: #14181d;
    border-color: #14181d;
  }
  .over {
    position: absolute;
    inset: 0;
    z-index: 5;
    display: grid;
    align-content: safe center;
    justify-items: center;
    gap: var(--gap-4);
    padding: var(--gap-5);
    overflow-y: auto;
    background: #0b0d10;
    text-align: center;
  }
  .over vv-act-beside {
    width: min(100%, 46rem);
  }
  .over h2 {
    font-size: var(--size-4);
    text-wrap: balance;
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
  .over button:focus-visible {
    outline-color: #ffffff;
  }
  aside {
    grid-row: 1 / -1;
    grid-column: 2;
    display: grid;
    grid-template-rows: minmax(0, 1fr);
    grid-auto-rows: minmax(0, auto);
    min-height: 0;
    background: var(--surface);
    border-inline-start: 1px solid var(--line);
  }
  aside:has(.panel) {
    grid-template-rows: minmax(236px, 1fr) minmax(0, 1.9fr);
  }
  aside:has(vv-act-beside) {
    grid-template-rows: minmax(150px, 1fr) minmax(0, 3.4fr);
  }
  .side {
    min-height: 0;
    overflow-y: auto;
    padding: var(--gap-4);
  }
  .side header {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding-bottom: var(--gap-3);
  }
  .side h1 {
    font-size: var(--size-3);
    line-height: 1.2;
    overflow-wrap: anywhere;
  }
  .side h2 {
    margin: var(--gap-3) 0 var(--gap-2);
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .side h2 small {
    display: block;
    font-weight: 400;
  }
  ${initialsRound}
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
    grid-row: 3;
  }
  @media (max-width: 900px) {
    .call {
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: minmax(50vh, 1fr) auto 110px auto;
      height: auto;
    }
    .stage {
      grid-template-columns: minmax(0, 1fr) 116px;
    }
    aside {
      grid-row: 4;
      grid-column: 1;
    }
  }
`;
