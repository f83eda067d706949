/** Styles of the agenda, beside those of the coordinator's page. */
import { css } from "lit";
import { fieldLook } from "../ui/styles";

export const agendaStyles = css`
  h2 {
    margin-bottom: var(--gap-3);
    font-size: var(--size-3);
  }
  h1 small,
  h2 small,
  h3 small {
    font-weight: 400;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  h2.day {
    margin-top: var(--gap-5);
  }
  h2.day:first-child {
    margin-top: 0;
  }
  h2.day::first-letter {
    text-transform: uppercase;
  }
  .page-head .grow {
    flex: 1 1 20rem;
  }
  .late-count {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-2);
    padding: var(--gap-1) var(--gap-4);
    border: 2px solid var(--medium);
    border-radius: 999px;
    background: var(--medium-ground);
    font-weight: 700;
  }
  .agenda-columns {
    display: grid;
    grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
    gap: var(--gap-5);
    align-items: start;
  }
  .agenda-columns.even {
    grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
  }
  .agenda-columns > div,
  .agenda-columns > section {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--gap-3);
    min-width: 0;
  }
  .agenda-columns h2 {
    margin-bottom: 0;
  }
  .panel {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--gap-3);
    padding: var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .panel > p,
  .panel > details {
    padding: 0;
  }
  /* It has the focus after a change of part, so that reading goes on there; nobody types into it. */
  main:focus-visible {
    outline: none;
  }
  .choice {
    flex-wrap: wrap;
  }
  .choice button {
    text-align: start;
  }
  .choice small {
    font-weight: 400;
  }
  .choice button span small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .rows {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    overflow: hidden;
  }
  .rows li + li {
    border-top: 1px solid var(--line);
  }
  .row {
    display: grid;
    grid-template-columns: 1.5rem minmax(0, 1fr) minmax(9rem, auto);
    gap: 0 var(--gap-3);
    align-items: center;
    min-height: var(--touch);
    padding: var(--gap-3) var(--gap-4);
    border-inline-start: 6px solid transparent;
    color: inherit;
    text-decoration: none;
  }
  a.row:hover {
    background: var(--raised);
  }
  a.row:focus-visible {
    outline-offset: -3px;
  }
  .row.late {
    border-inline-start-color: var(--medium-mark);
    background: var(--medium-ground);
  }
  .row small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .row.late small,
  .row.late .quiet {
    color: var(--text);
  }
  .row .why {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .row .whom {
    text-align: end;
  }
  .row .due .icon {
    margin-inline-end: var(--gap-1);
  }
  .row.late .due {
    font-weight: 700;
  }
  .today .row,
  .row.slot {
    grid-template-columns: auto minmax(0, 1fr) auto;
  }
  .row time {
    font-size: var(--size-3);
    font-weight: 700;
    white-space: nowrap;
  }
  .row.slot time {
    font-size: var(--size-2);
  }
  .row.slot.taken {
    border-inline-start-color: var(--text);
  }
  .row.slot a {
    display: inline-flex;
    align-items: center;
    min-height: 44px;
    color: inherit;
  }
  .row .gestures {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-2);
  }
  label {
    display: grid;
    gap: var(--gap-1);
    font-weight: 600;
    min-width: 0;
  }
  input,
  select,
  textarea {
    ${fieldLook}
    font-weight: 400;
  }
  textarea {
    resize: vertical;
  }
  .give {
    grid-template-columns: repeat(2, minmax(0, 1fr));
  }
  .give h2,
  .give .wide {
    grid-column: 1 / -1;
  }
  .complaint:empty,
  form p[role="alert"]:empty {
    display: none;
  }
  .complaint {
    padding: var(--gap-3) var(--gap-4);
    border-inline-start: 8px solid var(--medium-mark);
    background: var(--medium-ground);
  }
  .ends {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--gap-3);
  }
  .ends p {
    flex: 1 1 14rem;
    align-self: center;
    font-weight: 600;
  }
  dialog .head h2 {
    flex: 1;
  }
  dialog .head h2 small {
    display: block;
    font-size: var(--size-2);
  }
  .cards {
    display: grid;
    gap: var(--gap-4);
  }
  .cards h2 {
    margin: 0;
  }
  .cards h2 a {
    display: inline-flex;
    align-items: center;
    min-height: 44px;
    color: inherit;
  }
  .outcome,
  .reviewed {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
  }
  .reviewed small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .facts {
    display: grid;
    grid-template-columns: minmax(7rem, 11rem) minmax(0, 1fr);
    gap: var(--gap-1) var(--gap-4);
  }
  .facts dt {
    color: var(--quiet);
  }
  .said {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: var(--gap-2) var(--gap-3);
    align-items: end;
    padding: var(--gap-3) 0 0;
    border-top: 1px solid var(--line);
  }
  .said p {
    grid-column: 1 / -1;
    font-weight: 600;
  }
  .notice-line {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding: var(--gap-2) var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  .list {
    display: grid;
    gap: var(--gap-2);
  }
  .list small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  summary {
    display: list-item;
    min-height: 44px;
    padding-block: var(--gap-2);
    font-weight: 600;
    cursor: pointer;
  }
  .panel > .headline {
    display: block;
  }
  .panel > .headline strong {
    font-size: var(--size-4);
  }
  .meter {
    display: grid;
    gap: var(--gap-1);
    padding-top: var(--gap-3);
    border-top: 1px solid var(--line);
  }
  .meter h3 {
    font-size: var(--size-2);
  }
  .meter .missing {
    font-size: var(--size-1);
  }
  .scale {
    width: 100%;
    height: 18px;
    overflow: visible;
    border: 1px solid var(--edge);
    border-radius: 3px;
    background: var(--ground);
  }
  .scale .measured {
    fill: var(--text);
  }
  .scale .link {
    fill: var(--technical);
    opacity: 0.55;
  }
  .scale .battery {
    fill: var(--medium-mark);
    opacity: 0.6;
  }
  .scale .care {
    fill: var(--low);
    opacity: 0.5;
  }
  .scale .sensor {
    fill: var(--technical);
    opacity: 0.25;
  }
  .scale .unknown {
    fill: none;
  }
  .scale line {
    stroke: var(--curve);
    stroke-width: 3;
    vector-effect: non-scaling-stroke;
  }
  .marks {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-1) var(--gap-4);
    font-size: var(--size-1);
  }
  .marks li {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-1);
  }
  .marks .missed {
    font-weight: 700;
  }
  @media (max-width: 900px) {
    .agenda-columns,
    .agenda-columns.even {
      grid-template-columns: minmax(0, 1fr);
    }
    .row {
      grid-template-columns: 1.5rem minmax(0, 1fr);
    }
    .row .whom {
      grid-column: 2;
      text-align: start;
    }
    .row.slot .gestures {
      grid-column: 1 / -1;
    }
  }
  @media print {
    .tabs,
    .top,
    .choice,
    .gestures,
    .writing {
      display: none;
    }
    :host {
      display: block;
      height: auto;
    }
  }
`;
