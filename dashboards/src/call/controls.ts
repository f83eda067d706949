/** The line of buttons below the picture: few words, large, each with its state in its name. */
import { css, html, nothing, type CSSResult, type TemplateResult } from "lit";
import type { Call, ExtraRole } from "../lib/call";
import type { Words } from "../lib/i18n";
import { icon, type IconName } from "../ui/icon";

export const controlStyles: CSSResult = css`
  .controls {
    display: flex;
    align-items: stretch;
    justify-content: center;
    gap: var(--gap-2);
    padding: var(--gap-2);
    background: #0b0d10;
  }
  .controls .apart {
    flex: none;
    width: 1px;
    margin: var(--gap-1) 2px;
    background: rgb(255 255 255 / 30%);
  }
  .controls button {
    position: relative;
    flex: 0 1 96px;
    display: grid;
    align-content: center;
    justify-items: center;
    gap: 3px;
    min-width: min-content;
    min-height: 66px;
    padding: var(--gap-1) 4px;
    color: #ffffff;
    background: #1d232b;
    border-color: rgb(255 255 255 / 40%);
    font-size: 0.8125rem;
    line-height: 1.15;
    letter-spacing: -0.01em;
  }
  .controls button:hover {
    background: #2c3540;
  }
  .controls button:disabled {
    color: #97a3af;
    background: #12161b;
    border-color: rgb(255 255 255 / 20%);
  }
  .controls button[aria-pressed="true"]:not(.own),
  .controls button.own[aria-pressed="false"],
  .controls button[aria-expanded="true"] {
    background: #ffffff;
    color: #14181d;
  }
  .controls .hang-up {
    background: #c4161c;
    border-color: #c4161c;
  }
  .controls .hang-up:hover {
    background: #a31217;
  }
  .controls button:focus-visible {
    outline-color: #ffffff;
  }
  @media (max-width: 1100px) {
    .controls {
      flex-wrap: wrap;
    }
  }
  .controls .badge {
    position: absolute;
    top: 4px;
    right: 8px;
    min-width: 20px;
    padding: 0 5px;
    border-radius: 999px;
    background: #ffd24a;
    color: #14181d;
    font-size: 0.78rem;
    font-weight: 700;
  }
`;

export interface Tool {
  readonly icon: IconName;
  readonly label: string;
  /** The whole sentence; also the tooltip, with the key. */
  readonly name: string;
  readonly key?: string;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  /** One's own microphone or camera: on is the usual state. */
  readonly own?: boolean;
  readonly disabled?: boolean;
  readonly badge?: number;
  readonly click: () => void;
}

/** A spoken name that holds what is written: who says the word they read must reach the button. */
export function spokenName(label: string, sentence: string): string {
  return sentence.toLowerCase().includes(label.toLowerCase()) ? sentence : `${label}, ${sentence}`;
}

export function toolButton(tool: Tool): TemplateResult {
  const name = tool.key === undefined ? tool.name : `${tool.name} (${tool.key})`;
  return html`<button
    class=${tool.own === true ? "own" : ""}
    aria-label=${spokenName(tool.label, name)}
    title=${name}
    aria-pressed=${tool.pressed ?? nothing}
    aria-expanded=${tool.expanded ?? nothing}
    ?disabled=${tool.disabled ?? false}
    @click=${tool.click}
  >
    ${icon(tool.icon)}<span>${tool.label}</span>${tool.badge === undefined || tool.badge === 0 ? nothing : html`<span class="badge">${tool.badge}</span>`}
  </button>`;
}

/** One's own microphone and camera. */
export function ownTools(call: Call, words: Words, changed: () => void): readonly TemplateResult[] {
  const has = (kind: string): boolean => call.local?.getTracks().some((track) => track.kind === kind) ?? false;
  const click = (run: () => void) => () => {
    run();
    changed();
  };
  return [
    toolButton({
      icon: call.microphone && has("audio") ? "mic" : "micOff",
      label: words.call.microphone,
      name: call.microphone ? words.call.microphoneOn : words.call.microphoneOff,
      key: "M",
      pressed: call.microphone && has("audio"),
      own: true,
      disabled: !has("audio"),
      click: click(() => call.setMicrophone(!call.microphone)),
    }),
    toolButton({
      icon: call.camera && has("video") ? "video" : "videoOff",
      label: words.call.camera,
      name: call.camera ? words.call.cameraOn : words.call.cameraOff,
      key: "V",
      pressed: call.camera && has("video"),
      own: true,
      disabled: !has("video"),
      click: click(() => call.setCamera(!call.camera)),
    }),
  ];
}

/** What may be asked of the room: its microphone, its second devices. */
export function roomTools(call: Call, words: Words): readonly TemplateResult[] {
  const muted = call.room?.muted ?? false;
  const talking = call.state === "connected";
  const extra = (role: ExtraRole): TemplateResult => {
    const on = call.extras.active.includes(role);
    return toolButton({
      icon: role === "hand" ? "handCamera" : "stethoscope",
      label: words.call.extra[role].name,
      name: words.call.extra[role][on ? "off" : "on"],
      pressed: on,
      disabled: !talking,
      click: () => call.want(role, !on),
    });
  };
  return [
    toolButton({
      icon: muted ? "micOff" : "mic",
      label: words.call.tool.roomMicrophone,
      name: muted ? words.call.tool.roomMicrophoneOff : words.call.tool.roomMicrophoneOn,
      pressed: !muted,
      own: true,
      disabled: !talking || call.room === null,
      click: () => call.muteRoom(!muted),
    }),
    ...call.extras.available.map(extra),
  ];
}

/** The way out; for who called it ends the call for all. */
export function leaveButton(call: Call, words: Words): TemplateResult {
  const name = call.isCaller ? words.call.hangUpMore : words.call.leaveMore;
  const label = call.isCaller ? words.call.hangUp : words.call.leave;
  return html`<button class="hang-up" aria-label=${spokenName(label, name)} title=${name} @click=${() => void call.hangUp()}>
    ${icon("phoneOff")}<span>${label}</span>
  </button>`;
}
