/** Styles of the technician's page. */
import { css } from "lit";
import { desk } from "../ui/styles";

export const technicianStyles = css`
  ${desk}
  .desk {
    display: grid;
    grid-template-columns: 380px minmax(0, 1fr);
    min-height: 0;
  }
  .left {
    overflow-y: auto;
    background: var(--surface);
    border-inline-end: 1px solid var(--line);
    padding-bottom: var(--gap-5);
  }
  main {
    overflow-y: auto;
    min-width: 0;
    /* What is told at the edge of the page must not cover the last row for good. */
    padding-bottom: 96px;
  }
  .left > header {
    position: sticky;
    top: 0;
    z-index: 1;
    display: grid;
    gap: var(--gap-3);
    padding: var(--gap-4);
    background: var(--surface);
    border-bottom: 1px solid var(--line);
  }
  .left h1 {
    font-size: var(--size-3);
  }
  .search {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
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
  nav h2 {
    padding: var(--gap-4) var(--gap-4) var(--gap-2);
    font-size: var(--size-1);
    color: var(--quiet);
  }
  nav > p {
    padding: var(--gap-2) var(--gap-4);
    color: var(--quiet);
  }
  .rooms {
    display: grid;
    gap: var(--gap-1);
    padding: 0 var(--gap-2);
  }
  .room-row {
    --hue: transparent;
    display: grid;
    grid-template-columns: 3.2rem minmax(0, 1fr) auto;
    justify-content: stretch;
    gap: 0 var(--gap-3);
    width: 100%;
    padding: var(--gap-2);
    border-color: transparent;
    border-inline-start: 6px solid var(--hue);
    background: transparent;
    text-align: start;
    font-weight: 400;
  }
  .room-row.look {
    --hue: var(--technical);
  }
  .room-row[aria-current="true"] {
    border-color: var(--text);
    border-inline-start-color: var(--hue);
    box-shadow: inset 0 0 0 1px var(--text);
  }
  .room-row .number {
    font-weight: 700;
    text-align: center;
    font-size: var(--size-3);
  }
  .room-row .about {
    min-width: 0;
    line-height: 1.3;
  }
  .room-row .about > * {
    display: block;
    overflow-wrap: anywhere;
  }
  .room-row small {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .room-row.look small {
    color: var(--text);
  }
  .room-row > .icon {
    color: var(--technical);
  }
  .room {
    display: grid;
    gap: var(--gap-5);
    max-width: 60rem;
    padding: var(--gap-5);
    margin-inline: auto;
  }
  .room > header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-4);
  }
  .room h1 {
    font-size: var(--size-4);
    line-height: 1.15;
  }
  .room h1 + p {
    font-size: var(--size-3);
  }
  .room > header > div {
    flex: 1;
    min-width: 12rem;
  }
  .panel {
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .panel > header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--gap-2) var(--gap-4);
    padding: var(--gap-4);
  }
  .panel h2 {
    font-size: var(--size-3);
  }
  .panel > p,
  .panel > .note {
    padding: 0 var(--gap-4) var(--gap-4);
  }
  .device {
    display: flex;
    gap: var(--gap-3);
    align-items: flex-start;
    padding: var(--gap-4);
  }
  .device > .icon {
    margin-top: 0.1em;
  }
  .device.bad > .icon {
    color: var(--technical);
  }
  .device.bad p:first-child {
    font-weight: 600;
  }
  .device > div {
    flex: 1;
    min-width: 0;
  }
  .device small,
  .row small {
    display: block;
    font-size: var(--size-1);
    color: var(--quiet);
    overflow-wrap: anywhere;
  }
  .row {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: var(--gap-2) var(--gap-4);
    align-items: center;
    padding: var(--gap-3) var(--gap-4);
    border-top: 1px solid var(--line);
  }
  .row h3 {
    font-size: var(--size-2);
    font-weight: 650;
  }
  .row.bad {
    border-inline-start: 6px solid var(--technical);
    padding-inline-start: calc(var(--gap-4) - 6px);
  }
  .row .about {
    min-width: 0;
    display: grid;
    gap: 2px;
  }
  .row .acts {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--gap-3);
  }
  .row .whole {
    grid-column: 1 / -1;
  }
  .owner {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-1);
    font-size: var(--size-1);
  }
  .owner.waiting {
    font-weight: 650;
    color: var(--technical);
  }
  .bars {
    display: inline-grid;
    grid-auto-flow: column;
    align-items: end;
    gap: 2px;
    height: 14px;
  }
  .bars i {
    width: 4px;
    background: var(--line);
    border-radius: 1px;
  }
  .bars i:nth-child(1) {
    height: 5px;
  }
  .bars i:nth-child(2) {
    height: 9px;
  }
  .bars i:nth-child(3) {
    height: 14px;
  }
  .bars i.on {
    background: var(--text);
  }
  .signal {
    display: inline-flex;
    align-items: center;
    gap: 6px;
  }
  progress {
    display: block;
    width: 100%;
    height: 6px;
    border: 0;
    border-radius: 3px;
    background: var(--raised);
    accent-color: var(--text);
    appearance: none;
  }
  progress::-webkit-progress-bar {
    background: var(--raised);
  }
  progress::-webkit-progress-value {
    background: var(--text);
    transition: width 0.9s linear;
  }
  progress::-moz-progress-bar {
    background: var(--text);
  }
  .progress {
    display: grid;
    gap: var(--gap-2);
    padding: 0 var(--gap-4) var(--gap-4);
  }
  .trial {
    display: grid;
    gap: var(--gap-3);
    padding: var(--gap-3) var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--ground);
  }
  .trial dl {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-3) var(--gap-5);
  }
  .trial dt {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .trial dd b {
    font-size: var(--size-4);
    font-weight: 650;
    line-height: 1.1;
  }
  .trial dd.doubtful b {
    color: var(--quiet);
    font-weight: 500;
  }
  select {
    font: inherit;
    color: inherit;
    min-height: var(--touch);
    width: 100%;
    padding: 0 var(--gap-3);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--ground);
  }
  label.secret input {
    min-height: var(--touch);
    padding: 0 var(--gap-3);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: transparent;
    color: inherit;
    font: 400 1rem ui-monospace, monospace;
  }
  label.secret small {
    font-weight: 400;
  }
  label.secret small.wrong {
    font-weight: 600;
  }
  label.field {
    display: grid;
    gap: var(--gap-1);
    font-weight: 600;
  }
  .notice {
    position: fixed;
    inset: auto var(--gap-4) var(--gap-4) auto;
    z-index: 20;
    display: flex;
    align-items: center;
    gap: var(--gap-4);
    max-width: min(36rem, calc(100vw - 32px));
    padding: var(--gap-2) var(--gap-2) var(--gap-2) var(--gap-4);
    border-radius: var(--radius);
    background: var(--action);
    color: var(--on-action);
  }
  .notice:not(.open) {
    display: none;
  }
  .notice button {
    border-color: color-mix(in srgb, var(--on-action) 40%, transparent);
    background: transparent;
    color: inherit;
  }
  .trouble {
    display: flex;
    gap: var(--gap-2);
    margin: 0 var(--gap-4) var(--gap-4);
    padding: var(--gap-3);
    border: 1px solid var(--technical);
    border-radius: var(--radius);
    background: var(--technical-ground);
  }
  .trouble .icon {
    color: var(--technical);
    margin-top: 0.1em;
  }
  dialog .body {
    display: grid;
    gap: var(--gap-4);
    margin: var(--gap-4) 0;
  }
  dialog.wide {
    width: min(46rem, calc(100vw - 32px));
    max-height: calc(100vh - 32px);
    overflow-y: auto;
  }
  .offer {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: var(--gap-5);
    align-items: start;
  }
  .qr {
    width: min(260px, 40vw);
    padding: 16px;
    border-radius: var(--radius);
    background: #ffffff;
  }
  .qr svg {
    display: block;
    width: 100%;
    height: auto;
  }
  dialog .offer dl {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--gap-4);
    margin: 0;
  }
  .bar .tools {
    margin-inline-start: auto;
  }
  .skeleton.row {
    height: 56px;
    margin: var(--gap-3);
  }
  .offer dt {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .code {
    font-family: ui-monospace, "DejaVu Sans Mono", monospace;
    font-size: var(--size-3);
    font-weight: 600;
    letter-spacing: 0.03em;
    overflow-wrap: anywhere;
  }
  code {
    font-family: ui-monospace, "DejaVu Sans Mono", monospace;
    font-size: var(--size-1);
    overflow-wrap: anywhere;
  }
  .step {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    font-weight: 600;
  }
  .back {
    display: none;
  }
  @media (max-width: 900px) {
    .desk {
      grid-template-columns: minmax(0, 1fr);
    }
    .desk.detail .left {
      display: none;
    }
    .desk:not(.detail) main {
      display: none;
    }
    .back {
      display: inline-flex;
    }
    .room {
      padding: var(--gap-4);
    }
    .offer {
      grid-template-columns: minmax(0, 1fr);
      justify-items: center;
    }
    .offer > dl {
      width: 100%;
    }
  }
  @media (max-width: 560px) {
    .row {
      grid-template-columns: minmax(0, 1fr);
    }
    .row .acts {
      justify-content: flex-start;
    }
  }
`;
