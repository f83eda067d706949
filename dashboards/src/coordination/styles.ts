/** Styles of the coordinator's page. */
import { css } from "lit";
import { countLook, desk, linkLook } from "../ui/styles";

export const coordinationStyles = css`
  ${desk}
  :host {
    grid-template-rows: auto auto minmax(0, 1fr);
  }
  .tabs {
    display: flex;
    flex-wrap: wrap;
    align-items: stretch;
    gap: 0 var(--gap-1);
    padding: 0 var(--gap-4);
    background: var(--surface);
    border-bottom: 1px solid var(--line);
  }
  .tabs a {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-2);
    min-height: var(--touch);
    padding: 0 var(--gap-4);
    color: var(--quiet);
    font-weight: 600;
    text-decoration: none;
  }
  .tabs a[aria-current="page"] {
    color: var(--text);
    box-shadow: inset 0 -4px 0 var(--text);
  }
  .tabs a:hover {
    background: var(--raised);
  }
  .tabs .away {
    margin-inline-start: auto;
  }
  .tabs .number {
    ${countLook}
  }
  main {
    /* What is only spoken stands where it is said, not below the end of the document. */
    position: relative;
    overflow-y: auto;
    min-width: 0;
  }
  .page {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--gap-5);
    max-width: 84rem;
    padding: var(--gap-5);
    margin-inline: auto;
  }
  .page-head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--gap-3) var(--gap-5);
  }
  .page-head h1 {
    font-size: var(--size-4);
    line-height: 1.15;
  }
  .state h1 {
    font-size: var(--size-3);
  }
  .choice {
    display: flex;
    gap: var(--gap-3);
  }
  .choice button[aria-pressed="true"] {
    background: var(--action);
    border-color: var(--action);
    color: var(--on-action);
  }
  .stale {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    padding: var(--gap-3) var(--gap-4);
    border: 1px solid var(--medium);
    border-radius: var(--radius);
    background: var(--medium-ground);
  }
  .headline {
    display: grid;
    gap: var(--gap-2);
  }
  .headline .rate {
    font-size: var(--size-3);
    font-weight: 600;
  }
  .headline strong {
    font-size: var(--size-5);
    line-height: 1;
    margin-inline-end: 0.1em;
  }
  .headline b {
    color: var(--text);
  }
  .panel {
    min-width: 0;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .panel > header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-1) var(--gap-4);
    min-height: 72px;
    padding: var(--gap-2) var(--gap-4);
  }
  .panel > header h2 {
    flex: 1 1 auto;
    font-size: var(--size-3);
  }
  .panel > .wide-table + .note {
    padding-top: var(--gap-4);
    border-top: 1px solid var(--line);
  }
  .panel > .note,
  .panel > p {
    padding: 0 var(--gap-4) var(--gap-4);
  }
  .export {
    color: var(--quiet);
  }
  .search {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    min-width: 21rem;
    padding-inline-start: var(--gap-3);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ground);
  }
  .search:focus-within {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }
  .search input {
    flex: 1;
    min-width: 0;
    min-height: var(--touch);
    border: 0;
    outline: 0;
    background: transparent;
  }
  .wide-table {
    overflow-x: auto;
  }
  table {
    width: 100%;
    border-collapse: collapse;
  }
  .numbers th,
  .numbers td {
    padding: var(--gap-3) var(--gap-4);
    border-top: 1px solid var(--line);
    text-align: end;
    vertical-align: middle;
    white-space: nowrap;
  }
  .numbers thead th {
    border-top: 0;
    color: var(--quiet);
    font-size: var(--size-1);
    font-weight: 600;
    line-height: 1.2;
    vertical-align: bottom;
    white-space: normal;
  }
  .numbers tbody th,
  .numbers th:first-child,
  .numbers td.text {
    text-align: start;
    font-weight: 600;
  }
  .numbers td.text {
    font-weight: 400;
    white-space: normal;
  }
  .people thead th {
    padding: 0;
  }
  .people thead th:last-child {
    padding: var(--gap-4);
    text-align: start;
  }
  .people thead button {
    width: 100%;
    justify-content: flex-end;
    font-size: var(--size-1);
    line-height: 1.2;
  }
  .people thead th:nth-child(-n + 2) button {
    justify-content: flex-start;
  }
  .people thead th[aria-sort="ascending"] button,
  .people thead th[aria-sort="descending"] button {
    color: var(--text);
  }
  .numbers td.place {
    white-space: nowrap;
  }
  .people td.text:last-child {
    min-width: 13rem;
  }
  .picture {
    width: 16%;
    min-width: 6rem;
  }
  .bar-of {
    display: block;
    width: 100%;
    height: 10px;
    border-radius: 3px;
    background: var(--raised);
  }
  .bar-of rect {
    fill: var(--text);
  }
  .swatch {
    display: inline-block;
    width: 0.8em;
    height: 0.8em;
    margin-inline-end: var(--gap-2);
    background: var(--text);
  }
  .swatch.happened {
    background: var(--low);
    border-radius: 50%;
  }
  .swatch.technical {
    background: var(--technical);
    clip-path: polygon(50% 0, 100% 100%, 0 100%);
  }
  .heat th,
  .heat td {
    padding: 0;
    height: 40px;
    text-align: center;
    font-size: var(--size-1);
    border: 1px solid var(--surface);
    min-width: 30px;
  }
  .heat thead th {
    height: 32px;
    color: var(--quiet);
    font-weight: 600;
  }
  .heat th:first-child {
    position: sticky;
    left: 0;
    min-width: 15rem;
    padding-inline: var(--gap-4) var(--gap-3);
    background: var(--surface);
    text-align: start;
    font-size: var(--size-2);
    font-weight: 600;
    line-height: 1.2;
  }
  .heat thead th:first-child {
    font-size: var(--size-1);
  }
  .heat .total {
    padding-inline: var(--gap-3) var(--gap-4);
    font-size: var(--size-2);
    font-weight: 650;
    text-align: end;
  }
  .heat thead th:last-child {
    padding-inline: var(--gap-3) var(--gap-4);
    text-align: end;
  }
  .heat tbody tr:last-child > * {
    height: 44px;
    padding-bottom: 4px;
  }
  /* Five steps whose numbers keep their contrast by day and by night. */
  .heat .s0 {
    background: color-mix(in srgb, var(--raised) 50%, var(--surface));
  }
  .heat .s1 {
    background: color-mix(in srgb, var(--low) 12%, var(--surface));
  }
  .heat .s2 {
    background: color-mix(in srgb, var(--low) 26%, var(--surface));
  }
  .heat .s3 {
    background: color-mix(in srgb, var(--low) 42%, var(--surface));
  }
  .heat .s4 {
    background: color-mix(in srgb, var(--low) 88%, var(--surface));
    color: var(--on-low);
  }
  .heat .s5 {
    background: var(--low);
    color: var(--on-low);
    font-weight: 700;
  }
  .days {
    display: flex;
    align-items: flex-end;
    gap: var(--gap-3);
    padding: 0 var(--gap-4);
  }
  .days.many {
    gap: 2px;
  }
  .days > div {
    display: grid;
    flex: 1 1 0;
    min-width: 0;
    justify-items: center;
    gap: var(--gap-1);
  }
  .days svg {
    width: 100%;
    max-width: 72px;
    height: 140px;
    border-bottom: 2px solid var(--edge);
  }
  .days small {
    min-height: 1.35em;
    color: var(--quiet);
    font-size: var(--size-1);
    white-space: nowrap;
  }
  .days.many small {
    justify-self: start;
    width: 0;
  }
  rect.measured {
    fill: var(--text);
  }
  rect.happened {
    fill: var(--low);
  }
  rect.technical {
    fill: var(--technical);
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-2) var(--gap-5);
    padding-top: var(--gap-3);
    color: var(--quiet);
    font-size: var(--size-1);
  }
  details > summary {
    display: inline-flex;
    align-items: center;
    min-height: var(--touch);
    padding: 0 var(--gap-4);
    font-weight: 600;
    cursor: pointer;
  }
  .worst-row {
    display: grid;
    grid-template-columns: minmax(10rem, 1fr) minmax(12rem, 1.3fr) minmax(27rem, auto);
    align-items: center;
    gap: var(--gap-2) var(--gap-5);
    padding: var(--gap-3) var(--gap-4);
    border-top: 1px solid var(--line);
  }
  h3 {
    font-size: var(--size-2);
    font-weight: 650;
  }
  small {
    font-size: var(--size-1);
    color: var(--quiet);
    font-weight: 400;
  }
  .worst-row .acts p {
    max-width: 22rem;
  }
  .worst-row .much {
    display: grid;
    gap: 4px;
  }
  .worst-row .much b {
    font-size: var(--size-3);
  }
  .acts {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--gap-3);
  }
  a.button {
    ${linkLook}
  }
  a.button:hover {
    background: var(--raised);
  }
  .difference {
    display: grid;
    gap: var(--gap-2);
    padding: var(--gap-4);
    border-top: 1px solid var(--line);
  }
  .difference:first-child {
    border-top: 0;
  }
  .difference dl,
  .facts {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: 2px var(--gap-4);
    margin: 0;
  }
  .difference dt,
  .facts dt {
    color: var(--quiet);
  }
  .page.narrow {
    max-width: 64rem;
  }
  .question {
    display: grid;
    grid-template-columns: repeat(3, minmax(0, 1fr));
    gap: var(--gap-4);
    padding: var(--gap-4);
  }
  .question .wide {
    grid-column: 1 / -1;
  }
  .question .end {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--gap-3);
  }
  .choice span {
    align-self: center;
  }
  label.field {
    display: grid;
    gap: var(--gap-1);
    font-weight: 600;
  }
  label.field input,
  select {
    font: inherit;
    font-weight: 400;
    color: inherit;
    width: 100%;
    min-height: var(--touch);
    padding: 0 var(--gap-3);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ground);
  }
  .going {
    display: grid;
    gap: var(--gap-3);
    padding: var(--gap-4);
  }
  progress {
    display: block;
    width: 100%;
    height: 8px;
    border: 0;
    border-radius: 4px;
    background: var(--raised);
    appearance: none;
  }
  progress::-webkit-progress-bar {
    background: var(--raised);
    border-radius: 4px;
  }
  progress::-webkit-progress-value {
    background: var(--text);
    border-radius: 4px;
  }
  progress::-moz-progress-bar {
    background: var(--text);
  }
  .listed h2 {
    padding: var(--gap-4);
    font-size: var(--size-2);
  }
  .listed li {
    padding: var(--gap-3) var(--gap-4);
    border-top: 1px solid var(--line);
  }
  rect.before,
  .swatch.before {
    fill: var(--edge);
    background: var(--edge);
  }
  .waiting {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: var(--gap-3) var(--gap-5);
    padding: var(--gap-4);
    border-top: 1px solid var(--line);
  }
  .waiting:first-child {
    border-top: 0;
  }
  .waiting .about {
    display: grid;
    gap: var(--gap-2);
    align-content: start;
  }
  .waiting .what {
    font-size: var(--size-3);
  }
  .waiting .acts {
    align-content: start;
    max-width: 15rem;
  }
  .waiting .acts > * {
    flex: 1 1 100%;
  }
  .loosens {
    display: flex;
    align-items: flex-start;
    gap: var(--gap-2);
    padding: var(--gap-3);
    border: 1px solid var(--medium);
    border-radius: var(--radius);
    background: var(--medium-ground);
  }
  .loosens .icon {
    margin-top: 0.1em;
  }
  .refusal {
    grid-column: 1 / -1;
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: end;
    gap: var(--gap-3);
  }
  .care-row {
    display: grid;
    grid-template-columns: minmax(12rem, 1fr) minmax(12rem, 1.4fr) minmax(22rem, auto);
    align-items: center;
    gap: var(--gap-2) var(--gap-5);
    padding: var(--gap-3) var(--gap-4);
    border-top: 1px solid var(--line);
  }
  .carers {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-2);
  }
  .care-row .acts select {
    width: auto;
    min-width: 13rem;
  }
  .skeleton.block {
    height: 160px;
  }
  .skeleton.line {
    height: 44px;
    width: 50%;
  }
  .notice {
    position: fixed;
    inset: auto var(--gap-4) var(--gap-4) auto;
    z-index: 20;
    max-width: min(36rem, calc(100vw - 32px));
    padding: var(--gap-4);
    border-radius: var(--radius);
    background: var(--action);
    color: var(--on-action);
  }
  .notice:empty {
    display: none;
  }
  @media (max-width: 900px) {
    .waiting,
    .refusal,
    .question {
      grid-template-columns: minmax(0, 1fr);
    }
    .waiting .acts {
      max-width: none;
    }
    :host {
      height: auto;
    }
    .page {
      padding: var(--gap-4);
    }
    .worst-row,
    .care-row {
      grid-template-columns: minmax(0, 1fr);
    }
    .acts {
      justify-content: flex-start;
    }
  }
`;
