import { css } from "lit";
import { page, personHead } from "../ui/styles";

export const actsStyles = css`
  ${personHead}
  ${page}
  .page {
    display: grid;
    gap: var(--gap-4);
    max-width: 1180px;
    margin: 0 auto;
    padding: var(--gap-4) var(--gap-4) var(--gap-6);
  }
  .skeleton {
    height: 160px;
  }
  .panel {
    padding: var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    min-width: 0;
  }
  h2 {
    margin-bottom: var(--gap-3);
    font-size: var(--size-3);
  }
  h2 small {
    font-weight: 400;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .kinds {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 12.4rem), 1fr));
    gap: var(--gap-3);
  }
  .kinds button {
    justify-content: start;
    padding: var(--gap-3) var(--gap-4);
    text-align: start;
  }
  .kinds button > span {
    display: grid;
  }
  .kinds small {
    font-weight: 400;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .kinds button[aria-pressed="true"] {
    background: var(--raised);
    box-shadow: inset 0 0 0 2px var(--text);
  }
  .opening {
    display: grid;
    gap: var(--gap-3);
    margin-top: var(--gap-4);
    padding-top: var(--gap-4);
    border-top: 1px solid var(--line);
  }
  .opening .name {
    display: flex;
    gap: var(--gap-2);
    font-weight: 600;
  }
  .opening .name small {
    font-weight: 400;
    color: var(--quiet);
  }
  .opening textarea {
    width: 100%;
    min-height: var(--touch);
    margin-top: var(--gap-1);
    padding: var(--gap-2) var(--gap-3);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ground);
    color: inherit;
    font: inherit;
    resize: vertical;
  }
  .opening .tick {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    min-height: var(--touch);
  }
  .opening .tick input {
    width: 24px;
    height: 24px;
    accent-color: var(--text);
  }
  .ends {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--gap-3);
  }
  .ends p {
    flex: 1 1 16rem;
    align-self: center;
  }
  .going {
    display: grid;
    gap: var(--gap-2);
  }
  .going a {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-1) var(--gap-3);
    min-height: var(--touch);
    padding: var(--gap-2) var(--gap-4);
    border: 1px solid var(--line);
    border-inline-start: 6px solid var(--text);
    border-radius: var(--radius);
    background: var(--surface);
    color: inherit;
    text-decoration: none;
  }
  .going a:hover,
  a.way:hover,
  .day a:hover {
    background: var(--raised);
  }
  .going a span {
    flex: 1 1 12rem;
    color: var(--quiet);
  }
  .filters {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-2);
    margin-bottom: var(--gap-3);
  }
  .filters button[aria-pressed="true"] {
    background: var(--action);
    color: var(--on-action);
    border-color: var(--action);
  }
  .filters small {
    font-weight: 400;
  }
  .day + .day {
    margin-top: var(--gap-4);
  }
  .day h3 {
    margin: 0 0 var(--gap-2);
    font-size: var(--size-2);
    color: var(--quiet);
  }
  .day h3::first-letter {
    text-transform: uppercase;
  }
  .day ol {
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    overflow: hidden;
  }
  .day li + li {
    border-top: 1px solid var(--line);
  }
  .day .item {
    display: grid;
    grid-template-columns: 4.6rem 1.5rem minmax(0, 1fr) auto;
    gap: 0 var(--gap-3);
    align-items: start;
    min-height: var(--touch);
    padding: var(--gap-3) var(--gap-4);
    color: inherit;
    text-decoration: none;
  }
  .item time {
    font-weight: 600;
    white-space: nowrap;
  }
  .item .who {
    color: var(--quiet);
    font-size: var(--size-1);
    text-align: end;
  }
  .item small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
    overflow-wrap: anywhere;
  }
  .item .icon {
    color: var(--quiet);
  }
  .item.high .icon {
    color: var(--high);
  }
  .item.medium .icon {
    color: var(--medium);
  }
  .item.low .icon {
    color: var(--low);
  }
  .more {
    display: flex;
    justify-content: center;
    margin-top: var(--gap-3);
  }
  .standing {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-4);
    border-inline-start: 6px solid var(--text);
  }
  .standing.final {
    border-inline-start-color: var(--line);
  }
  .standing h2 {
    margin: 0;
    font-size: var(--size-4);
  }
  .standing .state-word {
    padding: 2px var(--gap-3);
    border: 2px solid var(--text);
    border-radius: 999px;
    font-weight: 700;
  }
  .standing.final .state-word {
    border-color: var(--edge);
    font-weight: 600;
    color: var(--quiet);
  }
  .standing p {
    flex: 1 1 100%;
  }
  .told {
    display: grid;
    flex: 1 1 100%;
    gap: var(--gap-2);
  }
  .told li {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: var(--gap-3);
    align-items: start;
  }
  .told .icon {
    margin-top: 0.15em;
  }
  .told .unreached {
    font-weight: 600;
  }
  .told small {
    display: block;
    font-size: var(--size-1);
    font-weight: 400;
    color: var(--quiet);
  }
  .notice {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding: var(--gap-2) var(--gap-4);
    border: 1px solid var(--medium);
    border-radius: var(--radius);
    background: var(--medium-ground);
  }
  .dial {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-4);
    padding: var(--gap-4);
    border: 2px solid var(--high);
    border-radius: var(--radius);
    background: var(--high-ground);
  }
  .dial b {
    font-size: var(--size-4);
  }
  .gestures {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-3);
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
    gap: var(--gap-4);
    align-items: start;
  }
  .columns > div {
    display: grid;
    gap: var(--gap-4);
    min-width: 0;
  }
  .facts {
    display: grid;
    grid-template-columns: minmax(8rem, 13rem) minmax(0, 1fr);
    gap: var(--gap-1) var(--gap-4);
  }
  .facts dt {
    color: var(--quiet);
    font-size: var(--size-1);
    line-height: 1.55;
  }
  .facts dd {
    overflow-wrap: anywhere;
  }
  .course > li {
    padding: var(--gap-2) 0;
  }
  .course > li + li {
    border-top: 1px solid var(--line);
  }
  .course small,
  .list small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .course .facts {
    margin-top: var(--gap-1);
  }
  .list li + li {
    margin-top: var(--gap-2);
  }
  .list a {
    display: inline-flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 var(--gap-2);
    min-height: var(--touch);
    color: inherit;
    text-decoration: none;
  }
  .list a b {
    text-decoration: underline;
  }
  .list a span {
    flex: 1 1 100%;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .panel > ul + h2,
  .panel > ul + .way {
    margin-top: var(--gap-4);
  }
  .trace small {
    display: block;
  }
  .trace {
    display: grid;
    grid-template-columns: minmax(6rem, 9rem) minmax(0, 1fr);
    gap: 0 var(--gap-3);
    align-items: center;
  }
  .trace + .trace {
    margin-top: var(--gap-6);
  }
  .trace svg {
    width: 100%;
    height: 56px;
    overflow: visible;
  }
  .trace polyline {
    fill: none;
    stroke: var(--curve);
    stroke-width: 2;
    vector-effect: non-scaling-stroke;
  }
  .trace line {
    stroke: var(--high);
    stroke-width: 2;
    stroke-dasharray: 6 4;
    vector-effect: non-scaling-stroke;
  }
  .photos {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-2);
  }
  .photos img {
    display: block;
    width: 150px;
    height: 112px;
    object-fit: cover;
    border: 1px solid var(--line);
    border-radius: 6px;
  }
  @media (max-width: 860px) {
    .columns {
      grid-template-columns: minmax(0, 1fr);
    }
    .day .item {
      grid-template-columns: 4.6rem 1.5rem minmax(0, 1fr);
    }
    .item .who {
      grid-column: 3;
      text-align: start;
    }
  }
  @media print {
    .filters,
    .kinds,
    .gestures,
    .more,
    .top,
    a.way,
    .ends {
      display: none;
    }
  }
`;
