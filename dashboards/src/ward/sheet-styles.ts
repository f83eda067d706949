import { css } from "lit";
import { initialsRound, linkLook } from "../ui/styles";

export const sheetStyles = css`
  dialog.sheet {
    --hue: var(--technical);
    position: fixed;
    inset: auto 0 0;
    display: flex;
    flex-direction: column;
    width: min(100vw, 1180px);
    max-width: none;
    max-height: calc(100dvh - 24px);
    margin: 0 auto;
    padding: 0;
    border: 0;
    border-top: 8px solid var(--hue);
    border-radius: var(--radius) var(--radius) 0 0;
    background: var(--surface);
    color: var(--text);
    overflow: hidden;
    box-shadow: 0 -8px 40px rgb(0 0 0 / 35%);
  }
  dialog.sheet:not([open]) {
    display: none;
  }
  dialog.sheet::backdrop {
    background: rgb(0 0 0 / 55%);
  }
  @media (prefers-reduced-motion: no-preference) {
    dialog.sheet[open] {
      animation: rise 0.16s ease-out;
    }
    @keyframes rise {
      from {
        transform: translateY(40px);
        opacity: 0.4;
      }
    }
  }
  .sheet.high {
    --hue: var(--high);
  }
  .sheet.medium {
    --hue: var(--medium-mark);
  }
  .sheet.low {
    --hue: var(--low);
  }
  .sheet > .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-4);
    padding: var(--gap-3) var(--gap-4);
    border-bottom: 1px solid var(--line);
  }
  ${initialsRound}
  .sheet .name {
    flex: 1 1 14rem;
    min-width: 0;
  }
  .sheet .name b {
    display: block;
    font-size: var(--size-4);
    line-height: 1.1;
    overflow-wrap: anywhere;
  }
  .sheet h2 {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    flex: 1 1 16rem;
    font-size: var(--size-4);
    line-height: 1.1;
  }
  .sheet h2 small {
    display: block;
    font-size: var(--size-2);
    font-weight: 400;
    line-height: 1.25;
  }
  .sheet h3 {
    font-size: var(--size-2);
    margin-bottom: var(--gap-1);
  }
  .sheet .body {
    display: grid;
    grid-template-columns: minmax(17rem, 4fr) minmax(0, 7fr);
    gap: var(--gap-4) var(--gap-5);
    align-content: start;
    padding: var(--gap-3) var(--gap-4);
    overflow-y: auto;
    overscroll-behavior: contain;
  }
  .sheet dl {
    display: grid;
    gap: var(--gap-2);
    align-content: start;
  }
  .sheet dt {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .sheet dd small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .sheet dd b {
    font-size: var(--size-3);
  }
  .sheet .numbers {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-1) var(--gap-5);
  }
  .sheet .numbers b {
    display: block;
    font-size: var(--size-5);
    line-height: 1.05;
  }
  .sheet .again {
    grid-column: 1 / -1;
    padding: var(--gap-2) var(--gap-3);
    border-inline-start: 6px solid var(--edge);
    background: var(--raised);
  }
  .sheet .chart {
    min-width: 0;
  }
  .sheet .chart .skeleton {
    height: 150px;
  }
  .sheet .others {
    display: grid;
    grid-column: 1 / -1;
    grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr));
    gap: var(--gap-4) var(--gap-5);
  }
  .sheet .others li {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 var(--gap-2);
    padding: 3px 0;
  }
  .sheet .others li + li {
    border-top: 1px solid var(--line);
  }
  .sheet .others li .mark {
    font-size: 0.6rem;
    align-self: center;
    animation: none;
    box-shadow: none;
  }
  .sheet .others li span.quiet {
    font-size: var(--size-1);
  }
  .sheet .over {
    grid-column: 1 / -1;
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding: var(--gap-2) var(--gap-3);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
  }
  .sheet > footer {
    display: grid;
    gap: var(--gap-2);
    padding: var(--gap-3) var(--gap-4) max(var(--gap-3), env(safe-area-inset-bottom));
    border-top: 1px solid var(--line);
    background: var(--surface);
  }
  .sheet > footer .acts {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--gap-3);
  }
  .sheet > footer .acts > * {
    flex: 1 1 11rem;
    max-width: 20rem;
    min-height: 64px;
    font-size: var(--size-3);
  }
  .sheet .relay {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    gap: var(--gap-3);
    padding: 0;
    border: 0;
  }
  .sheet a.call {
    ${linkLook}
    background: none;
  }
  @media (max-width: 860px) {
    .sheet .body {
      grid-template-columns: minmax(0, 1fr);
    }
    .sheet dl {
      grid-template-columns: 1fr 1fr;
    }
    .sheet > .head h2 {
      order: 3;
      flex-basis: 100%;
    }
  }
  /* Zoomed in or a very low window: the whole sheet scrolls, so that nothing hides behind its own edges. */
  @media (max-height: 560px) {
    dialog.sheet {
      display: block;
      overflow-y: auto;
    }
  }
`;
