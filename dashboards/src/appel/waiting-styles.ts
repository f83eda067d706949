import { css } from "lit";
import { initialsRound, linkLook } from "../ui/styles";

export const waitingStyles = css`
  article {
    display: grid;
    gap: var(--gap-4);
    max-width: 1280px;
    margin: 0 auto;
    padding: var(--gap-4);
  }
  header,
  footer {
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
  .name {
    flex: 1 1 16rem;
  }
  .name b {
    display: block;
    font-size: var(--size-4);
    line-height: 1.15;
    overflow-wrap: anywhere;
  }
  a {
    ${linkLook}
    gap: var(--gap-3);
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(0, 5fr) minmax(18rem, 3fr);
    gap: var(--gap-4);
    align-items: stretch;
  }
  section {
    padding: var(--gap-5);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface);
  }
  section.values-now {
    grid-column: 1 / -1;
    padding: var(--gap-4) var(--gap-5);
  }
  h2 {
    font-size: var(--size-2);
    color: var(--quiet);
  }
  .wait {
    display: grid;
    align-content: start;
    gap: var(--gap-4);
  }
  .told {
    display: flex;
    align-items: center;
    gap: var(--gap-5);
  }
  .told h1 {
    font-size: var(--size-5);
    line-height: 1.1;
    outline-offset: 6px;
  }
  .told h1:focus {
    outline: none;
  }
  .told p {
    margin-top: var(--gap-2);
    font-size: var(--size-3);
  }
  .pulse {
    position: relative;
    display: grid;
    flex: none;
    place-items: center;
    width: 88px;
    height: 88px;
    border-radius: 50%;
    background: var(--action);
    color: var(--on-action);
  }
  .pulse .icon {
    width: 40px;
    height: 40px;
  }
  @media (prefers-reduced-motion: no-preference) {
    .pulse:not(.still)::after {
      content: "";
      position: absolute;
      inset: 0;
      border-radius: 50%;
      border: 3px solid var(--action);
      animation: wait 2.4s ease-out infinite;
    }
    @keyframes wait {
      from {
        transform: scale(1);
        opacity: 0.6;
      }
      to {
        transform: scale(1.35);
        opacity: 0;
      }
    }
  }
  .reason {
    padding: var(--gap-3) var(--gap-4);
    border-inline-start: 6px solid var(--edge);
    background: var(--raised);
    font-size: var(--size-3);
    overflow-wrap: anywhere;
  }
  .ahead {
    display: flex;
    align-items: center;
    gap: var(--gap-2);
    font-weight: 600;
  }
  .ahead.some {
    display: grid;
    gap: var(--gap-2);
  }
  .ahead ol {
    display: grid;
    gap: var(--gap-1);
    font-weight: 400;
  }
  .ahead li {
    padding: var(--gap-2) var(--gap-3);
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  .seen {
    display: flex;
    gap: var(--gap-3);
    font-size: var(--size-1);
    color: var(--quiet);
  }
  .unheard,
  .failed {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    padding: var(--gap-3) var(--gap-4);
    border-inline-start: 8px solid var(--medium-mark);
    background: var(--medium-ground);
    font-weight: 600;
  }
  .meanwhile {
    display: grid;
    align-content: start;
    gap: var(--gap-3);
  }
  .meanwhile a {
    justify-content: start;
  }
  .meanwhile small {
    display: block;
    font-weight: 400;
    color: var(--quiet);
  }
  .worse {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    margin-top: var(--gap-2);
    font-weight: 600;
  }
  .worse .icon {
    color: var(--high);
  }
  .meanwhile a.fifteen {
    justify-content: center;
    min-height: 72px;
    border: 2px solid var(--high);
    color: var(--high);
    font-size: var(--size-3);
  }
  .values-now h2 {
    margin-bottom: var(--gap-2);
  }
  .alarms {
    display: grid;
    gap: var(--gap-2);
    margin-bottom: var(--gap-3);
  }
  .alarms li {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
  }
  .alarms .mark {
    font-size: 0.8rem;
  }
  footer {
    justify-content: space-between;
  }
  .withdraw {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--gap-3);
  }
  @media (max-width: 900px) {
    .columns {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  @media (max-width: 560px) {
    .told {
      align-items: start;
      gap: var(--gap-3);
    }
    .pulse {
      width: 56px;
      height: 56px;
    }
    .told h1 {
      font-size: var(--size-4);
    }
  }
`;
