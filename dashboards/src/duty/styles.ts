import { css } from "lit";
import { page } from "../ui/styles";

export const dutyStyles = css`
  ${page}
  main {
    display: grid;
    grid-template-columns: minmax(0, 7fr) minmax(0, 5fr);
    align-items: start;
    gap: var(--gap-4);
    width: 100%;
    max-width: 1500px;
    margin: 0 auto;
    padding: var(--gap-4);
  }
  .column {
    display: grid;
    gap: var(--gap-4);
  }
  /* What is to be done before the night is read first, and stands beside what is now. */
  .side {
    order: 1;
  }
  .card {
    padding: var(--gap-4) var(--gap-5);
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  .card h2 {
    margin-bottom: var(--gap-2);
    font-size: var(--size-3);
  }
  .card .under {
    margin-top: calc(-1 * var(--gap-1));
    margin-bottom: var(--gap-3);
    color: var(--quiet);
  }
  .card.todo {
    border-color: var(--technical);
    border-inline-start-width: 6px;
    background: var(--technical-ground);
  }
  .verdict {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    font-weight: 600;
  }
  .verdict .icon {
    width: 1.5em;
    height: 1.5em;
  }
  .todo .verdict {
    color: var(--technical);
  }
  .person + .person {
    margin-top: var(--gap-3);
    padding-top: var(--gap-3);
    border-top: 1px solid var(--line);
  }
  .todo .person:first-of-type {
    margin-top: var(--gap-3);
  }
  .name {
    font-weight: 700;
  }
  .what {
    margin-top: var(--gap-1);
    padding-inline-start: var(--gap-4);
    list-style: disc;
  }
  .role {
    display: grid;
    grid-template-columns: minmax(9rem, 13rem) minmax(0, 1fr);
    gap: var(--gap-1) var(--gap-4);
    padding: var(--gap-3) 0;
    border-top: 1px solid var(--line);
  }
  .role:first-of-type {
    border-top: 0;
    padding-top: 0;
  }
  .role h3 {
    font-size: var(--size-2);
    color: var(--quiet);
    font-weight: 600;
  }
  .role .who {
    font-size: var(--size-3);
    font-weight: 700;
  }
  .role .until {
    color: var(--quiet);
    font-size: var(--size-2);
    font-weight: 400;
  }
  .nobody {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-2);
    color: var(--technical);
    font-weight: 700;
  }
  .ways {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-1) var(--gap-4);
    margin: 2px 0 var(--gap-1);
    color: var(--quiet);
    font-size: var(--size-1);
  }
  .ways li {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-1);
  }
  .ways .bad {
    color: var(--technical);
    font-weight: 600;
  }
  table {
    width: 100%;
    border-collapse: collapse;
  }
  caption {
    padding: var(--gap-3) 0 var(--gap-1);
    color: var(--quiet);
    font-weight: 600;
    text-align: start;
  }
  td,
  th {
    padding: var(--gap-1) 0;
    border-top: 1px solid var(--line);
    text-align: start;
    vertical-align: middle;
    font-weight: 400;
  }
  table {
    table-layout: fixed;
  }
  th {
    width: 55%;
  }
  th .day {
    display: inline-block;
    min-width: 11.5rem;
  }
  th .day::first-letter {
    text-transform: uppercase;
  }
  .hours {
    white-space: nowrap;
  }
  td:last-child {
    width: 9.5rem;
    text-align: end;
  }
  td .who {
    font-weight: 600;
  }
  tr {
    height: calc(var(--touch) + 8px);
  }
  tr.hole td .nobody {
    min-height: var(--touch);
  }
  .exchange {
    padding: var(--gap-3) 0;
    border-top: 1px solid var(--line);
  }
  .exchange:first-of-type {
    border-top: 0;
  }
  .exchange.undone .name {
    text-decoration: line-through;
    color: var(--quiet);
  }
  .exchange button {
    margin-top: var(--gap-2);
  }
  .exchange .ask {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3);
    margin-top: var(--gap-2);
  }
  .exchange .ask button {
    margin: 0;
  }
  .alarms {
    display: flex;
    align-items: center;
    justify-content: space-between;
    flex-wrap: wrap;
    gap: var(--gap-3);
    padding: var(--gap-2) var(--gap-4);
    background: var(--technical-ground);
    color: var(--technical);
    font-weight: 700;
  }
  .alarms.high {
    background: var(--high-ground);
    color: var(--high);
  }
  .alarms a {
    display: inline-flex;
    align-items: center;
    min-height: var(--touch);
    padding: 0 var(--gap-4);
    border: 1px solid currentcolor;
    border-radius: var(--radius);
    color: inherit;
    text-decoration: none;
  }
  .said {
    position: sticky;
    bottom: 72px;
    z-index: 8;
    width: fit-content;
    max-width: calc(100vw - 32px);
    margin: 0 auto;
    padding: var(--gap-3) var(--gap-5);
    background: var(--action);
    color: var(--on-action);
    border-radius: var(--radius);
    font-weight: 600;
  }
  fieldset {
    margin: 0 0 var(--gap-4);
    padding: 0;
    border: 0;
  }
  legend {
    padding: 0;
    margin-bottom: var(--gap-2);
    font-weight: 600;
  }
  .choices {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-3);
  }
  .choices button[aria-pressed="true"] {
    background: var(--action);
    color: var(--on-action);
    border-color: var(--action);
  }
  .free {
    width: 100%;
    min-height: var(--touch);
    margin-top: var(--gap-3);
    padding: 0 var(--gap-3);
    background: var(--ground);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
  }
  dialog.swap {
    width: min(46rem, calc(100vw - 32px));
    max-height: calc(100vh - 48px);
    overflow: auto;
  }
  dialog .turn {
    margin: calc(-1 * var(--gap-3)) 0 var(--gap-4);
    color: var(--quiet);
  }
  dialog .careful {
    color: var(--technical);
    font-weight: 600;
  }
  dialog .refused {
    margin-top: var(--gap-3);
    color: var(--high);
    font-weight: 600;
  }
  @media (max-width: 1000px) {
    main {
      grid-template-columns: minmax(0, 1fr);
    }
    .column {
      display: contents;
    }
    .now {
      order: 1;
    }
    .week {
      order: 2;
    }
    .card:not(.night, .now, .week) {
      order: 3;
    }
  }
  @media (max-width: 560px) {
    .role {
      grid-template-columns: 1fr;
    }
  }
`;
