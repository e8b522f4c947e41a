// How far a request has come, as one word: the server writes it beside a card that it draws, so that the page knows whether the
// card is still as things are. Pure.

export interface Request {
  readonly state: string;
  readonly votes: readonly unknown[];
  readonly history: readonly unknown[];
  /** Of an approval that one person let go alone. */
  readonly review?: { readonly state: string; readonly overdue: boolean } | null;
}

export function standOf({ state, votes, history, review }: Request): string {
  const reviewed = review ? `-${review.state}${review.overdue ? "-overdue" : ""}` : "";
  return `${state}-${String(votes.length)}-${String(history.length)}${reviewed}`;
}
