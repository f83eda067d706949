import { css } from "lit";
import { initialsRound } from "../ui/styles";

export const residentStyles = css`
  article {
    padding: var(--gap-3) var(--gap-4) var(--gap-6);
    max-width: 1600px;
    margin: 0 auto;
  }
  h2 {
    font-size: var(--size-2);
    margin: 0 0 var(--gap-2);
  }
  .rest h2:not(:first-child) {
    margin-top: var(--gap-5);
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3) var(--gap-4);
    padding-bottom: var(--gap-3);
  }
  ${initialsRound}
  .initials {
    --across: 64px;
    font-size: var(--size-4);
  }
  .who {
    flex: 1 1 14rem;
  }
  .gestures {
    display: flex;
    flex-wrap: wrap;
    flex-basis: 100%;
    gap: var(--gap-3);
  }
  .who h1 {
    font-size: var(--size-4);
    line-height: 1.15;
  }
  .unwatched,
  .failed {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    padding: var(--gap-3) var(--gap-4);
    margin-bottom: var(--gap-3);
    border: 1px solid var(--technical);
    border-inline-start-width: 8px;
    border-radius: var(--radius);
    background: var(--technical-ground);
    font-weight: 600;
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(300px, 5fr) 8fr;
    gap: var(--gap-5);
    align-items: start;
  }
  .past {
    grid-row: span 3;
    min-width: 0;
  }
  .curves-head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--gap-3);
    margin-bottom: var(--gap-2);
  }
  .curves-head h2 {
    margin: 0;
  }
  .spans {
    display: flex;
    gap: var(--gap-3);
  }
  .spans button {
    min-width: 64px;
  }
  .spans button[aria-pressed="true"] {
    background: var(--action);
    color: var(--on-action);
    border-color: var(--action);
  }
  .curves {
    display: grid;
    gap: var(--gap-2);
    padding: var(--gap-3);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .curve-skeleton {
    height: 142px;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-2) var(--gap-4);
    margin-top: var(--gap-2);
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .legend span {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-2);
  }
  .legend i {
    width: 28px;
    height: 12px;
  }
  .legend .gap {
    background: repeating-linear-gradient(135deg, var(--edge) 0 1px, transparent 1px 6px);
    border: 1px solid var(--line);
  }
  .legend .late {
    height: 0;
    border-top: 3px dashed var(--curve-late);
  }
  .legend .limit {
    height: 0;
    border-top: 2px dashed var(--high);
  }
  @media (max-width: 900px) {
    .columns {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  .acts-link {
    margin-top: var(--gap-3);
  }
`;
