import { css } from "lit";
import { initialsRound } from "../ui/styles";

export const nurseStyles = css`
  :host {
    height: 100%;
    min-height: 0;
  }
  .call {
    display: grid;
    grid-template-columns: minmax(0, 8fr) minmax(340px, 5fr);
    grid-template-rows: minmax(0, 1fr) minmax(0, 1fr) auto;
    grid-template-areas: "room physician" "room side" "controls controls";
    height: 100%;
    background: #0b0d10;
  }
  .room {
    position: relative;
    grid-area: room;
    min-width: 0;
    min-height: 0;
    overflow: hidden;
  }
  .physician {
    position: relative;
    grid-area: physician;
    display: grid;
    min-width: 0;
    min-height: 0;
  }
  /* A form needs its lines: the picture of the room stays large, the physician's is there still. */
  .call.acting {
    grid-template-rows: minmax(120px, 1fr) minmax(0, 3fr) auto;
  }
  .acting vv-act-beside {
    flex: 1;
  }
  .over vv-act-beside {
    width: min(100%, 46rem);
    justify-self: center;
  }
  .swapped .room {
    grid-area: physician;
  }
  .swapped .physician {
    grid-area: room;
  }
  vv-call-stage,
  .physician vv-person {
    width: 100%;
    height: 100%;
    min-height: 0;
  }
  .physician vv-person {
    aspect-ratio: auto;
    border-radius: 0;
    border-width: 0 0 0 2px;
    border-color: #0b0d10;
  }
  .missing {
    display: grid;
    place-items: center;
    color: #c9d1da;
  }
  .larger {
    position: absolute;
    right: var(--gap-3);
    /* Above the line with the name. */
    bottom: 52px;
    z-index: 2;
    color: #ffffff;
    background: rgb(11 13 16 / 84%);
    border-color: rgb(255 255 255 / 55%);
  }
  .status {
    position: absolute;
    top: var(--gap-3);
    left: var(--gap-3);
    max-width: calc(100% - 24px);
    padding: var(--gap-1) var(--gap-3);
    border-radius: 999px;
    background: rgb(11 13 16 / 84%);
    color: #ffffff;
    font-size: var(--size-1);
    font-weight: 600;
  }
  .status.waiting {
    top: 42%;
    left: 50%;
    translate: -50% -50%;
    width: 84%;
    background: none;
    font-size: var(--size-3);
    text-align: center;
  }
  .notes,
  .how {
    position: absolute;
    inset: auto var(--gap-3) var(--gap-3);
    padding: var(--gap-2) var(--gap-3);
    border-radius: var(--radius);
    background: rgb(11 13 16 / 88%);
    color: #ffffff;
    font-size: var(--size-1);
  }
  .notes li {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
  }
  .how {
    inset: auto var(--gap-3) var(--gap-3) auto;
    max-width: 60%;
  }
  .hear {
    position: absolute;
    inset: 0;
    z-index: 3;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: var(--gap-2);
    background: rgb(11 13 16 / 72%);
    color: #ffffff;
    text-align: center;
  }
  .hear .main {
    min-height: 88px;
    padding-inline: var(--gap-6);
    background: #ffffff;
    color: #14181d;
    font-size: var(--size-4);
  }
  aside {
    grid-area: side;
    display: flex;
    flex-direction: column;
    min-height: 0;
    background: var(--surface);
    border-inline-start: 1px solid var(--line);
  }
  aside header {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding: var(--gap-2) var(--gap-4);
    border-bottom: 1px solid var(--line);
  }
  ${initialsRound}
  .initials {
    --across: 44px;
    font-size: inherit;
  }
  h1 {
    font-size: var(--size-3);
    line-height: 1.15;
    overflow-wrap: anywhere;
  }
  aside header p {
    font-size: var(--size-1);
  }
  .alarms {
    display: grid;
    gap: var(--gap-1);
    padding: var(--gap-2) var(--gap-4);
    border-bottom: 1px solid var(--line);
  }
  .alarms li {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
  }
  .alarms .mark {
    font-size: 0.7rem;
  }
  .scroll {
    display: grid;
    align-content: start;
    gap: var(--gap-3);
    min-height: 0;
    overflow-y: auto;
    padding: var(--gap-3) var(--gap-4);
  }
  vv-call-chat {
    flex: 1;
    min-height: 0;
  }
  .where div {
    display: grid;
    grid-template-columns: 1fr 1fr;
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    overflow: hidden;
  }
  .where button {
    border: 0;
    border-radius: 0;
    padding-inline: var(--gap-2);
    line-height: 1.15;
  }
  .where button[aria-checked="true"] {
    background: var(--action);
    color: var(--on-action);
  }
  .where button:focus-visible {
    outline-offset: -4px;
  }
  .where p {
    margin-top: var(--gap-1);
    font-size: var(--size-1);
  }
  .others {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(132px, 1fr));
    gap: var(--gap-2);
  }
  .others li {
    display: grid;
  }
  h2 {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  h2 small {
    display: block;
    font-weight: 400;
  }
  .small {
    font-size: var(--size-1);
  }
  .controls {
    grid-area: controls;
    border-top: 1px solid rgb(255 255 255 / 20%);
  }
  .controls button {
    flex-basis: 108px;
    min-width: 88px;
  }
  .over {
    display: grid;
    align-content: center;
    justify-items: center;
    gap: var(--gap-4);
    height: 100%;
    padding: var(--gap-6);
    text-align: center;
  }
  .over h2 {
    color: var(--text);
    font-size: var(--size-4);
  }
  .over p {
    max-width: 38rem;
  }
  .over .row {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: var(--gap-3);
  }
  .over a {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-2);
    min-height: var(--touch);
    padding: var(--gap-2) var(--gap-5);
    border: 1px solid var(--edge);
    border-radius: var(--radius);
    background: var(--surface);
    color: inherit;
    font-weight: 600;
    text-decoration: none;
  }
  /* Held upright: the pictures above each other, the values below. */
  @media (orientation: portrait) {
    .call {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
      grid-template-rows: minmax(0, 5fr) minmax(0, 4fr) auto;
      grid-template-areas: "room room" "physician side" "controls controls";
    }
  }
  @media (max-width: 560px) {
    .call {
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: minmax(220px, 1fr) minmax(200px, 1fr) auto auto;
      grid-template-areas: "room" "physician" "side" "controls";
      height: auto;
      min-height: 100%;
    }
    .scroll {
      overflow: visible;
    }
    .controls {
      position: sticky;
      bottom: 0;
    }
    .controls .apart {
      display: none;
    }
  }
`;
