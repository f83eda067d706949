import { css } from "lit";
import { barsOnTop, initialsRound, page } from "../ui/styles";

export const roundStyles = css`
  ${page}
  ${barsOnTop}
  .notice {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding: var(--gap-2) var(--gap-4);
    background: var(--technical-ground);
    border-bottom: 1px solid var(--technical);
  }
  .notice.bad {
    background: var(--medium-ground);
    border-color: var(--medium);
  }
  .notice p {
    flex: 1;
  }
  .state.calm {
    min-height: 24vh;
  }
`;

export const sheetStyles = css`
  article {
    max-width: 1280px;
    margin: 0 auto;
    padding: var(--gap-3) var(--gap-4) var(--gap-5);
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-4);
    margin-bottom: var(--gap-3);
  }
  ${initialsRound}
  .who {
    flex: 1 1 14rem;
  }
  .who h1 {
    font-size: var(--size-4);
    line-height: 1.15;
  }
  h2 {
    font-size: var(--size-2);
  }
  .desk {
    display: grid;
    grid-template-columns: minmax(24rem, 8fr) minmax(19rem, 5fr);
    gap: var(--gap-4);
    align-items: start;
  }
  .fields {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: var(--gap-2);
  }
  .field {
    display: grid;
    grid-template-columns: 1fr auto;
    align-content: center;
    align-items: baseline;
    gap: 0 var(--gap-2);
    width: 100%;
    min-height: 76px;
    padding: var(--gap-1) var(--gap-3);
    text-align: start;
    font-weight: 400;
    border: 1px solid var(--line);
    border-inline-start: 5px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .field[aria-current="true"] {
    border-color: var(--focus);
    box-shadow: 0 0 0 1px var(--focus);
  }
  .field.filled {
    border-inline-start-color: var(--text);
  }
  .field.asked {
    border-inline-start-color: var(--medium-mark);
    background: var(--medium-ground);
  }
  .field.bad {
    border-inline-start-color: var(--high);
    background: var(--high-ground);
  }
  .field .label {
    font-weight: 600;
  }
  .field .value {
    font-size: var(--size-4);
    font-weight: 650;
    line-height: 1.1;
    white-space: nowrap;
  }
  .field .value small {
    font-size: var(--size-1);
    font-weight: 400;
    margin-inline-start: 4px;
  }
  .field .value.word {
    font-size: var(--size-2);
    white-space: normal;
  }
  .field .hint {
    grid-column: 1 / -1;
    font-size: var(--size-1);
    color: var(--quiet);
    line-height: 1.25;
  }
  .field .hint.loud {
    color: var(--text);
    font-weight: 600;
  }
  .points {
    float: right;
    font-weight: 700;
    color: var(--text);
    margin-inline-start: var(--gap-2);
  }
  .pad {
    display: grid;
    gap: var(--gap-2);
    padding: var(--gap-3) var(--gap-4) var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .pad > header {
    display: flex;
    justify-content: space-between;
    align-items: baseline;
    gap: var(--gap-3);
  }
  .pad > header h2 {
    font-size: var(--size-3);
    line-height: 1.2;
  }
  .pad > header small {
    text-align: end;
    font-weight: 600;
  }
  .display {
    display: flex;
    align-items: baseline;
    justify-content: end;
    gap: var(--gap-2);
    min-height: 54px;
    padding: 0 var(--gap-3);
    border-bottom: 2px solid var(--edge);
    font-size: var(--size-5);
    font-weight: 650;
    line-height: 1.2;
  }
  .display small {
    font-size: var(--size-3);
    font-weight: 400;
    color: var(--quiet);
  }
  .display .placeholder {
    font-size: var(--size-2);
    font-weight: 400;
    color: var(--quiet);
    margin-inline-end: auto;
  }
  .under {
    min-height: 1.4em;
    font-size: var(--size-1);
  }
  .under.loud {
    font-weight: 700;
  }
  .keys {
    display: grid;
    grid-template-columns: repeat(3, 1fr);
    gap: var(--gap-2);
  }
  .keys button {
    min-height: 58px;
    font-size: var(--size-4);
    padding: 0;
  }
  .keys .icon {
    width: 28px;
    height: 28px;
  }
  .choices {
    display: grid;
    gap: var(--gap-2);
  }
  .choices.two {
    grid-template-columns: 1fr 1fr;
  }
  .choices button {
    justify-content: start;
    min-height: 64px;
    font-size: var(--size-2);
  }
  .choices button b {
    font-size: var(--size-4);
    min-width: 1.4em;
  }
  .choices button[aria-pressed="true"] {
    background: var(--action);
    color: var(--on-action);
    border-color: var(--action);
  }
  .offer {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-3);
    padding: var(--gap-2) var(--gap-3);
    border-radius: var(--radius);
    background: var(--raised);
    font-size: var(--size-1);
  }
  .offer span {
    flex: 1 1 9rem;
  }
  .news2 {
    display: grid;
    grid-template-columns: auto 1fr auto;
    align-items: center;
    gap: var(--gap-2) var(--gap-4);
    margin-top: var(--gap-3);
    padding: var(--gap-2) var(--gap-4);
    border: 1px solid var(--line);
    border-inline-start: 8px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .news2.high {
    border-color: var(--high);
    background: var(--high-ground);
  }
  .news2.medium {
    border-color: var(--medium-mark);
    background: var(--medium-ground);
  }
  .news2 .total {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    font-size: var(--size-5);
    font-weight: 700;
    line-height: 1;
  }
  .news2 .total small {
    font-size: var(--size-1);
    font-weight: 600;
    color: var(--quiet);
  }
  .news2 p {
    font-size: var(--size-1);
  }
  .news2 p.risk {
    font-size: var(--size-2);
    font-weight: 700;
  }
  .news2 .next {
    text-align: end;
  }
  .news2 .next b {
    display: block;
    font-size: var(--size-3);
  }
  .finish {
    display: grid;
    grid-template-columns: 1fr 2fr;
    gap: var(--gap-3);
    margin-top: var(--gap-1);
  }
  .finish .why {
    grid-column: 1 / -1;
    font-weight: 600;
  }
  .finish button {
    min-height: 64px;
  }
  .finish button.main {
    font-size: var(--size-3);
  }
  .correcting {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding: var(--gap-2) var(--gap-4);
    margin-bottom: var(--gap-3);
    border-radius: var(--radius);
    background: var(--raised);
    font-weight: 600;
  }
  .correcting span {
    flex: 1;
  }
  .done {
    display: grid;
    justify-items: center;
    gap: var(--gap-3);
    padding: var(--gap-6) var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    text-align: center;
  }
  .done > .icon {
    width: 48px;
    height: 48px;
  }
  .done .news2 {
    width: min(100%, 46rem);
    text-align: start;
  }
  .past {
    margin-top: var(--gap-5);
  }
  .past > h2 {
    margin-bottom: var(--gap-2);
  }
  .set {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: var(--gap-1) var(--gap-4);
    align-items: center;
    padding: var(--gap-2) var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    margin-bottom: var(--gap-2);
  }
  .set .acts {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-3);
    grid-row: span 2;
  }
  .set .reasons {
    grid-column: 1 / -1;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3);
  }
  .set .values {
    font-weight: 600;
  }
  .set.gone .values,
  .set .old {
    text-decoration: line-through;
    color: var(--quiet);
    font-weight: 400;
  }
  .set small {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  @media (max-width: 860px) {
    .desk {
      grid-template-columns: minmax(0, 1fr);
    }
    /* The keypad comes right below the fields, the score after it. */
    .desk > div {
      display: contents;
    }
    .desk .news2 {
      order: 3;
      margin-top: 0;
    }
    .field {
      min-height: 64px;
    }
  }
`;
