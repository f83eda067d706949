/** Styles of a resident's limits. */
import { css } from "lit";
import { personHead } from "../ui/styles";

export const limitsStyles = css`
  ${personHead}
  :host {
    min-height: 100vh;
    background: var(--ground);
  }
  :host([doubtful]) {
    padding: 0 12px 12px;
  }
  .page {
    display: grid;
    gap: var(--gap-4);
    max-width: 1440px;
    margin: 0 auto;
    padding: var(--gap-4);
    padding-bottom: 120px;
  }
  .page.open {
    grid-template-columns: minmax(0, 1fr) minmax(360px, 460px);
    align-items: start;
  }
  .page.open > .head,
  .page.open > .urgent {
    grid-column: 1 / -1;
  }
  .column {
    display: grid;
    gap: var(--gap-4);
    min-width: 0;
  }
  .panel,
  .paper {
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    padding: var(--gap-4);
  }
  .panel > header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--gap-3);
    margin-bottom: var(--gap-3);
  }
  h2 {
    font-size: var(--size-3);
  }
  .papers {
    display: grid;
    gap: var(--gap-3);
  }
  .paper {
    display: grid;
    gap: var(--gap-2);
    border-inline-start: 6px solid var(--low);
  }
  .paper.waiting {
    border-inline-start-color: var(--action);
  }
  .paper.coming {
    border-inline-start-color: var(--edge);
  }
  .column > section > h2 {
    margin-bottom: var(--gap-3);
  }
  .paper h3,
  .limit h4 {
    font-size: var(--size-2);
    font-weight: 700;
  }
  .status {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2);
  }
  .why {
    color: var(--quiet);
  }
  .metric {
    padding: var(--gap-4) 0;
    border-top: 1px solid var(--line);
  }
  .metric:first-of-type {
    border-top: 0;
    padding-top: 0;
  }
  .metric:last-of-type {
    padding-bottom: 0;
  }
  .metric h3 {
    font-size: var(--size-3);
  }
  .limit {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: center;
    gap: var(--gap-2) var(--gap-3);
    padding-top: var(--gap-3);
  }
  .limit .actions {
    grid-column: auto;
  }
  .page:not(.open) .metric {
    display: grid;
    grid-template-columns: minmax(0, 5fr) minmax(0, 7fr);
    gap: 0 var(--gap-5);
  }
  .page:not(.open) .metric > h3 {
    grid-column: 1 / -1;
  }
  .limits-of {
    min-width: 0;
  }
  .fallback {
    color: var(--low);
    font-weight: 600;
  }
  .soon,
  .due {
    color: var(--medium);
  }
  .due {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    font-weight: 600;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--gap-3);
    grid-column: 1 / -1;
  }
  .scale {
    margin-top: var(--gap-2);
  }
  .scale svg {
    display: block;
    width: 100%;
    height: auto;
    overflow: visible;
  }
  .scale figcaption {
    color: var(--quiet);
    font-size: var(--size-1);
  }
  .scale .ground {
    fill: var(--raised);
  }
  .scale .zone {
    fill-opacity: 0.34;
  }
  .scale .zone.high {
    fill: var(--high);
    fill-opacity: 0.5;
  }
  .scale .zone.medium {
    fill: var(--medium-mark);
  }
  .scale .zone.low {
    fill: var(--low);
  }
  .scale .bound {
    stroke-width: 3;
  }
  .scale .bound.high {
    stroke: var(--high);
  }
  .scale .bound.medium {
    stroke: var(--medium);
  }
  .scale .bound.low {
    stroke: var(--low);
  }
  .scale .day {
    fill: var(--quiet);
  }
  .scale .middle {
    fill: var(--text);
    stroke: var(--surface);
    stroke-width: 2;
  }
  .scale .present {
    fill: var(--text);
    stroke: var(--surface);
    stroke-width: 1.5;
  }
  .scale .figure {
    fill: var(--text);
    font-size: 15px;
    font-weight: 600;
  }
  .form {
    position: sticky;
    top: var(--gap-4);
  }
  .form form {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: var(--gap-4) var(--gap-3);
    margin-top: var(--gap-3);
  }
  .wide {
    grid-column: 1 / -1;
  }
  h4 {
    margin: 0;
  }
  .field {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    min-width: 0;
    align-content: start;
    gap: var(--gap-1);
  }
  .field > span:first-child,
  .field > label,
  legend {
    font-weight: 600;
  }
  .input {
    display: flex;
    align-items: center;
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ground);
  }
  .input:focus-within,
  textarea:focus-visible,
  select:focus-visible {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }
  .input input {
    flex: 1;
    width: 100%;
    min-width: 0;
    min-height: var(--touch);
    padding: 0 var(--gap-3);
    border: 0;
    outline: 0;
    background: transparent;
    font-size: var(--size-3);
    font-weight: 600;
  }
  .input input[type="date"] {
    font-size: var(--size-2);
  }
  .input i {
    padding-inline-end: var(--gap-3);
    color: var(--quiet);
    font-style: normal;
    white-space: nowrap;
  }
  textarea,
  select {
    width: 100%;
    min-height: var(--touch);
    padding: var(--gap-3);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ground);
    color: inherit;
    font: inherit;
  }
  .field small {
    display: flex;
    align-items: center;
    gap: var(--gap-1);
    color: var(--quiet);
    min-height: 1.35em;
  }
  .field.wrong .input,
  .field.wrong textarea {
    border-color: var(--high);
    box-shadow: 0 0 0 1px var(--high);
  }
  .field.wrong small {
    color: var(--high);
    font-weight: 600;
  }
  fieldset {
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  .choices {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr));
    gap: var(--gap-3);
    margin-top: var(--gap-1);
  }
  .choices.column {
    grid-template-columns: 1fr;
  }
  .choice {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    min-height: var(--touch);
    padding: var(--gap-2);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    cursor: pointer;
  }
  .choice:has(input:checked) {
    border-color: var(--action);
    box-shadow: 0 0 0 2px var(--action);
    font-weight: 600;
  }
  .choice:has(input:focus-visible) {
    outline: 3px solid var(--focus);
    outline-offset: 3px;
  }
  .choice input {
    width: 20px;
    height: 20px;
    margin: 0;
    flex: none;
    accent-color: var(--action);
  }
  .choice .mark {
    font-size: 0.75rem;
  }
  .comparison {
    display: grid;
    gap: var(--gap-3);
    padding: var(--gap-3);
    border-radius: var(--radius);
    background: var(--raised);
  }
  .comparison h3,
  .loosening h3 {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    font-size: var(--size-2);
  }
  .comparison li + li {
    margin-top: var(--gap-1);
  }
  .calm {
    display: flex;
    gap: var(--gap-2);
  }
  .loosening {
    display: grid;
    gap: var(--gap-1);
    padding: var(--gap-3);
    border-radius: var(--radius);
    border: 2px solid var(--medium-mark);
    background: var(--medium-ground);
    color: var(--text);
  }
  .loosening li {
    font-weight: 600;
  }
  .refusal {
    display: flex;
    gap: var(--gap-2);
    color: var(--high);
    font-weight: 600;
  }
  .note {
    color: var(--quiet);
  }
  progress {
    display: block;
    width: 100%;
    accent-color: var(--action);
  }
  .past dl,
  .settings dl {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: var(--gap-3);
  }
  dt {
    color: var(--quiet);
    font-size: var(--size-1);
  }
  dd {
    font-weight: 600;
  }
  .past dd {
    font-size: var(--size-4);
  }
  .settings > p {
    margin-top: var(--gap-3);
  }
  summary {
    display: flex;
    align-items: center;
    min-height: var(--touch);
    cursor: pointer;
  }
  summary::before {
    content: "▸";
    margin-inline-end: var(--gap-2);
  }
  details[open] summary::before {
    content: "▾";
  }
  .history ul > li {
    padding: var(--gap-3) 0;
    border-top: 1px solid var(--line);
  }
  .history ol {
    color: var(--quiet);
    font-size: var(--size-1);
  }
  .tag {
    padding: 2px var(--gap-2);
    border-radius: 999px;
    background: var(--raised);
    font-size: var(--size-1);
    font-weight: 600;
    white-space: nowrap;
  }
  .notice {
    position: fixed;
    inset-inline: 0;
    bottom: var(--gap-4);
    z-index: 20;
    display: none;
    width: fit-content;
    max-width: min(92vw, 46rem);
    margin-inline: auto;
    align-items: center;
    gap: var(--gap-4);
    padding: var(--gap-3) var(--gap-4);
    border-radius: var(--radius);
    background: var(--action);
    color: var(--on-action);
    font-weight: 600;
  }
  .notice.open {
    display: flex;
  }
  .notice button {
    background: transparent;
    border-color: currentColor;
    color: inherit;
  }
  dialog {
    width: min(92vw, 34rem);
    padding: var(--gap-5);
    border: 0;
    border-radius: var(--radius);
    background: var(--surface);
    color: inherit;
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 55%);
  }
  dialog form {
    display: grid;
    gap: var(--gap-4);
  }
  .skeleton.tall {
    height: 180px;
  }
  @media (max-width: 900px) {
    .page.open,
    .page:not(.open) .metric {
      grid-template-columns: minmax(0, 1fr);
    }
    .page.open > .side {
      grid-row: 2;
    }
    .form {
      position: static;
    }
    .limit {
      grid-template-columns: auto minmax(0, 1fr);
    }
    .limit .actions {
      grid-column: 1 / -1;
    }
  }
  @media (max-width: 480px) {
    .form form,
    .choices,
    .settings dl {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
