import { css } from "lit";
import { barsOnTop, fieldLook, page } from "../ui/styles";

export const handoverStyles = css`
  ${page}
  ${barsOnTop}
  .page {
    max-width: 1100px;
    margin: 0 auto;
    padding: var(--gap-4);
  }
  .page > header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-3);
    margin-bottom: var(--gap-4);
  }
  .page h1 {
    font-size: var(--size-4);
    line-height: 1.15;
  }
  .page > header > div:first-child {
    flex: 1 1 18rem;
  }
  .summary {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3) var(--gap-5);
    padding: var(--gap-3) var(--gap-4);
    margin-bottom: var(--gap-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  .summary .inherits {
    font-size: var(--size-3);
    font-weight: 700;
    flex: 1 1 16rem;
  }
  .notice {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding: var(--gap-2) var(--gap-4);
    margin-bottom: var(--gap-3);
    border: 1px solid var(--medium);
    border-radius: var(--radius);
    background: var(--medium-ground);
  }
  .person {
    padding: var(--gap-3) var(--gap-4) var(--gap-4);
    margin-bottom: var(--gap-3);
    border: 1px solid var(--line);
    border-inline-start: 6px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
    break-inside: avoid;
  }
  .person.open {
    border-inline-start-color: var(--text);
  }
  .person > header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-2) var(--gap-4);
  }
  .person h2 {
    font-size: var(--size-3);
    flex: 1 1 16rem;
  }
  .person h2 small {
    font-size: var(--size-2);
    font-weight: 400;
    color: var(--quiet);
  }
  .facts {
    display: grid;
    grid-template-columns: 11rem 1fr;
    gap: var(--gap-2) var(--gap-4);
    margin-top: var(--gap-2);
  }
  .facts dt {
    color: var(--quiet);
    font-size: var(--size-1);
    line-height: 1.55;
  }
  .facts li + li {
    margin-top: var(--gap-1);
  }
  .told {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 0 var(--gap-3);
    align-items: center;
  }
  .told .mark {
    font-size: 0.7rem;
    grid-row: span 2;
  }
  .told small,
  .note small {
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .tag {
    display: inline-block;
    padding: 1px var(--gap-2);
    margin-inline-start: var(--gap-2);
    border: 2px solid var(--text);
    border-radius: 999px;
    font-size: var(--size-1);
    font-weight: 700;
  }
  .note {
    padding: var(--gap-2) 0;
    border-top: 1px solid var(--line);
  }
  .note:first-child {
    border-top: 0;
    padding-top: 0;
  }
  .note dl {
    display: grid;
    grid-template-columns: 5.5rem 1fr;
    gap: 2px var(--gap-3);
  }
  .note dt {
    font-weight: 700;
  }
  .note dd {
    white-space: pre-line;
    overflow-wrap: anywhere;
  }
  .note .acts {
    display: flex;
    gap: var(--gap-3);
    margin-top: var(--gap-1);
  }
  form.writing {
    display: grid;
    gap: var(--gap-3);
    margin-top: var(--gap-3);
    padding: var(--gap-4);
    border: 2px solid var(--edge);
    border-radius: var(--radius);
    background: var(--surface);
  }
  form.writing label {
    display: grid;
    gap: var(--gap-1);
    font-weight: 700;
  }
  form.writing label small {
    font-weight: 400;
    color: var(--quiet);
  }
  textarea,
  select {
    ${fieldLook}
    font-weight: 400;
    resize: vertical;
  }
  .writing .acts {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    align-items: center;
    gap: var(--gap-3);
  }
  .writing .acts p {
    flex: 1;
    font-weight: 600;
  }
  .rest {
    margin: var(--gap-4) 0;
  }
  .calm {
    min-height: 28vh;
  }
  .readers {
    margin-top: var(--gap-4);
  }
  .receipt {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3) var(--gap-5);
    margin-top: var(--gap-4);
  }
  .receipt p {
    flex: 1 1 16rem;
  }
  .skeleton {
    height: 120px;
    margin-bottom: var(--gap-3);
  }
  @media (max-width: 760px) {
    .facts {
      grid-template-columns: minmax(0, 1fr);
      gap: 0;
    }
    .facts dd {
      margin-bottom: var(--gap-2);
    }
  }
  @media print {
    .top,
    .places,
    .frame,
    .doubt,
    button,
    form,
    vv-relink {
      display: none !important;
    }
    .page {
      max-width: none;
      padding: 0;
    }
    .person,
    .summary {
      border-color: #000;
    }
  }
`;
