// The player's frame, hidden until client/session.ts has put it to life: controls, timeline, list, and the place of a statement.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { SessionItem } from "../../records/items.ts";

const SPEEDS = ["0.5", "1", "2", "5", "10", "50"] as const;

interface Props {
  readonly session: SessionItem;
  readonly mayCheck: boolean;
}

export function PlayerFrame({ session, mayCheck }: Props): JSX.Element {
  return (
    <section
      id="player"
      class="player"
      hidden
      aria-label="Player"
      data-session={session.id}
      data-state={session.state}
      data-started={session.started_at}
      data-check={mayCheck ? "yes" : "no"}
    >
      <div class="controls" role="toolbar" aria-label="Playback">
        <button type="button" id="first" title="First statement (Home)" aria-label="First statement">
          <Icon d={ICONS.first} />
        </button>
        <button type="button" id="back" title="Step back (←)" aria-label="Step back">
          <Icon d={ICONS.back} />
        </button>
        <button type="button" id="play" class="primary" title="Play or pause (Space)" aria-label="Play">
          <span class="when-paused">
            <Icon d={ICONS.play} />
          </span>
          <span class="when-playing">
            <Icon d={ICONS.pause} />
          </span>
        </button>
        <button type="button" id="forward" title="Step (→)" aria-label="Step forward">
          <Icon d={ICONS.forward} />
        </button>
        <button type="button" id="last" title="Last statement (End)" aria-label="Last statement">
          <Icon d={ICONS.last} />
        </button>
        <label class="inline">
          Speed
          <select id="speed">
            {SPEEDS.map((speed) => (
              <option value={speed} selected={speed === "1"}>
                {speed}×
              </option>
            ))}
          </select>
        </label>
        <label class="inline">
          <input type="checkbox" id="idle" checked /> shorten pauses
        </label>
        {session.state === "live" ? (
          <label class="inline">
            <input type="checkbox" id="follow" checked /> follow live
          </label>
        ) : null}
        <button
          type="button"
          id="today"
          title="Decides each statement anew by the policy in force, and marks what it would decide otherwise"
        >
          Today's policy?
        </button>
        <span class="position" id="position"></span>
        <span class="unseen" id="said" role="status"></span>
      </div>
      <div
        id="timeline"
        class="timeline"
        role="slider"
        tabindex={0}
        aria-label="Timeline"
        aria-valuemin={1}
        aria-valuemax={1}
        aria-valuenow={1}
      >
        <canvas id="marks" aria-hidden="true"></canvas>
        <div id="playhead" aria-hidden="true"></div>
      </div>
      <p class="note today-said" id="today-said" role="status"></p>
      <ul class="key" aria-label="Marks of the timeline">
        <li>
          <KeyMark d="M5 3v8" tone="allow" /> statement
        </li>
        <li>
          <KeyMark d="M5 1v10M2.5 3.5h5" tone="write" /> write
        </li>
        <li>
          <KeyMark d="M2 3l6 6M8 3l-6 6" tone="deny" /> refused
        </li>
        <li>
          <KeyMark d="M3 2v8M7 2v8" tone="held" /> held
        </li>
        <li>
          <KeyMark d="M5 1.5L9 10H1z" tone="error" /> error
        </li>
        <li>
          <KeyMark d="M2.5 6h5v5h-5z" tone="deny" /> below: decided otherwise today
        </li>
        <li class="keys">
          <kbd>Space</kbd> play <kbd>←</kbd>
          <kbd>→</kbd> step <kbd>N</kbd>
          <kbd>P</kbd> next, previous mark <kbd>[</kbd>
          <kbd>]</kbd> speed
        </li>
      </ul>
      <div class="stage">
        <div class="list-pane">
          <div id="list" class="virtual-list" role="listbox" tabindex={0} aria-label="Statements"></div>
        </div>
        <div class="now" id="now" aria-busy="true">
          <div class="now-head">
            <h2 id="now-title">Statement</h2>
            <span class="actions" id="now-actions"></span>
          </div>
          <div id="now-statement"></div>
          <div id="now-result"></div>
        </div>
      </div>
    </section>
  );
}

const ICONS = {
  first: "M2 3h2.2v10H2zM14 3v10L6 8z",
  back: "M11 3v10L3.5 8z",
  play: "M4 2.5v11L13.5 8z",
  pause: "M3.5 3H7v10H3.5zM9 3h3.5v10H9z",
  forward: "M5 3v10l7.5-5z",
  last: "M11.8 3H14v10h-2.2zM2 3v10l8-5z",
} as const;

function Icon({ d }: { readonly d: string }): JSX.Element {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}

function KeyMark({ d, tone }: { readonly d: string; readonly tone: string }): JSX.Element {
  return (
    <svg viewBox="0 0 10 12" width="10" height="12" aria-hidden="true" class={`key-${tone}`}>
      <path d={d} />
    </svg>
  );
}
