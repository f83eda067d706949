/** Styles of the page of a home's activity; the rest is the coordinator's page's. */
import { css } from "lit";
import { linkLook } from "../ui/styles";

export const activityStyles = css`
  .tally {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr));
    gap: var(--gap-4);
  }
  .tally li {
    display: grid;
    gap: var(--gap-1);
    align-content: start;
    padding: var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .tally b {
    font-size: var(--size-5);
    line-height: 1;
  }
  .span {
    color: var(--quiet);
    font-size: var(--size-3);
  }
  .numbers td .bar-of {
    min-width: 5rem;
    height: 8px;
    margin-top: var(--gap-1);
  }
  /* Months are equally wide, so that their bars compare. */
  .by-month thead th:not(:first-child) {
    width: 15%;
  }
  .by-month.many thead th:not(:first-child) {
    width: 5.8%;
  }
  .by-month.many th,
  .by-month.many td {
    padding-inline: var(--gap-2);
  }
  .by-month.many th:first-child {
    min-width: 11rem;
    padding-inline-start: var(--gap-4);
  }
  .by-month.many th.below {
    padding-inline-start: var(--gap-6);
  }
  .by-month.many tr > :last-child {
    padding-inline-end: var(--gap-4);
  }
  .by-month.many td .bar-of {
    min-width: 2.5rem;
  }
  .numbers td.total,
  .numbers td b {
    font-weight: 700;
  }
  .numbers th.below {
    padding-inline-start: var(--gap-6);
    color: var(--quiet);
    font-weight: 400;
  }
  .numbers tbody th {
    white-space: normal;
  }
  .numbers thead th.text {
    text-align: start;
  }
  .numbers tfoot th,
  .numbers tfoot td {
    border-top: 2px solid var(--text);
    font-weight: 700;
  }
  .numbers td small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .money td.text {
    min-width: 18rem;
  }
  .panel > h3 {
    padding: var(--gap-5) var(--gap-4) var(--gap-3);
    font-size: var(--size-2);
  }
  .gestures {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3);
    padding: 0 var(--gap-4) var(--gap-4);
  }
  .gestures.apart {
    padding-top: var(--gap-4);
    border-top: 1px solid var(--line);
  }
  .gestures p {
    flex: 1 1 16rem;
  }
  .files input {
    position: absolute;
    width: 1px;
    height: 1px;
    opacity: 0;
  }
  .files:focus-within label {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }
  .files label {
    ${linkLook}
    padding-block: 0;
    cursor: pointer;
  }
  .files label:hover {
    background: var(--raised);
  }
  .refused {
    margin: 0 var(--gap-4) var(--gap-4);
    padding: var(--gap-3) var(--gap-4);
    border: 1px solid var(--high);
    border-radius: var(--radius);
    background: var(--high-ground);
  }
  .together {
    padding: 0 var(--gap-4) var(--gap-4);
    font-size: var(--size-3);
    font-weight: 600;
  }
`;
