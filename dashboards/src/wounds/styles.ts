import { css } from "lit";
import { fieldLook, options, page, personHead } from "../ui/styles";

/** What forms about wounds share. */
export const formStyles = css`
  ${options}
  form {
    display: grid;
    gap: var(--gap-4);
  }
  h2 {
    font-size: var(--size-3);
  }
  fieldset {
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend,
  .field {
    font-weight: 600;
  }
  legend {
    padding: 0;
    margin-bottom: var(--gap-2);
  }
  legend small,
  .field small {
    font-weight: 400;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .field {
    display: grid;
    gap: var(--gap-1);
  }
  .field input,
  .field textarea,
  .field select {
    ${fieldLook}
  }
  .pair {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr));
    gap: var(--gap-4);
  }
  .no {
    display: flex;
    gap: var(--gap-2);
    padding: var(--gap-2) var(--gap-3);
    border: 1px solid var(--medium);
    border-radius: var(--radius);
    background: var(--medium-ground);
  }
  .ends {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--gap-3);
  }
  .tick {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-2);
    min-height: var(--touch);
  }
  .tick input {
    width: 24px;
    height: 24px;
    accent-color: var(--text);
  }
`;

export const woundsStyles = css`
  ${personHead}
  ${page}
  .page {
    display: grid;
    gap: var(--gap-4);
    max-width: 1280px;
    margin: 0 auto;
    padding: var(--gap-4) var(--gap-4) var(--gap-6);
  }
  .skeleton {
    height: 160px;
  }
  .split {
    display: grid;
    grid-template-columns: minmax(16rem, 20rem) minmax(0, 1fr);
    gap: var(--gap-4);
    align-items: start;
  }
  .list {
    display: grid;
    gap: var(--gap-3);
  }
  .list h2,
  .panel h2 {
    font-size: var(--size-3);
  }
  .card {
    display: grid;
    justify-content: stretch;
    justify-items: start;
    gap: 2px;
    width: 100%;
    padding: var(--gap-3) var(--gap-4);
    text-align: start;
    font-weight: 400;
  }
  .card[aria-pressed="true"] {
    box-shadow: inset 0 0 0 2px var(--text);
    background: var(--raised);
  }
  .card b {
    font-size: var(--size-2);
  }
  .card small {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .panel {
    display: grid;
    gap: var(--gap-4);
    padding: var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    min-width: 0;
  }
  .detail {
    display: grid;
    gap: var(--gap-4);
    min-width: 0;
  }
  .standing {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-5);
  }
  .standing > div:first-child {
    flex: 1 1 16rem;
  }
  .standing h2 {
    font-size: var(--size-4);
    line-height: 1.15;
  }
  .standing dl {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-2) var(--gap-5);
  }
  .standing dt {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .standing dd {
    font-size: var(--size-3);
    font-weight: 700;
  }
  .standing dd small {
    display: block;
    font-size: var(--size-1);
    font-weight: 400;
  }
  .gestures {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-3);
  }
  .between {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--gap-3);
  }
  .two {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: var(--gap-4);
  }
  .two.alone {
    grid-template-columns: minmax(0, 34rem);
  }
  .two figure {
    display: grid;
    gap: var(--gap-2);
    align-content: start;
  }
  .two select {
    width: 100%;
    min-height: var(--touch);
    padding: 0 var(--gap-3);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ground);
    color: inherit;
    font: inherit;
  }
  svg.picture {
    display: block;
    width: 100%;
    border-radius: 6px;
    background: #000;
  }
  figcaption {
    display: grid;
    gap: 2px;
  }
  figcaption b {
    font-size: var(--size-3);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-3);
  }
  svg.curve {
    width: 100%;
    max-width: 46rem;
    height: auto;
  }
  .curve polyline {
    fill: none;
    stroke: var(--curve);
    stroke-width: 2.5;
  }
  .curve circle {
    fill: var(--curve);
  }
  .curve .grid {
    stroke: var(--line);
  }
  .curve text {
    fill: var(--quiet);
    font-size: 13px;
  }
  .curve .value {
    fill: var(--text);
    font-weight: 700;
    font-size: 15px;
  }
  .history > li {
    display: grid;
    grid-template-columns: minmax(9rem, 12rem) minmax(0, 1fr) auto;
    gap: var(--gap-1) var(--gap-4);
    align-items: center;
    padding: var(--gap-2) 0;
  }
  .history > li + li {
    border-top: 1px solid var(--line);
  }
  .history small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .placing {
    display: grid;
    grid-template-columns: minmax(0, 34rem) minmax(0, 1fr);
    gap: var(--gap-6);
  }
  .placing > div {
    display: grid;
    align-content: start;
    gap: var(--gap-4);
  }
  @media (max-width: 900px) {
    .split,
    .placing {
      grid-template-columns: minmax(0, 1fr);
    }
    .history > li {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
