/** Styles of a resident's dossier, beside those of forms and panels. */
import { css } from "lit";

export const dossierStyles = css`
  .first {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr));
    gap: var(--gap-3);
  }
  .first > h2 {
    grid-column: 1 / -1;
  }
  .card {
    display: grid;
    align-content: start;
    gap: var(--gap-1);
    padding: var(--gap-3) var(--gap-4);
    border: 1px solid var(--line);
    border-inline-start: 6px solid var(--edge);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .card.grave {
    border-inline-start-color: var(--high);
  }
  .card.unsaid {
    border-style: dashed;
    border-inline-start: 6px dashed var(--medium-mark);
  }
  .card .title {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    color: var(--quiet);
    font-size: var(--size-1);
    font-weight: 600;
  }
  .card .large {
    font-size: var(--size-3);
    font-weight: 700;
    line-height: 1.25;
    overflow-wrap: anywhere;
  }
  .card.unsaid .large,
  .unsaid-word {
    color: var(--medium);
  }
  .state-line {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--gap-3) var(--gap-4);
  }
  .state-line.stale {
    border-inline-start: 6px solid var(--medium-mark);
  }
  .state-line > div {
    flex: 1 1 24rem;
  }
  .lacking {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-2);
    margin-top: var(--gap-2);
  }
  .lacking li {
    padding: 2px var(--gap-2);
    border-radius: 999px;
    background: var(--raised);
    font-size: var(--size-1);
  }
  .sections {
    columns: 2 28rem;
    column-gap: var(--gap-4);
  }
  .sections > .panel {
    break-inside: avoid;
    margin-bottom: var(--gap-4);
  }
  .sections .panel > header {
    flex-wrap: nowrap;
    align-items: flex-start;
  }
  .sections .panel > header h2 {
    padding-top: var(--gap-3);
  }
  .sections .panel > header .actions {
    flex-wrap: nowrap;
    justify-content: flex-end;
  }
  .page.open .sections {
    columns: 1;
  }
  .page.open .first {
    grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr));
  }
  dl.facts {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr));
    gap: var(--gap-2) var(--gap-4);
  }
  dl.facts > div.wide {
    grid-column: 1 / -1;
  }
  dl.facts dd {
    overflow-wrap: anywhere;
    white-space: pre-line;
  }
  dl.facts ul {
    display: grid;
    gap: var(--gap-2);
  }
  dl.facts li {
    padding-inline-start: var(--gap-3);
    border-inline-start: 3px solid var(--line);
  }
  dl.facts li small {
    display: block;
    color: var(--quiet);
    font-weight: 400;
  }
  .by {
    margin-top: var(--gap-3);
    padding-top: var(--gap-2);
    border-top: 1px solid var(--line);
    color: var(--quiet);
    font-size: var(--size-1);
  }
  .doubts {
    margin-bottom: var(--gap-3);
    padding: var(--gap-3);
    border: 2px solid var(--medium-mark);
    border-radius: var(--radius);
    background: var(--medium-ground);
  }
  .side .form {
    max-height: calc(100vh - 2 * var(--gap-4));
    overflow: auto;
  }
  fieldset.items {
    display: grid;
    gap: var(--gap-3);
  }
  fieldset.item {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: var(--gap-3);
    padding: var(--gap-3);
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  fieldset.item legend {
    padding: 0 var(--gap-1);
  }
  fieldset.field.wrong .choices {
    outline: 2px solid var(--high);
    outline-offset: 4px;
    border-radius: var(--radius);
  }
  .field select {
    min-height: var(--touch);
  }
  .choices {
    grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr));
  }
  .found {
    display: grid;
    gap: var(--gap-2);
  }
  .found button {
    width: 100%;
    justify-content: flex-start;
    text-align: start;
  }
  .found small {
    display: block;
    font-weight: 400;
  }
  .conflict {
    display: grid;
    gap: var(--gap-2);
    padding: var(--gap-3);
    border: 2px solid var(--medium-mark);
    border-radius: var(--radius);
    background: var(--medium-ground);
    color: var(--text);
  }
  .versions {
    display: grid;
    gap: var(--gap-3);
    max-height: 60vh;
    overflow: auto;
    margin: var(--gap-3) 0;
  }
  .versions > li {
    padding-bottom: var(--gap-3);
    border-bottom: 1px solid var(--line);
  }
  .versions li li {
    overflow-wrap: anywhere;
  }
  @media (max-width: 900px) {
    .side .form {
      max-height: none;
    }
  }
  @media (max-width: 600px) {
    fieldset.item {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
