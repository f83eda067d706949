/** Styles of a resident's papers. */
import { css } from "lit";

export const papersStyles = css`
  .page {
    display: grid;
    gap: var(--gap-4);
    max-width: 80rem;
    margin-inline: auto;
    padding: var(--gap-4);
  }
  .two {
    display: grid;
    grid-template-columns: 3fr 2fr;
    gap: var(--gap-4);
    align-items: start;
  }
  @media (max-width: 60rem) {
    .two {
      grid-template-columns: 1fr;
    }
  }
  .panel {
    display: grid;
    gap: var(--gap-3);
    padding: var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .spoken {
    display: grid;
    grid-template-columns: 2.5rem 1fr;
    gap: var(--gap-2) var(--gap-3);
    margin: 0;
    font-size: var(--size-3);
    line-height: 1.45;
  }
  .spoken dt {
    font-size: var(--size-4);
    font-weight: 700;
    line-height: 1.1;
  }
  .spoken dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .panel label {
    display: grid;
    gap: var(--gap-1);
  }
  .panel input {
    min-height: 56px;
    padding-inline: var(--gap-3);
    border: 1px solid var(--quiet);
    border-radius: var(--radius);
    background: var(--ground);
    color: var(--text);
    font: inherit;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: var(--gap-3);
  }
  .paper {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--gap-3);
    padding-block: var(--gap-3);
    border-block-start: 1px solid var(--line);
  }
  .paper p {
    margin: 0;
  }
  .file {
    display: inline-flex;
    align-items: center;
    gap: var(--gap-2);
    min-height: 56px;
    padding-inline: var(--gap-4);
    border: 1px solid var(--quiet);
    border-radius: var(--radius);
    color: inherit;
    text-decoration: none;
  }
`;
