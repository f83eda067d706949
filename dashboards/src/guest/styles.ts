import { css } from "lit";

export const guestStyles = css`
  :host {
    height: 100vh;
    height: 100dvh;
    background: var(--ground);
  }
  .gate {
    display: grid;
    justify-items: center;
    align-items: safe center;
    min-height: 100%;
    padding: var(--gap-5) var(--gap-4);
    overflow-y: auto;
    background: var(--ground);
  }
  .sheet {
    display: grid;
    gap: var(--gap-4);
    width: min(44rem, 100%);
    padding: var(--gap-5) var(--gap-6) var(--gap-6);
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: calc(var(--radius) * 1.6);
  }
  .sheet > header {
    display: flex;
    align-items: center;
    gap: var(--gap-3);
    font-weight: 600;
  }
  .sheet > header img {
    width: 40px;
    height: 40px;
    border-radius: 10px;
  }
  .sheet > header button {
    margin-inline-start: auto;
    color: var(--quiet);
    font-size: var(--size-1);
  }
  .sheet h1 {
    font-size: var(--size-4);
    line-height: 1.2;
    text-wrap: balance;
  }
  .sheet h2 {
    font-size: var(--size-2);
  }
  .sheet .state {
    min-height: 0;
    padding: var(--gap-5) 0;
  }
  .sheet .state .do {
    color: var(--text);
    font-weight: 600;
  }
  .about {
    display: flex;
    align-items: center;
    gap: var(--gap-4);
    padding: var(--gap-3);
    border-radius: var(--radius);
    background: var(--raised);
  }
  .about .initials {
    background: var(--surface);
  }
  .home {
    padding-bottom: var(--gap-2);
    color: var(--quiet);
    font-size: var(--size-1);
    font-weight: 600;
  }
  .sheet ol {
    display: grid;
    gap: var(--gap-3);
  }
  .sheet ol li {
    display: flex;
    gap: var(--gap-3);
  }
  .sheet ol .icon {
    margin-top: 2px;
    color: var(--quiet);
  }
  .wrong {
    display: flex;
    gap: var(--gap-2);
    padding: var(--gap-3);
    border-radius: var(--radius);
    background: var(--medium-ground);
    font-weight: 600;
  }
  .wrong .icon {
    color: var(--medium);
  }
  .ways {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: var(--gap-3);
  }
  .ways .main {
    grid-column: 1 / -1;
    min-height: 64px;
    font-size: var(--size-3);
  }
  .sheet .quiet {
    font-size: var(--size-1);
  }
  @media (max-width: 620px) {
    .sheet {
      padding: var(--gap-4);
    }
    .ways {
      grid-template-columns: 1fr;
    }
  }
`;
