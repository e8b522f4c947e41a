// What was decided and what came of it, each as a sign, a word and a colour: no meaning hangs on the colour alone.

import type { JSX } from "hono/jsx/jsx-runtime";
import type { StatementItem } from "../../records/items.ts";

type Effect = StatementItem["decision"]["effect"];
type State = StatementItem["outcome"];

interface Look {
  readonly sign: string;
  readonly word: string;
  readonly tone: "good" | "bad" | "held" | "note" | "quiet";
}

export const EFFECT_LOOKS = {
  allow: { sign: "✓", word: "allowed", tone: "good" },
  observe: { sign: "◉", word: "observed", tone: "note" },
  approve: { sign: "‖", word: "held", tone: "held" },
  deny: { sign: "✕", word: "refused", tone: "bad" },
} as const satisfies Record<Effect, Look>;

const STATE_LOOKS = {
  running: { sign: "▸", word: "running", tone: "note" },
  completed: { sign: "✓", word: "completed", tone: "good" },
  suspended: { sign: "…", word: "suspended", tone: "quiet" },
  failed: { sign: "!", word: "failed", tone: "bad" },
  skipped: { sign: "↷", word: "skipped", tone: "quiet" },
  unknown: { sign: "?", word: "outcome lost", tone: "held" },
} as const satisfies Record<State, Look>;

export function EffectBadge({ effect }: { readonly effect: Effect }): JSX.Element {
  return <Badge {...EFFECT_LOOKS[effect]} />;
}

export function StateBadge({ state }: { readonly state: State }): JSX.Element {
  return <Badge {...STATE_LOOKS[state]} />;
}

export function Badge({ sign, word, tone }: Look): JSX.Element {
  return (
    <span class={`badge ${tone}`}>
      <span aria-hidden="true">{sign}</span> {word}
    </span>
  );
}
