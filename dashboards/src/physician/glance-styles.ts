import { css } from "lit";
import { initialsRound } from "../ui/styles";

export const glanceStyles = css`
  article {
    display: grid;
    gap: var(--gap-4);
    max-width: 1700px;
    margin: 0 auto;
    padding: var(--gap-4);
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3) var(--gap-4);
  }
  ${initialsRound}
  .initials {
    --across: 64px;
    font-size: var(--size-4);
  }
  .who {
    flex: 1 1 14rem;
  }
  h1 {
    font-size: var(--size-4);
    line-height: 1.15;
  }
  h2 {
    margin: 0 0 var(--gap-2);
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .unwatched {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    padding: var(--gap-3) var(--gap-4);
    border: 1px solid var(--technical);
    border-inline-start-width: 8px;
    border-radius: var(--radius);
    background: var(--technical-ground);
    font-weight: 600;
  }
  .first {
    display: grid;
    grid-template-columns: minmax(0, 5fr) minmax(0, 4fr) minmax(0, 4fr);
    gap: var(--gap-4);
  }
  .first section,
  .around,
  .strips {
    padding: var(--gap-3) var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .reason {
    --hue: var(--edge);
  }
  .first .reason {
    border-inline-start: 8px solid var(--hue);
  }
  .reason.now,
  .reason.high {
    --hue: var(--high);
  }
  .reason.medium {
    --hue: var(--medium-mark);
  }
  .reason.low {
    --hue: var(--low);
  }
  .reason.technical {
    --hue: var(--technical);
  }
  .reason .large {
    font-size: var(--size-3);
    font-weight: 600;
    line-height: 1.25;
    overflow-wrap: anywhere;
  }
  .factors {
    display: grid;
    gap: 2px;
    margin-bottom: var(--gap-2);
    padding-inline-start: var(--gap-4);
    list-style: disc;
  }
  .unknown {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .factors.known {
    margin-top: var(--gap-2);
    padding: 0;
    list-style: none;
  }
  .factors.known li {
    padding-inline-start: var(--gap-2);
    border-inline-start: 4px solid var(--edge);
  }
  .factors.known li.grave {
    border-inline-start-color: var(--high);
    font-weight: 600;
  }
  .factors.known li.unsaid {
    border-inline-start: 4px dashed var(--medium-mark);
  }
  .factors.known small {
    display: block;
    font-weight: 400;
  }
  .second {
    display: grid;
    grid-template-columns: minmax(0, 8fr) minmax(300px, 5fr);
    gap: var(--gap-4);
    align-items: start;
  }
  .main-part,
  .side-part {
    display: grid;
    gap: var(--gap-4);
    min-width: 0;
  }
  .around {
    display: grid;
    gap: var(--gap-2);
  }
  .around .skeleton {
    height: 118px;
  }
  @media (max-width: 1250px) {
    .first {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
    .first .reason {
      grid-column: 1 / -1;
    }
  }
  @media (max-width: 900px) {
    .first,
    .second {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
