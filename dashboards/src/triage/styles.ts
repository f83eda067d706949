/** Styles of the questionnaire: one question, its answers under the thumb. */
import { css } from "lit";
import { page, linkLook, initialsRound } from "../ui/styles";

export const triageStyles = css`
  ${page}
  ${initialsRound}
  :host {
    min-height: 100dvh;
  }
  main {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(15rem, 20rem);
    grid-template-rows: auto minmax(0, 1fr);
    gap: var(--gap-4);
    width: 100%;
    max-width: 1440px;
    margin: 0 auto;
    padding: var(--gap-4);
  }
  main.whole {
    grid-template-columns: minmax(0, 1fr);
  }
  .head {
    grid-column: 1 / -1;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-4);
  }
  .head .initials {
    border: 0;
  }
  .head .person {
    flex: 1 1 16rem;
  }
  .head h1 {
    font-size: var(--size-4);
    line-height: 1.15;
  }
  .head .signed {
    flex: 0 1 22rem;
    color: var(--quiet);
    font-size: var(--size-1);
  }
  a.button {
    ${linkLook}
  }
  a.button.main,
  .fifteen {
    background: var(--action);
    border-color: var(--action);
    color: var(--on-action);
  }
  a.button.fifteen {
    min-height: 88px;
    background: var(--high);
    border-color: var(--high);
    color: var(--on-high);
    font-size: var(--size-4);
  }
  .panel {
    padding: var(--gap-4) var(--gap-5);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .panel > h2,
  .panel > h3 {
    margin-bottom: var(--gap-3);
    font-size: var(--size-3);
  }
  .question {
    display: flex;
    flex-direction: column;
    align-self: start;
    gap: var(--gap-4);
    min-height: min(38rem, calc(100dvh - 12rem));
  }
  .question .where {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    color: var(--quiet);
    font-weight: 600;
  }
  .question progress {
    flex: 1;
    appearance: none;
    height: 10px;
    border: 0;
    border-radius: 5px;
    background: var(--raised);
    overflow: hidden;
  }
  .question progress::-webkit-progress-bar {
    background: var(--raised);
  }
  .question progress::-webkit-progress-value {
    background: var(--action);
  }
  .question progress::-moz-progress-bar {
    background: var(--action);
  }
  .question .asked {
    flex: 1;
    display: grid;
    align-content: center;
    gap: var(--gap-3);
  }
  .question h2 {
    font-size: clamp(1.75rem, 3.6vw, 2.75rem);
    line-height: 1.15;
    text-wrap: balance;
  }
  /* It takes the focus so that it is read aloud, and takes no gesture. */
  h2[tabindex="-1"]:focus-visible {
    outline: none;
  }
  .question .hint {
    font-size: var(--size-3);
    color: var(--quiet);
    text-wrap: pretty;
  }
  .answers {
    position: sticky;
    bottom: 0;
    display: grid;
    padding-block: var(--gap-3);
    background: var(--surface);
    grid-template-columns: repeat(3, minmax(0, 1fr));
    gap: var(--gap-3);
  }
  .answers button {
    min-height: 96px;
    font-size: var(--size-4);
    border-width: 2px;
  }
  .answers button.soft {
    font-size: var(--size-3);
  }
  .answers button[aria-pressed="true"] {
    box-shadow: inset 0 0 0 3px var(--action);
  }
  .entry {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3);
    font-size: var(--size-4);
  }
  .entry input {
    width: 9rem;
    min-height: 72px;
    padding: 0 var(--gap-4);
    border: 2px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ground);
    font-size: var(--size-5);
  }
  .entry input[type="time"] {
    width: 14rem;
  }
  .wrong {
    color: var(--high);
    font-weight: 600;
  }
  .red {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3) var(--gap-4);
    padding: var(--gap-3) var(--gap-4);
    border: 2px solid var(--high);
    border-inline-start-width: 12px;
    border-radius: var(--radius);
    background: var(--high-ground);
  }
  .red p {
    flex: 1 1 16rem;
  }
  .red strong {
    display: block;
    font-size: var(--size-3);
    color: var(--high);
  }
  .motifs {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr));
    gap: var(--gap-3);
  }
  .motifs button {
    min-height: 72px;
    font-size: var(--size-2);
    text-wrap: balance;
  }
  aside {
    display: grid;
    align-content: start;
    gap: var(--gap-4);
  }
  .values li,
  .facts li {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 var(--gap-3);
    padding: var(--gap-2) 0;
    border-bottom: 1px solid var(--line);
  }
  .values li:last-child,
  .facts li:last-child {
    border: 0;
  }
  .values small,
  .facts small {
    color: var(--quiet);
    font-size: var(--size-1);
  }
  .values .aged small {
    color: var(--medium);
    font-weight: 600;
  }
  .result {
    display: grid;
    grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
    align-items: start;
    gap: var(--gap-4);
  }
  .result > .verdict,
  .result > .plan {
    grid-column: 1 / -1;
  }
  .verdict {
    --hue: var(--low);
    display: grid;
    gap: var(--gap-3);
    padding: var(--gap-4) var(--gap-5);
    border: 2px solid var(--hue);
    border-inline-start-width: 12px;
    border-radius: var(--radius);
    background: var(--surface);
  }
  .verdict.high {
    --hue: var(--high);
    background: var(--high-ground);
  }
  .verdict.medium {
    --hue: var(--medium-mark);
    background: var(--medium-ground);
  }
  .verdict .said {
    display: flex;
    align-items: center;
    gap: var(--gap-4);
  }
  .verdict h2 {
    font-size: clamp(1.75rem, 3.6vw, 2.75rem);
    line-height: 1.1;
  }
  .verdict .next {
    font-size: var(--size-3);
  }
  .verdict .terms {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-1) var(--gap-5);
    font-weight: 600;
  }
  .verdict .do {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-3);
  }
  .verdict .do > * {
    flex: 1 1 14rem;
    min-height: 72px;
    font-size: var(--size-3);
  }
  .verdict .do > .fifteen {
    flex: 2 1 20rem;
    min-height: 88px;
  }
  .column {
    display: grid;
    gap: var(--gap-4);
  }
  .reasons li {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: var(--gap-1) var(--gap-3);
    padding: var(--gap-3) 0;
    border-bottom: 1px solid var(--line);
  }
  .reasons li:last-child {
    border: 0;
  }
  .reasons .mark {
    font-size: 0.8rem;
  }
  .reasons p {
    font-weight: 600;
  }
  .reasons small {
    display: block;
    color: var(--quiet);
    font-size: var(--size-1);
    font-weight: 400;
  }
  .care li {
    padding: var(--gap-2) 0;
  }
  /* To be looked at, so nothing is ticked. */
  .checks {
    padding-inline-start: 1.2em;
    list-style: square;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-3);
    margin-top: var(--gap-3);
  }
  .plan {
    border-inline-start: 12px solid var(--technical);
  }
  .sheet dl {
    display: grid;
    grid-template-columns: minmax(6rem, auto) minmax(0, 1fr);
    gap: var(--gap-2) var(--gap-4);
  }
  .sheet dt {
    color: var(--quiet);
    font-weight: 600;
  }
  .sheet dd {
    font-weight: 600;
  }
  .failed {
    color: var(--high);
    font-weight: 600;
  }
  dialog {
    width: min(44rem, calc(100vw - 24px));
    max-height: calc(100dvh - 24px);
    padding: var(--gap-5);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    color: var(--text);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 55%);
  }
  dialog form {
    display: grid;
    gap: var(--gap-3);
  }
  dialog .choices {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr));
    gap: var(--gap-3);
  }
  dialog .choices button[aria-pressed="true"] {
    background: var(--action);
    color: var(--on-action);
  }
  dialog textarea {
    width: 100%;
    min-height: 88px;
    padding: var(--gap-3);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ground);
    color: inherit;
    font: inherit;
  }
  @media (max-width: 900px) {
    main,
    .result {
      grid-template-columns: minmax(0, 1fr);
    }
    .question {
      min-height: 60dvh;
    }
  }
`;
